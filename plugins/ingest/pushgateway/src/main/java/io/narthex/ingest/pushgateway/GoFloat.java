package io.narthex.ingest.pushgateway;

import io.narthex.api.format.FloatText;
import java.math.BigDecimal;

/** Numbers as Go prints them. */
final class GoFloat {
  private GoFloat() {}

  /** In the shortest form, as {@code fmt.Sprint} and the text format do: {@code 1e+06}. */
  static String shortest(double value) {
    String text = FloatText.format(value);
    return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
  }

  /** For pages: without an exponent, as long as that is short. */
  static String plain(double value) {
    double size = Math.abs(value);
    return size == 0 || (size >= 1e-9 && size < 1e21)
        ? new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString()
        : shortest(value);
  }
}
