package io.narthex.distribution;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/** In what two servers differ. */
final class Differences {
  /** How far results are from each other, at most, that were rounded in different places. */
  private static final double ROUNDING = 1e-12;

  /** Characters that are shown of long texts, and how many of them before the difference. */
  private static final int EXCERPT = 500;

  private static final int BEFORE = 150;

  private final List<String> all = new ArrayList<>();

  /** As told by {@link #compare(String, Map, Map, Predicate)}, with no number rounded. */
  void compare(String what, Map<String, JsonNode> ours, Map<String, JsonNode> theirs) {
    compare(what, ours, theirs, _ -> false);
  }

  /**
   * Compares what two servers say of the same things.
   *
   * @param what they are, for the message
   * @param rounded of which of them the last digits of numbers may differ
   */
  void compare(
      String what,
      Map<String, JsonNode> ours,
      Map<String, JsonNode> theirs,
      Predicate<String> rounded) {
    Set<String> keys = new TreeSet<>(ours.keySet());
    keys.addAll(theirs.keySet());
    for (String key : keys) {
      JsonNode got = ours.get(key);
      JsonNode want = theirs.get(key);
      if (!(rounded.test(key) ? close(got, want) : String.valueOf(got).equals("" + want))) {
        String wanted = String.valueOf(want);
        String gotten = String.valueOf(got);
        int from = firstDifference(wanted, gotten) - BEFORE;
        all.add(
            "%s %s%n  want %s%n  got  %s"
                .formatted(what, key, excerpt(wanted, from), excerpt(gotten, from)));
      }
    }
  }

  private static int firstDifference(String a, String b) {
    int at = 0;
    while (at < Math.min(a.length(), b.length()) && a.charAt(at) == b.charAt(at)) {
      at++;
    }
    return at;
  }

  private static String excerpt(String text, int from) {
    int begin = Math.clamp(from, 0, text.length());
    return text.substring(begin, Math.min(text.length(), begin + EXCERPT));
  }

  private static boolean close(@Nullable JsonNode a, @Nullable JsonNode b) {
    if (!(a instanceof ArrayNode && b instanceof ArrayNode)) {
      return a != null && b != null && (a.equals(b) || near(a.asString(), b.asString()));
    }
    Iterator<JsonNode> others = b.iterator();
    for (JsonNode one : a) {
      if (!others.hasNext() || !close(one, others.next())) {
        return false;
      }
    }
    return !others.hasNext();
  }

  private static boolean near(String a, String b) {
    double x = Double.parseDouble(a);
    double y = Double.parseDouble(b);
    return Math.abs(x - y) <= ROUNDING * Math.max(Math.abs(x), Math.abs(y));
  }

  /** All that were found. */
  List<String> all() {
    return List.copyOf(all);
  }
}
