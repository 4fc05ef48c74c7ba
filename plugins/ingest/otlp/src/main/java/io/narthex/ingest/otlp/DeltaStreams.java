package io.narthex.ingest.otlp;

import io.narthex.api.storage.SeriesKey;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;

/**
 * Sums up what comes as differences, for each series by itself: the feature {@code
 * otlp-deltatocumulative}. The sum starts with the first point seen and its start time; points that
 * belong to an earlier start, or that are not newer than the one before, are dropped. A series
 * without points for five minutes is forgotten. Source: the OpenTelemetry specification, "Sums:
 * Delta-to-Cumulative", and the collector's {@code deltatocumulative} processor with its default
 * settings. Safe for any number of threads.
 */
final class DeltaStreams {
  private static final long STALE_MILLIS = 5 * 60_000;
  private static final long LOOK_MILLIS = 60_000;

  /** How many series are summed up at a time; those beyond are dropped. */
  static final int MAX_STREAMS = 1_000_000;

  /** How many buckets one side of an exponential histogram gets before resolution is reduced. */
  static final int MAX_BUCKETS = 160;

  /** The labels of a series, as bytes. */
  private static final class Key implements Comparable<Key> {
    private final byte[] bytes;
    private final int hash;

    Key(SeriesKey key) {
      bytes = Arrays.copyOf(key.bytes(), key.length());
      hash = Arrays.hashCode(bytes);
    }

    /** Names can be chosen so that their hashes clash; a map orders such keys by this. */
    @Override
    public int compareTo(Key other) {
      return Arrays.compare(bytes, other.bytes);
    }

    @Override
    public boolean equals(Object o) {
      return o instanceof Key k && Arrays.equals(bytes, k.bytes);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  private abstract static class Stream {
    /** Nanoseconds since the epoch, unsigned. */
    long start;

    long last;

    /** Milliseconds. */
    long seen;
  }

  private static final class NumberStream extends Stream {
    final NumberPoint sum = new NumberPoint();
  }

  private static final class HistogramStream extends Stream {
    final HistogramPoint sum = new HistogramPoint();
  }

  private static final class ExponentialStream extends Stream {
    final ExponentialPoint sum = new ExponentialPoint();
  }

  private final Map<Key, NumberStream> numbers = new HashMap<>();
  private final Map<Key, HistogramStream> histograms = new HashMap<>();
  private final Map<Key, ExponentialStream> exponentials = new HashMap<>();
  private long lookedAt = Long.MIN_VALUE;

  /** The number of series that are summed up now. */
  synchronized int size() {
    return numbers.size() + histograms.size() + exponentials.size();
  }

  /**
   * Adds a point to its series and turns it into the sum.
   *
   * @param start nanoseconds since the epoch, unsigned, as {@code time}
   * @param now milliseconds
   * @return the start of the sum; −1 when the point is to be dropped
   */
  synchronized long add(SeriesKey key, long start, long time, NumberPoint point, long now) {
    expire(now);
    Key found = new Key(key);
    NumberStream stream = numbers.get(found);
    if (stream == null) {
      stream = new NumberStream();
      if (!begin(stream, start, time, now)) {
        return -1;
      }
      numbers.put(found, stream);
      stream.sum.isInteger = point.isInteger;
      stream.sum.integer = point.integer;
      stream.sum.floating = point.floating;
      return start;
    }
    if (!follows(stream, start, time, now)) {
      return -1;
    }
    NumberPoint sum = stream.sum;
    // As upstream: the sum has the kind of the point, and is 0 when it was of the other one.
    if (point.isInteger) {
      sum.integer = (sum.isInteger ? sum.integer : 0) + point.integer;
    } else {
      sum.floating = (sum.isInteger ? 0 : sum.floating) + point.floating;
    }
    sum.isInteger = point.isInteger;
    point.integer = sum.integer;
    point.floating = sum.floating;
    return stream.start;
  }

  /** As {@link #add(SeriesKey, long, long, NumberPoint, long)}. */
  synchronized long add(SeriesKey key, long start, long time, HistogramPoint point, long now) {
    expire(now);
    Key found = new Key(key);
    HistogramStream stream = histograms.get(found);
    if (stream == null) {
      stream = new HistogramStream();
      if (!begin(stream, start, time, now)) {
        return -1;
      }
      histograms.put(found, stream);
      copy(point, stream.sum);
      return start;
    }
    if (!follows(stream, start, time, now)) {
      return -1;
    }
    HistogramPoint sum = stream.sum;
    if (Arrays.equals(sum.bounds, 0, sum.boundCount, point.bounds, 0, point.boundCount)) {
      int n = Math.min(sum.buckets.size, point.buckets.size);
      for (int i = 0; i < n; i++) {
        sum.buckets.counts[i] += point.buckets.counts[i];
      }
      sum.count += point.count;
      sum.hasSum &= point.hasSum;
      sum.sum = sum.hasSum ? sum.sum + point.sum : 0;
    } else {
      // There is no way to add counts of other buckets.
      copy(point, sum);
    }
    copy(sum, point);
    return stream.start;
  }

  /** As {@link #add(SeriesKey, long, long, NumberPoint, long)}. */
  synchronized long add(SeriesKey key, long start, long time, ExponentialPoint point, long now) {
    expire(now);
    Key found = new Key(key);
    ExponentialStream stream = exponentials.get(found);
    if (stream == null) {
      stream = new ExponentialStream();
      if (!begin(stream, start, time, now)) {
        return -1;
      }
      exponentials.put(found, stream);
      copy(point, stream.sum);
      return start;
    }
    if (!follows(stream, start, time, now)) {
      return -1;
    }
    merge(stream.sum, point);
    copy(stream.sum, point);
    return stream.start;
  }

  private boolean begin(Stream stream, long start, long time, long now) {
    stream.start = start;
    stream.last = time;
    stream.seen = now;
    return size() < MAX_STREAMS;
  }

  private static boolean follows(Stream stream, long start, long time, long now) {
    stream.seen = now;
    if (Long.compareUnsigned(start, stream.start) < 0
        || Long.compareUnsigned(time, stream.last) <= 0) {
      return false;
    }
    stream.last = time;
    return true;
  }

  private void expire(long now) {
    if (now - LOOK_MILLIS < lookedAt) {
      return;
    }
    lookedAt = now;
    expire(numbers.values().iterator(), now);
    expire(histograms.values().iterator(), now);
    expire(exponentials.values().iterator(), now);
  }

  private static void expire(Iterator<? extends Stream> streams, long now) {
    while (streams.hasNext()) {
      if (now - streams.next().seen > STALE_MILLIS) {
        streams.remove();
      }
    }
  }

  private static void copy(HistogramPoint from, HistogramPoint to) {
    to.count = from.count;
    to.sum = from.sum;
    to.hasSum = from.hasSum;
    to.buckets.set(from.buckets);
    if (to.bounds.length < from.boundCount) {
      to.bounds = new double[from.boundCount];
    }
    System.arraycopy(from.bounds, 0, to.bounds, 0, from.boundCount);
    to.boundCount = from.boundCount;
  }

  private static void copy(ExponentialPoint from, ExponentialPoint to) {
    to.count = from.count;
    to.sum = from.sum;
    to.hasSum = from.hasSum;
    to.scale = from.scale;
    to.zeroCount = from.zeroCount;
    to.zeroThreshold = from.zeroThreshold;
    to.positive.set(from.positive);
    to.negative.set(from.negative);
  }

  private static void merge(ExponentialPoint sum, ExponentialPoint point) {
    int scale = Math.min(sum.scale, point.scale);
    downscale(sum, scale);
    downscale(point, scale);
    int over = Math.max(excess(sum.positive, point.positive), excess(sum.negative, point.negative));
    downscale(sum, scale - over);
    downscale(point, scale - over);
    if (sum.zeroThreshold < point.zeroThreshold) {
      widenZero(sum, point.zeroThreshold);
    } else if (point.zeroThreshold < sum.zeroThreshold) {
      widenZero(point, sum.zeroThreshold);
    }
    add(sum.positive, point.positive);
    add(sum.negative, point.negative);
    sum.count += point.count;
    sum.zeroCount += point.zeroCount;
    sum.hasSum &= point.hasSum;
    sum.sum = sum.hasSum ? sum.sum + point.sum : 0;
  }

  private static void downscale(ExponentialPoint point, int scale) {
    long shift = (long) point.scale - scale;
    int bounded = (int) Math.min(shift, 62);
    point.positive.downscale(bounded);
    point.negative.downscale(bounded);
    point.scale = scale;
  }

  /** By how many steps resolution must be reduced for both to fit in the most buckets. */
  private static int excess(Counts a, Counts b) {
    trim(a);
    trim(b);
    if (a.size == 0 && b.size == 0) {
      return 0;
    }
    long low = a.size == 0 ? b.offset : b.size == 0 ? a.offset : Math.min(a.offset, b.offset);
    long high =
        Math.max(
            a.size == 0 ? Long.MIN_VALUE : (long) a.offset + a.size,
            b.size == 0 ? Long.MIN_VALUE : (long) b.offset + b.size);
    int steps = 0;
    while (((high - 1) >> steps) - (low >> steps) >= MAX_BUCKETS) {
      steps++;
    }
    return steps;
  }

  /** Leaves out empty buckets at both ends. */
  private static void trim(Counts counts) {
    while (counts.size > 0 && counts.counts[counts.size - 1] == 0) {
      counts.size--;
    }
    int empty = 0;
    while (empty < counts.size && counts.counts[empty] == 0) {
      empty++;
    }
    drop(counts, empty);
  }

  /** Leaves out the first buckets. */
  private static void drop(Counts counts, int n) {
    if (n > 0) {
      System.arraycopy(counts.counts, n, counts.counts, 0, counts.size - n);
      counts.size -= n;
      counts.offset += n;
    }
  }

  /** Moves the buckets that lie below a threshold to the zero bucket. */
  private static void widenZero(ExponentialPoint point, double threshold) {
    point.zeroCount += below(point.positive, point.scale, threshold);
    point.zeroCount += below(point.negative, point.scale, threshold);
    point.zeroThreshold = threshold;
  }

  private static long below(Counts counts, int scale, double threshold) {
    long moved = 0;
    int n = 0;
    // Bucket i begins at 2^(i / 2^scale).
    while (n < counts.size
        && (counts.offset + (double) n) * Math.scalb(1.0, -scale)
            < Math.log(threshold) / Math.log(2)) {
      moved += counts.counts[n++];
    }
    drop(counts, n);
    return moved;
  }

  private static void add(Counts to, Counts from) {
    if (from.size == 0) {
      return;
    }
    if (to.size == 0) {
      to.set(from);
      return;
    }
    int low = Math.min(to.offset, from.offset);
    int high = Math.max(to.offset + to.size, from.offset + from.size);
    // Both were brought to fit before.
    long[] sum = new long[Math.max(MAX_BUCKETS, high - low)];
    System.arraycopy(to.counts, 0, sum, to.offset - low, to.size);
    for (int i = 0; i < from.size; i++) {
      sum[from.offset - low + i] += from.counts[i];
    }
    to.counts = sum;
    to.offset = low;
    to.size = high - low;
  }
}
