package io.narthex.query.promql.function;

import io.narthex.api.query.QueryException;
import io.narthex.query.promql.column.Column;
import io.narthex.query.promql.column.Samples;
import io.narthex.query.promql.column.Windows;

/** A function from range vector to instant vector: all windows of a series in one call. */
@FunctionalInterface
public interface RangeFunction {
  /**
   * Computes the points of one series.
   *
   * @param samples the decoded samples, without stale markers
   * @param windows the windows, placed over {@code samples}
   * @param scalars the scalar arguments in order, each with a value for each window
   * @param site for remarks
   * @param out empty; to be filled where there is a result
   */
  void apply(Samples samples, Windows windows, double[][] scalars, CallSite site, Column out)
      throws QueryException;
}
