package io.narthex.template.gotemplate.value;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.template.TemplateException;
import io.narthex.api.template.TemplateFunction;
import io.narthex.api.template.TemplateObject;
import io.narthex.api.template.TemplateSample;
import io.narthex.template.gotemplate.value.GoType.Kind;
import io.narthex.template.gotemplate.value.GoValue.Body;
import io.narthex.template.gotemplate.value.GoValue.Boxed;
import io.narthex.template.gotemplate.value.GoValue.Function;
import io.narthex.template.gotemplate.value.GoValue.GoMap;
import io.narthex.template.gotemplate.value.GoValue.GoSlice;
import io.narthex.template.gotemplate.value.GoValue.Methods;
import io.narthex.template.gotemplate.value.GoValue.Pointer;
import io.narthex.template.gotemplate.value.GoValue.Scalar;
import io.narthex.template.gotemplate.value.GoValue.Struct;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What programs give to templates, as values; and back. */
public final class Data {
  private static final GoType STRING_MAP = GoType.of("map[string]string");
  private static final String SAMPLE = "*template.sample";

  private Data() {}

  /** Whether a map can be taken for labels: it holds nothing but strings. */
  private static boolean holdsStrings(Map<?, ?> map) {
    for (Object value : map.values()) {
      if (!(value instanceof String)) {
        return false;
      }
    }
    return true;
  }

  /** A sample that is given as a map with {@code Labels} and {@code Value}. */
  private static @Nullable Object sample(Map<?, ?> map) {
    if (map.get("Labels") instanceof Map<?, ?> labels) {
      Map<String, String> strings = new LinkedHashMap<>();
      labels.forEach((name, label) -> strings.put(String.valueOf(name), String.valueOf(label)));
      if (map.get("Value") instanceof Number value) {
        return of(new TemplateSample(strings, value.doubleValue()));
      }
      if (map.get("Value") instanceof NativeHistogram value) {
        return of(new TemplateSample(strings, value));
      }
    }
    return of(map);
  }

  /**
   * A value of the program.
   *
   * @param declared its type, where the program says so; null for what the value itself tells
   */
  public static @Nullable Object of(@Nullable Object raw, @Nullable GoType declared) {
    if (declared == null) {
      return of(raw);
    }
    if (declared.isAny()) {
      return raw instanceof Boxed ? raw : raw == null ? Boxed.NIL : new Boxed(of(raw));
    }
    if (raw == null) {
      return Values.zero(declared);
    }
    return switch (raw) {
      case String s -> declared == GoType.STRING ? s : named(of(s), declared);
      case Map<?, ?> m when declared.name().equals(SAMPLE) -> sample(m);
      case Map<?, ?> m when declared.kind() == Kind.MAP -> new GoMap(declared, m, Methods.NONE);
      case List<?> l when declared.kind() == Kind.SLICE -> new GoSlice(declared, l, Methods.NONE);
      default -> named(of(raw), declared);
    };
  }

  private static @Nullable Object named(@Nullable Object value, GoType declared) {
    Kind kind = Values.kind(value);
    if (value instanceof Long l && declared.kind() == Kind.FLOAT) {
      return named((double) l, declared);
    }
    boolean plain =
        value instanceof String
            || value instanceof Long
            || value instanceof Double
            || value instanceof Boolean;
    if (!plain || value == null || declared.name().equals(Values.typeName(value))) {
      return value;
    }
    boolean fits = kind == declared.kind() || (kind == Kind.INT && declared.kind() == Kind.UINT);
    return fits ? new Scalar(declared, value) : value;
  }

  /** A value of the program, of the type that it shows. */
  public static @Nullable Object of(@Nullable Object raw) {
    return switch (raw) {
      case null -> null;
      case String s -> s;
      case Long l -> l;
      case Double d -> d;
      case Boolean b -> b;
      case GoValue v -> v;
      case TemplateObject o -> object(o);
      case NativeHistogram h -> object(new HistogramObject(h));
      case Map<?, ?> m -> new GoMap(holdsStrings(m) ? STRING_MAP : GoType.ANY_MAP, m, Methods.NONE);
      case List<?> l -> new GoSlice(GoType.ANY_SLICE, l, Methods.NONE);
      case Record r -> RecordShape.of(r.getClass()).struct(r, null, Methods.NONE);
      case TemplateFunction f -> function(f);
      case Integer i -> i.longValue();
      case Short s -> s.longValue();
      case Byte b -> b.longValue();
      case Float f -> f.doubleValue();
      case Character c -> new Scalar(GoType.of("int32"), (long) c);
      case Instant i -> GoTime.of(i.atZone(ZoneOffset.UTC));
      case ZonedDateTime t -> GoTime.of(t);
      case Duration d -> GoTime.duration(d);
      case Optional<?> o -> of(o.orElse(null));
      case Enum<?> e -> e.name();
      case CharSequence s -> s.toString();
      case String[] a -> Values.strings(Arrays.asList(a));
      case Object[] a -> new GoSlice(GoType.ANY_SLICE, Arrays.asList(a), Methods.NONE);
      case Collection<?> c -> new GoSlice(GoType.ANY_SLICE, new ArrayList<>(c), Methods.NONE);
      default ->
          throw new IllegalArgumentException(
              "cannot give a " + raw.getClass().getName() + " to a template: no such data");
    };
  }

  private static Object object(TemplateObject object) {
    String name = object.type();
    if (name.startsWith("*")) {
      Object target = object(object, name.substring(1));
      return new Pointer(GoType.pointerTo(typeOf(target)), target);
    }
    return object(object, name);
  }

  private static GoType typeOf(Object value) {
    GoType type = Values.type(value);
    return type == null ? GoType.ANY : type;
  }

  private static Object object(TemplateObject object, String name) {
    Methods methods = new ObjectMethods(object);
    Object raw = object.content();
    if (raw instanceof Record record) {
      return RecordShape.of(record.getClass()).struct(record, name, methods);
    }
    Object value = of(raw);
    String shape = object.shape();
    GoType underlying = shape.isEmpty() ? typeOf(value == null ? "" : value) : GoType.of(shape);
    GoType type = name.equals(shape) ? underlying : GoType.named(name, underlying);
    return switch (value) {
      case GoMap m -> new GoMap(type, m.entries(), methods);
      case GoSlice s -> new GoSlice(type, s.elements(), methods);
      case Struct s -> new Struct(type, s.fields(), methods);
      case Scalar s -> new Scalar(type, s.value(), methods);
      case null -> throw new IllegalArgumentException("a " + name + " is made of nothing");
      default -> new Scalar(type, value, methods);
    };
  }

  /** A function of the program. */
  public static Function function(TemplateFunction function) {
    return function(function, GoType.of(function.signature()));
  }

  /** A function of the program that has a type already, as one that takes another's place. */
  public static Function function(TemplateFunction function, GoType type) {
    GoType result = type.result();
    GoType declared = result == null || result.isAny() ? null : result;
    return new Function(type, new ProgramBody(function, declared));
  }

  private record ProgramBody(TemplateFunction function, @Nullable GoType declared) implements Body {
    @Override
    public @Nullable Object call(@Nullable Object[] arguments) throws GoError {
      List<@Nullable Object> raw = new ArrayList<>(arguments.length);
      for (Object argument : arguments) {
        raw.add(raw(argument));
      }
      try {
        return of(function.call(Collections.unmodifiableList(raw)), declared);
      } catch (TemplateException e) {
        throw new GoError(e.getMessage() == null ? "" : e.getMessage(), e);
      }
    }

    @Override
    public boolean isLong() {
      return true;
    }
  }

  /** A value as the program knows it. */
  public static @Nullable Object raw(@Nullable Object value) {
    Object inner = Values.unbox(value);
    if (Values.methods(inner) instanceof ObjectMethods methods) {
      return methods.object();
    }
    return switch (inner) {
      case null -> null;
      case Scalar s ->
          s.type().name().equals("time.Duration") && s.value() instanceof Long nanos
              ? Duration.ofNanos(nanos)
              : s.value();
      case GoMap m -> m.entries() == null ? Map.of() : raw(m.entries());
      case GoSlice s -> s.elements() == null ? List.of() : raw(s.elements());
      case Pointer p -> raw(p.target());
      case Struct s when s.fields() instanceof RecordShape.RecordFields f -> f.source();
      case Struct s -> {
        ZonedDateTime time = GoTime.time(s);
        yield time == null ? s : time.toInstant();
      }
      default -> inner;
    };
  }

  /** A map without values of the engine, such as functions of templates may have put there. */
  private static Map<?, ?> raw(Map<?, ?> entries) {
    if (entries.values().stream().noneMatch(GoValue.class::isInstance)) {
      return entries;
    }
    Map<Object, @Nullable Object> raw = new LinkedHashMap<>();
    entries.forEach((key, value) -> raw.put(key, raw((@Nullable Object) value)));
    return raw;
  }

  private static List<?> raw(List<?> elements) {
    if (elements.stream().noneMatch(GoValue.class::isInstance)) {
      return elements;
    }
    List<@Nullable Object> raw = new ArrayList<>(elements.size());
    elements.forEach(element -> raw.add(raw((@Nullable Object) element)));
    return raw;
  }

  /** The methods that an object of the program has. */
  private record ObjectMethods(TemplateObject object) implements Methods {
    @Override
    public @Nullable Function method(String name) {
      TemplateFunction method = object.method(name);
      return method == null ? null : function(method);
    }

    @Override
    public @Nullable String text() {
      return object.text();
    }

    @Override
    public boolean tagged() {
      return object.tagged();
    }
  }
}
