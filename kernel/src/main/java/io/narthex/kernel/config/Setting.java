package io.narthex.kernel.config;

import io.narthex.api.config.Durations;
import io.narthex.api.config.Secret;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A key of the configuration that holds a single value or a list of them, and the flag that lies
 * over it.
 *
 * @param path the keys that lead to it, without indexes; empty for a flag without a key
 * @param type of the value, or of the list's items
 * @param list whether several values are held
 * @param defaults its value when nothing is said; empty for none
 * @param help for people
 * @param flag its name without dashes; empty when there is none
 * @param shortName one letter; a blank for none
 * @param hidden whether {@code --help} leaves it out
 * @param provider the leading keys that must be in use for it to have an effect; empty for none
 */
record Setting(
    List<String> path,
    Class<?> type,
    boolean list,
    List<String> defaults,
    String help,
    String flag,
    char shortName,
    boolean hidden,
    List<String> provider) {
  Setting {
    path = List.copyOf(path);
    defaults = List.copyOf(defaults);
    provider = List.copyOf(provider);
  }

  /** A flag that has no key. */
  static Setting flagOnly(String name, char shortName, Class<?> type, String value, String help) {
    List<String> defaults = value.isEmpty() ? List.of() : List.of(value);
    return new Setting(List.of(), type, false, defaults, help, name, shortName, false, List.of());
  }

  /** The same under another flag's name. */
  Setting named(String other) {
    return new Setting(path, type, list, defaults, help, other, ' ', hidden, provider);
  }

  /** The same with the default that a lower layer gives it; null for none. */
  Setting over(@Nullable Node below) {
    List<String> texts =
        switch (below) {
          case Node.Scalar s when !list && !Node.isNull(s) -> List.of(s.text());
          case Node.Sequence s when list ->
              s.items().stream()
                  .filter(Node.Scalar.class::isInstance)
                  .map(item -> ((Node.Scalar) item).text())
                  .toList();
          case null, default -> defaults;
        };
    return new Setting(path, type, list, texts, help, flag, shortName, hidden, provider);
  }

  boolean hasFlag() {
    return !flag.isEmpty();
  }

  boolean isBoolean() {
    return !list && (type == boolean.class || type == Boolean.class);
  }

  boolean isSecret() {
    return type == Secret.class;
  }

  String key() {
    return String.join(".", path);
  }

  /** The environment variable that lies over the key. */
  String variable() {
    return variable(key());
  }

  static String variable(String name) {
    return "NARTHEX_" + name.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
  }

  /** How a value is written. */
  static String text(@Nullable Object value) {
    return switch (value) {
      case null -> "";
      case Duration d -> Durations.format(d);
      default -> Scalars.text(value);
    };
  }
}
