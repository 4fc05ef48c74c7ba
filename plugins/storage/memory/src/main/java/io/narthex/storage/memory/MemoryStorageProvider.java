package io.narthex.storage.memory;

import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageContext;
import io.narthex.api.storage.StorageProvider;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import jakarta.inject.Inject;
import java.time.Clock;
import org.pf4j.Extension;

/** Brings the storage {@code memory}, which keeps the recent past and forgets it at the end. */
@Extension
public final class MemoryStorageProvider implements StorageProvider<MemoryConfig> {
  private final PrometheusRegistry registry;
  private final Clock clock;

  @Inject
  public MemoryStorageProvider(PrometheusRegistry registry, Clock clock) {
    this.registry = registry;
    this.clock = clock;
  }

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public Class<MemoryConfig> configType() {
    return MemoryConfig.class;
  }

  @Override
  public Storage create(MemoryConfig config, StorageContext context) {
    MemoryStorage storage =
        new MemoryStorage(config, context.maxExemplars(), clock, Runtime.getRuntime().maxMemory());
    new MemoryMetrics(storage).register(registry);
    return storage;
  }
}
