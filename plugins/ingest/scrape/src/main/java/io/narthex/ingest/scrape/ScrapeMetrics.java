package io.narthex.ingest.scrape;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Summary;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.concurrent.TimeUnit;

/** What scraping tells about itself, under Prometheus's names. */
final class ScrapeMetrics {
  final Summary intervalLength;
  final Histogram intervalHistogram;
  final Summary reloadLength;
  final Summary syncLength;
  final Histogram syncHistogram;
  final Histogram scrapeDuration;
  final Counter pools;
  final Counter poolsFailed;
  final Counter poolReloads;
  final Counter poolReloadsFailed;
  final Counter poolSyncs;
  final Counter exceededTargetLimit;
  final Counter exceededLabelLimits;
  final Gauge targetLimit;

  /** Of a table that Prometheus's default build does not have either: 0 for each job. */
  final Gauge symbolTableItems;

  final Gauge targets;
  final Counter syncFailed;
  final Counter exceededBodySizeLimit;
  final Counter exceededSampleLimit;
  final Counter exceededBucketLimit;
  final Counter cacheFlushForced;
  final Counter duplicateTimestamp;
  final Counter outOfOrder;
  final Counter outOfBounds;
  final Counter exemplarOutOfOrder;

  ScrapeMetrics(PrometheusRegistry registry) {
    intervalLength =
        summary(
            registry,
            "prometheus_target_interval_length_seconds",
            "Actual intervals between scrapes.",
            "interval");
    intervalHistogram =
        histogram(
                "prometheus_target_interval_length_histogram_seconds",
                "Actual intervals between scrapes as a histogram.")
            .labelNames("interval")
            .classicUpperBounds(0.01, 0.1, 1, 10)
            .register(registry);
    reloadLength =
        summary(
            registry,
            "prometheus_target_reload_length_seconds",
            "Actual interval to reload the scrape pool with a given configuration.",
            "interval");
    syncLength =
        summary(
            registry,
            "prometheus_target_sync_length_seconds",
            "Actual interval to sync the scrape pool.",
            "scrape_job");
    syncHistogram =
        histogram(
                "prometheus_target_sync_length_histogram_seconds",
                "Actual interval to sync the scrape pool as a histogram.")
            .labelNames("scrape_job")
            .classicUpperBounds(0.01, 0.1, 1, 10)
            .register(registry);
    scrapeDuration =
        histogram("prometheus_target_scrape_duration_seconds", "Scrape request latency histogram.")
            .nativeOnly()
            .register(registry);
    pools =
        counter(
            registry,
            "prometheus_target_scrape_pools_total",
            "Total number of scrape pool creation attempts.");
    poolsFailed =
        counter(
            registry,
            "prometheus_target_scrape_pools_failed_total",
            "Total number of scrape pool creations that failed.");
    poolReloads =
        counter(
            registry,
            "prometheus_target_scrape_pool_reloads_total",
            "Total number of scrape pool reloads.");
    poolReloadsFailed =
        counter(
            registry,
            "prometheus_target_scrape_pool_reloads_failed_total",
            "Total number of failed scrape pool reloads.");
    poolSyncs =
        counter(
            registry,
            "prometheus_target_scrape_pool_sync_total",
            "Total number of syncs that were executed on a scrape pool.",
            "scrape_job");
    exceededTargetLimit =
        counter(
            registry,
            "prometheus_target_scrape_pool_exceeded_target_limit_total",
            "Total number of times scrape pools hit the target limit.");
    exceededLabelLimits =
        counter(
            registry,
            "prometheus_target_scrape_pool_exceeded_label_limits_total",
            "Total number of times scrape pools hit the label limits.");
    symbolTableItems =
        gauge(
            registry,
            "prometheus_target_scrape_pool_symboltable_items",
            "Current number of symbols in table for this scrape pool.");
    targetLimit =
        gauge(
            registry,
            "prometheus_target_scrape_pool_target_limit",
            "Maximum number of targets allowed in this scrape pool.");
    targets =
        gauge(
            registry,
            "prometheus_target_scrape_pool_targets",
            "Current number of targets in this scrape pool.");
    syncFailed =
        counter(
            registry,
            "prometheus_target_sync_failed_total",
            "Total number of target sync failures.",
            "scrape_job");
    exceededBodySizeLimit =
        counter(
            registry,
            "prometheus_target_scrapes_exceeded_body_size_limit_total",
            "Total number of scrapes that hit the body size limit.");
    exceededSampleLimit =
        counter(
            registry,
            "prometheus_target_scrapes_exceeded_sample_limit_total",
            "Total number of scrapes that hit the sample limit.");
    exceededBucketLimit =
        counter(
            registry,
            "prometheus_target_scrapes_exceeded_native_histogram_bucket_limit_total",
            "Total number of scrapes that hit the native histogram bucket limit.");
    cacheFlushForced =
        counter(
            registry,
            "prometheus_target_scrapes_cache_flush_forced_total",
            "Total number of scrapes that forced a complete label cache flush.");
    duplicateTimestamp =
        counter(
            registry,
            "prometheus_target_scrapes_sample_duplicate_timestamp_total",
            "Total number of samples rejected due to duplicate timestamps but different values.");
    outOfOrder =
        counter(
            registry,
            "prometheus_target_scrapes_sample_out_of_order_total",
            "Total number of samples rejected due to not being out of the expected order.");
    outOfBounds =
        counter(
            registry,
            "prometheus_target_scrapes_sample_out_of_bounds_total",
            "Total number of samples rejected due to timestamp falling outside of the time"
                + " bounds.");
    exemplarOutOfOrder =
        counter(
            registry,
            "prometheus_target_scrapes_exemplar_out_of_order_total",
            "Total number of exemplar rejected due to not being out of the expected order.");
  }

  /** Forgets a pool. */
  void remove(String job) {
    poolSyncs.remove(job);
    targetLimit.remove(job);
    symbolTableItems.remove(job);
    targets.remove(job);
    syncFailed.remove(job);
    syncLength.remove(job);
    syncHistogram.remove(job);
  }

  private static Summary summary(
      PrometheusRegistry registry, String name, String help, String label) {
    return Summary.builder()
        .name(name)
        .help(help)
        .labelNames(label)
        .quantile(0.01, 0.001)
        .quantile(0.05, 0.005)
        .quantile(0.5, 0.05)
        .quantile(0.90, 0.01)
        .quantile(0.99, 0.001)
        .register(registry);
  }

  /** A native histogram whose buckets grow by at most a tenth: schema 3. */
  private static Histogram.Builder histogram(String name, String help) {
    return Histogram.builder()
        .name(name)
        .help(help)
        .nativeInitialSchema(3)
        .nativeMaxNumberOfBuckets(100)
        .nativeResetDuration(1, TimeUnit.HOURS);
  }

  private static Counter counter(
      PrometheusRegistry registry, String name, String help, String... labels) {
    return Counter.builder().name(name).help(help).labelNames(labels).register(registry);
  }

  private static Gauge gauge(PrometheusRegistry registry, String name, String help) {
    return Gauge.builder().name(name).help(help).labelNames("scrape_job").register(registry);
  }
}
