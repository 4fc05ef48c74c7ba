package io.narthex.rules.groups.backfill;

import io.narthex.api.format.FloatText;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Quoting;
import io.narthex.api.model.SampleBatch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.exc.JacksonIOException;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads an answer of {@code query_range} while it comes: one series is in memory at a time. Not
 * safe for several threads.
 */
final class RangeAnswer {
  private static final JsonFactory JSON = new JsonFactory();
  private static final String BAD_RESPONSE = "bad_response";
  private static final String MATRIX = "matrix";
  private static final int MILLIS_DIGITS = 3;

  /** The longest time in digits that is sure to fit. */
  private static final int TIME_DIGITS = 15;

  /** Takes the series of an answer. */
  @FunctionalInterface
  interface Sink {
    /** Takes one; nothing of it is kept by the caller. */
    void series(Labels.Builder labels, SampleBatch floats) throws IOException;
  }

  private final Sink sink;
  private final Labels.Builder labels = Labels.builder();
  private final SampleBatch samples = new SampleBatch(512);
  private final FloatText floats = new FloatText();
  private final List<String> warnings = new ArrayList<>();
  private String status = "";
  private String errorType = "";
  private String error = "";
  private String resultType = "";
  private long histograms;

  RangeAnswer(Sink sink) {
    this.sink = sink;
  }

  /** What the server warns of. */
  List<String> warnings() {
    return warnings;
  }

  /** How many native histograms there were, which such an answer does not hold as they are. */
  long histograms() {
    return histograms;
  }

  /** {@code errorType} of an answer that is none; empty for others. */
  String errorType() {
    return errorType;
  }

  /** {@code error} of an answer that is none; empty for others. */
  String error() {
    return error;
  }

  /** Whether it is an answer. */
  boolean success() {
    return status.equals("success");
  }

  /**
   * Reads it to its end.
   *
   * @throws QueryFailure when it is no such answer, or ends early
   * @throws IOException of the sink
   */
  void read(InputStream in) throws QueryFailure, IOException {
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), in)) {
      expect(json.nextToken(), JsonToken.START_OBJECT, "an answer");
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        String key = json.currentName();
        JsonToken value = json.nextToken();
        switch (key) {
          case "status" -> status = text(json);
          case "errorType" -> errorType = text(json);
          case "error" -> error = text(json);
          case "warnings" -> warnings(json, value);
          case "data" -> data(json, value);
          default -> json.skipChildren();
        }
      }
      if (json.nextToken() != null) {
        throw new QueryFailure(BAD_RESPONSE, "more than one value");
      }
    } catch (JacksonIOException e) {
      throw new QueryFailure(String.valueOf(e.getOriginalMessage()));
    } catch (JacksonException e) {
      throw new QueryFailure(BAD_RESPONSE, String.valueOf(e.getOriginalMessage()));
    }
  }

  private static void expect(@Nullable JsonToken got, JsonToken want, String what)
      throws QueryFailure {
    if (got != want) {
      throw new QueryFailure(BAD_RESPONSE, "got " + got + ", want " + want + " of " + what);
    }
  }

  private static String text(JsonParser json) throws QueryFailure {
    if (json.currentToken() == JsonToken.VALUE_NULL) {
      return "";
    }
    expect(json.currentToken(), JsonToken.VALUE_STRING, Quoting.quote(json.currentName()));
    return json.getString();
  }

  private void warnings(JsonParser json, JsonToken value) throws QueryFailure {
    if (value == JsonToken.VALUE_NULL) {
      return;
    }
    expect(value, JsonToken.START_ARRAY, "warnings");
    while (json.nextToken() == JsonToken.VALUE_STRING) {
      warnings.add(json.getString());
    }
    expect(json.currentToken(), JsonToken.END_ARRAY, "warnings");
  }

  private void data(JsonParser json, JsonToken value) throws QueryFailure, IOException {
    if (value == JsonToken.VALUE_NULL) {
      return;
    }
    expect(value, JsonToken.START_OBJECT, "data");
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String key = json.currentName();
      JsonToken part = json.nextToken();
      switch (key) {
        case "resultType" -> {
          resultType = text(json);
          if (!resultType.equals(MATRIX)) {
            throw QueryFailure.wrongType(resultType);
          }
        }
        case "result" -> result(json, part);
        default -> json.skipChildren();
      }
    }
    if (resultType.isEmpty()) {
      throw new QueryFailure(BAD_RESPONSE, "no resultType");
    }
  }

  private void result(JsonParser json, JsonToken value) throws QueryFailure, IOException {
    if (value == JsonToken.VALUE_NULL) {
      return;
    }
    expect(value, JsonToken.START_ARRAY, "result");
    while (json.nextToken() == JsonToken.START_OBJECT) {
      labels.reset(Labels.empty());
      samples.clear(SampleBatch.Kind.FLOAT);
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        String key = json.currentName();
        JsonToken part = json.nextToken();
        switch (key) {
          case "metric" -> metric(json, part);
          case "values" -> values(json, part);
          case "histograms" -> histograms(json, part);
          default -> json.skipChildren();
        }
      }
      sink.series(labels, samples);
    }
    expect(json.currentToken(), JsonToken.END_ARRAY, "result");
  }

  private void metric(JsonParser json, JsonToken value) throws QueryFailure {
    expect(value, JsonToken.START_OBJECT, "metric");
    while (json.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = json.currentName();
      expect(json.nextToken(), JsonToken.VALUE_STRING, "metric");
      if (name.isEmpty()) {
        throw new QueryFailure(BAD_RESPONSE, "a label without a name");
      }
      labels.set(name, json.getString());
    }
  }

  private void values(JsonParser json, JsonToken value) throws QueryFailure {
    expect(value, JsonToken.START_ARRAY, "values");
    while (json.nextToken() == JsonToken.START_ARRAY) {
      json.nextToken();
      long time = millis(json.getString());
      expect(json.nextToken(), JsonToken.VALUE_STRING, "a value");
      String text = json.getString();
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      if (floats.read(bytes, 0, bytes.length) == FloatText.Outcome.SYNTAX) {
        throw new QueryFailure(
            BAD_RESPONSE,
            "strconv.ParseFloat: parsing " + Quoting.quote(text) + ": invalid syntax");
      }
      samples.add(time, floats.value());
      expect(json.nextToken(), JsonToken.END_ARRAY, "a sample");
    }
    expect(json.currentToken(), JsonToken.END_ARRAY, "values");
  }

  private void histograms(JsonParser json, JsonToken value) throws QueryFailure {
    expect(value, JsonToken.START_ARRAY, "histograms");
    while (json.nextToken() == JsonToken.START_ARRAY) {
      histograms++;
      json.skipChildren();
    }
    expect(json.currentToken(), JsonToken.END_ARRAY, "histograms");
  }

  /** Seconds in digits, as milliseconds; more digits are cut off, as Prometheus's client does. */
  static long millis(String seconds) throws QueryFailure {
    int at = seconds.startsWith("-") ? 1 : 0;
    int point = seconds.indexOf('.');
    int whole = point < 0 ? seconds.length() : point;
    boolean valid = whole > at && whole - at <= TIME_DIGITS && point != seconds.length() - 1;
    for (int i = at; i < seconds.length() && valid; i++) {
      char c = seconds.charAt(i);
      valid = i == point || (c >= '0' && c <= '9');
    }
    if (!valid) {
      throw new QueryFailure(BAD_RESPONSE, Quoting.quote(seconds) + " is no time");
    }
    long millis = 0;
    for (int i = at; i < whole; i++) {
      millis = 10 * millis + seconds.charAt(i) - '0';
    }
    for (int i = 1; i <= MILLIS_DIGITS; i++) {
      int digit = whole + i;
      millis = 10 * millis + (digit < seconds.length() ? seconds.charAt(digit) - '0' : 0);
    }
    return at == 0 ? millis : -millis;
  }
}
