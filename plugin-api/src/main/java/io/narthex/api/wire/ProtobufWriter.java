package io.narthex.api.wire;

import io.narthex.api.Api;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import java.util.zip.Checksum;

/**
 * Writes a protobuf message, field by field, into bytes that grow and are kept for the next one. A
 * nested message is written into another writer first, since its length stands before it. The
 * counterpart of {@link ProtobufReader}, which says how fields are laid out.
 *
 * <p>Grows to 2 GiB at most, beyond which it throws an {@link ArithmeticException}; whoever writes
 * what others have sent keeps bounds of its own. Not safe for several threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public final class ProtobufWriter {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private byte[] bytes = new byte[256];
  private int size;

  /** Makes an empty one. */
  public ProtobufWriter() {}

  /** The number of bytes that were written. */
  public int size() {
    return size;
  }

  /** Forgets what was written and keeps the room. */
  public void clear() {
    size = 0;
  }

  private void reserve(int more) {
    if (bytes.length - size < more) {
      int wanted = Math.addExact(size, more);
      bytes = Arrays.copyOf(bytes, (int) Math.max(Math.min(2L * size, 1 << 30), wanted));
    }
  }

  /** A uvarint, without a tag. */
  public void varint(long value) {
    reserve(10);
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
  }

  /** A number of either sign as {@code sint64} has it, without a tag. */
  public void zigzag(long value) {
    varint(value << 1 ^ value >> 63);
  }

  /** Eight bytes, the lowest first, without a tag. */
  public void bits(double value) {
    reserve(8);
    LONG.set(bytes, size, Double.doubleToRawLongBits(value));
    size += 8;
  }

  /** Bytes, without a tag. */
  public void raw(byte[] from, int offset, int length) {
    Objects.checkFromIndexSize(offset, length, from.length);
    reserve(length);
    System.arraycopy(from, offset, bytes, size, length);
    size += length;
  }

  private void tag(int field, int wire) {
    varint((long) field << 3 | wire);
  }

  /** A field of a number of one to ten bytes. */
  public void number(int field, long value) {
    tag(field, ProtobufReader.VARINT);
    varint(value);
  }

  /** As {@link #number}, and nothing for 0, which is what a reader takes an absent field for. */
  public void numberUnlessZero(int field, long value) {
    if (value != 0) {
      number(field, value);
    }
  }

  /** A field of the kind {@code sint32} or {@code sint64}. */
  public void signed(int field, long value) {
    tag(field, ProtobufReader.VARINT);
    zigzag(value);
  }

  /** A field of the kind {@code double}. */
  public void real(int field, double value) {
    tag(field, ProtobufReader.FIXED64);
    bits(value);
  }

  /** As {@link #real}, and nothing for 0; −0 is written. */
  public void realUnlessZero(int field, double value) {
    if (Double.doubleToRawLongBits(value) != 0) {
      real(field, value);
    }
  }

  /** Begins a field of so many bytes, which the caller writes. */
  public void begin(int field, long length) {
    tag(field, ProtobufReader.BYTES);
    varint(length);
  }

  /** A field of bytes. */
  public void bytes(int field, byte[] from, int length) {
    begin(field, length);
    raw(from, 0, length);
  }

  /** A field of text, in UTF-8. */
  public void text(int field, String value) {
    int n = value.length();
    for (int i = 0; i < n; i++) {
      if (value.charAt(i) >= 0x80) {
        byte[] encoded = value.getBytes(StandardCharsets.UTF_8);
        bytes(field, encoded, encoded.length);
        return;
      }
    }
    begin(field, n);
    reserve(n);
    for (int i = 0; i < n; i++) {
      bytes[size++] = (byte) value.charAt(i);
    }
  }

  /** As {@link #text}, and nothing for an empty one. */
  public void textUnlessEmpty(int field, String value) {
    if (!value.isEmpty()) {
      text(field, value);
    }
  }

  /** A field of a nested message: what the other one holds. */
  public void message(int field, ProtobufWriter message) {
    begin(field, message.size);
    add(message);
  }

  /** What another one holds, behind what is here. */
  public void add(ProtobufWriter other) {
    raw(other.bytes, 0, other.size);
  }

  /** Takes what is here into a checksum. */
  public void addTo(Checksum sum) {
    sum.update(bytes, 0, size);
  }

  /** Writes what is here to a stream, and keeps it. */
  public void writeTo(OutputStream out) throws IOException {
    out.write(bytes, 0, size);
  }

  /** Writes what is here to a stream, and is empty then. */
  public void drainInto(OutputStream out) throws IOException {
    writeTo(out);
    size = 0;
  }

  /** Copies up to {@code length} bytes from {@code from} on; returns how many. */
  public int copy(int from, byte[] into, int at, int length) {
    int n = Math.min(length, size - from);
    System.arraycopy(bytes, from, into, at, n);
    return n;
  }

  /** The bytes alone in an array. */
  public byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }
}
