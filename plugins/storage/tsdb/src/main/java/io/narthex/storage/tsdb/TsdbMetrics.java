package io.narthex.storage.tsdb;

import io.narthex.storage.tsdb.block.Block;
import io.narthex.storage.tsdb.compact.CompactionMetrics;
import io.narthex.storage.tsdb.compact.Distribution;
import io.narthex.storage.tsdb.head.Counters;
import io.narthex.storage.tsdb.head.Exemplars;
import io.narthex.storage.tsdb.head.Head;
import io.narthex.storage.tsdb.wal.HeadChunkFiles;
import io.narthex.storage.tsdb.wal.WalMetrics;
import io.narthex.storage.tsdb.wal.WalWriter;
import io.prometheus.metrics.core.metrics.Summary;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot.SummaryDataPointSnapshot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a database tells about itself, under the names that Prometheus 3.14 has, read from its
 * counters when somebody asks. Names of our own begin with {@code narthex_}.
 */
final class TsdbMetrics implements MultiCollector {
  private static final double NANOS = 1e-9;
  private static final double MILLIS = 1e-3;

  private final List<Supplier<MetricSnapshot>> metrics = new ArrayList<>();

  /** Lists the metrics of a database, which need not be open yet. */
  TsdbMetrics(Tsdb tsdb) {
    head(tsdb.head());
    samples(tsdb.head().counters());
    exemplars(tsdb.head().exemplarBuffer());
    headFiles(tsdb.head());
    blocks(tsdb);
    compactions(tsdb.compactionMetrics());
    retention(tsdb);
    log("prometheus_tsdb_wal_", tsdb.walMetrics(), tsdb.head()::wal);
    logOfHead(tsdb.head().counters());
    log("prometheus_tsdb_out_of_order_wbl_", tsdb.wblMetrics(), tsdb.head()::wbl);
  }

  private void head(Head head) {
    Counters counters = head.counters();
    gauge("prometheus_tsdb_head_series", "Total number of series in the head.", head::seriesCount);
    counter(
        "prometheus_tsdb_head_series_created_total",
        "Total number of series created in the head.",
        counters.seriesCreated::sum);
    counter(
        "prometheus_tsdb_head_series_removed_total",
        "Total number of series removed from the head.",
        counters.seriesRemoved::sum);
    counter(
        "prometheus_tsdb_head_series_not_found_total",
        "Total number of requests for series that were not found.",
        counters.seriesNotFound::sum);
    gauge("prometheus_tsdb_head_chunks", "Total number of chunks in the head.", head::chunkCount);
    counter(
        "prometheus_tsdb_head_chunks_created_total",
        "Total number of chunks created in the head.",
        counters.chunksCreated::sum);
    counter(
        "prometheus_tsdb_head_chunks_removed_total",
        "Total number of chunks removed from the head.",
        counters.chunksRemoved::sum);
    gauge(
        "prometheus_tsdb_head_min_time",
        "Time of the earliest sample in the head, in milliseconds.",
        head::minTime);
    gauge(
        "prometheus_tsdb_head_min_time_seconds",
        "Time of the earliest sample in the head.",
        () -> head.minTime() * MILLIS);
    gauge(
        "prometheus_tsdb_head_max_time",
        "Time of the latest sample in the head, in milliseconds.",
        head::maxTime);
    gauge(
        "prometheus_tsdb_head_max_time_seconds",
        "Time of the latest sample in the head.",
        () -> head.maxTime() * MILLIS);
    sums(
        "prometheus_tsdb_head_gc_duration_seconds",
        "Time taken to remove what has left the head.",
        counters.collections::sum,
        () -> counters.collectionNanos.sum() * NANOS);
    counter(
        "prometheus_tsdb_head_truncations_total",
        "Total number of head truncations attempted.",
        counters.truncations::sum);
    counter(
        "prometheus_tsdb_head_truncations_failed_total",
        "Total number of head truncations that failed.",
        counters.truncationFailures::sum);
    gauge(
        "prometheus_tsdb_data_replay_duration_seconds",
        "Time taken to replay the data on disk.",
        () -> counters.replayNanos.get() * NANOS);
    gauge(
        "narthex_tsdb_head_memory_bytes",
        "Memory outside of the Java heap that the head takes.",
        head::memoryReserved);
  }

  private void samples(Counters counters) {
    byType(
        "prometheus_tsdb_head_samples_appended_total",
        "Total number of appended samples.",
        counters.floats::sum,
        counters.histograms::sum);
    byType(
        "prometheus_tsdb_head_out_of_order_samples_appended_total",
        "Total number of appended samples that were older than their series' newest.",
        counters.outOfOrderTaken::sum,
        null);
    byType(
        "prometheus_tsdb_out_of_order_samples_total",
        "Total number of samples refused because they were older than their series' newest.",
        counters.outOfOrder::sum,
        null);
    byType(
        "prometheus_tsdb_out_of_bound_samples_total",
        "Total number of samples refused because they were older than what the head takes.",
        counters.outOfBounds::sum,
        null);
    byType(
        "prometheus_tsdb_too_old_samples_total",
        "Total number of samples refused because they were older than the out-of-order window.",
        counters.tooOld::sum,
        null);
  }

  private void exemplars(Exemplars exemplars) {
    counter(
        "prometheus_tsdb_exemplar_exemplars_appended_total",
        "Total number of appended exemplars.",
        exemplars::appended);
    gauge(
        "prometheus_tsdb_exemplar_exemplars_in_storage",
        "Number of exemplars in the buffer.",
        exemplars::stored);
    gauge(
        "prometheus_tsdb_exemplar_series_with_exemplars_in_storage",
        "Number of series with exemplars in the buffer.",
        exemplars::series);
    gauge(
        "prometheus_tsdb_exemplar_last_exemplars_timestamp_seconds",
        "Time of the oldest exemplar in the buffer.",
        () -> exemplars.oldestTime() * MILLIS);
    gauge(
        "prometheus_tsdb_exemplar_max_exemplars",
        "Number of exemplars that the buffer can take.",
        exemplars::capacity);
    counter(
        "prometheus_tsdb_exemplar_out_of_order_exemplars_total",
        "Total number of exemplars refused because they were older than their series' newest.",
        exemplars::outOfOrder);
  }

  private void headFiles(Head head) {
    Counters counters = head.counters();
    gauge(
        "prometheus_tsdb_head_chunks_storage_size_bytes",
        "Size of the directory chunks_head.",
        () -> fileBytes(head));
    counter(
        "prometheus_tsdb_mmap_chunk_corruptions_total",
        "Total number of corruptions found in the files of chunks_head.",
        counters.headChunkCorruptions::sum);
    counter(
        "prometheus_tsdb_snapshot_replay_error_total",
        "Total number of snapshots that could not be loaded.",
        counters.snapshotFailures::sum);
    counter(
        "narthex_tsdb_head_chunk_write_failures_total",
        "Total number of times that chunks of the head could not be written to a file.",
        () -> chunkWriteFailures(head));
  }

  private static long chunkWriteFailures(Head head) {
    HeadChunkFiles files = head.openFiles();
    return files == null ? 0 : files.failedWrites();
  }

  private static double fileBytes(Head head) {
    HeadChunkFiles files = head.openFiles();
    return files == null ? 0 : size(files::size);
  }

  private void blocks(Tsdb tsdb) {
    CompactionMetrics compaction = tsdb.compactionMetrics();
    gauge(
        "prometheus_tsdb_blocks_loaded",
        "Number of loaded blocks.",
        () -> tsdb.blockSet().current().size());
    gauge(
        "narthex_tsdb_blocks_set_aside",
        "Number of corrupt blocks on disk, which are not served.",
        compaction.setAside::get);
    gauge(
        "prometheus_tsdb_storage_blocks_bytes",
        "Number of bytes that all blocks take.",
        compaction.blockBytes::get);
    counter(
        "prometheus_tsdb_reloads_total",
        "Number of looks at the blocks on disk.",
        compaction.reloads::get);
    counter(
        "prometheus_tsdb_reloads_failures_total",
        "Number of looks at the blocks on disk that failed or found a corrupt one.",
        compaction.reloadFailures::get);
    gauge(
        "prometheus_tsdb_lowest_timestamp",
        "Earliest time in the database, in milliseconds.",
        () -> lowest(tsdb));
    gauge(
        "prometheus_tsdb_lowest_timestamp_seconds",
        "Earliest time in the database.",
        () -> lowest(tsdb) * MILLIS);
    gauge(
        "prometheus_tsdb_clean_start",
        "-1: lock file is disabled. 0: a lock file of a process before was replaced. 1: there was"
            + " none.",
        () -> tsdb.settings().lockFile() ? (tsdb.cleanStart() ? 1 : 0) : -1);
  }

  /** Of the first block; of the head where there is none. */
  private static double lowest(Tsdb tsdb) {
    List<Block> blocks = tsdb.blockSet().current();
    return blocks.isEmpty() ? tsdb.head().minTime() : blocks.getFirst().meta().minTime();
  }

  private void compactions(CompactionMetrics m) {
    counter(
        "prometheus_tsdb_compactions_total",
        "Total number of compactions that were executed.",
        m.compactions::get);
    counter(
        "prometheus_tsdb_compactions_triggered_total",
        "Total number of triggered compactions.",
        m.triggered::get);
    counter(
        "prometheus_tsdb_compactions_failed_total",
        "Total number of compactions that failed.",
        m.failed::get);
    counter(
        "prometheus_tsdb_compactions_skipped_total",
        "Total number of compactions left out because compaction is switched off.",
        m.skipped::get);
    counter(
        "prometheus_tsdb_vertical_compactions_total",
        "Total number of compactions of overlapping blocks.",
        m.verticalCompactions::get);
    gauge(
        "prometheus_tsdb_compaction_populating_block",
        "1 while a block is being written.",
        m.populating::get);
    histogram(
        "prometheus_tsdb_compaction_duration_seconds", "Time taken by compactions.", m.duration);
    histogram(
        "prometheus_tsdb_compaction_chunk_size_bytes",
        "Size of chunks at their first compaction.",
        m.chunkSize);
    histogram(
        "prometheus_tsdb_compaction_chunk_samples",
        "Number of samples in chunks at their first compaction.",
        m.chunkSamples);
    histogram(
        "prometheus_tsdb_compaction_chunk_range_seconds",
        "Time range of chunks at their first compaction; in milliseconds, in spite of the name.",
        m.chunkRange);
    histogram(
        "prometheus_tsdb_tombstone_cleanup_seconds",
        "Time taken to write blocks without what was deleted.",
        m.tombstoneCleanup);
    counter(
        "prometheus_tsdb_stale_series_compactions_triggered_total",
        "Total number of triggered compactions of stale series.",
        m.staleTriggered::get);
    counter(
        "prometheus_tsdb_stale_series_compactions_failed_total",
        "Total number of compactions of stale series that failed.",
        m.staleFailed::get);
    histogram(
        "prometheus_tsdb_stale_series_compaction_duration_seconds",
        "Time taken by compactions of stale series.",
        m.staleDuration);
  }

  private void retention(Tsdb tsdb) {
    CompactionMetrics m = tsdb.compactionMetrics();
    counter(
        "prometheus_tsdb_time_retentions_total",
        "Number of times that blocks were deleted because they were too old.",
        m.timeRetentions::get);
    counter(
        "prometheus_tsdb_size_retentions_total",
        "Number of times that blocks were deleted because all together were too large.",
        m.sizeRetentions::get);
    gauge(
        "prometheus_tsdb_retention_limit_bytes",
        "Number of bytes that are kept, as configured; 0 for no limit.",
        () -> tsdb.live().retention().maxBytes());
    gauge(
        "prometheus_tsdb_retention_limit_percentage",
        "Share of the file system that is kept, as configured; 0 for no limit.",
        () -> tsdb.live().retention().maxPercentage());
    gauge(
        "prometheus_tsdb_retention_limit_seconds",
        "How long samples are kept; 0 for ever.",
        () -> tsdb.live().retention().duration() * MILLIS);
  }

  /** Those of one log; {@code writer} gives null while there is none. */
  private void log(String prefix, WalMetrics m, Supplier<@Nullable WalWriter> writer) {
    Summary fsync =
        Summary.builder()
            .name(prefix + "fsync_duration_seconds")
            .help("Time taken to make what was written safe from the loss of power.")
            .quantile(0.5, 0.05)
            .quantile(0.9, 0.01)
            .quantile(0.99, 0.001)
            .maxAgeSeconds(600)
            .build();
    m.fsyncNanos = nanos -> fsync.observe(nanos * NANOS);
    metrics.add(fsync::collect);
    counter(
        prefix + "page_flushes_total",
        "Total number of writes to the log's file.",
        m.pageFlushes::sum);
    counter(
        prefix + "completed_pages_total",
        "Total number of completed pages.",
        m.completedPages::sum);
    counter(
        prefix + "truncations_total",
        "Total number of truncations of the log attempted.",
        m.truncations::sum);
    counter(
        prefix + "truncations_failed_total",
        "Total number of truncations of the log that failed.",
        m.truncationsFailed::sum);
    counter(
        prefix + "writes_failed_total",
        "Total number of writes to the log that failed.",
        m.writesFailed::sum);
    counter(
        prefix + "record_part_writes_total",
        "Total number of parts of records written.",
        m.recordPartWrites::sum);
    counter(
        prefix + "record_parts_bytes_written_total",
        "Total number of bytes of parts of records written, with headers, after compression.",
        m.recordPartBytes::sum);
    counter(
        prefix + "record_bytes_saved_total",
        "Total number of bytes saved by compression.",
        m.recordBytesSaved::sum);
    ofLog(
        prefix + "segment_current",
        "Number of the segment that is written to.",
        writer,
        w -> w.position().segment());
    ofLog(
        prefix + "storage_size_bytes", "Size of the log's directory.", writer, w -> size(w::size));
  }

  private void logOfHead(Counters counters) {
    counter(
        "prometheus_tsdb_wal_corruptions_total",
        "Total number of corruptions found in the log.",
        counters.logCorruptions::sum);
    sums(
        "prometheus_tsdb_wal_truncate_duration_seconds",
        "Time taken to truncate the log.",
        counters.logTruncations::sum,
        () -> counters.logTruncationNanos.sum() * NANOS);
    counter(
        "prometheus_tsdb_checkpoint_creations_total",
        "Total number of checkpoints begun.",
        counters.checkpoints::sum);
    counter(
        "prometheus_tsdb_checkpoint_creations_failed_total",
        "Total number of checkpoints that could not be written.",
        counters.checkpointFailures::sum);
    counter(
        "prometheus_tsdb_checkpoint_deletions_failed_total",
        "Total number of old checkpoints that could not be deleted.",
        counters.checkpointDeletionFailures::sum);
  }

  private interface Size {
    long get() throws IOException;
  }

  private static double size(Size size) {
    try {
      return size.get();
    } catch (IOException e) {
      // A file that has gone meanwhile; the next look has the truth.
      return Double.NaN;
    }
  }

  private void ofLog(
      String name,
      String help,
      Supplier<@Nullable WalWriter> writer,
      ToDoubleFunction<WalWriter> value) {
    gauge(
        name,
        help,
        () -> {
          WalWriter w = writer.get();
          return w == null ? 0 : value.applyAsDouble(w);
        });
  }

  private void gauge(String name, String help, DoubleSupplier value) {
    MetricMetadata metadata = MetricNames.metadata(name, help);
    metrics.add(() ->
        new GaugeSnapshot(
            metadata,
            List.of(new GaugeDataPointSnapshot(value.getAsDouble(), Labels.EMPTY, null))));
  }

  /** A counter; {@code name} ends in {@code _total}. */
  private void counter(String name, String help, LongSupplier value) {
    MetricMetadata metadata = MetricNames.counter(name, help);
    metrics.add(() -> new CounterSnapshot(metadata, List.of(point(value, Labels.EMPTY))));
  }

  private static CounterDataPointSnapshot point(LongSupplier value, Labels labels) {
    return new CounterDataPointSnapshot(value.getAsLong(), labels, null, 0L);
  }

  /** A counter of floats and, where they are told apart, of histograms. */
  private void byType(
      String name, String help, LongSupplier floats, @Nullable LongSupplier histograms) {
    MetricMetadata metadata = MetricNames.counter(name, help);
    Labels ofFloats = Labels.of("type", "float");
    Labels ofHistograms = Labels.of("type", "histogram");
    metrics.add(() -> {
      List<CounterDataPointSnapshot> points = new ArrayList<>();
      points.add(point(floats, ofFloats));
      if (histograms != null) {
        points.add(point(histograms, ofHistograms));
      }
      return new CounterSnapshot(metadata, points);
    });
  }

  /** A summary without quantiles. */
  private void sums(String name, String help, LongSupplier count, DoubleSupplier sum) {
    MetricMetadata metadata = MetricNames.metadata(name, help);
    metrics.add(() ->
        new SummarySnapshot(
            metadata,
            List.of(
                new SummaryDataPointSnapshot(
                    count.getAsLong(),
                    sum.getAsDouble(),
                    io.prometheus.metrics.model.snapshots.Quantiles.EMPTY,
                    Labels.EMPTY,
                    io.prometheus.metrics.model.snapshots.Exemplars.EMPTY,
                    0L))));
  }

  private void histogram(String name, String help, Distribution distribution) {
    MetricMetadata metadata = MetricNames.metadata(name, help);
    double[] finite = distribution.bounds();
    List<Double> bounds = new ArrayList<>();
    for (double bound : finite) {
      bounds.add(bound);
    }
    bounds.add(Double.POSITIVE_INFINITY);
    metrics.add(() -> {
      List<Long> counts = new ArrayList<>();
      for (long count : distribution.counts()) {
        counts.add(count);
      }
      return new HistogramSnapshot(
          metadata,
          List.of(
              new HistogramDataPointSnapshot(
                  ClassicHistogramBuckets.of(bounds, counts),
                  distribution.sum(),
                  Labels.EMPTY,
                  io.prometheus.metrics.model.snapshots.Exemplars.EMPTY,
                  0L)));
    });
  }

  @Override
  public MetricSnapshots collect() {
    List<MetricSnapshot> all = new ArrayList<>(metrics.size());
    for (Supplier<MetricSnapshot> metric : metrics) {
      all.add(metric.get());
    }
    return new MetricSnapshots(all);
  }
}
