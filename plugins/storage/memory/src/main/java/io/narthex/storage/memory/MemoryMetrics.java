package io.narthex.storage.memory;

import io.narthex.api.storage.AppendError;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.DoubleSupplier;

/** What the storage tells about itself, under Prometheus's names where they mean the same. */
record MemoryMetrics(MemoryStorage storage) {
  void register(PrometheusRegistry registry) {
    gauge(
        registry,
        "prometheus_tsdb_head_series",
        "Total number of series in memory.",
        () -> storage.index().size());
    // prometheus_tsdb_head_series_created_total cannot be told: the client library refuses the
    // suffix _created.
    counter(
        registry,
        "prometheus_tsdb_head_series_removed_total",
        "Total number of series removed from memory.",
        storage.seriesRemoved::sum);
    gauge(
        registry,
        "prometheus_tsdb_head_min_time",
        "Time of the earliest sample in milliseconds.",
        () -> storage.minTime() == Long.MAX_VALUE ? 0 : storage.minTime());
    gauge(
        registry,
        "prometheus_tsdb_head_max_time",
        "Time of the latest sample in milliseconds.",
        () -> storage.maxTime() == Long.MIN_VALUE ? 0 : storage.maxTime());
    CounterWithCallback.builder()
        .name("prometheus_tsdb_head_samples_appended_total")
        .help("Total number of appended samples.")
        .labelNames("type")
        .callback(callback -> {
          callback.call(storage.floatsAppended.sum(), "float");
          callback.call(storage.histogramsAppended.sum(), "histogram");
        })
        .register(registry);
    refused(
        registry,
        "prometheus_tsdb_out_of_order_samples_total",
        "Total number of samples refused because they were older than their series' newest.",
        AppendError.OUT_OF_ORDER);
    refused(
        registry,
        "prometheus_tsdb_out_of_bound_samples_total",
        "Total number of samples refused because they were older than what is kept.",
        AppendError.OUT_OF_BOUNDS);
    refused(
        registry,
        "prometheus_tsdb_too_old_samples_total",
        "Total number of samples refused because they were older than the out-of-order window.",
        AppendError.TOO_OLD);
    gauge(
        registry,
        "narthex_storage_memory_bytes",
        "About how much memory series and samples take.",
        storage::bytes);
  }

  private void refused(PrometheusRegistry registry, String name, String help, AppendError error) {
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .labelNames("type")
        .callback(callback -> {
          callback.call(storage.refused(error, false), "float");
          callback.call(storage.refused(error, true), "histogram");
        })
        .register(registry);
  }

  private static void gauge(
      PrometheusRegistry registry, String name, String help, DoubleSupplier value) {
    GaugeWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call(value.getAsDouble()))
        .register(registry);
  }

  private static void counter(
      PrometheusRegistry registry, String name, String help, DoubleSupplier value) {
    CounterWithCallback.builder()
        .name(name)
        .help(help)
        .callback(callback -> callback.call(value.getAsDouble()))
        .register(registry);
  }
}
