package io.narthex.storage.tsdb;

import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.head.Head;
import io.narthex.storage.tsdb.head.Replay;
import io.narthex.storage.tsdb.wal.Checkpoint;
import io.narthex.storage.tsdb.wal.ExemplarRecord;
import io.narthex.storage.tsdb.wal.HeadChunkFiles;
import io.narthex.storage.tsdb.wal.HistogramRecord;
import io.narthex.storage.tsdb.wal.MetadataRecord;
import io.narthex.storage.tsdb.wal.Repair;
import io.narthex.storage.tsdb.wal.SampleRecord;
import io.narthex.storage.tsdb.wal.Segments;
import io.narthex.storage.tsdb.wal.SeriesRecord;
import io.narthex.storage.tsdb.wal.Snapshot;
import io.narthex.storage.tsdb.wal.TombstoneRecord;
import io.narthex.storage.tsdb.wal.WalReplay;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fills the head when the database is opened: head-chunk files, the last checkpoint and the log's
 * segments behind it, the out-of-order log. What is damaged is cut off, counted and told, as
 * Prometheus does; what stood before the damage is kept. So it is in a checkpoint, too, of which
 * Prometheus does not start.
 *
 * <p>A snapshot, when there is one and it is wanted, takes the place of the checkpoint and the
 * segments up to where it was made. All that is in it is in the log, so when it is damaged, or the
 * head-chunk files are, it counts for nothing.
 */
final class HeadOpening implements WalReplay.Handler {
  private static final Logger log = LoggerFactory.getLogger(HeadOpening.class);

  private final Replay replay;
  private final ReplayState progress;
  private final boolean late;

  /** Bytes of earlier segments. */
  private long before;

  private long inSegment;

  private HeadOpening(Replay replay, ReplayState progress, boolean late) {
    this.replay = replay;
    this.progress = progress;
    this.late = late;
  }

  /**
   * Fills a head.
   *
   * @param chunkFolder the folder of head-chunk files, which may be written to
   * @param mend whether damage is cut off, rather than reported
   * @param snapshots whether a snapshot is read
   */
  static void open(
      Disk disk,
      Path directory,
      Path chunkFolder,
      boolean mend,
      boolean snapshots,
      Head head,
      Executor closer,
      ReplayState progress)
      throws IOException, InterruptedException {
    long began = System.nanoTime();
    log.info("Replaying on-disk memory mappable chunks if any");
    HeadChunkFiles files = HeadChunkFiles.open(disk, chunkFolder, closer);
    head.use(files, null, null);
    Replay replay = new Replay(head);
    boolean whole = fileChunks(files, replay, head);
    long chunks = System.nanoTime();
    log.info(
        "On-disk memory mappable chunks replay completed duration={}ms",
        (chunks - began) / 1_000_000);
    Snapshot.Dir snapshot = snapshots ? snapshot(disk, directory, whole) : null;
    if (snapshot != null && !restore(disk, snapshot, replay, head)) {
      snapshot = null;
      replay.discard();
      replay = new Replay(head);
      fileChunks(files, replay, head);
    }
    long loaded = System.nanoTime();
    log.info("Replaying WAL, this may take a while");
    Path wal = directory.resolve("wal");
    int threads = Runtime.getRuntime().availableProcessors();
    Checkpoint.Dir checkpoint = Checkpoint.last(disk, wal);
    int first = 0;
    if (checkpoint != null && (snapshot == null || checkpoint.index() >= snapshot.segment())) {
      first = checkpoint.index() + 1;
      replayOrCut(
          disk,
          head,
          mend,
          Segments.list(disk, checkpoint.path()),
          0,
          new HeadOpening(replay, new ReplayState(), false),
          threads);
      log.info("WAL checkpoint loaded");
    }
    long offset = 0;
    if (snapshot != null && snapshot.segment() >= first) {
      first = snapshot.segment();
      offset = snapshot.offset();
    }
    int from = first;
    List<Segments.Segment> segments =
        Segments.list(disk, wal).stream().filter(s -> s.index() >= from).toList();
    if (!segments.isEmpty()) {
      if (segments.getFirst().index() > from) {
        offset = 0;
      }
      long bytes = 0;
      for (Segments.Segment each : segments) {
        bytes += disk.size(each.path());
      }
      progress.begin(segments.getFirst().index(), segments.getLast().index(), bytes);
    }
    try {
      replayOrCut(
          disk, head, mend, segments, offset, new HeadOpening(replay, progress, false), threads);
    } finally {
      progress.end();
    }
    long logs = System.nanoTime();
    Path wbl = directory.resolve("wbl");
    if (disk.exists(wbl)) {
      replayOrCut(
          disk,
          head,
          mend,
          Segments.list(disk, wbl),
          0,
          new HeadOpening(replay, progress, true),
          threads);
    }
    replay.end();
    if (replay.unknown() > 0) {
      log.warn("Unknown series references count={}", replay.unknown());
    }
    long end = System.nanoTime();
    head.counters().replayNanos.set(end - began);
    log.info(
        "WAL replay completed mmap_chunk_replay_duration={}ms chunk_snapshot_load_duration={}ms"
            + " wal_replay_duration={}ms wbl_replay_duration={}ms total_replay_duration={}ms",
        (chunks - began) / 1_000_000,
        (loaded - chunks) / 1_000_000,
        (logs - loaded) / 1_000_000,
        (end - logs) / 1_000_000,
        (end - began) / 1_000_000);
    if (Thread.interrupted()) {
      throw new InterruptedException("opening the database was interrupted");
    }
  }

  /**
   * Reads the places of chunks in files.
   *
   * @return whether the files have all that was written to them
   */
  private static boolean fileChunks(HeadChunkFiles files, Replay replay, Head head)
      throws IOException {
    try {
      files.visit((seriesRef, ref, minTime, maxTime, encoding, outOfOrder, samples) ->
          replay.fileChunk(seriesRef, ref, minTime, maxTime, outOfOrder));
      return !replay.needsLog();
    } catch (CorruptionException e) {
      head.counters().headChunkCorruptions.increment();
      log.error(
          "Loading on-disk chunks failed: the rest comes back from the log err=\"{}\"",
          e.getMessage());
      files.cut(e);
      return false;
    }
  }

  /** The snapshot to read; null when there is none that is of use. */
  private static Snapshot.@Nullable Dir snapshot(Disk disk, Path directory, boolean wholeFiles)
      throws IOException {
    Snapshot.Dir last = Snapshot.last(disk, directory);
    if (last == null) {
      return null;
    }
    if (!wholeFiles) {
      log.warn(
          "Chunk snapshot not used: head-chunk files lack what only the log has dir={}",
          last.path());
      return null;
    }
    List<Segments.Segment> segments = Segments.list(disk, directory.resolve("wal"));
    if (segments.isEmpty() || segments.getLast().index() < last.segment()) {
      log.warn("Last WAL file is behind snapshot, removing snapshots dir={}", last.path());
      Snapshot.deleteOthers(disk, directory, null);
      return null;
    }
    return last;
  }

  private static boolean restore(Disk disk, Snapshot.Dir snapshot, Replay replay, Head head) {
    long began = System.nanoTime();
    try {
      int series = replay.restore(disk, snapshot);
      log.info(
          "Chunk snapshot loaded dir={} num_series={} duration={}ms",
          snapshot.path(),
          series,
          (System.nanoTime() - began) / 1_000_000);
      return true;
    } catch (IOException | RuntimeException e) {
      head.counters().snapshotFailures.increment();
      log.error(
          "Failed to load chunk snapshot, reading the whole log instead dir={} err=\"{}\"",
          snapshot.path(),
          e.getMessage());
      return false;
    }
  }

  private static void replayOrCut(
      Disk disk,
      Head head,
      boolean mend,
      List<Segments.Segment> segments,
      long offset,
      HeadOpening handler,
      int threads)
      throws IOException {
    try {
      WalReplay.run(disk, segments, offset, handler, threads);
    } catch (CorruptionException e) {
      if (!mend) {
        throw e;
      }
      head.counters().logCorruptions.increment();
      log.warn("Encountered WAL read error, attempting repair err=\"{}\"", e.getMessage());
      Repair.cut(disk, e);
    }
  }

  @Override
  public void segment(Segments.Segment segment) throws IOException {
    before += inSegment;
    inSegment = 0;
    progress.at(segment.index(), before);
    if (Thread.currentThread().isInterrupted()) {
      throw new java.io.InterruptedIOException("opening the database was interrupted");
    }
  }

  @Override
  public void done(Segments.Segment segment, long offset) {
    inSegment = offset;
    progress.at(segment.index(), before + offset);
  }

  @Override
  public void series(SeriesRecord record) {
    if (!late) {
      replay.series(record);
    }
  }

  @Override
  public void samples(SampleRecord record) {
    if (late) {
      replay.late(record);
    } else {
      replay.samples(record);
    }
  }

  @Override
  public void histograms(HistogramRecord record) {
    if (late) {
      replay.late(record);
    } else {
      replay.histograms(record);
    }
  }

  @Override
  public void tombstones(TombstoneRecord record) {
    replay.tombstones(record);
  }

  @Override
  public void exemplars(ExemplarRecord record) {
    replay.exemplars(record);
  }

  @Override
  public void metadata(MetadataRecord record) {
    replay.metadata(record);
  }
}
