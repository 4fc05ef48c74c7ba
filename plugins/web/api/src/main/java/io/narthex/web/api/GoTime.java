package io.narthex.web.api;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.Optional;

/**
 * Times as Go writes them in JSON: RFC 3339 in UTC, with as many digits of a fraction as needed.
 */
final class GoTime {
  /** What Go writes for the zero time: never. */
  static final String NEVER = "0001-01-01T00:00:00Z";

  private static final DateTimeFormatter RFC_3339 =
      new DateTimeFormatterBuilder()
          .appendPattern("uuuu-MM-dd'T'HH:mm:ss")
          .appendFraction(ChronoField.NANO_OF_SECOND, 0, 9, true)
          .appendLiteral('Z')
          .toFormatter()
          .withZone(ZoneOffset.UTC);

  private GoTime() {}

  static String text(Instant time) {
    return RFC_3339.format(time);
  }

  static String text(Optional<Instant> time) {
    return time.map(GoTime::text).orElse(NEVER);
  }
}
