package io.narthex.query.promql.function;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.Span;
import java.util.List;

/**
 * The buckets of a native histogram with their bounds, from the lowest to the highest: negative
 * ones, the zero bucket if it has observations, positive ones. Source of the bounds: Prometheus
 * 3.14, native histograms specification.
 */
final class HistogramBuckets {
  private static final int MAX_EXPONENT = 1024;

  /** The number of buckets. */
  final int size;

  /** Lower bounds, exclusive for positive buckets. */
  final double[] lower;

  /** Upper bounds. */
  final double[] upper;

  /** Observations. */
  final double[] count;

  HistogramBuckets(NativeHistogram h) {
    int negative = h.negativeBuckets().length;
    int positive = h.positiveBuckets().length;
    boolean zero = h.zeroCount() > 0;
    size = negative + (zero ? 1 : 0) + positive;
    lower = new double[size];
    upper = new double[size];
    count = new double[size];
    int[] indexes = indexes(h.negativeSpans(), negative);
    int n = 0;
    for (int i = negative - 1; i >= 0; i--) {
      lower[n] = -bound(h, indexes[i]);
      upper[n] = Math.min(-bound(h, indexes[i] - 1), -h.zeroThreshold());
      count[n++] = h.negativeBuckets()[i];
    }
    if (zero) {
      lower[n] = -h.zeroThreshold();
      upper[n] = h.zeroThreshold();
      count[n++] = h.zeroCount();
    }
    indexes = indexes(h.positiveSpans(), positive);
    for (int i = 0; i < positive; i++) {
      double low = bound(h, indexes[i] - 1);
      lower[n] = low > 0 && low < h.zeroThreshold() ? h.zeroThreshold() : low;
      upper[n] = bound(h, indexes[i]);
      count[n++] = h.positiveBuckets()[i];
    }
  }

  /** The index of each bucket of the spans. */
  static int[] indexes(List<Span> spans, int size) {
    int[] indexes = new int[size];
    int index = 0;
    int n = 0;
    for (Span span : spans) {
      index += span.offset();
      for (int i = 0; i < span.length(); i++) {
        indexes[n++] = index++;
      }
    }
    return indexes;
  }

  /** The upper bound of a positive bucket. */
  static double bound(NativeHistogram h, int index) {
    if (h.hasCustomBuckets()) {
      double[] bounds = h.customBounds();
      return index < 0
          ? Double.NEGATIVE_INFINITY
          : index < bounds.length ? bounds[index] : Double.POSITIVE_INFINITY;
    }
    return bound(h.schema(), index);
  }

  /** {@code 2^(index / 2^schema)}; what would overflow by one bucket is the greatest double. */
  static double bound(int schema, int index) {
    if (schema < 0) {
      int exponent = index << -schema;
      return exponent == MAX_EXPONENT ? Double.MAX_VALUE : Math.scalb(1.0, exponent);
    }
    int whole = index >> schema;
    int part = index & (1 << schema) - 1;
    if (part == 0) {
      return whole == MAX_EXPONENT ? Double.MAX_VALUE : Math.scalb(1.0, whole);
    }
    return Math.scalb(Math.pow(2, (double) part / (1 << schema)), whole);
  }
}
