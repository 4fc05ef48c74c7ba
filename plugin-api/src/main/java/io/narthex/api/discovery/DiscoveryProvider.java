package io.narthex.api.discovery;

import io.narthex.api.Api;
import io.narthex.api.Provider;
import io.narthex.api.config.Configured;

/**
 * Brings a discovery mechanism, configured as {@code <name>_sd_configs} in scrape and Alertmanager
 * configurations.
 *
 * @param <C> its configuration
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public interface DiscoveryProvider<C> extends Provider<C> {
  /** Makes a discoverer for one item of the list. Opens nothing; {@link Discoverer#run} does. */
  Discoverer create(C config, DiscoveryContext context);

  /** Makes the discoverer of a bound configuration. */
  static Discoverer create(
      Configured<? extends DiscoveryProvider<?>> configured, DiscoveryContext context) {
    return create(configured.provider(), configured.config(), context);
  }

  private static <C> Discoverer create(
      DiscoveryProvider<C> provider, Object config, DiscoveryContext context) {
    return provider.create(provider.configType().cast(config), context);
  }
}
