package io.narthex.query.promql.exec;

import io.narthex.api.query.QueryException;

/** Gives a number for each evaluation time. Used by one thread. */
abstract class ScalarOperator implements AutoCloseable {
  /** One value for each time. Called once; the caller may change the array. */
  abstract double[] values() throws QueryException;

  /** Releases what storage gave. May be called twice. */
  @Override
  public void close() {}
}
