package io.narthex.storage.memory;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The samples of one series as of one commit: columns of which the elements {@code from} to {@code
 * from + size} count, in strictly ascending order of time.
 *
 * <p>Versions of one series are chained from new to old, as far back as open queriers look. A newer
 * version that only appends shares the arrays of the older one, which never looks beyond its own
 * size; every other change copies. Until its commit is published a version is changed in place by
 * the one thread that commits; afterwards never.
 */
final class Samples {
  private static final int FIRST_CAPACITY = 8;

  /** What one takes without its columns. */
  static final int OBJECT_BYTES = 56;

  private static final int ARRAY_BYTES = 16;

  /** What the first version of a series takes. */
  static final long FIRST_BYTES = OBJECT_BYTES + 2L * (ARRAY_BYTES + 8 * FIRST_CAPACITY);

  /** The commit that made it. */
  final long commit;

  /** What was before, null when no querier needs it. */
  @Nullable Samples previous;

  int from;
  int size;
  long[] times;
  double[] values;

  /** Null as long as all samples are floats; else null elements are floats. */
  @Nullable NativeHistogram @Nullable [] histograms;

  /** Null as long as no start timestamp is known. */
  long @Nullable [] starts;

  /** About what the histograms take. */
  private long histogramBytes;

  /** The first version of a series. */
  Samples(long commit) {
    this.commit = commit;
    times = new long[FIRST_CAPACITY];
    values = new double[FIRST_CAPACITY];
  }

  /** A version that continues {@code before} and shares its arrays. */
  Samples(long commit, Samples before, @Nullable Samples previous) {
    this.commit = commit;
    this.previous = previous;
    from = before.from;
    size = before.size;
    times = before.times;
    values = before.values;
    histograms = before.histograms;
    starts = before.starts;
    histogramBytes = before.histogramBytes;
  }

  boolean isEmpty() {
    return size == 0;
  }

  long firstTime() {
    return times[from];
  }

  long lastTime() {
    return times[from + size - 1];
  }

  /** The position of {@code time}, or {@code -1 - (the position where it belongs)}. */
  int find(long time) {
    return Arrays.binarySearch(times, from, from + size, time);
  }

  /** The position of the first sample at or after {@code time}; {@code from + size} for none. */
  int ceiling(long time) {
    int at = find(time);
    return at >= 0 ? at : -at - 1;
  }

  @Nullable NativeHistogram histogram(int at) {
    return histograms == null ? null : histograms[at];
  }

  /** The float at a position; means nothing where there is a histogram. */
  double value(int at) {
    return values[at];
  }

  /** Whether the sample at a position has this very value, bit by bit. */
  boolean same(int at, double value, @Nullable NativeHistogram histogram) {
    NativeHistogram mine = histogram(at);
    return histogram == null
        ? mine == null
            && Double.doubleToRawLongBits(values[at]) == Double.doubleToRawLongBits(value)
        : histogram.equals(mine);
  }

  /** Adds a sample behind all others. */
  void append(long time, double value, @Nullable NativeHistogram histogram, long start) {
    int at = from + size;
    if (at == times.length) {
      resize(Math.max(FIRST_CAPACITY, size + (size >> 1) + 1));
      at = size;
    }
    set(at, time, value, histogram, start);
    size++;
  }

  /** Puts a sample between others; older versions keep their arrays. */
  void insert(
      int position, long time, double value, @Nullable NativeHistogram histogram, long start) {
    int at = position - from;
    resize(size + Math.max(4, size >> 2));
    System.arraycopy(times, at, times, at + 1, size - at);
    System.arraycopy(values, at, values, at + 1, size - at);
    if (histograms != null) {
      System.arraycopy(histograms, at, histograms, at + 1, size - at);
    }
    if (starts != null) {
      System.arraycopy(starts, at, starts, at + 1, size - at);
    }
    set(at, time, value, histogram, start);
    size++;
  }

  /** Leaves out the samples at the positions {@code low <= p < high}. */
  void remove(int low, int high) {
    int a = low - from;
    int b = high - from;
    for (int at = low; histograms != null && at < high; at++) {
      histogramBytes -= bytes(histograms[at]);
    }
    resize(size);
    System.arraycopy(times, b, times, a, size - b);
    System.arraycopy(values, b, values, a, size - b);
    if (histograms != null) {
      System.arraycopy(histograms, b, histograms, a, size - b);
    }
    if (starts != null) {
      System.arraycopy(starts, b, starts, a, size - b);
    }
    size -= b - a;
    resize(size);
  }

  /** About how many bytes it takes, the version before not counted. */
  long bytes() {
    long columns = OBJECT_BYTES + 2L * ARRAY_BYTES + 16L * times.length;
    if (starts != null) {
      columns += ARRAY_BYTES + 8L * starts.length;
    }
    if (histograms != null) {
      columns += ARRAY_BYTES + 4L * histograms.length + histogramBytes;
    }
    return columns;
  }

  private static long bytes(@Nullable NativeHistogram h) {
    if (h == null) {
      return 0;
    }
    long buckets =
        (long) h.positiveBuckets().length + h.negativeBuckets().length + h.customBounds().length;
    int spans = h.positiveSpans().size() + h.negativeSpans().size();
    return 240 + 8 * buckets + 32L * spans;
  }

  private void set(
      int at, long time, double value, @Nullable NativeHistogram histogram, long start) {
    times[at] = time;
    values[at] = value;
    if (histogram != null && histograms == null) {
      histograms = new NativeHistogram[times.length];
    }
    if (histograms != null) {
      histograms[at] = histogram;
      histogramBytes += bytes(histogram);
    }
    if (start != 0 && starts == null) {
      starts = new long[times.length];
    }
    if (starts != null) {
      starts[at] = start;
    }
  }

  private void resize(int capacity) {
    times = copy(times, capacity);
    values = Arrays.copyOf(Arrays.copyOfRange(values, from, from + size), capacity);
    if (histograms != null) {
      histograms = Arrays.copyOf(Arrays.copyOfRange(histograms, from, from + size), capacity);
    }
    if (starts != null) {
      starts = copy(starts, capacity);
    }
    from = 0;
  }

  private long[] copy(long[] column, int capacity) {
    return Arrays.copyOf(Arrays.copyOfRange(column, from, from + size), capacity);
  }

  /**
   * Replaces the content of {@code batch} by samples of one kind.
   *
   * @return the number of samples taken
   */
  int read(int position, int end, SampleBatch batch, boolean withStarts) {
    boolean histogram = histogram(position) != null;
    int n = Math.min(end - position, Math.max(1, batch.capacity()));
    if (histograms != null) {
      int run = 1;
      while (run < n && (histograms[position + run] != null) == histogram) {
        run++;
      }
      n = run;
    }
    batch.clear(histogram ? SampleBatch.Kind.HISTOGRAM : SampleBatch.Kind.FLOAT);
    batch.ensureCapacity(n);
    System.arraycopy(times, position, batch.timestamps, 0, n);
    if (histogram) {
      if (batch.histograms.length < n) {
        batch.histograms = new NativeHistogram[batch.timestamps.length];
      }
      System.arraycopy(
          java.util.Objects.requireNonNull(histograms), position, batch.histograms, 0, n);
    } else {
      System.arraycopy(values, position, batch.values, 0, n);
    }
    if (withStarts && starts != null) {
      if (batch.startTimestamps.length < n) {
        batch.startTimestamps = new long[batch.timestamps.length];
      }
      System.arraycopy(starts, position, batch.startTimestamps, 0, n);
      batch.hasStartTimestamps = true;
    }
    batch.size = n;
    return n;
  }
}
