package io.narthex.query.promql.exec;

import io.narthex.api.model.HistogramText;
import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.query.QueryException;
import io.narthex.query.promql.column.Column;
import io.narthex.query.promql.function.GoNumbers;
import io.narthex.query.promql.parse.AggregateExpr;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** {@code count_values}: how many elements of a group have each value, which becomes a label. */
final class CountValuesOperator extends ColumnsOperator {
  private final AggregateExpr expr;
  private final VectorOperator inner;
  private final String label;
  private final int count;
  private final List<Labels> labels = new ArrayList<>();
  private final List<Column> columns = new ArrayList<>();

  CountValuesOperator(
      AggregateExpr expr, VectorOperator inner, String label, Execution execution, int count) {
    super(execution);
    this.expr = expr;
    this.inner = inner;
    this.label = label;
    this.count = count;
  }

  @Override
  SeriesTable open() throws QueryException {
    List<String> grouping = new ArrayList<>(expr.grouping());
    if (!expr.without()) {
      grouping.add(label);
    }
    Groups groups = new Groups(grouping, expr.without());
    SeriesTable table = inner.open();
    for (int series = 0; series < table.size(); series++) {
      Column column = inner.next();
      Map<Double, Integer> ids = new HashMap<>();
      // Values mostly stay as they are: the map is asked only where one changes.
      long lastBits = 0;
      int last = -1;
      for (int i = column.nextPresent(0); i < count; i = column.nextPresent(i + 1)) {
        NativeHistogram h = column.histogram(i);
        if (h != null) {
          int id = group(groups, table, series, HistogramText.of(h));
          count(id, i);
          continue;
        }
        double v = column.values[i];
        long bits = Double.doubleToRawLongBits(v);
        Integer known = last >= 0 && bits == lastBits ? Integer.valueOf(last) : ids.get(v);
        if (known == null) {
          known = group(groups, table, series, GoNumbers.plain(v));
          ids.put(v, known);
        }
        last = known;
        lastBits = bits;
        count(last, i);
      }
    }
    inner.close();
    execution().budget().give((long) count * columns.size());
    give(columns);
    // As in Prometheus, a name that it groups by stays, also one that was to go.
    return new SeriesTable(labels.toArray(Labels[]::new));
  }

  /** The result of a value of a series. */
  private int group(Groups groups, SeriesTable table, int series, String value)
      throws QueryException {
    Labels group = groups.labels(table.labels(series).toBuilder().set(label, value).build());
    int id = groups.id(group);
    if (id == columns.size()) {
      execution().budget().take(count);
      labels.add(group);
      columns.add(new Column(count));
    }
    return id;
  }

  private void count(int id, int i) {
    Column counts = columns.get(id);
    counts.set(i, counts.has(i) ? counts.values[i] + 1 : 1);
  }

  @Override
  public void close() {
    super.close();
    inner.close();
  }
}
