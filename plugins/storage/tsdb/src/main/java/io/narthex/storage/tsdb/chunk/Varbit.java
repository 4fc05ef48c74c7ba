package io.narthex.storage.tsdb.chunk;

import java.lang.foreign.MemorySegment;

/**
 * Numbers in a varying count of bits, as histogram chunks have them:
 *
 * <pre>
 * 0                      0
 * 10       +  3 bits     signed -3..4             unsigned to 7
 * 110      +  6 bits     -31..32                  to 63
 * 1110     +  9 bits     -255..256                to 511
 * 11110    + 12 bits     -2047..2048              to 4095
 * 111110   + 18 bits     -131071..131072          to 262143
 * 1111110  + 25 bits     -16777215..16777216      to 33554431
 * 11111110 + 56 bits     -(2^55 - 1)..2^55        to 2^56 - 1
 * 11111111 + 64 bits     any
 * </pre>
 *
 * Signed ranges are shifted by one: the pattern of the lowest two's complement number stands for
 * the highest.
 */
final class Varbit {
  /** Bits of the number behind a prefix of so many ones. */
  private static final int[] SIZES = {0, 3, 6, 9, 12, 18, 25, 56, 64};

  /** The longest: prefix and number. */
  static final int MAX_BITS = 72;

  private Varbit() {}

  /** The bits that the code at {@code pos} takes. */
  static int lengthAt(byte[] bytes, int pos) {
    int ones = ones(Bits.at(bytes, pos));
    return Math.min(8, ones + 1) + SIZES[ones];
  }

  private static int ones(long word) {
    return Math.min(8, Long.numberOfLeadingZeros(~word));
  }

  static long intAt(byte[] bytes, int pos) {
    long word = Bits.at(bytes, pos);
    if (word >= 0) {
      return 0;
    }
    int ones = ones(word);
    if (ones == 8) {
      return Bits.wordAt(bytes, pos + 8);
    }
    int size = SIZES[ones];
    long v = Bits.wordAt(bytes, pos + ones + 1) >>> (64 - size);
    return v > 1L << (size - 1) ? v - (1L << size) : v;
  }

  static long uintAt(byte[] bytes, int pos) {
    long word = Bits.at(bytes, pos);
    if (word >= 0) {
      return 0;
    }
    int ones = ones(word);
    return ones == 8
        ? Bits.wordAt(bytes, pos + 8)
        : Bits.wordAt(bytes, pos + ones + 1) >>> (64 - SIZES[ones]);
  }

  /** Writes a signed number; returns the position behind. */
  static int putInt(byte[] bytes, int pos, long v) {
    if (v == 0) {
      Bits.put(bytes, pos, 0, 1);
      return pos + 1;
    }
    return put(bytes, pos, v, bitsOf(v));
  }

  /** The bits that a signed number takes. */
  private static int bitsOf(long v) {
    // 2^(n-1) itself still fits n bits, so count those of v - 1 above 0; -v of the lowest number is
    // itself.
    return v == Long.MIN_VALUE ? 64 : 65 - Long.numberOfLeadingZeros(v > 0 ? v - 1 : -v);
  }

  /** As {@link #putInt}, into native memory as {@link XorAppender#append} writes it. */
  static int putInt(MemorySegment slab, long base, int pos, long v) {
    if (v == 0) {
      return XorAppender.put(slab, base, pos, 0, 1);
    }
    int ones = onesFor(bitsOf(v));
    int size = SIZES[ones];
    if (ones == 8) {
      return XorAppender.put(slab, base, XorAppender.put(slab, base, pos, 0xff, 8), v, 64);
    }
    long prefix = (1L << (ones + 1)) - 2;
    return XorAppender.put(
        slab, base, pos, prefix << size | (v & (-1L >>> (64 - size))), ones + 1 + size);
  }

  /** Writes an unsigned number; returns the position behind. */
  static int putUint(byte[] bytes, int pos, long v) {
    if (v == 0) {
      Bits.put(bytes, pos, 0, 1);
      return pos + 1;
    }
    return put(bytes, pos, v, 64 - Long.numberOfLeadingZeros(v));
  }

  private static int onesFor(int needed) {
    int ones = 1;
    while (SIZES[ones] < needed) {
      ones++;
    }
    return ones;
  }

  private static int put(byte[] bytes, int pos, long v, int needed) {
    int ones = onesFor(needed);
    int size = SIZES[ones];
    if (ones == 8) {
      Bits.put(bytes, pos, 0xff, 8);
      Bits.put(bytes, pos + 8, v, 64);
      return pos + 72;
    }
    long prefix = (1L << (ones + 1)) - 2;
    Bits.put(bytes, pos, prefix << size | (v & (-1L >>> (64 - size))), ones + 1 + size);
    return pos + ones + 1 + size;
  }
}
