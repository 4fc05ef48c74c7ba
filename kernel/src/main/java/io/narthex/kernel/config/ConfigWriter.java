package io.narthex.kernel.config;

import io.narthex.api.config.ByteSize;
import io.narthex.api.config.Configured;
import io.narthex.api.config.Defaults;
import io.narthex.api.config.Secret;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLWriteFeature;

/**
 * Writes bound records as YAML, as Prometheus shows its configuration: defaults filled in, what is
 * empty by default left out, secrets as {@code <secret>}, passwords in URLs as {@code xxxxx}.
 */
final class ConfigWriter {
  private static final YAMLMapper YAML =
      YAMLMapper.builder()
          .disable(YAMLWriteFeature.WRITE_DOC_START_MARKER)
          .disable(YAMLWriteFeature.SPLIT_LINES)
          .enable(YAMLWriteFeature.MINIMIZE_QUOTES)
          .enable(YAMLWriteFeature.ALWAYS_QUOTE_NUMBERS_AS_STRINGS)
          .build();

  private ConfigWriter() {}

  /** Writes sections, or trees of them, by key; those that have nothing to say are left out. */
  static String write(Map<String, Object> sections) {
    Map<String, Object> out = new LinkedHashMap<>();
    sections.forEach((key, value) -> {
      Object tree = tree(value);
      boolean empty =
          (tree instanceof Map<?, ?> map && map.isEmpty())
              || (tree instanceof List<?> list && list.isEmpty());
      if (!empty) {
        out.put(key, tree);
      }
    });
    return out.isEmpty() ? "" : YAML.writeValueAsString(out);
  }

  /** Writes one record. */
  static String write(Record record) {
    Map<String, Object> out = new LinkedHashMap<>();
    record(record, out);
    return out.isEmpty() ? "" : YAML.writeValueAsString(out);
  }

  /** What a tree says of keys that stand in a file, however deep. */
  static Object only(Object tree, Node file) {
    if (!(tree instanceof Map<?, ?> map) || !(file instanceof Node.Mapping written)) {
      return tree;
    }
    Map<String, Object> out = new LinkedHashMap<>();
    map.forEach((key, value) -> {
      Node.Entry entry = written.find(String.valueOf(key));
      if (entry != null) {
        out.put(entry.key(), only(value, entry.value()));
      }
    });
    return out;
  }

  /** A value as it is shown: maps, lists and single values. */
  static Object tree(Object value) {
    return switch (value) {
      case Boolean b -> b;
      case Integer n -> n;
      case Long n -> n;
      case Double n -> n == Math.rint(n) && Math.abs(n) < 1e15 ? (Object) (long) (double) n : n;
      case Secret secret -> secret.toString();
      case String text -> Redaction.of(text);
      case Map<?, ?> map -> {
        Map<String, Object> out = new LinkedHashMap<>();
        map.forEach((k, v) -> out.put(String.valueOf(k), tree(v)));
        yield out;
      }
      case Collection<?> items -> {
        List<Object> out = new ArrayList<>(items.size());
        items.forEach(item -> out.add(tree(item)));
        yield out;
      }
      case Configured<?> configured -> tree(configured.config());
      case Record record when !Scalars.isScalar(record.getClass()) -> {
        Map<String, Object> out = new LinkedHashMap<>();
        record(record, out);
        yield out;
      }
      default -> Setting.text(value);
    };
  }

  private static void record(Record record, Map<String, Object> out) {
    for (RecordKeys.Key key : RecordKeys.of(record.getClass()).keys()) {
      Object value = key.of(record);
      if (value == null) {
        continue;
      }
      if (key.providers() != null) {
        for (Object item : (Collection<?>) value) {
          Configured<?> configured = (Configured<?>) item;
          String name = RecordKeys.providerKey(key.providers(), configured.provider());
          if (key.providers().list()) {
            @SuppressWarnings("unchecked")
            List<Object> list = (List<Object>) out.computeIfAbsent(name, n -> new ArrayList<>());
            list.add(tree(configured.config()));
          } else {
            out.put(name, tree(configured.config()));
          }
        }
      } else if (key.unwrapped()) {
        record((Record) value, out);
      } else if (key.always() || !isEmpty(value)) {
        Object tree = tree(value);
        boolean says = !(tree instanceof Map<?, ?> map) || !map.isEmpty();
        if (says || byDefault(key) == null) {
          out.put(key.name(), tree);
        }
      } else if (!key.unlessEmpty()) {
        Object byDefault = byDefault(key);
        // A list that is null by default and empty now was not said: nobody could have meant it.
        if (byDefault == null ? !(value instanceof Collection<?>) : !isEmpty(byDefault)) {
          out.put(key.name(), tree(value));
        }
      }
    }
  }

  private static @Nullable Object byDefault(RecordKeys.Key key) {
    try {
      return Defaults.of(key.component());
    } catch (RuntimeException e) {
      // A record with a required key has no default, so whatever is there was said.
      return null;
    }
  }

  private static boolean isEmpty(Object value) {
    return switch (value) {
      case String s -> s.isEmpty();
      case Boolean b -> !b;
      case Integer n -> n == 0;
      case Long n -> n == 0;
      case Double n -> n == 0;
      case Duration d -> d.isZero();
      case ByteSize b -> b.bytes() == 0;
      case Secret s -> s.isEmpty();
      case Collection<?> c -> c.isEmpty();
      case Map<?, ?> m -> m.isEmpty();
      default -> false;
    };
  }
}
