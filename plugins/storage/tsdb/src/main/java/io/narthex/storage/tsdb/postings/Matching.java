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

  /** Asking for the value of a series costs about as much as reading this many ids from disk. */
  private static final int READ_COST = 64;

  private Matching() {}

  /**
   * The series that satisfy all matchers. The result belongs to the caller and does not change.
   *
   * @param matchers none for all series
   */
  public static Bitmap select(PostingIndex index, List<Matcher> matchers) throws StorageException {
    List<Label> equal = new ArrayList<>();
    List<Matcher> late = new ArrayList<>();
    for (Matcher m : matchers) {
      if (m.type() == Matcher.Type.EQUAL && !m.value().isEmpty()) {
        Label label = new Label(index, m);
        if (label.count == 0) {
          return new Bitmap();
        }
        equal.add(label);
      } else {
        late.add(m);
      }
    }
    equal.sort(Comparator.comparingInt(label -> label.count));
    Bitmap left = null;
    for (Label label : equal) {
      left = left == null ? label.series(index) : label.in(index, left);
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

  /** A label that is to be there, with the number of its series and, once read, these. */
  private static final class Label {
    private final String name;
    private final String value;
    final int count;
    private @Nullable Bitmap series;

    Label(PostingIndex index, Matcher matcher) throws StorageException {
      name = matcher.name();
      value = matcher.value();
      int n = index.count(name, value);
      count = n < 0 ? series(index).size() : n;
    }

    Bitmap series(PostingIndex index) throws StorageException {
      Bitmap set = series;
      if (set == null) {
        set = index.of(name, value);
        series = set;
      }
      return set;
    }

    /** Those of {@code left} that have the label; a set of its own. */
    Bitmap in(PostingIndex index, Bitmap left) throws StorageException {
      if (series == null && left.size() < count / READ_COST) {
        Bitmap few = byValue(index, left, name, value::equals);
        if (few != null) {
          return few;
        }
      }
      return left.and(series(index));
    }
  }

  /** The series whose value satisfies a test; null when the index cannot tell values. */
  private static @Nullable Bitmap byValue(
      PostingIndex index, Bitmap series, String name, Predicate<String> wanted)
      throws StorageException {
    Bitmap out = new Bitmap();
    for (int id : series.toArray()) {
      String value = index.value(id, name);
      if (value == null) {
        return null;
      }
      if (wanted.test(value)) {
        out.add(id);
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
        found = byExpression(index, Objects.requireNonNull(shape), ofEmpty);
      }
      if (ofEmpty != negative) {
        return base(index, left).andNot(found);
      }
      return left == null ? found.copy() : left.and(found);
    }

    /**
     * The series whose value is not empty and matches, or does not match; may be the index's own.
     */
    private Bitmap byExpression(PostingIndex index, RegexShape regex, boolean not)
        throws StorageException {
      MatchCache cache = index.cache();
      if (cache != null && index.valueCount(name) < MatchCache.MIN_VALUES) {
        cache = null;
      }
      Bitmap known = cache == null ? null : cache.get(name, matcher.value(), !not);
      if (known != null) {
        return known;
      }
      Bitmap found =
          not
              ? index.ofMatching(name, "", value -> !regex.test(value))
              : regex.matchesNonEmpty()
                  ? index.withLabel(name)
                  : index.ofMatching(name, regex.prefix(), regex);
      if (cache != null) {
        cache.put(name, matcher.value(), !not, found);
      }
      return found;
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
      if (left.size() > index.valueCount(name) / VALUE_COST) {
        return null;
      }
      return Matching.byValue(index, left, name, this::test);
    }
  }
}
