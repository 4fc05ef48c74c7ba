package io.narthex.ingest.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JsonRequestTest {
  private static final long T = Server.NOW;

  private Server server;

  @BeforeEach
  void open() throws Exception {
    server = new Server();
  }

  @AfterEach
  void close() throws Exception {
    server.close();
  }

  private static String gauge(String point) {
    return """
    {"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"g","gauge":{"dataPoints":[%s]}}]}]}]}
    """
        .formatted(point);
  }

  private static final String TIME = "\"timeUnixNano\":\"" + T * 1_000_000 + "\"";

  @Test
  void readsNumbersAsNumbersAndAsStrings() throws Exception {
    for (String value :
        List.of(
            "\"asInt\":3",
            "\"asInt\":\"3\"",
            "\"asDouble\":3",
            "\"asDouble\":\"3.0\"",
            "\"asDouble\":30e-1",
            "\"as_int\": 3")) {
      try (Server one = new Server()) {
        assertThat(one.sendJson(gauge("{" + TIME + "," + value + "}"))).isEqualTo("200 ");
        assertThat(one.stored()).as(value).containsExactly("g " + T + " 3.0");
      }
    }
  }

  @Test
  void readsNamesOfTheProtoFileInAnyOrderAndPassesOverOthers() throws Exception {
    String json =
        """
        {"unknown": {"a": [1, {"b": "\\u00e9\\ud83d\\ude00"}, []], "c": null, "d": true},
         "resource_metrics": [{
           "scope_metrics": [{
             "metrics": [{
               "sum": {
                 "data_points": [{"as_int": "-7", "time_unix_nano": %d, "flags": 0,
                    "attributes": [{"value": {"string_value": "\\ud83d\\ude00\\ud800"}, "key": "k"}]}],
                 "is_monotonic": true,
                 "aggregation_temporality": "AGGREGATION_TEMPORALITY_CUMULATIVE"},
               "unit": null,
               "name": "c"}],
             "schema_url": "x"}],
           "resource": {"attributes": [{"key": "service.name", "value": {"string_value": "s"}}]}}]}
        """
            .formatted(T * 1_000_000);
    assertThat(server.sendJson(json)).isEqualTo("200 ");
    assertThat(server.stored())
        .containsExactly("c_total{job=\"s\", k=\"😀\ufffd\"} " + T + " -7.0");
  }

  @Test
  void saysWhatIsWrong() throws Exception {
    assertThat(server.sendJson("")).isEqualTo("400 cannot read JSON: unexpected end");
    assertThat(server.sendJson("[]"))
        .isEqualTo("400 cannot read JSON at offset 0: got \"[]\", want an object");
    assertThat(server.sendJson("{} x"))
        .isEqualTo("400 cannot read JSON at offset 3: got \"x\", want the end");
    assertThat(server.sendJson("{\"resourceMetrics\":{}}"))
        .isEqualTo("400 cannot read JSON: got an object for resourceMetrics");
    assertThat(server.sendJson("{\"resourceMetrics\":[3]}"))
        .isEqualTo("400 cannot read JSON: got a number for resourceMetrics");
    assertThat(server.sendJson("{\"a\":1,}"))
        .isEqualTo("400 cannot read JSON at offset 7: got \"}\", want a name");
    assertThat(server.sendJson("{\"a\":1.2.3}"))
        .isEqualTo("400 cannot read JSON at offset 5: got \"1.2.3}\", want a number");
    assertThat(server.sendJson("{\"a\":nul}"))
        .isEqualTo("400 cannot read JSON at offset 8: got \"}\", want null");
    assertThat(server.sendJson(gauge("{\"asInt\":\"1.5\"}")))
        .isEqualTo("400 cannot read JSON: got \"1.5\" for asInt");
    assertThat(server.sendJson(gauge("{\"asInt\":18446744073709551616}")))
        .isEqualTo("400 cannot read JSON: got \"18446744073709551616\" for asInt");
    assertThat(server.sendJson(gauge("{\"asDouble\":\"x\"}")))
        .isEqualTo("400 cannot read JSON: got \"x\" for asDouble");
    assertThat(server.sendJson("{\"a\":\"\u0001\"}"))
        .isEqualTo(
            "400 cannot read JSON at offset 6: got \"\u0001\"}\", want a character of a string");
    assertThat(
            server.send(
                new byte[] {'{', '"', 'a', '"', ':', '"', (byte) 0xff, '"', '}'}, Server.JSON))
        .isEqualTo("400 proto: string field contains invalid UTF-8");
  }

  @Test
  void takesNumbersThatTheirFieldsCanBe() throws Exception {
    for (String value :
        List.of(
            "\"asInt\":\"9223372036854775808\"",
            "\"asInt\":-9223372036854775809",
            "\"asInt\":1,\"startTimeUnixNano\":-1",
            "\"asInt\":1,\"flags\":4294967296",
            "\"asInt\":1,\"flags\":-1")) {
      assertThat(server.sendJson(gauge("{" + TIME + "," + value + "}")))
          .as(value)
          .startsWith("400 cannot read JSON: got ");
    }
    String scale = "{\"exponentialHistogram\":{\"dataPoints\":[{\"scale\":%s}]}}";
    String one = "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[" + scale + "]}]}]}";
    assertThat(server.sendJson(String.format(one, "4294967296")))
        .isEqualTo("400 cannot read JSON: got \"4294967296\" for scale");
    String good = "\"asInt\":\"-9223372036854775808\",\"flags\":4294967294";
    assertThat(server.sendJson(gauge("{" + TIME + "," + good + "}"))).isEqualTo("200 ");
    assertThat(server.stored().getFirst()).endsWith(" -9.223372036854776E18");
  }

  @Test
  void refusesWhatIsNestedTooDeep() throws Exception {
    assertThat(server.sendJson("{\"a\":" + "[".repeat(600) + "]".repeat(600) + "}"))
        .isEqualTo("400 cannot read JSON: got values that are nested more than 512 deep");
    assertThat(server.sendJson("{\"a\":" + "[".repeat(511) + "]".repeat(511) + "}"))
        .isEqualTo("200 ");
  }

  @Test
  void storesTheSameAsOfProtobuf() throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      Message request = request(random);
      List<String> flags = new ArrayList<>();
      if (random.nextBoolean()) {
        flags.add("otlp-native-delta-ingestion");
      }
      if (random.nextBoolean()) {
        flags.add("type-and-unit-labels");
      }
      String[] features = flags.toArray(String[]::new);
      OtlpConfig config =
          OtlpReceiverTest.config(
              List.of(
                      "",
                      "convert_histograms_to_nhcb",
                      "promote_scope_metadata",
                      "promote_all_resource_attributes",
                      "NoTranslation")
                  .get(random.nextInt(5)));
      try (Server one = new Server(config, features);
          Server other = new Server(config, features)) {
        String answer = one.send(request);
        assertThat(other.sendJson(request.toJson()))
            .as("seed %d round %d: %s", seed, round, request.toJson())
            .isEqualTo(answer);
        assertThat(other.stored()).as("seed %d round %d", seed, round).isEqualTo(one.stored());
        assertThat(other.exemplars()).as("seed %d", seed).isEqualTo(one.exemplars());
      }
    }
  }

  /** A request of anything that can be sent; mostly one that can be stored. */
  static Message request(Random random) {
    Message request = new Message();
    for (int r = random.nextInt(3); r >= 0; r--) {
      Message resource = new Message();
      for (int i = random.nextInt(4); i > 0; i--) {
        String key =
            List.of("service.name", "service.instance.id", "host.name", "a.b", "service.namespace")
                .get(random.nextInt(5));
        resource.add(1, "attributes", Message.attribute(key, value(random, 0)));
      }
      resource.add(1, "attributes", Message.attribute("r", new Message().varint(3, "intValue", r)));
      Message metrics = new Message();
      Message scope = new Message().text(1, "name", "lib").text(2, "version", "\"v\"\n");
      scope.add(3, "attributes", Message.attribute("s.t", value(random, 0)));
      metrics.message(1, "scope", scope);
      for (int m = random.nextInt(6); m >= 0; m--) {
        metrics.add(2, "metrics", metric(random, "m." + r + "." + m));
      }
      metrics.text(3, "schemaUrl", "http://x");
      request.add(
          1,
          "resourceMetrics",
          new Message().message(1, "resource", resource).add(2, "scopeMetrics", metrics));
    }
    return request;
  }

  private static Message metric(Random random, String name) {
    String unit = List.of("", "s", "By/s", "{x}", "1").get(random.nextInt(5));
    int temporality = random.nextInt(8) == 0 ? 1 : 2;
    Message[] points = new Message[random.nextInt(12) == 0 ? 0 : 1 + random.nextInt(3)];
    int kind = random.nextInt(5);
    for (int i = 0; i < points.length; i++) {
      points[i] = point(random, kind, i);
    }
    return switch (kind) {
      case 0 -> Message.gauge(name, unit, points);
      case 1 -> Message.sum(name, unit, temporality, random.nextBoolean(), points);
      case 2 -> Message.histogram(name, unit, temporality, points);
      case 3 -> Message.exponential(name, unit, temporality, points);
      default -> Message.summary(name, unit, points);
    };
  }

  private static Message point(Random random, int kind, int i) {
    Message point =
        Message.point(random.nextBoolean() ? 0 : T - random.nextInt(5000), T + random.nextInt(3));
    int attributes = new int[] {7, 7, 9, 1, 7}[kind];
    point.add(
        attributes,
        "attributes",
        Message.attribute("point", new Message().varint(3, "intValue", i)));
    for (int n = random.nextInt(4); n > 0; n--) {
      String key = List.of("x.y", "x-y", "é", "Z", "job", "1").get(random.nextInt(6));
      point.add(attributes, "attributes", Message.attribute(key, value(random, 0)));
    }
    long[] counts = random.longs(random.nextInt(8), 0, 5).toArray();
    long count = Arrays.stream(counts).sum();
    switch (kind) {
      case 0, 1 -> {
        if (random.nextBoolean()) {
          point.fixed64(6, "asInt", random.nextLong());
        } else {
          point.float64(4, "asDouble", number(random));
        }
        point.varint(8, "flags", random.nextInt(5) == 0 ? 1 : 0);
        exemplars(point, 5, random);
      }
      case 2 -> {
        point.fixed64(4, "count", count).float64(5, "sum", number(random));
        point.packedFixed(6, "bucketCounts", counts);
        double[] bounds = new double[Math.max(0, counts.length - 1)];
        for (int b = 0; b < bounds.length; b++) {
          bounds[b] = b * 0.25 + 1e-3;
        }
        point.packedDoubles(7, "explicitBounds", bounds);
        exemplars(point, 8, random);
      }
      case 3 -> {
        point.fixed64(4, "count", 2 * count + 1).float64(5, "sum", number(random));
        point.zigzag(6, "scale", random.nextInt(14) - 4).fixed64(7, "zeroCount", 1);
        for (int side = 8; side <= 9; side++) {
          point.message(
              side,
              side == 8 ? "positive" : "negative",
              new Message()
                  .zigzag(1, "offset", random.nextInt(100) - 50)
                  .packedVarints(2, "bucketCounts", counts));
        }
        exemplars(point, 11, random);
        point.float64(14, "zeroThreshold", random.nextInt(2) * 1e-3);
      }
      default -> {
        point.fixed64(4, "count", random.nextLong()).float64(5, "sum", number(random));
        for (int q = 0; q < random.nextInt(3); q++) {
          point.add(
              6,
              "quantileValues",
              new Message().float64(1, "quantile", q / 4.0).float64(2, "value", number(random)));
        }
      }
    }
    return point;
  }

  private static void exemplars(Message point, int field, Random random) {
    for (int i = random.nextInt(3); i > 0; i--) {
      byte[] trace = new byte[16];
      byte[] span = new byte[8];
      random.nextBytes(trace);
      random.nextBytes(span);
      point.add(
          field,
          "exemplars",
          new Message()
              .fixed64(2, "timeUnixNano", (T - i) * 1_000_000)
              .float64(3, "asDouble", random.nextInt(4))
              .hex(4, "spanId", span)
              .hex(5, "traceId", trace)
              .add(7, "filteredAttributes", Message.attribute("k", value(random, 0))));
    }
  }

  private static double number(Random random) {
    return switch (random.nextInt(6)) {
      case 0 -> 0;
      case 1 -> Double.POSITIVE_INFINITY;
      case 2 -> random.nextInt(1000);
      case 3 -> Double.MIN_VALUE;
      default -> random.nextGaussian() * 1e10;
    };
  }

  private static Message value(Random random, int depth) {
    Message value = new Message();
    switch (random.nextInt(depth > 3 ? 6 : 8)) {
      case 0 -> {}
      case 1 -> value.bool(2, "boolValue", random.nextBoolean());
      case 2 -> value.varint(3, "intValue", random.nextLong());
      case 3 -> value.float64(4, "doubleValue", number(random));
      case 4 -> {
        byte[] bytes = new byte[random.nextInt(5)];
        random.nextBytes(bytes);
        value.base64(7, "bytesValue", bytes);
      }
      case 5 ->
          value.text(1, "stringValue", List.of("", "é\"\\\n\u0001😀", "x").get(random.nextInt(3)));
      case 6 -> {
        Message list = new Message();
        for (int i = random.nextInt(3); i > 0; i--) {
          list.add(1, "values", value(random, depth + 1));
        }
        value.message(5, "arrayValue", list);
      }
      default -> {
        Message map = new Message();
        for (int i = random.nextInt(3); i > 0; i--) {
          map.add(
              1, "values", Message.attribute("k" + random.nextInt(3), value(random, depth + 1)));
        }
        value.message(6, "kvlistValue", map);
      }
    }
    return value;
  }
}
