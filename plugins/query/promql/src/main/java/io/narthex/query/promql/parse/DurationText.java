package io.narthex.query.promql.parse;

import io.narthex.api.model.Quoting;

/** Durations as Prometheus reads and writes them, for example {@code 1h30m}. */
final class DurationText {
  private static final String[] UNITS = {"y", "w", "d", "h", "m", "s", "ms"};
  private static final long[] MILLIS = {
    365L * 24 * 3600 * 1000, 7L * 24 * 3600 * 1000, 24L * 3600 * 1000, 3600L * 1000, 60_000, 1000, 1
  };
  private static final long NANOS_PER_MILLI = 1_000_000;

  private DurationText() {}

  /**
   * Nanoseconds of a duration.
   *
   * @throws IllegalArgumentException with Prometheus's message when it is none
   */
  static long parse(String text) {
    if (text.equals("0")) {
      return 0;
    }
    if (text.isEmpty()) {
      throw new IllegalArgumentException("empty duration string");
    }
    long nanos = 0;
    int lastUnit = -1;
    int i = 0;
    while (i < text.length()) {
      int numberStart = i;
      while (i < text.length() && isDigit(text.charAt(i))) {
        i++;
      }
      int unitStart = i;
      while (i < text.length() && !isDigit(text.charAt(i))) {
        i++;
      }
      if (numberStart == unitStart || unitStart == i) {
        throw invalid(text);
      }
      String unitText = text.substring(unitStart, i);
      int unit = unitOf(unitText);
      if (unit < 0) {
        throw new IllegalArgumentException(
            "unknown unit " + Quoting.quote(unitText) + " in duration " + Quoting.quote(text));
      }
      if (unit <= lastUnit) {
        throw invalid(text);
      }
      lastUnit = unit;
      try {
        long number = Long.parseUnsignedLong(text.substring(numberStart, unitStart));
        if (number < 0) {
          throw new IllegalArgumentException("duration out of range");
        }
        nanos = Math.addExact(nanos, Math.multiplyExact(number, MILLIS[unit] * NANOS_PER_MILLI));
      } catch (NumberFormatException _) {
        throw invalid(text);
      } catch (ArithmeticException _) {
        throw new IllegalArgumentException("duration out of range");
      }
    }
    return nanos;
  }

  /** The shortest usual form; weeks and years only where nothing smaller is left. */
  static String format(long nanos) {
    long millis = nanos / NANOS_PER_MILLI;
    if (millis == 0) {
      return "0s";
    }
    StringBuilder out = new StringBuilder();
    if (millis < 0) {
      out.append('-');
      millis = Math.abs(millis);
    }
    for (int unit = 0; unit < UNITS.length; unit++) {
      boolean exactOnly = unit < 2;
      long count = millis / MILLIS[unit];
      if (count > 0 && (!exactOnly || millis % MILLIS[unit] == 0)) {
        out.append(count).append(UNITS[unit]);
        millis -= count * MILLIS[unit];
      }
    }
    return out.toString();
  }

  private static int unitOf(String text) {
    for (int i = 0; i < UNITS.length; i++) {
      if (UNITS[i].equals(text)) {
        return i;
      }
    }
    return -1;
  }

  private static IllegalArgumentException invalid(String text) {
    return new IllegalArgumentException("not a valid duration string: " + Quoting.quote(text));
  }

  private static boolean isDigit(char c) {
    return '0' <= c && c <= '9';
  }
}
