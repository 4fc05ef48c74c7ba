package io.narthex.query.promql.exec;

import io.narthex.api.query.QueryException;
import io.narthex.query.promql.column.Column;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The columns of an operator, all held at once; those without points are not kept. */
final class Materialized {
  /** Looks at each column before it is held. */
  interface Check {
    void accept(Column column) throws QueryException;
  }

  private final SeriesTable table;
  private final @Nullable Column[] columns;
  private final Execution execution;
  private long held;

  private Materialized(SeriesTable table, Execution execution) {
    this.table = table;
    this.execution = execution;
    columns = new Column[table.size()];
  }

  /** Reads an operator to its end, and closes it. */
  static Materialized of(VectorOperator operator, Execution execution) throws QueryException {
    return of(operator, operator.open(), execution, _ -> {});
  }

  /** Reads an operator that is open to its end, and closes it. */
  static Materialized of(
      VectorOperator operator, SeriesTable table, Execution execution, Check check)
      throws QueryException {
    Materialized all = new Materialized(table, execution);
    try {
      for (int i = 0; i < all.columns.length; i++) {
        Column column = operator.next();
        check.accept(column);
        long cost = Budget.cost(column);
        if (cost > 0) {
          all.held += cost;
          execution.budget().take(cost);
          all.columns[i] = column.copy();
        }
      }
    } catch (QueryException | RuntimeException | Error e) {
      all.release();
      throw e;
    }
    operator.close();
    return all;
  }

  int size() {
    return columns.length;
  }

  SeriesTable table() {
    return table;
  }

  /** The column of a series; null where it has no point. */
  @Nullable Column column(int i) {
    return columns[i];
  }

  /** Lets go of one column. */
  void release(int i) {
    Column column = columns[i];
    if (column != null) {
      long cost = Budget.cost(column);
      execution.budget().give(cost);
      held -= cost;
      columns[i] = null;
    }
  }

  void release() {
    execution.budget().give(held);
    held = 0;
    Arrays.fill(columns, null);
  }
}
