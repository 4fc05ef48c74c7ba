package io.narthex.query.remoteread;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.NativeHistogram.Span;
import java.util.Arrays;
import java.util.List;

/**
 * A chunk of native histograms with the same buckets, within which no counter resets:
 *
 * <pre>
 * count u16 | flags u8 | layout | sample...
 *
 * flags    10 a counter reset before the chunk, 01 none, 00 unknown, 11 gauges; 6 bits of zero
 * layout   zero threshold | schema varbit | spans, positive | spans, negative | [bounds]
 * threshold  0: zero; 1..254: 2^(n-244); 255: 8 bytes of float64 follow
 * spans    number varbit unsigned | { length varbit unsigned | offset varbit }...
 * bounds   for custom buckets alone: number varbit unsigned | { b*1000+1 varbit unsigned, or a bit
 *          0 and a float64 }...
 *
 * samples of integers: first   t, count, zero count varbit | sum 64 bits | buckets varbit
 *                      later   deltas of deltas of all, varbit, but XOR of the sum
 *   Buckets are differences to the bucket before, the first one absolute.
 * samples of floats:   first   t varbit | count, zero count, sum, buckets 64 bits
 *                      later   delta of delta of t varbit | XOR of all the others, absolute
 * </pre>
 *
 * Whoever reads takes all samples but the first for ones without a reset before them. A stale
 * marker has a sum alone, and stands alone in its chunk. Source: Prometheus 3.14, {@code
 * tsdb/chunkenc/histogram.go}, {@code float_histogram.go}, {@code histogram_meta.go}.
 */
final class HistogramChunk {
  private static final int INTEGERS = 2;
  private static final int FLOATS = 3;
  private static final int HEADER = 3;

  private final BitWriter out = new BitWriter();
  private final FloatXor sum = new FloatXor();
  private FloatXor[] floats = new FloatXor[0];
  private int samples;
  private int flags;
  private long minTime;
  private long maxTime;
  private long timeDelta;
  private long count;
  private long countDelta;
  private long zero;
  private long zeroDelta;
  private long[] values = new long[0];
  private long[] deltas = new long[0];
  private NativeHistogram last =
      new NativeHistogram(
          true,
          ResetHint.UNKNOWN,
          0,
          0,
          0,
          0,
          0,
          List.of(),
          new double[0],
          List.of(),
          new double[0],
          new double[0]);

  /** Begins a chunk with a sample. */
  void start(long t, NativeHistogram given) {
    NativeHistogram h = given.isStale() ? stale(given) : given;
    flags =
        switch (given.resetHint()) {
          case UNKNOWN -> 0b00;
          case NOT_RESET -> 0b01;
          case RESET -> 0b10;
          case GAUGE -> 0b11;
        };
    out.reset(HEADER);
    layout(h);
    out.varbit(t);
    if (h.integer()) {
      count = HistogramMessage.unsigned(h.count());
      zero = HistogramMessage.unsigned(h.zeroCount());
      out.varbitUnsigned(count);
      out.varbitUnsigned(zero);
      sum.first(out, h.sum());
      int n = h.positiveBuckets().length + h.negativeBuckets().length;
      if (values.length < n) {
        values = new long[n];
        deltas = new long[n];
      }
      Arrays.fill(deltas, 0, n, 0);
      firstBuckets(h.positiveBuckets(), 0);
      firstBuckets(h.negativeBuckets(), h.positiveBuckets().length);
    } else {
      floats(h, true);
    }
    timeDelta = 0;
    countDelta = 0;
    zeroDelta = 0;
    minTime = t;
    maxTime = t;
    samples = 1;
    last = h;
  }

  /** Appends a sample above the last in time, or returns false when it begins a new chunk. */
  boolean append(long t, NativeHistogram h) {
    if (samples == FloatChunk.MAX_SAMPLES || h.isStale() || last.isStale() || !fits(h)) {
      return false;
    }
    long delta = t - maxTime;
    out.varbit(delta - timeDelta);
    timeDelta = delta;
    if (h.integer()) {
      long nowCount = HistogramMessage.unsigned(h.count());
      long nowZero = HistogramMessage.unsigned(h.zeroCount());
      out.varbit(nowCount - count - countDelta);
      countDelta = nowCount - count;
      count = nowCount;
      out.varbit(nowZero - zero - zeroDelta);
      zeroDelta = nowZero - zero;
      zero = nowZero;
      sum.next(out, h.sum());
      laterBuckets(h.positiveBuckets(), 0);
      laterBuckets(h.negativeBuckets(), h.positiveBuckets().length);
    } else {
      floats(h, false);
    }
    maxTime = t;
    samples++;
    last = h;
    return true;
  }

  private boolean fits(NativeHistogram h) {
    boolean gauge = h.resetHint() == ResetHint.GAUGE;
    if (h.integer() != last.integer()
        || gauge != (flags == 0b11)
        || h.resetHint() == ResetHint.RESET
        || h.schema() != last.schema()
        || h.zeroThreshold() != last.zeroThreshold()
        || !h.positiveSpans().equals(last.positiveSpans())
        || !h.negativeSpans().equals(last.negativeSpans())
        || !Arrays.equals(h.customBounds(), last.customBounds())) {
      return false;
    }
    return gauge
        || h.resetHint() == ResetHint.NOT_RESET
        || (h.count() >= last.count()
            && h.zeroCount() >= last.zeroCount()
            && grown(last.positiveBuckets(), h.positiveBuckets())
            && grown(last.negativeBuckets(), h.negativeBuckets()));
  }

  private static boolean grown(double[] before, double[] now) {
    for (int i = 0; i < now.length; i++) {
      if (!(now[i] >= before[i])) {
        return false;
      }
    }
    return true;
  }

  private static NativeHistogram stale(NativeHistogram h) {
    double[] none = {};
    return new NativeHistogram(
        h.integer(), h.resetHint(), 0, 0, 0, 0, h.sum(), List.of(), none, List.of(), none, none);
  }

  private void layout(NativeHistogram h) {
    threshold(h.zeroThreshold());
    out.varbit(h.schema());
    spans(h.positiveSpans());
    spans(h.negativeSpans());
    if (h.hasCustomBuckets()) {
      double[] bounds = h.customBounds();
      out.varbitUnsigned(bounds.length);
      for (double bound : bounds) {
        bound(bound);
      }
    }
  }

  private void threshold(double threshold) {
    long bits = Double.doubleToRawLongBits(threshold);
    int exponent = (int) (bits >> 52) - 1023;
    if (threshold == 0) {
      out.put(0, 8);
    } else if ((bits & 0xf_ffff_ffff_ffffL) == 0 && exponent >= -243 && exponent <= 10) {
      out.put(exponent + 244, 8);
    } else {
      out.put(255, 8);
      out.put(bits, 64);
    }
  }

  private void spans(List<Span> spans) {
    out.varbitUnsigned(spans.size());
    for (int i = 0; i < spans.size(); i++) {
      out.varbitUnsigned(spans.get(i).length());
      out.varbit(spans.get(i).offset());
    }
  }

  private void bound(double bound) {
    double thousands = bound * 1000;
    if (thousands >= 0 && thousands <= 33554430) {
      long whole = Math.round(thousands);
      if (whole / 1000.0 == bound) {
        out.varbitUnsigned(whole + 1);
        return;
      }
    }
    out.put(0, 1);
    out.put(Double.doubleToRawLongBits(bound), 64);
  }

  private void firstBuckets(double[] buckets, int from) {
    long before = 0;
    for (int i = 0; i < buckets.length; i++) {
      long now = (long) buckets[i];
      values[from + i] = now - before;
      out.varbit(now - before);
      before = now;
    }
  }

  private void laterBuckets(double[] buckets, int from) {
    long before = 0;
    for (int i = 0; i < buckets.length; i++) {
      long now = (long) buckets[i];
      long value = now - before;
      long delta = value - values[from + i];
      out.varbit(delta - deltas[from + i]);
      values[from + i] = value;
      deltas[from + i] = delta;
      before = now;
    }
  }

  private void floats(NativeHistogram h, boolean first) {
    double[] up = h.positiveBuckets();
    double[] down = h.negativeBuckets();
    int n = 2 + up.length + down.length;
    if (floats.length < n) {
      int had = floats.length;
      floats = Arrays.copyOf(floats, n);
      for (int i = had; i < n; i++) {
        floats[i] = new FloatXor();
      }
    }
    write(floats[0], h.count(), first);
    write(floats[1], h.zeroCount(), first);
    write(sum, h.sum(), first);
    for (int i = 0; i < up.length; i++) {
      write(floats[2 + i], up[i], first);
    }
    for (int i = 0; i < down.length; i++) {
      write(floats[2 + up.length + i], down[i], first);
    }
  }

  private void write(FloatXor series, double value, boolean first) {
    if (first) {
      series.first(out, value);
    } else {
      series.next(out, value);
    }
  }

  /** The code of the encoding. */
  int encoding() {
    return last.integer() ? INTEGERS : FLOATS;
  }

  long minTime() {
    return minTime;
  }

  long maxTime() {
    return maxTime;
  }

  /** The chunk, in its first {@link #length} bytes. */
  byte[] bytes() {
    byte[] bytes = out.bytes();
    bytes[0] = (byte) (samples >>> 8);
    bytes[1] = (byte) samples;
    bytes[2] = (byte) (flags << 6);
    return bytes;
  }

  int length() {
    return out.length();
  }
}
