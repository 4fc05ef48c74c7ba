package io.narthex.query.promql.exec;

import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Quoting;
import io.narthex.api.query.QueryException;
import io.narthex.query.promql.column.Column;
import io.narthex.query.promql.function.Quantiles;
import io.narthex.query.promql.function.Remarks;
import io.narthex.query.promql.function.Unsupported;
import io.narthex.query.promql.parse.PositionRange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code histogram_quantile} of classic histograms: buckets with an {@code le} label. */
final class HistogramQuantileOperator extends ColumnsOperator {
  private record Bucket(double bound, Column column) {}

  private static final class Group {
    final List<Bucket> buckets = new ArrayList<>();
    final Labels labels;

    Group(Labels labels) {
      this.labels = labels;
    }
  }

  private final VectorOperator inner;
  private final ScalarOperator quantile;
  private final PositionRange quantilePosition;
  private final PositionRange vectorPosition;
  private final int count;

  HistogramQuantileOperator(
      VectorOperator inner,
      ScalarOperator quantile,
      PositionRange quantilePosition,
      PositionRange vectorPosition,
      Execution execution,
      int count) {
    super(execution);
    this.inner = inner;
    this.quantile = quantile;
    this.quantilePosition = quantilePosition;
    this.vectorPosition = vectorPosition;
    this.count = count;
  }

  @Override
  SeriesTable open() throws QueryException {
    double[] q = quantile.values();
    for (double value : q) {
      execution().remarks().checkQuantile(value, quantilePosition);
    }
    List<Group> groups = read();
    Labels[] labels = new Labels[groups.size()];
    List<Column> columns = new ArrayList<>(labels.length);
    for (int i = 0; i < labels.length; i++) {
      Group group = groups.get(i);
      labels[i] = group.labels;
      columns.add(compute(group, q));
    }
    give(columns);
    return new SeriesTable(labels).withoutNames(execution().settings().delayedNames());
  }

  private List<Group> read() throws QueryException {
    SeriesTable table = inner.open();
    Map<Labels, Group> groups = new LinkedHashMap<>();
    long held = 0;
    for (int i = 0; i < table.size(); i++) {
      Column column = inner.next();
      if (column.isEmpty()) {
        continue;
      }
      if (column.hasHistograms()) {
        throw Unsupported.histograms("function \"histogram_quantile\"");
      }
      Labels labels = table.labels(i);
      String le = labels.get(LabelNames.BUCKET);
      double bound = parseBound(le);
      if (Double.isNaN(bound)) {
        execution()
            .remarks()
            .warning(
                named(
                    "bucket label \"le\" is missing or has a malformed value of "
                        + Quoting.quote(le),
                    labels.metricName()),
                vectorPosition);
        continue;
      }
      held += column.points();
      execution().budget().take(column.points());
      groups
          .computeIfAbsent(labels.without(List.of(LabelNames.BUCKET)), Group::new)
          .buckets
          .add(new Bucket(bound, column.copy()));
    }
    inner.close();
    execution().budget().give(held);
    return List.copyOf(groups.values());
  }

  private Column compute(Group group, double[] q) {
    group.buckets.sort(Comparator.comparingDouble(Bucket::bound));
    int size = group.buckets.size();
    double[] bounds = new double[size];
    double[] counts = new double[size];
    Column out = new Column(count);
    for (int step = 0; step < count; step++) {
      int n = 0;
      for (int b = 0; b < size; b++) {
        Bucket bucket = group.buckets.get(b);
        if (bucket.column().has(step)) {
          bounds[n] = bucket.bound();
          counts[n++] = bucket.column().values[step];
        }
      }
      if (n > 0) {
        Quantiles.BucketResult result = Quantiles.ofBuckets(q[step], bounds, counts, n);
        if (result.forcedMonotonic()) {
          execution()
              .remarks()
              .info(
                  named(
                      "input to histogram_quantile needed to be fixed for monotonicity (see"
                          + " https://prometheus.io/docs/prometheus/latest/querying/functions/"
                          + "#histogram_quantile)",
                      group.labels.metricName()),
                  vectorPosition);
        }
        out.set(step, result.value());
      }
    }
    return out;
  }

  private static String named(String text, String metric) {
    return Remarks.named(text, metric);
  }

  /** A bound as Go parses it; NaN for what is none. */
  private static double parseBound(String text) {
    return switch (text) {
      case "+Inf", "Inf", "+inf", "inf" -> Double.POSITIVE_INFINITY;
      case "-Inf", "-inf" -> Double.NEGATIVE_INFINITY;
      default -> {
        // Java would also take a trailing d or f, and blanks.
        if (text.isEmpty() || !text.chars().allMatch(c -> "0123456789+-.eE".indexOf(c) >= 0)) {
          yield Double.NaN;
        }
        try {
          yield Double.parseDouble(text);
        } catch (NumberFormatException e) {
          yield Double.NaN;
        }
      }
    };
  }

  @Override
  public void close() {
    super.close();
    inner.close();
    quantile.close();
  }
}
