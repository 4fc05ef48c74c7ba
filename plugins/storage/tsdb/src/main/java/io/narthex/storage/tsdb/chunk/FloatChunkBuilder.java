package io.narthex.storage.tsdb.chunk;

import io.narthex.api.model.StaleMarker;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Builds chunks of floats on the heap, one after the other, for compaction, backfill and
 * out-of-order samples. Samples are kept until {@link #bytes} or {@link #length} asks for the
 * chunk, which is then written as small as the format allows. Reusable; belongs to one thread.
 */
public final class FloatChunkBuilder {
  /** Bytes of the longest sample with its start timestamp, and of the word it is written with. */
  private static final int ROOM = 48;

  private final XorState xor = new XorState();
  private final WindowPlan plan = new WindowPlan();
  private final StartTimes starts = new StartTimes();
  private final boolean second;
  private byte[] bytes = new byte[512];
  private long[] times = new long[128];
  private double[] values = new double[128];
  private long @Nullable [] startTimes;
  private int samples;
  private boolean written;

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
  }

  /** Begins a new chunk; the bytes of the one before are overwritten. */
  public void reset() {
    samples = 0;
    written = false;
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
    int n = samples;
    if (n == times.length) {
      grow();
    }
    times[n] = t;
    values[n] = v;
    if (second) {
      long[] s = startTimes;
      if (s == null) {
        s = startTimes = new long[times.length];
      }
      s[n] = st;
    }
    samples = n + 1;
    written = false;
  }

  private void grow() {
    if (samples == 0xffff) {
      throw new IllegalStateException("cannot append a sample: the chunk has 65535");
    }
    int capacity = Math.min(0xffff, 2 * samples);
    times = Arrays.copyOf(times, capacity);
    values = Arrays.copyOf(values, capacity);
    if (startTimes != null) {
      startTimes = Arrays.copyOf(startTimes, capacity);
    }
  }

  private void write() {
    if (written) {
      return;
    }
    written = true;
    xor.clear();
    xor.plan = plan();
    xor.planned = 0;
    byte[] b = bytes;
    int pos = 16;
    if (second) {
      starts.reset((byte) 0);
      b[2] = 0;
      pos = 24;
    }
    long[] st = second ? startTimes : null;
    for (int i = 0; i < samples; i++) {
      if (b.length < (pos >>> 3) + ROOM) {
        b = bytes = Arrays.copyOf(b, 2 * b.length);
      }
      long t = times[i];
      long valueBits = Double.doubleToRawLongBits(values[i]);
      if (i >= 2) {
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
      } else if (i == 1) {
        xor.delta = t - xor.time;
        xor.time = t;
        pos = Bits.putUvarint(b, pos, xor.delta);
        if (second) {
          Xor2Code.value(xor, valueBits, 0, 0);
        } else {
          XorCode.value(xor, valueBits, 0, 0);
        }
        pos = putCode(b, pos);
      } else {
        pos = Bits.putUvarint(b, pos, Bits.zigzag(t));
        Bits.put(b, pos, valueBits, 64);
        pos += 64;
        xor.time = t;
        xor.valueBits = baseline(valueBits, 0);
      }
      if (st != null) {
        pos = starts.write(b, pos, i, t, i == 0 ? 0 : times[i - 1], st[i]);
      }
    }
    xor.bits = pos;
    Bits.putCount(b, 0, samples);
    if (second) {
      b[2] = starts.header();
    }
  }

  private short[] plan() {
    plan.clear();
    long before = samples == 0 ? 0 : baseline(Double.doubleToRawLongBits(values[0]), 0);
    for (int i = 1; i < samples; i++) {
      long now = baseline(Double.doubleToRawLongBits(values[i]), before);
      if (now != before) {
        plan.add(now ^ before);
        before = now;
      }
    }
    return plan.windows();
  }

  /** What the next value is compared with: XOR2 passes over stale markers. */
  private long baseline(long valueBits, long before) {
    return second && valueBits == StaleMarker.BITS ? before : valueBits;
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

  /** Time of the first sample, of which there is one. */
  public long minTime() {
    return times[0];
  }

  /** Time of the last sample, of which there is one. */
  public long maxTime() {
    return times[samples - 1];
  }

  /**
   * The chunk's data, without the encoding byte, in the first {@link #length} bytes; this builder's
   * own array, good until the next {@link #append} or {@link #reset}.
   */
  public byte[] bytes() {
    write();
    return bytes;
  }

  /** The length of the data in bytes. */
  public int length() {
    write();
    return xor.length();
  }
}
