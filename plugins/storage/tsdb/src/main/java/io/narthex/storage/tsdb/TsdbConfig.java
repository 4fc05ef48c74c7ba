package io.narthex.storage.tsdb;

import io.narthex.api.config.ByteSize;
import io.narthex.api.config.Default;
import io.narthex.api.config.Flag;
import io.narthex.api.config.Help;
import io.narthex.api.model.Quoting;
import io.narthex.storage.tsdb.wal.WalWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Configuration of the database, below {@code storage.tsdb}: Prometheus's keys of that name, its
 * flags {@code --storage.tsdb.*}, and keys of our own. What is written in the file below {@code
 * retention} prevails over the flags, as it does there.
 *
 * <p>The keys that stand first, down to {@link #retention}, and {@link #defaultRetention} take
 * effect at a reload; the others at the next start.
 *
 * @param outOfOrderTimeWindow how late samples may come; 0 refuses those older than their series'
 *     newest
 * @param staleSeriesCompactionThreshold share of stale series, 0..1, from which on they are written
 *     to blocks at once; 0 for never
 * @param chunkEncoding of new chunks
 * @param retention what is kept
 * @param defaultRetention what is kept where {@code retention} does not say; the flags
 * @param walFsync when what was committed is safe from the loss of power
 * @param minBlockDuration length of the blocks made of the head
 * @param maxBlockDuration length that blocks grow to; 0 for a tenth of the retention, 31 days at
 *     most
 * @param maxBlockChunkSegmentSize when a block begins another file of chunks; 0 for 512 MiB
 * @param walSegmentSize when a log begins another segment; 0 for 128 MiB
 * @param walCompression whether records of the logs are compressed
 * @param walCompressionType how
 * @param samplesPerChunk samples that a chunk should have
 * @param allowOverlappingCompaction whether blocks that overlap are merged
 * @param delayedCompaction how long a compaction of the head may be put off
 * @param delayCompactFile of a program that uploads blocks
 * @param blockReloadInterval time between looks at the blocks on disk
 * @param noLockfile whether other processes are let into the directory
 * @param headChunksWriteQueueSize without effect: there is no such queue
 */
record TsdbConfig(
    @Help("How late samples may come; 0 refuses those older than their series' newest.")
        Duration outOfOrderTimeWindow,
    @Help(
            "Share of stale series in the head, 0 to 1, from which on they are written to blocks at"
                + " once; 0 for never.")
        double staleSeriesCompactionThreshold,
    ChunkEncoding chunkEncoding,
    Retention retention,
    DefaultRetention defaultRetention,
    @Help(
            "When what was committed is safe from the loss of power: segment, when a segment of the"
                + " log is complete, as Prometheus does; commit, before a commit returns. From the"
                + " end of the process it is safe always.")
        WalWriter.Sync walFsync,
    @Flag(
            value = "storage.tsdb.min-block-duration",
            hidden = true,
            help = "Minimum duration of a data block before being persisted. For use in testing.")
        @Default("2h")
        Duration minBlockDuration,
    @Flag(
            value = "storage.tsdb.max-block-duration",
            hidden = true,
            help =
                "Maximum duration compacted blocks may span. For use in testing. (Defaults to 10%"
                    + " of the retention period.)")
        Duration maxBlockDuration,
    @Flag(
            value = "storage.tsdb.max-block-chunk-segment-size",
            hidden = true,
            help = "The maximum size for a single chunk segment in a block. Example: 512MB")
        ByteSize maxBlockChunkSegmentSize,
    @Flag(
            value = "storage.tsdb.wal-segment-size",
            hidden = true,
            help = "Size at which to split the tsdb WAL segment files. Example: 100MB")
        ByteSize walSegmentSize,
    @Flag(
            value = "storage.tsdb.wal-compression",
            hidden = true,
            help =
                "Compress the tsdb WAL. If false, the --storage.tsdb.wal-compression-type flag is"
                    + " ignored.")
        @Default("true")
        boolean walCompression,
    @Flag(
            value = "storage.tsdb.wal-compression-type",
            hidden = true,
            help =
                "Compression algorithm for the tsdb WAL, used when --storage.tsdb.wal-compression"
                    + " is true.")
        CompressionType walCompressionType,
    @Flag(
            value = "storage.tsdb.samples-per-chunk",
            hidden = true,
            help = "Target number of samples per chunk.")
        @Default("120")
        int samplesPerChunk,
    @Flag(
            value = "storage.tsdb.allow-overlapping-compaction",
            hidden = true,
            help =
                "Allow compaction of overlapping blocks. If set to false, TSDB stops vertical"
                    + " compaction and leaves overlapping blocks there.")
        @Default("true")
        boolean allowOverlappingCompaction,
    DelayedCompaction delayedCompaction,
    DelayCompactFile delayCompactFile,
    @Flag(
            value = "storage.tsdb.block-reload-interval",
            hidden = true,
            help =
                "Interval at which to check for new or removed blocks in storage. Users who"
                    + " manually backfill or drop blocks must wait up to this duration before"
                    + " changes become available.")
        @Default("1m")
        Duration blockReloadInterval,
    @Flag(value = "storage.tsdb.no-lockfile", help = "Do not create lockfile in data directory.")
        boolean noLockfile,
    @Flag(
            value = "storage.tsdb.head-chunks-write-queue-size",
            help =
                "Size of the queue through which head chunks are written to the disk to be"
                    + " m-mapped, 0 disables the queue completely. Has no effect: there is no"
                    + " queue.")
        int headChunksWriteQueueSize) {
  private static final long MIB = 1 << 20;

  TsdbConfig {
    if (minBlockDuration.isZero()) {
      throw new IllegalArgumentException("min_block_duration must be positive; got 0s");
    }
    if (samplesPerChunk < 1) {
      throw new IllegalArgumentException(
          "samples_per_chunk must be positive; got " + samplesPerChunk);
    }
    long segment = walSegmentSize.bytes();
    if (segment != 0 && (segment < 10 * MIB || segment > 256 * MIB)) {
      throw new IllegalArgumentException(
          "flag 'storage.tsdb.wal-segment-size' must be set between 10MB and 256MB");
    }
    long chunks = maxBlockChunkSegmentSize.bytes();
    if (chunks != 0 && chunks < MIB) {
      throw new IllegalArgumentException(
          "flag 'storage.tsdb.max-block-chunk-segment-size' must be set over 1MB");
    }
  }

  /** How records of the logs are compressed. */
  enum CompressionType {
    SNAPPY,
    ZSTD
  }

  /**
   * How new chunks are encoded.
   *
   * @param floats {@code xor}, {@code xor2}, or empty for what features say
   */
  record ChunkEncoding(
      @Help(
              "Encoding of new chunks of floats: xor or xor2; empty for xor, or what"
                  + " --enable-feature says.")
          String floats) {
    ChunkEncoding {
      if (!floats.isEmpty() && !floats.equals("xor") && !floats.equals("xor2")) {
        throw new IllegalArgumentException(
            "'storage.tsdb.chunk_encoding.floats' must be 'xor' or 'xor2', or the field must be"
                + " omitted entirely, got "
                + Quoting.quote(floats));
      }
    }
  }

  /**
   * What is kept, by the file; 0 for what {@link DefaultRetention} says.
   *
   * @param time how far behind the end of the newest block a block may end
   * @param size bytes of all blocks, logs and head chunks together
   * @param percentage the same as a share of the file system's size, 0..100; prevails over {@code
   *     size}
   */
  record Retention(
      @Help("How long samples are kept; 0 for what the flag says.") Duration time,
      @Help(
              "How many bytes blocks, logs and head chunks may take together; 0 for what the flag"
                  + " says.")
          ByteSize size,
      @Help(
              "The same as a percentage of the file system's size, 0 to 100; prevails over size. 0"
                  + " for no such limit.")
          double percentage) {
    Retention {
      if (size.bytes() < 0) {
        throw new IllegalArgumentException(
            "'storage.tsdb.retention.size' must be greater than or equal to 0");
      }
      if (!(percentage >= 0 && percentage <= 100)) {
        throw new IllegalArgumentException(
            "'storage.tsdb.retention.percentage' must be in the range [0, 100]");
      }
    }
  }

  /**
   * What is kept where {@link Retention} does not say.
   *
   * @param time see there
   * @param size see there
   */
  record DefaultRetention(
      @Flag(
              value = "storage.tsdb.retention.time",
              help =
                  "[DEPRECATED] How long to retain samples in storage. If neither this flag nor"
                      + " \"storage.tsdb.retention.size\" is set, the retention time defaults to"
                      + " 15d. Units Supported: y, w, d, h, m, s, ms. This flag has been"
                      + " deprecated, use the storage.tsdb.retention.time field in the config file"
                      + " instead.")
          Duration time,
      @Flag(
              value = "storage.tsdb.retention.size",
              help =
                  "[DEPRECATED] Maximum number of bytes that can be stored for blocks. A unit is"
                      + " required, supported units: B, KB, MB, GB, TB, PB, EB. Ex: \"512MB\"."
                      + " Based on powers-of-2, so 1KB is 1024B. This flag has been deprecated, use"
                      + " the storage.tsdb.retention.size field in the config file instead.")
          ByteSize size) {
    DefaultRetention {
      if (size.bytes() < 0) {
        throw new IllegalArgumentException(
            "'storage.tsdb.retention.size' must be greater than or equal to 0");
      }
    }
  }

  /**
   * How long a compaction of the head may be put off, where the feature {@code delayed-compaction}
   * is on.
   *
   * @param maxPercent of the block length
   */
  record DelayedCompaction(
      @Flag(
              value = "storage.tsdb.delayed-compaction.max-percent",
              hidden = true,
              help =
                  "Sets the upper limit for the random compaction delay, specified as a percentage"
                      + " of the head chunk range. 100 means the compaction can be delayed by up to"
                      + " the entire head chunk range. Only effective when the delayed-compaction"
                      + " feature flag is enabled.")
          @Default("10")
          int maxPercent) {}

  /**
   * The list that a program keeps that uploads blocks.
   *
   * @param path of the file; empty for none
   */
  record DelayCompactFile(
      @Flag(
              value = "storage.tsdb.delay-compact-file.path",
              help =
                  "Path to a JSON file with uploaded TSDB blocks e.g. Thanos shipper meta file. If"
                      + " set TSDB will only compact 1 level blocks that are marked as uploaded in"
                      + " that file, improving external storage integrations e.g. with Thanos"
                      + " sidecar. 1+ level compactions won't be delayed.")
          String path) {}

  /** Keys that have another value in {@code other} and take effect at the next start only. */
  List<String> changedForNextStart(TsdbConfig other) {
    List<String> keys = new ArrayList<>();
    changed(keys, "chunk_encoding.floats", chunkEncoding, other.chunkEncoding);
    changed(keys, "wal_fsync", walFsync, other.walFsync);
    changed(keys, "min_block_duration", minBlockDuration, other.minBlockDuration);
    changed(keys, "max_block_duration", maxBlockDuration, other.maxBlockDuration);
    changed(
        keys,
        "max_block_chunk_segment_size",
        maxBlockChunkSegmentSize,
        other.maxBlockChunkSegmentSize);
    changed(keys, "wal_segment_size", walSegmentSize, other.walSegmentSize);
    changed(keys, "wal_compression", walCompression, other.walCompression);
    changed(keys, "wal_compression_type", walCompressionType, other.walCompressionType);
    changed(keys, "samples_per_chunk", samplesPerChunk, other.samplesPerChunk);
    changed(
        keys,
        "allow_overlapping_compaction",
        allowOverlappingCompaction,
        other.allowOverlappingCompaction);
    changed(keys, "delayed_compaction.max_percent", delayedCompaction, other.delayedCompaction);
    changed(keys, "delay_compact_file.path", delayCompactFile, other.delayCompactFile);
    changed(keys, "block_reload_interval", blockReloadInterval, other.blockReloadInterval);
    changed(keys, "no_lockfile", noLockfile, other.noLockfile);
    return keys;
  }

  private static void changed(List<String> keys, String key, Object now, Object next) {
    if (!now.equals(next)) {
      keys.add("storage.tsdb." + key);
    }
  }
}
