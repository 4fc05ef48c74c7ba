package io.narthex.storage.tsdb.wal;

import io.narthex.api.model.Metadata;
import io.narthex.api.model.NativeHistogram;
import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.file.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/**
 * What is still needed of old segments, in place of them: a folder {@code checkpoint.00000007} in
 * the log's folder is a log of its own, with which the segments up to number 7 may be deleted. It
 * is made under a temporary name and renamed when it is durable.
 */
public final class Checkpoint {
  private static final String PREFIX = "checkpoint.";
  private static final String TEMPORARY = ".tmp";

  /** Records are written out in groups of this many bytes. */
  private static final int GROUP_BYTES = 1 << 20;

  /** Metadata are written in records of this many. */
  private static final int METADATA_RECORD = 1000;

  private Checkpoint() {}

  /**
   * How much was read, and how much of it was left out.
   *
   * @param series all
   * @param droppedSeries left out
   * @param samples floats and histograms
   * @param droppedSamples left out
   * @param tombstones all
   * @param droppedTombstones left out
   * @param exemplars all
   * @param droppedExemplars left out
   * @param metadata all
   * @param droppedMetadata left out
   */
  public record Stats(
      long series,
      long droppedSeries,
      long samples,
      long droppedSamples,
      long tombstones,
      long droppedTombstones,
      long exemplars,
      long droppedExemplars,
      long metadata,
      long droppedMetadata) {}

  /**
   * A checkpoint.
   *
   * @param index number of the last segment that it stands for
   * @param path its folder, a log by itself
   */
  public record Dir(int index, Path path) {}

  /** The newest checkpoint of a log; null when there is none. */
  public static @Nullable Dir last(Disk disk, Path log) throws IOException {
    List<Dir> all = list(disk, log);
    return all.isEmpty() ? null : all.getLast();
  }

  private static List<Dir> list(Disk disk, Path log) throws IOException {
    List<Dir> found = new ArrayList<>();
    for (Path path : disk.list(log)) {
      String name = String.valueOf(path.getFileName());
      if (name.startsWith(PREFIX) && disk.isDirectory(path)) {
        int index = Segments.number(name.substring(PREFIX.length()));
        if (index >= 0) {
          found.add(new Dir(index, path));
        }
      }
    }
    found.sort((a, b) -> Integer.compare(a.index(), b.index()));
    return found;
  }

  /** Deletes the checkpoints whose number is below {@code index}. */
  public static void deleteBefore(Disk disk, Path log, int index) throws IOException {
    for (Dir each : list(disk, log)) {
      if (each.index() < index) {
        disk.delete(each.path());
      }
    }
  }

  /** Deletes what unfinished checkpoints left behind. */
  public static void deleteTemporary(Disk disk, Path log) throws IOException {
    for (Path path : disk.list(log)) {
      String name = String.valueOf(path.getFileName());
      if (name.startsWith(PREFIX) && name.endsWith(TEMPORARY)) {
        disk.delete(path);
      }
    }
  }

  /**
   * Makes the checkpoint {@code to} of the newest checkpoint, if there is one, and the segments
   * behind it up to {@code to}. The segments and older checkpoints stay; after a failure nothing is
   * left behind.
   *
   * @param from number of the first segment
   * @param to number of the last segment, inclusive; it must be complete
   * @param keep which series, by reference, are still needed
   * @param minTime samples, exemplars and deletions before this, in milliseconds, are left out
   * @throws CorruptionException when the log is damaged; it cannot be known then which series are
   *     lost, so there is no checkpoint
   */
  public static Stats create(
      Disk disk,
      Path log,
      int from,
      int to,
      LongPredicate keep,
      long minTime,
      Compression compression)
      throws IOException {
    deleteTemporary(disk, log);
    List<Segments.Segment> sources = new ArrayList<>();
    Dir last = last(disk, log);
    int first = from;
    if (last != null) {
      if (from > last.index() + 1) {
        throw new CorruptionException(
            last.path(),
            -1,
            "gap behind the last checkpoint: got segment " + from + ", want " + (last.index() + 1));
      }
      first = last.index() + 1;
      sources.addAll(Segments.list(disk, last.path()));
    }
    for (Segments.Segment each : Segments.list(disk, log)) {
      if (each.index() >= first && each.index() <= to) {
        sources.add(each);
      }
    }
    Path path = log.resolve(PREFIX + String.format(Locale.ROOT, "%08d", to));
    Path temporary = path.resolveSibling(path.getFileName() + TEMPORARY);
    boolean done = false;
    try {
      Filter filter = new Filter(keep, minTime);
      try (WalWriter writer =
          WalWriter.open(
              disk,
              temporary,
              compression,
              Segments.DEFAULT_SIZE,
              WalWriter.Sync.SEGMENT,
              Runnable::run,
              new WalMetrics())) {
        filter.writer = writer;
        WalReplay.run(disk, sources, filter, 1);
        filter.finish();
      }
      disk.syncDirectory(temporary);
      if (disk.exists(path)) {
        disk.delete(path);
      }
      disk.move(temporary, path);
      done = true;
      disk.syncDirectory(log);
      return filter.stats();
    } finally {
      if (!done) {
        try {
          disk.delete(temporary);
        } catch (IOException e) {
          // The next one deletes it.
        }
      }
    }
  }

  private static final class Filter implements WalReplay.Handler {
    private final LongPredicate keep;
    private final long minTime;
    private final RecordBuffer out = new RecordBuffer(GROUP_BYTES);
    private final Map<Long, Metadata> latest = new LinkedHashMap<>();
    @Nullable WalWriter writer;
    private long series;
    private long droppedSeries;
    private long samples;
    private long droppedSamples;
    private long tombstones;
    private long droppedTombstones;
    private long exemplars;
    private long droppedExemplars;
    private long metadata;
    private long droppedMetadata;

    Filter(LongPredicate keep, long minTime) {
      this.keep = keep;
      this.minTime = minTime;
    }

    private void flush(int above) throws IOException {
      WalWriter to = writer;
      if (out.length() > above && to != null) {
        to.log(out);
        out.clear();
      }
    }

    @Override
    public void series(SeriesRecord record) throws IOException {
      series += record.size;
      int n = 0;
      for (int i = 0; i < record.size; i++) {
        if (keep.test(record.refs[i])) {
          record.refs[n] = record.refs[i];
          record.labelCounts[n] = record.labelCounts[i];
          record.starts[n] = record.starts[i];
          record.ends[n++] = record.ends[i];
        }
      }
      droppedSeries += record.size - n;
      record.size = n;
      Records.series(record, out);
      flush(GROUP_BYTES);
    }

    @Override
    public void samples(SampleRecord record) throws IOException {
      samples += record.size;
      int n = 0;
      for (int i = 0; i < record.size; i++) {
        if (record.times[i] >= minTime) {
          record.refs[n] = record.refs[i];
          record.times[n] = record.times[i];
          record.values[n] = record.values[i];
          if (record.hasStarts) {
            record.starts[n] = record.starts[i];
          }
          n++;
        }
      }
      droppedSamples += record.size - n;
      record.size = n;
      Records.samples(record, out);
      flush(GROUP_BYTES);
    }

    @Override
    public void histograms(HistogramRecord record) throws IOException {
      samples += record.size;
      int n = 0;
      for (int i = 0; i < record.size; i++) {
        if (record.times[i] >= minTime) {
          record.refs[n] = record.refs[i];
          record.times[n] = record.times[i];
          NativeHistogram histogram = record.histograms[i];
          record.histograms[n] = histogram;
          record.starts[n++] = record.starts[i];
        }
      }
      droppedSamples += record.size - n;
      record.size = n;
      Records.histograms(record, record.hasStarts, out);
      flush(GROUP_BYTES);
    }

    @Override
    public void tombstones(TombstoneRecord record) throws IOException {
      tombstones += record.size;
      int n = 0;
      for (int i = 0; i < record.size; i++) {
        if (record.maxTimes[i] >= minTime) {
          record.refs[n] = record.refs[i];
          record.minTimes[n] = record.minTimes[i];
          record.maxTimes[n++] = record.maxTimes[i];
        }
      }
      droppedTombstones += record.size - n;
      record.size = n;
      Records.tombstones(record, out);
      flush(GROUP_BYTES);
    }

    @Override
    public void exemplars(ExemplarRecord record) throws IOException {
      exemplars += record.size;
      int n = 0;
      for (int i = 0; i < record.size; i++) {
        if (record.times[i] >= minTime) {
          record.refs[n] = record.refs[i];
          record.times[n] = record.times[i];
          record.values[n] = record.values[i];
          record.labels[n++] = record.labels[i];
        }
      }
      droppedExemplars += record.size - n;
      record.size = n;
      Records.exemplars(record, out);
      flush(GROUP_BYTES);
    }

    @Override
    public void metadata(MetadataRecord record) {
      metadata += record.size;
      for (int i = 0; i < record.size; i++) {
        if (!keep.test(record.refs[i]) || latest.put(record.refs[i], record.metadata[i]) != null) {
          droppedMetadata++;
        }
      }
    }

    void finish() throws IOException {
      MetadataRecord record = new MetadataRecord();
      for (Map.Entry<Long, Metadata> each : latest.entrySet()) {
        record.add(each.getKey(), each.getValue());
        if (record.size == METADATA_RECORD) {
          Records.metadata(record, out);
          record.clear();
          flush(GROUP_BYTES);
        }
      }
      Records.metadata(record, out);
      flush(0);
    }

    Stats stats() {
      return new Stats(
          series,
          droppedSeries,
          samples,
          droppedSamples,
          tombstones,
          droppedTombstones,
          exemplars,
          droppedExemplars,
          metadata,
          droppedMetadata);
    }
  }
}
