package io.narthex.storage.tsdb.head;

import io.narthex.api.model.Exemplar;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.storage.tsdb.chunk.ChunkDecoder;
import io.narthex.storage.tsdb.chunk.Encoding;
import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.select.Intervals;
import io.narthex.storage.tsdb.wal.ExemplarRecord;
import io.narthex.storage.tsdb.wal.HeadChunk;
import io.narthex.storage.tsdb.wal.HistogramRecord;
import io.narthex.storage.tsdb.wal.MetadataRecord;
import io.narthex.storage.tsdb.wal.SampleRecord;
import io.narthex.storage.tsdb.wal.SeriesRecord;
import io.narthex.storage.tsdb.wal.Snapshot;
import io.narthex.storage.tsdb.wal.TombstoneRecord;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Fills an empty head from what an earlier process left: first the chunks in head-chunk files
 * ({@link #fileChunk}), then the log's records in their order, then those of the out-of-order log
 * ({@link #late}). A snapshot ({@link #restore}) stands for the log's records up to some place.
 *
 * <p>Samples that a file's chunk has already are passed over, and so are those before the head's
 * {@link Head#minValid}, which are in a block. One thread at a time; nothing reads the head yet.
 */
public final class Replay {
  private final Head head;
  private final SeriesTable table;
  private final long minValid;

  /** Lists of chunks by the ref of a series that the log has not told of yet. */
  private final RefMap orphans = new RefMap();

  /** Slots by refs which the log gave to series that had another one. */
  private final RefMap aliases = new RefMap();

  /** The same for the head: pairs of such a ref and the one that the series has. */
  private long[] aliasPairs = new long[0];

  /** Whether a file's chunk was passed over that only the log has otherwise. */
  private boolean needsLog;

  private long unknown;
  private long minTime = Long.MAX_VALUE;
  private long maxTime = Long.MIN_VALUE;
  private long lastRef;

  /** Begins to fill a head. */
  public Replay(Head head) {
    this.head = head;
    this.table = head.table();
    this.minValid = head.minValid();
  }

  /** Samples and other things of series that no record tells of. */
  public long unknown() {
    return unknown;
  }

  /**
   * A chunk in a head-chunk file. Those out of order are passed over: the out-of-order log repeats
   * their samples.
   */
  public void fileChunk(long seriesRef, long ref, long chunkMin, long chunkMax, boolean late) {
    if (late || chunkMax < minValid) {
      return;
    }
    lastRef = Math.max(lastRef, Math.min(seriesRef, SeriesTable.MAX_REF));
    int list = orphans.get(seriesRef);
    if (list != 0 && FileChunks.lastMax(head.chunkMemory(), list) >= chunkMin) {
      // Not its successor: what it has comes back from the log.
      needsLog = true;
      return;
    }
    head.counters().chunksLoaded.increment();
    orphans.put(seriesRef, FileChunks.add(head.chunkMemory(), list, chunkMin, chunkMax, ref));
  }

  /** New series. */
  public void series(SeriesRecord record) {
    for (int i = 0; i < record.size; i++) {
      long ref = record.refs[i];
      int count = record.labelCounts[i];
      if (ref <= 0 || ref > SeriesTable.MAX_REF || count == 0) {
        unknown++;
        continue;
      }
      lastRef = Math.max(lastRef, ref);
      int from = record.starts[i];
      int length = record.ends[i] - from;
      int h = table.hash(record.bytes, from, length);
      int slot = table.find(h, record.bytes, from, length, count);
      if (slot < 0) {
        if (table.slot(ref) >= 0) {
          // Two series of one ref: the log contradicts itself, the first one stays.
          unknown++;
          continue;
        }
        slot = table.add(h, record.bytes, from, length, count, ref);
        head.counters().seriesCreated.increment();
        adopt(slot, orphans.remove(ref));
      } else if (table.ref(slot) != ref && aliases.get(ref) == 0) {
        aliases.put(ref, slot + 1);
        int n = aliasPairs.length;
        aliasPairs = Arrays.copyOf(aliasPairs, n + 2);
        aliasPairs[n] = ref;
        aliasPairs[n + 1] = table.ref(slot);
        adopt(slot, orphans.remove(ref));
      }
    }
  }

  /** Gives a series the chunks that were found for its ref. */
  private void adopt(int slot, int list) {
    if (list == 0) {
      return;
    }
    MemorySegment page = table.page(slot);
    long at = SeriesTable.at(slot);
    Slabs memory = head.chunkMemory();
    if (page.get(Layouts.INT, at + SeriesTable.BUFFER) != 0) {
      // Samples came before the record of the second ref: the log has them all.
      needsLog = true;
      FileChunks.free(memory, list);
      return;
    }
    int own = page.get(Layouts.INT, at + SeriesTable.CHUNKS);
    if (own == 0) {
      page.set(Layouts.INT, at + SeriesTable.CHUNKS, list);
    } else {
      int[] joined = {own};
      FileChunks.forEach(
          memory,
          list,
          (min, max, ref) -> {
            if (min > FileChunks.lastMax(memory, joined[0])) {
              joined[0] = FileChunks.add(memory, joined[0], min, max, ref);
            } else {
              needsLog = true;
            }
          });
      FileChunks.free(memory, list);
      page.set(Layouts.INT, at + SeriesTable.CHUNKS, joined[0]);
    }
    int all = page.get(Layouts.INT, at + SeriesTable.CHUNKS);
    long max = FileChunks.lastMax(memory, all);
    page.set(
        Layouts.LONG,
        at + SeriesTable.MAX_TIME,
        Math.max(max, page.get(Layouts.LONG, at + SeriesTable.MAX_TIME)));
    FileChunks.forEach(
        memory, all, (chunkMin, chunkMax, ref) -> minTime = Math.min(minTime, chunkMin));
    maxTime = Math.max(maxTime, max);
  }

  /**
   * The slot of a ref, -1 when no record tells of it. Such a ref is not given out again all the
   * same: a new series would get what else the logs have under it.
   */
  private int slot(long ref) {
    int slot = table.slot(ref);
    if (slot < 0) {
      slot = aliases.isEmpty() ? -1 : aliases.get(ref) - 1;
      if (slot < 0) {
        seen(ref);
      }
    }
    return slot;
  }

  private void seen(long ref) {
    if (ref <= SeriesTable.MAX_REF) {
      lastRef = Math.max(lastRef, ref);
    }
  }

  /** Whether the log must be read from its beginning to get all that the files lack. */
  public boolean needsLog() {
    return needsLog;
  }

  /**
   * Loads a snapshot, behind the head-chunk files and before the log. A series' open chunk is left
   * out if a file has it: then it was completed after the snapshot.
   *
   * @return the number of series
   * @throws IOException when it cannot be read; what was loaded until then is to be {@link
   *     #discard}ed
   */
  public int restore(Disk disk, Snapshot.Dir snapshot) throws IOException {
    Restoring restoring = new Restoring();
    Snapshot.read(disk, snapshot, restoring);
    if (needsLog) {
      throw new CorruptionException(
          snapshot.path(), -1, "chunks of its series overlap in the head-chunk files");
    }
    return restoring.series;
  }

  private final class Restoring implements Snapshot.Handler {
    private final ChunkDecoder decoder = new ChunkDecoder();
    private final SampleBatch batch = new SampleBatch(128);
    private int series;

    @Override
    public void series(
        SeriesRecord record,
        @Nullable HeadChunk chunk,
        double lastValue,
        @Nullable NativeHistogram lastHistogram)
        throws IOException {
      Replay.this.series(record);
      series++;
      int slot = slot(record.refs[0]);
      if (chunk == null || chunk.maxTime < minValid) {
        return;
      }
      if (slot < 0 || chunk.minTime > chunk.maxTime) {
        throw new CorruptionException(null, -1, "snapshot: got a series that cannot be");
      }
      MemorySegment page = table.page(slot);
      long at = SeriesTable.at(slot);
      if (chunk.minTime <= page.get(Layouts.LONG, at + SeriesTable.MAX_TIME)) {
        return;
      }
      Encoding encoding = Encoding.of(chunk.encoding);
      if (encoding == head.commits().openEncoding()) {
        head.commits().restore(page, at, chunk);
      } else if (head.histograms().takes(encoding)) {
        head.histograms().restore(page, at, slot, chunk, lastHistogram);
      } else {
        // Not what this head writes: its samples begin a chunk of another encoding.
        again(page, at, slot, chunk);
        return;
      }
      page.set(Layouts.LONG, at + SeriesTable.MAX_TIME, chunk.maxTime);
      minTime = Math.min(minTime, Math.max(minValid, chunk.minTime));
      maxTime = Math.max(maxTime, chunk.maxTime);
    }

    private void again(MemorySegment page, long at, int slot, HeadChunk chunk)
        throws CorruptionException {
      decoder.reset(chunk.encoding, chunk.bytes(), chunk.offset, chunk.length);
      while (decoder.read(batch) > 0) {
        for (int i = 0; i < batch.size; i++) {
          long start = batch.hasStartTimestamps ? batch.startTimestamps[i] : 0;
          if (batch.kind == SampleBatch.Kind.HISTOGRAM) {
            append(page, at, slot, batch.timestamps[i], batch.histograms[i], start);
          } else {
            append(page, at, slot, batch.timestamps[i], batch.values[i], start);
          }
        }
      }
    }

    @Override
    public void tombstones(TombstoneRecord record) {
      Replay.this.tombstones(record);
    }

    @Override
    public void exemplars(ExemplarRecord record) {
      Replay.this.exemplars(record);
    }
  }

  /** Empties the head again, after a snapshot that turned out to be damaged. */
  public void discard() {
    Slabs memory = head.chunkMemory();
    int[] slots = head.labels().all().toArray();
    for (int slot : slots) {
      MemorySegment page = table.page(slot);
      long at = SeriesTable.at(slot);
      FileChunks.free(memory, page.get(Layouts.INT, at + SeriesTable.CHUNKS));
      page.set(Layouts.INT, at + SeriesTable.CHUNKS, 0);
      int buffer = page.get(Layouts.INT, at + SeriesTable.BUFFER);
      if (buffer != 0) {
        memory.free(buffer, memory.segment(buffer).get(Layouts.INT, Slabs.offset(buffer)));
        page.set(Layouts.INT, at + SeriesTable.BUFFER, 0);
      }
      head.histograms().remove(slot);
      table.forget(table.hide(slot));
    }
    if (slots.length > 0) {
      table.reclaim(table.remove(slots, slots.length));
    }
    orphans.forEach(list -> FileChunks.free(memory, list));
    head.deleted().clear();
    head.exemplars().clear();
    head.counters().seriesCreated.reset();
    head.counters().chunksCreated.reset();
    head.counters().chunksLoaded.reset();
  }

  private void append(MemorySegment page, long at, int slot, long time, double value, long start) {
    long last = page.get(Layouts.LONG, at + SeriesTable.MAX_TIME);
    if (time <= last || time < minValid) {
      return;
    }
    if (!head.commits()
        .appendFloat(
            page,
            at,
            slot,
            page.get(Layouts.LONG, at + SeriesTable.REF),
            time,
            value,
            start,
            last)) {
      return;
    }
    page.set(Layouts.LONG, at + SeriesTable.MAX_TIME, time);
    page.set(Layouts.LONG, at + SeriesTable.LAST_BITS, Double.doubleToRawLongBits(value));
    minTime = Math.min(minTime, time);
    maxTime = Math.max(maxTime, time);
  }

  private void append(
      MemorySegment page,
      long at,
      int slot,
      long time,
      @Nullable NativeHistogram histogram,
      long start) {
    long last = page.get(Layouts.LONG, at + SeriesTable.MAX_TIME);
    if (histogram == null || time <= last || time < minValid || !histogram.isValid()) {
      return;
    }
    if (!head.histograms().append(page, at, slot, time, histogram, start, last)) {
      return;
    }
    page.set(Layouts.LONG, at + SeriesTable.MAX_TIME, time);
    minTime = Math.min(minTime, time);
    maxTime = Math.max(maxTime, time);
  }

  /** Float samples. */
  public void samples(SampleRecord record) {
    Commits commits = head.commits();
    boolean starts = record.hasStarts && head.options().starts().any();
    long min = minTime;
    long max = maxTime;
    for (int i = 0; i < record.size; i++) {
      long time = record.times[i];
      if (time < minValid) {
        seen(record.refs[i]);
        continue;
      }
      int slot = slot(record.refs[i]);
      if (slot < 0) {
        unknown++;
        continue;
      }
      MemorySegment page = table.page(slot);
      long at = SeriesTable.at(slot);
      long last = page.get(Layouts.LONG, at + SeriesTable.MAX_TIME);
      if (time <= last) {
        continue;
      }
      double value = record.values[i];
      if (!commits.appendFloat(
          page,
          at,
          slot,
          page.get(Layouts.LONG, at + SeriesTable.REF),
          time,
          value,
          starts ? record.starts[i] : 0,
          last)) {
        continue;
      }
      page.set(Layouts.LONG, at + SeriesTable.MAX_TIME, time);
      page.set(Layouts.LONG, at + SeriesTable.LAST_BITS, Double.doubleToRawLongBits(value));
      min = Math.min(min, time);
      max = Math.max(max, time);
    }
    minTime = min;
    maxTime = max;
  }

  /** Native histograms. */
  public void histograms(HistogramRecord record) {
    for (int i = 0; i < record.size; i++) {
      long time = record.times[i];
      NativeHistogram histogram = record.histograms[i];
      if (time < minValid || histogram == null) {
        seen(record.refs[i]);
        continue;
      }
      int slot = slot(record.refs[i]);
      if (slot < 0) {
        unknown++;
        continue;
      }
      append(table.page(slot), SeriesTable.at(slot), slot, time, histogram, record.starts[i]);
    }
  }

  /** Deleted ranges. */
  public void tombstones(TombstoneRecord record) {
    for (int i = 0; i < record.size; i++) {
      int slot = slot(record.refs[i]);
      if (slot < 0) {
        unknown++;
      } else if (record.minTimes[i] <= record.maxTimes[i] && record.maxTimes[i] >= minValid) {
        head.deleted()
            .put(
                slot,
                head.deleted()
                    .getOrDefault(slot, Intervals.NONE)
                    .with(record.minTimes[i], record.maxTimes[i]));
      }
    }
  }

  /** Exemplars. */
  public void exemplars(ExemplarRecord record) {
    for (int i = 0; i < record.size; i++) {
      int slot = slot(record.refs[i]);
      if (slot < 0) {
        unknown++;
      } else if (record.times[i] >= minValid) {
        head.exemplars()
            .add(slot, new Exemplar(record.labels[i], record.values[i], record.times[i], true));
      }
    }
  }

  /** Metadata. */
  public void metadata(MetadataRecord record) {
    for (int i = 0; i < record.size; i++) {
      int slot = slot(record.refs[i]);
      if (slot < 0) {
        unknown++;
      } else {
        head.setMetadata(slot, record.metadata[i]);
      }
    }
  }

  /** Float samples of the out-of-order log. */
  public void late(SampleRecord record) {
    for (int i = 0; i < record.size; i++) {
      long start = record.hasStarts ? record.starts[i] : 0;
      late(record.refs[i], record.times[i], record.values[i], start, null);
    }
  }

  /** Histograms of the out-of-order log. */
  public void late(HistogramRecord record) {
    for (int i = 0; i < record.size; i++) {
      late(record.refs[i], record.times[i], 0, record.starts[i], record.histograms[i]);
    }
  }

  private void late(
      long ref, long time, double value, long start, @Nullable NativeHistogram histogram) {
    int slot = slot(ref);
    if (slot < 0) {
      unknown++;
      return;
    }
    if (head.outOfOrder().add(slot, time, value, start, histogram, 0, Long.MAX_VALUE)) {
      MemorySegment page = table.page(slot);
      long at = SeriesTable.at(slot);
      short flags = page.get(Layouts.SHORT, at + SeriesTable.FLAGS);
      page.set(
          Layouts.SHORT, at + SeriesTable.FLAGS, (short) (flags | SeriesTable.HAS_OUT_OF_ORDER));
      head.spreadOutOfOrder(time);
    }
  }

  /** Ends the replay: chunks of series that the log did not tell of are forgotten. */
  public void end() {
    orphans.forEach(list -> FileChunks.free(head.chunkMemory(), list));
    table.reserveRefs(lastRef);
    head.setAliases(aliasPairs);
    if (minTime <= maxTime) {
      head.spread(minTime, maxTime);
    }
  }
}
