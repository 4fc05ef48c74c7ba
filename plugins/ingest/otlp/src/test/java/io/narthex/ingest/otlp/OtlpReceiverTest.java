package io.narthex.ingest.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.config.Defaults;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OtlpReceiverTest {
  private static final long T = Server.NOW;
  private static final String BASE = "instance=\"i1\", job=\"svc\"";

  private Server server;

  @BeforeEach
  void open() throws Exception {
    server = new Server();
  }

  @AfterEach
  void close() throws Exception {
    server.close();
  }

  @Test
  void isOffUnlessSwitchedOn() throws Exception {
    server.receiver.settings(new OtlpReceiverSettings(false));

    assertThat(server.send(Message.request()))
        .isEqualTo("404 otlp write receiver needs to be enabled with --web.enable-otlp-receiver");
  }

  @Test
  void storesGauges() throws Exception {
    assertThat(
            server.send(
                Message.request(
                    Message.gauge(
                        "room.temperature",
                        "Cel",
                        Message.number(T, 21.5, "room.name", "kitchen"),
                        Message.integer(T, -3, "room.name", "cellar")),
                    Message.gauge("load", "1", Message.number(T, 0.5)))))
        .isEqualTo("200 ");

    assertThat(server.stored())
        .containsExactly(
            "load_ratio{" + BASE + "} " + T + " 0.5",
            "room_temperature_celsius{" + BASE + ", room_name=\"cellar\"} " + T + " -3.0",
            "room_temperature_celsius{" + BASE + ", room_name=\"kitchen\"} " + T + " 21.5");
  }

  @Test
  void storesSums() throws Exception {
    assertThat(
            server.send(
                Message.request(
                    Message.sum("requests", "", true, Message.integer(T, 7, "code", "200")),
                    Message.sum("connections", "", false, Message.integer(T, 3)))))
        .isEqualTo("200 ");

    assertThat(server.stored())
        .containsExactly(
            "connections{" + BASE + "} " + T + " 3.0",
            "requests_total{code=\"200\", " + BASE + "} " + T + " 7.0");
  }

  @Test
  void refusesOtherContentTypesAndEncodings() throws Exception {
    byte[] body = Message.request().toBytes();

    assertThat(server.send(body, "text/plain"))
        .isEqualTo(
            "400 unsupported content type: text/plain, supported: [application/json,"
                + " application/x-protobuf]");
    assertThat(server.send(new Exchange(body)).answer())
        .isEqualTo(
            "400 unsupported content type: , supported: [application/json,"
                + " application/x-protobuf]");
    assertThat(
            server
                .send(
                    new Exchange(body)
                        .with("Content-Type", Server.PROTOBUF)
                        .with("Content-Encoding", "snappy"))
                .answer())
        .isEqualTo(
            "400 unsupported compression: snappy. Only \"gzip\" or no compression supported");
    assertThat(
            server.send("{}".getBytes(StandardCharsets.UTF_8), "application/json; charset=utf-8"))
        .isEqualTo("200 ");
  }

  @Test
  void storesNothingOfARequestWithASampleThatIsRefused() throws Exception {
    assertThat(
            server.send(
                Message.request(
                    Message.gauge("good", "", Message.number(T, 1)),
                    Message.gauge("late", "", Message.number(T, 1), Message.number(T - 1, 1)))))
        .isEqualTo("400 out of order sample");
    assertThat(server.stored()).isEmpty();

    assertThat(
            server.send(
                Message.request(
                    Message.gauge(
                        "far",
                        "",
                        Message.number(T + 600_001, 1, "a", "1"),
                        Message.number(T + 600_001, 1, "a", "2")),
                    Message.gauge("twice", "", Message.number(T, 1), Message.number(T, 2)))))
        .isEqualTo(
            "400 out of bounds: timestamp is too far in the future\n"
                + "duplicate sample for timestamp");
    assertThat(server.stored()).isEmpty();
  }

  @Test
  void saysWhatCannotBeTranslated() throws Exception {
    assertThat(
            server.send(
                Message.request(
                    Message.sum("d", "", 1, true, Message.integer(T, 1)),
                    Message.histogram("u", "", 0, new Message()),
                    Message.gauge("e", ""),
                    new Message().text(1, "name", "n"),
                    Message.gauge("...", "", Message.number(T, 1)),
                    Message.gauge("_", "", Message.number(T, 1)),
                    Message.gauge("a", "", Message.number(T, 1, "", "x")),
                    Message.gauge("b", "", Message.number(T, 1, "__", "x")),
                    Message.gauge("good", "", Message.number(T, 1)))))
        .isEqualTo(
            """
            500 invalid temporality and type combination for metric "d"
            invalid temporality and type combination for metric "u"
            empty data points. e is dropped
            could not get aggregation temporality for n as it has unsupported metric type Empty
            normalization for metric "..." resulted in empty name
            normalization for metric "_" resulted in empty name
            label name is empty
            normalization for label name "__" resulted in invalid name "__\"\
            """);
    assertThat(server.stored()).isEmpty();
  }

  @Test
  void storesClassicHistogramsAsOneSeriesForEachBucket() throws Exception {
    Message point =
        Message.attributes(
            Message.point(T - 1000, T)
                .fixed64(4, "count", 10)
                .float64(5, "sum", 30.25)
                .packedFixed(6, "bucketCounts", 2, 3, 5)
                .packedDoubles(7, "explicitBounds", 0.5, 1e21),
            9,
            "le",
            "mine",
            "zone",
            "z");
    assertThat(server.send(Message.request(Message.histogram("h", "s", 2, point))))
        .isEqualTo("200 ");

    String zone = ", zone=\"z\"} " + T + " ";
    assertThat(server.stored())
        .containsExactly(
            "h_seconds_bucket{" + BASE + ", le=\"+Inf\"" + zone + "10.0",
            "h_seconds_bucket{" + BASE + ", le=\"0.5\"" + zone + "2.0",
            "h_seconds_bucket{" + BASE + ", le=\"1000000000000000000000\"" + zone + "5.0",
            "h_seconds_count{" + BASE + ", le=\"mine\"" + zone + "10.0",
            "h_seconds_sum{" + BASE + ", le=\"mine\"" + zone + "30.25");
  }

  @Test
  void leavesOutTheSumOfAHistogramThatHasNone() throws Exception {
    server.send(
        Message.request(Message.histogram("h", "", 2, Message.point(0, T).fixed64(4, "count", 3))));

    assertThat(server.stored())
        .containsExactly(
            "h_bucket{" + BASE + ", le=\"+Inf\"} " + T + " 3.0",
            "h_count{" + BASE + "} " + T + " 3.0");
  }

  @Test
  void storesSummaries() throws Exception {
    Message point =
        Message.point(0, T)
            .fixed64(4, "count", 4)
            .float64(5, "sum", 8)
            .add(
                6,
                "quantileValues",
                new Message().float64(1, "quantile", 0.5).float64(2, "value", 2))
            .add(
                6,
                "quantileValues",
                new Message().float64(1, "quantile", 1).float64(2, "value", 3));
    server.send(Message.request(Message.summary("s", "ms", point)));

    assertThat(server.stored())
        .containsExactly(
            "s_milliseconds_count{" + BASE + "} " + T + " 4.0",
            "s_milliseconds_sum{" + BASE + "} " + T + " 8.0",
            "s_milliseconds{" + BASE + ", quantile=\"0.5\"} " + T + " 2.0",
            "s_milliseconds{" + BASE + ", quantile=\"1\"} " + T + " 3.0");
  }

  private static Message exponential(int scale, int offset, long zeros, long... counts) {
    long count = zeros;
    for (long n : counts) {
      count += n;
    }
    return Message.point(0, T)
        .fixed64(4, "count", count)
        .float64(5, "sum", 5)
        .zigzag(6, "scale", scale)
        .fixed64(7, "zeroCount", zeros)
        .message(
            8,
            "positive",
            new Message().zigzag(1, "offset", offset).packedVarints(2, "bucketCounts", counts));
  }

  @Test
  void storesExponentialHistogramsAsNativeOnes() throws Exception {
    assertThat(
            server.send(
                Message.request(
                    Message.exponential("a", "By", 2, exponential(2, 0, 2, 2, 2, 2, 2, 2)),
                    // A gap of two is filled, one of three is not.
                    Message.exponential(
                        "b", "", 2, exponential(0, -3, 0, 0, 1, 0, 0, 2, 0, 0, 0, 3, 0)),
                    Message.exponential("c", "", 2, exponential(10, -5, 0, 1, 1, 1, 1, 1, 1, 1)))))
        .isEqualTo("200 ");

    String rest = " - [] bounds [] UNKNOWN";
    assertThat(server.stored())
        .containsExactly(
            "a_bytes{"
                + BASE
                + "} "
                + T
                + " 12.0 5.0 schema 2 zero 2.0<1.0E-128 + 1x5 [2.0, 2.0, 2.0, 2.0, 2.0]"
                + rest,
            "b{"
                + BASE
                + "} "
                + T
                + " 6.0 5.0 schema 0 zero 0.0<1.0E-128 + -1x4 3x1 [1.0, 0.0, 0.0, 2.0, 3.0]"
                + rest,
            // Four of scale 10 are one of scale 8: -5 | -4..-1 | 0, 1.
            "c{"
                + BASE
                + "} "
                + T
                + " 7.0 5.0 schema 8 zero 0.0<1.0E-128 + -1x3 [1.0, 4.0, 2.0]"
                + rest);
  }

  @Test
  void refusesExponentialHistogramsThatCannotBe() throws Exception {
    assertThat(
            server.send(Message.request(Message.exponential("a", "", 2, exponential(-5, 0, 0, 1)))))
        .isEqualTo(
            "500 cannot convert exponential to native histogram. Scale must be >= -4, was -5");
    assertThat(
            server.send(
                Message.request(
                    Message.exponential(
                        "a", "", 2, exponential(0, 0, 0, 1).fixed64(4, "count", 7)))))
        .isEqualTo(
            "500 1 observations found in buckets, but the Count field is 7: histogram's"
                + " observation count should equal the number of observations found in the buckets"
                + " (in absence of NaN)");
  }

  @Test
  void takesTheZeroThresholdThatIsSent() throws Exception {
    server.send(
        Message.request(
            Message.exponential(
                "a", "", 2, exponential(0, 3, 1, 1).float64(14, "zeroThreshold", 0.25))));

    assertThat(server.stored().getFirst()).contains(" schema 0 zero 1.0<0.25 + 4x1 [1.0] ");
  }

  @Test
  void makesCustomBucketsOfHistogramsWhenAskedTo() throws Exception {
    server.receiver.translation(config("convert_histograms_to_nhcb"));
    Message point =
        Message.point(0, T)
            .fixed64(4, "count", 5)
            .float64(5, "sum", 3)
            .packedFixed(6, "bucketCounts", 0, 2, 3, 0)
            .packedDoubles(7, "explicitBounds", 1, 2, 4);
    assertThat(server.send(Message.request(Message.histogram("h", "", 2, point))))
        .isEqualTo("200 ");

    assertThat(server.stored())
        .containsExactly(
            "h{"
                + BASE
                + "} "
                + T
                + " 5.0 3.0 schema -53 zero 0.0<0.0 + 1x2 [2.0, 3.0] - [] bounds [1.0, 2.0, 4.0]"
                + " UNKNOWN");
  }

  /** The defaults with one switch on. */
  static OtlpConfig config(String switchedOn) {
    OtlpConfig d = Defaults.of(OtlpConfig.class);
    return new OtlpConfig(
        switchedOn.equals("promote_all_resource_attributes"),
        d.promoteResourceAttributes(),
        d.ignoreResourceAttributes(),
        switchedOn.startsWith("No") || switchedOn.startsWith("Und")
            ? switchedOn
            : d.translationStrategy(),
        switchedOn.equals("keep_identifying_resource_attributes"),
        switchedOn.equals("convert_histograms_to_nhcb"),
        switchedOn.equals("promote_scope_metadata"),
        true,
        true);
  }

  @Test
  void marksTheEndOfSeries() throws Exception {
    server.receiver.translation(config("convert_histograms_to_nhcb"));
    assertThat(
            server.send(
                Message.request(
                    Message.gauge("g", "", Message.point(0, T).varint(8, "flags", 1)),
                    Message.histogram("h", "", 2, Message.point(0, T).varint(10, "flags", 1)),
                    Message.exponential("e", "", 2, Message.point(0, T).varint(10, "flags", 1)))))
        .isEqualTo("200 ");

    assertThat(server.stored())
        .hasSize(3)
        .anyMatch(line -> line.equals("g{" + BASE + "} " + T + " stale"))
        .filteredOn(line -> !line.startsWith("g"))
        .allMatch(line -> line.contains(" 0.0 stale schema "));
  }

  private static Message exemplar(double value, Message more) {
    return more.fixed64(2, "timeUnixNano", T * 1_000_000).float64(3, "asDouble", value);
  }

  @Test
  void keepsExemplars() throws Exception {
    byte[] trace = new byte[16];
    trace[0] = (byte) 0xab;
    byte[] span = {1, 2, 3, 4, 5, 6, 7, 8};
    Message long1 =
        new Message()
            .add(
                7,
                "filteredAttributes",
                Message.attribute("k", new Message().text(1, "stringValue", "v".repeat(200))));
    Message short1 =
        new Message()
            .add(
                7,
                "filteredAttributes",
                Message.attribute("a.b", new Message().varint(3, "intValue", 5)));
    Message point =
        Message.point(0, T)
            .fixed64(4, "count", 3)
            .packedFixed(6, "bucketCounts", 1, 1, 1)
            .packedDoubles(7, "explicitBounds", 1, 2)
            .add(8, "exemplars", exemplar(1, long1.hex(5, "traceId", trace)))
            .add(8, "exemplars", exemplar(7, short1.hex(4, "spanId", span)));
    assertThat(
            server.send(
                Message.request(
                    Message.histogram("h", "", 2, point),
                    Message.sum(
                        "c",
                        "",
                        true,
                        Message.integer(T, 1).add(5, "exemplars", exemplar(3, new Message()))))))
        .isEqualTo("200 ");

    assertThat(server.exemplars())
        .containsExactly(
            "c_total{" + BASE + "} {} 3.0 " + T,
            "h_bucket{"
                + BASE
                + ", le=\"+Inf\"} {\"a.b\"=\"5\", span_id=\"0102030405060708\"} 7.0 "
                + T,
            "h_bucket{"
                + BASE
                + ", le=\"1\"} {trace_id=\"ab000000000000000000000000000000\"} 1.0 "
                + T);
    assertThat(
            server.send(
                Message.request(
                    Message.sum(
                        "x", "", true, Message.integer(T, 1).add(5, "exemplars", new Message())))))
        .isEqualTo("500 unsupported exemplar value type: Empty");
  }

  @Test
  void joinsValuesOfAttributesThatGetTheSameName() throws Exception {
    server.send(
        Message.request(
            Message.gauge(
                "g", "", Message.number(T, 1, "a_b", "3", "a.b", "2", "a-b", "1", "x", "4"))));

    assertThat(server.stored())
        .containsExactly("g{a_b=\"1;2;3\", " + BASE + ", x=\"4\"} " + T + " 1.0");
    assertThat(server.metrics.warnings.labelValues("label_name_collision").get()).isEqualTo(1);
  }

  @Test
  void writesEveryKindOfAttributeAsText() throws Exception {
    Message point = Message.number(T, 1);
    point.add(7, "attributes", Message.attribute("bool", new Message().bool(2, "boolValue", true)));
    point.add(7, "attributes", Message.attribute("int", new Message().varint(3, "intValue", -7)));
    point.add(
        7,
        "attributes",
        Message.attribute("double", new Message().float64(4, "doubleValue", 1e-7)));
    point.add(
        7,
        "attributes",
        Message.attribute("bytes", new Message().base64(7, "bytesValue", new byte[] {1, 2, 3})));
    point.add(7, "attributes", Message.attribute("nothing", new Message()));
    Message map =
        new Message()
            .add(
                1, "values", Message.attribute("z", new Message().text(1, "stringValue", "<\"\n>")))
            .add(1, "values", Message.attribute("a", new Message().float64(4, "doubleValue", 2)))
            .add(1, "values", Message.attribute("n", new Message()));
    Message list =
        new Message()
            .add(1, "values", new Message().varint(3, "intValue", 1))
            .add(1, "values", new Message().message(6, "kvlistValue", map))
            .add(1, "values", new Message().bool(2, "boolValue", false));
    point.add(
        7, "attributes", Message.attribute("list", new Message().message(5, "arrayValue", list)));
    Message request = Message.request(Message.gauge("g", "", point));
    String expected =
        "g{bool=\"true\", bytes=\"AQID\", double=\"1e-7\", "
            + "instance=\"i1\", int=\"-7\", job=\"svc\", "
            + "list=\"[1,{\\\"a\\\":2,\\\"n\\\":null,\\\"z\\\":\\\"<\\\\\\\"\\\\n>\\\"},false]\"} "
            + T
            + " 1.0";

    assertThat(server.send(request)).isEqualTo("200 ");
    assertThat(server.stored()).containsExactly(expected);
  }

  @Test
  void addsTargetInfoWithTheOtherAttributesOfTheResource() throws Exception {
    Message gauge =
        Message.gauge(
            "g", "", Message.number(T - 400_000, 1, "a", "1"), Message.number(T, 1, "a", "2"));
    String[] resource = {
      "service.namespace",
      "ns",
      "service.name",
      "svc",
      "host.name",
      "h1",
      "service.instance.id",
      "i1"
    };
    assertThat(server.send(Message.resource(resource, gauge))).isEqualTo("200 ");

    String labels = "target_info{host_name=\"h1\", instance=\"i1\", job=\"ns/svc\"} ";
    assertThat(server.stored())
        .filteredOn(line -> line.startsWith("target"))
        .containsExactly(
            labels + T + " 1.0",
            labels + (T - 400_000) + " 1.0",
            labels + (T - 250_000) + " 1.0",
            labels + (T - 100_000) + " 1.0");
  }

  @Test
  void addsNoTargetInfoThatSaysNothingOrIsNobodys() throws Exception {
    Message gauge = Message.gauge("g", "", Message.number(T, 1));
    server.send(Message.resource(new String[] {"host.name", "h1"}, gauge));
    server.send(Message.request(Message.gauge("g2", "", Message.number(T, 1))));

    assertThat(server.stored())
        .containsExactly("g " + T + " 1.0", "g2{" + BASE + "} " + T + " 1.0");
  }

  @Test
  void keepsIdentifyingAttributesWhenAskedTo() throws Exception {
    server.receiver.translation(config("keep_identifying_resource_attributes"));
    server.send(
        Message.resource(
            new String[] {"service.name", "svc", "x", "1"},
            Message.gauge("g", "", Message.number(T, 1))));

    assertThat(server.stored())
        .contains("target_info{job=\"svc\", service_name=\"svc\", x=\"1\"} " + T + " 1.0");
  }

  @Test
  void promotesResourceAttributes() throws Exception {
    Message gauge = Message.gauge("g", "", Message.number(T, 1, "zone", "own", "job", "mine"));
    Message request =
        Message.resource(new String[] {"service.name", "svc", "zone", "z", "k8s.pod", "p"}, gauge);
    OtlpConfig d = Defaults.of(OtlpConfig.class);
    server.receiver.translation(
        new OtlpConfig(
            false,
            List.of(" k8s.pod ", "zone"),
            List.of(),
            d.translationStrategy(),
            false,
            false,
            false,
            true,
            true));
    server.send(request);
    assertThat(server.stored())
        .contains("g{job=\"svc\", k8s_pod=\"p\", zone=\"own\"} " + T + " 1.0");

    server.receiver.translation(config("promote_all_resource_attributes"));
    server.send(request);
    assertThat(server.stored())
        .contains(
            "g{job=\"svc\", k8s_pod=\"p\", service_name=\"svc\", zone=\"own\"} " + T + " 1.0");

    server.receiver.translation(
        new OtlpConfig(
            true,
            List.of(),
            List.of("service.name", "k8s.pod"),
            d.translationStrategy(),
            false,
            false,
            false,
            true,
            true));
    server.send(request);
    assertThat(server.stored()).contains("g{job=\"svc\", zone=\"own\"} " + T + " 1.0");
  }

  @Test
  void promotesTheScope() throws Exception {
    server.receiver.translation(config("promote_scope_metadata"));
    Message scope =
        Message.attributes(
            new Message().text(1, "name", "lib").text(2, "version", "1.2"), 3, "a.b", "c");
    Message request =
        new Message()
            .add(
                1,
                "resourceMetrics",
                new Message()
                    .add(
                        2,
                        "scopeMetrics",
                        new Message()
                            .add(2, "metrics", Message.gauge("g", "", Message.number(T, 1)))
                            .text(3, "schemaUrl", "http://s")
                            .message(1, "scope", scope)));
    assertThat(server.send(request)).isEqualTo("200 ");

    assertThat(server.stored())
        .containsExactly(
            "g{otel_scope_a_b=\"c\", otel_scope_name=\"lib\", otel_scope_schema_url=\"http://s\","
                + " otel_scope_version=\"1.2\"} "
                + T
                + " 1.0");
  }

  @Test
  void translatesNamesByTheStrategy() throws Exception {
    Message request =
        Message.request(Message.sum("req.count", "By", true, Message.integer(T, 1, "a.b", "c")));
    server.receiver.translation(config("NoUTF8EscapingWithSuffixes"));
    server.send(request);
    server.receiver.translation(config("NoTranslation"));
    server.send(request);
    server.receiver.translation(config("UnderscoreEscapingWithoutSuffixes"));
    server.send(request);

    assertThat(server.stored())
        .containsExactlyInAnyOrder(
            "{\"req.count_bytes_total\", \"a.b\"=\"c\", " + BASE + "} " + T + " 1.0",
            "{\"req.count\", \"a.b\"=\"c\", " + BASE + "} " + T + " 1.0",
            "req_count{a_b=\"c\", " + BASE + "} " + T + " 1.0");
  }

  @Test
  void addsTypeAndUnitWhenTheFeatureIsOn() throws Exception {
    try (Server other = new Server("type-and-unit-labels")) {
      other.send(
          Message.request(
              Message.sum("c", "By/s", true, Message.integer(T, 1, "__unit__", "x")),
              Message.gauge("g", "", Message.number(T, 1))));

      assertThat(other.stored())
          .containsExactly(
              "c_bytes_per_second_total{__type__=\"counter\", __unit__=\"bytes_per_second\", "
                  + BASE
                  + "} "
                  + T
                  + " 1.0",
              "g{__type__=\"gauge\", " + BASE + "} " + T + " 1.0");
    }
  }

  @Test
  void storesDifferencesAsTheyComeWhenTheFeatureIsOn() throws Exception {
    try (Server other = new Server("otlp-native-delta-ingestion")) {
      assertThat(
              other.send(
                  Message.request(
                      Message.sum("d", "", 1, true, Message.integer(T, 5)),
                      Message.exponential("e", "", 1, exponential(0, 0, 0, 1)))))
          .isEqualTo("200 ");

      assertThat(other.stored())
          .hasSize(2)
          .contains("d_total{" + BASE + "} " + T + " 5.0")
          .anyMatch(line -> line.startsWith("e{") && line.endsWith(" GAUGE"));
      assertThat(other.metrics.withoutMetadata.get()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "NoTranslation", "promote_all_resource_attributes"})
  void givesPointsOfOneMetricTheLabelsThatTheyHaveAlone(String switchedOn) throws Exception {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    List<String> keys = List.of("a.b", "a-b", "job", "z", "host.name", "__name__", "_x", "9");
    String[] resource = {"service.name", "svc", "host.name", "h"};
    for (int round = 0; round < 100; round++) {
      Message[] points = new Message[8];
      String[] attributes = new String[0];
      for (int i = 0; i < points.length; i++) {
        if (random.nextInt(3) == 0) {
          attributes = new String[2 * random.nextInt(5)];
          int from = random.nextInt(keys.size());
          for (int k = 0; k < attributes.length; k += 2) {
            attributes[k] = keys.get((from + k) % keys.size());
          }
        }
        for (int k = 1; k < attributes.length; k += 2) {
          attributes[k] = random.nextInt(4) == 0 ? "" : "v" + random.nextInt(100);
        }
        points[i] = Message.number(T + i, i, attributes);
        points[i].add(
            7,
            "attributes",
            Message.attribute("n", new Message().varint(3, "intValue", random.nextInt(1000))));
      }
      try (Server one = new Server(config(switchedOn));
          Server other = new Server(config(switchedOn))) {
        assertThat(one.send(Message.resource(resource, Message.gauge("g", "", points))))
            .isEqualTo("200 ");
        for (Message point : points) {
          assertThat(other.send(Message.resource(resource, Message.gauge("g", "", point))))
              .isEqualTo("200 ");
        }
        assertThat(one.stored())
            .as("seed %d round %d", seed, round)
            .filteredOn(line -> line.startsWith("g{"))
            .hasSize(points.length)
            .isEqualTo(other.stored().stream().filter(line -> line.startsWith("g{")).toList());
      }
    }
  }

  @Test
  void warnsOfHistogramsWithASumOfNothing() throws Exception {
    server.send(
        Message.request(
            Message.exponential(
                "e",
                "",
                2,
                Message.point(0, T).float64(5, "sum", 3),
                Message.point(0, T).float64(5, "sum", 3))));

    assertThat(server.metrics.warnings.labelValues("histogram_zero_count_non_zero_sum").get())
        .isEqualTo(1);
  }
}
