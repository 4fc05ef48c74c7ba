package io.narthex.query.promql.script;

import io.narthex.api.model.GoFloat;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.NativeHistogram.Span;
import io.narthex.query.promql.function.HistogramSum;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Native histograms as scripts write them, and when two are the same. */
final class HistogramText {
  private static final Set<String> PROPERTIES =
      Set.of(
          "schema",
          "sum",
          "count",
          "z_bucket",
          "z_bucket_w",
          "buckets",
          "offset",
          "n_buckets",
          "n_offset",
          "custom_values",
          "counter_reset_hint");

  private HistogramText() {}

  /**
   * Parses what stands between double braces. That counts add up is not checked.
   *
   * @return an item with a histogram
   */
  static Item parse(String text) throws ScriptException {
    Map<String, String> properties = properties(text);
    double[] positive = numbers(properties.get("buckets"));
    double[] negative = numbers(properties.get("n_buckets"));
    try {
      NativeHistogram histogram =
          new NativeHistogram(
              false,
              hint(properties.getOrDefault("counter_reset_hint", "unknown")),
              integer(properties, "schema"),
              number(properties, "z_bucket_w"),
              number(properties, "z_bucket"),
              number(properties, "count"),
              number(properties, "sum"),
              spans(integer(properties, "offset"), positive.length),
              positive,
              spans(integer(properties, "n_offset"), negative.length),
              negative,
              numbers(properties.get("custom_values")));
      return Item.of(histogram, properties.containsKey("counter_reset_hint"));
    } catch (IllegalArgumentException e) {
      throw new ScriptException(String.valueOf(e.getMessage()));
    }
  }

  private static Map<String, String> properties(String text) throws ScriptException {
    Map<String, String> properties = new LinkedHashMap<>();
    int i = 0;
    while (i < text.length()) {
      if (Character.isWhitespace(text.charAt(i))) {
        i++;
        continue;
      }
      int colon = text.indexOf(':', i);
      String key = colon < 0 ? text.substring(i).trim() : text.substring(i, colon);
      if (colon < 0 || !PROPERTIES.contains(key)) {
        throw new ScriptException("unknown property of a histogram: \"" + key + "\"");
      }
      int end = colon + 1;
      if (end < text.length() && text.charAt(end) == '[') {
        end = text.indexOf(']', end) + 1;
        if (end == 0) {
          throw new ScriptException("property " + key + " of a histogram has no closing bracket");
        }
      } else {
        while (end < text.length() && !Character.isWhitespace(text.charAt(end))) {
          end++;
        }
      }
      if (properties.put(key, text.substring(colon + 1, end)) != null) {
        throw new ScriptException("property " + key + " of a histogram is there twice");
      }
      i = end;
    }
    return properties;
  }

  private static ResetHint hint(String text) throws ScriptException {
    return switch (text) {
      case "unknown" -> ResetHint.UNKNOWN;
      case "reset" -> ResetHint.RESET;
      case "not_reset" -> ResetHint.NOT_RESET;
      case "gauge" -> ResetHint.GAUGE;
      default ->
          throw new ScriptException(
              "invalid counter_reset_hint: got \""
                  + text
                  + "\", want unknown, reset, not_reset or gauge");
    };
  }

  private static List<Span> spans(int offset, int length) {
    return length == 0 ? List.of() : List.of(new Span(offset, length));
  }

  private static double number(Map<String, String> properties, String key) throws ScriptException {
    String text = properties.get(key);
    return text == null ? 0 : Numbers.parse(text);
  }

  private static int integer(Map<String, String> properties, String key) throws ScriptException {
    double value = number(properties, key);
    if (value != (int) value) {
      throw new ScriptException("property " + key + " of a histogram is no integer: " + value);
    }
    return (int) value;
  }

  private static double[] numbers(@Nullable String list) throws ScriptException {
    if (list == null) {
      return new double[0];
    }
    if (!list.startsWith("[")) {
      throw new ScriptException("not a list of numbers in brackets: \"" + list + "\"");
    }
    String inner = list.substring(1, list.length() - 1).trim();
    if (inner.isEmpty()) {
      return new double[0];
    }
    String[] parts = inner.split("\\s+");
    double[] out = new double[parts.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = Numbers.parse(parts[i]);
    }
    return out;
  }

  /**
   * {@code a + b}, or {@code a - b}.
   *
   * @param b its schema is not lower
   */
  static NativeHistogram combine(NativeHistogram a, NativeHistogram b, boolean subtract)
      throws ScriptException {
    HistogramSum sum = HistogramSum.plain(a);
    if (b.schema() < a.schema() || !sum.compatible(b)) {
      throw new ScriptException(
          "cannot combine histograms of schema " + a.schema() + " and " + b.schema());
    }
    if (subtract) {
      sum.subtract(b);
    } else {
      sum.add(b);
    }
    NativeHistogram h = sum.value();
    // Combining is a way of writing many samples; it says nothing of what they are.
    ResetHint hint =
        a.resetHint() == b.resetHint()
            ? a.resetHint()
            : a.resetHint() == ResetHint.GAUGE || b.resetHint() == ResetHint.GAUGE
                ? ResetHint.GAUGE
                : ResetHint.UNKNOWN;
    return h.withResetHint(hint);
  }

  /** Buckets that are not empty, by index. */
  static TreeMap<Integer, Double> buckets(List<Span> spans, double[] counts) {
    TreeMap<Integer, Double> out = new TreeMap<>();
    int index = 0;
    int n = 0;
    for (Span span : spans) {
      index += span.offset();
      for (int i = 0; i < span.length(); i++) {
        if (counts[n] != 0) {
          out.put(index, counts[n]);
        }
        n++;
        index++;
      }
    }
    return out;
  }

  /**
   * Whether {@code got} is what was expected.
   *
   * @param hint whether hints of counter resets count too
   */
  static boolean same(NativeHistogram want, NativeHistogram got, boolean hint) {
    return want.schema() == got.schema()
        && want.zeroThreshold() == got.zeroThreshold()
        && Arrays.equals(want.customBounds(), got.customBounds())
        && Numbers.same(want.count(), got.count())
        && Numbers.same(want.sum(), got.sum())
        && Numbers.same(want.zeroCount(), got.zeroCount())
        && sameBuckets(
            buckets(want.positiveSpans(), want.positiveBuckets()),
            buckets(got.positiveSpans(), got.positiveBuckets()))
        && sameBuckets(
            buckets(want.negativeSpans(), want.negativeBuckets()),
            buckets(got.negativeSpans(), got.negativeBuckets()))
        && (!hint || want.resetHint() == got.resetHint());
  }

  private static boolean sameBuckets(TreeMap<Integer, Double> a, TreeMap<Integer, Double> b) {
    if (!a.keySet().equals(b.keySet())) {
      return false;
    }
    for (Map.Entry<Integer, Double> bucket : a.entrySet()) {
      if (!Numbers.same(bucket.getValue(), b.getOrDefault(bucket.getKey(), 0.0))) {
        return false;
      }
    }
    return true;
  }

  /** As a script would write it. */
  static String of(NativeHistogram h) {
    List<String> parts = new ArrayList<>();
    if (h.schema() != 0) {
      parts.add("schema:" + h.schema());
    }
    add(parts, "count", h.count());
    add(parts, "sum", h.sum());
    add(parts, "z_bucket", h.zeroCount());
    add(parts, "z_bucket_w", h.zeroThreshold());
    if (h.customBounds().length > 0) {
      parts.add("custom_values:" + list(h.customBounds()));
    }
    if (h.resetHint() != ResetHint.UNKNOWN) {
      parts.add("counter_reset_hint:" + h.resetHint().name().toLowerCase(Locale.ROOT));
    }
    addBuckets(parts, "", buckets(h.positiveSpans(), h.positiveBuckets()));
    addBuckets(parts, "n_", buckets(h.negativeSpans(), h.negativeBuckets()));
    return "{{" + String.join(" ", parts) + "}}";
  }

  private static void add(List<String> parts, String key, double value) {
    if (value != 0) {
      parts.add(key + ":" + GoFloat.general(value));
    }
  }

  private static void addBuckets(
      List<String> parts, String prefix, TreeMap<Integer, Double> buckets) {
    if (buckets.isEmpty()) {
      return;
    }
    int first = buckets.firstKey();
    int length = buckets.lastKey() - first + 1;
    if (first != 0) {
      parts.add(prefix + "offset:" + first);
    }
    StringBuilder list = new StringBuilder();
    for (int i = 0; i < length; i++) {
      list.append(i == 0 ? "" : " ").append(GoFloat.general(buckets.getOrDefault(first + i, 0.0)));
    }
    parts.add(prefix + "buckets:[" + list + "]");
  }

  private static String list(double[] values) {
    StringBuilder out = new StringBuilder("[");
    for (int i = 0; i < values.length; i++) {
      out.append(i == 0 ? "" : " ").append(GoFloat.general(values[i]));
    }
    return out.append(']').toString();
  }
}
