package io.narthex.storage.tsdb.head;

import io.narthex.api.model.NativeHistogram;
import io.narthex.storage.tsdb.select.ChunkList;
import io.narthex.storage.tsdb.select.Intervals;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Samples that came out of order, by slot.
 *
 * <p>They are few, so plain objects hold them: a sorted buffer of the latest, and chunks of those
 * before. What is durable of them is the second log ({@code wbl/}), which is replayed whole, so
 * that nothing of this needs to be written to head-chunk files; those that Prometheus has left
 * there are repeated in its log too.
 *
 * <p>One thread at a time adds; any number reads.
 */
final class OutOfOrder {
  /** Samples that make a chunk. Below it, insertion into the sorted buffer is cheap. */
  private static final int CHUNK = 120;

  /** A buffer that an old reader forbids to encode does so beyond this. */
  private static final int MOST = 4 * CHUNK;

  private static final class Chunk {
    final long minTime;
    final long maxTime;
    final byte encoding;
    final MemorySegment data;

    Chunk(long minTime, long maxTime, byte encoding, byte[] data) {
      this.minTime = minTime;
      this.maxTime = maxTime;
      this.encoding = encoding;
      this.data = MemorySegment.ofArray(data);
    }
  }

  private static final long[] NO_STARTS = {};

  private static final class Series {
    final HeadOptions.Starts kept;
    long[] times = new long[4];
    double[] values = new double[4];

    /** Start timestamps; empty until one is known. */
    long[] starts = NO_STARTS;

    @Nullable NativeHistogram[] histograms = new NativeHistogram[0];
    long[] commits = new long[4];
    int size;
    List<Chunk> chunks = List.of();

    /** How many of {@link #chunks} belong to a compaction that is under way. */
    int sealed;

    Series(HeadOptions.Starts kept) {
      this.kept = kept;
    }

    synchronized boolean add(
        long time,
        double value,
        long start,
        @Nullable NativeHistogram histogram,
        long commit,
        long oldest) {
      if (size >= CHUNK && (oldest >= commits[maxCommit()] || size >= MOST)) {
        encode();
      }
      int at = Arrays.binarySearch(times, 0, size, time);
      if (at >= 0) {
        return false;
      }
      at = -at - 1;
      if (size == times.length) {
        times = Arrays.copyOf(times, 2 * size);
        values = Arrays.copyOf(values, 2 * size);
        commits = Arrays.copyOf(commits, 2 * size);
      }
      System.arraycopy(times, at, times, at + 1, size - at);
      System.arraycopy(values, at, values, at + 1, size - at);
      System.arraycopy(commits, at, commits, at + 1, size - at);
      if (histogram != null || histograms.length > 0) {
        if (histograms.length < times.length) {
          histograms = Arrays.copyOf(histograms, times.length);
        }
        System.arraycopy(histograms, at, histograms, at + 1, size - at);
        histograms[at] = histogram;
      }
      if (kept.any() && (start != 0 || starts.length > 0)) {
        if (starts.length < times.length) {
          starts = Arrays.copyOf(starts, times.length);
        }
        System.arraycopy(starts, at, starts, at + 1, size - at);
        starts[at] = start;
      }
      times[at] = time;
      values[at] = value;
      commits[at] = commit;
      size++;
      return true;
    }

    private int maxCommit() {
      int max = 0;
      for (int i = 1; i < size; i++) {
        if (commits[i] > commits[max]) {
          max = i;
        }
      }
      return max;
    }

    private void encode() {
      List<Chunk> more = new ArrayList<>(chunks);
      SampleChunks.encode(
          times,
          values,
          starts,
          kept,
          histograms,
          size,
          (min, max, encoding, data, length) ->
              more.add(new Chunk(min, max, encoding, Arrays.copyOf(data, length))));
      chunks = more;
      size = 0;
      histograms = new NativeHistogram[0];
      starts = NO_STARTS;
    }

    synchronized void chunks(long minTime, long maxTime, long sees, ChunkList into) {
      for (Chunk c : chunks) {
        if (c.minTime <= maxTime && c.maxTime >= minTime) {
          into.add(
              c.minTime, c.maxTime, c.encoding, c.data, 0, (int) c.data.byteSize(), Intervals.NONE);
        }
      }
      if (size == 0 || times[0] > maxTime || times[size - 1] < minTime) {
        return;
      }
      long[] shownTimes = times;
      double[] shownValues = values;
      long[] shownStarts = starts;
      @Nullable NativeHistogram[] shownHistograms = histograms;
      int n = size;
      if (commits[maxCommit()] > sees) {
        shownTimes = new long[size];
        shownValues = new double[size];
        shownStarts = new long[starts.length == 0 ? 0 : size];
        shownHistograms = new NativeHistogram[histograms.length == 0 ? 0 : size];
        n = 0;
        for (int i = 0; i < size; i++) {
          if (commits[i] <= sees) {
            shownTimes[n] = times[i];
            shownValues[n] = values[i];
            if (shownStarts.length > 0) {
              shownStarts[n] = starts[i];
            }
            if (shownHistograms.length > 0) {
              shownHistograms[n] = histograms[i];
            }
            n++;
          }
        }
      }
      SampleChunks.encode(
          shownTimes,
          shownValues,
          shownStarts,
          kept,
          shownHistograms,
          n,
          (min, max, encoding, data, length) ->
              into.addCopy(
                  min, max, encoding, MemorySegment.ofArray(data), 0, length, Intervals.NONE));
    }

    synchronized boolean overlaps(long minTime, long maxTime) {
      for (Chunk c : chunks) {
        if (c.minTime <= maxTime && c.maxTime >= minTime) {
          return true;
        }
      }
      return size > 0 && times[0] <= maxTime && times[size - 1] >= minTime;
    }

    synchronized void seal() {
      if (size > 0) {
        encode();
      }
      sealed = chunks.size();
    }

    /** Whether nothing remains. */
    synchronized boolean dropSealed() {
      chunks = new ArrayList<>(chunks.subList(sealed, chunks.size()));
      sealed = 0;
      return size == 0 && chunks.isEmpty();
    }

    synchronized void sealed(long minTime, long maxTime, ChunkList into) {
      for (Chunk c : chunks.subList(0, sealed)) {
        if (c.minTime <= maxTime && c.maxTime >= minTime) {
          into.add(
              c.minTime, c.maxTime, c.encoding, c.data, 0, (int) c.data.byteSize(), Intervals.NONE);
        }
      }
    }

    synchronized long sealedFrom(long from) {
      long min = Long.MAX_VALUE;
      for (Chunk c : chunks.subList(0, sealed)) {
        if (c.maxTime >= from) {
          min = Math.min(min, Math.max(from, c.minTime));
        }
      }
      return min;
    }

    synchronized long minTime() {
      long min = size > 0 ? times[0] : Long.MAX_VALUE;
      for (Chunk c : chunks) {
        min = Math.min(min, c.minTime);
      }
      return min;
    }

    synchronized long maxTime() {
      long max = size > 0 ? times[size - 1] : Long.MIN_VALUE;
      for (Chunk c : chunks) {
        max = Math.max(max, c.maxTime);
      }
      return max;
    }
  }

  private final HeadOptions.Starts kept;
  private final ConcurrentHashMap<Integer, Series> series = new ConcurrentHashMap<>();

  /** Without samples; {@code kept} start timestamps are. */
  OutOfOrder(HeadOptions.Starts kept) {
    this.kept = kept;
  }

  /**
   * Adds a sample.
   *
   * @param start its start timestamp, 0 if unknown
   * @param commit the commit that brings it
   * @param oldest the lowest commit that an open reader sees up to
   * @return false when there is one of that time already
   */
  boolean add(
      int slot,
      long time,
      double value,
      long start,
      @Nullable NativeHistogram histogram,
      long commit,
      long oldest) {
    return series
        .computeIfAbsent(slot, s -> new Series(kept))
        .add(time, value, start, histogram, commit, oldest);
  }

  /** Adds what a reader that sees up to commit {@code sees} may see. */
  void chunks(int slot, long minTime, long maxTime, long sees, ChunkList into) {
    Series s = series.get(slot);
    if (s != null) {
      s.chunks(minTime, maxTime, sees, into);
    }
  }

  boolean overlaps(int slot, long minTime, long maxTime) {
    Series s = series.get(slot);
    return s != null && s.overlaps(minTime, maxTime);
  }

  /** Whether the series has samples out of order. */
  boolean has(int slot) {
    return series.containsKey(slot);
  }

  boolean isEmpty() {
    return series.isEmpty();
  }

  /** The earliest time, {@link Long#MAX_VALUE} when there is none. */
  long minTime() {
    long min = Long.MAX_VALUE;
    for (Series s : series.values()) {
      min = Math.min(min, s.minTime());
    }
    return min;
  }

  /** The latest time, {@link Long#MIN_VALUE} when there is none. */
  long maxTime() {
    long max = Long.MIN_VALUE;
    for (Series s : series.values()) {
      max = Math.max(max, s.maxTime());
    }
    return max;
  }

  /** Sets aside what there is now, for a compaction; it stays readable. */
  void seal() {
    series.values().forEach(Series::seal);
  }

  /** Chunks of what was set aside. */
  void sealed(int slot, long minTime, long maxTime, ChunkList into) {
    Series s = series.get(slot);
    if (s != null) {
      s.sealed(minTime, maxTime, into);
    }
  }

  /**
   * A time at or after {@code from}, and not after the first sample from there on of what was set
   * aside; {@link Long#MAX_VALUE} when there is none.
   */
  long sealedFrom(long from) {
    long min = Long.MAX_VALUE;
    for (Series s : series.values()) {
      min = Math.min(min, s.sealedFrom(from));
    }
    return min;
  }

  /** Forgets what was set aside, under the lock under which samples are added. */
  void dropSealed() {
    series.values().removeIf(Series::dropSealed);
  }
}
