package io.narthex.ingest.otlp;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The fields of OTLP's messages for metrics, as far as they mean something here: their names in
 * JSON, their numbers and kinds in protobuf. Source: opentelemetry-proto 1.9.
 */
final class JsonMessages {
  /** What a field is in protobuf. */
  enum Kind {
    MESSAGE,
    STRING,
    /** Bytes in hexadecimal digits. */
    HEX,
    BASE64,
    BOOL,
    /** 32 bits without a sign. */
    UINT32,
    /** 64 bits without a sign. */
    UINT64,
    /** 64 bits with a sign, as a varint. */
    INT64,
    /** 32 bits with a sign. */
    SINT32,
    /** 64 bits without a sign. */
    FIXED64,
    /** 64 bits with a sign. */
    SFIXED64,
    DOUBLE,
    TEMPORALITY
  }

  /**
   * A field.
   *
   * @param name in lowerCamelCase
   * @param message what it is, where it is a message
   */
  record Field(String name, int number, Kind kind, boolean repeated, @Nullable Message message) {}

  /** A message: its fields, each under its two names. */
  static final class Message {
    private byte[][] names = new byte[0][];
    private Field[] fields = new Field[0];

    private Message() {}

    private Message add(String name, int number, Kind kind) {
      return add(new Field(name, number, kind, false, null));
    }

    private Message list(String name, int number, Kind kind) {
      return add(new Field(name, number, kind, true, null));
    }

    private Message one(String name, int number, Message message) {
      return add(new Field(name, number, Kind.MESSAGE, false, message));
    }

    private Message many(String name, int number, Message message) {
      return add(new Field(name, number, Kind.MESSAGE, true, message));
    }

    private Message add(Field field) {
      String other = field.name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
      put(field.name, field);
      if (!other.equals(field.name)) {
        put(other, field);
      }
      return this;
    }

    private void put(String name, Field field) {
      names = Arrays.copyOf(names, names.length + 1);
      names[names.length - 1] = name.getBytes(StandardCharsets.US_ASCII);
      fields = Arrays.copyOf(fields, names.length);
      fields[names.length - 1] = field;
    }

    /** The field of that name, null for none. */
    @Nullable Field field(byte[] name, int length) {
      for (int i = 0; i < names.length; i++) {
        if (names[i].length == length && Arrays.equals(names[i], 0, length, name, 0, length)) {
          return fields[i];
        }
      }
      return null;
    }
  }

  /** {@code ExportMetricsServiceRequest}. */
  static final Message REQUEST = request();

  private JsonMessages() {}

  private static Message request() {
    Message value = new Message();
    Message keyValue = new Message().add("key", 1, Kind.STRING).one("value", 2, value);
    value
        .add("stringValue", 1, Kind.STRING)
        .add("boolValue", 2, Kind.BOOL)
        .add("intValue", 3, Kind.INT64)
        .add("doubleValue", 4, Kind.DOUBLE)
        .one("arrayValue", 5, new Message().many("values", 1, value))
        .one("kvlistValue", 6, new Message().many("values", 1, keyValue))
        .add("bytesValue", 7, Kind.BASE64);
    Message exemplar =
        new Message()
            .add("timeUnixNano", 2, Kind.FIXED64)
            .add("asDouble", 3, Kind.DOUBLE)
            .add("spanId", 4, Kind.HEX)
            .add("traceId", 5, Kind.HEX)
            .add("asInt", 6, Kind.SFIXED64)
            .many("filteredAttributes", 7, keyValue);
    Message numbers =
        points()
            .add("asDouble", 4, Kind.DOUBLE)
            .many("exemplars", 5, exemplar)
            .add("asInt", 6, Kind.SFIXED64)
            .many("attributes", 7, keyValue)
            .add("flags", 8, Kind.UINT32);
    Message histograms =
        points()
            .add("count", 4, Kind.FIXED64)
            .add("sum", 5, Kind.DOUBLE)
            .list("bucketCounts", 6, Kind.FIXED64)
            .list("explicitBounds", 7, Kind.DOUBLE)
            .many("exemplars", 8, exemplar)
            .many("attributes", 9, keyValue)
            .add("flags", 10, Kind.UINT32);
    Message buckets =
        new Message().add("offset", 1, Kind.SINT32).list("bucketCounts", 2, Kind.UINT64);
    Message exponentials =
        points()
            .many("attributes", 1, keyValue)
            .add("count", 4, Kind.FIXED64)
            .add("sum", 5, Kind.DOUBLE)
            .add("scale", 6, Kind.SINT32)
            .add("zeroCount", 7, Kind.FIXED64)
            .one("positive", 8, buckets)
            .one("negative", 9, buckets)
            .add("flags", 10, Kind.UINT32)
            .many("exemplars", 11, exemplar)
            .add("zeroThreshold", 14, Kind.DOUBLE);
    Message summaries =
        points()
            .add("count", 4, Kind.FIXED64)
            .add("sum", 5, Kind.DOUBLE)
            .many(
                "quantileValues",
                6,
                new Message().add("quantile", 1, Kind.DOUBLE).add("value", 2, Kind.DOUBLE))
            .many("attributes", 7, keyValue)
            .add("flags", 8, Kind.UINT32);
    Message metric =
        new Message()
            .add("name", 1, Kind.STRING)
            .add("description", 2, Kind.STRING)
            .add("unit", 3, Kind.STRING)
            .one("gauge", 5, data(numbers))
            .one(
                "sum",
                7,
                data(numbers)
                    .add("aggregationTemporality", 2, Kind.TEMPORALITY)
                    .add("isMonotonic", 3, Kind.BOOL))
            .one(
                "histogram", 9, data(histograms).add("aggregationTemporality", 2, Kind.TEMPORALITY))
            .one(
                "exponentialHistogram",
                10,
                data(exponentials).add("aggregationTemporality", 2, Kind.TEMPORALITY))
            .one("summary", 11, data(summaries));
    Message scope =
        new Message()
            .add("name", 1, Kind.STRING)
            .add("version", 2, Kind.STRING)
            .many("attributes", 3, keyValue);
    Message scopeMetrics =
        new Message()
            .one("scope", 1, scope)
            .many("metrics", 2, metric)
            .add("schemaUrl", 3, Kind.STRING);
    Message resourceMetrics =
        new Message()
            .one("resource", 1, new Message().many("attributes", 1, keyValue))
            .many("scopeMetrics", 2, scopeMetrics);
    return new Message().many("resourceMetrics", 1, resourceMetrics);
  }

  private static Message points() {
    return new Message()
        .add("startTimeUnixNano", 2, Kind.FIXED64)
        .add("timeUnixNano", 3, Kind.FIXED64);
  }

  private static Message data(Message points) {
    return new Message().many("dataPoints", 1, points);
  }

  /** The number of an aggregation temporality's name, 0 for any other text. */
  static int temporality(String name) {
    return switch (name) {
      case "AGGREGATION_TEMPORALITY_DELTA" -> 1;
      case "AGGREGATION_TEMPORALITY_CUMULATIVE" -> 2;
      default -> 0;
    };
  }
}
