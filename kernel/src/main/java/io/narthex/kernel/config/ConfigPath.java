package io.narthex.kernel.config;

import io.narthex.api.config.Configured;
import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** Reads a bound record by the keys of the file. */
final class ConfigPath {
  private ConfigPath() {}

  /**
   * The value of a key; a provider's configuration for a provider's key; null when there is none.
   */
  static @Nullable Object step(Record record, String name) {
    for (RecordKeys.Key key : RecordKeys.of(record.getClass()).keys()) {
      Object value = key.of(record);
      if (key.providers() != null && value instanceof Collection<?> items) {
        for (Object item : items) {
          Configured<?> configured = (Configured<?>) item;
          if (RecordKeys.providerKey(key.providers(), configured.provider()).equals(name)) {
            return configured.config();
          }
        }
      } else if (key.unwrapped() && value instanceof Record inner) {
        Object found = step(inner, name);
        if (found != null) {
          return found;
        }
      } else if (key.name().equals(name)) {
        return value;
      }
    }
    return null;
  }
}
