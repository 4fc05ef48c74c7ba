package io.narthex.ingest.scrape;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.NativeHistogram.Span;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Makes up the start timestamps of one cumulative series whose target tells none: the feature
 * {@code st-synthesis}. The first sample is where counting starts, and is not stored itself; what
 * later ones have counted since is stored, with the first one's time as their start. After a reset
 * the counter has started from zero, a millisecond before the sample that shows it: that is known
 * to be after the sample before, and no later guess is possible. Source: Prometheus 3.14, {@code
 * scrape/st_synthesis.go}; but histograms count from zero after a reset too, as floats do.
 *
 * <p>Used by one thread at a time.
 */
final class StartSynthesis {
  /** That of a bound which is reached but for rounding. */
  private static final double NEARLY = 1 + 1e-12;

  private long start;
  private boolean first;
  private double before;
  private double origin;
  private @Nullable NativeHistogram beforeHistogram;

  /** Null for zero. */
  private @Nullable NativeHistogram originHistogram;

  /** When the samples' counting started, in milliseconds; 0 before the first one. */
  long start() {
    return start;
  }

  /**
   * Takes the next sample.
   *
   * @param time of the sample, milliseconds
   * @return what it has counted since {@link #start}; of no meaning when it {@link #isFirst}
   */
  double next(double value, long time) {
    first = start == 0 || beforeHistogram != null;
    if (first) {
      beforeHistogram = null;
      originHistogram = null;
      before = value;
      origin = value;
      start = time;
      return value;
    }
    if (value < before) {
      origin = 0;
      start = time - 1;
    }
    before = value;
    return value - origin;
  }

  /** Whether the sample taken last is the first one, which is not to be stored. */
  boolean isFirst() {
    return first;
  }

  /** As {@link #next(double, long)}. */
  NativeHistogram next(NativeHistogram histogram, long time) {
    NativeHistogram earlier = beforeHistogram;
    beforeHistogram = histogram;
    first = start == 0 || earlier == null;
    if (start == 0 || earlier == null) {
      originHistogram = histogram;
      start = time;
      return histogram;
    }
    if (isReset(earlier, histogram)) {
      originHistogram = null;
      start = time - 1;
      return histogram;
    }
    NativeHistogram from = originHistogram;
    if (from == null) {
      return histogram;
    }
    NativeHistogram alike = like(from, histogram);
    if (alike == null) {
      // Each two samples since had like buckets, so these have too.
      originHistogram = null;
      start = time - 1;
      return histogram;
    }
    originHistogram = alike;
    return minus(histogram, alike);
  }

  private static boolean isReset(NativeHistogram earlier, NativeHistogram now) {
    if (now.resetHint() == ResetHint.RESET) {
      return true;
    }
    if (now.resetHint() == ResetHint.NOT_RESET) {
      return false;
    }
    NativeHistogram alike = like(earlier, now);
    return alike == null
        || now.count() < alike.count()
        || now.zeroCount() < alike.zeroCount()
        || !grown(
            alike.positiveSpans(),
            alike.positiveBuckets(),
            now.positiveSpans(),
            now.positiveBuckets())
        || !grown(
            alike.negativeSpans(),
            alike.negativeBuckets(),
            now.negativeSpans(),
            now.negativeBuckets());
  }

  /**
   * An earlier histogram with the schema and the zero bucket of {@code now}, which are as wide or
   * wider; null when they are not, or it cannot be told how much belongs into the zero bucket.
   */
  private static @Nullable NativeHistogram like(NativeHistogram earlier, NativeHistogram now) {
    if (earlier.hasCustomBuckets() != now.hasCustomBuckets()) {
      return null;
    }
    if (now.hasCustomBuckets()) {
      return Arrays.equals(earlier.customBounds(), now.customBounds()) ? earlier : null;
    }
    if (now.schema() > earlier.schema() || now.zeroThreshold() < earlier.zeroThreshold()) {
      return null;
    }
    // The zero bucket takes whole buckets of the finer ones, as its owner had them.
    NativeHistogram widened =
        now.zeroThreshold() == earlier.zeroThreshold()
            ? earlier
            : withZeroThreshold(earlier, now.zeroThreshold());
    return widened == null ? null : widened.withSchema(now.schema());
  }

  private static @Nullable NativeHistogram withZeroThreshold(NativeHistogram h, double threshold) {
    double width = Math.pow(2, -h.schema());
    // The last bucket that ends within the threshold.
    int last = (int) Math.floor(Math.log(threshold * NEARLY) / Math.log(2) / width);
    boolean whole = Math.pow(2, last * width) * NEARLY >= threshold;
    Buckets positive = new Buckets();
    Buckets negative = new Buckets();
    double zero = h.zeroCount();
    zero += positive.behind(h.positiveSpans(), h.positiveBuckets(), last);
    zero += negative.behind(h.negativeSpans(), h.negativeBuckets(), last);
    if (!whole && (positive.beginsWith(last + 1) || negative.beginsWith(last + 1))) {
      return null;
    }
    return new NativeHistogram(
        h.integer(),
        h.resetHint(),
        h.schema(),
        threshold,
        zero,
        h.count(),
        h.sum(),
        positive.spans(),
        positive.counts(),
        negative.spans(),
        negative.counts(),
        h.customBounds());
  }

  private static NativeHistogram minus(NativeHistogram now, NativeHistogram from) {
    Buckets positive = new Buckets();
    positive.difference(
        now.positiveSpans(), now.positiveBuckets(), from.positiveSpans(), from.positiveBuckets());
    Buckets negative = new Buckets();
    negative.difference(
        now.negativeSpans(), now.negativeBuckets(), from.negativeSpans(), from.negativeBuckets());
    return new NativeHistogram(
        now.integer(),
        now.resetHint(),
        now.schema(),
        now.zeroThreshold(),
        now.zeroCount() - from.zeroCount(),
        now.count() - from.count(),
        now.sum() - from.sum(),
        positive.spans(),
        positive.counts(),
        negative.spans(),
        negative.counts(),
        now.customBounds());
  }

  private static boolean grown(
      List<Span> fromSpans, double[] fromCounts, List<Span> nowSpans, double[] nowCounts) {
    if (fromSpans.equals(nowSpans)) {
      for (int i = 0; i < nowCounts.length; i++) {
        if (nowCounts[i] < fromCounts[i]) {
          return false;
        }
      }
      return true;
    }
    int[] from = Buckets.indexes(fromSpans, fromCounts.length);
    int[] now = Buckets.indexes(nowSpans, nowCounts.length);
    int k = 0;
    for (int i = 0; i < from.length; i++) {
      while (k < now.length && now[k] < from[i]) {
        k++;
      }
      double count = k < now.length && now[k] == from[i] ? nowCounts[k] : 0;
      if (count < fromCounts[i]) {
        return false;
      }
    }
    return true;
  }

  /** The buckets of one side that have observations, in ascending order. */
  private static final class Buckets {
    private int[] at = new int[16];
    private double[] count = new double[16];
    private int size;

    static int[] indexes(List<Span> spans, int n) {
      int[] out = new int[n];
      int k = 0;
      int index = 0;
      for (Span span : spans) {
        index += span.offset();
        for (int i = 0; i < span.length(); i++) {
          out[k++] = index++;
        }
      }
      return out;
    }

    private void add(int index, double observations) {
      if (observations == 0) {
        return;
      }
      if (size == at.length) {
        at = Arrays.copyOf(at, 2 * size);
        count = Arrays.copyOf(count, 2 * size);
      }
      at[size] = index;
      count[size++] = observations;
    }

    /** Takes the buckets above {@code last}; gives the observations of the others. */
    double behind(List<Span> spans, double[] counts, int last) {
      double rest = 0;
      int[] indexes = indexes(spans, counts.length);
      for (int i = 0; i < counts.length; i++) {
        if (indexes[i] <= last) {
          rest += counts[i];
        } else {
          add(indexes[i], counts[i]);
        }
      }
      return rest;
    }

    boolean beginsWith(int index) {
      return size > 0 && at[0] == index;
    }

    void difference(
        List<Span> nowSpans, double[] nowCounts, List<Span> fromSpans, double[] fromCounts) {
      int[] now = indexes(nowSpans, nowCounts.length);
      int[] from = indexes(fromSpans, fromCounts.length);
      int k = 0;
      for (int i = 0; i < now.length; i++) {
        while (k < from.length && from[k] < now[i]) {
          k++;
        }
        add(
            now[i],
            k < from.length && from[k] == now[i] ? nowCounts[i] - fromCounts[k] : nowCounts[i]);
      }
    }

    List<Span> spans() {
      List<Span> out = new ArrayList<>();
      int i = 0;
      int end = 0;
      while (i < size) {
        int first = i;
        while (i + 1 < size && at[i + 1] == at[i] + 1) {
          i++;
        }
        out.add(new Span(at[first] - end, i - first + 1));
        end = at[i] + 1;
        i++;
      }
      return out;
    }

    double[] counts() {
      return Arrays.copyOf(count, size);
    }
  }
}
