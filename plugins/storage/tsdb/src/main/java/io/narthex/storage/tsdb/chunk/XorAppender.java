package io.narthex.storage.tsdb.chunk;

import io.narthex.storage.tsdb.file.CorruptionException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Appends to an XOR chunk in native memory; the format stands at {@link XorCode}. Bits once written
 * never change (they may be written again as they are), so a reader may copy a prefix at any time
 * if it knows how many samples are in it. It must then take that number for the count, too: the
 * count at the chunk's start is written without regard to readers.
 */
public final class XorAppender {
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /**
   * Bytes behind the chunk's current end that {@link #append} may write to: the longest sample and
   * the rest of a word.
   */
  public static final int SLACK = 28;

  private XorAppender() {}

  /**
   * Appends a sample to the chunk at {@code base}, whose state is {@code s}; the first one makes
   * the chunk. There must be {@link #SLACK} bytes behind {@code base + s.length()}, and fewer than
   * 65,535 samples.
   *
   * @param t milliseconds; usually above the last
   * @return the chunk's new length in bytes
   */
  public static int append(MemorySegment slab, long base, XorState s, long t, double v) {
    long valueBits = Double.doubleToRawLongBits(v);
    int bits = s.bits;
    if (s.samples >= 2) {
      XorCode.next(s, t, valueBits);
      if (s.length0 != 0) {
        bits = put(slab, base, bits, s.code0, s.length0);
      }
      bits = put(slab, base, bits, s.code1, s.length1, s.code2, s.length2);
    } else if (s.samples == 1) {
      long delta = t - s.time;
      s.time = t;
      s.delta = delta;
      bits = putUvarint(slab, base, bits, delta);
      XorCode.value(s, valueBits, 0, 0);
      bits = put(slab, base, bits, s.code1, s.length1, s.code2, s.length2);
    } else {
      bits = putUvarint(slab, base, 16, Bits.zigzag(t));
      bits = put(slab, base, bits, valueBits, 64);
      s.time = t;
      s.delta = 0;
      s.valueBits = valueBits;
    }
    s.bits = bits;
    s.samples++;
    slab.set(SHORT, base, (short) s.samples);
    return (bits + 7) >>> 3;
  }

  static int put(
      MemorySegment slab, long base, int pos, long code1, int length1, long code2, int length2) {
    int length = length1 + length2;
    if (length <= 64) {
      return put(slab, base, pos, length2 == 0 ? code1 : (code1 << length2) | code2, length);
    }
    return put(slab, base, put(slab, base, pos, code1, length1), code2, length2);
  }

  /** As {@link Bits#put}. */
  static int put(MemorySegment slab, long base, int pos, long value, int count) {
    long at = base + (pos >>> 3);
    int used = pos & 7;
    long kept = ((long) slab.get(ValueLayout.JAVA_BYTE, at) << 56) & ~(-1L >>> used);
    slab.set(LONG, at, kept | (value << (64 - count) >>> used));
    if (count + used > 64) {
      slab.set(ValueLayout.JAVA_BYTE, at + 8, (byte) (value << (72 - used - count)));
    }
    return pos + count;
  }

  static int putUvarint(MemorySegment slab, long base, int pos, long v) {
    long rest = v;
    int p = pos;
    while ((rest & ~0x7fL) != 0) {
      p = put(slab, base, p, (rest & 0x7f) | 0x80, 8);
      rest >>>= 7;
    }
    return put(slab, base, p, rest, 8);
  }

  /**
   * Sets the state with which an XOR chunk read from somewhere can be appended to.
   *
   * @param offset of the data behind the encoding byte
   * @throws CorruptionException if they cannot be decoded to the end
   */
  public static void resume(byte[] data, int offset, int length, XorState into)
      throws CorruptionException {
    XorDecoder decoder = new XorDecoder();
    byte[] copy = new byte[length + Bits.SLACK];
    System.arraycopy(data, offset, copy, 0, length);
    decoder.reset(copy, 0, length);
    long[] times = new long[128];
    double[] values = new double[128];
    while (decoder.read(times, values) > 0) {}
    decoder.state(into);
  }
}
