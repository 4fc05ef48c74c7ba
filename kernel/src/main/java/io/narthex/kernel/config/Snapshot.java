package io.narthex.kernel.config;

import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.GlobalConfig;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Sections as bound in one round. */
record Snapshot(Map<String, Object> sections, GlobalConfig global, Path baseDirectory)
    implements ConfigSnapshot {
  Snapshot {
    sections = Collections.unmodifiableMap(new LinkedHashMap<>(sections));
  }

  @Override
  public <C> Optional<C> section(String key, Class<C> type) {
    Object bound = sections.get(key);
    return type.isInstance(bound) ? Optional.of(type.cast(bound)) : Optional.empty();
  }

  /** Keys alone: a plugin's record might show more than it should. */
  @Override
  public String toString() {
    return "sections " + sections.keySet();
  }
}
