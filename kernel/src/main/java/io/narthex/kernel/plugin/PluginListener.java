package io.narthex.kernel.plugin;

import io.prometheus.metrics.model.registry.PrometheusRegistry;

/**
 * Is told what happens to plugins, always on the one thread of {@link PluginHost}, one plugin after
 * the other: {@link #registryAdded}, {@link #afterStart}, {@link #beforeStop}, {@link
 * #registryRemoved}. Nothing of the plugin (its extensions, what they made, its registry) may be
 * kept after {@link #registryRemoved}: its class loader could not be collected.
 */
public interface PluginListener {
  /** A plugin is about to be started; what it registers here belongs into {@code /metrics}. */
  default void registryAdded(String id, PrometheusRegistry registry) {}

  /**
   * A plugin was started and its extensions are listed. An exception marks it as failed; its
   * extensions stay listed.
   */
  default void afterStart(String id) {}

  /** A started plugin is going to be stopped; its extensions are still listed. */
  default void beforeStop(String id) {}

  /** Its extensions are no longer listed. */
  default void registryRemoved(String id, PrometheusRegistry registry) {}

  /** Everything that came or went in one look at the directories has done so. */
  default void changed() {}

  /** Nobody listens. */
  static PluginListener none() {
    return new PluginListener() {};
  }
}
