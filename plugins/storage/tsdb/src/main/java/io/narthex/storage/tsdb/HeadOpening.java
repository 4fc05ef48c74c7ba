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
import io.narthex.storage.tsdb.wal.TombstoneRecord;
import io.narthex.storage.tsdb.wal.WalReplay;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fills the head when the database is opened: head-chunk files, the last checkpoint and the log's
 * segments behind it, the out-of-order log. What is damaged is cut off, counted and told, as
 * Prometheus does; what stood before the damage is kept.
 */
final class HeadOpening implements WalReplay.Handler {
  private static final Logger log = LoggerFactory.getLogger(HeadOpening.class);

  private final Replay replay;
  private final ReplayState progress;
  private final boolean late;

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
   */
  static void open(
      Disk disk,
      Path directory,
      Path chunkFolder,
      boolean mend,
      Head head,
      Executor closer,
      ReplayState progress)
      throws IOException, InterruptedException {
    long began = System.nanoTime();
    log.info("Replaying on-disk memory mappable chunks if any");
    HeadChunkFiles files = HeadChunkFiles.open(disk, chunkFolder, closer);
    head.use(files, null, null);
    Replay replay = new Replay(head);
    try {
      files.visit((seriesRef, ref, minTime, maxTime, encoding, outOfOrder, samples) ->
          replay.fileChunk(seriesRef, ref, minTime, maxTime, outOfOrder));
    } catch (CorruptionException e) {
      head.counters().headChunkCorruptions.increment();
      log.error(
          "Loading on-disk chunks failed: the rest comes back from the log err=\"{}\"",
          e.getMessage());
      files.cut(e);
    }
    long chunks = System.nanoTime();
    log.info(
        "On-disk memory mappable chunks replay completed duration={}ms",
        (chunks - began) / 1_000_000);
    log.info("Replaying WAL, this may take a while");
    Path wal = directory.resolve("wal");
    int threads = Runtime.getRuntime().availableProcessors();
    Checkpoint.Dir checkpoint = Checkpoint.last(disk, wal);
    int first = 0;
    if (checkpoint != null) {
      first = checkpoint.index() + 1;
      WalReplay.run(
          disk,
          Segments.list(disk, checkpoint.path()),
          new HeadOpening(replay, progress, false),
          threads);
      log.info("WAL checkpoint loaded");
    }
    int from = first;
    List<Segments.Segment> segments =
        Segments.list(disk, wal).stream().filter(s -> s.index() >= from).toList();
    if (!segments.isEmpty()) {
      progress.begin(segments.getFirst().index(), segments.getLast().index());
    }
    replayOrCut(disk, head, mend, segments, new HeadOpening(replay, progress, false), threads);
    long logs = System.nanoTime();
    Path wbl = directory.resolve("wbl");
    if (disk.exists(wbl)) {
      replayOrCut(
          disk,
          head,
          mend,
          Segments.list(disk, wbl),
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
        "WAL replay completed mmap_chunk_replay_duration={}ms wal_replay_duration={}ms"
            + " wbl_replay_duration={}ms total_replay_duration={}ms",
        (chunks - began) / 1_000_000,
        (logs - chunks) / 1_000_000,
        (end - logs) / 1_000_000,
        (end - began) / 1_000_000);
    if (Thread.interrupted()) {
      throw new InterruptedException("opening the database was interrupted");
    }
  }

  private static void replayOrCut(
      Disk disk,
      Head head,
      boolean mend,
      List<Segments.Segment> segments,
      HeadOpening handler,
      int threads)
      throws IOException {
    try {
      WalReplay.run(disk, segments, handler, threads);
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
    progress.at(segment.index());
    if (Thread.currentThread().isInterrupted()) {
      throw new java.io.InterruptedIOException("opening the database was interrupted");
    }
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
