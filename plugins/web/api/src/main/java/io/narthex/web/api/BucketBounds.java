package io.narthex.web.api;

/**
 * Bounds of the buckets of exponential native histograms, to the last digit those that Prometheus
 * prints.
 *
 * <p>Prometheus has them in tables (3.14, {@code model/histogram}) whose values are off from the
 * nearest double by up to three units in the last place. They come about thus: the bounds between ½
 * and 1 of a schema are every second one those of the schema below, and each of the others is its
 * left neighbour times 2<sup>2<sup>−schema</sup></sup>, which for schema 1 is one unit too small.
 */
final class BucketBounds {
  private static final int MAX_SCHEMA = 8;
  private static final double[][] FRACTIONS = fractions();

  private BucketBounds() {}

  private static double[][] fractions() {
    double[][] all = new double[MAX_SCHEMA + 1][];
    all[0] = new double[] {0.5};
    for (int schema = 1; schema <= MAX_SCHEMA; schema++) {
      double base =
          schema == 1 ? Math.nextDown(Math.sqrt(2)) : Math.pow(2, Math.scalb(1.0, -schema));
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
   * The upper bound of a bucket. That of the last one before infinity is the largest number, so
   * that infinite observations have a bucket of their own.
   *
   * @param schema −4..8
   */
  static double upper(int index, int schema) {
    double bound;
    if (schema < 0) {
      bound = Math.scalb(1.0, index << -schema);
    } else {
      double fraction = FRACTIONS[schema][index & ((1 << schema) - 1)];
      bound = Math.scalb(fraction, (index >> schema) + 1);
    }
    boolean last = schema < 0 ? index << -schema == 1024 : index == 1024 << schema;
    return last ? Double.MAX_VALUE : bound;
  }
}
