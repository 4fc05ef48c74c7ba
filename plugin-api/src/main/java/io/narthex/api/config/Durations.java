package io.narthex.api.config;

import io.narthex.api.Api;
import io.narthex.api.model.Quoting;
import java.time.Duration;
import java.util.List;

/**
 * Durations as Prometheus writes them: {@code 0}, or integers with the units {@code y w d h m s
 * ms}, largest first, each at most once, such as {@code 1h30m}. A year has 365 days, a day 24
 * hours.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public final class Durations {
  private static final List<String> UNITS = List.of("y", "w", "d", "h", "m", "s", "ms");
  private static final long[] MILLIS = {
    31_536_000_000L, 604_800_000L, 86_400_000L, 3_600_000L, 60_000L, 1_000L, 1L
  };

  private Durations() {}

  /**
   * Reads a duration.
   *
   * @throws IllegalArgumentException with Prometheus's text when it is none, or is more than about
   *     292 years; negative ones are refused
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
      while (i < text.length() && (text.charAt(i) < '0' || text.charAt(i) > '9')) {
        i++;
      }
      if (digits == letters || letters == i) {
        throw invalid(text);
      }
      long number;
      try {
        number = Long.parseUnsignedLong(text, digits, letters, 10);
      } catch (NumberFormatException e) {
        throw invalid(text);
      }
      String name = text.substring(letters, i);
      int found = UNITS.indexOf(name);
      if (found < 0) {
        throw new IllegalArgumentException(
            "unknown unit " + Quoting.quote(name) + " in duration " + Quoting.quote(text));
      }
      if (found < unit) {
        // Largest first, each once: so 1m1d is not taken for a month and a day.
        throw invalid(text);
      }
      unit = found + 1;
      // Prometheus keeps nanoseconds in 64 bits; what does not fit there is refused alike.
      long most = (Long.MAX_VALUE / 1_000_000 - total) / MILLIS[found];
      if (number < 0 || number > most) {
        throw new IllegalArgumentException("duration out of range");
      }
      total += number * MILLIS[found];
    }
    return total;
  }

  private static IllegalArgumentException invalid(String text) {
    return new IllegalArgumentException("not a valid duration string: " + Quoting.quote(text));
  }

  /**
   * The form that Prometheus prints and {@link #parse} reads back; {@code 0s} for less than a
   * millisecond. Years and weeks only where nothing remains ({@code 90d} rather than {@code
   * 12w6d}).
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
      rest = Math.absExact(rest);
    }
    for (int i = 0; i < MILLIS.length; i++) {
      boolean wholeOnly = i < 2;
      if (rest == 0 || (wholeOnly && rest % MILLIS[i] != 0)) {
        continue;
      }
      long n = rest / MILLIS[i];
      if (n > 0) {
        out.append(n).append(UNITS.get(i));
        rest %= MILLIS[i];
      }
    }
    return out.toString();
  }
}
