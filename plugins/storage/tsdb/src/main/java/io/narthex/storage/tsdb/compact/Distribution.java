package io.narthex.storage.tsdb.compact;

import java.util.Arrays;

/** Counts of observed values by size, for a histogram on the metrics page. Safe for threads. */
public final class Distribution {
  private final double[] bounds;
  private final long[] counts;
  private double sum;

  /**
   * Makes an empty one.
   *
   * @param bounds ascending upper bounds, inclusive, without infinity
   */
  Distribution(double... bounds) {
    this.bounds = bounds;
    counts = new long[bounds.length + 1];
  }

  /** One with {@code n} bounds, each {@code factor} times the one before. */
  static Distribution exponential(double first, double factor, int n) {
    double[] bounds = new double[n];
    double bound = first;
    for (int i = 0; i < n; i++) {
      bounds[i] = bound;
      bound *= factor;
    }
    return new Distribution(bounds);
  }

  /** Counts a value. */
  synchronized void observe(double value) {
    int i = 0;
    while (i < bounds.length && value > bounds[i]) {
      i++;
    }
    counts[i]++;
    sum += value;
  }

  /** Adds what another one with the same bounds has counted, and empties it. */
  synchronized void take(Distribution other) {
    synchronized (other) {
      for (int i = 0; i < counts.length; i++) {
        counts[i] += other.counts[i];
      }
      sum += other.sum;
      Arrays.fill(other.counts, 0);
      other.sum = 0;
    }
  }

  /** An empty one with the same bounds. */
  Distribution empty() {
    return new Distribution(bounds);
  }

  /** Upper bounds, inclusive, in a new array. */
  public double[] bounds() {
    return bounds.clone();
  }

  /** How many values fell between each bound and the one before, and behind the last. */
  public synchronized long[] counts() {
    return counts.clone();
  }

  /** Of all values. */
  public synchronized double sum() {
    return sum;
  }
}
