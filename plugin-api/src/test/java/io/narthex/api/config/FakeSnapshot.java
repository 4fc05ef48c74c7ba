package io.narthex.api.config;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * A configuration as a test wants it.
 *
 * @param sections bound sections by their key
 */
public record FakeSnapshot(Map<String, Object> sections, GlobalConfig global, Path baseDirectory)
    implements ConfigSnapshot {
  /** Defaults, and no sections. */
  public static FakeSnapshot in(Path baseDirectory) {
    return new FakeSnapshot(Map.of(), Defaults.of(GlobalConfig.class), baseDirectory);
  }

  @Override
  public <C> Optional<C> section(String key, Class<C> type) {
    return Optional.ofNullable(sections.get(key)).filter(type::isInstance).map(type::cast);
  }

  /** Keys are given when they have a section. */
  @Override
  public boolean isGiven(String key) {
    return sections.containsKey(key);
  }
}
