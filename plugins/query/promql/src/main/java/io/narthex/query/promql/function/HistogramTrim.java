package io.narthex.query.promql.function;

import io.narthex.api.model.BucketBounds;
import io.narthex.api.model.NativeHistogram;

/**
 * The operators {@code </} and {@code >/}: a native histogram without its observations above, or
 * below, a value. What lies in the bucket that the value cuts is estimated: linearly in the zero
 * bucket and custom buckets, exponentially in all others. Where anything was taken away, count and
 * sum are computed anew from what is left, each bucket taken at its middle. Source: Prometheus
 * 3.14, {@code FloatHistogram.TrimBuckets}.
 */
public final class HistogramTrim {
  private final NativeHistogram histogram;
  private final double at;
  private final boolean upper;
  private double count;
  private double sum;
  private boolean trimmed;

  private HistogramTrim(NativeHistogram histogram, double at, boolean upper) {
    this.histogram = histogram;
    this.at = at;
    this.upper = upper;
  }

  /**
   * Trims a histogram.
   *
   * @param at where it is cut
   * @param upper whether the observations above {@code at} go, rather than those below
   */
  public static NativeHistogram trim(NativeHistogram histogram, double at, boolean upper) {
    return new HistogramTrim(histogram, at, upper).trim();
  }

  private NativeHistogram trim() {
    NativeHistogram h = histogram;
    double[] positive = h.positiveBuckets().clone();
    double[] negative = h.negativeBuckets().clone();
    boolean hasPositive =
        side(HistogramBuckets.indexes(h.positiveSpans(), positive.length), positive, true);
    boolean hasNegative =
        side(HistogramBuckets.indexes(h.negativeSpans(), negative.length), negative, false);
    double zero = h.zeroCount() > 0 ? zeroBucket(hasNegative, hasPositive) : h.zeroCount();
    if (!trimmed) {
      return h;
    }
    return NativeHistograms.compacted(
        new NativeHistogram(
            false,
            h.resetHint(),
            h.schema(),
            h.zeroThreshold(),
            zero,
            count,
            sum,
            h.positiveSpans(),
            positive,
            h.negativeSpans(),
            negative,
            h.customBounds()));
  }

  /** Trims the buckets of one sign, in place; tells whether any of them is populated. */
  private boolean side(int[] indexes, double[] counts, boolean positive) {
    boolean populated = false;
    for (int i = 0; i < counts.length; i++) {
      double inBucket = counts[i];
      if (inBucket == 0) {
        continue;
      }
      populated = true;
      double high = BucketBounds.upper(histogram, indexes[i]);
      double low = BucketBounds.upper(histogram, indexes[i] - 1);
      counts[i] =
          positive ? bucket(low, high, inBucket, true) : bucket(-high, -low, inBucket, false);
      trimmed |= counts[i] != inBucket;
    }
    return populated;
  }

  /** What stays of a bucket; adds it to count and sum. */
  private double bucket(double low, double high, double inBucket, boolean positive) {
    boolean whole = upper ? high <= at : low >= at;
    if (whole) {
      return keep(inBucket, middle(low, high, positive));
    }
    boolean cut = upper ? low < at : high > at;
    if (!cut) {
      // Not by count alone: a bucket beyond the value has gone even if a count was NaN.
      trimmed = true;
      return 0;
    }
    if (low == Double.NEGATIVE_INFINITY) {
      return upper ? belowInLowest(high, inBucket) : aboveInLowest(high, inBucket);
    }
    if (high == Double.POSITIVE_INFINITY) {
      // Nothing is known of how far the observations reach: with an upper bound they all go, with
      // a lower one they all stay, at that bound.
      return upper ? keep(0, low) : keep(inBucket, at);
    }
    double below = below(low, high, inBucket, positive);
    return upper
        ? keep(below, middle(low, at, positive))
        : keep(inBucket - below, middle(at, high, positive));
  }

  /** Of a custom bucket from −Inf to {@code high}, which is above {@code at}. */
  private double belowInLowest(double high, double inBucket) {
    boolean finite = high != Double.POSITIVE_INFINITY;
    if (at > 0 && high > 0 && finite) {
      return keep(inBucket * at / high, at / 2);
    }
    if (high <= 0) {
      return keep(inBucket, at);
    }
    return keep(0, finite ? high : 0);
  }

  private double aboveInLowest(double high, double inBucket) {
    boolean finite = high != Double.POSITIVE_INFINITY;
    if (at == Double.NEGATIVE_INFINITY) {
      return keep(inBucket, 0);
    }
    if (at >= 0 && finite) {
      return keep(inBucket * (1 - at / high), (at + high) / 2);
    }
    return keep(0, finite ? high : 0);
  }

  private double keep(double kept, double middle) {
    count += kept;
    sum += middle * kept;
    return kept;
  }

  /** The observations of a bucket that {@code at} cuts, as far as they lie below it. */
  private double below(double low, double high, double inBucket, boolean positive) {
    if (histogram.hasCustomBuckets()) {
      return inBucket * ((at - low) / (high - low));
    }
    double logLow = MathFunctions.log2(Math.abs(low));
    double logHigh = MathFunctions.log2(Math.abs(high));
    double logAt = MathFunctions.log2(Math.abs(at));
    return inBucket
        * (positive
            ? (logAt - logLow) / (logHigh - logLow)
            : 1 - (logAt - logHigh) / (logLow - logHigh));
  }

  private double middle(double low, double high, boolean positive) {
    if (Double.isInfinite(low)) {
      if (Double.isInfinite(high)) {
        return 0;
      }
      return high > 0 ? high / 2 : high;
    }
    if (Double.isInfinite(high)) {
      return low;
    }
    if (histogram.hasCustomBuckets()) {
      return (low + high) / 2;
    }
    double mean = Math.sqrt(Math.abs(low * high));
    return positive ? mean : -mean;
  }

  /** What stays of the zero bucket, which lies on one side of zero where all others do. */
  private double zeroBucket(boolean hasNegative, boolean hasPositive) {
    double inBucket = histogram.zeroCount();
    double low = hasPositive && !hasNegative ? 0 : -histogram.zeroThreshold();
    double high = hasNegative && !hasPositive ? 0 : histogram.zeroThreshold();
    double kept;
    double middle;
    // The order matters where the zero bucket has no width.
    if (at <= low) {
      kept = upper ? 0 : inBucket;
      middle = upper ? 0 : (low + high) / 2;
    } else if (at >= high) {
      kept = upper ? inBucket : 0;
      middle = upper ? (low + high) / 2 : 0;
    } else {
      kept = inBucket * ((upper ? at - low : high - at) / (high - low));
      middle = ((upper ? low : at) + (upper ? at : high)) / 2;
    }
    trimmed |= kept != inBucket;
    return keep(kept, middle);
  }
}
