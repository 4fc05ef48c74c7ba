package io.narthex.api.storage;

import io.narthex.api.Api;
import io.narthex.api.Provider;

/**
 * Brings a storage backend, selected by {@code storage.backend} or {@code --storage.backend};
 * configured under {@code storage.<name>}.
 *
 * @param <C> its configuration
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public interface StorageProvider<C> extends Provider<C> {
  /**
   * Makes the storage without opening anything; {@link Storage#start} does. Called once for each
   * start of the process or of the plugin.
   */
  Storage create(C config, StorageContext context);
}
