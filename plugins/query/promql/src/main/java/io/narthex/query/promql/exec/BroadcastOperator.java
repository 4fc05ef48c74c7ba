package io.narthex.query.promql.exec;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.query.QueryException;
import io.narthex.query.promql.column.Column;
import java.util.Arrays;

/** Gives the points of an expression that is the same at all times, computed at the first. */
final class BroadcastOperator extends VectorOperator {
  private final VectorOperator inner;
  private final Column column;

  BroadcastOperator(VectorOperator inner, int count) {
    this.inner = inner;
    column = new Column(count);
  }

  @Override
  SeriesTable open() throws QueryException {
    return inner.open();
  }

  @Override
  Column next() throws QueryException {
    Column one = inner.next();
    column.clear();
    if (one.has(0)) {
      NativeHistogram h = one.histogram(0);
      if (h == null) {
        Arrays.fill(column.values, one.values[0]);
      } else {
        column.histograms = new NativeHistogram[column.size];
        Arrays.fill(column.histograms, h);
      }
      column.fill();
    }
    return column;
  }

  @Override
  public void close() {
    inner.close();
  }
}
