package io.narthex.query.promql.exec;

import io.narthex.api.model.Labels;
import io.narthex.api.query.QueryException;
import io.narthex.query.promql.column.Column;

/** A scalar as the one element, without labels, of a vector. */
final class VectorOfScalarOperator extends VectorOperator {
  private final ScalarOperator scalar;

  VectorOfScalarOperator(ScalarOperator scalar) {
    this.scalar = scalar;
  }

  @Override
  SeriesTable open() {
    return new SeriesTable(new Labels[] {Labels.empty()});
  }

  @Override
  Column next() throws QueryException {
    double[] values = scalar.values();
    Column column = new Column(values.length);
    System.arraycopy(values, 0, column.values, 0, values.length);
    column.fill();
    return column;
  }

  @Override
  public void close() {
    scalar.close();
  }
}
