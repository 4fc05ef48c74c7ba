package io.narthex.query.promql.exec;

import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.Quoting;
import io.narthex.api.query.QueryException;
import io.narthex.query.promql.column.Column;
import io.narthex.query.promql.function.GoNumbers;
import io.narthex.query.promql.function.HistogramQuantiles;
import io.narthex.query.promql.function.Quantiles;
import io.narthex.query.promql.function.Remarks;
import io.narthex.query.promql.parse.PositionRange;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code histogram_quantile} and {@code histogram_fraction}: of native histograms, and of classic
 * ones, whose buckets are series with an {@code le} label.
 */
final class HistogramOperator extends ColumnsOperator {
  private record Bucket(double bound, Column column) {}

  private static final class Group {
    final List<Bucket> buckets = new ArrayList<>();
    final Labels labels;
    @Nullable Column histograms;

    Group(Labels labels) {
      this.labels = labels;
    }
  }

  private final VectorOperator inner;
  private final ScalarOperator[] arguments;
  private final boolean quantile;
  private final @Nullable String quantileLabel;
  private final PositionRange[] positions;
  private final PositionRange vectorPosition;
  private final int count;
  private double[][] scalars = new double[0][];

  /**
   * Makes the operator.
   *
   * @param arguments the quantiles, or both bounds of a fraction
   * @param quantileLabel the label that tells several quantiles apart, or null
   * @param quantile whether quantiles are wanted, rather than a fraction
   * @param positions of the arguments
   */
  HistogramOperator(
      VectorOperator inner,
      ScalarOperator[] arguments,
      @Nullable String quantileLabel,
      boolean quantile,
      PositionRange[] positions,
      PositionRange vectorPosition,
      Execution execution,
      int count) {
    super(execution);
    this.quantileLabel = quantileLabel;
    this.inner = inner;
    this.arguments = arguments;
    this.positions = positions;
    this.vectorPosition = vectorPosition;
    this.count = count;
    this.quantile = quantile;
  }

  @Override
  SeriesTable open() throws QueryException {
    scalars = new double[arguments.length][];
    for (int i = 0; i < arguments.length; i++) {
      scalars[i] = arguments[i].values();
    }
    for (int i = 0; quantile && i < scalars.length; i++) {
      for (double value : scalars[i]) {
        execution().remarks().checkQuantile(value, positions[i]);
      }
    }
    List<Labels> labels = new ArrayList<>();
    List<Column> columns = new ArrayList<>();
    for (Group group : read()) {
      for (int i = 0; i < (quantile ? scalars.length : 1); i++) {
        Column column = compute(group, i);
        if (quantileLabel == null) {
          labels.add(group.labels);
          columns.add(column);
        } else {
          label(group.labels, quantileLabel, column, scalars[i], labels, columns);
        }
      }
    }
    give(columns);
    return new SeriesTable(labels.toArray(Labels[]::new))
        .withoutNames(execution().settings().delayedNames());
  }

  /** Adds a series for each value that the quantile has at some time. */
  private void label(
      Labels base,
      String name,
      Column column,
      double[] quantiles,
      List<Labels> labels,
      List<Column> columns) {
    for (double q : Arrays.stream(quantiles).distinct().toArray()) {
      Column part = column.copy();
      for (int i = 0; i < count; i++) {
        if (Double.compare(quantiles[i], q) != 0) {
          part.remove(i);
        }
      }
      labels.add(base.toBuilder().set(name, GoNumbers.openMetrics(q)).build());
      columns.add(part);
    }
  }

  private List<Group> read() throws QueryException {
    SeriesTable table = inner.open();
    Map<Labels, Group> groups = new LinkedHashMap<>();
    long held = 0;
    for (int i = 0; i < table.size(); i++) {
      Column column = inner.next();
      long cost = Budget.cost(column);
      if (cost == 0) {
        continue;
      }
      held += cost;
      execution().budget().take(cost);
      Labels labels = table.labels(i);
      Labels signature = labels.without(List.of(LabelNames.BUCKET));
      if (column.hasHistograms()) {
        groups.computeIfAbsent(signature, Group::new).histograms = histogramsOf(column);
        column.removeHistograms();
        if (column.isEmpty()) {
          continue;
        }
      }
      String le = labels.get(LabelNames.BUCKET);
      double bound = parseBound(le);
      if (Double.isNaN(bound)) {
        warn(
            "bucket label \"le\" is missing or has a malformed value of " + Quoting.quote(le),
            labels.metricName());
      } else {
        groups.computeIfAbsent(signature, Group::new).buckets.add(new Bucket(bound, column.copy()));
      }
    }
    inner.close();
    execution().budget().give(held);
    return List.copyOf(groups.values());
  }

  private static Column histogramsOf(Column column) {
    Column out = new Column(column.size);
    for (int i = column.nextPresent(0); i < column.size; i = column.nextPresent(i + 1)) {
      NativeHistogram h = column.histogram(i);
      if (h != null) {
        out.set(i, h);
      }
    }
    return out;
  }

  private Column compute(Group group, int argument) {
    group.buckets.sort(Comparator.comparingDouble(Bucket::bound));
    int size = group.buckets.size();
    double[] bounds = new double[size];
    double[] counts = new double[size];
    String metric = group.labels.metricName();
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
      Column natives = group.histograms;
      NativeHistogram h = natives != null && natives.has(step) ? natives.histogram(step) : null;
      if (h != null && n > 0) {
        warn("vector contains a mix of classic and native histograms", metric);
      } else if (h != null) {
        out.set(step, ofNative(argument, step, h, metric));
      } else if (n > 0) {
        out.set(step, ofBuckets(argument, step, bounds, counts, n, metric));
      }
    }
    return out;
  }

  private double ofBuckets(
      int argument, int step, double[] bounds, double[] counts, int n, String metric) {
    if (!quantile) {
      return HistogramQuantiles.fractionOfBuckets(
          scalars[0][step], scalars[1][step], bounds, counts, n);
    }
    Quantiles.BucketResult result = Quantiles.ofBuckets(scalars[argument][step], bounds, counts, n);
    if (result.forcedMonotonic()) {
      info(
          "input to histogram_quantile needed to be fixed for monotonicity (see"
              + " https://prometheus.io/docs/prometheus/latest/querying/functions/"
              + "#histogram_quantile)",
          metric);
    }
    return result.value();
  }

  private double ofNative(int argument, int step, NativeHistogram h, String metric) {
    if (!quantile) {
      if (HistogramQuantiles.hasNaN(h)) {
        info(
            "input to histogram_fraction has NaN observations, which are excluded from all"
                + " fractions",
            metric);
      }
      return HistogramQuantiles.fraction(scalars[0][step], scalars[1][step], h);
    }
    HistogramQuantiles.Quantile result = HistogramQuantiles.quantile(scalars[argument][step], h);
    switch (result.doubt()) {
      case NONE -> {}
      case SKEWED ->
          info("input to histogram_quantile has NaN observations, result is skewed higher", metric);
      case NAN -> info("input to histogram_quantile has NaN observations, result is NaN", metric);
    }
    return result.value();
  }

  private void warn(String text, String metric) {
    execution().remarks().warning(Remarks.named(text, metric), vectorPosition);
  }

  private void info(String text, String metric) {
    execution().remarks().info(Remarks.named(text, metric), vectorPosition);
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
    for (ScalarOperator argument : arguments) {
      argument.close();
    }
  }
}
