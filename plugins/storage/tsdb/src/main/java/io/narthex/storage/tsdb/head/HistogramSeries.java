package io.narthex.storage.tsdb.head;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.StaleMarker;
import io.narthex.storage.tsdb.chunk.Encoding;
import io.narthex.storage.tsdb.chunk.HistogramChunkBuilder;
import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.select.ChunkList;
import io.narthex.storage.tsdb.select.Intervals;
import io.narthex.storage.tsdb.wal.HeadChunk;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The open chunks of series whose samples are native histograms, by slot. Such series are few
 * beside those of floats, and their chunks are recoded as buckets come, so plain objects hold them.
 *
 * <p>Changes happen under the commit lock; a reader takes the one series' own lock to copy.
 */
final class HistogramSeries {
  private static final class Open {
    final HistogramChunkBuilder builder;
    @Nullable NativeHistogram last;
    long cutAt;

    Open(boolean starts) {
      builder = new HistogramChunkBuilder(starts);
    }
  }

  /** Upstream cuts histogram chunks by size, which is what their cost depends on. */
  private static final int TARGET_BYTES = 1024;

  private static final int MIN_SAMPLES = 10;

  private final Head head;
  private final boolean starts;
  private final ConcurrentHashMap<Integer, Open> open = new ConcurrentHashMap<>();

  HistogramSeries(Head head) {
    this.head = head;
    this.starts = head.options().starts().histograms();
  }

  /** Whether an open chunk of this encoding can be taken over. */
  boolean takes(Encoding encoding) {
    return encoding.isHistogram() && encoding.hasStartTimestamps() == starts;
  }

  /**
   * Appends to the open chunk, or begins one. The record's version is odd.
   *
   * @param start start timestamp, 0 if unknown; ignored where those of histograms are not kept
   * @return false when the chunk before it must be written to a file and cannot be
   */
  boolean append(
      MemorySegment page,
      long at,
      int slot,
      long time,
      NativeHistogram histogram,
      long start,
      long max) {
    int flags = page.get(Layouts.SHORT, at + SeriesTable.FLAGS);
    if (page.get(Layouts.INT, at + SeriesTable.BUFFER) != 0
        && !head.commits().cutFloat(page, at, page.get(Layouts.LONG, at + SeriesTable.REF), max)) {
      // The record has the state of one open chunk alone.
      head.counters().overtaken();
      return false;
    }
    Open o = open.computeIfAbsent(slot, s -> new Open(starts));
    synchronized (o) {
      HistogramChunkBuilder b = o.builder;
      boolean full =
          b.sampleCount() > 0
              && (time >= o.cutAt
                  || (b.length() >= TARGET_BYTES && b.sampleCount() >= MIN_SAMPLES)
                  || b.sampleCount() >= 2 * head.options().samplesPerChunk());
      if (b.sampleCount() == 0) {
        begin(o, page, at, time);
        b.start(time, histogram, start);
      } else if (full || !b.append(time, histogram, start)) {
        if (cut(o, page, at)) {
          begin(o, page, at, time);
          b.start(time, histogram, start);
        } else if (!b.append(time, histogram, start)) {
          head.counters().overtaken();
          return false;
        }
      }
      o.last = histogram;
    }
    page.set(
        Layouts.SHORT,
        at + SeriesTable.FLAGS,
        (short) (flags | SeriesTable.HAS_HISTOGRAMS | SeriesTable.LAST_IS_HISTOGRAM));
    return true;
  }

  private void begin(Open o, MemorySegment page, long at, long time) {
    head.counters().chunksCreated.increment();
    o.cutAt = Commits.rangeEnd(time, head.options().chunkRange());
    page.set(Layouts.LONG, at + SeriesTable.OPEN_MIN, time);
  }

  private boolean cut(Open o, MemorySegment page, long at) {
    HistogramChunkBuilder b = o.builder;
    return b.sampleCount() == 0
        || head.commits()
            .write(
                page,
                at,
                page.get(Layouts.LONG, at + SeriesTable.REF),
                b.minTime(),
                b.maxTime(),
                b.encoding().code(),
                MemorySegment.ofArray(b.bytes()),
                0,
                b.length());
  }

  /** Ends the open chunk: floats follow. False when it cannot be written to a file. */
  boolean close(MemorySegment page, long at, int slot) {
    Open o = open.get(slot);
    if (o != null) {
      synchronized (o) {
        if (!cut(o, page, at)) {
          return false;
        }
        o.builder.reset();
        o.last = null;
      }
    }
    return true;
  }

  /** A stale marker as this series' samples are; null when it has no open chunk. */
  @Nullable NativeHistogram staleAfter(int slot) {
    Open o = open.get(slot);
    NativeHistogram last = o == null ? null : o.last;
    return last == null
        ? null
        : new NativeHistogram(
            last.integer(),
            last.resetHint() == NativeHistogram.ResetHint.GAUGE
                ? NativeHistogram.ResetHint.GAUGE
                : NativeHistogram.ResetHint.UNKNOWN,
            0,
            0,
            0,
            0,
            StaleMarker.value(),
            List.of(),
            new double[0],
            List.of(),
            new double[0],
            new double[0]);
  }

  /** The latest histogram of a series, null when there is none. */
  @Nullable NativeHistogram last(int slot) {
    Open o = open.get(slot);
    return o == null ? null : o.last;
  }

  /**
   * Copies the open chunk for a snapshot.
   *
   * @return the latest histogram; null when there is no open chunk
   */
  @Nullable NativeHistogram copy(int slot, HeadChunk into) {
    Open o = open.get(slot);
    if (o == null) {
      return null;
    }
    synchronized (o) {
      HistogramChunkBuilder b = o.builder;
      if (b.sampleCount() == 0) {
        return null;
      }
      into.minTime = b.minTime();
      into.maxTime = b.maxTime();
      into.encoding = b.encoding().code();
      into.offset = 0;
      into.length = b.length();
      into.room(b.length());
      System.arraycopy(b.bytes(), 0, into.bytes(), 0, b.length());
      return o.last;
    }
  }

  /**
   * Takes over an open chunk from a snapshot.
   *
   * @param latest its latest histogram as it was given, null for what the chunk says
   */
  void restore(
      MemorySegment page, long at, int slot, HeadChunk chunk, @Nullable NativeHistogram latest)
      throws CorruptionException {
    Open o = new Open(starts);
    o.builder.load(chunk.encoding, chunk.bytes(), chunk.offset, chunk.length);
    if (o.builder.sampleCount() == 0
        || o.builder.minTime() != chunk.minTime
        || o.builder.maxTime() != chunk.maxTime) {
      throw new CorruptionException(null, -1, "snapshot: got a chunk of other times than it says");
    }
    o.last = latest == null ? o.builder.last() : latest;
    begin(o, page, at, chunk.minTime);
    open.put(slot, o);
    int flags = page.get(Layouts.SHORT, at + SeriesTable.FLAGS);
    page.set(
        Layouts.SHORT,
        at + SeriesTable.FLAGS,
        (short) (flags | SeriesTable.HAS_HISTOGRAMS | SeriesTable.LAST_IS_HISTOGRAM));
  }

  /** Adds the open chunk if it overlaps the range. */
  void chunks(int slot, long minTime, long maxTime, long end, Intervals deleted, ChunkList into) {
    Open o = open.get(slot);
    if (o == null) {
      return;
    }
    synchronized (o) {
      HistogramChunkBuilder b = o.builder;
      if (b.sampleCount() > 0 && b.minTime() <= maxTime && b.maxTime() >= minTime) {
        into.addCopy(
            b.minTime(),
            Math.min(b.maxTime(), end),
            b.encoding().code(),
            MemorySegment.ofArray(b.bytes()),
            0,
            b.length(),
            deleted);
        into.open[into.size - 1] = true;
      }
    }
  }

  /**
   * Drops the open chunk if it ends before {@code time}.
   *
   * @return whether there is none (any more)
   */
  boolean dropBefore(int slot, long time) {
    Open o = open.get(slot);
    if (o == null) {
      return true;
    }
    synchronized (o) {
      if (o.builder.sampleCount() == 0 || o.builder.maxTime() < time) {
        open.remove(slot);
        return true;
      }
      return false;
    }
  }

  /** The open chunk's first time; {@link Long#MAX_VALUE} when there is none. */
  long minTime(int slot) {
    Open o = open.get(slot);
    if (o == null) {
      return Long.MAX_VALUE;
    }
    synchronized (o) {
      return o.builder.sampleCount() == 0 ? Long.MAX_VALUE : o.builder.minTime();
    }
  }

  void remove(int slot) {
    open.remove(slot);
  }
}
