package io.narthex.query.promql.exec;

import io.narthex.api.query.QueryException;
import io.narthex.query.promql.column.Column;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The columns of an operator, all held at once; those without points are not kept. */
final class Materialized {
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
    return of(operator, operator.open(), execution);
  }

  /** Reads an operator that is open to its end, and closes it. */
  static Materialized of(VectorOperator operator, SeriesTable table, Execution execution)
      throws QueryException {
    Materialized all = new Materialized(table, execution);
    for (int i = 0; i < all.columns.length; i++) {
      Column column = operator.next();
      int points = column.points();
      if (points > 0) {
        execution.budget().take(points);
        all.held += points;
        all.columns[i] = column.copy();
      }
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

  void release() {
    execution.budget().give(held);
    held = 0;
    Arrays.fill(columns, null);
  }
}
