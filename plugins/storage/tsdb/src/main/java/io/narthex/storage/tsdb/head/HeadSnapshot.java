package io.narthex.storage.tsdb.head;

import io.narthex.api.model.NativeHistogram;
import io.narthex.storage.tsdb.select.Intervals;
import io.narthex.storage.tsdb.wal.Compression;
import io.narthex.storage.tsdb.wal.ExemplarRecord;
import io.narthex.storage.tsdb.wal.HeadChunk;
import io.narthex.storage.tsdb.wal.Snapshot;
import io.narthex.storage.tsdb.wal.TombstoneRecord;
import io.narthex.storage.tsdb.wal.WalWriter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes what of the head is in memory alone: series with their open chunks, deletions, exemplars.
 * Samples out of order are not in it, their log is read as a whole at each start; metadata are not
 * either, as upstream. {@link Replay#restore} reads it.
 */
final class HeadSnapshot {
  private static final Logger log = LoggerFactory.getLogger(HeadSnapshot.class);

  /** Exemplars in a record, and deletions. */
  private static final int RECORD = 10_000;

  private final Head head;
  private final SeriesTable table;
  private final LabelStore labels;
  private final Snapshot.Writer out;
  private final HeadChunk chunk = new HeadChunk();
  private int[] pairs = new int[32];
  private byte[] packed = new byte[512];

  private HeadSnapshot(Head head, Snapshot.Writer out) {
    this.head = head;
    this.table = head.table();
    this.labels = head.labels();
    this.out = out;
  }

  /**
   * Writes a snapshot, under the commit lock. A failure is told, and loses nothing: the log has it
   * all.
   *
   * @param end up to where it stands for the log
   * @param aliases pairs of a ref in the logs and the one that its series has. They become series
   *     without a chunk behind all others, which is how both this head and upstream's learn of them
   */
  static void write(
      Head head, Path directory, WalWriter.Position end, Compression compression, long[] aliases) {
    long began = System.nanoTime();
    log.info("Creating chunk snapshot");
    Snapshot.Dir written;
    try (Snapshot.Writer out = new Snapshot.Writer(head.disk(), directory, end, compression)) {
      HeadSnapshot snapshot = new HeadSnapshot(head, out);
      snapshot.series();
      snapshot.aliases(aliases);
      snapshot.tombstones();
      snapshot.exemplars();
      written = out.finish();
    } catch (IOException e) {
      log.error(
          "Creating a chunk snapshot failed, the next start reads the log err=\"{}\"",
          e.getMessage());
      return;
    }
    log.info(
        "Chunk snapshot complete duration={}ms num_series={} dir={}",
        (System.nanoTime() - began) / 1_000_000,
        head.seriesCount(),
        written.path());
  }

  private void series() throws IOException {
    for (int slot : labels.all().toArray()) {
      long ref = table.ref(slot);
      if (ref == 0) {
        continue;
      }
      MemorySegment page = table.page(slot);
      long at = SeriesTable.at(slot);
      NativeHistogram lastHistogram = head.histograms().copy(slot, chunk);
      int buffer = page.get(Layouts.INT, at + SeriesTable.BUFFER);
      if (buffer == 0) {
        series(ref, slot, lastHistogram == null ? null : chunk, 0, lastHistogram);
        continue;
      }
      if (lastHistogram != null) {
        // One of them could not be written to a file; there is room for one chunk here.
        throw new IOException("a series has chunks in memory that its head-chunk file refused");
      }
      chunk.length = (page.get(Layouts.INT, at + SeriesTable.BITS) + 7) >>> 3;
      chunk.room(chunk.length);
      chunk.offset = 0;
      chunk.encoding = head.commits().openEncoding().code();
      chunk.minTime = page.get(Layouts.LONG, at + SeriesTable.OPEN_MIN);
      chunk.maxTime = page.get(Layouts.LONG, at + SeriesTable.MAX_TIME);
      MemorySegment.copy(
          head.chunkMemory().segment(buffer),
          Slabs.offset(buffer) + head.commits().openData(),
          chunk.segment(),
          0,
          chunk.length);
      double last = Double.longBitsToDouble(page.get(Layouts.LONG, at + SeriesTable.LAST_BITS));
      series(ref, slot, chunk, last, null);
    }
  }

  private void series(
      long ref,
      int slot,
      @Nullable HeadChunk open,
      double lastValue,
      @Nullable NativeHistogram lastHistogram)
      throws IOException {
    pairs = table.pairs(slot, pairs);
    int count = table.labelCount(slot);
    int n = 0;
    for (int i = 0; i < count; i++) {
      byte[] name = labels.nameOf(pairs[i]).utf8;
      int valueLength = labels.valueLength(pairs[i]);
      int most = n + name.length + valueLength + 10;
      if (most > packed.length) {
        packed = Arrays.copyOf(packed, Math.max(most, 2 * packed.length));
      }
      n = Varints.put(packed, n, name.length);
      System.arraycopy(name, 0, packed, n, name.length);
      n = Varints.put(packed, n + name.length, valueLength);
      n = labels.copyValue(pairs[i], packed, n);
    }
    out.series(ref, count, packed, 0, n, open, lastValue, lastHistogram);
  }

  private void aliases(long[] aliases) throws IOException {
    for (int i = 0; i < aliases.length; i += 2) {
      int slot = table.slot(aliases[i + 1]);
      if (slot >= 0) {
        series(aliases[i], slot, null, 0, null);
      }
    }
  }

  private void tombstones() throws IOException {
    TombstoneRecord record = new TombstoneRecord();
    for (Map.Entry<Integer, Intervals> each : head.deleted().entrySet()) {
      long ref = table.ref(each.getKey());
      for (int i = 0; ref != 0 && i < each.getValue().size(); i++) {
        record.add(ref, each.getValue().from(i), each.getValue().to(i));
      }
      if (record.size >= RECORD) {
        out.tombstones(record);
        record.clear();
      }
    }
    if (record.size > 0) {
      out.tombstones(record);
    }
  }

  private void exemplars() throws IOException {
    ExemplarRecord record = new ExemplarRecord();
    IOException[] failure = {null};
    head.exemplars()
        .forEach((slot, e) -> {
          long ref = table.ref(slot);
          if (ref == 0 || failure[0] != null) {
            return;
          }
          record.add(ref, e.timestamp(), e.value(), e.labels());
          if (record.size == RECORD) {
            try {
              out.exemplars(record);
            } catch (IOException x) {
              failure[0] = x;
            }
            record.clear();
          }
        });
    if (failure[0] != null) {
      throw failure[0];
    }
    if (record.size > 0) {
      out.exemplars(record);
    }
  }
}
