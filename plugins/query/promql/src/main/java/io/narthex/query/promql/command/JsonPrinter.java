package io.narthex.query.promql.command;

import io.narthex.api.model.Quoting;
import java.util.List;
import java.util.Map;

/** Prints JSON on one line, as Go's encoder does. */
final class JsonPrinter implements Printer {
  @Override
  public String result(Result result) {
    StringBuilder out = new StringBuilder();
    switch (result) {
      case Result.Scalar scalar -> pair(scalar.time(), GoText.plain(scalar.value()), out);
      case Result.Text text -> pair(text.time(), text.value(), out);
      case Result.Vector vector -> all(vector.series(), false, out);
      case Result.Matrix matrix -> all(matrix.series(), true, out);
    }
    return out.append('\n').toString();
  }

  private static void pair(long time, String value, StringBuilder out) {
    out.append('[').append(GoText.seconds(time)).append(',');
    Quoting.json(value, out);
    out.append(']');
  }

  private static void all(List<Result.Series> list, boolean matrix, StringBuilder out) {
    out.append('[');
    for (int i = 0; i < list.size(); i++) {
      Result.Series series = list.get(i);
      out.append(i == 0 ? "{\"metric\":" : ",{\"metric\":");
      labels(series.labels(), out);
      boolean histograms = !series.histograms().isEmpty();
      if (!histograms || (matrix && !series.floats().isEmpty())) {
        points(matrix ? "values" : "value", series.floats(), matrix, out);
      }
      if (histograms) {
        points(matrix ? "histograms" : "histogram", series.histograms(), matrix, out);
      }
      out.append('}');
    }
    out.append(']');
  }

  private static void points(
      String key, List<Result.Point> points, boolean list, StringBuilder out) {
    out.append(",\"").append(key).append(list ? "\":[" : "\":");
    for (int i = 0; i < points.size(); i++) {
      Result.Point point = points.get(i);
      out.append(i == 0 ? "" : ",");
      Result.Histogram histogram = point.histogram();
      if (histogram == null) {
        pair(point.time(), GoText.plain(point.value()), out);
      } else {
        out.append('[').append(GoText.seconds(point.time())).append(',');
        histogram(histogram, out);
        out.append(']');
      }
    }
    out.append(list ? "]" : "");
  }

  private static void histogram(Result.Histogram h, StringBuilder out) {
    out.append("{\"count\":\"").append(GoText.plain(h.count()));
    out.append("\",\"sum\":\"").append(GoText.plain(h.sum())).append("\",\"buckets\":");
    if (h.buckets().isEmpty()) {
      out.append("null}");
      return;
    }
    for (int i = 0; i < h.buckets().size(); i++) {
      Result.Bucket bucket = h.buckets().get(i);
      out.append(i == 0 ? "[[" : ",[").append(bucket.boundaries());
      for (double value : new double[] {bucket.lower(), bucket.upper(), bucket.count()}) {
        out.append(",\"").append(GoText.plain(value)).append('"');
      }
      out.append(']');
    }
    out.append("]}");
  }

  private static void labels(Map<String, String> labels, StringBuilder out) {
    out.append('{');
    String separator = "";
    for (Map.Entry<String, String> label : labels.entrySet()) {
      out.append(separator);
      Quoting.json(label.getKey(), out);
      out.append(':');
      Quoting.json(label.getValue(), out);
      separator = ",";
    }
    out.append('}');
  }

  @Override
  public String series(List<Map<String, String>> series) {
    StringBuilder out = new StringBuilder("[");
    for (int i = 0; i < series.size(); i++) {
      out.append(i == 0 ? "" : ",");
      labels(series.get(i), out);
    }
    return out.append("]\n").toString();
  }

  @Override
  public String values(List<String> values) {
    StringBuilder out = new StringBuilder("[");
    for (int i = 0; i < values.size(); i++) {
      out.append(i == 0 ? "" : ",");
      Quoting.json(values.get(i), out);
    }
    return out.append("]\n").toString();
  }
}
