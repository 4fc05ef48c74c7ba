package io.narthex.api.model;

import com.google.re2j.PatternSyntaxException;
import io.narthex.api.Api;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A condition on one label: {@code name="value"}, {@code name!="value"}, {@code name=~"regex"},
 * {@code name!~"regex"}.
 *
 * <p>An absent label is the same as one with the empty value. Regular expressions have RE2 syntax,
 * are anchored at both ends, let {@code .} match a line feed, and are matched in time linear in the
 * value. Immutable; safe for any number of threads. Equality is that of type, name and value.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public final class Matcher {
  /** How the label's value is compared. */
  public enum Type {
    EQUAL("="),
    NOT_EQUAL("!="),
    REGEX("=~"),
    NOT_REGEX("!~");

    private final String operator;

    Type(String operator) {
      this.operator = operator;
    }

    /** The operator as PromQL writes it. */
    public String operator() {
      return operator;
    }
  }

  private final Type type;
  private final String name;
  private final String value;
  private final @Nullable Regex regex;

  private Matcher(Type type, String name, String value, @Nullable Regex regex) {
    this.type = type;
    this.name = name;
    this.value = value;
    this.regex = regex;
  }

  /**
   * Makes a matcher.
   *
   * @throws IllegalArgumentException when {@code value} is no regular expression though the type
   *     asks for one; the message is that of Go's {@code regexp} package
   */
  public static Matcher of(Type type, String name, String value) {
    Objects.requireNonNull(type);
    Objects.requireNonNull(name);
    Objects.requireNonNull(value);
    if (type == Type.EQUAL || type == Type.NOT_EQUAL) {
      return new Matcher(type, name, value, null);
    }
    try {
      return new Matcher(type, name, value, Regex.compile(value));
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /** The matcher {@code name="value"}. */
  public static Matcher equal(String name, String value) {
    return new Matcher(
        Type.EQUAL, Objects.requireNonNull(name), Objects.requireNonNull(value), null);
  }

  public Type type() {
    return type;
  }

  /** The label's name. */
  public String name() {
    return name;
  }

  /** The value or the text of the regular expression. */
  public String value() {
    return value;
  }

  /** The compiled expression; null unless {@link #type} is a regular expression's. */
  public @Nullable Regex regex() {
    return regex;
  }

  /** Whether a label with this value matches; an absent label has the value {@code ""}. */
  public boolean matches(String labelValue) {
    return switch (type) {
      case EQUAL -> value.equals(labelValue);
      case NOT_EQUAL -> !value.equals(labelValue);
      case REGEX -> Objects.requireNonNull(regex).matches(labelValue);
      case NOT_REGEX -> !Objects.requireNonNull(regex).matches(labelValue);
    };
  }

  /** Whether series match: shorthand for the label looked up in {@code labels}. */
  public boolean matches(Labels labels) {
    return matches(labels.get(name));
  }

  /** Whether a series that lacks the label matches. */
  public boolean matchesEmpty() {
    return matches("");
  }

  @Override
  public boolean equals(@Nullable Object o) {
    return o instanceof Matcher m && type == m.type && name.equals(m.name) && value.equals(m.value);
  }

  @Override
  public int hashCode() {
    return Objects.hash(type, name, value);
  }

  /** As PromQL writes it, for example {@code job=~"node.*"}; a name that needs quotes has them. */
  @Override
  public String toString() {
    return (LabelNames.isLegacy(name) ? name : Quoting.quote(name))
        + type.operator()
        + Quoting.quote(value);
  }
}
