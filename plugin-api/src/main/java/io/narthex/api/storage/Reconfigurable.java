package io.narthex.api.storage;

import io.narthex.api.Api;

/**
 * The ability of a {@link StorageProvider} to give a storage that runs a changed configuration.
 * Without it a change takes effect at the next start.
 *
 * @param <C> the provider's configuration
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface Reconfigurable<C> {
  /**
   * Switches a storage over. Called when a reload of the configuration is applied that has changed
   * what the storage was made of or was given last; never twice at once. It must return within
   * seconds, and must not fail: what cannot be changed while the storage runs is logged and stays
   * as it was.
   *
   * @param storage made by {@link StorageProvider#create} of this provider; may still be starting
   * @param config as it is bound now
   * @param context as it is now; the directory is never another
   */
  void reconfigure(Storage storage, C config, StorageContext context);
}
