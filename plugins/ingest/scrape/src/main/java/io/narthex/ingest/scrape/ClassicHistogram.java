package io.narthex.ingest.scrape;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.NativeHistogram.Span;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the samples of one classic histogram, to make a native one with custom buckets of them.
 * Used by one thread; reusable. Source: Prometheus 3.14, {@code util/convertnhcb}.
 */
final class ClassicHistogram {
  /** So many empty buckets in a row are kept in a histogram of integers; they cost no span then. */
  private static final int KEPT_EMPTY = 2;

  private double[] bounds = new double[16];

  /** Cumulative, as exposed. */
  private double[] counts = new double[16];

  private int size;
  private double count;
  private boolean hasCount;
  private double sum;
  private boolean broken;

  /** Whether bounds come in another order than theirs, so that they are to be sorted. */
  private boolean unsorted;

  void clear() {
    unsorted = false;
    size = 0;
    count = 0;
    hasCount = false;
    sum = 0;
    broken = false;
  }

  /** Notes a bucket; a bound that is there already is left out. */
  void bucket(double bound, double cumulative) {
    if (broken) {
      return;
    }
    if (Double.isNaN(bound) || cumulative < 0) {
      broken = true;
      return;
    }
    if (size > 0 && !unsorted) {
      double last = bounds[size - 1];
      if (bound == last) {
        return;
      }
      unsorted = bound < last;
      if (!unsorted && cumulative < counts[size - 1]) {
        broken = true;
        return;
      }
    }
    if (size == bounds.length) {
      bounds = Arrays.copyOf(bounds, 2 * size);
      counts = Arrays.copyOf(counts, 2 * size);
    }
    // Both zeros are one bound.
    bounds[size] = bound + 0.0;
    counts[size++] = cumulative;
  }

  /** Sorts the buckets, once: targets choose how many there are, and in which order. */
  private void sort() {
    unsorted = false;
    double[] sorted = Arrays.copyOf(bounds, size);
    Arrays.sort(sorted);
    int different = 0;
    for (int i = 0; i < size; i++) {
      if (i == 0 || sorted[i] != sorted[different - 1]) {
        sorted[different++] = sorted[i];
      }
    }
    double[] sortedCounts = new double[different];
    boolean[] told = new boolean[different];
    for (int i = 0; i < size; i++) {
      int at = Arrays.binarySearch(sorted, 0, different, bounds[i]);
      if (!told[at]) {
        told[at] = true;
        sortedCounts[at] = counts[i];
      }
    }
    for (int i = 1; i < different; i++) {
      broken |= sortedCounts[i] < sortedCounts[i - 1];
    }
    bounds = Arrays.copyOf(sorted, different);
    counts = sortedCounts;
    size = different;
  }

  void count(double n) {
    broken |= n < 0;
    count = n;
    hasCount = true;
  }

  void sum(double s) {
    sum = s;
  }

  /** The histogram that was gathered; null when its parts do not fit together. */
  @Nullable NativeHistogram convert() {
    if (unsorted) {
      sort();
    }
    if (broken || (!hasCount && size == 0)) {
      return null;
    }
    double all = hasCount ? count : counts[size - 1];
    if (size == 0 || bounds[size - 1] != Double.POSITIVE_INFINITY) {
      if (size > 0 && counts[size - 1] > all) {
        return null;
      }
      bucket(Double.POSITIVE_INFINITY, all);
      if (broken) {
        return null;
      }
    }
    if (counts[size - 1] != all) {
      return null;
    }
    boolean integer = isInteger(all);
    double[] inBuckets = new double[size];
    for (int i = 0; i < size; i++) {
      integer &= isInteger(counts[i]);
      inBuckets[i] = i == 0 ? counts[0] : counts[i] - counts[i - 1];
    }
    List<Span> spans = new ArrayList<>(1);
    double[] dense = compact(inBuckets, integer ? KEPT_EMPTY : 0, spans);
    NativeHistogram histogram =
        new NativeHistogram(
            integer,
            ResetHint.UNKNOWN,
            NativeHistogram.CUSTOM_BUCKETS,
            0,
            0,
            all,
            sum,
            spans,
            dense,
            List.of(),
            new double[0],
            Arrays.copyOf(bounds, size - 1));
    return histogram.isValid() ? histogram : null;
  }

  private static boolean isInteger(double n) {
    return n == Math.rint(n) && !Double.isInfinite(n);
  }

  /** Leaves out empty buckets at both ends, and where there are more in a row than may stay. */
  private static double[] compact(double[] buckets, int keepEmpty, List<Span> spans) {
    double[] dense = new double[buckets.length];
    int n = 0;
    int spanFrom = -1;
    int spanTo = 0;
    int before = 0;
    for (int i = 0; i < buckets.length; i++) {
      if (buckets[i] == 0) {
        continue;
      }
      if (spanFrom >= 0 && i - spanTo <= keepEmpty) {
        while (spanTo < i) {
          dense[n++] = 0;
          spanTo++;
        }
      } else {
        if (spanFrom >= 0) {
          spans.add(new Span(spanFrom - before, spanTo - spanFrom));
          before = spanTo;
        }
        spanFrom = i;
      }
      dense[n++] = buckets[i];
      spanTo = i + 1;
    }
    if (spanFrom >= 0) {
      spans.add(new Span(spanFrom - before, spanTo - spanFrom));
    }
    return Arrays.copyOf(dense, n);
  }
}
