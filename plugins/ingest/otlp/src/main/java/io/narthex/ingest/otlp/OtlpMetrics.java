package io.narthex.ingest.otlp;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** What the receiver tells about itself, under Prometheus's names. */
final class OtlpMetrics {
  final Counter withoutMetadata;
  final Counter lateExemplars;

  /** By {@code category}. */
  final Counter warnings;

  OtlpMetrics(PrometheusRegistry registry) {
    withoutMetadata =
        Counter.builder()
            .name("prometheus_api_otlp_appended_samples_without_metadata_total")
            .help("The total number of samples ingested from OTLP without corresponding metadata.")
            .register(registry);
    lateExemplars =
        Counter.builder()
            .name("prometheus_api_otlp_out_of_order_exemplars_total")
            .help(
                "The total number of received OTLP exemplars which were rejected because they"
                    + " were out of order.")
            .register(registry);
    warnings =
        Counter.builder()
            .name("prometheus_api_otlp_translation_warnings_total")
            .help(
                "The total number of warnings produced while translating OTLP metrics to the"
                    + " Prometheus model, by category.")
            .labelNames("category")
            .register(registry);
    for (Warning warning : Warning.values()) {
      warnings.initLabelValues(warning.category);
    }
  }
}
