package io.narthex.exporter.node;

import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * A page in Prometheus's text format, read: families by name, samples by name and labels as they
 * stand there.
 */
final class Page {
  static final class Family {
    String type = "untyped";
    String help = "";
    final Map<String, Double> samples = new TreeMap<>();
  }

  final Map<String, Family> families = new TreeMap<>();

  /** Prints client_java's model as the exporter's page is printed, and reads that. */
  static Page of(MetricSnapshots snapshots) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      PrometheusTextFormatWriter.create().write(out, snapshots, EscapingScheme.DEFAULT);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return of(out.toString(StandardCharsets.UTF_8));
  }

  static Page of(String text) {
    Page page = new Page();
    for (String line : text.split("\n")) {
      if (line.startsWith("# HELP ")) {
        String[] parts = line.split(" ", 4);
        page.family(parts[2]).help = parts.length > 3 ? parts[3] : "";
      } else if (line.startsWith("# TYPE ")) {
        String[] parts = line.split(" ", 4);
        page.family(parts[2]).type = parts[3];
      } else if (!line.startsWith("#") && !line.isEmpty()) {
        int space = line.lastIndexOf(' ');
        String sample = line.substring(0, space).replace(",}", "}");
        int brace = sample.indexOf('{');
        String name = brace < 0 ? sample : sample.substring(0, brace);
        page.family(name).samples.put(sample, value(line.substring(space + 1)));
      }
    }
    return page;
  }

  private Family family(String name) {
    return families.computeIfAbsent(name, n -> new Family());
  }

  private static double value(String text) {
    return switch (text) {
      case "+Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text);
    };
  }

  /** The samples of one family; empty when it is not there. */
  Map<String, Double> samples(String name) {
    Family family = families.get(name);
    return family == null ? Map.of() : family.samples;
  }

  /** One sample's value; null when it is not there. */
  Double value(String name, String labels) {
    return samples(name).get(labels.isEmpty() ? name : name + "{" + labels + "}");
  }

  /** Whether the collector succeeded. */
  boolean succeeded(String collector) {
    return value("node_scrape_collector_success", "collector=\"" + collector + "\"") == 1;
  }
}
