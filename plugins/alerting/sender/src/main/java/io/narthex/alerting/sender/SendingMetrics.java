package io.narthex.alerting.sender;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.core.metrics.Summary;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The metrics {@code prometheus_notifications_*}. Safe for any number of threads. */
final class SendingMetrics {
  private static final String LABEL = "alertmanager";

  private final Counter errors;
  private final Counter sent;
  private final Counter dropped;
  private final Gauge length;
  private final Gauge capacity;
  private final Summary latency;
  private final Histogram latencies;

  /** How many queues there are for an Alertmanager: two configurations may name the same one. */
  private final Map<String, Integer> queues = new HashMap<>();

  SendingMetrics(PrometheusRegistry registry) {
    errors = counter(registry, "errors", "Total number of sent alerts affected by errors.");
    sent = counter(registry, "sent", "Total number of alerts sent.");
    dropped =
        counter(
            registry,
            "dropped",
            "Total number of alerts dropped due to errors when sending to Alertmanager.");
    length =
        Gauge.builder()
            .name("prometheus_notifications_queue_length")
            .help("The number of alert notifications in the queue.")
            .labelNames(LABEL)
            .register(registry);
    capacity =
        Gauge.builder()
            .name("prometheus_notifications_queue_capacity")
            .help("The capacity of the alert notifications queue.")
            .register(registry);
    latency =
        Summary.builder()
            .name("prometheus_notifications_latency_seconds")
            .help("Latency quantiles for sending alert notifications.")
            .labelNames(LABEL)
            .quantile(0.5, 0.05)
            .quantile(0.9, 0.01)
            .quantile(0.99, 0.001)
            .register(registry);
    latencies =
        Histogram.builder()
            .name("prometheus_notifications_latency_histogram_seconds")
            .help("Latency histogram for sending alert notifications.")
            .labelNames(LABEL)
            .classicUpperBounds(0.01, 0.1, 1, 10)
            .nativeInitialSchema(3)
            .nativeMaxNumberOfBuckets(100)
            .nativeResetDuration(1, TimeUnit.HOURS)
            .register(registry);
  }

  private static Counter counter(PrometheusRegistry registry, String name, String help) {
    return Counter.builder()
        .name("prometheus_notifications_" + name + "_total")
        .help(help)
        .labelNames(LABEL)
        .register(registry);
  }

  void capacity(int alerts) {
    capacity.set(alerts);
  }

  /** A queue begins: its counters stand at 0. */
  synchronized void begin(String alertmanager) {
    queues.merge(alertmanager, 1, Integer::sum);
    errors.initLabelValues(alertmanager);
    sent.initLabelValues(alertmanager);
    dropped.initLabelValues(alertmanager);
    length.initLabelValues(alertmanager);
  }

  /** A queue has ended. */
  synchronized void end(String alertmanager) {
    if (queues.merge(alertmanager, -1, Integer::sum) > 0) {
      return;
    }
    queues.remove(alertmanager);
    errors.remove(alertmanager);
    sent.remove(alertmanager);
    dropped.remove(alertmanager);
    length.remove(alertmanager);
    latency.remove(alertmanager);
    latencies.remove(alertmanager);
  }

  synchronized void waiting(String alertmanager, int alerts) {
    if (isThere(alertmanager)) {
      length.labelValues(alertmanager).set(alerts);
    }
  }

  synchronized void dropped(String alertmanager, int alerts) {
    if (isThere(alertmanager)) {
      dropped.labelValues(alertmanager).inc(alerts);
    }
  }

  synchronized void failed(String alertmanager, int alerts) {
    if (isThere(alertmanager)) {
      errors.labelValues(alertmanager).inc(alerts);
    }
  }

  synchronized void sent(String alertmanager, int alerts, long nanos) {
    if (isThere(alertmanager)) {
      sent.labelValues(alertmanager).inc(alerts);
      latency.labelValues(alertmanager).observe(nanos / 1e9);
      latencies.labelValues(alertmanager).observe(nanos / 1e9);
    }
  }

  /** What a queue tells that did not end when it was told to must not stay for ever. */
  private boolean isThere(String alertmanager) {
    return queues.containsKey(alertmanager);
  }
}
