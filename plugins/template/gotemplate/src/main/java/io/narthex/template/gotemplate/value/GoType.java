package io.narthex.template.gotemplate.value;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A type of Go: what a value is called in messages, and which arguments a function takes.
 * Immutable.
 *
 * <p>Types are read from the way that Go prints them, such as {@code map[string]string} or {@code
 * func(string, ...int) bool}. A name that is none of Go's own is a struct until it is defined by
 * {@link #named}.
 */
public final class GoType {
  /** What a type is made of. */
  public enum Kind {
    BOOL,
    INT,
    UINT,
    FLOAT,
    COMPLEX,
    STRING,
    INTERFACE,
    SLICE,
    MAP,
    STRUCT,
    POINTER,
    FUNC
  }

  private static final ConcurrentHashMap<String, GoType> KNOWN = new ConcurrentHashMap<>();

  public static final GoType BOOL = basic("bool", Kind.BOOL, false);
  public static final GoType INT = basic("int", Kind.INT, false);
  public static final GoType UINT8 = basic("uint8", Kind.UINT, false);
  public static final GoType FLOAT64 = basic("float64", Kind.FLOAT, false);
  public static final GoType COMPLEX128 = basic("complex128", Kind.COMPLEX, false);
  public static final GoType STRING = basic("string", Kind.STRING, false);
  public static final GoType ANY = basic("interface {}", Kind.INTERFACE, false);

  /** A parameter that takes anything without looking into it, as Go's own functions have. */
  public static final GoType REFLECT = basic("reflect.Value", Kind.STRUCT, true);

  public static final GoType ANY_MAP;
  public static final GoType ANY_SLICE;

  static {
    for (String name : new String[] {"int8", "int16", "int32", "int64"}) {
      basic(name, Kind.INT, false);
    }
    for (String name : new String[] {"uint", "uint16", "uint32", "uint64", "uintptr"}) {
      basic(name, Kind.UINT, false);
    }
    basic("float32", Kind.FLOAT, false);
    basic("complex64", Kind.COMPLEX, false);
    basic("error", Kind.INTERFACE, true);
    KNOWN.put("any", ANY);
    KNOWN.put("interface{}", ANY);
    KNOWN.put("byte", UINT8);
    KNOWN.put("rune", of("int32"));
    ANY_MAP = of("map[string]interface {}");
    ANY_SLICE = of("[]interface {}");
    named("template.sample", of("struct { Labels map[string]string; Value interface {} }"));
    named("template.queryResult", of("[]*template.sample"));
    named("template.HTML", STRING);
    named("template.HTMLAttr", STRING);
    named("template.CSS", STRING);
    named("template.JS", STRING);
    named("template.JSStr", STRING);
    named("template.URL", STRING);
    named("template.Srcset", STRING);
    named("time.Time", of("struct {}"));
    named("time.Duration", of("int64"));
    named("time.Month", INT);
    named("time.Weekday", INT);
  }

  private final String name;
  private final Kind kind;
  private final boolean named;
  private final @Nullable GoType key;
  private final @Nullable GoType element;
  private final List<GoType> parameters;
  private final boolean variadic;
  private final String shape;
  private final @Nullable GoType result;

  private GoType(
      String name,
      Kind kind,
      boolean named,
      @Nullable GoType key,
      @Nullable GoType element,
      List<GoType> parameters,
      boolean variadic,
      String shape) {
    this(name, kind, named, key, element, parameters, variadic, shape, null);
  }

  private GoType(
      String name,
      Kind kind,
      boolean named,
      @Nullable GoType key,
      @Nullable GoType element,
      List<GoType> parameters,
      boolean variadic,
      String shape,
      @Nullable GoType result) {
    this.name = name;
    this.kind = kind;
    this.named = named;
    this.key = key;
    this.element = element;
    this.parameters = parameters;
    this.variadic = variadic;
    this.shape = shape;
    this.result = result;
  }

  private static GoType basic(String name, Kind kind, boolean named) {
    GoType type = new GoType(name, kind, named, null, null, List.of(), false, name);
    KNOWN.put(name, type);
    return type;
  }

  /**
   * The type of a name as Go prints it. Types come from programs, never from templates, so that all
   * that were asked for are kept.
   *
   * @throws IllegalArgumentException for what is no type
   */
  public static GoType of(String name) {
    GoType known = KNOWN.get(name);
    if (known != null) {
      return known;
    }
    GoType read = new Reader(name).whole();
    GoType raced = KNOWN.putIfAbsent(name, read);
    return raced == null ? read : raced;
  }

  /** A type with a name of its own, made as {@code underlying} is. */
  public static GoType named(String name, GoType underlying) {
    GoType known = KNOWN.get(name);
    if (known != null && known.shape.equals(underlying.shape)) {
      return known;
    }
    GoType type =
        new GoType(
            name,
            underlying.kind,
            true,
            underlying.key,
            underlying.element,
            underlying.parameters,
            underlying.variadic,
            underlying.shape);
    KNOWN.put(name, type);
    return type;
  }

  public static GoType pointerTo(GoType target) {
    String name = "*" + target.name;
    GoType known = KNOWN.get(name);
    if (known != null && known.element == target) {
      return known;
    }
    GoType type = new GoType(name, Kind.POINTER, false, null, target, List.of(), false, name);
    KNOWN.put(name, type);
    return type;
  }

  /** As Go prints it. */
  public String name() {
    return name;
  }

  public Kind kind() {
    return kind;
  }

  /** Of a map. */
  public GoType key() {
    return key == null ? STRING : key;
  }

  /** Of a map, a slice or a pointer. */
  public GoType element() {
    return element == null ? ANY : element;
  }

  /** Of a function; the last one of a variadic function is the type of one argument. */
  public List<GoType> parameters() {
    return parameters;
  }

  public boolean variadic() {
    return variadic;
  }

  /** Of a function, the first of its results; null when its signature does not tell. */
  public @Nullable GoType result() {
    return result;
  }

  public boolean isAny() {
    return kind == Kind.INTERFACE && !named;
  }

  public boolean canBeNil() {
    return switch (kind) {
      case INTERFACE, SLICE, MAP, POINTER, FUNC -> true;
      case STRUCT -> this == REFLECT;
      case BOOL, INT, UINT, FLOAT, COMPLEX, STRING -> false;
    };
  }

  /** Whether a value of this type can be put where {@code target} is asked for. */
  public boolean assignableTo(GoType target) {
    if (this == target || name.equals(target.name)) {
      return true;
    }
    if (target.kind == Kind.INTERFACE) {
      return target.isAny();
    }
    boolean basic =
        switch (kind) {
          case BOOL, INT, UINT, FLOAT, COMPLEX, STRING -> true;
          default -> false;
        };
    return shape.equals(target.shape) && !basic && !(named && target.named);
  }

  @Override
  public String toString() {
    return name;
  }

  /** Reads a type from its name. */
  private static final class Reader {
    private final String text;
    private int at;

    Reader(String text) {
      this.text = text;
    }

    GoType whole() {
      GoType type = type();
      if (at != text.length()) {
        throw bad();
      }
      return type;
    }

    private IllegalArgumentException bad() {
      return new IllegalArgumentException("not a type of Go: " + text + ", at offset " + at);
    }

    private GoType type() {
      int start = at;
      if (skip("[]")) {
        GoType element = type();
        String name = "[]" + element.name;
        return new GoType(name, Kind.SLICE, false, null, element, List.of(), false, name);
      }
      if (skip("*")) {
        GoType element = type();
        String name = "*" + element.name;
        return new GoType(name, Kind.POINTER, false, null, element, List.of(), false, name);
      }
      if (skip("map[")) {
        GoType key = type();
        expect("]");
        GoType element = type();
        String name = "map[" + key.name + "]" + element.name;
        return new GoType(name, Kind.MAP, false, key, element, List.of(), false, name);
      }
      if (skip("func(")) {
        return function();
      }
      if (skip("struct {")) {
        int depth = 1;
        while (depth > 0) {
          if (at == text.length()) {
            throw bad();
          }
          char c = text.charAt(at++);
          depth += c == '{' ? 1 : c == '}' ? -1 : 0;
        }
        String name = text.substring(start, at);
        return new GoType(name, Kind.STRUCT, false, null, null, List.of(), false, name);
      }
      if (skip("interface {}") || skip("interface{}")) {
        return ANY;
      }
      while (at < text.length()
          && (Character.isLetterOrDigit(text.charAt(at)) || "._".indexOf(text.charAt(at)) >= 0)) {
        at++;
      }
      if (at == start) {
        throw bad();
      }
      String name = text.substring(start, at);
      GoType known = KNOWN.get(name);
      return known != null
          ? known
          : new GoType(name, Kind.STRUCT, true, null, null, List.of(), false, name);
    }

    private GoType function() {
      List<GoType> parameters = new ArrayList<>();
      boolean variadic = false;
      StringBuilder name = new StringBuilder("func(");
      while (!skip(")")) {
        if (!parameters.isEmpty()) {
          expect(", ");
          name.append(", ");
        }
        if (skip("...")) {
          variadic = true;
          name.append("...");
        }
        GoType parameter = type();
        parameters.add(parameter);
        name.append(parameter.name);
      }
      name.append(')').append(text, at, text.length());
      GoType result = null;
      if (skip(" (") || skip(" ")) {
        result = type();
      }
      at = text.length();
      String whole = name.toString();
      return new GoType(
          whole, Kind.FUNC, false, null, null, List.copyOf(parameters), variadic, whole, result);
    }

    private boolean skip(String prefix) {
      if (text.startsWith(prefix, at)) {
        at += prefix.length();
        return true;
      }
      return false;
    }

    private void expect(String prefix) {
      if (!skip(prefix)) {
        throw bad();
      }
    }
  }
}
