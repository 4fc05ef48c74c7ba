package io.narthex.query.promql.function;

import io.narthex.api.query.QueryException;

/** Failures of what the language has and this engine does not evaluate yet. */
public final class Unsupported {
  private Unsupported() {}

  /** A function. */
  public static QueryException function(String name) {
    return new QueryException(
        QueryException.Kind.EXECUTION, "function \"" + name + "\" is not supported yet");
  }

  /** Anything else, described as the subject of the sentence. */
  public static QueryException feature(String what) {
    return new QueryException(QueryException.Kind.EXECUTION, what + " is not supported yet");
  }

  /** An operation that meets native histograms. */
  public static QueryException histograms(String operation) {
    return new QueryException(
        QueryException.Kind.EXECUTION, operation + " of native histograms is not supported yet");
  }
}
