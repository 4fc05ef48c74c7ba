package io.narthex.query.promql.exec;

import io.narthex.api.query.QueryException;
import io.narthex.query.promql.column.Column;
import java.util.List;

/** The base of operators that must have read all of their input before they know any result. */
abstract class ColumnsOperator extends VectorOperator {
  private final Execution execution;
  private Column[] columns = new Column[0];
  private int next;
  private long held;

  ColumnsOperator(Execution execution) {
    this.execution = execution;
  }

  final Execution execution() {
    return execution;
  }

  /** Sets the result: one column for each series of the table that {@link #open} returns. */
  final void give(List<Column> results) throws QueryException {
    columns = results.toArray(Column[]::new);
    for (Column column : results) {
      held += Budget.cost(column);
    }
    execution.budget().take(held);
  }

  @Override
  final Column next() {
    // Nothing is held that has been read.
    Column column = columns[next];
    columns[next++] = null;
    long cost = Budget.cost(column);
    execution.budget().give(cost);
    held -= cost;
    return column;
  }

  @Override
  public void close() {
    execution.budget().give(held);
    held = 0;
    columns = new Column[0];
  }
}
