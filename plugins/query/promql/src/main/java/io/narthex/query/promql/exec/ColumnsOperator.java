package io.narthex.query.promql.exec;

import io.narthex.api.query.QueryException;
import io.narthex.query.promql.column.Column;
import java.util.List;

/** The base of operators that must have read all of their input before they know any result. */
abstract class ColumnsOperator extends VectorOperator {
  private final Execution execution;
  private List<Column> columns = List.of();
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
    columns = results;
    for (Column column : results) {
      held += Budget.cost(column);
    }
    execution.budget().take(held);
  }

  @Override
  final Column next() {
    return columns.get(next++);
  }

  @Override
  public void close() {
    execution.budget().give(held);
    held = 0;
    columns = List.of();
  }
}
