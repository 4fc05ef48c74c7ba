package io.narthex.web.api;

import io.narthex.api.model.NativeHistogram;

/** A native histogram with custom buckets as a classic one. */
final class ClassicBuckets {
  private ClassicBuckets() {}

  /** For each custom bound the number of observations up to it; that of +Inf is the count. */
  static double[] cumulative(NativeHistogram histogram) {
    double[] counts = new double[histogram.customBounds().length];
    int bucket = 0;
    int index = 0;
    for (NativeHistogram.Span span : histogram.positiveSpans()) {
      index += span.offset();
      for (int i = 0; i < span.length(); i++, index++, bucket++) {
        // The bucket behind the last bound is that of +Inf.
        if (index >= 0 && index < counts.length) {
          counts[index] = histogram.positiveBuckets()[bucket];
        }
      }
    }
    for (int i = 1; i < counts.length; i++) {
      counts[i] += counts[i - 1];
    }
    return counts;
  }
}
