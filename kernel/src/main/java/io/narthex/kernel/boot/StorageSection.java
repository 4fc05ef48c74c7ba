package io.narthex.kernel.boot;

import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Configured;
import io.narthex.api.config.Prepared;
import io.narthex.api.storage.Reconfigurable;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageContext;
import io.narthex.api.storage.StorageProvider;
import io.narthex.kernel.config.StorageConfig;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The {@code storage} section: makes the storage that is selected, and hands it what a reload has
 * changed. A backend that cannot be told while it runs, and another backend, take effect at the
 * next start, which is said once for each change. Safe for several threads.
 */
final class StorageSection implements ConfigSection<StorageConfig> {
  private static final Logger log = LoggerFactory.getLogger(StorageSection.class);

  /** What the storage that runs was made of, or given last. */
  private record Made(
      Storage storage, StorageProvider<?> provider, Object config, StorageContext context) {}

  private final Selected<Storage> running;
  private final Path directory;
  private final Set<String> features;

  // Guarded by this.
  private @Nullable Made made;
  private String otherBackend = "";

  /**
   * Makes one.
   *
   * @param running where the storage that runs stands
   * @param directory the data directory
   * @param features names given with {@code --enable-feature}
   */
  StorageSection(Selected<Storage> running, Path directory, Set<String> features) {
    this.running = running;
    this.directory = directory;
    this.features = Set.copyOf(features);
  }

  /**
   * Makes the selected storage, without starting it; empty when none is selected.
   *
   * @param config asked for what is bound now
   * @param owner tells whose a provider is
   */
  synchronized Optional<Storage> make(
      Supplier<Optional<StorageConfig>> config, Function<StorageProvider<?>, String> owner) {
    Optional<StorageConfig> bound = config.get();
    Optional<Configured<StorageProvider<?>>> selected = bound.flatMap(StorageConfig::selected);
    if (bound.isEmpty() || selected.isEmpty()) {
      return Optional.empty();
    }
    StorageProvider<?> provider = selected.get().provider();
    StorageContext context = context(bound.get());
    Storage storage = create(provider, selected.get().config(), context);
    made = new Made(storage, provider, selected.get().config(), context);
    otherBackend = "";
    running.set(storage, owner.apply(provider));
    return Optional.of(storage);
  }

  private StorageContext context(StorageConfig config) {
    return new StorageContext(directory, config.exemplars().maxExemplars(), features);
  }

  private static <C> Storage create(
      StorageProvider<C> provider, Object config, StorageContext context) {
    return provider.create(provider.configType().cast(config), context);
  }

  @Override
  public String key() {
    return "storage";
  }

  @Override
  public ConfigShape<StorageConfig> shape() {
    return ConfigShape.of(StorageConfig.class);
  }

  @Override
  public int order() {
    return Integer.MIN_VALUE;
  }

  @Override
  public Prepared prepare(StorageConfig config, ConfigSnapshot snapshot) {
    return () -> apply(config);
  }

  private synchronized void apply(StorageConfig config) {
    Made before = made;
    if (before == null || running.find().filter(before.storage::equals).isEmpty()) {
      // Not made yet, or gone with its plugin: what comes next is made of what is bound then.
      return;
    }
    Optional<Configured<StorageProvider<?>>> selected = config.selected();
    if (selected.isEmpty() || !selected.get().provider().equals(before.provider)) {
      if (!otherBackend.equals(config.backend())) {
        otherBackend = config.backend();
        log.warn(
            "Another storage backend takes effect at the next start backend={} running={}",
            config.backend(),
            before.provider.name());
      }
      return;
    }
    otherBackend = "";
    Made now = new Made(before.storage, before.provider, selected.get().config(), context(config));
    if (now.equals(before)) {
      return;
    }
    made = now;
    if (before.provider instanceof Reconfigurable<?> able) {
      @SuppressWarnings("unchecked") // A provider takes its own configuration.
      Reconfigurable<Object> reconfigurable = (Reconfigurable<Object>) able;
      reconfigurable.reconfigure(now.storage, now.config, now.context);
    } else {
      log.warn(
          "The changed configuration of the storage takes effect at the next start backend={}",
          before.provider.name());
    }
  }
}
