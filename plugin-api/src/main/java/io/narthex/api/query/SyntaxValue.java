package io.narthex.api.query;

import io.narthex.api.Api;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A node of a syntax tree, or what a field of a node holds: what JSON can hold. Immutable.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public sealed interface SyntaxValue {
  /**
   * A node, with {@code type} among its fields, or a part of one.
   *
   * @param fields by name
   * @since 0.1
   */
  record Node(SortedMap<String, SyntaxValue> fields) implements SyntaxValue {
    public Node {
      fields = Collections.unmodifiableSortedMap(new TreeMap<>(fields));
    }

    /** A node with these fields. */
    public static Node of(Map<String, SyntaxValue> fields) {
      return new Node(new TreeMap<>(fields));
    }
  }

  /**
   * Several values.
   *
   * @param items in order
   * @since 0.1
   */
  record Items(List<SyntaxValue> items) implements SyntaxValue {
    public Items {
      items = List.copyOf(items);
    }
  }

  /**
   * A text.
   *
   * @param text it
   * @since 0.1
   */
  record Text(String text) implements SyntaxValue {}

  /**
   * A whole number.
   *
   * @param number it
   * @since 0.1
   */
  record Whole(long number) implements SyntaxValue {}

  /**
   * Another number.
   *
   * @param number it; may be NaN and infinite
   * @since 0.1
   */
  record Real(double number) implements SyntaxValue {}

  /**
   * Yes or no.
   *
   * @param truth it
   * @since 0.1
   */
  record Truth(boolean truth) implements SyntaxValue {}

  /**
   * What a field holds for which nothing was written.
   *
   * @since 0.1
   */
  record Nothing() implements SyntaxValue {
    /** The only one that is needed. */
    public static final Nothing NOTHING = new Nothing();
  }
}
