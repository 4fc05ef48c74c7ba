package io.narthex.query.promql.function;

import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/** Angles and hyperbolas; the inverse hyperbolic ones follow fdlibm. */
final class TrigonometricFunctions {
  private static final double LARGE = 1 << 28;
  private static final double SMALL = 1.0 / (1 << 28);

  private TrigonometricFunctions() {}

  static void register(Map<String, PointFunction> functions) {
    put(functions, "sin", Math::sin);
    put(functions, "cos", Math::cos);
    put(functions, "tan", Math::tan);
    put(functions, "asin", Math::asin);
    put(functions, "acos", Math::acos);
    put(functions, "atan", Math::atan);
    put(functions, "sinh", Math::sinh);
    put(functions, "cosh", Math::cosh);
    put(functions, "tanh", Math::tanh);
    put(functions, "asinh", TrigonometricFunctions::asinh);
    put(functions, "acosh", TrigonometricFunctions::acosh);
    put(functions, "atanh", TrigonometricFunctions::atanh);
    put(functions, "deg", x -> x * 180 / Math.PI);
    put(functions, "rad", x -> x * Math.PI / 180);
  }

  /**
   * Each costs tens of nanoseconds, so a call through an interface for each point does not show.
   */
  private static void put(
      Map<String, PointFunction> functions, String name, DoubleUnaryOperator operator) {
    functions.put(
        name,
        (c, _) -> {
          double[] v = c.values;
          for (int i = 0; i < v.length; i++) {
            v[i] = operator.applyAsDouble(v[i]);
          }
        });
  }

  private static double asinh(double x) {
    if (Double.isNaN(x) || Double.isInfinite(x)) {
      return x;
    }
    double a = Math.abs(x);
    double result;
    if (a > LARGE) {
      result = Math.log(a) + Math.log(2);
    } else if (a > 2) {
      result = Math.log(2 * a + 1 / (Math.sqrt(a * a + 1) + a));
    } else if (a < SMALL) {
      result = a;
    } else {
      result = Math.log1p(a + a * a / (1 + Math.sqrt(1 + a * a)));
    }
    return Math.copySign(result, x);
  }

  private static double acosh(double x) {
    if (!(x >= 1)) {
      return Double.NaN;
    }
    if (x >= LARGE) {
      return Math.log(x) + Math.log(2);
    }
    if (x > 2) {
      return Math.log(2 * x - 1 / (x + Math.sqrt(x * x - 1)));
    }
    double t = x - 1;
    return Math.log1p(t + Math.sqrt(2 * t + t * t));
  }

  private static double atanh(double x) {
    double a = Math.abs(x);
    if (!(a <= 1)) {
      return Double.NaN;
    }
    double result;
    if (a == 1) {
      result = Double.POSITIVE_INFINITY;
    } else if (a < SMALL) {
      result = a;
    } else if (a < 0.5) {
      double t = a + a;
      result = 0.5 * Math.log1p(t + t * a / (1 - a));
    } else {
      result = 0.5 * Math.log1p((a + a) / (1 - a));
    }
    return Math.copySign(result, x);
  }
}
