package io.narthex.query.remoteread;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A growing stream of bits, the most significant of a byte first, with the numbers that chunks have
 * in them. {@link #varbit} and {@link #varbitUnsigned} write
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
 * Source: Prometheus 3.14, {@code tsdb/chunkenc/varbit.go}.
 */
final class BitWriter {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** Bits of the number behind a prefix of so many ones. */
  private static final int[] SIZES = {0, 3, 6, 9, 12, 18, 25, 56, 64};

  /** Bytes that one write may touch behind the current one. */
  private static final int SLACK = 9;

  private byte[] bytes = new byte[512];
  private int position;

  /** Begins anew behind a header of so many bytes, which are zero. */
  void reset(int headerBytes) {
    Arrays.fill(bytes, 0, headerBytes, (byte) 0);
    position = headerBytes << 3;
  }

  /** What was written, in the first {@link #length} bytes. */
  byte[] bytes() {
    return bytes;
  }

  int length() {
    return (position + 7) >>> 3;
  }

  /** Writes the low {@code count} bits of {@code value}; {@code 1 <= count <= 64}. */
  void put(long value, int count) {
    int i = position >>> 3;
    if (bytes.length < i + SLACK + 1) {
      bytes = Arrays.copyOf(bytes, 2 * bytes.length);
    }
    int used = position & 7;
    long low = count == 64 ? value : value & ((1L << count) - 1);
    long kept = used == 0 ? 0 : ((long) bytes[i] << 56) & ~(-1L >>> used);
    LONG.set(bytes, i, kept | (low << (64 - count) >>> used));
    if (count + used > 64) {
      bytes[i + 8] = (byte) (low << (72 - used - count));
    }
    position += count;
  }

  /** Seven bits a byte, the lowest first; begins at any bit. */
  void uvarint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      put((rest & 0x7f) | 0x80, 8);
      rest >>>= 7;
    }
    put(rest, 8);
  }

  void varint(long value) {
    uvarint(value << 1 ^ value >> 63);
  }

  void varbit(long v) {
    if (v == 0) {
      put(0, 1);
    } else if (v == Long.MIN_VALUE) {
      varbits(v, 64);
    } else {
      // 2^(n-1) itself still fits n bits.
      varbits(v, 65 - Long.numberOfLeadingZeros(v > 0 ? v - 1 : -v));
    }
  }

  void varbitUnsigned(long v) {
    if (v == 0) {
      put(0, 1);
    } else {
      varbits(v, 64 - Long.numberOfLeadingZeros(v));
    }
  }

  private void varbits(long v, int needed) {
    int ones = 1;
    while (SIZES[ones] < needed) {
      ones++;
    }
    if (ones == 8) {
      put(0xff, 8);
    } else {
      put((1L << (ones + 1)) - 2, ones + 1);
    }
    put(v, SIZES[ones]);
  }
}
