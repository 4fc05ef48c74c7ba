package io.narthex.query.promql.function;

import io.narthex.api.model.BucketBounds;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.Span;
import java.util.Arrays;
import java.util.List;

/**
 * A walk over the buckets of a native histogram with their bounds, from the lowest to the highest:
 * negative ones, the zero bucket if it has observations, positive ones.
 */
final class HistogramBuckets {
  private final NativeHistogram histogram;
  private final int negatives;
  private final int zeros;
  private final int size;
  private int next;

  // Where the walk is in the spans of one sign: what is left of a span, and the next index.
  private List<Span> spans;
  private int span;
  private int left;
  private int index;

  /** Lower bound of the bucket, exclusive if it is a positive one. */
  double lower;

  /** Upper bound of the bucket. */
  double upper;

  /** Observations in the bucket. */
  double count;

  /** Begins before the lowest bucket. */
  HistogramBuckets(NativeHistogram h) {
    histogram = h;
    negatives = h.negativeBuckets().length;
    zeros = h.zeroCount() > 0 ? 1 : 0;
    size = size(h);
    spans = h.negativeSpans();
    span = spans.size();
    for (int i = 0; i < span; i++) {
      index += spans.get(i).offset() + spans.get(i).length();
    }
  }

  /** Goes on to the next bucket; false where there is none. */
  boolean next() {
    if (next == size) {
      return false;
    }
    int i = next++;
    count = count(histogram, i);
    if (i < negatives) {
      while (left == 0) {
        index -= span < spans.size() ? spans.get(span).offset() : 0;
        left = spans.get(--span).length();
      }
      left--;
      negative(--index);
    } else if (i < negatives + zeros) {
      lower = -histogram.zeroThreshold();
      upper = histogram.zeroThreshold();
    } else {
      if (i == negatives + zeros) {
        spans = histogram.positiveSpans();
        span = 0;
        left = 0;
        index = 0;
      }
      while (left == 0) {
        index += spans.get(span).offset();
        left = spans.get(span++).length();
      }
      left--;
      positive(index++);
    }
    return true;
  }

  /** Goes to bucket {@code i}, from which there is no going on. */
  void seek(int i) {
    next = size;
    count = count(histogram, i);
    if (i < negatives) {
      negative(index(histogram.negativeSpans(), negatives - 1 - i));
    } else if (i < negatives + zeros) {
      lower = -histogram.zeroThreshold();
      upper = histogram.zeroThreshold();
    } else {
      positive(index(histogram.positiveSpans(), i - negatives - zeros));
    }
  }

  private void negative(int bucket) {
    lower = -BucketBounds.upper(histogram, bucket);
    upper = Math.min(-BucketBounds.upper(histogram, bucket - 1), -histogram.zeroThreshold());
  }

  private void positive(int bucket) {
    double low = BucketBounds.upper(histogram, bucket - 1);
    lower = low > 0 && low < histogram.zeroThreshold() ? histogram.zeroThreshold() : low;
    upper = BucketBounds.upper(histogram, bucket);
  }

  /** The number of buckets. */
  static int size(NativeHistogram h) {
    return h.negativeBuckets().length + (h.zeroCount() > 0 ? 1 : 0) + h.positiveBuckets().length;
  }

  /** The observations in bucket {@code 0 <= i < size}, counted from the lowest. */
  static double count(NativeHistogram h, int i) {
    double[] negative = h.negativeBuckets();
    if (i < negative.length) {
      return negative[negative.length - 1 - i];
    }
    int above = i - negative.length;
    if (h.zeroCount() > 0) {
      if (above == 0) {
        return h.zeroCount();
      }
      above--;
    }
    return h.positiveBuckets()[above];
  }

  /** The observations in all buckets. */
  static double total(NativeHistogram h) {
    double[] counts = new double[size(h)];
    for (int i = 0; i < counts.length; i++) {
      counts[i] = count(h, i);
    }
    return Arrays.stream(counts).sum();
  }

  /** The index of bucket {@code i} of those in the spans. */
  private static int index(List<Span> spans, int i) {
    int before = 0;
    int start = 0;
    for (int s = 0; s < spans.size(); s++) {
      Span span = spans.get(s);
      start += span.offset();
      if (i < before + span.length()) {
        break;
      }
      before += span.length();
      start += span.length();
    }
    return start + i - before;
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
}
