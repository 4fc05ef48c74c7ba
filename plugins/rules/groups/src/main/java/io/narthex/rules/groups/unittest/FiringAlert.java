package io.narthex.rules.groups.unittest;

import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Quoting;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An alert that fires or should. Unlike {@link Labels}, expected labels may be empty: they are what
 * no alert has.
 *
 * @param labels in the order of their names
 * @param annotations in the order of their names
 */
record FiringAlert(SortedMap<String, String> labels, SortedMap<String, String> annotations)
    implements Comparable<FiringAlert> {
  static FiringAlert of(Map<String, String> labels, Map<String, String> annotations) {
    return new FiringAlert(sorted(labels), sorted(annotations));
  }

  private static SortedMap<String, String> sorted(Map<String, String> labels) {
    SortedMap<String, String> sorted = new TreeMap<>(Labels::compareCodePoints);
    sorted.putAll(labels);
    return sorted;
  }

  @Override
  public int compareTo(FiringAlert other) {
    int order = compare(labels, other.labels);
    return order != 0 ? order : compare(annotations, other.annotations);
  }

  private static int compare(SortedMap<String, String> a, SortedMap<String, String> b) {
    Iterator<Map.Entry<String, String>> left = a.entrySet().iterator();
    Iterator<Map.Entry<String, String>> right = b.entrySet().iterator();
    while (left.hasNext() && right.hasNext()) {
      Map.Entry<String, String> one = left.next();
      Map.Entry<String, String> other = right.next();
      int order = Labels.compareCodePoints(one.getKey(), other.getKey());
      if (order == 0) {
        order = Labels.compareCodePoints(one.getValue(), other.getValue());
      }
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(a.size(), b.size());
  }

  @Override
  public String toString() {
    return "Labels:" + text(labels) + "\nAnnotations:" + text(annotations);
  }

  private static String text(SortedMap<String, String> labels) {
    StringBuilder out = new StringBuilder("{");
    labels.forEach((name, value) -> {
      if (out.length() > 1) {
        out.append(", ");
      }
      if (LabelNames.isLegacy(name)) {
        out.append(name);
      } else {
        Quoting.quote(name, out);
      }
      Quoting.quote(value, out.append('='));
    });
    return out.append('}').toString();
  }

  /** Alerts as messages show them. */
  static String text(List<FiringAlert> alerts) {
    if (alerts.isEmpty()) {
      return "[]";
    }
    StringBuilder out = new StringBuilder("[");
    for (int i = 0; i < alerts.size(); i++) {
      out.append(i == 0 ? "\n" : ",\n")
          .append(i)
          .append(':')
          .append(indented("\n" + alerts.get(i), "  "));
    }
    return out.append("\n]").toString();
  }

  /** A text with blanks before each line but the first. */
  static String indented(String text, String blanks) {
    return text.replace("\n", "\n" + blanks);
  }
}
