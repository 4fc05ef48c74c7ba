package io.narthex.ingest.pushgateway;

import io.narthex.api.format.MetricFamily.Bucket;
import io.narthex.api.format.MetricFamily.Counter;
import io.narthex.api.format.MetricFamily.Gauge;
import io.narthex.api.format.MetricFamily.Histogram;
import io.narthex.api.format.MetricFamily.Label;
import io.narthex.api.format.MetricFamily.Quantile;
import io.narthex.api.format.MetricFamily.Summary;
import io.narthex.api.format.MetricFamily.Untyped;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.MetricType;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All groups and the process's own metrics as one exposition: each family's bytes are kept with it
 * and only put together here. Of what contradicts something else, which can be only where pushes
 * are not checked, the later is left out: a bad push must not hide what others have pushed.
 */
final class Exposition {
  /** What a family can be written as. */
  enum Form {
    /** Text in which a name has {@code _} for whatever no classic name has. */
    TEXT,
    /** Text in which names may be any UTF-8. */
    QUOTED,
    /** Messages, each with its length in front. */
    PROTOBUF
  }

  private Exposition() {}

  /**
   * Writes all families, sorted by name.
   *
   * @param pushed sorted by name
   * @param own what the process measures of itself, by name
   */
  static void write(
      List<FamilyIndex.Named> pushed, SortedMap<String, Family> own, Form form, OutputStream out)
      throws IOException {
    SortedMap<String, Family> left = new TreeMap<>(own);
    for (FamilyIndex.Named named : pushed) {
      while (!left.isEmpty() && left.firstKey().compareTo(named.name()) < 0) {
        write(List.of(left.remove(left.firstKey())), form, out);
      }
      Family ours = left.remove(named.name());
      if (ours != null || named.mixed()) {
        write(List.of(merged(ours, named)), form, out);
      } else {
        write(named.families(), form, out);
      }
    }
    for (Family family : left.values()) {
      write(List.of(family), form, out);
    }
  }

  /** Those of the first one's type, and of what is there several times the first. */
  private static Family merged(@Nullable Family own, FamilyIndex.Named named) {
    List<Family> families = new ArrayList<>(named.families());
    if (own != null) {
      families.addFirst(own);
    }
    MetricType type = own == null ? named.type() : own.type();
    List<Pushed> all = new ArrayList<>();
    for (Family family : families) {
      for (Pushed metric : family.metrics()) {
        if (FamilyIndex.fits(type, metric.value())) {
          all.add(metric);
        }
      }
    }
    List<Pushed> single = new ArrayList<>(all.size());
    for (Pushed metric : sorted(all)) {
      if (single.isEmpty() || !single.getLast().labels().equals(metric.labels())) {
        single.add(metric);
      }
    }
    Family head = families.getFirst();
    return new Family(named.name(), head.help(), type, single, head.time());
  }

  /** Writes families of one name and type. */
  private static void write(List<Family> families, Form form, OutputStream out) throws IOException {
    Family first = families.getFirst();
    byte[][] metrics = new byte[families.size()][];
    long length = 0;
    for (int i = 0; i < metrics.length; i++) {
      metrics[i] = families.get(i).rendered(form);
      length += metrics[i].length;
    }
    if (length == 0) {
      return;
    }
    if (form == Form.PROTOBUF) {
      byte[] head = Protobuf.head(first).toByteArray();
      out.write(new Message().varint(head.length + length).toByteArray());
      out.write(head);
    } else {
      StringBuilder head = new StringBuilder();
      String name = form == Form.QUOTED ? first.name() : metricName(first.name());
      if (!first.help().isEmpty()) {
        head.append("# HELP ");
        name(name, head);
        head.append(' ');
        escape(first.help(), false, head);
        head.append('\n');
      }
      head.append("# TYPE ");
      name(name, head);
      head.append(' ').append(type(first.type())).append('\n');
      out.write(head.toString().getBytes(StandardCharsets.UTF_8));
    }
    for (byte[] bytes : metrics) {
      out.write(bytes);
    }
  }

  private static List<Pushed> sorted(List<Pushed> metrics) {
    List<Pushed> sorted = new ArrayList<>(metrics);
    sorted.sort(Comparator.comparing(Pushed::labels, Family.BY_LABELS));
    return sorted;
  }

  /** The metrics of a family, without what stands before them. */
  static Family.Rendered render(Family family, Form form) {
    List<Pushed> sorted = sorted(family.metrics());
    if (form == Form.PROTOBUF) {
      return new Family.Rendered(form, false, Protobuf.metrics(sorted));
    }
    boolean quoted = form == Form.QUOTED;
    boolean classic = LabelNames.isLegacyMetric(family.name());
    String name = quoted ? family.name() : metricName(family.name());
    StringBuilder text = new StringBuilder();
    for (Pushed metric : sorted) {
      for (Label label : metric.labels()) {
        classic &= LabelNames.isLegacy(label.name());
      }
      lines(name, metric, quoted, text);
    }
    return new Family.Rendered(form, classic, text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static String type(MetricType type) {
    return switch (type) {
      case COUNTER -> "counter";
      case GAUGE -> "gauge";
      case SUMMARY -> "summary";
      // The text format knows no gauge histograms; this is what they look like in it.
      case HISTOGRAM, GAUGE_HISTOGRAM -> "histogram";
      case INFO, STATESET, UNKNOWN -> "untyped";
    };
  }

  private static void lines(String name, Pushed metric, boolean quoted, StringBuilder out) {
    switch (metric.value()) {
      case null -> {}
      case Counter c -> line(name, metric, quoted, "", 0, c.value(), out);
      case Gauge g -> line(name, metric, quoted, "", 0, g.value(), out);
      case Untyped u -> line(name, metric, quoted, "", 0, u.value(), out);
      case Summary s -> {
        for (Quantile q : s.quantiles()) {
          line(name, metric, quoted, LabelNames.QUANTILE, q.quantile(), q.value(), out);
        }
        line(name + "_sum", metric, quoted, "", 0, s.sum(), out);
        line(name + "_count", metric, quoted, "", 0, s.count(), out);
      }
      case Histogram h -> {
        boolean infinite = false;
        for (Bucket b : h.buckets()) {
          infinite |= b.upperBound() == Double.POSITIVE_INFINITY;
          line(
              name + "_bucket",
              metric,
              quoted,
              LabelNames.BUCKET,
              b.upperBound(),
              b.cumulativeCount(),
              out);
        }
        if (!infinite) {
          line(
              name + "_bucket",
              metric,
              quoted,
              LabelNames.BUCKET,
              Double.POSITIVE_INFINITY,
              h.count(),
              out);
        }
        line(name + "_sum", metric, quoted, "", 0, h.sum(), out);
        line(name + "_count", metric, quoted, "", 0, h.count(), out);
      }
    }
  }

  private static void line(
      String name,
      Pushed metric,
      boolean quoted,
      String numberLabel,
      double number,
      double value,
      StringBuilder out) {
    boolean classic = LabelNames.isLegacyMetric(name);
    String separator = "";
    if (classic) {
      out.append(name);
    } else {
      out.append('{');
      name(name, out);
      separator = ",";
    }
    boolean open = !classic;
    for (Label label : metric.labels()) {
      if (!open) {
        out.append('{');
        open = true;
      }
      out.append(separator);
      if (quoted && !LabelNames.isLegacy(label.name())) {
        quote(label.name(), out);
      } else {
        out.append(LabelNames.sanitized(label.name()));
      }
      out.append("=\"");
      escape(label.value(), true, out);
      out.append('"');
      separator = ",";
    }
    if (!numberLabel.isEmpty()) {
      out.append(open ? separator : "{").append(numberLabel).append("=\"");
      out.append(GoFloat.shortest(number)).append('"');
      open = true;
    }
    out.append(open ? "} " : " ").append(GoFloat.shortest(value)).append('\n');
  }

  private static void name(String name, StringBuilder out) {
    if (LabelNames.isLegacyMetric(name)) {
      out.append(name);
    } else {
      quote(name, out);
    }
  }

  private static void quote(String name, StringBuilder out) {
    out.append('"');
    escape(name, true, out);
    out.append('"');
  }

  private static String metricName(String name) {
    if (LabelNames.isLegacyMetric(name)) {
      return name;
    }
    StringBuilder out = new StringBuilder();
    name.codePoints()
        .forEach(c -> {
          boolean digit = c >= '0' && c <= '9';
          boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
          out.append(letter || (digit && !out.isEmpty()) ? (char) c : '_');
        });
    return out.toString();
  }

  /** Writes a text as it stands in the exposition: in quotes, or as help. */
  static void escape(String text, boolean quotes, StringBuilder out) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '"' -> out.append(quotes ? "\\\"" : "\"");
        default -> out.append(c);
      }
    }
  }
}
