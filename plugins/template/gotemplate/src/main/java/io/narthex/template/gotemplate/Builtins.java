package io.narthex.template.gotemplate;

import io.narthex.template.gotemplate.value.Data;
import io.narthex.template.gotemplate.value.GoError;
import io.narthex.template.gotemplate.value.GoFormat;
import io.narthex.template.gotemplate.value.GoText;
import io.narthex.template.gotemplate.value.GoType;
import io.narthex.template.gotemplate.value.GoType.Kind;
import io.narthex.template.gotemplate.value.GoValue.Body;
import io.narthex.template.gotemplate.value.GoValue.Boxed;
import io.narthex.template.gotemplate.value.GoValue.Complex;
import io.narthex.template.gotemplate.value.GoValue.Function;
import io.narthex.template.gotemplate.value.GoValue.GoMap;
import io.narthex.template.gotemplate.value.GoValue.GoSlice;
import io.narthex.template.gotemplate.value.GoValue.Pointer;
import io.narthex.template.gotemplate.value.GoValue.Scalar;
import io.narthex.template.gotemplate.value.GoValue.Struct;
import io.narthex.template.gotemplate.value.SortedEntries;
import io.narthex.template.gotemplate.value.Values;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The functions that every template has. */
final class Builtins {
  /** {@code and} and {@code or}, which look only at as many arguments as they need. */
  record Logic(boolean or) implements Body {
    @Override
    public @Nullable Object call(@Nullable Object[] arguments) {
      throw new IllegalStateException("the executor does this itself");
    }
  }

  /** {@code tmpl}, which expands a template whose name is computed. */
  record ByName() implements Body {
    @Override
    public boolean isLong() {
      return true;
    }

    @Override
    public @Nullable Object call(@Nullable Object[] arguments) {
      throw new IllegalStateException("the executor does this itself");
    }
  }

  private Builtins() {}

  private static Function function(String signature, Body body) {
    return new Function(GoType.of(signature), body);
  }

  /** All of them, for texts of at most so many characters. */
  static Map<String, Function> all(int limit) {
    Map<String, Function> all = new HashMap<>();
    all.put("and", function("func(reflect.Value, ...reflect.Value)", new Logic(false)));
    all.put("or", function("func(reflect.Value, ...reflect.Value)", new Logic(true)));
    all.put("not", function("func(reflect.Value) bool", a -> !Values.truth(a[0])));
    all.put("len", function("func(reflect.Value) int", a -> length(a[0])));
    all.put("index", function("func(reflect.Value, ...reflect.Value)", Builtins::index));
    all.put("slice", function("func(reflect.Value, ...reflect.Value)", Builtins::slice));
    all.put("call", function("func(reflect.Value, ...reflect.Value)", Builtins::call));
    all.put("eq", function("func(reflect.Value, ...reflect.Value) bool", Builtins::equal));
    String compares = "func(reflect.Value, reflect.Value) bool";
    all.put("ne", function(compares, a -> !equal(a)));
    all.put("lt", function(compares, a -> less(a[0], a[1])));
    all.put("le", function(compares, a -> lessOrEqual(a[0], a[1])));
    all.put("gt", function(compares, a -> !lessOrEqual(a[0], a[1])));
    all.put("ge", function(compares, a -> !less(a[0], a[1])));
    String prints = "func(...interface {}) string";
    all.put("print", function(prints, a -> GoFormat.sprint(limit, a)));
    all.put("println", function(prints, a -> println(limit, a)));
    all.put(
        "printf",
        function(
            "func(string, ...interface {}) string",
            a -> GoFormat.sprintf(limit, (String) text(a[0]), Arrays.copyOfRange(a, 1, a.length))));
    all.put("html", function(prints, a -> Escapes.html(printed(limit, a))));
    all.put("js", function(prints, a -> Escapes.javaScript(printed(limit, a))));
    all.put("urlquery", function(prints, a -> Escapes.query(printed(limit, a))));
    return Map.copyOf(all);
  }

  private static Object text(@Nullable Object value) {
    return Objects.requireNonNull(Values.plain(value));
  }

  private static String println(int limit, @Nullable Object[] arguments) throws GoError {
    StringBuilder out = new StringBuilder();
    new GoFormat(out, limit).println(arguments);
    return out.toString();
  }

  /** Arguments as text; pointers as what they point to. */
  static String printed(int limit, @Nullable Object[] arguments) throws GoError {
    if (arguments.length == 1 && arguments[0] instanceof String text) {
      return text;
    }
    @Nullable Object[] printable = arguments.clone();
    for (int i = 0; i < printable.length; i++) {
      Object value = Values.unbox(printable[i]);
      if (value instanceof Pointer) {
        value = Executor.indirect(value);
      }
      printable[i] = value == null ? "<no value>" : value;
    }
    return GoFormat.sprint(limit, printable);
  }

  private static long length(@Nullable Object argument) throws GoError {
    Object item = Executor.indirect(argument);
    if (item instanceof Boxed || item instanceof Pointer) {
      throw new GoError("len of nil pointer");
    }
    return switch (Values.plain(item)) {
      case String s -> GoText.length(s);
      case GoMap m -> m.size();
      case GoSlice s -> s.size();
      case null -> throw new GoError("reflect: call of reflect.Value.Type on zero Value");
      default -> throw new GoError("len of type " + Values.typeName(item));
    };
  }

  private static int indexOf(@Nullable Object index, int capacity) throws GoError {
    Object plain = Values.plain(index);
    if (plain == null) {
      throw new GoError("cannot index slice/array with nil");
    }
    Kind kind = Values.kind(Values.unbox(index));
    if (!(plain instanceof Long x) || (kind != Kind.INT && kind != Kind.UINT)) {
      throw new GoError(
          "cannot index slice/array with type " + Values.typeName(Values.unbox(index)));
    }
    if (x < 0 || x > capacity) {
      throw new GoError("index out of range: " + x);
    }
    return (int) (long) x;
  }

  private static @Nullable Object index(@Nullable Object[] arguments) throws GoError {
    Object item = Values.unbox(arguments[0]);
    if (item == null) {
      throw new GoError("index of untyped nil");
    }
    for (int i = 1; i < arguments.length; i++) {
      Object index = Values.unbox(arguments[i]);
      item = Executor.indirect(item);
      if (item instanceof Boxed || item instanceof Pointer || item == null) {
        throw new GoError("index of nil pointer");
      }
      switch (Values.plain(item)) {
        case GoSlice slice -> {
          int at = indexOf(index, slice.size());
          List<?> elements = slice.elements();
          if (elements == null || at == slice.size()) {
            throw new GoError("reflect: slice index out of range");
          }
          item = Data.of(elements.get(at), slice.type().element());
        }
        case String text -> {
          int length = GoText.length(text);
          int at = indexOf(index, length);
          if (at == length) {
            throw new GoError("reflect: string index out of range");
          }
          item = new Scalar(GoType.UINT8, (long) GoText.byteAt(text, at));
        }
        case GoMap map -> {
          Object key = Data.raw(prepared(index, map.type().key()));
          Map<?, ?> entries = map.entries();
          Object element = entries == null ? null : lookup(entries, key);
          item =
              element == null && (entries == null || !entries.containsKey(key))
                  ? Values.zero(map.type().element())
                  : Data.of(element, map.type().element());
        }
        case null, default ->
            throw new GoError("can't index item of type " + Values.typeName(item));
      }
    }
    return item;
  }

  private static @Nullable Object lookup(Map<?, ?> entries, @Nullable Object key) {
    if (key == null) {
      return null;
    }
    Object element = entries.get(key);
    if (element == null && key instanceof Long l && (int) (long) l == l) {
      return entries.get((int) (long) l); // a map of the program may have Integer keys
    }
    return element;
  }

  /** An argument as the type that it has to be of. */
  private static @Nullable Object prepared(@Nullable Object value, GoType type) throws GoError {
    if (value == null) {
      if (!type.canBeNil()) {
        throw new GoError("value is nil; should be of type " + type);
      }
      return Values.zero(type);
    }
    GoType actual = Objects.requireNonNull(Values.type(value));
    if (actual.assignableTo(type)) {
      return value;
    }
    boolean integers = isInteger(actual) && isInteger(type);
    if (integers && Values.plain(value) instanceof Long number) {
      return type == GoType.INT ? number : new Scalar(type, number);
    }
    throw new GoError("value has type " + actual + "; should be " + type);
  }

  private static boolean isInteger(GoType type) {
    return type.kind() == Kind.INT || type.kind() == Kind.UINT;
  }

  private static Object slice(@Nullable Object[] arguments) throws GoError {
    Object item = Values.unbox(arguments[0]);
    if (item == null) {
      throw new GoError("slice of untyped nil");
    }
    int indexes = arguments.length - 1;
    if (indexes > 3) {
      throw new GoError("too many slice indexes: " + indexes);
    }
    Object plain = Values.plain(item);
    int length;
    if (plain instanceof String text) {
      if (indexes == 3) {
        throw new GoError("cannot 3-index slice a string");
      }
      length = GoText.length(text);
    } else if (plain instanceof GoSlice slice) {
      length = slice.size();
    } else {
      throw new GoError("can't slice item of type " + Values.typeName(item));
    }
    int[] index = {0, length, length};
    for (int i = 0; i < indexes; i++) {
      if (arguments[i + 1] instanceof Boxed) {
        throw new GoError("cannot index slice/array with type interface {}");
      }
      index[i] = indexOf(arguments[i + 1], length);
    }
    if (index[0] > index[1]) {
      throw new GoError("invalid slice index: " + index[0] + " > " + index[1]);
    }
    if (index[1] > index[2]) {
      throw new GoError("invalid slice index: " + index[1] + " > " + index[2]);
    }
    if (plain instanceof GoSlice slice) {
      List<?> elements = slice.elements() == null ? List.of() : slice.elements();
      return new GoSlice(slice.type(), elements.subList(index[0], index[1]), slice.methods());
    }
    String part = GoText.slice((String) plain, index[0], index[1]);
    return item instanceof Scalar s ? new Scalar(s.type(), part, s.methods()) : part;
  }

  private static @Nullable Object call(@Nullable Object[] arguments) throws GoError {
    Object callee = Values.unbox(arguments[0]);
    if (callee == null) {
      throw new GoError("call of nil");
    }
    if (!(callee instanceof Function function)) {
      throw new GoError("non-function of type " + Values.typeName(callee));
    }
    GoType type = function.type();
    List<GoType> parameters = type.parameters();
    int given = arguments.length - 1;
    if (type.variadic()) {
      if (given < parameters.size() - 1) {
        throw new GoError(
            "wrong number of args: got " + given + " want at least " + (parameters.size() - 1));
      }
    } else if (given != parameters.size()) {
      throw new GoError("wrong number of args: got " + given + " want " + parameters.size());
    }
    @Nullable Object[] prepared = new Object[given];
    for (int i = 0; i < given; i++) {
      try {
        GoType parameter = parameters.get(Math.min(i, parameters.size() - 1));
        prepared[i] = Values.unbox(prepared(Values.unbox(arguments[i + 1]), parameter));
      } catch (GoError e) {
        throw new GoError("arg " + i + ": " + e.text(), e);
      }
    }
    return function.body().call(prepared);
  }

  private static final String BAD_TYPE = "invalid type for comparison";
  private static final String INCOMPATIBLE = "incompatible types for comparison";

  private static @Nullable Kind basic(@Nullable Object value) {
    Kind kind = Values.kind(value);
    return switch (kind) {
      case BOOL, INT, UINT, FLOAT, COMPLEX, STRING -> kind;
      case null, default -> null;
    };
  }

  private static boolean equal(@Nullable Object[] arguments) throws GoError {
    Object first = Values.unbox(arguments[0]);
    if (arguments.length == 1) {
      throw new GoError("missing argument for comparison");
    }
    for (int i = 1; i < arguments.length; i++) {
      if (equal(first, Values.unbox(arguments[i]))) {
        return true;
      }
    }
    return false;
  }

  private static boolean equal(@Nullable Object a, @Nullable Object b) throws GoError {
    Kind k1 = basic(a);
    Kind k2 = basic(b);
    if (k1 != k2) {
      if (k1 == Kind.INT && k2 == Kind.UINT) {
        return number(a) >= 0 && number(a) == number(b);
      }
      if (k1 == Kind.UINT && k2 == Kind.INT) {
        return number(b) >= 0 && number(a) == number(b);
      }
      if (a != null && b != null) {
        throw new GoError(INCOMPATIBLE);
      }
      return false;
    }
    if (k1 != null) {
      Object x = Objects.requireNonNull(Values.plain(a));
      Object y = Objects.requireNonNull(Values.plain(b));
      if (x instanceof Double s && y instanceof Double t) {
        return s.doubleValue() == t.doubleValue();
      }
      if (x instanceof Complex s && y instanceof Complex t) {
        return s.real() == t.real() && s.imaginary() == t.imaginary();
      }
      return x.equals(y);
    }
    Kind kind1 = Values.kind(a);
    Kind kind2 = Values.kind(b);
    if (kind1 != kind2 && a != null && b != null) {
      throw new GoError(
          "non-comparable types "
              + described(a)
              + ": "
              + Values.typeName(a)
              + ", "
              + Values.typeName(b)
              + ": "
              + GoFormat.sprint(LONG, b));
    }
    if (Values.isNil(a) || Values.isNil(b) || a == null || b == null) {
      return Values.isNil(a) == Values.isNil(b);
    }
    if (kind2 == Kind.MAP || kind2 == Kind.SLICE || kind2 == Kind.FUNC) {
      throw new GoError("non-comparable type " + described(b) + ": " + Values.typeName(b));
    }
    if (a instanceof Pointer p && b instanceof Pointer q) {
      return p.type().name().equals(q.type().name()) && same(Data.raw(p), Data.raw(q));
    }
    if (a instanceof Struct s && b instanceof Struct t) {
      return s.type().name().equals(t.type().name()) && Objects.equals(Data.raw(s), Data.raw(t));
    }
    return a.equals(b);
  }

  /** Pointers are equal when they point to the same. */
  @SuppressWarnings("ReferenceEquality")
  private static boolean same(@Nullable Object a, @Nullable Object b) {
    return a == b;
  }

  private static final int LONG = 1 << 16;

  private static String described(@Nullable Object value) throws GoError {
    return GoFormat.sprintf(LONG, "%s", value);
  }

  private static long number(@Nullable Object value) {
    return Values.plain(value) instanceof Long number ? number : 0;
  }

  private static Kind comparable(@Nullable Object value) throws GoError {
    Kind kind = basic(value);
    if (kind == null) {
      throw new GoError(BAD_TYPE);
    }
    return kind;
  }

  private static boolean less(@Nullable Object boxedA, @Nullable Object boxedB) throws GoError {
    Object a = Values.unbox(boxedA);
    Kind k1 = comparable(a);
    Object b = Values.unbox(boxedB);
    Kind k2 = comparable(b);
    if (k1 != k2) {
      if (k1 == Kind.INT && k2 == Kind.UINT) {
        return number(a) < 0 || Long.compareUnsigned(number(a), number(b)) < 0;
      }
      if (k1 == Kind.UINT && k2 == Kind.INT) {
        return number(b) >= 0 && Long.compareUnsigned(number(a), number(b)) < 0;
      }
      throw new GoError(INCOMPATIBLE);
    }
    Object x = Values.plain(a);
    Object y = Values.plain(b);
    return switch (k1) {
      case FLOAT -> x instanceof Double s && y instanceof Double t && s < t;
      case INT -> number(a) < number(b);
      case UINT -> Long.compareUnsigned(number(a), number(b)) < 0;
      case STRING ->
          x instanceof String s && y instanceof String t && SortedEntries.compareBytes(s, t) < 0;
      default -> throw new GoError(BAD_TYPE);
    };
  }

  private static boolean lessOrEqual(@Nullable Object a, @Nullable Object b) throws GoError {
    return less(a, b) || equal(Values.unbox(a), Values.unbox(b));
  }
}
