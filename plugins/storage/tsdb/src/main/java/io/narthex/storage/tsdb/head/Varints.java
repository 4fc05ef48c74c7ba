package io.narthex.storage.tsdb.head;

import java.util.Arrays;

/** Unsigned numbers of seven bits a byte, lowest first. */
final class Varints {
  private Varints() {}

  /** The number that begins at {@code at}; below 2^31. */
  static int peek(byte[] from, int at) {
    int i = at;
    int value = 0;
    int shift = 0;
    byte b;
    do {
      b = from[i++];
      value |= (b & 0x7f) << shift;
      shift += 7;
    } while (b < 0);
    return value;
  }

  /** Bytes that a number takes. */
  static int size(int value) {
    return value < 1 << 7 ? 1 : value < 1 << 14 ? 2 : value < 1 << 21 ? 3 : value < 1 << 28 ? 4 : 5;
  }

  /** Bytes that a number takes, read as unsigned. */
  static int size(long value) {
    return value == 0 ? 1 : (70 - Long.numberOfLeadingZeros(value)) / 7;
  }

  /** Writes a number at {@code at}, which has room, and returns the position behind it. */
  static int put(byte[] to, int at, long value) {
    int i = at;
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      to[i++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    to[i++] = (byte) rest;
    return i;
  }

  /** The array, or a longer copy with room for {@code more} bytes behind {@code used}. */
  static byte[] room(byte[] array, int used, int more) {
    return array.length - used >= more
        ? array
        : Arrays.copyOf(array, Math.max(used + more, 2 * array.length));
  }

  static long zigzag(long value) {
    return value << 1 ^ value >> 63;
  }

  static long unzigzag(long value) {
    return value >>> 1 ^ -(value & 1);
  }
}
