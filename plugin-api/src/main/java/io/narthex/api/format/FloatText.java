package io.narthex.api.format;

import io.narthex.api.Api;
import io.narthex.api.model.StaleMarker;
import java.nio.charset.StandardCharsets;

/**
 * Reads floats from bytes as Go's {@code strconv.ParseFloat} does, without hexadecimal ones and
 * underscores, which Prometheus does not take; and writes them as OpenMetrics does.
 *
 * <p>Exact: the result is the double nearest to the text, however long the text is. Allocates
 * nothing but for texts that are a hair beside the middle of two doubles. Not safe for several
 * threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public final class FloatText {
  private static final double[] POWERS = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22
  };

  /** Beyond that nothing changes any more: 0 or infinite, whatever the digits. */
  private static final long MAX_EXPONENT = 10_000_000_000L;

  /** Longer texts are cut to what decides about the nearest double before they are copied. */
  private static final int LONG_TEXT = 1100;

  /** As many decimal digits as fit in 64 bits. */
  private static final int DIGITS = 19;

  /** No double, and no point half-way between two, has more significant digits than 768. */
  private static final int MAX_DIGITS = 800;

  /**
   * What a number's text turned out to be.
   *
   * @since 0.1
   */
  public enum Outcome {
    /** A number. */
    OK,
    /** No number. */
    SYNTAX,
    /** Too large for a double. */
    RANGE
  }

  private double value;

  /** Makes a reader. */
  public FloatText() {}

  /**
   * The number read last, when the outcome was {@link Outcome#OK}. Every NaN is {@link
   * StaleMarker#NORMAL_NAN_BITS}.
   */
  public double value() {
    return value;
  }

  /**
   * Reads the text {@code data[from .. to)}, which is neither trimmed nor may have anything behind
   * the number.
   *
   * <p>A decimal whose digits fit in 53 bits and whose power of ten is at most 22 is one exact
   * multiplication or division away from its value, rounded once (Clinger, How to Read Floating
   * Point Numbers Accurately, 1990); {@link Decimal} does the others, but for very few.
   */
  public Outcome read(byte[] data, int from, int to) {
    int i = from;
    boolean negative = false;
    if (i < to && (data[i] == '-' || data[i] == '+')) {
      negative = data[i] == '-';
      i++;
    }
    long mantissa = 0;
    int significant = 0;
    long power = 0;
    int digitsFrom = i;
    int dots = 0;
    for (; i < to; i++) {
      int d = data[i] - '0';
      if (d >= 0 && d <= 9) {
        if (significant < DIGITS) {
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
    int digitsTo = i;
    if (digitsTo - digitsFrom == dots) {
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
      long exponent = 0;
      while (i < to && data[i] >= '0' && data[i] <= '9') {
        exponent = Math.min(MAX_EXPONENT, 10 * exponent + data[i] - '0');
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
    if (significant <= DIGITS
        && mantissa >= 0
        && mantissa <= 1L << 53
        && power >= -22
        && power <= 22) {
      double v = power < 0 ? mantissa / POWERS[(int) -power] : mantissa * POWERS[(int) power];
      value = negative ? -v : v;
      return Outcome.OK;
    }
    long bits = Decimal.bits(mantissa, power);
    // Of more digits the next greater number of as many bounds the value.
    if (significant <= DIGITS || bits == Decimal.bits(mantissa + 1, power)) {
      if (bits != Decimal.UNKNOWN) {
        double v = Double.longBitsToDouble(bits);
        value = negative ? -v : v;
        return Double.isInfinite(v) ? Outcome.RANGE : Outcome.OK;
      }
    }
    if (to - from > LONG_TEXT) {
      double v = Double.parseDouble(shorter(data, digitsFrom, digitsTo, significant, power));
      value = negative ? -v : v;
    } else {
      value = Double.parseDouble(new String(data, from, to - from, StandardCharsets.US_ASCII));
    }
    return Double.isInfinite(value) ? Outcome.RANGE : Outcome.OK;
  }

  /**
   * The same number in few digits: the first ones, and one more where anything but zeros follows,
   * so that a number just above a half-way point is not taken for the point itself.
   *
   * @param power of ten by which the first {@link #DIGITS} significant digits are to be multiplied
   */
  private static String shorter(byte[] data, int from, int to, int significant, long power) {
    StringBuilder out = new StringBuilder(MAX_DIGITS + 32);
    boolean more = false;
    for (int i = from; i < to; i++) {
      if (data[i] == '.' || (data[i] == '0' && out.isEmpty())) {
        continue;
      }
      if (out.length() < MAX_DIGITS) {
        out.append((char) data[i]);
      } else if (data[i] != '0') {
        more = true;
        break;
      }
    }
    long last = power - (Math.min(significant, MAX_DIGITS) - Math.min(significant, DIGITS));
    if (more) {
      out.append('1');
      last--;
    }
    return out.isEmpty() ? "0" : out.append('E').append(last).toString();
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
  public static String canonical(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    FloatText number = new FloatText();
    return number.read(bytes, 0, bytes.length) == Outcome.OK ? format(number.value) : text;
  }

  /**
   * A float as OpenMetrics writes bounds of buckets and quantiles: as {@link #text}, with a {@code
   * .0} where neither dot nor exponent is.
   */
  public static String format(double v) {
    String text = text(v);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '-' && (c < '0' || c > '9')) {
        return text;
      }
    }
    return text + ".0";
  }

  /**
   * A float as Go's {@code strconv} writes it in the shortest form of {@code g}: {@code 1e+06},
   * {@code 0.5}, {@code +Inf}.
   */
  public static String text(double v) {
    StringBuilder out = new StringBuilder(24);
    append(v, out);
    return out.toString();
  }

  /**
   * Seconds as whole milliseconds, towards zero, as a Go program makes them on amd64: what is no
   * 64-bit number becomes the least one.
   */
  public static long millis(double seconds) {
    double v = seconds * 1000;
    return v >= -0x1p63 && v < 0x1p63 ? (long) v : Long.MIN_VALUE;
  }

  /** Appends {@link #text} to a text. */
  public static void append(double v, StringBuilder out) {
    if (v == (long) v && Math.abs(v) < 1_000_000) {
      if (v == 0 && 1 / v < 0) {
        out.append('-');
      }
      out.append((long) v);
      return;
    }
    if (Double.isNaN(v)) {
      out.append("NaN");
      return;
    }
    if (Double.isInfinite(v)) {
      out.append(v > 0 ? "+Inf" : "-Inf");
      return;
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
    if (v < 0) {
      out.append('-');
    }
    if (digits.length() == 2 && power < -300) {
      oneDigit(Math.abs(v), digits, power);
      power += digits.length() == 3 ? 1 : 0;
      digits.setLength(digits.length() == 2 ? 2 : 1);
    }
    if (power < -4 || power >= 6) {
      exponential(digits, power, out);
    } else if (power < 0) {
      out.append("0.").repeat('0', -power - 1).append(digits);
    } else if (digits.length() <= power + 1) {
      out.append(digits).repeat('0', power + 1 - digits.length());
    } else {
      out.append(digits, 0, power + 1).append('.').append(digits, power + 1, digits.length());
    }
  }

  /**
   * Java writes two digits of a number of which one would do (4.9E-324), Go one: leaves one digit,
   * or three (100) where rounding carries, or the two that it takes.
   */
  private static void oneDigit(double v, StringBuilder digits, int power) {
    int rounded = (Integer.parseInt(digits.toString()) + 5) / 10;
    if (Double.parseDouble(rounded + "E" + power) == v) {
      digits.setLength(0);
      digits.append(rounded == 10 ? "100" : Integer.toString(rounded));
    }
  }

  private static void exponential(StringBuilder digits, int power, StringBuilder out) {
    out.append(digits.charAt(0));
    if (digits.length() > 1) {
      out.append('.').append(digits, 1, digits.length());
    }
    out.append('e').append(power < 0 ? '-' : '+');
    out.append(Math.abs(power) < 10 ? "0" : "").append(Math.abs(power));
  }
}
