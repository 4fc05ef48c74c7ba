package io.narthex.query.promql.function;

/**
 * Compensated summation as Prometheus does it: Kahan's, in Neumaier's variant (Neumaier 1974,
 * "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen"). The order of additions
 * and the treatment of infinities decide the last bits of results, so they are part of the
 * language.
 */
public final class Kahan {
  private Kahan() {}

  /** The compensation after adding {@code x} to {@code sum}, which gave {@code total}. */
  public static double compensation(double x, double sum, double total, double c) {
    if (Double.isInfinite(total)) {
      return 0;
    }
    return Math.abs(sum) >= Math.abs(x) ? c + ((sum - total) + x) : c + ((x - total) + sum);
  }
}
