package io.narthex.kernel.plugin;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.narthex.api.config.ByteSize;
import io.narthex.api.config.Default;
import io.narthex.api.config.Flag;
import io.narthex.api.config.Help;
import io.narthex.api.config.ProviderKeys;
import io.narthex.api.config.Secret;
import java.lang.annotation.Annotation;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The keys of a configuration record, for people. */
final class ConfigKeys {
  /**
   * A key.
   *
   * @param name with the keys that it stands under, such as {@code tls_config.ca_file}
   * @param preset what holds when it is absent; empty for nothing
   */
  record Row(String name, String type, String preset, String help) {}

  private ConfigKeys() {}

  /** The keys of a record and of the records in it, in order; none for what is no record. */
  static List<Row> of(Class<?> record) {
    List<Row> rows = new ArrayList<>();
    collect("", record, new HashSet<>(), rows);
    return rows;
  }

  private static void collect(String prefix, Class<?> record, Set<Class<?>> above, List<Row> rows) {
    RecordComponent[] components = record.getRecordComponents();
    // A record may hold itself, as routes of alerts do.
    if (components == null || !above.add(record)) {
      return;
    }
    for (RecordComponent component : components) {
      ProviderKeys providers = component.getAnnotation(ProviderKeys.class);
      if (providers != null) {
        rows.add(
            new Row(
                prefix + providers.prefix() + "<name>" + providers.suffix(),
                providers.list() ? "list of object" : "object",
                "",
                "One for each " + providers.value().getSimpleName() + "."));
        continue;
      }
      Class<?> nested = nested(component);
      if (nested != null && annotation(component, JsonUnwrapped.class) != null) {
        collect(prefix, nested, above, rows);
        continue;
      }
      String name = prefix + name(component);
      rows.add(new Row(name, type(component.getGenericType()), preset(component), help(component)));
      if (nested != null) {
        String below = component.getType() == List.class ? "[]." : ".";
        collect(
            name + (component.getType() == Map.class ? ".<name>." : below), nested, above, rows);
      }
    }
    above.remove(record);
  }

  private static String name(RecordComponent component) {
    JsonProperty property = annotation(component, JsonProperty.class);
    if (property != null && !property.value().isEmpty()) {
      return property.value();
    }
    return component.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  /** Jackson's annotations cannot stand on a component; they end up on its accessor. */
  private static <A extends Annotation> @Nullable A annotation(
      RecordComponent component, Class<A> type) {
    return component.getAccessor().getAnnotation(type);
  }

  private static @Nullable Class<?> nested(RecordComponent component) {
    Class<?> type = component.getType();
    if (component.getGenericType() instanceof ParameterizedType parameterized
        && (type == List.class || type == Map.class)) {
      Type[] arguments = parameterized.getActualTypeArguments();
      if (arguments[arguments.length - 1] instanceof Class<?> element) {
        type = element;
      }
    }
    return type.isRecord() && type != ByteSize.class ? type : null;
  }

  private static String type(Type type) {
    if (type instanceof ParameterizedType parameterized) {
      Type[] arguments = parameterized.getActualTypeArguments();
      return parameterized.getRawType() == Map.class
          ? "map of " + type(arguments[1])
          : "list of " + type(arguments[0]);
    }
    if (!(type instanceof Class<?> c)) {
      return "any";
    }
    if (c == Duration.class) {
      return "duration";
    }
    if (c == ByteSize.class) {
      return "size";
    }
    if (c == Secret.class) {
      return "secret";
    }
    if (c == boolean.class || c == Boolean.class) {
      return "boolean";
    }
    if (c == int.class || c == long.class || c == Integer.class || c == Long.class) {
      return "integer";
    }
    if (c == double.class || c == Double.class) {
      return "number";
    }
    if (c.isEnum()) {
      List<String> names = new ArrayList<>();
      for (Object constant : c.getEnumConstants()) {
        String name = ((Enum<?>) constant).name();
        names.add(
            constant.toString().equals(name) ? name.toLowerCase(Locale.ROOT) : constant.toString());
      }
      return String.join("|", names);
    }
    return c.isRecord() ? "object" : c == String.class ? "string" : "any";
  }

  private static String preset(RecordComponent component) {
    Default given = component.getAnnotation(Default.class);
    if (given != null) {
      return String.join(", ", given.value());
    }
    Class<?> type = component.getType();
    if (component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
      return "";
    }
    if (type == boolean.class || type == Boolean.class) {
      return "false";
    }
    if (type.isPrimitive()) {
      return "0";
    }
    return type == Duration.class ? "0s" : "";
  }

  private static String help(RecordComponent component) {
    Flag flag = component.getAnnotation(Flag.class);
    Help help = component.getAnnotation(Help.class);
    if (flag != null) {
      return flag.help() + " (--" + flag.value() + ")";
    }
    return help == null ? "" : help.value();
  }
}
