package io.narthex.storage.tsdb.chunk;

import io.narthex.api.model.StaleMarker;
import io.narthex.storage.tsdb.file.CorruptionException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Appends to an XOR2 chunk with start timestamps in native memory, as {@link XorAppender} does to
 * an XOR one and with the same promise to readers, but for the byte behind the count: it changes
 * once, with the first sample whose start is another one, so a reader must know that nobody appends
 * while it copies.
 *
 * <p>What beside the {@link XorState} is needed to go on stands in the {@link #STATE} bytes before
 * the chunk:
 *
 * <pre>
 *  0 baseline    long  raw bits of the last value that is no stale marker
 *  8 start       long  start timestamp of the last sample
 * 16 difference  long  see {@link StartTimes}
 * </pre>
 */
public final class Xor2Appender {
  /** Bytes before the chunk that belong to the appender; they begin at a multiple of 8. */
  public static final int STATE = 24;

  /** As {@link XorAppender#SLACK}, with a start timestamp. */
  public static final int SLACK = XorAppender.SLACK + 12;

  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final int BASELINE = -24;
  private static final int START = -16;
  private static final int DIFFERENCE = -8;

  /** Where a chunk says which samples have start timestamps. */
  private static final int HEADER = 2;

  private Xor2Appender() {}

  /**
   * Appends a sample to the chunk at {@code base}, whose state is {@code s} and {@link #STATE}
   * bytes before it; the first one makes both. There must be {@link #SLACK} bytes behind {@code
   * base + s.length()}, and fewer than 65,535 samples.
   *
   * @param s its {@code valueBits} need not be set; of no meaning afterwards
   * @param t milliseconds; usually above the last
   * @param st start timestamp in milliseconds, 0 if unknown
   * @return the chunk's new length in bytes
   */
  public static int append(MemorySegment slab, long base, XorState s, long t, double v, long st) {
    long valueBits = Double.doubleToRawLongBits(v);
    long before = s.time;
    int bits = s.bits;
    if (s.samples == 0) {
      slab.set(ValueLayout.JAVA_BYTE, base + HEADER, (byte) 0);
      slab.set(LONG, base + DIFFERENCE, 0);
      bits = XorAppender.putUvarint(slab, base, (HEADER + 1) << 3, Bits.zigzag(t));
      bits = XorAppender.put(slab, base, bits, valueBits, 64);
      s.time = t;
      s.delta = 0;
      s.valueBits = valueBits == StaleMarker.BITS ? 0 : valueBits;
      if (st != 0) {
        slab.set(ValueLayout.JAVA_BYTE, base + HEADER, (byte) 0x80);
        bits = XorAppender.putUvarint(slab, base, bits, Bits.zigzag(t - st));
      }
    } else {
      s.valueBits = slab.get(LONG, base + BASELINE);
      if (s.samples == 1) {
        s.delta = t - s.time;
        s.time = t;
        bits = XorAppender.putUvarint(slab, base, bits, s.delta);
        Xor2Code.value(s, valueBits, 0, 0);
      } else {
        Xor2Code.next(s, t, valueBits);
        if (s.length0 != 0) {
          bits = XorAppender.put(slab, base, bits, s.code0, s.length0);
        }
      }
      bits = XorAppender.put(slab, base, bits, s.code1, s.length1, s.code2, s.length2);
      bits = start(slab, base, bits, s.samples, before, st);
    }
    slab.set(LONG, base + BASELINE, s.valueBits);
    slab.set(LONG, base + START, st);
    s.bits = bits;
    s.samples++;
    slab.set(XorAppender.SHORT, base, (short) s.samples);
    return (bits + 7) >>> 3;
  }

  /** As {@link StartTimes#write}, for a sample that is not the first. */
  private static int start(MemorySegment slab, long base, int pos, int i, long before, long st) {
    byte header = slab.get(ValueLayout.JAVA_BYTE, base + HEADER);
    long difference = before - st;
    if ((header & 0x7f) != 0) {
      int end = Varbit.putInt(slab, base, pos, difference - slab.get(LONG, base + DIFFERENCE));
      slab.set(LONG, base + DIFFERENCE, difference);
      return end;
    }
    if (st == slab.get(LONG, base + START) && i != StartTimes.LAST_CHANGE) {
      return pos;
    }
    slab.set(ValueLayout.JAVA_BYTE, base + HEADER, (byte) (header | i));
    slab.set(LONG, base + DIFFERENCE, difference);
    return Varbit.putInt(slab, base, pos, difference);
  }

  /** The start timestamp of the last sample of the chunk at {@code base}, which has one. */
  public static long lastStart(MemorySegment slab, long base) {
    return slab.get(LONG, base + START);
  }

  /**
   * Sets the state with which an XOR2 chunk read from somewhere can be appended to.
   *
   * @param offset of the data behind the encoding byte
   * @param side gets what belongs into the {@link #STATE} bytes, in their order
   * @return the raw bits of the last value, which may be a stale marker
   * @throws CorruptionException if they cannot be decoded to the end
   */
  public static long resume(byte[] data, int offset, int length, XorState into, long[] side)
      throws CorruptionException {
    Xor2Decoder decoder = new Xor2Decoder();
    byte[] copy = new byte[length + Bits.SLACK];
    System.arraycopy(data, offset, copy, 0, length);
    decoder.reset(copy, length);
    return decoder.end(into, side);
  }
}
