package io.narthex.api.model;

import io.narthex.api.Api;
import java.math.BigDecimal;
import java.math.MathContext;

/**
 * Bounds of the buckets of native histograms, to the last digit those that Prometheus computes with
 * and prints. Source: Prometheus 3.14, {@code model/histogram}.
 *
 * <p>Prometheus has the bounds between ½ and 1 in tables, whose values are off from the nearest
 * double by up to three units in the last place. They come about thus: those of a schema are every
 * second one those of the schema below, and each of the others is its left neighbour times
 * 2<sup>2<sup>−schema</sup></sup>, which for schema 1 is one unit too small.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public final class BucketBounds {
  private static final int MAX_SCHEMA = 8;
  private static final int MAX_EXPONENT = 1024;
  private static final double[][] FRACTIONS = fractions();

  private BucketBounds() {}

  private static double[][] fractions() {
    double[][] all = new double[MAX_SCHEMA + 1][];
    all[0] = new double[] {0.5};
    // Not Math.pow, which may be off by one place, by machine.
    BigDecimal root = BigDecimal.TWO;
    for (int schema = 1; schema <= MAX_SCHEMA; schema++) {
      root = root.sqrt(new MathContext(40));
      double base = schema == 1 ? Math.nextDown(root.doubleValue()) : root.doubleValue();
      double[] row = new double[1 << schema];
      for (int i = 0; i < row.length; i += 2) {
        row[i] = all[schema - 1][i / 2];
        row[i + 1] = row[i] * base;
      }
      all[schema] = row;
    }
    return all;
  }

  /**
   * The upper bound of a positive bucket, which is the lower one of the next.
   *
   * @param index of the bucket; among custom buckets those before the first are at -Inf, those
   *     behind the last bound at +Inf
   */
  public static double upper(NativeHistogram histogram, int index) {
    if (!histogram.hasCustomBuckets()) {
      return upper(histogram.schema(), index);
    }
    double[] bounds = histogram.customBounds();
    return index < 0
        ? Double.NEGATIVE_INFINITY
        : index < bounds.length ? bounds[index] : Double.POSITIVE_INFINITY;
  }

  /**
   * The upper bound of a positive bucket of an exponential histogram. That of the last one before
   * infinity is the largest number, so that infinite observations have a bucket of their own.
   *
   * @param schema −4..8
   */
  public static double upper(int schema, int index) {
    int exponent = schema < 0 ? index << -schema : index >> schema;
    int part = schema <= 0 ? 0 : index & (1 << schema) - 1;
    return part == 0 && exponent == MAX_EXPONENT
        ? Double.MAX_VALUE
        : Math.scalb(FRACTIONS[Math.max(0, schema)][part], exponent + 1);
  }
}
