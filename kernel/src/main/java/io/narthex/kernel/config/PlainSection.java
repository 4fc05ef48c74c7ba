package io.narthex.kernel.config;

import io.narthex.api.config.ConfigSection;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.GlobalConfig;
import io.narthex.api.config.Prepared;
import java.util.List;

/**
 * A section that has nothing to prepare: whoever needs it reads it from the snapshot.
 *
 * @param key the top-level key
 * @param shape what it is bound to
 * @param <C> the bound configuration
 */
public record PlainSection<C>(String key, ConfigShape<C> shape) implements ConfigSection<C> {
  /** Sections of the kernel that are bound before those of plugins. */
  private static final int FIRST = Integer.MIN_VALUE;

  /**
   * The kernel's sections but for {@code web}: {@code global data log plugins features config
   * storage query}.
   */
  public static List<ConfigSection<?>> ofKernel() {
    return List.of(
        new PlainSection<>("global", ConfigShape.of(GlobalConfig.class)),
        new PlainSection<>("data", ConfigShape.of(DataConfig.class)),
        new PlainSection<>("log", ConfigShape.of(LogConfig.class)),
        new PlainSection<>("plugins", ConfigShape.of(PluginsConfig.class)),
        new PlainSection<>("features", ConfigShape.listOf(String.class)),
        new PlainSection<>("config", ConfigShape.of(ReloadConfig.class)),
        new PlainSection<>("storage", ConfigShape.of(StorageConfig.class)),
        new PlainSection<>("query", ConfigShape.of(QueryConfig.class)));
  }

  @Override
  public int order() {
    return FIRST;
  }

  @Override
  public Prepared prepare(C config, ConfigSnapshot snapshot) {
    return Prepared.NOTHING;
  }
}
