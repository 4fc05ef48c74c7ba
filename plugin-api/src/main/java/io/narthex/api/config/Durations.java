package io.narthex.api.config;

import io.narthex.api.Api;
import java.time.Duration;

/**
 * Durations as Prometheus writes them: {@code 0}, or integers with the units {@code y w d h m s
 * ms}, largest first, each at most once, such as {@code 1h30m}. A year has 365 days, a day 24
 * hours.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public final class Durations {
  private static final String[] UNITS = {"y", "w", "d", "h", "m", "s", "ms"};
  private static final long[] MILLIS = {
    31_536_000_000L, 604_800_000L, 86_400_000L, 3_600_000L, 60_000L, 1_000L, 1L
  };

  private Durations() {}

  /**
   * Reads a duration.
   *
   * @throws IllegalArgumentException with Prometheus's text when it is none, or is more than about
   *     292 years
   */
  public static Duration parse(String text) {
    return Duration.ofMillis(parseMillis(text));
  }

  /**
   * Reads a duration, in milliseconds.
   *
   * @throws IllegalArgumentException as {@link #parse}
   */
  public static long parseMillis(String text) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("empty duration string");
    }
    if (text.equals("0")) {
      return 0;
    }
    long total = 0;
    int unit = 0;
    int i = 0;
    while (i < text.length()) {
      int digits = i;
      while (i < text.length() && text.charAt(i) >= '0' && text.charAt(i) <= '9') {
        i++;
      }
      int letters = i;
      while (i < text.length() && Character.isLetter(text.charAt(i))) {
        i++;
      }
      String name = text.substring(letters, i);
      while (unit < UNITS.length && !UNITS[unit].equals(name)) {
        unit++;
      }
      if (digits == letters || unit == UNITS.length) {
        throw new IllegalArgumentException("not a valid duration string: \"" + text + "\"");
      }
      try {
        long value = Math.multiplyExact(Long.parseLong(text, digits, letters, 10), MILLIS[unit]);
        total = Math.addExact(total, value);
        // Prometheus keeps nanoseconds in 64 bits; what does not fit there is refused alike.
        Math.multiplyExact(total, 1_000_000L);
      } catch (ArithmeticException | NumberFormatException e) {
        throw new IllegalArgumentException("duration out of range", e);
      }
      unit++;
    }
    return total;
  }

  /**
   * The shortest form that {@link #parse} reads back; {@code 0s} for none. Years and weeks only
   * where they are whole.
   */
  public static String format(Duration duration) {
    return format(duration.toMillis());
  }

  /** As {@link #format(Duration)}, from milliseconds. Negative ones get a {@code -} in front. */
  public static String format(long millis) {
    if (millis == 0) {
      return "0s";
    }
    StringBuilder out = new StringBuilder();
    long rest = millis;
    if (rest < 0) {
      out.append('-');
      rest = -rest;
    }
    for (int i = 0; i < UNITS.length; i++) {
      boolean wholeOnly = i < 3;
      if (rest == 0 || (wholeOnly && rest % MILLIS[i] != 0)) {
        continue;
      }
      long n = rest / MILLIS[i];
      if (n > 0) {
        out.append(n).append(UNITS[i]);
        rest %= MILLIS[i];
      }
    }
    return out.toString();
  }
}
