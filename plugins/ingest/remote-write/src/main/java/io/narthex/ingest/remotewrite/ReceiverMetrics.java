package io.narthex.ingest.remotewrite;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** What the receiver tells about itself, under Prometheus's names. */
final class ReceiverMetrics {
  final Counter withInvalidLabels;
  final Counter withoutMetadata;

  ReceiverMetrics(PrometheusRegistry registry) {
    withInvalidLabels =
        Counter.builder()
            .name("prometheus_api_remote_write_invalid_labels_samples_total")
            .help(
                "The total number of received remote write samples and histogram samples which"
                    + " were rejected due to invalid labels.")
            .register(registry);
    withoutMetadata =
        Counter.builder()
            .name("prometheus_api_remote_write_without_metadata_appended_samples_total")
            .help(
                "The total number of received remote write samples (and histogram samples) which"
                    + " were ingested without corresponding metadata.")
            .register(registry);
  }
}
