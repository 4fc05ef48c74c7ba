package io.narthex.query.promql.parse;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the elements of two instant vectors are paired.
 *
 * @param labels the labels of {@code on} or {@code ignoring}
 * @param on whether {@code labels} are those that must agree, rather than those left out
 * @param include the labels that {@code group_left} or {@code group_right} takes over from the side
 *     with one element
 * @param fillLeft the value that stands in for a missing element of the left side, or null
 * @param fillRight the value that stands in for a missing element of the right side, or null
 */
public record VectorMatching(
    Cardinality cardinality,
    List<String> labels,
    boolean on,
    List<String> include,
    @Nullable Double fillLeft,
    @Nullable Double fillRight) {

  /** How many elements of each side may share a match group. */
  public enum Cardinality {
    ONE_TO_ONE("one-to-one"),
    MANY_TO_ONE("many-to-one"),
    ONE_TO_MANY("one-to-many"),
    MANY_TO_MANY("many-to-many");

    private final String text;

    Cardinality(String text) {
      this.text = text;
    }

    /** The name in messages, for example {@code many-to-one}. */
    public String text() {
      return text;
    }
  }

  public VectorMatching {
    labels = List.copyOf(labels);
    include = List.copyOf(include);
  }

  boolean fills() {
    return fillLeft != null || fillRight != null;
  }
}
