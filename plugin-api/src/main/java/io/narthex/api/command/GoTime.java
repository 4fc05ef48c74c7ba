package io.narthex.api.command;

import io.narthex.api.Api;
import io.narthex.api.model.Quoting;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Times as the calls of Prometheus's tools have them.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public final class GoTime {
  private static final Pattern FLOAT =
      Pattern.compile("[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]{1,4})?");

  private static final Pattern TIME =
      Pattern.compile(
          "([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(\\.[0-9]+)?"
              + "(?:Z|([+-])([0-9]{2}):([0-9]{2}))");

  private static final int NANO_DIGITS = 9;

  private GoTime() {}

  /**
   * A time, as seconds since the epoch or in RFC 3339.
   *
   * @return seconds since the epoch, to the nanosecond
   * @throws DateTimeException when it is neither; the message is for the user
   */
  public static BigDecimal parse(String text) throws DateTimeException {
    if (FLOAT.matcher(text).matches()) {
      double seconds = Double.parseDouble(text);
      if (Double.isInfinite(seconds)) {
        throw noTime(text);
      }
      return new BigDecimal(seconds).setScale(NANO_DIGITS, RoundingMode.DOWN);
    }
    Matcher parts = TIME.matcher(text);
    if (!parts.matches()) {
      throw noTime(text);
    }
    try {
      long days = LocalDate.of(number(parts, 1), number(parts, 2), number(parts, 3)).toEpochDay();
      int hour = number(parts, 4);
      int minute = number(parts, 5);
      int second = number(parts, 6);
      if (hour > 23 || minute > 59 || second > 59) {
        throw noTime(text);
      }
      long seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
      if (parts.group(8) != null) {
        long offset = (number(parts, 9) * 60L + number(parts, 10)) * 60;
        seconds -= parts.group(8).equals("-") ? -offset : offset;
      }
      BigDecimal fraction =
          parts.group(7) == null ? BigDecimal.ZERO : new BigDecimal("0" + parts.group(7));
      return BigDecimal.valueOf(seconds).add(fraction).setScale(NANO_DIGITS, RoundingMode.DOWN);
    } catch (DateTimeException e) {
      throw noTime(text);
    }
  }

  private static int number(Matcher parts, int group) {
    return Integer.parseInt(parts.group(group));
  }

  private static DateTimeException noTime(String text) {
    return new DateTimeException("cannot parse " + Quoting.quote(text) + " to a valid timestamp");
  }
}
