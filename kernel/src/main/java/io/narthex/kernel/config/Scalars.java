package io.narthex.kernel.config;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonValue;
import io.narthex.api.config.ByteSize;
import io.narthex.api.config.Defaults;
import io.narthex.api.config.Durations;
import io.narthex.api.config.Secret;
import io.narthex.kernel.config.Node.Kind;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.math.BigInteger;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads single values. A text without quotes is what the wanted type makes of it, by the rules of
 * Go's yaml.v2: {@code yes} is a boolean where one is wanted and a string where a string is, {@code
 * 0777} is octal, {@code 1e3} is an integer too. What stands in quotes is a string and never a
 * number.
 */
final class Scalars {
  private static final Set<String> TRUE =
      Set.of("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON");
  private static final Set<String> FALSE =
      Set.of("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF");
  private static final Set<String> NULL = Set.of("", "~", "null", "Null", "NULL");
  private static final Pattern INTEGER =
      Pattern.compile("([+-]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|([0-9]+))");
  private static final Pattern FLOAT =
      Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?");

  /** Looked up for each value of a large file; goes with the class, so it holds no plugin. */
  private static final ClassValue<Optional<Method>> CREATORS =
      new ClassValue<>() {
        @Override
        protected Optional<Method> computeValue(Class<?> type) {
          return findCreator(type);
        }
      };

  private Scalars() {}

  static boolean isNull(String text) {
    return NULL.contains(text);
  }

  /** What a text without quotes is when nothing is wanted of it. */
  static String tagOf(String text) {
    if (isNull(text)) {
      return "!!null";
    }
    if (TRUE.contains(text) || FALSE.contains(text)) {
      return "!!bool";
    }
    BigInteger integer = integer(text);
    if (integer != null) {
      return integer.bitLength() <= 64 ? "!!int" : "!!float";
    }
    return floating(text) != null ? "!!float" : "!!str";
  }

  /** Whether a value of this type is written as a single value. */
  static boolean isScalar(Class<?> type) {
    return type == String.class
        || type.isPrimitive()
        || type == Boolean.class
        || Number.class.isAssignableFrom(type)
        || type == Duration.class
        || type == ByteSize.class
        || type == Secret.class
        || type.isEnum()
        || creator(type) != null;
  }

  /**
   * Reads a value.
   *
   * @throws IllegalArgumentException when it does not fit, with yaml.v2's text where that has one
   */
  static Object read(Class<?> type, Node.Scalar node) {
    String text = node.text();
    if (node.kind() == Kind.LITERAL && !isLiteral(type)) {
      throw mismatch(node, "string");
    }
    if (type == Secret.class) {
      return Secret.of(text);
    }
    if (node.kind() == Kind.TEXT) {
      Long number = cut(type, text);
      if (number != null) {
        return Defaults.scalar(type, number.toString());
      }
      return isBasic(type) ? Defaults.scalar(type, text) : custom(type, text);
    }
    boolean plain = node.isPlain();
    if (type == boolean.class || type == Boolean.class) {
      if (plain && TRUE.contains(text)) {
        return true;
      }
      if (plain && FALSE.contains(text)) {
        return false;
      }
      throw mismatch(node, "bool");
    }
    if (type == int.class || type == Integer.class) {
      long n = whole(node, plain);
      if (n != (int) n) {
        throw mismatch(node, "int");
      }
      return (int) n;
    }
    if (type == long.class || type == Long.class) {
      return whole(node, plain);
    }
    if (type == double.class || type == Double.class) {
      BigInteger integer = plain ? integer(text) : null;
      Double number = plain ? floating(text) : null;
      if (integer != null) {
        return integer.doubleValue();
      }
      if (number == null) {
        throw mismatch(node, "float64");
      }
      return number;
    }
    return isBasic(type) && !type.isEnum() ? Defaults.scalar(type, text) : custom(type, text);
  }

  /**
   * The whole number of a flag that is written as {@code 5e7}, which Prometheus takes, too; null
   * where it is written otherwise.
   */
  private static @Nullable Long cut(Class<?> type, String text) {
    if (type != int.class && type != Integer.class && type != long.class && type != Long.class) {
      return null;
    }
    boolean digitsAlone = text.chars().noneMatch(c -> c == '.' || c == 'e' || c == 'E');
    if (digitsAlone || !FLOAT.matcher(text).matches()) {
      return null;
    }
    double number = Double.parseDouble(text);
    return Math.abs(number) < 0x1p63 ? (long) number : null;
  }

  /** A whole number; a fraction is cut off, as yaml.v2 does. */
  private static long whole(Node.Scalar node, boolean plain) {
    BigInteger integer = plain ? integer(node.text()) : null;
    if (integer != null && integer.bitLength() < 64) {
      return integer.longValue();
    }
    Double number = plain && integer == null ? floating(node.text()) : null;
    if (number == null || !(Math.abs(number) < 0x1p63)) {
      throw mismatch(node, "int");
    }
    return (long) (double) number;
  }

  /** Whether JSON has something else than strings for it. */
  private static boolean isLiteral(Class<?> type) {
    return type.isPrimitive() || type == Boolean.class || Number.class.isAssignableFrom(type);
  }

  private static boolean isBasic(Class<?> type) {
    return type == String.class
        || type.isPrimitive()
        || type == Boolean.class
        || type == Integer.class
        || type == Long.class
        || type == Double.class
        || type == Duration.class
        || type == ByteSize.class;
  }

  /** An integer in Go's notation, {@code _} between digits allowed; null when it is none. */
  private static @Nullable BigInteger integer(String text) {
    if (text.isEmpty() || "+-0123456789".indexOf(text.charAt(0)) < 0) {
      return null;
    }
    Matcher m = INTEGER.matcher(text.replace("_", ""));
    if (!m.matches()) {
      return null;
    }
    int radix = m.group(2) != null ? 16 : m.group(3) != null ? 2 : m.group(4) != null ? 8 : 10;
    for (int group = 2; group <= 5; group++) {
      String digits = m.group(group);
      if (digits != null) {
        return new BigInteger("-".equals(m.group(1)) ? "-" + digits : digits, radix);
      }
    }
    return null;
  }

  private static @Nullable Double floating(String text) {
    return switch (text) {
      case ".nan", ".NaN", ".NAN" -> Double.NaN;
      case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF" -> Double.POSITIVE_INFINITY;
      case "-.inf", "-.Inf", "-.INF" -> Double.NEGATIVE_INFINITY;
      default -> {
        String packed = text.replace("_", "");
        yield FLOAT.matcher(packed).matches() ? Double.valueOf(packed) : null;
      }
    };
  }

  /** What is written does not fit the wanted type, in the words of yaml.v2. */
  static final class Mismatch extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private Mismatch(String message) {
      super(message);
    }
  }

  private static Mismatch mismatch(Node node, String want) {
    return new Mismatch("cannot unmarshal " + shown(node) + " into " + want);
  }

  /** The value as yaml.v2's messages show it, shortened. */
  private static String shown(Node node) {
    if (!(node instanceof Node.Scalar s)) {
      return node.tag();
    }
    String text = s.text().length() > 10 ? s.text().substring(0, 7) + "..." : s.text();
    return s.tag() + " `" + text + "`";
  }

  /** Enums, and types that are made by a method annotated with {@link JsonCreator}. */
  private static Object custom(Class<?> type, String text) {
    Method creator = creator(type);
    if (creator != null) {
      Object made = call(creator, null, text);
      if (made == null) {
        throw new IllegalArgumentException("cannot use value: it is not known");
      }
      return made;
    }
    if (type.isEnum()) {
      Map<String, Object> constants = constants(type);
      Object constant = constants.get(text);
      if (constant == null) {
        throw new IllegalArgumentException(
            "got \"" + text + "\", want one of " + String.join(", ", constants.keySet()));
      }
      return constant;
    }
    throw new IllegalArgumentException("cannot bind a value of " + type.getName());
  }

  private static Map<String, Object> constants(Class<?> type) {
    Map<String, Object> names = new LinkedHashMap<>();
    for (Object constant : type.getEnumConstants()) {
      names.put(enumText((Enum<?>) constant), constant);
    }
    return names;
  }

  /** How a constant is written in configuration. */
  static String enumText(Enum<?> constant) {
    String name = constant.name();
    try {
      Field field = constant.getDeclaringClass().getField(name);
      JsonProperty property = field.getAnnotation(JsonProperty.class);
      if (property != null && !property.value().isEmpty()) {
        return property.value();
      }
    } catch (NoSuchFieldException e) {
      throw new IllegalStateException(e);
    }
    for (Method method : constant.getDeclaringClass().getDeclaredMethods()) {
      if (method.isAnnotationPresent(JsonValue.class) && method.getParameterCount() == 0) {
        return String.valueOf(call(method, constant));
      }
    }
    String shown = constant.toString();
    return shown.equals(name) ? name.toLowerCase(Locale.ROOT) : shown;
  }

  /** The text of a value, as written in configuration. */
  static String text(Object value) {
    return switch (value) {
      case Duration d -> Durations.format(d);
      case Enum<?> e -> enumText(e);
      case Double d ->
          d == Math.rint(d) && Math.abs(d) < 1e15 ? Long.toString((long) (double) d) : d.toString();
      default -> String.valueOf(value);
    };
  }

  static @Nullable Method creator(Class<?> type) {
    return type.isPrimitive() || type.getName().startsWith("java.")
        ? null
        : CREATORS.get(type).orElse(null);
  }

  private static Optional<Method> findCreator(Class<?> type) {
    for (Method method : type.getDeclaredMethods()) {
      if (method.isAnnotationPresent(JsonCreator.class)
          && Modifier.isStatic(method.getModifiers())
          && method.getParameterCount() == 1
          && method.getParameterTypes()[0] == String.class) {
        return Optional.of(method);
      }
    }
    return Optional.empty();
  }

  private static @Nullable Object call(Method method, @Nullable Object on, Object... arguments) {
    try {
      method.setAccessible(true);
      return method.invoke(on, arguments);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof RuntimeException refusal) {
        throw refusal;
      }
      throw new IllegalStateException("cannot call " + method, e.getCause());
    } catch (IllegalAccessException e) {
      throw new IllegalStateException("cannot call " + method, e);
    }
  }
}
