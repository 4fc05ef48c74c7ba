package io.narthex.api.notify;

import io.narthex.api.Api;
import io.narthex.api.Provider;
import io.narthex.api.config.Configured;

/**
 * Brings an integration, configured as {@code <name>_configs} in an Alertmanager receiver.
 *
 * @param <C> its configuration
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface NotifierProvider<C> extends Provider<C> {
  /** Makes a notifier for one item of the list. Opens nothing. */
  Notifier create(C config, NotifierContext context);

  /** Makes the notifier of a bound configuration. */
  static Notifier create(
      Configured<? extends NotifierProvider<?>> configured, NotifierContext context) {
    return create(configured.provider(), configured.config(), context);
  }

  private static <C> Notifier create(
      NotifierProvider<C> provider, Object config, NotifierContext context) {
    return provider.create(provider.configType().cast(config), context);
  }
}
