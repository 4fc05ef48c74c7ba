package io.narthex.api.access;

import com.google.re2j.Pattern;
import io.narthex.api.model.Matcher;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Matchers that every series satisfies which an access shows, so that a storage finds few others.
 *
 * @param matchers may be none
 * @param exact whether each series that satisfies them is shown
 */
record Shown(List<Matcher> matchers, boolean exact) {
  /** Values that are put into one regular expression; it is made anew for each request. */
  private static final int MOST_VALUES = 100;

  Shown {
    matchers = List.copyOf(matchers);
  }

  /** What is known of a restricted access. */
  static Shown of(Access access) {
    List<List<Matcher>> selectors = access.selectors();
    Set<Matcher> common = new LinkedHashSet<>(selectors.get(0));
    for (List<Matcher> selector : selectors) {
      common.retainAll(selector);
    }
    List<List<Matcher>> rest = new ArrayList<>();
    for (List<Matcher> selector : selectors) {
      List<Matcher> own = new ArrayList<>(selector);
      own.removeAll(common);
      if (own.isEmpty()) {
        // All others ask for more.
        return new Shown(List.copyOf(common), true);
      }
      rest.add(own);
    }
    List<Matcher> matchers = new ArrayList<>(common);
    for (Matcher candidate : rest.get(0)) {
      List<Matcher> one =
          candidate.type() == Matcher.Type.EQUAL ? oneOf(candidate, rest) : List.of();
      matchers.addAll(one);
      if (!one.isEmpty() && rest.stream().allMatch(own -> own.size() == 1)) {
        return new Shown(matchers, true);
      }
    }
    return new Shown(matchers, false);
  }

  /** One matcher for the values that all selectors ask of a label; none where one does not. */
  private static List<Matcher> oneOf(Matcher first, List<List<Matcher>> selectors) {
    Set<String> values = new LinkedHashSet<>();
    for (List<Matcher> selector : selectors) {
      List<Matcher> same =
          selector.stream()
              .filter(m -> m.type() == Matcher.Type.EQUAL && m.name().equals(first.name()))
              .toList();
      if (same.isEmpty()) {
        return List.of();
      }
      // Of two values that contradict each other, either says enough.
      values.add(same.get(0).value());
    }
    if (values.size() > MOST_VALUES) {
      return List.of();
    }
    String any = String.join("|", values.stream().map(Pattern::quote).toList());
    try {
      return List.of(Matcher.of(Matcher.Type.REGEX, first.name(), any));
    } catch (IllegalArgumentException e) {
      // Too large an expression; what is found is looked through anyway.
      return List.of();
    }
  }

  /** The matchers of a query, and these. */
  List<Matcher> narrow(List<Matcher> query) {
    if (matchers.isEmpty()) {
      return query;
    }
    List<Matcher> both = new ArrayList<>(query.size() + matchers.size());
    both.addAll(query);
    both.addAll(matchers);
    return both;
  }
}
