package io.narthex.storage.tsdb.postings;

import io.narthex.api.model.Matcher;
import io.narthex.api.model.Regex;
import io.narthex.api.storage.StorageException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Resolves matchers over an index. A series satisfies a matcher when the value of its label does,
 * where no label is the same as the empty value, so a matcher that the empty value satisfies is
 * resolved to the series to take away. What is cheap to look up comes first, smallest set first;
 * regular expressions are looked at only for what is left.
 */
public final class Matching {
  /** Asking for the value of a series costs about as much as testing this many values. */
  private static final int VALUE_COST = 4;

  private Matching() {}

  /**
   * The series that satisfy all matchers. The result belongs to the caller and does not change.
   *
   * @param matchers none for all series
   */
  public static Bitmap select(PostingIndex index, List<Matcher> matchers) throws StorageException {
    List<Bitmap> equal = new ArrayList<>();
    List<Matcher> late = new ArrayList<>();
    for (Matcher m : matchers) {
      if (m.type() == Matcher.Type.EQUAL && !m.value().isEmpty()) {
        Bitmap set = index.of(m.name(), m.value());
        if (set.isEmpty()) {
          return new Bitmap();
        }
        equal.add(set);
      } else {
        late.add(m);
      }
    }
    equal.sort(Comparator.comparingInt(Bitmap::size));
    Bitmap left = null;
    for (int i = 0; i < equal.size(); i++) {
      left = i == 0 ? equal.getFirst() : Objects.requireNonNull(left).and(equal.get(i));
      if (left.isEmpty()) {
        return new Bitmap();
      }
    }
    List<Condition> conditions = new ArrayList<>(late.size());
    for (Matcher m : late) {
      conditions.add(new Condition(m));
    }
    conditions.sort(Comparator.comparingInt(Condition::rank));
    for (Condition c : conditions) {
      left = c.apply(index, left);
      if (left.isEmpty()) {
        return left;
      }
    }
    if (left == null) {
      return index.all().copy();
    }
    // Operations give new sets; a single look-up gives the index's own, which may grow.
    return equal.size() == 1 && conditions.isEmpty() ? left.copy() : left;
  }

  /**
   * The values of a label among the series that satisfy all matchers, for an index that has them in
   * order.
   *
   * @param sorted all values of the label in code point order
   * @param limit 0 for all; at most one more than this is returned, so that the cut can be seen
   */
  public static List<String> labelValues(
      PostingIndex index, String name, Iterable<String> sorted, List<Matcher> matchers, int limit)
      throws StorageException {
    List<Predicate<String>> tests = new ArrayList<>();
    List<Matcher> others = new ArrayList<>();
    for (Matcher m : matchers) {
      // Values satisfy what is asked of their own label or do not; no need to look for series.
      if (m.name().equals(name)) {
        tests.add(new Condition(m)::test);
      } else {
        others.add(m);
      }
    }
    Bitmap series = others.isEmpty() ? null : select(index, others);
    List<String> out = new ArrayList<>();
    if (series != null && series.isEmpty()) {
      return out;
    }
    for (String value : sorted) {
      boolean wanted = true;
      for (Predicate<String> test : tests) {
        wanted &= test.test(value);
      }
      if (wanted && (series == null || series.intersects(index.of(name, value)))) {
        out.add(value);
        if (limit > 0 && out.size() > limit) {
          break;
        }
      }
    }
    return out;
  }

  /** A matcher that is not a plain look-up, and how it is resolved. */
  private static final class Condition {
    private final Matcher matcher;
    private final String name;

    /** The shape of the regular expression; null for a comparison. */
    private final @Nullable RegexShape shape;

    /** The values that a regular expression or comparison has; null when they are not known. */
    private final @Nullable Set<String> values;

    /** Whether the matcher says that the value is not one of those. */
    private final boolean negative;

    Condition(Matcher matcher) {
      this.matcher = matcher;
      this.name = matcher.name();
      Regex regex = matcher.regex();
      this.shape = regex == null ? null : RegexShape.of(regex);
      this.values = shape == null ? Set.of(matcher.value()) : shape.literals();
      this.negative =
          matcher.type() == Matcher.Type.NOT_EQUAL || matcher.type() == Matcher.Type.NOT_REGEX;
    }

    boolean test(String value) {
      return (shape == null ? matcher.value().equals(value) : shape.test(value)) != negative;
    }

    /** Sets of known values before all values, before regular expressions. */
    int rank() {
      return values != null ? (values.contains("") ? 1 : 0) : 2;
    }

    /**
     * Those of {@code left} that satisfy the matcher; always a set of its own.
     *
     * @param left null for all series
     */
    Bitmap apply(PostingIndex index, @Nullable Bitmap left) throws StorageException {
      if (shape != null && shape.matchesEverything()) {
        return negative ? new Bitmap() : base(index, left).copy();
      }
      boolean ofEmpty = shape == null ? matcher.value().isEmpty() : shape.test("");
      if (values == null && left != null) {
        Bitmap few = byValue(index, left);
        if (few != null) {
          return few;
        }
      }
      // Looked for are always values that are not empty: those that satisfy the comparison or
      // expression, or, when the empty value does, those that do not. Their series are then
      // exactly the ones to keep or to take away.
      Bitmap found;
      if (values != null) {
        found = union(index, values);
        if (ofEmpty) {
          found = index.withLabel(name).andNot(found);
        }
      } else {
        RegexShape regex = Objects.requireNonNull(shape);
        if (ofEmpty) {
          found = index.ofMatching(name, "", value -> !regex.test(value));
        } else if (regex.matchesNonEmpty()) {
          found = index.withLabel(name);
        } else {
          found = index.ofMatching(name, regex.prefix(), regex);
        }
      }
      if (ofEmpty != negative) {
        return base(index, left).andNot(found);
      }
      return left == null ? found : left.and(found);
    }

    private static Bitmap base(PostingIndex index, @Nullable Bitmap left) throws StorageException {
      return left == null ? index.all() : left;
    }

    /** The series with one of some values. The result is a set of its own. */
    private Bitmap union(PostingIndex index, Set<String> wanted) throws StorageException {
      BitmapUnion union = new BitmapUnion();
      for (String value : wanted) {
        if (!value.isEmpty()) {
          union.add(index.of(name, value));
        }
      }
      return union.build();
    }

    /** As {@link #apply}, by the values of the series that are left; null when they are many. */
    private @Nullable Bitmap byValue(PostingIndex index, Bitmap left) throws StorageException {
      int n = left.size();
      if (n > index.valueCount(name) / VALUE_COST) {
        return null;
      }
      Bitmap out = new Bitmap();
      for (int id : left.toArray()) {
        String value = index.value(id, name);
        if (value == null) {
          return null;
        }
        if (test(value)) {
          out.add(id);
        }
      }
      return out;
    }
  }
}
