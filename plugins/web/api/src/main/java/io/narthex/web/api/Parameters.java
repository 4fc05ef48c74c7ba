package io.narthex.web.api;

import io.narthex.api.config.Durations;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.Quoting;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryException;
import io.narthex.api.web.HttpError;
import io.narthex.api.web.WebRequest;
import java.io.IOException;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** The parameters of a request, read with Prometheus's rules and error texts. */
final class Parameters {
  /** The earliest and latest time, in milliseconds, that Prometheus's own range has. */
  static final long MIN_TIME = (Long.MIN_VALUE / 1000 + 62_135_596_801L) * 1000;

  static final long MAX_TIME = (Long.MAX_VALUE / 1000 - 62_135_596_801L) * 1000 + 999;

  /** How Prometheus's clients write the earliest and latest time. */
  private static final String MIN_TIME_TEXT = "-292273086-05-16T16:47:06Z";

  private static final String MAX_TIME_TEXT = "292277025-08-18T07:12:54.999999999Z";

  /** Go's numbers; Java would take {@code 1d}, hexadecimal ones and digits of other scripts too. */
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]+)?");

  private static final Pattern INTEGER = Pattern.compile("[+-]?[0-9]+");

  private static final Pattern RFC_3339 =
      Pattern.compile(
          "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.,][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})");

  /** Beyond that, milliseconds do not fit; Prometheus wraps around there. */
  private static final double MAX_SECONDS = 9e15;

  private final Map<String, List<String>> values;

  private Parameters(Map<String, List<String>> values) {
    this.values = values;
  }

  /**
   * The parameters of a request.
   *
   * @throws ApiException when they cannot be decoded
   * @throws HttpError when the form is too large
   */
  static Parameters of(WebRequest request) throws IOException, ApiException {
    try {
      return new Parameters(request.parameters());
    } catch (HttpError e) {
      if (e.status() != 400) {
        throw e;
      }
      throw ApiException.badData("error parsing form values: " + e.getMessage());
    }
  }

  String first(String name) {
    List<String> found = values.get(name);
    return found == null || found.isEmpty() ? "" : found.get(0);
  }

  List<String> all(String name) {
    return values.getOrDefault(name, List.of());
  }

  /** A time in milliseconds: Unix seconds or RFC 3339. */
  long time(String name, long absent) throws ApiException {
    String text = first(name);
    if (text.isEmpty()) {
      return absent;
    }
    // Prometheus says more where a time may be left out.
    return parseTime(name, text, "invalid time value for '" + name + "': ");
  }

  /** As {@link #time(String, long)}, with an error that tells the bare reason. */
  long bareTime(String name, long absent) throws ApiException {
    try {
      return time(name, absent);
    } catch (ApiException e) {
      throw ApiException.badData(e.getMessage().substring(ApiException.lead(name).length()));
    }
  }

  /** A time that must be given. */
  long time(String name) throws ApiException {
    return parseTime(name, first(name), "");
  }

  private static long parseTime(String name, String text, String lead) throws ApiException {
    if (text.equals(MIN_TIME_TEXT)) {
      return MIN_TIME;
    }
    if (text.equals(MAX_TIME_TEXT)) {
      return MAX_TIME;
    }
    if (NUMBER.matcher(text).matches()) {
      double seconds = Double.parseDouble(text);
      if (Math.abs(seconds) <= MAX_SECONDS) {
        return millis(seconds);
      }
    } else if (RFC_3339.matcher(text).matches()) {
      try {
        return OffsetDateTime.parse(upToNanoseconds(text.replace(',', '.')))
            .toInstant()
            .toEpochMilli();
      } catch (DateTimeParseException | ArithmeticException e) {
        throw notTime(name, text, lead);
      }
    }
    throw notTime(name, text, lead);
  }

  /**
   * Rounds to milliseconds by the very steps of Prometheus: the fraction is rounded, and then
   * becomes nanoseconds of which whole milliseconds are taken.
   */
  private static long millis(double seconds) {
    double whole = seconds < 0 ? Math.ceil(seconds) : Math.floor(seconds);
    double fraction = roundHalfAway((seconds - whole) * 1000) / 1000;
    return (long) whole * 1000 + Math.floorDiv((long) (fraction * 1e9), 1_000_000L);
  }

  private static double roundHalfAway(double v) {
    double abs = Math.abs(v);
    double whole = Math.floor(abs);
    return Math.copySign(abs - whole >= 0.5 ? whole + 1 : whole, v);
  }

  /** Java reads nine digits of a second's fraction, Go any number. */
  private static String upToNanoseconds(String text) {
    int dot = text.indexOf('.');
    if (dot < 0) {
      return text;
    }
    int end = dot + 1;
    while (Character.isDigit(text.charAt(end))) {
      end++;
    }
    return text.substring(0, Math.min(end, dot + 10)) + text.substring(end);
  }

  private static ApiException notTime(String name, String text, String lead) {
    return ApiException.badParameter(
        name, lead + "cannot parse " + Quoting.quote(text) + " to a valid timestamp");
  }

  /** A duration in milliseconds: seconds, or Prometheus's syntax. */
  long duration(String name) throws ApiException {
    try {
      return parseDuration(first(name)) / 1_000_000;
    } catch (IllegalArgumentException e) {
      throw ApiException.badParameter(name, String.valueOf(e.getMessage()));
    }
  }

  /** The {@code timeout} parameter; empty when absent. It may be negative. */
  Optional<Duration> timeout() throws ApiException {
    String text = first("timeout");
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(Duration.ofNanos(parseDuration(text)));
    } catch (IllegalArgumentException e) {
      throw ApiException.badParameter("timeout", String.valueOf(e.getMessage()));
    }
  }

  /** The {@code lookback_delta} parameter; zero when absent, and when it is not positive. */
  Duration lookbackDelta() throws ApiException {
    String text = first("lookback_delta");
    if (text.isEmpty()) {
      return Duration.ZERO;
    }
    try {
      return Duration.ofMillis(Math.max(0, parseDuration(text) / 1_000_000));
    } catch (IllegalArgumentException e) {
      throw ApiException.badData("error parsing lookback delta duration: " + e.getMessage());
    }
  }

  /**
   * In nanoseconds.
   *
   * @throws IllegalArgumentException with Prometheus's text
   */
  private static long parseDuration(String text) {
    if (NUMBER.matcher(text).matches()) {
      double seconds = Double.parseDouble(text);
      if (!Double.isInfinite(seconds)) {
        double nanos = seconds * 1e9;
        if (Math.abs(nanos) > Long.MAX_VALUE) {
          throw new IllegalArgumentException(
              "cannot parse " + Quoting.quote(text) + " to a valid duration. It overflows int64");
        }
        return (long) nanos;
      }
    } else {
      try {
        return Math.multiplyExact(Durations.parseMillis(text), 1_000_000L);
      } catch (IllegalArgumentException | ArithmeticException e) {
        throw notDuration(text);
      }
    }
    throw notDuration(text);
  }

  private static IllegalArgumentException notDuration(String text) {
    return new IllegalArgumentException(
        "cannot parse " + Quoting.quote(text) + " to a valid duration");
  }

  /** The {@code limit} parameter; 0 for none. */
  int limit() throws ApiException {
    String text = first("limit");
    if (text.isEmpty()) {
      return 0;
    }
    if (!INTEGER.matcher(text).matches()) {
      throw ApiException.badParameter(
          "limit", "strconv.Atoi: parsing " + Quoting.quote(text) + ": invalid syntax");
    }
    long limit;
    try {
      limit = Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw ApiException.badParameter(
          "limit", "strconv.Atoi: parsing " + Quoting.quote(text) + ": value out of range");
    }
    if (limit < 0) {
      throw ApiException.badParameter("limit", "limit must be non-negative");
    }
    return (int) Math.min(limit, Integer.MAX_VALUE);
  }

  /**
   * A truth value as Go's {@code ParseBool} reads it.
   *
   * @throws IllegalArgumentException with Go's text
   */
  static boolean parseBool(String text) {
    return switch (text) {
      case "1", "t", "T", "TRUE", "true", "True" -> true;
      case "0", "f", "F", "FALSE", "false", "False" -> false;
      default ->
          throw new IllegalArgumentException(
              "strconv.ParseBool: parsing " + Quoting.quote(text) + ": invalid syntax");
    };
  }

  /**
   * A whole number as Go's {@code Atoi} reads it, the largest of 32 bits for larger ones.
   *
   * @param otherwise what anything else is
   */
  static int atoi(String text, int otherwise) {
    if (!INTEGER.matcher(text).matches()) {
      return otherwise;
    }
    try {
      return Math.clamp(Long.parseLong(text), Integer.MIN_VALUE, Integer.MAX_VALUE);
    } catch (NumberFormatException e) {
      return otherwise;
    }
  }

  /**
   * A whole number of 32 bits as Go's {@code ParseInt} reads it.
   *
   * @throws IllegalArgumentException with Go's text
   */
  static int parseInt(String text) {
    String reason = INTEGER.matcher(text).matches() ? "value out of range" : "invalid syntax";
    try {
      if (INTEGER.matcher(text).matches()) {
        return Integer.parseInt(text);
      }
    } catch (NumberFormatException e) {
      // Too many digits; told below.
    }
    throw new IllegalArgumentException(
        "strconv.ParseInt: parsing " + Quoting.quote(text) + ": " + reason);
  }

  /**
   * The selectors of {@code match[]}.
   *
   * @throws ApiException with the bare reason, as {@code labels} and {@code label/:name/values}
   *     tell it
   */
  List<List<Matcher>> selectors(QueryEngine engine) throws ApiException {
    List<List<Matcher>> selectors = new ArrayList<>();
    for (String selector : all("match[]")) {
      try {
        selectors.add(engine.parseSelector(selector));
      } catch (QueryException e) {
        throw ApiException.badData(String.valueOf(e.getMessage()));
      }
    }
    for (List<Matcher> matchers : selectors) {
      if (matchers.stream().allMatch(Matcher::matchesEmpty)) {
        throw ApiException.badData("match[] must contain at least one non-empty matcher");
      }
    }
    return selectors;
  }
}
