package io.narthex.query.promql;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.NativeHistogram.Span;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Native histograms as the conformance scripts write them, and their comparison. */
final class HistogramText {
  private HistogramText() {}

  /** Parses what stands between double braces. */
  static NativeHistogram parse(String text) {
    Map<String, String> properties = new HashMap<>();
    int i = 0;
    while (i < text.length()) {
      if (Character.isWhitespace(text.charAt(i))) {
        i++;
        continue;
      }
      int colon = text.indexOf(':', i);
      int end = colon + 1;
      if (end < text.length() && text.charAt(end) == '[') {
        end = text.indexOf(']', end) + 1;
      } else {
        while (end < text.length() && !Character.isWhitespace(text.charAt(end))) {
          end++;
        }
      }
      properties.put(text.substring(i, colon), text.substring(colon + 1, end));
      i = end;
    }
    double[] positive = numbers(properties.get("buckets"));
    double[] negative = numbers(properties.get("n_buckets"));
    return new NativeHistogram(
        false,
        ResetHint.valueOf(
            properties
                .getOrDefault("counter_reset_hint", "unknown")
                .toUpperCase(java.util.Locale.ROOT)),
        (int) number(properties.get("schema")),
        number(properties.get("z_bucket_w")),
        number(properties.get("z_bucket")),
        number(properties.get("count")),
        number(properties.get("sum")),
        spans((int) number(properties.get("offset")), positive.length),
        positive,
        spans((int) number(properties.get("n_offset")), negative.length),
        negative,
        numbers(properties.get("custom_values")));
  }

  private static List<Span> spans(int offset, int length) {
    return length == 0 ? List.of() : List.of(new Span(offset, length));
  }

  private static double number(String text) {
    return text == null ? 0 : SeriesLine.number(text);
  }

  private static double[] numbers(String list) {
    if (list == null) {
      return new double[0];
    }
    String inner = list.substring(1, list.length() - 1).trim();
    if (inner.isEmpty()) {
      return new double[0];
    }
    String[] parts = inner.split("\\s+");
    double[] out = new double[parts.length];
    for (int i = 0; i < out.length; i++) {
      out[i] = SeriesLine.number(parts[i]);
    }
    return out;
  }

  private static TreeMap<Integer, Double> buckets(List<Span> spans, double[] counts) {
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

  /** {@code a + factor * b}, where b is at least as fine as a; only what scripts need. */
  static NativeHistogram add(NativeHistogram a, NativeHistogram b, double factor) {
    TreeMap<Integer, Double> positive = buckets(a.positiveSpans(), a.positiveBuckets());
    TreeMap<Integer, Double> negative = buckets(a.negativeSpans(), a.negativeBuckets());
    int shift = a.hasCustomBuckets() ? 0 : b.schema() - a.schema();
    buckets(b.positiveSpans(), b.positiveBuckets())
        .forEach((k, v) -> positive.merge(coarser(k, shift), factor * v, Double::sum));
    buckets(b.negativeSpans(), b.negativeBuckets())
        .forEach((k, v) -> negative.merge(coarser(k, shift), factor * v, Double::sum));
    return new NativeHistogram(
        false,
        a.resetHint(),
        a.schema(),
        a.zeroThreshold(),
        a.zeroCount() + factor * b.zeroCount(),
        a.count() + factor * b.count(),
        a.sum() + factor * b.sum(),
        spansOf(positive),
        countsOf(positive),
        spansOf(negative),
        countsOf(negative),
        a.customBounds());
  }

  private static int coarser(int index, int shift) {
    return ((index - 1) >> shift) + 1;
  }

  private static List<Span> spansOf(TreeMap<Integer, Double> buckets) {
    List<Span> spans = new java.util.ArrayList<>();
    int end = 0;
    for (int index : buckets.keySet()) {
      spans.add(new Span(index - end, 1));
      end = index + 1;
    }
    return spans;
  }

  private static double[] countsOf(TreeMap<Integer, Double> buckets) {
    return buckets.values().stream().mapToDouble(v -> v).toArray();
  }

  /** Whether {@code got} is what was expected; the hint counts only when it was named. */
  static boolean same(NativeHistogram want, NativeHistogram got) {
    return want.schema() == got.schema()
        && want.zeroThreshold() == got.zeroThreshold()
        && java.util.Arrays.equals(want.customBounds(), got.customBounds())
        && SeriesLine.same(want.count(), got.count())
        && SeriesLine.same(want.sum(), got.sum())
        && SeriesLine.same(want.zeroCount(), got.zeroCount())
        && sameBuckets(
            buckets(want.positiveSpans(), want.positiveBuckets()),
            buckets(got.positiveSpans(), got.positiveBuckets()))
        && sameBuckets(
            buckets(want.negativeSpans(), want.negativeBuckets()),
            buckets(got.negativeSpans(), got.negativeBuckets()))
        && (want.resetHint() == ResetHint.UNKNOWN || want.resetHint() == got.resetHint());
  }

  private static boolean sameBuckets(TreeMap<Integer, Double> a, TreeMap<Integer, Double> b) {
    return a.keySet().equals(b.keySet())
        && a.keySet().stream().allMatch(k -> SeriesLine.same(a.get(k), b.get(k)));
  }
}
