package io.narthex.kernel.boot;

import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.plugin.RunningConfiguration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The configuration for those who are made before it is: plugins are, because it is bound by what
 * they bring.
 */
final class LateConfiguration implements RunningConfiguration {
  private volatile @Nullable RunningConfiguration actual;

  void set(RunningConfiguration configuration) {
    actual = configuration;
  }

  private RunningConfiguration actual() {
    RunningConfiguration configuration = actual;
    if (configuration == null) {
      throw new IllegalStateException("the configuration is not loaded yet");
    }
    return configuration;
  }

  @Override
  public String yaml() {
    return actual().yaml();
  }

  @Override
  public Map<String, String> flags() {
    return actual().flags();
  }

  @Override
  public ConfigSnapshot snapshot() {
    return actual().snapshot();
  }

  @Override
  public Instant loadedAt() {
    return actual().loadedAt();
  }

  @Override
  public boolean lastLoadSucceeded() {
    return actual != null && actual().lastLoadSucceeded();
  }

  @Override
  public Optional<Instant> failedAt() {
    return actual == null ? Optional.empty() : actual().failedAt();
  }
}
