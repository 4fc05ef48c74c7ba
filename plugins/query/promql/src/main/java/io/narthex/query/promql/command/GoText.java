package io.narthex.query.promql.command;

import io.narthex.query.promql.function.GoNumbers;
import java.math.BigDecimal;
import java.math.RoundingMode;

/** Numbers, times and durations as Prometheus's tools read and print them. */
final class GoText {
  private static final int EXPONENT_BELOW = -4;
  private static final int EXPONENT_FROM = 6;

  private GoText() {}

  /** A float without exponent, with the fewest digits that identify it. */
  static String plain(double v) {
    if (Double.isNaN(v) || Double.isInfinite(v)) {
      return special(v);
    }
    if (v == 0) {
      return 1 / v < 0 ? "-0" : "0";
    }
    return GoNumbers.shortest(v).toPlainString();
  }

  private static String special(double v) {
    return Double.isNaN(v) ? "NaN" : v > 0 ? "+Inf" : "-Inf";
  }

  /** A float as {@code %g} prints it. */
  static String general(double v) {
    if (v == 0 || Double.isNaN(v) || Double.isInfinite(v)) {
      return plain(v);
    }
    BigDecimal decimal = GoNumbers.shortest(v);
    int exponent = decimal.precision() - decimal.scale() - 1;
    if (exponent >= EXPONENT_BELOW && exponent < EXPONENT_FROM) {
      return decimal.toPlainString();
    }
    String digits = decimal.unscaledValue().abs().toString();
    StringBuilder out = new StringBuilder(v < 0 ? "-" : "").append(digits.charAt(0));
    if (digits.length() > 1) {
      out.append('.').append(digits, 1, digits.length());
    }
    int size = Math.abs(exponent);
    return out.append(exponent < 0 ? "e-" : "e+")
        .append(size < 10 ? "0" : "")
        .append(size)
        .toString();
  }

  /** A float with so many digits behind the point. */
  static String fixed(double v, int digits) {
    return Double.isNaN(v) || Double.isInfinite(v)
        ? special(v)
        : new BigDecimal(v).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
  }

  /** Milliseconds as seconds. */
  static String seconds(long millis) {
    return BigDecimal.valueOf(millis, 3).signum() == 0
        ? "0"
        : BigDecimal.valueOf(millis, 3).stripTrailingZeros().toPlainString();
  }

  /** A time as the API takes it: seconds, as near as a double is. */
  static String time(BigDecimal seconds) {
    BigDecimal whole = seconds.setScale(0, RoundingMode.FLOOR);
    // Added as Go adds them, which may round to another neighbour than the decimal would.
    return plain(whole.doubleValue() + seconds.subtract(whole).movePointRight(9).longValue() / 1e9);
  }
}
