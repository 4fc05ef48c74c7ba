package io.narthex.rules.groups.unittest;

import io.narthex.api.command.GoTime;
import io.narthex.api.model.Quoting;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Scalars of test files that are more than the configuration's. */
final class Scalars {
  private static final Pattern FLOAT =
      Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]{1,5})?");

  private static final Pattern WHOLE =
      Pattern.compile("([-+]?)(0x[0-9a-f]{1,15}|0b[01]{1,62}|0o?[0-7]{1,20})");

  private Scalars() {}

  /**
   * A number as Go's YAML reads it: decimal, with underscores or not, hexadecimal, octal, binary,
   * {@code .inf}, {@code .nan}; empty for 0.
   *
   * @throws IllegalArgumentException with Go's text when it is none
   */
  static double number(String text) {
    String plain = text.replace("_", "").toLowerCase(Locale.ROOT);
    switch (plain) {
      case "", "~", "null" -> {
        return 0;
      }
      case ".inf", "+.inf" -> {
        return Double.POSITIVE_INFINITY;
      }
      case "-.inf" -> {
        return Double.NEGATIVE_INFINITY;
      }
      case ".nan" -> {
        return Double.NaN;
      }
      default -> {}
    }
    Matcher whole = WHOLE.matcher(plain);
    if (whole.matches() && plain.length() > 1) {
      String digits = whole.group(2);
      long value =
          switch (digits.length() > 1 ? digits.charAt(1) : '0') {
            case 'x' -> Long.parseLong(digits, 2, digits.length(), 16);
            case 'b' -> Long.parseLong(digits, 2, digits.length(), 2);
            case 'o' -> Long.parseLong(digits, 2, digits.length(), 8);
            default -> Long.parseLong(digits, 8);
          };
      return whole.group(1).equals("-") ? -(double) value : value;
    }
    if (FLOAT.matcher(plain).matches()) {
      return Double.parseDouble(plain);
    }
    throw new IllegalArgumentException("cannot unmarshal !!str `" + text + "` into float64");
  }

  /**
   * A time in milliseconds since the epoch, from seconds or RFC 3339; 0 for an empty text.
   *
   * @throws IllegalArgumentException with Prometheus's text when it is neither; or when it is more
   *     than some hundred million years away
   */
  static long time(String text) {
    if (text.isEmpty()) {
      return 0;
    }
    try {
      return GoTime.parse(text)
          .movePointRight(3)
          .setScale(0, RoundingMode.HALF_EVEN)
          .longValueExact();
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(Quoting.quote(text) + " is too far from the epoch", e);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(String.valueOf(e.getMessage()), e);
    }
  }
}
