package io.narthex.storage.tsdb.compact;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What blocks, compaction and retention count. Each has Prometheus's name and meaning, which stands
 * beside it; those marked "ours" have none there. Safe for threads.
 */
public final class CompactionMetrics {
  /** {@code prometheus_tsdb_compactions_total}: blocks written, or tried to. */
  public final AtomicLong compactions = new AtomicLong();

  /** {@code prometheus_tsdb_compaction_populating_block}: 1 while a block is being written. */
  public final AtomicLong populating = new AtomicLong();

  /** {@code prometheus_tsdb_vertical_compactions_total}: compactions of overlapping blocks. */
  public final AtomicLong verticalCompactions = new AtomicLong();

  /** {@code prometheus_tsdb_compaction_duration_seconds}. */
  public final Distribution duration = Distribution.exponential(1, 2, 14);

  /** {@code prometheus_tsdb_compaction_chunk_size_bytes}: of chunks cut from the head. */
  public final Distribution chunkSize = Distribution.exponential(32, 1.5, 12);

  /** {@code prometheus_tsdb_compaction_chunk_samples}: of chunks cut from the head. */
  public final Distribution chunkSamples = Distribution.exponential(4, 1.5, 12);

  /**
   * {@code prometheus_tsdb_compaction_chunk_range_seconds}: of chunks cut from the head; in
   * milliseconds in spite of the name, as upstream's.
   */
  public final Distribution chunkRange = Distribution.exponential(100, 4, 10);

  /** {@code prometheus_tsdb_compactions_triggered_total}. */
  public final AtomicLong triggered = new AtomicLong();

  /** {@code prometheus_tsdb_compactions_failed_total}. */
  public final AtomicLong failed = new AtomicLong();

  /** {@code prometheus_tsdb_compactions_skipped_total}: because compaction is switched off. */
  public final AtomicLong skipped = new AtomicLong();

  /** {@code prometheus_tsdb_reloads_total}: looks at the blocks on disk. */
  public final AtomicLong reloads = new AtomicLong();

  /** {@code prometheus_tsdb_reloads_failures_total}: those that found a corrupt block or failed. */
  public final AtomicLong reloadFailures = new AtomicLong();

  /** {@code narthex_tsdb_blocks_set_aside}, ours: corrupt blocks on disk that are not served. */
  public final AtomicLong setAside = new AtomicLong();

  /** {@code prometheus_tsdb_time_retentions_total}. */
  public final AtomicLong timeRetentions = new AtomicLong();

  /** {@code prometheus_tsdb_size_retentions_total}. */
  public final AtomicLong sizeRetentions = new AtomicLong();

  /** {@code prometheus_tsdb_storage_blocks_bytes}. */
  public final AtomicLong blockBytes = new AtomicLong();

  /** {@code prometheus_tsdb_tombstone_cleanup_seconds}; upstream's has no fixed buckets. */
  public final Distribution tombstoneCleanup = new Distribution();

  /** {@code prometheus_tsdb_stale_series_compactions_triggered_total}. */
  public final AtomicLong staleTriggered = new AtomicLong();

  /** {@code prometheus_tsdb_stale_series_compactions_failed_total}. */
  public final AtomicLong staleFailed = new AtomicLong();

  /** {@code prometheus_tsdb_stale_series_compaction_duration_seconds}. */
  public final Distribution staleDuration = Distribution.exponential(1, 2, 14);
}
