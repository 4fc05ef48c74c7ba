package io.narthex.storage.tsdb;

import io.narthex.storage.tsdb.compact.Retention;
import io.narthex.storage.tsdb.head.HeadOptions;
import io.narthex.storage.tsdb.wal.Compression;
import io.narthex.storage.tsdb.wal.WalWriter;

/**
 * How the database behaves, whatever configuration, flags and features say it.
 *
 * @param head the head's part; its chunk range is the length of blocks cut from it
 * @param maxBlock length that blocks grow to, milliseconds
 * @param compression of the write-ahead logs
 * @param segmentBytes when a log begins another segment; a multiple of 32 KiB
 * @param sync when a commit is safe from the loss of power
 * @param chunkSegmentBytes when a block begins another file of chunks
 * @param lockFile whether to keep other processes out of the directory
 * @param reloadInterval milliseconds between looks at the blocks on disk
 * @param compactionDelay the most milliseconds for which a compaction of the head is put off, 0 for
 *     none: the feature {@code delayed-compaction}
 * @param snapshotOnShutdown whether the head is written out at the end, for a quicker start: the
 *     feature {@code memory-snapshot-on-shutdown}
 * @param live what may be changed while the database is open
 */
public record TsdbSettings(
    HeadOptions head,
    long maxBlock,
    Compression compression,
    int segmentBytes,
    WalWriter.Sync sync,
    long chunkSegmentBytes,
    boolean lockFile,
    long reloadInterval,
    long compactionDelay,
    boolean snapshotOnShutdown,
    Live live) {

  /**
   * What a reload of the configuration may change.
   *
   * @param retention what is kept
   * @param outOfOrderWindow how late samples may come, milliseconds; 0 for not at all
   * @param staleThreshold the share of stale series, 0..1, from which on they are compacted at
   *     once; 0 for never
   */
  public record Live(Retention retention, long outOfOrderWindow, double staleThreshold) {}
}
