package io.narthex.kernel.web;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** Requests by handler, under the names that Prometheus gives them. */
final class HttpMetrics {
  private final Counter requests;
  private final Histogram duration;
  private final Histogram size;

  /**
   * Registers them.
   *
   * @param namespace what the names begin with, such as {@code prometheus}
   */
  HttpMetrics(PrometheusRegistry registry, String namespace) {
    requests =
        Counter.builder()
            .name(namespace + "_http_requests_total")
            .help("Counter of HTTP requests.")
            .labelNames("handler", "code")
            .register(registry);
    duration =
        Histogram.builder()
            .name(namespace + "_http_request_duration_seconds")
            .help("Histogram of latencies for HTTP requests.")
            .labelNames("handler")
            .classicUpperBounds(.1, .2, .4, 1, 3, 8, 20, 60, 120)
            .classicOnly()
            .register(registry);
    size =
        Histogram.builder()
            .name(namespace + "_http_response_size_bytes")
            .help("Histogram of response size for HTTP requests.")
            .labelNames("handler")
            .classicUpperBounds(1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9)
            .classicOnly()
            .register(registry);
  }

  /** Counts a request. */
  void observe(String handler, int code, long nanos, long bytes) {
    requests.labelValues(handler, Integer.toString(code)).inc();
    duration.labelValues(handler).observe(nanos / 1e9);
    size.labelValues(handler).observe(bytes);
  }
}
