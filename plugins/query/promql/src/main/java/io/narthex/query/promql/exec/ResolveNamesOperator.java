package io.narthex.query.promql.exec;

import io.narthex.api.query.QueryException;
import io.narthex.query.promql.column.Column;

/** Removes the names that are marked for removal, at the end of a query with delayed removal. */
final class ResolveNamesOperator extends VectorOperator {
  private final VectorOperator inner;

  ResolveNamesOperator(VectorOperator inner) {
    this.inner = inner;
  }

  @Override
  SeriesTable open() throws QueryException {
    return inner.open().resolved();
  }

  @Override
  Column next() throws QueryException {
    return inner.next();
  }

  @Override
  public void close() {
    inner.close();
  }
}
