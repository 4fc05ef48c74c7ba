package io.narthex.web.api;

import io.narthex.api.config.Durations;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.Quoting;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryException;
import io.narthex.api.web.HttpError;
import io.narthex.api.web.WebRequest;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The parameters of a request, read with Prometheus's rules and error texts. */
final class Parameters {
  /** The earliest and latest time, in milliseconds, that Prometheus's own range has. */
  static final long MIN_TIME = (Long.MIN_VALUE / 1000 + 62_135_596_801L) * 1000;

  static final long MAX_TIME = (Long.MAX_VALUE / 1000 - 62_135_596_801L) * 1000 + 999;

  /** How Prometheus's clients write the earliest and latest time. */
  private static final String MIN_TIME_TEXT = "-292273086-05-16T16:47:06Z";

  private static final String MAX_TIME_TEXT = "292277025-08-18T07:12:54.999999999Z";

  private final Map<String, List<String>> values;

  private Parameters(Map<String, List<String>> values) {
    this.values = values;
  }

  static Parameters of(WebRequest request) throws IOException, ApiException {
    try {
      return new Parameters(request.parameters());
    } catch (HttpError e) {
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
    return text.isEmpty() ? absent : parseTime(name, text);
  }

  /** A time that must be given. */
  long time(String name) throws ApiException {
    return parseTime(name, first(name));
  }

  private static long parseTime(String name, String text) throws ApiException {
    if (text.equals(MIN_TIME_TEXT)) {
      return MIN_TIME;
    }
    if (text.equals(MAX_TIME_TEXT)) {
      return MAX_TIME;
    }
    try {
      BigDecimal millis = new BigDecimal(text).movePointRight(3).setScale(0, RoundingMode.HALF_UP);
      if (millis.precision() <= 18) {
        return millis.longValueExact();
      }
    } catch (ArithmeticException | NumberFormatException notNumber) {
      try {
        return OffsetDateTime.parse(text).toInstant().toEpochMilli();
      } catch (DateTimeParseException | ArithmeticException e) {
        throw notTime(name, text);
      }
    }
    throw notTime(name, text);
  }

  private static ApiException notTime(String name, String text) {
    return ApiException.badParameter(
        name, "cannot parse " + Quoting.quote(text) + " to a valid timestamp");
  }

  /** A duration in milliseconds: seconds, or Prometheus's syntax. */
  long duration(String name) throws ApiException {
    String text = first(name);
    try {
      double seconds = Double.parseDouble(text);
      double millis = seconds * 1000;
      if (Double.isNaN(millis) || Math.abs(millis) * 1e6 > Long.MAX_VALUE) {
        throw ApiException.badParameter(
            name,
            "cannot parse " + Quoting.quote(text) + " to a valid duration. It overflows int64");
      }
      return (long) millis;
    } catch (NumberFormatException notNumber) {
      try {
        return Durations.parseMillis(text);
      } catch (IllegalArgumentException e) {
        throw ApiException.badParameter(
            name, "cannot parse " + Quoting.quote(text) + " to a valid duration");
      }
    }
  }

  /** A duration, zero when absent. */
  Duration optionalDuration(String name) throws ApiException {
    return first(name).isEmpty() ? Duration.ZERO : Duration.ofMillis(duration(name));
  }

  /** The {@code limit} parameter; 0 for none. */
  int limit() throws ApiException {
    String text = first("limit");
    if (text.isEmpty()) {
      return 0;
    }
    long limit;
    try {
      limit = Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw ApiException.badParameter(
          "limit", "strconv.Atoi: parsing " + Quoting.quote(text) + ": invalid syntax");
    }
    if (limit < 0) {
      throw ApiException.badParameter("limit", "limit must be non-negative");
    }
    return (int) Math.min(limit, Integer.MAX_VALUE);
  }

  /** The selectors of {@code match[]}. */
  List<List<Matcher>> selectors(QueryEngine engine) throws ApiException {
    List<List<Matcher>> selectors = new ArrayList<>();
    for (String selector : all("match[]")) {
      try {
        List<Matcher> matchers = engine.parseSelector(selector);
        if (matchers.stream().allMatch(Matcher::matchesEmpty)) {
          throw ApiException.badParameter(
              "match[]", "match[] must contain at least one non-empty matcher");
        }
        selectors.add(matchers);
      } catch (QueryException e) {
        throw ApiException.badParameter("match[]", String.valueOf(e.getMessage()));
      }
    }
    return selectors;
  }
}
