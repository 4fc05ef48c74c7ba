package io.narthex.distribution;

import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A page of metrics in Prometheus's text format, as plainly read as can be: the oracle of tests.
 */
final class Exposition {
  private Exposition() {}

  /** The labels of every series, the name as {@code __name__}. */
  static Set<Map<String, String>> series(String page) {
    Set<Map<String, String>> all = new LinkedHashSet<>();
    page.lines()
        .filter(line -> !line.isBlank() && !line.startsWith("#"))
        .forEach(line -> all.add(labels(line)));
    return all;
  }

  private static Map<String, String> labels(String line) {
    Map<String, String> labels = new TreeMap<>();
    int brace = line.indexOf('{');
    int space = line.indexOf(' ');
    if (brace < 0 || space < brace) {
      labels.put("__name__", line.substring(0, space));
      return labels;
    }
    labels.put("__name__", line.substring(0, brace));
    int at = brace + 1;
    while (line.charAt(at) != '}') {
      int equals = line.indexOf('=', at);
      String name = line.substring(at, equals).strip();
      StringBuilder value = new StringBuilder();
      at = equals + 2;
      for (; line.charAt(at) != '"'; at++) {
        char c = line.charAt(at);
        if (c == '\\') {
          c = line.charAt(++at);
          c = c == 'n' ? '\n' : c;
        }
        value.append(c);
      }
      boolean number = name.equals("le") || name.equals("quantile");
      labels.put(name, value + (number && value.toString().matches("\\d+") ? ".0" : ""));
      at++;
      if (line.charAt(at) == ',') {
        at++;
      }
    }
    // A label without a value is no label.
    labels.values().removeIf(String::isEmpty);
    return labels;
  }

  /** The same series without some labels. */
  static Set<Map<String, String>> without(Collection<Map<String, String>> series, String... names) {
    Set<Map<String, String>> stripped = new LinkedHashSet<>();
    for (Map<String, String> labels : series) {
      Map<String, String> kept = new TreeMap<>(labels);
      for (String name : names) {
        kept.remove(name);
      }
      stripped.add(kept);
    }
    return stripped;
  }
}
