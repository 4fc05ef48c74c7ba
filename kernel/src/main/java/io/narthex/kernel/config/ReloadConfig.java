package io.narthex.kernel.config;

import io.narthex.api.config.Default;
import io.narthex.api.config.Flag;
import java.time.Duration;

/**
 * The {@code config} section: what becomes of the configuration file while running.
 *
 * @param autoReload whether it is read again when its content has changed; the feature {@code
 *     auto-reload-config} says the same
 * @param autoReloadInterval how often it is looked at, at least 1 s
 */
public record ReloadConfig(
    @Flag(
            value = "config.auto-reload",
            help = "Load the configuration file again when its content has changed.")
        boolean autoReload,
    @Flag(
            value = "config.auto-reload-interval",
            help = "How often to look whether the configuration file has changed; at least 1s.")
        @Default("30s")
        Duration autoReloadInterval) {
  private static final Duration LEAST = Duration.ofSeconds(1);

  /** Prometheus, too, raises shorter intervals instead of refusing them. */
  public ReloadConfig {
    autoReloadInterval = autoReloadInterval.compareTo(LEAST) < 0 ? LEAST : autoReloadInterval;
  }
}
