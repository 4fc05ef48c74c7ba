package io.narthex.api.config;

import io.narthex.api.Api;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes configuration records out of their {@link Default}s: what the kernel binds when keys are
 * absent, and what tests of a plugin start from.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public final class Defaults {
  /** What a number is to users; {@link Double#valueOf} takes {@code 1f}, blanks and more. */
  private static final Pattern FLOAT =
      Pattern.compile("[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]{1,5})?");

  private Defaults() {}

  /**
   * The record that an empty object is bound to.
   *
   * @throws IllegalArgumentException when the record refuses its own defaults (a required key): the
   *     message is the record's
   */
  public static <R> R of(Class<R> record) {
    return with(record, Map.of());
  }

  /**
   * A record of defaults except for some components.
   *
   * @param components values by the name of the record's component (not of the key)
   * @throws IllegalArgumentException when the record refuses the values, or a name is none of its
   *     components
   */
  public static <R> R with(Class<R> record, Map<String, ?> components) {
    RecordComponent[] all = record.getRecordComponents();
    if (all == null) {
      throw new IllegalArgumentException("cannot make defaults: " + record + " is no record");
    }
    @Nullable Object[] values = new @Nullable Object[all.length];
    int used = 0;
    for (int i = 0; i < all.length; i++) {
      boolean given = components.containsKey(all[i].getName());
      values[i] = given ? components.get(all[i].getName()) : of(all[i]);
      used += given ? 1 : 0;
    }
    if (used != components.size()) {
      throw new IllegalArgumentException(
          "cannot make "
              + record.getSimpleName()
              + ": some of "
              + components.keySet()
              + " are no components");
    }
    return construct(record, values);
  }

  /**
   * Calls the canonical constructor.
   *
   * @param values one for each component, in order
   * @throws IllegalArgumentException with the record's own message when it refuses the values
   */
  public static <R> R construct(Class<R> record, @Nullable Object[] values) {
    try {
      Class<?>[] types =
          Arrays.stream(record.getRecordComponents())
              .map(RecordComponent::getType)
              .toArray(Class<?>[]::new);
      Constructor<R> constructor = record.getDeclaredConstructor(types);
      constructor.setAccessible(true);
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException refusal) {
        throw refusal;
      }
      throw new IllegalStateException("cannot make " + record.getName(), e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("cannot make " + record.getName(), e);
    }
  }

  /**
   * The value that a component has when its key is absent; null only where the component is
   * nullable.
   */
  public static @Nullable Object of(RecordComponent component) {
    Default given = component.getAnnotation(Default.class);
    Class<?> type = component.getType();
    if (given == null) {
      return component.getAnnotatedType().isAnnotationPresent(Nullable.class) ? null : empty(type);
    }
    if (type == List.class) {
      Type element = ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0];
      List<Object> list = new ArrayList<>();
      for (String text : given.value()) {
        list.add(scalar((Class<?>) element, text));
      }
      return List.copyOf(list);
    }
    if (given.value().length != 1) {
      throw new IllegalStateException("want one @Default value on " + component);
    }
    return scalar(type, given.value()[0]);
  }

  private static @Nullable Object empty(Class<?> type) {
    if (type == String.class) {
      return "";
    }
    if (type == boolean.class || type == Boolean.class) {
      return false;
    }
    if (type == int.class || type == Integer.class) {
      return 0;
    }
    if (type == long.class || type == Long.class) {
      return 0L;
    }
    if (type == double.class || type == Double.class) {
      return 0.0;
    }
    if (type == Duration.class) {
      return Duration.ZERO;
    }
    if (type == ByteSize.class) {
      return new ByteSize(0);
    }
    if (type == Secret.class) {
      return Secret.of("");
    }
    if (type == List.class) {
      return List.of();
    }
    if (type == Map.class) {
      return Map.of();
    }
    if (type.isEnum()) {
      return type.getEnumConstants()[0];
    }
    if (type.isRecord()) {
      return of(type);
    }
    throw new IllegalStateException(
        "type " + type + " has no empty value: use @Default or @Nullable");
  }

  /**
   * Reads a scalar from its text, as written in the file or on the command line.
   *
   * @param type {@link String}, a number, boolean, {@link Duration}, {@link ByteSize}, {@link
   *     Secret} or an enum (whose constants are written in lower case, or as their {@code toString}
   *     says)
   * @throws IllegalArgumentException saying what was wanted when the text does not fit
   */
  public static Object scalar(Class<?> type, String text) {
    if (type == String.class) {
      return text;
    }
    if (type == boolean.class || type == Boolean.class) {
      return switch (text) {
        case "true" -> true;
        case "false" -> false;
        default -> throw new IllegalArgumentException("got \"" + text + "\", want true or false");
      };
    }
    if (type == Duration.class) {
      return Durations.parse(text);
    }
    if (type == ByteSize.class) {
      return ByteSize.parse(text);
    }
    if (type == Secret.class) {
      return Secret.of(text);
    }
    if (type.isEnum()) {
      List<String> names = new ArrayList<>();
      for (Object constant : type.getEnumConstants()) {
        String name = ((Enum<?>) constant).name();
        String shown =
            constant.toString().equals(name) ? name.toLowerCase(Locale.ROOT) : constant.toString();
        if (shown.equals(text)) {
          return constant;
        }
        names.add(shown);
      }
      throw new IllegalArgumentException(
          "got \"" + text + "\", want one of " + String.join(", ", names));
    }
    try {
      if (type == int.class || type == Integer.class) {
        return Integer.valueOf(text);
      }
      if (type == long.class || type == Long.class) {
        return Long.valueOf(text);
      }
      if ((type == double.class || type == Double.class) && FLOAT.matcher(text).matches()) {
        return Double.valueOf(text);
      }
      if (type == double.class || type == Double.class) {
        throw new NumberFormatException(text);
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("got \"" + text + "\", want a number", e);
    }
    throw new IllegalStateException("type " + type + " is no scalar");
  }
}
