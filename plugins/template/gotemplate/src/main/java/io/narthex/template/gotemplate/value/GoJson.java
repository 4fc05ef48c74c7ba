package io.narthex.template.gotemplate.value;

import io.narthex.api.model.Quoting;
import io.narthex.template.gotemplate.value.GoValue.Boxed;
import io.narthex.template.gotemplate.value.GoValue.Complex;
import io.narthex.template.gotemplate.value.GoValue.Function;
import io.narthex.template.gotemplate.value.GoValue.GoMap;
import io.narthex.template.gotemplate.value.GoValue.GoSlice;
import io.narthex.template.gotemplate.value.GoValue.Pointer;
import io.narthex.template.gotemplate.value.GoValue.Scalar;
import io.narthex.template.gotemplate.value.GoValue.Struct;
import java.time.ZonedDateTime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Values as JSON, in the form of Go's encoding/json: nothing in it ends a script. */
public final class GoJson {
  private static final int DEEP = 256;

  private final StringBuilder out = new StringBuilder();
  private final int limit;

  private GoJson(int limit) {
    this.limit = limit;
  }

  /** A value; of at most so many characters. */
  public static String write(@Nullable Object value, int limit) throws GoError {
    GoJson json = new GoJson(limit);
    json.value(value, 0);
    return json.out.toString();
  }

  private void value(@Nullable Object value, int depth) throws GoError {
    if (depth > DEEP) {
      throw new GoError("json: value nested more than " + DEEP + " levels deep");
    }
    if (out.length() > limit) {
      throw new GoError("text of more than " + limit + " characters");
    }
    switch (value) {
      case null -> out.append("null");
      case String s -> string(s);
      case Boolean b -> out.append(b);
      case Long l -> out.append(l);
      case Double d -> number(d);
      case Boxed b -> value(b.value(), depth);
      case Pointer p -> value(p.target(), depth + 1);
      case Scalar s -> value(s.value(), depth);
      case GoMap m -> map(m, depth);
      case GoSlice s -> slice(s, depth);
      case Struct s -> struct(s, depth);
      case Function f -> throw unsupported(value);
      case Complex c -> throw unsupported(value);
      default -> throw new IllegalStateException("not a value: " + value.getClass());
    }
  }

  private static GoError unsupported(Object value) {
    return new GoError("json: unsupported type: " + Values.typeName(value));
  }

  private void number(double value) throws GoError {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      throw new GoError("json: unsupported value: " + GoNumber.format(value, 'g', -1));
    }
    double magnitude = Math.abs(value);
    boolean exponent = magnitude != 0 && (magnitude < 1e-6 || magnitude >= 1e21);
    String text = GoNumber.format(value, exponent ? 'e' : 'f', -1);
    if (exponent && text.endsWith("e-0" + text.charAt(text.length() - 1))) {
      text = text.substring(0, text.length() - 2) + text.charAt(text.length() - 1);
    }
    out.append(text);
  }

  private void map(GoMap map, int depth) throws GoError {
    if (map.entries() == null) {
      out.append("null");
      return;
    }
    out.append('{');
    boolean first = true;
    for (SortedEntries.Entry entry : SortedEntries.of(map)) {
      if (!first) {
        out.append(',');
      }
      first = false;
      string(String.valueOf(Values.plain(entry.key())));
      out.append(':');
      value(entry.value(), depth + 1);
    }
    out.append('}');
  }

  private void slice(GoSlice slice, int depth) throws GoError {
    List<?> elements = slice.elements();
    if (elements == null) {
      out.append("null");
      return;
    }
    out.append('[');
    for (int i = 0; i < elements.size(); i++) {
      if (i > 0) {
        out.append(',');
      }
      value(Data.of(elements.get(i), slice.type().element()), depth + 1);
    }
    out.append(']');
  }

  private void struct(Struct struct, int depth) throws GoError {
    ZonedDateTime time = GoTime.time(struct);
    if (time != null) {
      out.append('"')
          .append(GoTime.format(time, "2006-01-02T15:04:05.999999999Z07:00"))
          .append('"');
      return;
    }
    out.append('{');
    boolean tagged = struct.methods().tagged();
    List<String> names = struct.fields().names();
    for (int i = 0; i < names.size(); i++) {
      if (i > 0) {
        out.append(',');
      }
      String name = names.get(i);
      string(tagged ? Character.toLowerCase(name.charAt(0)) + name.substring(1) : name);
      out.append(':');
      value(struct.fields().get(i), depth + 1);
    }
    out.append('}');
  }

  private void string(String text) {
    Quoting.json(text, out);
  }
}
