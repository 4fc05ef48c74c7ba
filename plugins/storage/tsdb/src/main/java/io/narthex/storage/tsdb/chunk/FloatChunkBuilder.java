package io.narthex.storage.tsdb.chunk;

import io.narthex.api.model.StaleMarker;
import java.util.Arrays;

/**
 * Builds chunks of floats on the heap, one after the other, for compaction, backfill and
 * out-of-order samples. Reusable; belongs to one thread.
 */
public final class FloatChunkBuilder {
  /** The longest sample, and the rest of the word that it is written with. */
  private static final int ROOM = 48;

  private final XorState xor = new XorState();
  private final boolean second;
  private final StartTimes starts = new StartTimes();
  private byte[] bytes = new byte[256];
  private int samples;
  private long minTime;
  private long maxTime;

  /** For XOR chunks. */
  public FloatChunkBuilder() {
    this(Encoding.XOR);
  }

  /**
   * Makes a builder without samples.
   *
   * @param encoding XOR or XOR2
   */
  public FloatChunkBuilder(Encoding encoding) {
    if (!encoding.isFloat()) {
      throw new IllegalArgumentException("cannot build chunks of floats as " + encoding);
    }
    second = encoding == Encoding.XOR2;
    reset();
  }

  /** Begins a new chunk; the bytes of the one before are overwritten. */
  public void reset() {
    xor.clear();
    samples = 0;
    Bits.putCount(bytes, 0, 0);
    if (second) {
      xor.bits = 24;
      starts.reset((byte) 0);
      bytes[2] = 0;
    }
  }

  /** As {@link #append(long, double, long)} without a start timestamp. */
  public void append(long t, double v) {
    append(t, v, 0);
  }

  /**
   * Appends a sample.
   *
   * @param t milliseconds, above the last
   * @param st start timestamp in milliseconds, 0 if unknown; XOR chunks have no room for it
   * @throws IllegalStateException if the chunk has 65,535 samples
   */
  public void append(long t, double v, long st) {
    if (samples == 0xffff) {
      throw new IllegalStateException("cannot append a sample: the chunk has 65535");
    }
    byte[] b = bytes;
    int pos = xor.bits;
    if (b.length < (pos >>> 3) + ROOM) {
      b = bytes = Arrays.copyOf(b, 2 * b.length);
    }
    long valueBits = Double.doubleToRawLongBits(v);
    if (samples >= 2) {
      if (second) {
        Xor2Code.next(xor, t, valueBits);
      } else {
        XorCode.next(xor, t, valueBits);
      }
      if (xor.length0 != 0) {
        Bits.put(b, pos, xor.code0, xor.length0);
        pos += xor.length0;
      }
      pos = putCode(b, pos);
    } else if (samples == 1) {
      long delta = t - xor.time;
      xor.time = t;
      xor.delta = delta;
      pos = Bits.putUvarint(b, pos, delta);
      if (second) {
        Xor2Code.value(xor, valueBits, 0, 0);
      } else {
        XorCode.value(xor, valueBits, 0, 0);
      }
      pos = putCode(b, pos);
    } else {
      minTime = t;
      pos = Bits.putUvarint(b, pos, Bits.zigzag(t));
      Bits.put(b, pos, valueBits, 64);
      pos += 64;
      xor.time = t;
      xor.valueBits = second && valueBits == StaleMarker.BITS ? 0 : valueBits;
    }
    if (second) {
      pos = starts.write(b, pos, samples, t, maxTime, st);
      b[2] = starts.header();
    }
    xor.bits = pos;
    maxTime = t;
    xor.samples = ++samples;
    Bits.putCount(b, 0, samples);
  }

  private int putCode(byte[] b, int at) {
    int pos = at;
    int length = xor.length1 + xor.length2;
    if (length <= 64) {
      Bits.put(
          b, pos, xor.length2 == 0 ? xor.code1 : (xor.code1 << xor.length2) | xor.code2, length);
      return pos + length;
    }
    Bits.put(b, pos, xor.code1, xor.length1);
    pos += xor.length1;
    Bits.put(b, pos, xor.code2, xor.length2);
    return pos + xor.length2;
  }

  /** How the chunk is encoded. */
  public Encoding encoding() {
    return second ? Encoding.XOR2 : Encoding.XOR;
  }

  public int sampleCount() {
    return samples;
  }

  /** Time of the first sample. */
  public long minTime() {
    return minTime;
  }

  /** Time of the last sample. */
  public long maxTime() {
    return maxTime;
  }

  /**
   * The chunk's data, without the encoding byte, in the first {@link #length} bytes; this builder's
   * own array, good until the next {@link #append} or {@link #reset}.
   */
  public byte[] bytes() {
    return bytes;
  }

  /** The length of the data in bytes. */
  public int length() {
    return xor.length();
  }
}
