package io.narthex.rules.groups.unittest;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Quoting;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeSet;

/**
 * Shows what is different about alerts, as JSON in colours: green is too much, red is missing,
 * yellow is another value. The form is that of {@code github.com/nsf/jsondiff}, which Prometheus's
 * tool uses.
 */
final class AlertDiff {
  private static final String GREEN = "\033[0;32m";
  private static final String RED = "\033[0;31m";
  private static final String YELLOW = "\033[0;33m";
  private static final String END = "\033[0m";
  private static final String INDENT = "    ";

  private final StringBuilder out = new StringBuilder();
  private int level;

  /** How what is written now begins and, where that is not empty, ends. */
  private String colour = "";

  private AlertDiff() {}

  /** The difference of two lists, of which an empty one is shown as one empty alert. */
  static String of(List<FiringAlert> expected, List<FiringAlert> got) {
    AlertDiff diff = new AlertDiff();
    diff.write(orEmpty(expected), orEmpty(got));
    return diff.out.toString();
  }

  private static List<FiringAlert> orEmpty(List<FiringAlert> alerts) {
    return alerts.isEmpty() ? List.of(FiringAlert.of(Map.of(), Map.of())) : alerts;
  }

  private void write(List<FiringAlert> expected, List<FiringAlert> got) {
    int most = Math.max(expected.size(), got.size());
    open("[");
    for (int i = 0; i < most; i++) {
      if (i >= expected.size()) {
        whole(GREEN, got.get(i));
      } else if (i >= got.size()) {
        whole(RED, expected.get(i));
      } else {
        open("{");
        name("Annotations");
        write(expected.get(i).annotations(), got.get(i).annotations());
        line(",");
        name("Labels");
        write(expected.get(i).labels(), got.get(i).labels());
        close("}");
      }
      colour("");
      if (i < most - 1) {
        line(",");
      }
    }
    close("]");
  }

  private void write(SortedMap<String, String> expected, SortedMap<String, String> got) {
    TreeSet<String> names = new TreeSet<>(Labels::compareCodePoints);
    names.addAll(expected.keySet());
    names.addAll(got.keySet());
    if (names.isEmpty()) {
      out.append("{}");
      return;
    }
    open("{");
    for (String name : names) {
      String want = expected.get(name);
      String have = got.get(name);
      if (want != null && have != null) {
        name(name);
        boolean same = want.equals(have);
        colour(same ? "" : YELLOW);
        Quoting.quote(want, out);
        if (!same) {
          Quoting.quote(have, out.append(" => "));
        }
      } else if (want != null) {
        colour(RED);
        name(name);
        Quoting.quote(want, out);
      } else if (have != null) {
        colour(GREEN);
        name(name);
        Quoting.quote(have, out);
      }
      colour("");
      if (!name.equals(names.last())) {
        line(",");
      }
    }
    close("}");
  }

  /** An alert that only one list has. */
  private void whole(String inColour, FiringAlert alert) {
    colour(inColour);
    open("{");
    name("Annotations");
    whole(alert.annotations());
    line(",");
    name("Labels");
    whole(alert.labels());
    close("}");
  }

  private void whole(SortedMap<String, String> labels) {
    if (labels.isEmpty()) {
      out.append("{}");
      return;
    }
    open("{");
    for (Map.Entry<String, String> label : labels.entrySet()) {
      name(label.getKey());
      Quoting.quote(label.getValue(), out);
      if (!label.getKey().equals(labels.lastKey())) {
        line(",");
      }
    }
    close("}");
  }

  private void open(String bracket) {
    level++;
    line(bracket);
  }

  private void close(String bracket) {
    level--;
    line("");
    out.append(bracket);
  }

  private void name(String name) {
    Quoting.quote(name, out);
    out.append(": ");
  }

  /** Ends a line; colours do not reach over its end. */
  private void line(String end) {
    out.append(end)
        .append(colour.isEmpty() ? "" : END)
        .append('\n')
        .append(INDENT.repeat(level))
        .append(colour);
  }

  private void colour(String next) {
    if (next.equals(colour)) {
      return;
    }
    out.append(colour.isEmpty() ? "" : END).append(next);
    colour = next;
  }
}
