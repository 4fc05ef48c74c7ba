package io.narthex.api.config;

import io.narthex.api.Api;
import io.narthex.api.Provider;
import java.util.Objects;

/**
 * A provider together with a configuration that was bound and validated for it. Two are equal when
 * the provider's name and class and the configurations are; a reloaded plugin brings a new class,
 * so that what it made is made anew.
 *
 * @param <P> the extension point
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public final class Configured<P extends Provider<?>> {
  private final P provider;
  private final Object config;

  /**
   * Pairs them.
   *
   * @throws IllegalArgumentException when the configuration is not of the provider's type
   */
  public Configured(P provider, Object config) {
    this.provider = Objects.requireNonNull(provider);
    if (!provider.configType().isInstance(config)) {
      throw new IllegalArgumentException(
          "cannot configure "
              + provider.name()
              + ": got "
              + config.getClass()
              + ", want "
              + provider.configType());
    }
    this.config = config;
  }

  public P provider() {
    return provider;
  }

  /** The configuration; an instance of the provider's {@link Provider#configType}. */
  public Object config() {
    return config;
  }

  @Override
  public boolean equals(@org.jspecify.annotations.Nullable Object o) {
    return o instanceof Configured<?> c
        && provider.getClass() == c.provider.getClass()
        && provider.name().equals(c.provider.name())
        && config.equals(c.config);
  }

  @Override
  public int hashCode() {
    return Objects.hash(provider.name(), config);
  }

  @Override
  public String toString() {
    return provider.name() + config;
  }
}
