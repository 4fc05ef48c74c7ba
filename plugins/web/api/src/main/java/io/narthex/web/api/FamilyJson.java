package io.narthex.web.api;

import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.DistributionDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Exemplar;
import io.prometheus.metrics.model.snapshots.Exemplars;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.NativeHistogramBuckets;
import io.prometheus.metrics.model.snapshots.Quantile;
import io.prometheus.metrics.model.snapshots.StateSetSnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import java.io.IOException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * A metric as the JSON of the protobuf message {@code io.prometheus.client.MetricFamily}: whole
 * numbers of 64 bits as texts, times as RFC 3339, {@code NaN} and {@code Infinity} as texts. Names
 * and kinds are those that the text format shows. Source: client_model's {@code metrics.proto}, and
 * protobuf's JSON mapping.
 */
final class FamilyJson {
  private final MetricSnapshot metric;
  private final String name;

  FamilyJson(MetricSnapshot metric) {
    this.metric = metric;
    String base = metric.getMetadata().getPrometheusName();
    name =
        switch (metric) {
          case CounterSnapshot counter -> base + "_total";
          case InfoSnapshot info -> base + "_info";
          default -> base;
        };
  }

  /** The name of the family, with the suffix of its series where all have the same one. */
  String name() {
    return name;
  }

  void write(JsonStream json) throws IOException {
    json.beginObject();
    json.key("name").value(name);
    String help = metric.getMetadata().getHelp();
    json.key("help").value(help == null ? "" : help);
    json.key("type").value(type());
    json.key("metric").beginArray();
    switch (metric) {
      case CounterSnapshot c -> {
        for (CounterSnapshot.CounterDataPointSnapshot point : c.getDataPoints()) {
          begin(json, point, "counter");
          number(json, "value", point.getValue());
          exemplar(json, point.getExemplar());
          created(json, point);
          end(json, point);
        }
      }
      case GaugeSnapshot g -> {
        for (GaugeSnapshot.GaugeDataPointSnapshot point : g.getDataPoints()) {
          value(json, point, "gauge", point.getValue());
        }
      }
      case InfoSnapshot i -> {
        for (InfoSnapshot.InfoDataPointSnapshot point : i.getDataPoints()) {
          value(json, point, "gauge", 1);
        }
      }
      case UnknownSnapshot u -> {
        for (UnknownSnapshot.UnknownDataPointSnapshot point : u.getDataPoints()) {
          value(json, point, "untyped", point.getValue());
        }
      }
      case StateSetSnapshot s -> {
        for (StateSetSnapshot.StateSetDataPointSnapshot point : s.getDataPoints()) {
          states(json, point);
        }
      }
      case SummarySnapshot s -> {
        for (SummarySnapshot.SummaryDataPointSnapshot point : s.getDataPoints()) {
          summary(json, point);
        }
      }
      case HistogramSnapshot h -> {
        for (HistogramSnapshot.HistogramDataPointSnapshot point : h.getDataPoints()) {
          histogram(json, point);
        }
      }
      default -> {
        // None other is known to client_java.
      }
    }
    json.endArray();
    if (metric.getMetadata().getUnit() != null) {
      json.key("unit").value(metric.getMetadata().getUnit().toString());
    }
    json.endObject();
  }

  private String type() {
    return switch (metric) {
      case CounterSnapshot c -> "COUNTER";
      case GaugeSnapshot g -> "GAUGE";
      case InfoSnapshot i -> "GAUGE";
      case StateSetSnapshot s -> "GAUGE";
      case SummarySnapshot s -> "SUMMARY";
      case HistogramSnapshot h -> h.isGaugeHistogram() ? "GAUGE_HISTOGRAM" : "HISTOGRAM";
      default -> "UNTYPED";
    };
  }

  private static void begin(JsonStream json, DataPointSnapshot point, String kind)
      throws IOException {
    json.beginObject();
    labels(json, point.getLabels(), null, "");
    json.key(kind).beginObject();
  }

  private static void end(JsonStream json, DataPointSnapshot point) throws IOException {
    json.endObject();
    if (point.hasScrapeTimestamp()) {
      json.key("timestampMs").value(Long.toString(point.getScrapeTimestampMillis()));
    }
    json.endObject();
  }

  private static void value(JsonStream json, DataPointSnapshot point, String kind, double value)
      throws IOException {
    begin(json, point, kind);
    number(json, "value", value);
    end(json, point);
  }

  /** A gauge for each state, whose name is a label. */
  private void states(JsonStream json, StateSetSnapshot.StateSetDataPointSnapshot point)
      throws IOException {
    for (int i = 0; i < point.size(); i++) {
      json.beginObject();
      labels(json, point.getLabels(), name, point.getName(i));
      json.key("gauge").beginObject();
      number(json, "value", point.isTrue(i) ? 1 : 0);
      end(json, point);
    }
  }

  private static void summary(JsonStream json, SummarySnapshot.SummaryDataPointSnapshot point)
      throws IOException {
    begin(json, point, "summary");
    counted(json, point);
    if (point.getQuantiles().size() > 0) {
      json.key("quantile").beginArray();
      for (Quantile quantile : point.getQuantiles()) {
        json.beginObject();
        number(json, "quantile", quantile.getQuantile());
        number(json, "value", quantile.getValue());
        json.endObject();
      }
      json.endArray();
    }
    created(json, point);
    end(json, point);
  }

  private static void histogram(JsonStream json, HistogramSnapshot.HistogramDataPointSnapshot point)
      throws IOException {
    begin(json, point, "histogram");
    counted(json, point);
    ClassicHistogramBuckets buckets = point.getClassicBuckets();
    Exemplars exemplars = point.getExemplars();
    if (buckets.size() > 1) {
      json.key("bucket").beginArray();
      long sum = 0;
      double lower = Double.NEGATIVE_INFINITY;
      for (int i = 0; i < buckets.size(); i++) {
        double upper = buckets.getUpperBound(i);
        Exemplar exemplar = exemplars.get(lower, upper);
        sum += buckets.getCount(i);
        lower = upper;
        if (upper == Double.POSITIVE_INFINITY && exemplar == null) {
          // Its count is that of all; Go's library leaves it out, too.
          continue;
        }
        json.beginObject();
        json.key("cumulativeCount").value(Long.toString(sum));
        number(json, "upperBound", upper);
        exemplar(json, exemplar);
        json.endObject();
      }
      json.endArray();
    }
    created(json, point);
    if (point.hasNativeHistogramData()) {
      json.key("schema").value(point.getNativeSchema());
      number(json, "zeroThreshold", point.getNativeZeroThreshold());
      json.key("zeroCount").value(Long.toString(point.getNativeZeroCount()));
      spans(json, "negative", point.getNativeBucketsForNegativeValues());
      spans(json, "positive", point.getNativeBucketsForPositiveValues());
    }
    end(json, point);
  }

  private static void spans(JsonStream json, String sign, NativeHistogramBuckets buckets)
      throws IOException {
    int n = buckets.size();
    if (n == 0) {
      return;
    }
    json.key(sign + "Span").beginArray();
    int next = 0;
    for (int i = 0; i < n; ) {
      int first = buckets.getBucketIndex(i);
      int end = i + 1;
      while (end < n && buckets.getBucketIndex(end) == first + end - i) {
        end++;
      }
      json.beginObject();
      json.key("offset").value((long) first - next);
      json.key("length").value((long) end - i);
      json.endObject();
      next = first + end - i;
      i = end;
    }
    json.endArray().key(sign + "Delta").beginArray();
    long before = 0;
    for (int i = 0; i < n; i++) {
      json.value(Long.toString(buckets.getCount(i) - before));
      before = buckets.getCount(i);
    }
    json.endArray();
  }

  private static void counted(JsonStream json, DistributionDataPointSnapshot point)
      throws IOException {
    if (point.hasCount()) {
      json.key("sampleCount").value(Long.toString(point.getCount()));
    }
    if (point.hasSum()) {
      number(json, "sampleSum", point.getSum());
    }
  }

  private static void labels(JsonStream json, Labels labels, @Nullable String more, String value)
      throws IOException {
    if (labels.isEmpty() && more == null) {
      return;
    }
    json.key("label").beginArray();
    for (int i = 0; i < labels.size(); i++) {
      label(json, labels.getPrometheusName(i), labels.getValue(i));
    }
    if (more != null) {
      label(json, more, value);
    }
    json.endArray();
  }

  private static void label(JsonStream json, String name, String value) throws IOException {
    json.beginObject().key("name").value(name).key("value").value(value).endObject();
  }

  private static void exemplar(JsonStream json, @Nullable Exemplar exemplar) throws IOException {
    if (exemplar == null) {
      return;
    }
    json.key("exemplar").beginObject();
    labels(json, exemplar.getLabels(), null, "");
    number(json, "value", exemplar.getValue());
    if (exemplar.hasTimestamp()) {
      json.key("timestamp").value(time(exemplar.getTimestampMillis()));
    }
    json.endObject();
  }

  private static void created(JsonStream json, DataPointSnapshot point) throws IOException {
    if (point.hasCreatedTimestamp()) {
      json.key("createdTimestamp").value(time(point.getCreatedTimestampMillis()));
    }
  }

  private static String time(long millis) {
    return DateTimeFormatter.ISO_INSTANT.format(Instant.ofEpochMilli(millis));
  }

  private static void number(JsonStream json, String key, double value) throws IOException {
    json.key(key);
    if (Double.isFinite(value)) {
      json.value(value);
    } else {
      json.value(Double.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
    }
  }
}
