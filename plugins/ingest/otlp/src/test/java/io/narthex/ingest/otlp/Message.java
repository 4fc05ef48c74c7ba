package io.narthex.ingest.otlp;

import java.util.Base64;
import java.util.HexFormat;

/**
 * Writes messages of OTLP, as protobuf and as JSON at the same time, by number and name of each
 * field.
 */
final class Message {
  private final io.narthex.api.wire.Message protobuf = new io.narthex.api.wire.Message();
  private final StringBuilder json = new StringBuilder();
  private String openList = "";

  private StringBuilder name(String name) {
    closeList();
    if (!json.isEmpty()) {
      json.append(',');
    }
    return json.append('"').append(name).append("\":");
  }

  private void closeList() {
    if (!openList.isEmpty()) {
      json.append(']');
      openList = "";
    }
  }

  /** An element of a list; those of one list come one behind the other. */
  private StringBuilder element(String name) {
    if (openList.equals(name)) {
      return json.append(',');
    }
    name(name).append('[');
    openList = name;
    return json;
  }

  Message varint(int field, String name, long value) {
    protobuf.varint(field, value);
    name(name).append('"').append(value).append('"');
    return this;
  }

  Message bool(int field, String name, boolean value) {
    protobuf.varint(field, value ? 1 : 0);
    name(name).append(value);
    return this;
  }

  Message zigzag(int field, String name, long value) {
    protobuf.zigzag(field, value);
    name(name).append(value);
    return this;
  }

  Message fixed64(int field, String name, long value) {
    protobuf.fixed64(field, value);
    // The only one with a sign.
    String text = name.equals("asInt") ? Long.toString(value) : Long.toUnsignedString(value);
    name(name).append('"').append(text).append('"');
    return this;
  }

  Message float64(int field, String name, double value) {
    protobuf.float64(field, value);
    number(name(name), value);
    return this;
  }

  private static void number(StringBuilder into, double value) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      into.append('"').append(value).append('"');
    } else {
      into.append(value);
    }
  }

  Message text(int field, String name, String value) {
    protobuf.text(field, value);
    StringBuilder into = name(name).append('"');
    for (char c : value.toCharArray()) {
      if (c < ' ' || c == '"' || c == '\\') {
        into.append("\\u%04x".formatted((int) c));
      } else {
        into.append(c);
      }
    }
    into.append('"');
    return this;
  }

  Message hex(int field, String name, byte[] value) {
    protobuf.bytes(field, value);
    name(name).append('"').append(HexFormat.of().formatHex(value)).append('"');
    return this;
  }

  Message base64(int field, String name, byte[] value) {
    protobuf.bytes(field, value);
    name(name).append('"').append(Base64.getEncoder().encodeToString(value)).append('"');
    return this;
  }

  Message message(int field, String name, Message value) {
    protobuf.message(field, value.protobuf);
    name(name).append(value.toJson());
    return this;
  }

  /** One of several messages. */
  Message add(int field, String name, Message value) {
    protobuf.message(field, value.protobuf);
    element(name).append(value.toJson());
    return this;
  }

  Message packedFixed(int field, String name, long... values) {
    protobuf.packedFixed64(field, values);
    for (long value : values) {
      element(name).append('"').append(value).append('"');
    }
    return this;
  }

  Message packedDoubles(int field, String name, double... values) {
    protobuf.packedDoubles(field, values);
    for (double value : values) {
      number(element(name), value);
    }
    return this;
  }

  Message packedVarints(int field, String name, long... values) {
    protobuf.packed(field, values);
    for (long value : values) {
      element(name).append(value);
    }
    return this;
  }

  /** Bytes as they are; nothing in JSON. */
  Message raw(int... bytes) {
    protobuf.raw(bytes);
    return this;
  }

  byte[] toBytes() {
    return protobuf.toBytes();
  }

  String toJson() {
    closeList();
    return "{" + json + "}";
  }

  // ---- What the messages are. ----

  /** A whole request: resource attributes as key, value, key, ... */
  static Message request(Message... metrics) {
    return resource(new String[] {"service.name", "svc", "service.instance.id", "i1"}, metrics);
  }

  static Message resource(String[] attributes, Message... metrics) {
    Message scope = new Message();
    for (Message metric : metrics) {
      scope.add(2, "metrics", metric);
    }
    return new Message()
        .add(
            1,
            "resourceMetrics",
            new Message()
                .message(1, "resource", attributes(new Message(), 1, attributes))
                .add(2, "scopeMetrics", scope));
  }

  /** Attributes as key, value, key, ... */
  static Message attributes(Message into, int field, String... attributes) {
    for (int i = 0; i < attributes.length; i += 2) {
      into.add(
          field,
          "attributes",
          attribute(attributes[i], new Message().text(1, "stringValue", attributes[i + 1])));
    }
    return into;
  }

  static Message attribute(String key, Message value) {
    return new Message().text(1, "key", key).message(2, "value", value);
  }

  static Message metric(String name, String unit, int field, String kind, Message data) {
    return new Message()
        .text(1, "name", name)
        .text(2, "description", "about " + name)
        .text(3, "unit", unit)
        .message(field, kind, data);
  }

  static Message gauge(String name, String unit, Message... points) {
    return metric(name, unit, 5, "gauge", data(points));
  }

  static Message sum(String name, String unit, boolean monotonic, Message... points) {
    return sum(name, unit, 2, monotonic, points);
  }

  static Message sum(
      String name, String unit, int temporality, boolean monotonic, Message... points) {
    return metric(
        name,
        unit,
        7,
        "sum",
        data(points)
            .varint(2, "aggregationTemporality", temporality)
            .bool(3, "isMonotonic", monotonic));
  }

  static Message histogram(String name, String unit, int temporality, Message... points) {
    return metric(
        name, unit, 9, "histogram", data(points).varint(2, "aggregationTemporality", temporality));
  }

  static Message exponential(String name, String unit, int temporality, Message... points) {
    return metric(
        name,
        unit,
        10,
        "exponentialHistogram",
        data(points).varint(2, "aggregationTemporality", temporality));
  }

  static Message summary(String name, String unit, Message... points) {
    return metric(name, unit, 11, "summary", data(points));
  }

  private static Message data(Message... points) {
    Message data = new Message();
    for (Message point : points) {
      data.add(1, "dataPoints", point);
    }
    return data;
  }

  /** The beginning of a data point; milliseconds. */
  static Message point(long start, long time) {
    return new Message()
        .fixed64(2, "startTimeUnixNano", start * 1_000_000)
        .fixed64(3, "timeUnixNano", time * 1_000_000);
  }

  static Message number(long time, double value, String... attributes) {
    return attributes(point(0, time).float64(4, "asDouble", value), 7, attributes);
  }

  static Message integer(long time, long value, String... attributes) {
    return attributes(point(0, time).fixed64(6, "asInt", value), 7, attributes);
  }
}
