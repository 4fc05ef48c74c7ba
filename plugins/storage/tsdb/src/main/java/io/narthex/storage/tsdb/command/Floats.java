package io.narthex.storage.tsdb.command;

import io.narthex.api.model.StaleMarker;
import java.nio.charset.StandardCharsets;

/**
 * Floats as Go's {@code strconv.ParseFloat} reads them, without hexadecimal ones and underscores,
 * which Prometheus does not take; and as Go's {@code %g} writes them. Not safe for several threads.
 */
final class Floats {
  /** The powers of ten that a double holds exactly. */
  static final double[] POWERS = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22
  };

  /** What a number's text turned out to be. */
  enum Outcome {
    OK,
    /** Not a number. */
    SYNTAX,
    /** Greater than any double. */
    RANGE,
    /** Has a character that Go's numbers may have and Prometheus's not. */
    UNSUPPORTED
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
        return malformed(data, from, to);
      }
      power += minus ? -exponent : exponent;
    }
    if (i != to) {
      return malformed(data, from, to);
    }
    if (significant <= 18 && mantissa <= 1L << 53 && power >= -22 && power <= 22) {
      double v = power < 0 ? mantissa / POWERS[-power] : mantissa * POWERS[power];
      value = negative ? -v : v;
      return Outcome.OK;
    }
    value = Double.parseDouble(new String(data, from, to - from, StandardCharsets.US_ASCII));
    return Double.isInfinite(value) ? Outcome.RANGE : Outcome.OK;
  }

  private static Outcome malformed(byte[] data, int from, int to) {
    for (int i = from; i < to; i++) {
      if (data[i] == '_' || (data[i] | 0x20) == 'p') {
        return Outcome.UNSUPPORTED;
      }
    }
    return Outcome.SYNTAX;
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
      value = Double.longBitsToDouble(StaleMarker.NORMAL_NAN_BITS);
      return Outcome.OK;
    }
    return malformed(data, from, to);
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

  /** A double as a Go program makes it a long on amd64: towards zero, nonsense the least long. */
  static long toLong(double v) {
    return v >= -0x1p63 && v < 0x1p63 ? (long) v : Long.MIN_VALUE;
  }

  /** The shortest text that names the number, as {@code %g} writes it. */
  static String text(double v) {
    StringBuilder out = new StringBuilder(24);
    append(v, out);
    return out.toString();
  }

  /** Appends {@link #text}. */
  static void append(double v, StringBuilder out) {
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
