package io.narthex.kernel.config;

import io.narthex.api.config.Configured;
import io.narthex.api.config.Default;
import io.narthex.api.config.Flag;
import io.narthex.api.config.Help;
import io.narthex.api.config.ProviderKeys;
import io.narthex.api.storage.StorageProvider;
import java.util.List;
import java.util.Optional;

/**
 * The {@code storage} section.
 *
 * @param backend name of the storage that is used; the kernel fills in the one that is used when
 *     nothing is said, empty when there is none
 * @param exemplars of all backends
 * @param backends configurations of backends, the selected one always among them
 */
public record StorageConfig(
    @Flag(
            value = "storage.backend",
            roles = "prometheus",
            help =
                "Storage backend to use. The default is tsdb when such a plugin is loaded, else the"
                    + " first one.")
        String backend,
    Exemplars exemplars,
    @ProviderKeys(StorageProvider.class) List<Configured<StorageProvider<?>>> backends) {
  public StorageConfig {
    backends = List.copyOf(backends);
  }

  /** The storage that is used. */
  public Optional<Configured<StorageProvider<?>>> selected() {
    return backends.stream().filter(b -> b.provider().name().equals(backend)).findFirst();
  }

  /**
   * Exemplars.
   *
   * @param maxExemplars how many are kept in all; 0 for none
   */
  public record Exemplars(
      @Help("How many exemplars are kept in all; 0 for none.") @Default("100000")
          long maxExemplars) {}
}
