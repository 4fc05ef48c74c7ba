package io.narthex.query.remoteread;

import io.narthex.api.model.Labels;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.zip.CRC32C;

/** A growing protobuf message. Not safe for several threads. */
final class ProtoWriter {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int VARINT = 0;
  private static final int FIXED_64 = 1;
  private static final int BYTES = 2;

  private byte[] bytes = new byte[256];
  private int size;

  int size() {
    return size;
  }

  void clear() {
    size = 0;
  }

  private void reserve(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, Math.addExact(size, more)));
    }
  }

  void varint(long value) {
    reserve(10);
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes[size++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[size++] = (byte) rest;
  }

  void zigzag(long value) {
    varint(value << 1 ^ value >> 63);
  }

  /** Four bytes, the highest first. */
  void bigEndian(int value) {
    reserve(4);
    for (int shift = 24; shift >= 0; shift -= 8) {
      bytes[size++] = (byte) (value >>> shift);
    }
  }

  void bits(double value) {
    reserve(8);
    LONG.set(bytes, size, Double.doubleToRawLongBits(value));
    size += 8;
  }

  /** A field's number and how its value is written. */
  private void tag(int field, int wire) {
    varint((long) field << 3 | wire);
  }

  void number(int field, long value) {
    tag(field, VARINT);
    varint(value);
  }

  /** Nothing for 0, which is what a reader takes an absent field for. */
  void numberUnlessZero(int field, long value) {
    if (value != 0) {
      number(field, value);
    }
  }

  void real(int field, double value) {
    tag(field, FIXED_64);
    bits(value);
  }

  /** Nothing for 0; −0 is written. */
  void realUnlessZero(int field, double value) {
    if (Double.doubleToRawLongBits(value) != 0) {
      real(field, value);
    }
  }

  /** Begins a field of so many bytes, which the caller writes. */
  void begin(int field, long length) {
    tag(field, BYTES);
    varint(length);
  }

  void message(int field, ProtoWriter message) {
    begin(field, message.size);
    add(message);
  }

  void bytes(int field, byte[] from, int length) {
    begin(field, length);
    reserve(length);
    System.arraycopy(from, 0, bytes, size, length);
    size += length;
  }

  /** Nothing for an empty text. */
  private void textUnlessEmpty(int field, String value) {
    if (value.isEmpty()) {
      return;
    }
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

  /**
   * Labels of a series, as fields 1, with those added that it lacks.
   *
   * @param external name, value, name, ..., by name
   * @param small for one label at a time
   * @return the length of the labels, without tags and lengths around them
   */
  int labels(Labels own, List<String> external, ProtoWriter small) {
    int length = 0;
    int i = 0;
    int j = 0;
    while (i < own.size() || j < external.size()) {
      int order =
          i == own.size()
              ? 1
              : j == external.size() ? -1 : Labels.compareCodePoints(own.name(i), external.get(j));
      small.clear();
      if (order <= 0) {
        small.textUnlessEmpty(1, own.name(i));
        small.textUnlessEmpty(2, own.value(i));
        i++;
        j += order == 0 ? 2 : 0;
      } else {
        small.textUnlessEmpty(1, external.get(j));
        small.textUnlessEmpty(2, external.get(j + 1));
        j += 2;
      }
      message(1, small);
      length += small.size;
    }
    return length;
  }

  /** What another one holds, behind what is here. */
  void add(ProtoWriter other) {
    reserve(other.size);
    System.arraycopy(other.bytes, 0, bytes, size, other.size);
    size += other.size;
  }

  void addTo(CRC32C sum) {
    sum.update(bytes, 0, size);
  }

  void writeTo(OutputStream out) throws IOException {
    out.write(bytes, 0, size);
  }

  /** Copies up to {@code length} bytes from {@code from} on; returns how many. */
  int copy(int from, byte[] into, int at, int length) {
    int n = Math.min(length, size - from);
    System.arraycopy(bytes, from, into, at, n);
    return n;
  }

  /** The bytes alone in an array. */
  byte[] toBytes() {
    return Arrays.copyOf(bytes, size);
  }
}
