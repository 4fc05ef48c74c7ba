package io.narthex.api.format;

import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;

/**
 * A series as it is meant and as the line formats write it, for properties of formats.
 *
 * @param metric its name, of any characters
 * @param labels without the metric's name; no value is empty
 * @param braces whether the metric's name is written in quotes within the braces though it need not
 */
public record WrittenSeries(String metric, Map<String, String> labels, boolean braces) {
  /** The labels that are to be read. */
  public Labels allLabels() {
    return Labels.of(labels).toBuilder().set(LabelNames.METRIC_NAME, metric).build();
  }

  /** Writes the series. */
  public void write(StringBuilder out) {
    boolean outside = LabelNames.isLegacyMetric(metric) && !braces;
    out.append(outside ? metric : "");
    if (!outside || !labels.isEmpty()) {
      out.append('{');
      if (!outside) {
        quote(metric, out);
        out.append(labels.isEmpty() ? "" : ",");
      }
      write(labels, out);
      out.append('}');
    }
  }

  /** Writes labels, without braces. */
  public static void write(Map<String, String> labels, StringBuilder out) {
    String separator = "";
    for (Map.Entry<String, String> label : labels.entrySet()) {
      out.append(separator);
      if (LabelNames.isLegacy(label.getKey())) {
        out.append(label.getKey());
      } else {
        quote(label.getKey(), out);
      }
      quote(label.getValue(), out.append('='));
      separator = ",";
    }
  }

  private static void quote(String text, StringBuilder out) {
    String escaped = text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    out.append('"').append(escaped).append('"');
  }

  /** A number as the formats write it. */
  public static String number(double v) {
    return Double.isInfinite(v) ? (v > 0 ? "+Inf" : "-Inf") : Double.toString(v);
  }

  /** Series with names and values of whatever has a meaning in the formats, and of much else. */
  public static Arbitrary<WrittenSeries> any() {
    return Combinators.combine(names(), anyLabels(), Arbitraries.of(true, false))
        .as(WrittenSeries::new);
  }

  /** Any labels. */
  public static Arbitrary<Map<String, String>> anyLabels() {
    return Arbitraries.maps(names(), texts().filter(v -> !v.isEmpty())).ofMaxSize(5);
  }

  /** Any numbers. */
  public static Arbitrary<Double> anyNumber() {
    return Arbitraries.oneOf(
        Arbitraries.doubles(), Arbitraries.of(Double.POSITIVE_INFINITY, 0.0, -0.0, 1e300));
  }

  private static Arbitrary<String> names() {
    Arbitrary<String> legacy = Arbitraries.strings().withCharRange('a', 'e').ofLength(4);
    return Arbitraries.oneOf(texts(), legacy).filter(n -> !n.isEmpty() && !n.startsWith("__"));
  }

  private static Arbitrary<String> texts() {
    return Arbitraries.strings()
        .withChars("\"\\\n{},=# \t\r.é€")
        .withCharRange('a', 'f')
        .withCharRange('\u0400', '\u0404')
        .ofMaxLength(12);
  }
}
