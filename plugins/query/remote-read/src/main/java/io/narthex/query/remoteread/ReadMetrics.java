package io.narthex.query.remoteread;

import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.concurrent.TimeUnit;

/** What remote read tells about itself, under Prometheus's names. */
final class ReadMetrics {
  final Gauge queries;
  final Histogram waits;

  ReadMetrics(PrometheusRegistry registry) {
    queries =
        Gauge.builder()
            .name("prometheus_remote_read_handler_queries")
            .help(
                "The current number of remote read queries that are either in execution or queued"
                    + " on the handler.")
            .withoutExemplars()
            .register(registry);
    waits =
        Histogram.builder()
            .name("prometheus_remote_read_handler_gate_wait_duration_seconds")
            .help("How long a request spent waiting for the gate to open before proceeding.")
            .nativeOnly()
            .nativeInitialSchema(3)
            .nativeMaxNumberOfBuckets(100)
            .nativeResetDuration(1, TimeUnit.HOURS)
            .withoutExemplars()
            .register(registry);
  }
}
