package io.narthex.query.promql;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.StaleMarker;
import io.narthex.query.promql.parse.ParseException;
import io.narthex.query.promql.parse.ParserOptions;
import io.narthex.query.promql.parse.PromqlParser;
import io.narthex.query.promql.parse.StandardFunctions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A series of a conformance script: labels, and an item for each step. */
record SeriesLine(Labels labels, List<Item> items) {
  private static final PromqlParser PARSER =
      new PromqlParser(ParserOptions.ALL, new StandardFunctions());

  /** A float, a histogram, or neither: nothing at this step. */
  record Item(Double value, NativeHistogram histogram) {
    static final Item NOTHING = new Item(null, null);
  }

  static SeriesLine parse(String line) throws ParseException {
    int end = metricEnd(line);
    Labels.Builder labels = Labels.builder();
    for (Matcher matcher : PARSER.parseSelector(line.substring(0, end))) {
      labels.set(matcher.name(), matcher.value());
    }
    return new SeriesLine(labels.build(), items(line.substring(end)));
  }

  private static int metricEnd(String line) {
    int i = 0;
    int depth = 0;
    while (i < line.length()) {
      char c = line.charAt(i);
      if (c == '"' || c == '\'' || c == '`') {
        i++;
        while (line.charAt(i) != c) {
          i += line.charAt(i) == '\\' && c != '`' ? 2 : 1;
        }
      } else if (c == '{') {
        depth++;
      } else if (c == '}') {
        depth--;
      } else if (depth == 0 && Character.isWhitespace(c)) {
        // Blanks may stand between the name and the braces.
        int next = i;
        while (next < line.length() && Character.isWhitespace(line.charAt(next))) {
          next++;
        }
        if (next < line.length()
            && line.charAt(next) == '{'
            && !line.startsWith("{{", next)
            && line.indexOf('{') == next) {
          i = next;
          continue;
        }
        return i;
      }
      i++;
    }
    return i;
  }

  private static List<Item> items(String text) {
    List<Item> out = new ArrayList<>();
    for (String token : tokens(text)) {
      item(token, out);
    }
    return out;
  }

  private static List<String> tokens(String text) {
    List<String> out = new ArrayList<>();
    int i = 0;
    while (i < text.length()) {
      if (Character.isWhitespace(text.charAt(i))) {
        i++;
        continue;
      }
      int end = i;
      while (end < text.length() && !Character.isWhitespace(text.charAt(end))) {
        end = text.startsWith("{{", end) ? text.indexOf("}}", end) + 2 : end + 1;
      }
      out.add(text.substring(i, end));
      i = end;
    }
    return out;
  }

  private static void item(String token, List<Item> out) {
    if (token.equals("stale")) {
      out.add(new Item(StaleMarker.value(), null));
    } else if (token.startsWith("_")) {
      int n = token.length() == 1 ? 1 : Integer.parseInt(token.substring(2));
      for (int i = 0; i < n; i++) {
        out.add(Item.NOTHING);
      }
    } else if (token.startsWith("{{")) {
      histograms(token, out);
    } else {
      floats(token, out);
    }
  }

  private static void histograms(String token, List<Item> out) {
    int end = token.indexOf("}}");
    NativeHistogram h = HistogramText.parse(token.substring(2, end));
    String rest = token.substring(end + 2);
    int times = rest.lastIndexOf('x');
    boolean steps = rest.startsWith("+{{") || rest.startsWith("-{{");
    NativeHistogram delta =
        steps ? HistogramText.parse(rest.substring(3, rest.indexOf("}}"))) : null;
    int n = rest.isEmpty() ? 0 : Integer.parseInt(rest.substring(times + 1));
    out.add(new Item(null, h));
    for (int i = 0; i < n; i++) {
      if (delta != null) {
        h = HistogramText.add(h, delta, rest.charAt(0) == '-' ? -1 : 1);
      }
      out.add(new Item(null, h));
    }
  }

  private static void floats(String token, List<Item> out) {
    // 0x59 is sixty zeros, 0x1f a number.
    int times = token.matches("0x\\d*[a-f].*") ? token.indexOf('x', 2) : token.indexOf('x');
    if (times < 0) {
      out.add(new Item(number(token), null));
      return;
    }
    String base = token.substring(0, times);
    int n = Integer.parseInt(token.substring(times + 1));
    int sign = -1;
    for (int i = 1; i < base.length(); i++) {
      char before = Character.toLowerCase(base.charAt(i - 1));
      if ((base.charAt(i) == '+' || base.charAt(i) == '-') && before != 'e') {
        sign = i;
        break;
      }
    }
    double value = number(sign < 0 ? base : base.substring(0, sign));
    double delta = sign < 0 ? 0 : number(base.substring(sign));
    out.add(new Item(value, null));
    for (int i = 0; i < n; i++) {
      value += delta;
      out.add(new Item(value, null));
    }
  }

  static double number(String text) {
    String lower = text.toLowerCase(Locale.ROOT).replaceFirst("^\\+", "").replaceFirst("^--", "");
    return switch (lower) {
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      case "nan", "-nan" -> Double.NaN;
      default ->
          lower.startsWith("0x")
              ? Long.parseLong(lower.substring(2), 16)
              : Double.parseDouble(lower);
    };
  }

  /** Equality of floats as the scripts have it. */
  static boolean same(double a, double b) {
    if (StaleMarker.is(a) || StaleMarker.is(b)) {
      return StaleMarker.is(a) && StaleMarker.is(b);
    }
    if (Double.isNaN(a) || Double.isNaN(b)) {
      return Double.isNaN(a) && Double.isNaN(b);
    }
    if (a == b) {
      return true;
    }
    double sum = Math.abs(a) + Math.abs(b);
    double difference = Math.abs(a - b);
    if (a == 0 || b == 0 || sum < Double.MIN_NORMAL) {
      return difference < 1e-6 * Double.MIN_NORMAL;
    }
    return difference / Math.min(sum, Double.MAX_VALUE) < 1e-6;
  }
}
