package io.narthex.query.promql.exec;

import io.narthex.api.model.Labels;
import io.narthex.api.query.QueryException;
import io.narthex.query.promql.column.Column;
import io.narthex.query.promql.parse.AggregateExpr;
import io.narthex.query.promql.parse.AggregateOp;
import java.util.ArrayList;
import java.util.List;

/** Aggregations that need nothing of the past but a few numbers for each group and time. */
final class AggregateOperator extends ColumnsOperator {
  private final AggregateExpr expr;
  private final VectorOperator inner;
  private final int count;

  AggregateOperator(AggregateExpr expr, VectorOperator inner, Execution execution, int count) {
    super(execution);
    this.expr = expr;
    this.inner = inner;
    this.count = count;
  }

  @Override
  SeriesTable open() throws QueryException {
    SeriesTable table = inner.open();
    Groups groups = new Groups(expr.grouping(), expr.without());
    List<Accumulator> accumulators = new ArrayList<>();
    List<Labels> labels = new ArrayList<>();
    for (int i = 0; i < table.size(); i++) {
      Column column = inner.next();
      if (column.hasHistograms() && !takesHistograms()) {
        ignoreHistograms(column, expr.op(), expr, execution());
      }
      if (column.isEmpty()) {
        continue;
      }
      Labels group = groups.labels(table.labels(i));
      int id = groups.id(group);
      if (id == accumulators.size()) {
        execution().budget().take(count);
        accumulators.add(Accumulator.of(expr.op(), count));
        labels.add(group);
      }
      Accumulator accumulator = accumulators.get(id);
      if (column.hasHistograms() && adds()) {
        accumulator
            .histograms(expr.op() == AggregateOp.AVG, execution().remarks(), expr.expr().position())
            .add(column, table.labels(i).metricName());
        column.removeHistograms();
      }
      accumulator.add(column);
      accumulator.drops |= table.drops(i);
    }
    inner.close();
    List<Column> results = new ArrayList<>(accumulators.size());
    boolean[] drops = new boolean[accumulators.size()];
    for (int i = 0; i < drops.length; i++) {
      Column result = accumulators.get(i).result();
      HistogramAccumulator histograms = accumulators.get(i).histograms;
      if (histograms != null) {
        histograms.finish(result);
      }
      results.add(result);
      drops[i] = accumulators.get(i).drops;
    }
    execution().budget().give((long) count * drops.length);
    give(results);
    return new SeriesTable(labels.toArray(Labels[]::new), drops);
  }

  private boolean takesHistograms() {
    // The other two look at presence alone.
    return adds() || expr.op() == AggregateOp.COUNT || expr.op() == AggregateOp.GROUP;
  }

  private boolean adds() {
    return expr.op() == AggregateOp.SUM || expr.op() == AggregateOp.AVG;
  }

  static void ignoreHistograms(
      Column column, AggregateOp op, AggregateExpr expr, Execution execution) {
    if (column.removeHistograms()) {
      execution
          .remarks()
          .info("ignored histogram in " + op.text() + " aggregation", expr.expr().position());
    }
  }

  @Override
  public void close() {
    super.close();
    inner.close();
  }
}
