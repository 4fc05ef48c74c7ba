package io.narthex.exporter.host;

import io.narthex.api.config.Configured;
import io.narthex.api.exporter.ExporterProvider;
import io.prometheus.metrics.model.registry.MultiCollector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An exporter that was made from its configuration. */
record RunningExporter(Configured<ExporterProvider<?>> configured, MultiCollector collector) {
  private static final Logger log = LoggerFactory.getLogger(RunningExporter.class);

  String name() {
    return configured.provider().name();
  }

  /** Whether the exporter's class is this one: how the ones of a stopped plugin are told. */
  boolean isMadeBy(ExporterProvider<?> provider) {
    return configured.provider().getClass().equals(provider.getClass());
  }

  /** Closes the collector if it wants to be. */
  void close() {
    if (collector instanceof AutoCloseable closeable) {
      try {
        closeable.close();
      } catch (Exception e) {
        log.warn("cannot close exporter exporter={} reason=\"{}\"", name(), e.toString());
      }
    }
  }
}
