package io.narthex.storage.tsdb.chunk;

import io.narthex.storage.tsdb.file.CorruptionException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Access to a stream of bits in a byte array, most significant bit first, in words of 64 bits.
 * Positions are counted in bits.
 */
final class Bits {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);

  /**
   * Zero bytes that a decoder's buffer has behind the data, so that it may check for the end once a
   * sample instead of once a field: more than the longest sample and one word.
   */
  static final int SLACK = 32;

  /** Data may not be longer, so that bit positions fit an int. */
  static final int MAX_BYTES = (1 << 28) - 2 * SLACK;

  private Bits() {}

  /** The bits from {@code pos} on, at least 57 of them, at the high end; lower ones are zero. */
  static long at(byte[] bytes, int pos) {
    return (long) LONG.get(bytes, pos >>> 3) << (pos & 7);
  }

  /** All 64 bits from {@code pos} on. */
  static long wordAt(byte[] bytes, int pos) {
    int i = pos >>> 3;
    return ((long) LONG.get(bytes, i) << (pos & 7)) | ((bytes[i + 8] & 0xff) >>> (8 - (pos & 7)));
  }

  /**
   * Writes the low {@code count} bits of {@code value}, whose higher bits are zero, at {@code pos}.
   * What stands before in the same byte is kept, what follows up to 8 bytes on becomes zero.
   *
   * @param count 1..64
   */
  static void put(byte[] bytes, int pos, long value, int count) {
    int i = pos >>> 3;
    int used = pos & 7;
    long kept = ((long) bytes[i] << 56) & ~(-1L >>> used);
    LONG.set(bytes, i, kept | (value << (64 - count) >>> used));
    if (count + used > 64) {
      bytes[i + 8] = (byte) (value << (72 - used - count));
    }
  }

  static long getLong(byte[] bytes, int index) {
    return (long) LONG.get(bytes, index);
  }

  static int getCount(byte[] bytes, int index) {
    return (short) SHORT.get(bytes, index) & 0xffff;
  }

  static void putCount(byte[] bytes, int index, int value) {
    SHORT.set(bytes, index, (short) value);
  }

  /** Zigzag, as varints of signed numbers have it. */
  static long zigzag(long v) {
    return (v << 1) ^ (v >> 63);
  }

  static long unzigzag(long v) {
    return (v >>> 1) ^ -(v & 1);
  }

  /** Writes an unsigned varint at a bit position that need not be a byte's; returns that behind. */
  static int putUvarint(byte[] bytes, int pos, long v) {
    long rest = v;
    int p = pos;
    while ((rest & ~0x7fL) != 0) {
      put(bytes, p, (rest & 0x7f) | 0x80, 8);
      p += 8;
      rest >>>= 7;
    }
    put(bytes, p, rest, 8);
    return p + 8;
  }

  static CorruptionException pastEnd(int end) {
    return new CorruptionException(null, end >>> 3, "chunk data: end before the last sample");
  }
}
