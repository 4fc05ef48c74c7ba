package io.narthex.template.gotemplate.value;

import io.narthex.template.gotemplate.value.GoType.Kind;
import io.narthex.template.gotemplate.value.GoValue.Boxed;
import io.narthex.template.gotemplate.value.GoValue.Complex;
import io.narthex.template.gotemplate.value.GoValue.Function;
import io.narthex.template.gotemplate.value.GoValue.GoMap;
import io.narthex.template.gotemplate.value.GoValue.GoSlice;
import io.narthex.template.gotemplate.value.GoValue.Methods;
import io.narthex.template.gotemplate.value.GoValue.Pointer;
import io.narthex.template.gotemplate.value.GoValue.Scalar;
import io.narthex.template.gotemplate.value.GoValue.Struct;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What Go's reflection tells of a value. */
public final class Values {
  private Values() {}

  /** The type of a value; null for nothing. */
  public static @Nullable GoType type(@Nullable Object value) {
    return switch (value) {
      case null -> null;
      case String s -> GoType.STRING;
      case Boolean b -> GoType.BOOL;
      case Long l -> GoType.INT;
      case Double d -> GoType.FLOAT64;
      case GoValue v -> v.type();
      default -> throw new IllegalStateException("not a value: " + value.getClass());
    };
  }

  /** The name of the type of a value that is something. */
  public static String typeName(@Nullable Object value) {
    GoType type = type(value);
    return type == null ? "<nil>" : type.name();
  }

  /** The kind of a value; null for nothing. */
  public static @Nullable Kind kind(@Nullable Object value) {
    return switch (value) {
      case null -> null;
      case String s -> Kind.STRING;
      case Boolean b -> Kind.BOOL;
      case Long l -> Kind.INT;
      case Double d -> Kind.FLOAT;
      case GoValue v -> v.type().kind();
      default -> throw new IllegalStateException("not a value: " + value.getClass());
    };
  }

  /** Looks into an interface. */
  public static @Nullable Object unbox(@Nullable Object value) {
    Object inner = value;
    while (inner instanceof Boxed box) {
      inner = box.value();
    }
    return inner;
  }

  /** A named scalar without its name. */
  public static @Nullable Object plain(@Nullable Object value) {
    Object inner = unbox(value);
    return inner instanceof Scalar scalar ? scalar.value() : inner;
  }

  public static boolean isNil(@Nullable Object value) {
    return switch (value) {
      case null -> true;
      case Boxed b -> b.value() == null;
      case GoMap m -> m.entries() == null;
      case GoSlice s -> s.elements() == null;
      case Pointer p -> p.target() == null;
      default -> false;
    };
  }

  /** Whether a value counts as true: whether it is something else than the zero of its type. */
  public static boolean truth(@Nullable Object boxed) {
    Object value = unbox(boxed);
    return switch (value) {
      case null -> false;
      case String s -> !s.isEmpty();
      case Boolean b -> b;
      case Long l -> l != 0;
      case Double d -> d != 0;
      case Scalar s -> truth(s.value());
      case Complex c -> c.real() != 0 || c.imaginary() != 0;
      case GoMap m -> m.size() > 0;
      case GoSlice s -> s.size() > 0;
      case Pointer p -> p.target() != null;
      case Struct s -> true;
      case Function f -> true;
      default -> throw new IllegalStateException("not a value: " + value.getClass());
    };
  }

  /** The zero of a type. */
  public static @Nullable Object zero(GoType type) {
    return switch (type.kind()) {
      case BOOL -> scalar(type, GoType.BOOL, Boolean.FALSE);
      case INT, UINT -> scalar(type, GoType.INT, 0L);
      case FLOAT -> scalar(type, GoType.FLOAT64, 0.0);
      case STRING -> scalar(type, GoType.STRING, "");
      case COMPLEX -> new Complex(0, 0);
      case INTERFACE -> Boxed.NIL;
      case SLICE -> new GoSlice(type, null, Methods.NONE);
      case MAP -> new GoMap(type, null, Methods.NONE);
      case POINTER -> new Pointer(type, null);
      case STRUCT -> type == GoType.REFLECT ? null : new Struct(type, NO_FIELDS, Methods.NONE);
      case FUNC -> null;
    };
  }

  private static Object scalar(GoType type, GoType plain, Object zero) {
    return type.name().equals(plain.name()) ? zero : new Scalar(type, zero);
  }

  /** Of a struct that has none. */
  public static final GoValue.Fields NO_FIELDS =
      new GoValue.Fields() {
        @Override
        public List<String> names() {
          return List.of();
        }

        @Override
        public int indexOf(String name) {
          return -1;
        }

        @Override
        public @Nullable Object get(int index) {
          return null;
        }
      };

  public static Methods methods(@Nullable Object value) {
    return switch (value) {
      case Scalar s -> s.methods();
      case GoMap m -> m.methods();
      case GoSlice s -> s.methods();
      case Struct s -> s.methods();
      case Pointer p when p.target() != null -> methods(p.target());
      case null, default -> Methods.NONE;
    };
  }

  public static GoMap map(Map<?, ?> entries) {
    return new GoMap(GoType.ANY_MAP, entries, Methods.NONE);
  }

  public static GoSlice strings(List<String> elements) {
    return new GoSlice(GoType.of("[]string"), elements, Methods.NONE);
  }
}
