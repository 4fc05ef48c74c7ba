package io.narthex.storage.tsdb.wal;

import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongConsumer;

/**
 * What one log counts. The names are those of Prometheus behind {@code prometheus_tsdb_wal_} (or
 * {@code prometheus_tsdb_out_of_order_wbl_}). Safe for several threads.
 */
public final class WalMetrics {
  /** {@code writes_failed_total}. */
  public final LongAdder writesFailed = new LongAdder();

  /** {@code page_flushes_total}: calls that wrote a group of records. */
  public final LongAdder pageFlushes = new LongAdder();

  /** {@code completed_pages_total}. */
  public final LongAdder completedPages = new LongAdder();

  /** {@code record_part_writes_total}. */
  public final LongAdder recordPartWrites = new LongAdder();

  /** {@code record_parts_bytes_written_total}: with headers, after compression. */
  public final LongAdder recordPartBytes = new LongAdder();

  /** {@code record_bytes_saved_total}: by compression. */
  public final LongAdder recordBytesSaved = new LongAdder();

  /** {@code truncations_total}. */
  public final LongAdder truncations = new LongAdder();

  /** {@code truncations_failed_total}. */
  public final LongAdder truncationsFailed = new LongAdder();

  /** {@code fsync_duration_seconds}: told in nanoseconds; set before the log is opened. */
  public volatile LongConsumer fsyncNanos = _ -> {};
}
