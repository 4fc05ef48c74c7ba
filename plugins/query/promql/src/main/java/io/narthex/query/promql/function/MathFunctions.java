package io.narthex.query.promql.function;

import io.narthex.query.promql.column.Column;
import java.util.Map;

/** Roundings, roots, logarithms, bounds. */
final class MathFunctions {
  private MathFunctions() {}

  static void register(Map<String, PointFunction> functions) {
    functions.put("abs", (c, _) -> abs(c.values));
    functions.put("ceil", (c, _) -> ceil(c.values));
    functions.put("floor", (c, _) -> floor(c.values));
    functions.put("exp", (c, _) -> exp(c.values));
    functions.put("ln", (c, _) -> ln(c.values));
    functions.put("log2", (c, _) -> log2(c.values));
    functions.put("log10", (c, _) -> log10(c.values));
    functions.put("sqrt", (c, _) -> sqrt(c.values));
    functions.put("sgn", (c, _) -> sgn(c.values));
    functions.put("round", MathFunctions::round);
    functions.put("clamp", MathFunctions::clamp);
    functions.put("clamp_min", (c, scalars) -> clampMin(c.values, scalars[0]));
    functions.put("clamp_max", (c, scalars) -> clampMax(c.values, scalars[0]));
  }

  private static void abs(double[] v) {
    for (int i = 0; i < v.length; i++) {
      v[i] = Math.abs(v[i]);
    }
  }

  private static void ceil(double[] v) {
    for (int i = 0; i < v.length; i++) {
      v[i] = Math.ceil(v[i]);
    }
  }

  private static void floor(double[] v) {
    for (int i = 0; i < v.length; i++) {
      v[i] = Math.floor(v[i]);
    }
  }

  private static void exp(double[] v) {
    for (int i = 0; i < v.length; i++) {
      v[i] = Math.exp(v[i]);
    }
  }

  private static void ln(double[] v) {
    for (int i = 0; i < v.length; i++) {
      v[i] = Math.log(v[i]);
    }
  }

  private static void log10(double[] v) {
    for (int i = 0; i < v.length; i++) {
      v[i] = Math.log10(v[i]);
    }
  }

  private static void log2(double[] v) {
    for (int i = 0; i < v.length; i++) {
      v[i] = log2(v[i]);
    }
  }

  /** The logarithm to base 2, exact for powers of two. */
  static double log2(double x) {
    if (!(x >= Double.MIN_NORMAL) || x == Double.POSITIVE_INFINITY) {
      return Math.log(x) * (1 / Math.log(2));
    }
    int exponent = Math.getExponent(x) + 1;
    double fraction = Math.scalb(x, -exponent);
    return fraction == 0.5 ? exponent - 1 : exponent + Math.log(fraction) * (1 / Math.log(2));
  }

  private static void sqrt(double[] v) {
    for (int i = 0; i < v.length; i++) {
      v[i] = Math.sqrt(v[i]);
    }
  }

  private static void sgn(double[] v) {
    for (int i = 0; i < v.length; i++) {
      v[i] = v[i] < 0 ? -1 : v[i] > 0 ? 1 : v[i];
    }
  }

  private static void round(Column c, double[][] scalars) {
    double[] v = c.values;
    for (int i = 0; i < v.length; i++) {
      // Multiplying by the inverse gives what users expect of fractions such as 0.1.
      double inverse = 1 / (scalars.length == 0 ? 1 : scalars[0][i]);
      v[i] = Math.floor(v[i] * inverse + 0.5) / inverse;
    }
  }

  private static void clamp(Column c, double[][] scalars) {
    double[] min = scalars[0];
    double[] max = scalars[1];
    for (int i = 0; i < c.size; i++) {
      if (max[i] < min[i]) {
        c.remove(i);
      }
      c.values[i] = max(min[i], min(max[i], c.values[i]));
    }
  }

  private static void clampMin(double[] v, double[] min) {
    for (int i = 0; i < v.length; i++) {
      v[i] = max(min[i], v[i]);
    }
  }

  private static void clampMax(double[] v, double[] max) {
    for (int i = 0; i < v.length; i++) {
      v[i] = min(max[i], v[i]);
    }
  }

  /** As Go's: an infinity wins over NaN. */
  private static double max(double a, double b) {
    return a == Double.POSITIVE_INFINITY || b == Double.POSITIVE_INFINITY
        ? Double.POSITIVE_INFINITY
        : Math.max(a, b);
  }

  private static double min(double a, double b) {
    return a == Double.NEGATIVE_INFINITY || b == Double.NEGATIVE_INFINITY
        ? Double.NEGATIVE_INFINITY
        : Math.min(a, b);
  }
}
