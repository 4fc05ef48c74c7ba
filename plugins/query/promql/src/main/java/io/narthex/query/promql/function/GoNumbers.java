package io.narthex.query.promql.function;

import java.math.BigDecimal;

/** Floats as Go prints them, where that is part of a result or message. */
public final class GoNumbers {
  private static final int EXPONENT_BELOW = -4;
  private static final int EXPONENT_FROM = 21;

  private GoNumbers() {}

  /** Without exponent, with the fewest digits that identify the value ({@code 'f', -1}). */
  public static String plain(double v) {
    String special = special(v);
    if (!special.isEmpty()) {
      return special;
    }
    BigDecimal decimal = new BigDecimal(Double.toString(v)).stripTrailingZeros();
    String text = decimal.toPlainString();
    return v == 0 ? zero(v) : text;
  }

  /** As {@code %g} does. */
  public static String general(double v) {
    String special = special(v);
    if (!special.isEmpty()) {
      return special;
    }
    if (v == 0) {
      return zero(v);
    }
    BigDecimal decimal = new BigDecimal(Double.toString(v)).stripTrailingZeros();
    int exponent = decimal.precision() - decimal.scale() - 1;
    if (exponent >= EXPONENT_BELOW && exponent < EXPONENT_FROM) {
      return decimal.toPlainString();
    }
    String digits = decimal.unscaledValue().abs().toString();
    StringBuilder out = new StringBuilder(v < 0 ? "-" : "").append(digits.charAt(0));
    if (digits.length() > 1) {
      out.append('.').append(digits, 1, digits.length());
    }
    out.append(exponent < 0 ? "e-" : "e+");
    int size = Math.abs(exponent);
    return out.append(size < 10 ? "0" : "").append(size).toString();
  }

  /** As OpenMetrics writes values of labels: {@code 1.0} rather than {@code 1}. */
  public static String openMetrics(double v) {
    String text = general(v);
    return text.chars().allMatch(c -> c == '-' || (c >= '0' && c <= '9')) ? text + ".0" : text;
  }

  private static String special(double v) {
    return Double.isNaN(v) ? "NaN" : Double.isInfinite(v) ? (v > 0 ? "+Inf" : "-Inf") : "";
  }

  private static String zero(double v) {
    return 1 / v < 0 ? "-0" : "0";
  }
}
