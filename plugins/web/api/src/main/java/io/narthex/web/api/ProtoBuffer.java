package io.narthex.web.api;

import java.io.IOException;
import java.io.OutputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing protobuf message. Not safe for several threads. */
final class ProtoBuffer {
  private static final VarHandle LONGS =
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
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, size + more));
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

  private void tag(int field, int wire) {
    varint((long) field << 3 | wire);
  }

  void number(int field, long value) {
    tag(field, VARINT);
    varint(value);
  }

  /** An {@code sint32} or {@code sint64}. */
  void signed(int field, long value) {
    number(field, value << 1 ^ value >> 63);
  }

  void real(int field, double value) {
    tag(field, FIXED_64);
    reserve(8);
    LONGS.set(bytes, size, Double.doubleToRawLongBits(value));
    size += 8;
  }

  void text(int field, String value) {
    tag(field, BYTES);
    int n = value.length();
    for (int i = 0; i < n; i++) {
      if (value.charAt(i) >= 0x80) {
        byte[] encoded = value.getBytes(StandardCharsets.UTF_8);
        varint(encoded.length);
        reserve(encoded.length);
        System.arraycopy(encoded, 0, bytes, size, encoded.length);
        size += encoded.length;
        return;
      }
    }
    varint(n);
    reserve(n);
    for (int i = 0; i < n; i++) {
      bytes[size++] = (byte) value.charAt(i);
    }
  }

  /** A message within this one. */
  void message(int field, ProtoBuffer message) {
    tag(field, BYTES);
    varint(message.size);
    add(message);
  }

  /** What another one holds, behind what is here. */
  void add(ProtoBuffer other) {
    reserve(other.size);
    System.arraycopy(other.bytes, 0, bytes, size, other.size);
    size += other.size;
  }

  /** Hands over what is here, and is empty then. */
  void drainInto(OutputStream out) throws IOException {
    out.write(bytes, 0, size);
    size = 0;
  }
}
