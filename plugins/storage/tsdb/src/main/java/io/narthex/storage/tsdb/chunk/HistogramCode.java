package io.narthex.storage.tsdb.chunk;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.Span;
import java.util.ArrayList;
import java.util.List;

/**
 * What histogram chunks consist of beside their samples.
 *
 * <pre>
 * HISTOGRAM, FLOAT_HISTOGRAM:        count u16 | flags u8            | layout | sample...
 * HISTOGRAM_ST, FLOAT_HISTOGRAM_ST:  flags 2 bits, count 14 bits | start u8 | layout | sample st...
 *
 * flags    10 a counter reset before the chunk, 01 none, 00 unknown, 11 gauges; 6 bits of zero
 * start    as in {@link Xor2Code}
 * layout   zero threshold | schema varbit | spans, positive | spans, negative | [bounds]
 * threshold  0: zero; 1..254: 2^(n-244); 255: 8 bytes of float64 follow
 * spans    number varbit unsigned | { length varbit unsigned | offset varbit }...
 * bounds   for custom buckets alone: number varbit unsigned | { b*1000+1 varbit unsigned, or a bit
 *          0 and a float64 }...
 *
 * samples of integers: first   t, count, zero count varbit | sum 64 bits | buckets varbit
 *                      later   deltas of deltas of all, varbit, but XOR of the sum as in XOR chunks
 *   Buckets are differences to the bucket before, the first one absolute.
 * samples of floats:   first   t varbit | count, zero count, sum, buckets 64 bits
 *                      later   delta of delta of t varbit | XOR of all the others, absolute
 * A stale marker has a sum alone, and no buckets.
 * </pre>
 */
final class HistogramCode {
  static final int HEADER = 3;
  static final int RESET = 0b10;
  static final int NOT_RESET = 0b01;
  static final int UNKNOWN = 0b00;
  static final int GAUGE = 0b11;

  /** Samples that the count of a chunk with start timestamps can tell. */
  static final int MAX_SAMPLES_ST = 0x3fff;

  /** Schemas between this and the highest of ours are reserved; their buckets can be joined. */
  static final int HIGHEST_RESERVED_SCHEMA = 52;

  static final int HIGHEST_SCHEMA = 8;
  static final int LOWEST_SCHEMA = -4;
  static final double[] NONE = new double[0];

  private HistogramCode() {}

  /** Writes a layout; there is room for {@link #layoutBytes}. Returns the position behind. */
  static int putLayout(byte[] bytes, int at, NativeHistogram h) {
    int pos = putThreshold(bytes, at, h.zeroThreshold());
    pos = Varbit.putInt(bytes, pos, h.schema());
    pos = putSpans(bytes, pos, h.positiveSpans());
    pos = putSpans(bytes, pos, h.negativeSpans());
    if (h.hasCustomBuckets()) {
      double[] bounds = h.customBounds();
      pos = Varbit.putUint(bytes, pos, bounds.length);
      for (double bound : bounds) {
        pos = putBound(bytes, pos, bound);
      }
    }
    return pos;
  }

  static int layoutBytes(NativeHistogram h) {
    return 64
        + 18 * (h.positiveSpans().size() + h.negativeSpans().size())
        + 9 * h.customBounds().length;
  }

  private static int putThreshold(byte[] bytes, int pos, double threshold) {
    long bits = Double.doubleToRawLongBits(threshold);
    int exponent = (int) (bits >> 52) - 1023;
    if (threshold == 0) {
      Bits.put(bytes, pos, 0, 8);
    } else if ((bits & 0xfffffffffffffL) == 0 && exponent >= -243 && exponent <= 10) {
      Bits.put(bytes, pos, exponent + 244, 8);
    } else {
      Bits.put(bytes, pos, 255, 8);
      Bits.put(bytes, pos + 8, bits, 64);
      return pos + 72;
    }
    return pos + 8;
  }

  private static int putSpans(byte[] bytes, int at, List<Span> spans) {
    int pos = Varbit.putUint(bytes, at, spans.size());
    for (int i = 0; i < spans.size(); i++) {
      pos = Varbit.putUint(bytes, pos, spans.get(i).length());
      pos = Varbit.putInt(bytes, pos, spans.get(i).offset());
    }
    return pos;
  }

  private static int putBound(byte[] bytes, int pos, double bound) {
    double thousands = bound * 1000;
    if (thousands >= 0 && thousands <= 33554430) {
      long whole = Math.round(thousands);
      if (whole / 1000.0 == bound) {
        return Varbit.putUint(bytes, pos, whole + 1);
      }
    }
    Bits.put(bytes, pos, 0, 1);
    Bits.put(bytes, pos + 1, Double.doubleToRawLongBits(bound), 64);
    return pos + 65;
  }

  /** The bucket indexes that spans stand for. */
  static int[] indexes(List<Span> spans, int buckets) {
    int[] out = new int[buckets];
    int n = 0;
    int index = 0;
    for (int i = 0; i < spans.size(); i++) {
      index += spans.get(i).offset();
      for (int j = spans.get(i).length(); j > 0; j--) {
        out[n++] = index++;
      }
    }
    return out;
  }

  /** The spans for ascending bucket indexes, as few as can be. */
  static List<Span> spans(int[] indexes) {
    List<Span> out = new ArrayList<>();
    int next = 0;
    for (int i = 0; i < indexes.length; ) {
      int from = i++;
      while (i < indexes.length && indexes[i] == indexes[i - 1] + 1) {
        i++;
      }
      out.add(new Span(indexes[from] - next, i - from));
      next = indexes[i - 1] + 1;
    }
    return List.copyOf(out);
  }

  /** The buckets of one sign, joined so that {@code steps} steps of schema are given up. */
  static Reduced reduce(List<Span> spans, double[] buckets, int steps) {
    int[] indexes = indexes(spans, buckets.length);
    double[] out = new double[buckets.length];
    int n = 0;
    for (int i = 0; i < indexes.length; i++) {
      int to = ((indexes[i] - 1) >> steps) + 1;
      if (n == 0 || indexes[n - 1] != to) {
        indexes[n++] = to;
      }
      out[n - 1] += buckets[i];
    }
    return new Reduced(spans(java.util.Arrays.copyOf(indexes, n)), java.util.Arrays.copyOf(out, n));
  }

  /** Spans and their counts. */
  record Reduced(List<Span> spans, double[] buckets) {}

  /** The stale marker of histograms, of either kind. */
  static NativeHistogram stale(boolean integer, double sum) {
    return new NativeHistogram(
        integer,
        NativeHistogram.ResetHint.UNKNOWN,
        0,
        0,
        0,
        0,
        sum,
        List.of(),
        NONE,
        List.of(),
        NONE,
        NONE);
  }

  static double unsignedToDouble(long v) {
    return v >= 0 ? v : (double) ((v >>> 1) | (v & 1)) * 2;
  }

  static long doubleToUnsigned(double v) {
    return v < 0x1p63 ? (long) v : v >= 0x1p64 ? -1 : (long) (v - 0x1p63) + Long.MIN_VALUE;
  }
}
