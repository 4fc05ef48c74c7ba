package io.narthex.api.model;

import io.narthex.api.Api;
import java.math.BigDecimal;
import java.math.MathContext;

/**
 * Numbers in the form in which Go, and so Prometheus, writes them into messages.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public final class GoFloat {
  private GoFloat() {}

  /**
   * As Go's {@code %g} and {@code %v} do: the fewest digits that identify the number, with an
   * exponent of two digits or more below 0.0001 and from a million on. {@code 0.25}, {@code 1e+06},
   * {@code NaN}, {@code +Inf}, {@code -0}.
   */
  public static String general(double v) {
    if (special(v)) {
      return plain(v);
    }
    BigDecimal decimal = shortest(v);
    int exponent = decimal.precision() - decimal.scale() - 1;
    return exponent >= -4 && exponent < 6 ? decimal.toPlainString() : scientific(decimal, 'e');
  }

  /**
   * As Go's {@code 'E'} does: the fewest digits that identify the number, always with an exponent
   * of two digits or more. {@code 1E+00}, {@code 2.5E-01}, {@code NaN}, {@code +Inf}, {@code
   * -0E+00}.
   */
  public static String scientific(double v) {
    if (v == 0) {
      return plain(v) + "E+00";
    }
    return special(v) ? plain(v) : scientific(shortest(v), 'E');
  }

  /**
   * As Go's {@code 'f'} does: the fewest digits that identify the number, never with an exponent.
   */
  public static String plain(double v) {
    if (Double.isNaN(v)) {
      return "NaN";
    }
    if (Double.isInfinite(v)) {
      return v > 0 ? "+Inf" : "-Inf";
    }
    if (v == 0) {
      return Double.doubleToRawLongBits(v) == 0 ? "0" : "-0";
    }
    return shortest(v).toPlainString();
  }

  /** Whether a number has no digits of its own. */
  private static boolean special(double v) {
    return v == 0 || Double.isNaN(v) || Double.isInfinite(v);
  }

  private static BigDecimal shortest(double v) {
    BigDecimal decimal = new BigDecimal(Double.toString(v)).stripTrailingZeros();
    // Java never gives fewer than two digits, also where one would do (4.9E-324 for 5e-324).
    if (decimal.precision() == 2) {
      BigDecimal one = decimal.round(new MathContext(1));
      return one.doubleValue() == v ? one.stripTrailingZeros() : decimal;
    }
    return decimal;
  }

  private static String scientific(BigDecimal decimal, char letter) {
    int exponent = decimal.precision() - decimal.scale() - 1;
    String digits = decimal.unscaledValue().abs().toString();
    StringBuilder out = new StringBuilder(decimal.signum() < 0 ? "-" : "").append(digits.charAt(0));
    if (digits.length() > 1) {
      out.append('.').append(digits, 1, digits.length());
    }
    int size = Math.abs(exponent);
    return out.append(letter)
        .append(exponent < 0 ? '-' : '+')
        .append(size < 10 ? "0" : "")
        .append(size)
        .toString();
  }
}
