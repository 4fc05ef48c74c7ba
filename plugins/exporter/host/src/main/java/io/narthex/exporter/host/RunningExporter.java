package io.narthex.exporter.host;

import io.narthex.api.config.Configured;
import io.narthex.api.exporter.ExporterProvider;
import io.narthex.api.plugin.Calls;
import io.prometheus.metrics.model.registry.MultiCollector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An exporter that was made from its configuration, or that could not be made. Keeps its plugin in
 * memory, so nothing but {@link Exporters} may keep it.
 */
final class RunningExporter {
  private static final Logger log = LoggerFactory.getLogger(RunningExporter.class);

  private final Configured<ExporterProvider<?>> configured;
  private final String name;
  private final MultiCollector collector;
  private final boolean made;
  private final Calls calls = new Calls();

  private RunningExporter(
      Configured<ExporterProvider<?>> configured, MultiCollector collector, boolean made) {
    this.configured = configured;
    this.name = configured.provider().name();
    this.collector = collector;
    this.made = made;
  }

  /** One that works. */
  static RunningExporter of(Configured<ExporterProvider<?>> configured, MultiCollector collector) {
    return new RunningExporter(configured, collector, true);
  }

  /** One that could not be made: each scrape of it fails with the reason. */
  static RunningExporter failed(Configured<ExporterProvider<?>> configured, String reason) {
    MultiCollector failing =
        () -> {
          throw new IllegalStateException(reason);
        };
    return new RunningExporter(configured, failing, false);
  }

  String name() {
    return name;
  }

  MultiCollector collector() {
    return collector;
  }

  /** Those of its collector that run. */
  Calls calls() {
    return calls;
  }

  /** Whether it can go on as it is under that configuration. */
  boolean serves(Configured<ExporterProvider<?>> wanted) {
    return made && name.equals(wanted.provider().name()) && configured.equals(wanted);
  }

  /** Whether the exporter's class is this one: how the ones of a stopped plugin are told. */
  boolean isMadeBy(ExporterProvider<?> provider) {
    return configured.provider().getClass().equals(provider.getClass());
  }

  /**
   * Closes the collector if it wants to be. Does not wait: it is a plugin's code, which may hang.
   */
  void close() {
    if (collector instanceof AutoCloseable closeable) {
      // A virtual thread that hangs while it computes would keep a carrier.
      Thread.ofPlatform()
          .daemon()
          .name("exporter-close-" + name)
          .inheritInheritableThreadLocals(false)
          .start(() -> close(closeable));
    }
  }

  private void close(AutoCloseable closeable) {
    try {
      closeable.close();
    } catch (Exception | LinkageError e) {
      log.warn("cannot close exporter exporter={} reason=\"{}\"", name, e.toString());
    }
  }
}
