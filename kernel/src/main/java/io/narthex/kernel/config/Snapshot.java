package io.narthex.kernel.config;

import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.GlobalConfig;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Sections as bound in one round.
 *
 * @param given the keys that say anything, and with dots those below them
 */
record Snapshot(
    Map<String, Object> sections,
    Set<String> given,
    GlobalConfig global,
    Path baseDirectory,
    Path shownDirectory)
    implements ConfigSnapshot {
  Snapshot {
    sections = Collections.unmodifiableMap(new LinkedHashMap<>(sections));
    given = Set.copyOf(given);
  }

  @Override
  public <C> Optional<C> section(String key, Class<C> type) {
    Object bound = sections.get(key);
    return type.isInstance(bound) ? Optional.of(type.cast(bound)) : Optional.empty();
  }

  @Override
  public boolean isGiven(String key) {
    return given.contains(key);
  }

  /** Keys alone: a plugin's record might show more than it should. */
  @Override
  public String toString() {
    return "sections " + sections.keySet();
  }
}
