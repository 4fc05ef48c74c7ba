package io.narthex.ingest.otlp;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A growing text in UTF-8; belongs to its maker. */
final class Text {
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  /** The text; another array after it has grown. */
  byte[] bytes = new byte[256];

  int length;

  /** Whether it has grown beyond what texts usually need. */
  boolean isLarge() {
    return bytes.length > 1 << 16;
  }

  void add(int b) {
    if (length == bytes.length) {
      bytes = Arrays.copyOf(bytes, 2 * length);
    }
    bytes[length++] = (byte) b;
  }

  void add(byte[] from, int offset, int n) {
    if (n > bytes.length - length) {
      long want = Math.max(2L * bytes.length, (long) length + n);
      bytes = Arrays.copyOf(bytes, (int) Math.min(want, Integer.MAX_VALUE - 8));
    }
    System.arraycopy(from, offset, bytes, length, n);
    length += n;
  }

  void add(String text) {
    byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
    add(encoded, 0, encoded.length);
  }

  /** Appends a number in digits, without making a string. */
  void add(long n) {
    if (n == Long.MIN_VALUE) {
      add("-9223372036854775808");
      return;
    }
    if (n < 0) {
      add('-');
    }
    long rest = Math.abs(n);
    int start = length;
    do {
      add('0' + (int) (rest % 10));
      rest /= 10;
    } while (rest > 0);
    for (int i = start, j = length - 1; i < j; i++, j--) {
      byte b = bytes[i];
      bytes[i] = bytes[j];
      bytes[j] = b;
    }
  }

  /** Appends bytes as hexadecimal digits. */
  void addHex(byte[] from, int offset, int n) {
    for (int i = offset; i < offset + n; i++) {
      add(HEX[(from[i] >> 4) & 15]);
      add(HEX[from[i] & 15]);
    }
  }

  /**
   * A float as Go's {@code strconv.FormatFloat(v, 'f', -1, 64)} writes it: without an exponent, in
   * as few digits as tell it from its neighbours.
   */
  static String plain(double v) {
    if (Double.isNaN(v)) {
      return "NaN";
    }
    if (Double.isInfinite(v)) {
      return v > 0 ? "+Inf" : "-Inf";
    }
    if (v == Math.rint(v) && Math.abs(v) < 1e15 && (v != 0 || 1 / v > 0)) {
      return Long.toString((long) v);
    }
    if (v == 0) {
      return "-0";
    }
    String text = new BigDecimal(Double.toString(v)).stripTrailingZeros().toPlainString();
    return text;
  }

  /** A finite float as Go's {@code encoding/json} and OpenTelemetry's {@code AsString} write it. */
  static String json(double v) {
    double size = Math.abs(v);
    if (v == 0 || (size >= 1e-6 && size < 1e21)) {
      return plain(v);
    }
    BigDecimal decimal = new BigDecimal(Double.toString(size)).stripTrailingZeros();
    String digits = decimal.unscaledValue().toString();
    int exponent = decimal.precision() - decimal.scale() - 1;
    return (v < 0 ? "-" : "")
        + digits.charAt(0)
        + (digits.length() > 1 ? "." + digits.substring(1) : "")
        + (exponent < 0 ? "e-" : "e+")
        + Math.abs(exponent);
  }
}
