package io.narthex.storage.tsdb.select;

import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.chunk.ChunkDecoder;
import io.narthex.storage.tsdb.file.CorruptionException;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The samples of one series out of its chunks. Chunks are taken in groups: one that overlaps no
 * other in time is decoded straight into the caller's batch; those that overlap are merged, run by
 * run, each run being the samples of one chunk up to the next sample of another. Where two chunks
 * have samples of one time, that of the chunk added first is shown.
 *
 * <p>What a histogram says about a counter reset is relative to the sample before it in its part.
 * Where another one comes before it here, nothing is known.
 */
final class MergedReader implements SampleReader {
  private static final int CURSOR_BATCH = 128;

  private final ChunkList list = new ChunkList();

  /** Where the labels of the series are, for messages; null before the first. */
  private @Nullable SeriesSet set;

  private int series;

  private long from;
  private long to;

  /** By chunk, the number of the part that it came from. */
  private int[] partOf = new int[16];

  private int partCount;

  /** Chunks by their first time; equal ones as they were added. */
  private int[] order = new int[16];

  /** The position in {@link #order} of the first chunk of the next group. */
  private int nextGroup;

  /**
   * The chunk that is decoded straight; its samples from {@link Cursor#lo} to {@link Cursor#hi}.
   */
  private final Cursor single = new Cursor();

  /** Chunks of the group that are being merged, and spare ones behind {@link #active}. */
  private Cursor[] cursors = new Cursor[0];

  private int active;

  /** Positions in {@link #order} of the group's chunks whose first time has not been reached. */
  private int waiting;

  private int groupEnd;

  /** The time of the last sample of the group. */
  private long lastTime;

  private boolean anyMerged;

  /** The chunk of the last sample; -1 before the first. */
  private int lastChunk;

  /** The only sample, when {@link #hasLatest}. */
  private final LatestSample latest = new LatestSample();

  private boolean hasLatest;

  /** Where the samples of a chunk are read. */
  private static final class Cursor {
    final ChunkDecoder decoder = new ChunkDecoder();
    byte[] data = new byte[512 + ChunkDecoder.SLACK];
    SampleBatch batch = new SampleBatch(0);
    int at;

    /** The number of the chunk in the list; -1 for none. */
    int chunk = -1;

    long lo;
    long hi;
    Intervals deleted = Intervals.NONE;

    long time() {
      return batch.timestamps[at];
    }
  }

  private Labels of() {
    SeriesSet known = set;
    return known == null ? Labels.empty() : known.labels(series);
  }

  /** Forgets the series before and starts another. */
  void begin(SeriesSet newSet, int newSeries, long minTime, long maxTime) {
    set = newSet;
    series = newSeries;
    from = minTime;
    to = maxTime;
    list.clear();
    partCount = 0;
    nextGroup = 0;
    single.chunk = -1;
    active = 0;
    waiting = 0;
    groupEnd = 0;
    lastChunk = -1;
    hasLatest = false;
  }

  /**
   * Takes the latest sample of the series for its only one.
   *
   * @return false when the part does not know it; then its chunks must be added
   */
  boolean addLatest(Part part, int id) {
    hasLatest = part.latest(id, from, to, latest);
    return hasLatest;
  }

  /** Adds the chunks that a part has of the series. */
  void add(Part part, int id) throws StorageException {
    int before = list.size;
    part.chunks(id, from, to, list);
    if (list.size > partOf.length) {
      partOf = Arrays.copyOf(partOf, list.minTimes.length);
    }
    Arrays.fill(partOf, before, list.size, partCount);
    partCount += list.size > before ? 1 : 0;
  }

  /** Called when all chunks have been added. */
  void ready() {
    int n = list.size;
    if (order.length < n) {
      order = new int[list.minTimes.length];
    }
    boolean sorted = true;
    long[] minTimes = list.minTimes;
    for (int i = 0; i < n; i++) {
      order[i] = i;
      sorted &= i == 0 || minTimes[i - 1] <= minTimes[i];
    }
    if (!sorted) {
      RunSort.sort(order, n, (a, b) -> Long.compare(minTimes[a], minTimes[b]));
    }
  }

  @Override
  public int read(SampleBatch batch) throws StorageException {
    if (hasLatest) {
      hasLatest = false;
      batch.ensureCapacity(1);
      batch.clear(SampleBatch.Kind.FLOAT);
      batch.timestamps[0] = latest.time;
      batch.values[0] = latest.value;
      if (latest.start != 0) {
        if (batch.startTimestamps.length == 0) {
          batch.startTimestamps = new long[batch.capacity()];
        }
        batch.startTimestamps[0] = latest.start;
        batch.hasStartTimestamps = true;
      }
      batch.size = 1;
      return 1;
    }
    for (; ; ) {
      if (active > 0 || waiting < groupEnd) {
        int n = merge(batch);
        if (n > 0) {
          return n;
        }
      } else if (single.chunk >= 0) {
        int n = next(single, batch);
        if (n > 0) {
          if (batch.kind == SampleBatch.Kind.HISTOGRAM && lastChunk != single.chunk) {
            forgetReset(batch, 0, single.chunk, true);
          }
          lastChunk = single.chunk;
          return n;
        }
        single.chunk = -1;
      } else if (nextGroup < list.size) {
        beginGroup();
      } else {
        batch.clear(batch.kind);
        return 0;
      }
    }
  }

  private void beginGroup() throws StorageException {
    int first = order[nextGroup];
    long end = list.maxTimes[first];
    int stop = nextGroup + 1;
    while (stop < list.size && Math.max(from, list.minTimes[order[stop]]) <= end) {
      end = Math.max(end, list.maxTimes[order[stop]]);
      stop++;
    }
    if (stop == nextGroup + 1) {
      open(single, first);
    } else {
      waiting = nextGroup;
      groupEnd = stop;
      anyMerged = false;
    }
    nextGroup = stop;
  }

  private void open(Cursor c, int chunk) throws StorageException {
    int length = list.length(chunk);
    byte[] data = list.own(chunk);
    int offset = 0;
    if (data != null) {
      offset = list.ownOffset(chunk);
    } else {
      if (c.data.length - ChunkDecoder.SLACK < length) {
        c.data = new byte[Math.max(length + ChunkDecoder.SLACK, 2 * c.data.length)];
      }
      data = c.data;
      list.copy(chunk, data);
    }
    c.chunk = chunk;
    c.lo = Math.max(from, list.minTimes[chunk]);
    c.hi = Math.min(to, list.maxTimes[chunk]);
    c.deleted = list.deleted(chunk);
    try {
      c.decoder.resetInPlace(list.encodings[chunk], data, offset, length);
    } catch (CorruptionException e) {
      throw corrupted(chunk, e);
    }
  }

  /** Fills a batch with the next samples of a chunk that are to be shown; 0 at the end. */
  private int next(Cursor c, SampleBatch batch) throws StorageException {
    try {
      for (int n; (n = c.decoder.read(batch)) > 0; ) {
        boolean past = batch.timestamps[n - 1] > c.hi;
        n = Trim.trim(batch, c.lo, c.hi, c.deleted);
        if (n > 0) {
          return n;
        }
        if (past) {
          return 0;
        }
      }
      return 0;
    } catch (CorruptionException e) {
      throw corrupted(c.chunk, e);
    }
  }

  private StorageException corrupted(int chunk, CorruptionException e) {
    CorruptionException where = list.located(chunk, e);
    return new StorageException(
        StorageException.Kind.CORRUPTION,
        "cannot read the samples of " + of().toSeriesString() + ": " + where.getMessage(),
        where);
  }

  /** Fills a batch with the next samples of the group; 0 when it has none any more. */
  private int merge(SampleBatch out) throws StorageException {
    int n = 0;
    out.clear(out.kind);
    if (out.capacity() == 0) {
      out.ensureCapacity(CURSOR_BATCH);
    }
    int capacity = out.capacity();
    while (n < capacity) {
      Cursor best = null;
      long bound = Long.MAX_VALUE;
      boolean bounded = false;
      for (int i = 0; i < active; i++) {
        Cursor c = cursors[i];
        if (!settle(c)) {
          active--;
          cursors[i] = cursors[active];
          cursors[active] = c;
          i--;
          continue;
        }
        long time = c.time();
        if (best == null) {
          best = c;
        } else if (time < best.time() || (time == best.time() && c.chunk < best.chunk)) {
          bound = best.time();
          bounded = true;
          best = c;
        } else {
          bound = bounded ? Math.min(bound, time) : time;
          bounded = true;
        }
      }
      if (waiting < groupEnd) {
        long start = Math.max(from, list.minTimes[order[waiting]]);
        if (best == null || start <= best.time()) {
          activate(order[waiting++]);
          continue;
        }
        bound = bounded ? Math.min(bound, start) : start;
        bounded = true;
      }
      if (best == null) {
        break;
      }
      SampleBatch source = best.batch;
      if (n == 0) {
        out.kind = source.kind;
      } else if (out.kind != source.kind) {
        break;
      }
      int most = Math.min(source.size - best.at, capacity - n);
      int run = 1; // Its first sample is not above the bound.
      while (run < most && (!bounded || source.timestamps[best.at + run] < bound)) {
        run++;
      }
      copy(source, best.at, out, n, run);
      if (out.kind == SampleBatch.Kind.HISTOGRAM && lastChunk != best.chunk) {
        forgetReset(out, n, best.chunk, false);
      }
      lastChunk = best.chunk;
      n += run;
      best.at += run;
      lastTime = out.timestamps[n - 1];
      anyMerged = true;
    }
    out.size = n;
    return n;
  }

  /** Goes to the next sample that is later than what was shown; false at the end. */
  private boolean settle(Cursor c) throws StorageException {
    for (; ; ) {
      while (c.at < c.batch.size) {
        if (!anyMerged || c.time() > lastTime) {
          return true;
        }
        c.at++;
      }
      c.at = 0;
      if (next(c, c.batch) == 0) {
        return false;
      }
    }
  }

  private void activate(int chunk) throws StorageException {
    if (active == cursors.length) {
      cursors = Arrays.copyOf(cursors, Math.max(4, 2 * active));
    }
    Cursor c = cursors[active];
    if (c == null) {
      c = new Cursor();
      c.batch = new SampleBatch(CURSOR_BATCH);
      cursors[active] = c;
    }
    c.at = 0;
    c.batch.size = 0;
    open(c, chunk);
    active++;
  }

  private static void copy(SampleBatch source, int at, SampleBatch out, int to, int n) {
    System.arraycopy(source.timestamps, at, out.timestamps, to, n);
    if (source.kind == SampleBatch.Kind.FLOAT) {
      System.arraycopy(source.values, at, out.values, to, n);
    } else {
      if (out.histograms.length < out.timestamps.length) {
        out.histograms = Arrays.copyOf(out.histograms, out.timestamps.length);
      }
      System.arraycopy(source.histograms, at, out.histograms, to, n);
    }
    if (source.hasStartTimestamps && !out.hasStartTimestamps) {
      if (out.startTimestamps.length < out.timestamps.length) {
        out.startTimestamps = new long[out.timestamps.length];
      }
      Arrays.fill(out.startTimestamps, 0, to, 0);
      out.hasStartTimestamps = true;
    }
    if (source.hasStartTimestamps) {
      System.arraycopy(source.startTimestamps, at, out.startTimestamps, to, n);
    } else if (out.hasStartTimestamps) {
      Arrays.fill(out.startTimestamps, to, to + n, 0);
    }
  }

  /**
   * Makes the reset hint at {@code i} unknown, unless what was shown before is what it refers to.
   *
   * @param whole whether the chunk before was shown up to its end before this one began
   */
  private void forgetReset(SampleBatch batch, int i, int chunk, boolean whole) {
    boolean follows =
        lastChunk < 0
            ? partCount == 1
            : whole && chunk == lastChunk + 1 && partOf[chunk] == partOf[lastChunk];
    NativeHistogram h = Objects.requireNonNull(batch.histograms[i]);
    if (follows || h.resetHint() == ResetHint.GAUGE || h.resetHint() == ResetHint.UNKNOWN) {
      return;
    }
    batch.histograms[i] = h.withResetHint(ResetHint.UNKNOWN);
  }
}
