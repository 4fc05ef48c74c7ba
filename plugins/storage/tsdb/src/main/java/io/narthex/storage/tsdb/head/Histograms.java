package io.narthex.storage.tsdb.head;

import io.narthex.api.model.NativeHistogram;
import java.util.List;

/** Whether the parts of a histogram agree. Source: Prometheus 3.14, {@code Histogram.Validate}. */
final class Histograms {
  private Histograms() {}

  static boolean isValid(NativeHistogram h) {
    if (h.isStale()) {
      return true;
    }
    if (!spansValid(h.positiveSpans()) || !spansValid(h.negativeSpans())) {
      return false;
    }
    if (h.hasCustomBuckets()) {
      double[] bounds = h.customBounds();
      for (int i = 1; i < bounds.length; i++) {
        if (!(bounds[i] > bounds[i - 1])) {
          return false;
        }
      }
      if (h.zeroCount() != 0 || h.negativeBuckets().length > 0) {
        return false;
      }
    } else if (h.customBounds().length > 0) {
      return false;
    }
    double inBuckets = h.zeroCount();
    for (double count : h.positiveBuckets()) {
      if (count < 0) {
        return false;
      }
      inBuckets += count;
    }
    for (double count : h.negativeBuckets()) {
      if (count < 0) {
        return false;
      }
      inBuckets += count;
    }
    if (h.zeroCount() < 0 || h.count() < 0) {
      return false;
    }
    if (!h.integer()) {
      // Sums of floats are not exact; upstream does not compare them either.
      return true;
    }
    // An observed NaN is counted but is in no bucket.
    return Double.isNaN(h.sum()) ? inBuckets <= h.count() : inBuckets == h.count();
  }

  /**
   * What a counter was when it began: nothing observed. All that decides whether a chunk can hold
   * both is as in {@code h}, so that {@code h} fits behind it.
   */
  static NativeHistogram zeroLike(NativeHistogram h) {
    return new NativeHistogram(
        h.integer(),
        NativeHistogram.ResetHint.RESET,
        h.schema(),
        h.zeroThreshold(),
        0,
        0,
        0,
        List.of(),
        new double[0],
        List.of(),
        new double[0],
        h.customBounds());
  }

  private static boolean spansValid(List<NativeHistogram.Span> spans) {
    for (int i = 0; i < spans.size(); i++) {
      if (spans.get(i).length() < 0 || (i > 0 && spans.get(i).offset() < 0)) {
        return false;
      }
    }
    return true;
  }
}
