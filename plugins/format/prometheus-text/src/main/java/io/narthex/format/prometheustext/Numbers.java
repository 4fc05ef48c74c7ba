package io.narthex.format.prometheustext;

import io.narthex.api.model.StaleMarker;
import java.nio.charset.StandardCharsets;

/**
 * Floats as Go's {@code strconv.ParseFloat} reads them, without hexadecimal ones and underscores,
 * which Prometheus does not take; and as OpenMetrics writes them.
 */
final class Numbers {
  private static final double[] POWERS = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22
  };

  /** What a number's text turned out to be. */
  enum Outcome {
    OK,
    SYNTAX,
    RANGE
  }

  /** The number read last, when the outcome was {@code OK}. */
  double value;

  /**
   * Reads the text {@code data[from .. to)}.
   *
   * <p>A decimal whose digits fit in 53 bits and whose power of ten is at most 22 is one exact
   * multiplication or division away from its value, rounded once (Clinger, How to Read Floating
   * Point Numbers Accurately, 1990); others go the slow way.
   */
  Outcome read(byte[] data, int from, int to) {
    int i = from;
    boolean negative = false;
    if (i < to && (data[i] == '-' || data[i] == '+')) {
      negative = data[i] == '-';
      i++;
    }
    long mantissa = 0;
    int significant = 0;
    int power = 0;
    int digitsFrom = i;
    int dots = 0;
    for (; i < to; i++) {
      int d = data[i] - '0';
      if (d >= 0 && d <= 9) {
        if (significant < 18) {
          mantissa = 10 * mantissa + d;
          significant += mantissa == 0 ? 0 : 1;
        } else {
          significant++;
          power++;
        }
        power -= dots;
      } else if (data[i] == '.' && dots == 0) {
        dots = 1;
      } else {
        break;
      }
    }
    if (i - digitsFrom == dots) {
      return special(data, from, to);
    }
    if (i < to && (data[i] | 0x20) == 'e') {
      i++;
      boolean minus = false;
      if (i < to && (data[i] == '-' || data[i] == '+')) {
        minus = data[i] == '-';
        i++;
      }
      int exponentFrom = i;
      int exponent = 0;
      while (i < to && data[i] >= '0' && data[i] <= '9') {
        exponent = Math.min(100_000, 10 * exponent + data[i] - '0');
        i++;
      }
      if (i == exponentFrom) {
        return Outcome.SYNTAX;
      }
      power += minus ? -exponent : exponent;
    }
    if (i != to) {
      return Outcome.SYNTAX;
    }
    if (significant <= 18 && mantissa <= 1L << 53 && power >= -22 && power <= 22) {
      double v = power < 0 ? mantissa / POWERS[-power] : mantissa * POWERS[power];
      value = negative ? -v : v;
      return Outcome.OK;
    }
    value = Double.parseDouble(new String(data, from, to - from, StandardCharsets.US_ASCII));
    return Double.isInfinite(value) ? Outcome.RANGE : Outcome.OK;
  }

  private Outcome special(byte[] data, int from, int to) {
    int i = from;
    boolean signed = i < to && (data[i] == '+' || data[i] == '-');
    double sign = signed && data[i] == '-' ? -1 : 1;
    i += signed ? 1 : 0;
    if (same(data, i, to, "inf") || same(data, i, to, "infinity")) {
      value = sign * Double.POSITIVE_INFINITY;
      return Outcome.OK;
    }
    if (!signed && same(data, i, to, "nan")) {
      // One NaN for all, so that none that is exposed can look like a stale marker.
      value = Double.longBitsToDouble(StaleMarker.NORMAL_NAN_BITS);
      return Outcome.OK;
    }
    return Outcome.SYNTAX;
  }

  private static boolean same(byte[] data, int from, int to, String lower) {
    if (to - from != lower.length()) {
      return false;
    }
    for (int i = 0; i < lower.length(); i++) {
      if ((data[from + i] | 0x20) != lower.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /**
   * A bucket's bound or a quantile in the form that all targets' are brought to: {@code 1.0} for
   * {@code 1}; as it was when it is no number.
   */
  static String canonical(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    Numbers numbers = new Numbers();
    return numbers.read(bytes, 0, bytes.length) == Outcome.OK ? format(numbers.value) : text;
  }

  /**
   * As Go's {@code strconv} in the shortest form of {@code g}, with a {@code .0} where neither dot
   * nor exponent is.
   */
  static String format(double v) {
    if (Double.isNaN(v)) {
      return "NaN";
    }
    if (Double.isInfinite(v)) {
      return v > 0 ? "+Inf" : "-Inf";
    }
    if (v == 0) {
      return 1 / v < 0 ? "-0.0" : "0.0";
    }
    // The shortest digits that identify the number, which Java finds too, as d.ddd and power.
    String java = Double.toString(Math.abs(v));
    int e = java.indexOf('E');
    String plain = e < 0 ? java : java.substring(0, e);
    int power = e < 0 ? 0 : Integer.parseInt(java.substring(e + 1));
    int dot = plain.indexOf('.');
    power += dot - 1;
    StringBuilder digits = new StringBuilder(plain).deleteCharAt(dot);
    while (digits.length() > 1 && digits.charAt(0) == '0') {
      digits.deleteCharAt(0);
      power--;
    }
    while (digits.length() > 1 && digits.charAt(digits.length() - 1) == '0') {
      digits.setLength(digits.length() - 1);
    }
    StringBuilder out = new StringBuilder(v < 0 ? "-" : "");
    if (power < -4 || power >= 6) {
      out.append(digits.charAt(0));
      if (digits.length() > 1) {
        out.append('.').append(digits, 1, digits.length());
      }
      out.append('e').append(power < 0 ? '-' : '+');
      return out.append(Math.abs(power) < 10 ? "0" : "").append(Math.abs(power)).toString();
    }
    if (power < 0) {
      return out.append("0.").repeat('0', -power - 1).append(digits).toString();
    }
    if (digits.length() <= power + 1) {
      return out.append(digits).repeat('0', power + 1 - digits.length()).append(".0").toString();
    }
    return out.append(digits, 0, power + 1)
        .append('.')
        .append(digits, power + 1, digits.length())
        .toString();
  }
}
