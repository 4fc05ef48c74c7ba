package io.narthex.query.promql.parse;

import io.narthex.api.model.Quoting;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Locale;

/** Numbers as Go reads and writes them, which is what PromQL has. */
final class NumberText {
  private static final double EXPONENT_BELOW = 1e-4;
  private static final double EXPONENT_FROM = 1e21;

  private NumberText() {}

  /**
   * The value of a number: an integer in Go's bases if it is one, otherwise a float.
   *
   * @throws IllegalArgumentException with Go's message when it is neither
   */
  static double parse(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.equals("inf")) {
      return Double.POSITIVE_INFINITY;
    }
    if (lower.equals("nan")) {
      return Double.NaN;
    }
    if (!underscoresSeparateDigits(lower)) {
      throw invalid(text);
    }
    String digits = lower.replace("_", "");
    boolean hexadecimal = digits.startsWith("0x");
    try {
      if (hexadecimal) {
        return Long.parseLong(digits, 2, digits.length(), 16);
      }
      boolean octal = digits.length() > 1 && digits.startsWith("0");
      return Long.parseLong(digits, octal ? 8 : 10);
    } catch (NumberFormatException | IndexOutOfBoundsException _) {
      if (hexadecimal || digits.isEmpty()) {
        throw invalid(text);
      }
    }
    double value;
    try {
      value = Double.parseDouble(digits);
    } catch (NumberFormatException _) {
      throw invalid(text);
    }
    if (Double.isInfinite(value)) {
      throw new IllegalArgumentException(problem(text, "value out of range"));
    }
    return value;
  }

  /** The shortest text without exponent that reads back as the same value. */
  static String plain(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "+Inf" : "-Inf";
    }
    if (value == 0) {
      return 1 / value < 0 ? "-0" : "0";
    }
    return shortest(value).toPlainString();
  }

  /** The shortest text that reads back as the same value, with an exponent for large and small. */
  static String general(double value) {
    double size = Math.abs(value);
    if (!(size < EXPONENT_BELOW || size >= EXPONENT_FROM)
        || value == 0
        || Double.isInfinite(value)) {
      return plain(value);
    }
    BigDecimal shortest = shortest(value);
    String digits = shortest.unscaledValue().abs().toString();
    int exponent = digits.length() - 1 - shortest.scale();
    StringBuilder out = new StringBuilder();
    out.append(value < 0 ? "-" : "").append(digits.charAt(0));
    if (digits.length() > 1) {
      out.append('.').append(digits, 1, digits.length());
    }
    out.append('e').append(exponent < 0 ? '-' : '+');
    return out.append(Math.abs(exponent) < 10 ? "0" : "").append(Math.abs(exponent)).toString();
  }

  /** Rounds to the nearest integer, halves away from zero. */
  static long round(double value) {
    double whole = Math.rint(value);
    if (Math.abs(value - Math.floor(value)) == 0.5) {
      whole = value < 0 ? Math.floor(value) : Math.ceil(value);
    }
    return (long) whole;
  }

  private static BigDecimal shortest(double value) {
    BigDecimal decimal = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    // Java never gives fewer than two digits, also where one would do (4.9E-324 for 5e-324).
    if (decimal.precision() == 2) {
      BigDecimal one = decimal.round(new MathContext(1));
      if (one.doubleValue() == value) {
        return one.stripTrailingZeros();
      }
    }
    return decimal;
  }

  private static boolean underscoresSeparateDigits(String lower) {
    if (lower.indexOf('_') < 0) {
      return true;
    }
    boolean hexadecimal = lower.startsWith("0x");
    // A base prefix counts as a digit.
    boolean digitBefore = hexadecimal;
    boolean underscoreBefore = false;
    for (int i = hexadecimal ? 2 : 0; i < lower.length(); i++) {
      char c = lower.charAt(i);
      boolean digit = Character.digit(c, hexadecimal ? 16 : 10) >= 0;
      if (c == '_' ? !digitBefore : underscoreBefore && !digit) {
        return false;
      }
      digitBefore = digit;
      underscoreBefore = c == '_';
    }
    return !underscoreBefore;
  }

  private static IllegalArgumentException invalid(String text) {
    return new IllegalArgumentException(problem(text, "invalid syntax"));
  }

  private static String problem(String text, String problem) {
    return "strconv.ParseFloat: parsing " + Quoting.quote(text) + ": " + problem;
  }
}
