package io.narthex.query.promql;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Summary;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** What the engine counts of itself, under the names that Prometheus has for it. */
final class EngineMetrics {
  private static final double NANOS = 1e9;

  private final Gauge queries;
  private final Gauge concurrentMax;
  private final Summary duration;
  private final Counter samples;

  EngineMetrics(PrometheusRegistry registry) {
    queries =
        Gauge.builder()
            .name("prometheus_engine_queries")
            .help("Queries that are evaluated or wait to be.")
            .withoutExemplars()
            .register(registry);
    concurrentMax =
        Gauge.builder()
            .name("prometheus_engine_queries_concurrent_max")
            .help("The most queries that are evaluated at the same time.")
            .withoutExemplars()
            .register(registry);
    duration =
        Summary.builder()
            .name("prometheus_engine_query_duration_seconds")
            .help("Time that queries take, by part of the work.")
            .labelNames("slice")
            .quantile(0.5, 0.05)
            .quantile(0.9, 0.01)
            .quantile(0.99, 0.001)
            .withoutExemplars()
            .register(registry);
    samples =
        Counter.builder()
            .name("prometheus_engine_query_samples_total")
            .help("Samples that queries have looked at.")
            .withoutExemplars()
            .register(registry);
    for (String slice : new String[] {"inner_eval", "prepare_time", "queue_time", "result_sort"}) {
      duration.initLabelValues(slice);
    }
  }

  void concurrency(int max) {
    concurrentMax.set(max);
  }

  void started() {
    queries.inc();
  }

  void ended(long samplesRead) {
    queries.dec();
    samples.inc(samplesRead);
  }

  void queued(long nanos) {
    duration.labelValues("queue_time").observe(nanos / NANOS);
  }

  void evaluated(long nanos) {
    duration.labelValues("inner_eval").observe(nanos / NANOS);
  }
}
