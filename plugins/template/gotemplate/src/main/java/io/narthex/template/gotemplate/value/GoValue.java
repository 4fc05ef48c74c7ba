package io.narthex.template.gotemplate.value;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A value of Go that no Java value stands for. The others are plain: {@code String} is string,
 * {@code Boolean} bool, {@code Long} int, {@code Double} float64 and {@code null} nothing at all.
 */
public sealed interface GoValue {
  GoType type();

  /** What can be called on a value, and how it prints itself. */
  interface Methods {
    Methods NONE = name -> null;

    /** A method by its Go name. */
    @Nullable Function method(String name);

    /** What {@code String()} or {@code Error()} of the value gives; null when it has none. */
    default @Nullable String text() {
      return null;
    }

    /** Whether fields have a small letter in JSON. */
    default boolean tagged() {
      return false;
    }
  }

  /** What {@link Function} runs. */
  @FunctionalInterface
  interface Body {
    @Nullable Object call(@Nullable Object[] arguments) throws GoError;

    /** Whether a call may take much longer than others, so that the time is looked at behind it. */
    default boolean isLong() {
      return false;
    }
  }

  /** A value of an interface type, not yet looked into. */
  record Boxed(@Nullable Object value) implements GoValue {
    public static final Boxed NIL = new Boxed(null);

    @Override
    public GoType type() {
      return GoType.ANY;
    }
  }

  /** A string, number or bool whose type has another name than Go gives to constants. */
  record Scalar(GoType type, Object value, Methods methods) implements GoValue {
    public Scalar(GoType type, Object value) {
      this(type, value, Methods.NONE);
    }
  }

  record Complex(double real, double imaginary) implements GoValue {
    @Override
    public GoType type() {
      return GoType.COMPLEX128;
    }
  }

  /** A map. Its keys and elements are as the program has them, and become values when read. */
  record GoMap(GoType type, @Nullable Map<?, ?> entries, Methods methods) implements GoValue {
    public int size() {
      return entries == null ? 0 : entries.size();
    }
  }

  /** A slice; its elements become values when read. */
  record GoSlice(GoType type, @Nullable List<?> elements, Methods methods) implements GoValue {
    public int size() {
      return elements == null ? 0 : elements.size();
    }
  }

  /** A struct. */
  record Struct(GoType type, Fields fields, Methods methods) implements GoValue {}

  /** The fields of a struct, in order. */
  interface Fields {
    List<String> names();

    /** The index of a field; -1 when there is none. */
    int indexOf(String name);

    @Nullable Object get(int index);
  }

  /** A pointer, which may be nil. */
  record Pointer(GoType type, @Nullable Object target) implements GoValue {}

  /** A function. */
  record Function(GoType type, Body body) implements GoValue {}
}
