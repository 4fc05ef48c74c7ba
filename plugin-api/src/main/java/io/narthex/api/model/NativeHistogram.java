package io.narthex.api.model;

import io.narthex.api.Api;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One native histogram sample, immutable. Integer and float histograms have the same shape: bucket
 * counts are absolute (not deltas) doubles, which hold integers exactly up to 2<sup>53</sup>;
 * {@link #integer} tells which of the two was observed so that storage can write it back as it
 * came.
 *
 * <p>Buckets: schema −4..8 are exponential with base 2<sup>2<sup>−schema</sup></sup>, bucket {@code
 * i} covering {@code (base^(i-1), base^i]}; schema {@link #CUSTOM_BUCKETS} has the explicit upper
 * bounds {@link #customBounds}, ascending and without +Inf, bucket {@code i} ending at bound {@code
 * i}. Spans say which bucket indexes the counts belong to: each span's offset is the gap to the end
 * of the one before (the first: the index of its first bucket).
 *
 * <p>The arrays are shared, not copied: neither the maker nor a reader may change them.
 *
 * @param integer whether it came as an integer histogram
 * @param resetHint what is known about a counter reset before this sample
 * @param schema −4..8 or {@link #CUSTOM_BUCKETS}
 * @param zeroThreshold half the width of the zero bucket, ≥ 0
 * @param zeroCount observations in the zero bucket
 * @param count all observations
 * @param sum of all observations; the stale marker makes the whole histogram one
 * @param positiveSpans spans of {@code positiveBuckets}
 * @param positiveBuckets absolute counts, one for each bucket of the positive spans
 * @param negativeSpans spans of {@code negativeBuckets}
 * @param negativeBuckets absolute counts, one for each bucket of the negative spans
 * @param customBounds upper bounds for {@link #CUSTOM_BUCKETS}, empty otherwise
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public record NativeHistogram(
    boolean integer,
    ResetHint resetHint,
    int schema,
    double zeroThreshold,
    double zeroCount,
    double count,
    double sum,
    List<Span> positiveSpans,
    double[] positiveBuckets,
    List<Span> negativeSpans,
    double[] negativeBuckets,
    double[] customBounds) {

  /** The schema of histograms with explicit bounds (NHCB). */
  public static final int CUSTOM_BUCKETS = -53;

  private static final String NEGATIVE_BUCKET =
      ": histogram has a bucket whose observation count is negative";

  /** What is known about a counter reset between the sample before and this one. */
  public enum ResetHint {
    UNKNOWN,
    RESET,
    NOT_RESET,
    /** Not a counter at all. */
    GAUGE
  }

  /**
   * A run of consecutive buckets.
   *
   * @param offset gap to the span before, or the index of the first bucket; negative only in the
   *     first span
   * @param length number of buckets, ≥ 0
   * @since 0.1
   */
  public record Span(int offset, int length) {
    public Span {
      if (length < 0) {
        throw new IllegalArgumentException(
            "cannot make a span: got length " + length + ", want 0 or more");
      }
    }
  }

  /**
   * Copies the span lists; the arrays are taken over. What makes no sense though it can be
   * represented (counts that do not add up, bounds out of order) is for the storage to refuse.
   *
   * @throws IllegalArgumentException for an unknown schema, or spans that do not cover the buckets
   */
  public NativeHistogram {
    Objects.requireNonNull(resetHint);
    positiveSpans = List.copyOf(positiveSpans);
    negativeSpans = List.copyOf(negativeSpans);
    if (schema != CUSTOM_BUCKETS && (schema < -4 || schema > 8)) {
      throw new IllegalArgumentException(
          "cannot make a histogram: got schema " + schema + ", want -4..8 or " + CUSTOM_BUCKETS);
    }
    if (lengthOf(positiveSpans) != positiveBuckets.length
        || lengthOf(negativeSpans) != negativeBuckets.length) {
      throw new IllegalArgumentException(
          "cannot make a histogram: spans and buckets differ in length");
    }
  }

  private static long lengthOf(List<Span> spans) {
    long n = 0;
    // By index: an iterator for each side of each histogram is not always optimised away.
    for (int i = 0; i < spans.size(); i++) {
      n += spans.get(i).length();
    }
    return n;
  }

  /** Whether this is a stale marker. */
  public boolean isStale() {
    return StaleMarker.is(sum);
  }

  public boolean hasCustomBuckets() {
    return schema == CUSTOM_BUCKETS;
  }

  /** The same observations with another hint; itself where it has that one. */
  public NativeHistogram withResetHint(ResetHint hint) {
    return resetHint == hint
        ? this
        : new NativeHistogram(
            integer,
            hint,
            schema,
            zeroThreshold,
            zeroCount,
            count,
            sum,
            positiveSpans,
            positiveBuckets,
            negativeSpans,
            negativeBuckets,
            customBounds);
  }

  /**
   * The same observations in wider buckets: each step down of the schema unites two neighbours.
   * Buckets without observations that stay between others are kept.
   *
   * @param coarser −4 up to the own schema
   * @return itself where it has that schema already
   * @throws IllegalArgumentException for a finer schema, and for custom buckets
   */
  public NativeHistogram withSchema(int coarser) {
    if (coarser == schema) {
      return this;
    }
    if (hasCustomBuckets() || coarser > schema || coarser < -4) {
      throw new IllegalArgumentException(
          "cannot reduce the schema " + schema + ": got " + coarser + ", want -4.." + schema);
    }
    Wider positive = new Wider(positiveSpans, positiveBuckets, schema - coarser);
    Wider negative = new Wider(negativeSpans, negativeBuckets, schema - coarser);
    return new NativeHistogram(
        integer,
        resetHint,
        coarser,
        zeroThreshold,
        zeroCount,
        count,
        sum,
        positive.spans,
        positive.counts,
        negative.spans,
        negative.counts,
        customBounds);
  }

  /** One side's buckets, united by powers of two. */
  private static final class Wider {
    final List<Span> spans = new ArrayList<>();
    double[] counts;

    Wider(List<Span> from, double[] fine, int shift) {
      counts = new double[fine.length];
      int n = 0;
      int at = 0;
      int index = 0;
      // The index of the last bucket written, and where the run that it ends begins.
      int last = 0;
      int runOffset = 0;
      int runLength = 0;
      for (Span span : from) {
        index += span.offset();
        for (int i = 0; i < span.length(); i++, index++) {
          // Bucket i ends at base^i: the last of each group of 2^shift has an index divisible by
          // it.
          int wide = ((index - 1) >> shift) + 1;
          if (n > 0 && wide == last) {
            counts[n - 1] += fine[at++];
            continue;
          }
          if (n > 0 && wide == last + 1) {
            runLength++;
          } else {
            if (n > 0) {
              spans.add(new Span(runOffset, runLength));
            }
            runOffset = n == 0 ? wide : wide - last - 1;
            runLength = 1;
          }
          counts[n++] = fine[at++];
          last = wide;
        }
      }
      if (n > 0) {
        spans.add(new Span(runOffset, runLength));
      }
      counts = Arrays.copyOf(counts, n);
    }
  }

  /** Whether the parts agree; what disagrees is not stored. See {@link #problem}. */
  public boolean isValid() {
    return problem() == null;
  }

  /**
   * What is wrong where parts disagree, in Prometheus's words: a bound that does not ascend, a span
   * that runs backwards, a count that is negative, or counts of buckets that do not add up where
   * they are integers. Null when all is well, and for a stale marker. Source: {@code
   * Histogram.Validate} and {@code FloatHistogram.Validate} of Prometheus 3.14.
   */
  public @Nullable String problem() {
    if (isStale()) {
      return null;
    }
    String problem = hasCustomBuckets() ? problemOfCustomBuckets() : problemOfExponentialBuckets();
    if (problem == null) {
      problem = problemOfCounts("positive side: ", positiveBuckets);
    }
    if (problem != null) {
      return problem;
    }
    if (!integer) {
      // Sums of floats are not exact; upstream does not compare them either.
      if (zeroCount < 0) {
        return "zero bucket has observation count of " + text(zeroCount, false) + NEGATIVE_BUCKET;
      }
      return count < 0
          ? "observation count is "
              + text(count, false)
              + ": histogram's observation count is negative"
          : null;
    }
    double inBuckets = zeroCount + sumOf(positiveBuckets) + sumOf(negativeBuckets);
    // An observed NaN is counted but is in no bucket.
    boolean bound = Double.isNaN(sum);
    if (bound ? inBuckets <= count : inBuckets == count) {
      return null;
    }
    return text(inBuckets, true)
        + " observations found in buckets, but the Count field is "
        + text(count, true)
        + ": histogram's observation count should "
        + (bound
            ? "be at least the number of observations found in the buckets"
            : "equal the number of observations found in the buckets (in absence of NaN)");
  }

  private @Nullable String problemOfCustomBuckets() {
    for (int i = 0; i < customBounds.length; i++) {
      if (Double.isNaN(customBounds[i])) {
        return "custom buckets: histogram custom bounds must not be NaN";
      }
      if (i > 0 && customBounds[i] <= customBounds[i - 1]) {
        return String.format(
            Locale.ROOT,
            "custom buckets: previous bound is %f and current is %f: histogram custom bounds must"
                + " be in strictly increasing order",
            customBounds[i - 1],
            customBounds[i]);
      }
    }
    if (customBounds.length > 0
        && customBounds[customBounds.length - 1] == Double.POSITIVE_INFINITY) {
      return "custom buckets: last +Inf bound must not be explicitly defined: histogram custom"
          + " bounds must be finite";
    }
    long covered = 0;
    for (int i = 0; i < positiveSpans.size(); i++) {
      Span span = positiveSpans.get(i);
      if (span.offset() < 0) {
        return "custom buckets: " + backwards(i, span);
      }
      covered += (long) span.offset() + span.length();
    }
    if (customBounds.length + 1L < covered) {
      return "custom buckets: only "
          + customBounds.length
          + " custom bounds defined which is insufficient to cover total span length of "
          + covered
          + ": histogram custom bounds are too few";
    }
    if (zeroCount != 0) {
      return "custom buckets: must have zero count of 0";
    }
    if (zeroThreshold != 0) {
      return "custom buckets: must have zero threshold of 0";
    }
    if (!negativeSpans.isEmpty()) {
      return "custom buckets: must not have negative spans";
    }
    return null;
  }

  private @Nullable String problemOfExponentialBuckets() {
    String problem = problemOfSpans("positive side: ", positiveSpans);
    if (problem == null) {
      problem = problemOfSpans("negative side: ", negativeSpans);
    }
    if (problem == null) {
      problem = problemOfCounts("negative side: ", negativeBuckets);
    }
    if (problem == null && customBounds.length > 0) {
      return "histogram with exponential schema must not have custom bounds";
    }
    return problem;
  }

  private static @Nullable String problemOfSpans(String side, List<Span> spans) {
    for (int i = 1; i < spans.size(); i++) {
      if (spans.get(i).offset() < 0) {
        return side + backwards(i, spans.get(i));
      }
    }
    return null;
  }

  private static String backwards(int i, Span span) {
    return "span number "
        + (i + 1)
        + " with offset "
        + span.offset()
        + ": histogram has a span whose offset is negative";
  }

  private @Nullable String problemOfCounts(String side, double[] buckets) {
    for (int i = 0; i < buckets.length; i++) {
      if (buckets[i] < 0) {
        return side
            + "bucket number "
            + (i + 1)
            + " has observation count of "
            + text(buckets[i], integer)
            + NEGATIVE_BUCKET;
      }
    }
    return null;
  }

  private static double sumOf(double[] counts) {
    double sum = 0;
    for (double n : counts) {
      sum += n;
    }
    return sum;
  }

  /** As Go's {@code %v}: of integer histograms all digits. */
  private static String text(double v, boolean integer) {
    return integer && Math.abs(v) < 0x1p64 ? new BigDecimal(v).toPlainString() : GoFloat.general(v);
  }

  /** Bitwise equality of all parts; two NaN of the same bits are equal. */
  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof NativeHistogram h
        && integer == h.integer
        && resetHint == h.resetHint
        && schema == h.schema
        && same(zeroThreshold, h.zeroThreshold)
        && same(zeroCount, h.zeroCount)
        && same(count, h.count)
        && same(sum, h.sum)
        && positiveSpans.equals(h.positiveSpans)
        && Arrays.equals(positiveBuckets, h.positiveBuckets)
        && negativeSpans.equals(h.negativeSpans)
        && Arrays.equals(negativeBuckets, h.negativeBuckets)
        && Arrays.equals(customBounds, h.customBounds);
  }

  private static boolean same(double a, double b) {
    return Double.doubleToRawLongBits(a) == Double.doubleToRawLongBits(b);
  }

  @Override
  public int hashCode() {
    return Objects.hash(
        schema,
        count,
        sum,
        positiveSpans,
        Arrays.hashCode(positiveBuckets),
        Arrays.hashCode(negativeBuckets));
  }
}
