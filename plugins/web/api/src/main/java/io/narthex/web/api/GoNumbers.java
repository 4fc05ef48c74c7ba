package io.narthex.web.api;

import java.nio.charset.StandardCharsets;

/**
 * Numbers as Prometheus's API writes them: the shortest decimal that reads back as the same value,
 * without an exponent for 1e-6 ≤ |v| < 1e21 and with at least two digits of exponent otherwise
 * ({@code 1e+21}, {@code 1e-07}). Source: Prometheus 3.14, {@code util/jsonutil}.
 */
final class GoNumbers {
  private GoNumbers() {}

  /** Appends {@code v}, without quotes; {@code NaN}, {@code +Inf} and {@code -Inf} among them. */
  static void append(double v, Ascii out) {
    append(v, true, out);
  }

  /**
   * Appends {@code v} without an exponent, however long that is: Prometheus writes the results of
   * scalar expressions so.
   */
  static void appendWithoutExponent(double v, Ascii out) {
    append(v, false, out);
  }

  /** {@code v} with an exponent always ({@code 1e+00}, {@code -2.5e-07}): the value of an alert. */
  static String withExponent(double v) {
    if (Double.isNaN(v) || Double.isInfinite(v) || v == 0) {
      String text = v == 0 ? "0e+00" : Double.isNaN(v) ? "NaN" : v > 0 ? "+Inf" : "-Inf";
      return v == 0 && 1 / v < 0 ? "-" + text : text;
    }
    Ascii out = new Ascii();
    if (v < 0) {
      out.add('-');
    }
    ShortestDecimal decimal = out.decimal;
    decimal.of(Double.doubleToRawLongBits(v));
    long digits = decimal.digits;
    int exponent = decimal.exponent;
    for (; digits % 10 == 0; digits /= 10) {
      exponent++;
    }
    int n = Ascii.digits(digits);
    exponent(digits, n, n + exponent - 1, out);
    return new String(out.bytes, 0, out.size, StandardCharsets.US_ASCII);
  }

  private static void append(double v, boolean exponents, Ascii out) {
    if (v == (long) v && Math.abs(v) < 1e15) {
      if (v == 0 && 1 / v < 0) {
        out.add('-');
      }
      out.add((long) v);
      return;
    }
    if (Double.isNaN(v)) {
      out.add("NaN");
      return;
    }
    if (Double.isInfinite(v)) {
      out.add(v > 0 ? "+Inf" : "-Inf");
      return;
    }
    if (v < 0) {
      out.add('-');
    }
    ShortestDecimal decimal = out.decimal;
    decimal.of(Double.doubleToRawLongBits(v));
    long digits = decimal.digits;
    int exponent = decimal.exponent;
    for (long d; (d = digits / 100_000_000) * 100_000_000 == digits; digits = d) {
      exponent += 8;
    }
    for (long d; (d = digits / 100) * 100 == digits; digits = d) {
      exponent += 2;
    }
    long tenth = digits / 10;
    if (10 * tenth == digits) {
      digits = tenth;
      exponent++;
    }
    int n = Ascii.digits(digits);
    double abs = Math.abs(v);
    if (exponents && (abs < 1e-6 || abs >= 1e21)) {
      exponent(digits, n, n + exponent - 1, out);
    } else {
      plain(digits, n, n + exponent, out);
    }
  }

  private static void exponent(long digits, int n, int exponent, Ascii out) {
    byte[] to = out.reserve(n + 1);
    int at = out.size;
    if (n == 1) {
      to[at] = (byte) ('0' + digits);
      out.size = at + 1;
    } else {
      Ascii.put(digits, n, to, at + 1);
      to[at] = to[at + 1];
      to[at + 1] = '.';
      out.size = at + n + 1;
    }
    out.add('e');
    out.add(exponent < 0 ? '-' : '+');
    int abs = Math.abs(exponent);
    if (abs < 10) {
      out.add('0');
    }
    out.add(abs);
  }

  /**
   * Appends without an exponent.
   *
   * @param n the number of digits
   * @param point the place of the point in them
   */
  private static void plain(long digits, int n, int point, Ascii out) {
    byte[] to = out.reserve(n + Math.abs(point) + 2);
    int at = out.size;
    if (point <= 0) {
      to[at++] = '0';
      to[at++] = '.';
      for (int i = point; i < 0; i++) {
        to[at++] = '0';
      }
      Ascii.put(digits, n, to, at);
      out.size = at + n;
    } else if (point >= n) {
      Ascii.put(digits, n, to, at);
      for (int i = n; i < point; i++) {
        to[at + i] = '0';
      }
      out.size = at + point;
    } else {
      Ascii.put(digits, n, to, at + 1);
      for (int i = 0; i < point; i++) {
        to[at + i] = to[at + i + 1];
      }
      to[at + point] = '.';
      out.size = at + n + 1;
    }
  }

  /** Appends milliseconds as seconds: whole ones without a fraction, others with three digits. */
  static void appendTimestamp(long millis, Ascii out) {
    long t = millis;
    if (t < 0) {
      out.add('-');
      t = -t;
    }
    out.add(t / 1000);
    int fraction = (int) (t % 1000);
    if (fraction != 0) {
      out.add('.');
      out.add((char) ('0' + fraction / 100));
      out.add((char) ('0' + fraction / 10 % 10));
      out.add((char) ('0' + fraction % 10));
    }
  }

  /**
   * Appends milliseconds as seconds with no more digits than are needed: the form of scalar and
   * string results.
   */
  static void appendShortTimestamp(long millis, Ascii out) {
    int fraction = (int) Math.abs(millis % 1000);
    if (fraction == 0 || fraction % 10 != 0) {
      appendTimestamp(millis, out);
      return;
    }
    if (millis < 0) {
      out.add('-');
    }
    out.add(Math.abs(millis / 1000));
    out.add('.');
    out.add((char) ('0' + fraction / 100));
    if (fraction % 100 != 0) {
      out.add((char) ('0' + fraction / 10 % 10));
    }
  }
}
