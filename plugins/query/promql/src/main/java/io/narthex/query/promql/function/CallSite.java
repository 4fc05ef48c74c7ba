package io.narthex.query.promql.function;

import io.narthex.query.promql.parse.PositionRange;

/**
 * Where a function is called, and for which series: what its remarks refer to. Not safe for several
 * threads.
 */
public final class CallSite {
  private final String function;
  private final Remarks remarks;
  private final PositionRange[] arguments;
  private final int vector;
  private String metric = "";

  /**
   * Makes the site of one call.
   *
   * @param arguments positions of the arguments
   * @param vector which argument is the vector
   */
  public CallSite(String function, Remarks remarks, PositionRange[] arguments, int vector) {
    this.function = function;
    this.remarks = remarks;
    this.arguments = arguments.clone();
    this.vector = vector;
  }

  /** The name of the function. */
  public String function() {
    return function;
  }

  /** Goes to the next series, whose metric's name this is. */
  public void enter(String newMetric) {
    metric = newMetric;
  }

  /** The metric's name of the series at hand; empty where it has none. */
  public String metric() {
    return metric;
  }

  /** Remarks on a quantile, the first argument. */
  void checkQuantile(double q) {
    remarks.checkQuantile(q, arguments[0]);
  }

  void warning(String text) {
    remarks.warning(text, arguments[vector]);
  }

  void info(String text) {
    remarks.info(text, arguments[vector]);
  }
}
