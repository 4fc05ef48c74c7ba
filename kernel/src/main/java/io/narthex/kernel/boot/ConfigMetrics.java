package io.narthex.kernel.boot;

import io.narthex.kernel.config.ConfigListener;
import io.narthex.kernel.config.ConfigProblems;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Instant;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts and logs what becomes of the configuration. */
final class ConfigMetrics implements ConfigListener {
  private static final Logger log = LoggerFactory.getLogger("Configuration");

  private final Gauge successful;
  private final Gauge timestamp;

  ConfigMetrics(PrometheusRegistry registry) {
    successful =
        Gauge.builder()
            .name("prometheus_config_last_reload_successful")
            .help("Whether the last configuration reload attempt was successful.")
            .register(registry);
    timestamp =
        Gauge.builder()
            .name("prometheus_config_last_reload_success_timestamp_seconds")
            .help("Timestamp of the last successful configuration reload.")
            .register(registry);
  }

  @Override
  public void loaded(Instant at) {
    successful.set(1);
    timestamp.set(at.toEpochMilli() / 1000.0);
    log.info("Completed loading of configuration file");
  }

  @Override
  public void failed(ConfigProblems problems) {
    successful.set(0);
    for (String line : problems.report()) {
      log.error("Error loading config err={}", line.strip());
    }
  }

  @Override
  public void warning(String message) {
    log.warn("{}", message);
  }
}
