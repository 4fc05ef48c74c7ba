package io.narthex.ingest.pushgateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.airlift.compress.v3.snappy.SnappyFramedOutputStream;
import io.airlift.compress.v3.snappy.SnappyJavaCompressor;
import io.narthex.api.format.MetricFamily.Label;
import io.narthex.api.web.FakeResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GatewayTest {
  private static final Map<String, String> PROTOBUF =
      Map.of(
          "Content-Type",
          "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily;"
              + " encoding=delimited",
          "Accept",
          "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
              + "encoding=delimited;q=0.7,text/plain;q=0.3");

  private Bench bench = new Bench();

  @AfterEach
  void close() {
    bench.close();
  }

  private void restart(Map<String, ?> config) {
    bench.close();
    bench = new Bench(config);
  }

  @Test
  void givesMetricsTheLabelsOfTheirGroupAndAnInstance() {
    assertThat(bench.put("a/zone/z", "m{zone=\"y\",job=\"b\",l=\"1\"} 3\n")).isEqualTo("200");
    assertThat(bench.put("b/instance/i", "m 4\n")).isEqualTo("200");

    assertThat(bench.lines("m"))
        .containsExactly(
            "m{instance=\"i\",job=\"b\"} 4", "m{instance=\"\",job=\"a\",l=\"1\",zone=\"z\"} 3");
    assertThat(bench.lines("push_"))
        .containsExactly(
            "push_failure_time_seconds{instance=\"i\",job=\"b\"} 0",
            "push_failure_time_seconds{instance=\"\",job=\"a\",zone=\"z\"} 0",
            "push_time_seconds{instance=\"i\",job=\"b\"} 1.795176e+09",
            "push_time_seconds{instance=\"\",job=\"a\",zone=\"z\"} 1.795176e+09");
  }

  @Test
  void replacesTheGroupByPutAndFamiliesByPost() {
    bench.put("a", "x 1\ny 1\n");
    bench.send("POST", "/metrics/job/a", "y{l=\"2\"} 2\nz 1\n");
    assertThat(bench.lines("x")).hasSize(1);
    assertThat(bench.lines("y")).containsExactly("y{instance=\"\",job=\"a\",l=\"2\"} 2");

    bench.put("a", "z 3\n");
    assertThat(bench.lines("x")).isEmpty();
    assertThat(bench.lines("z")).containsExactly("z{instance=\"\",job=\"a\"} 3");

    assertThat(bench.put("a", "")).isEqualTo("200");
    assertThat(bench.lines("z")).isEmpty();
    assertThat(bench.lines("push_time_seconds")).hasSize(1);
  }

  @Test
  void deletesGroups() {
    bench.put("a", "x 1\n");
    bench.put("a/b/c", "x 1\n");

    assertThat(bench.send("DELETE", "/metrics/job/a", "")).isEqualTo("202");
    assertThat(bench.send("DELETE", "/metrics/job/nothing", "")).isEqualTo("202");

    assertThat(bench.lines("x")).containsExactly("x{b=\"c\",instance=\"\",job=\"a\"} 1");
    assertThat(bench.put("b", "# TYPE x counter\nx 1\n")).startsWith("400");
    bench.send("DELETE", "/metrics/job/a/b/c", "");
    assertThat(bench.put("b", "# TYPE x counter\nx 1\n")).isEqualTo("200");
  }

  /** Statuses and texts were compared with Pushgateway 1.5.1 by sending both the same. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "job/b | x y~ | 400 text format parsing error in line 1: expected float as value, got"
            + " \"y\"",
        "job/b | x 1 | 400 text format parsing error in line 1: unexpected end of input stream",
        "job/b | x 1 1234~ | 400 @: pushed metrics must not have timestamps",
        "job/b | # TYPE there gauge~there 4~ | 400 @: collected metric \"there\" {"
            + " label:{name:\"instance\" value:\"\"} label:{name:\"job\" value:\"b\"}"
            + " gauge:{value:4} } is not a UNTYPED",
        "job/b | d 4~d 5~ | 400 @: collected metric \"d\" { label:{name:\"instance\" value:\"\"}"
            + " label:{name:\"job\" value:\"b\"} untyped:{value:5} } was collected before with the"
            + " same name and label values",
        "job/b | there{job=\"x\"} 4~there{job=\"y\"} 5~ | 400 @: collected metric \"there\" {"
            + " label:{name:\"instance\" value:\"\"} label:{name:\"job\" value:\"b\"}"
            + " untyped:{value:5} } was collected before with the same name and label values",
        "job/a | there{instance=\"i\"} 4~ | 400 @: collected metric \"there\" {"
            + " label:{name:\"instance\" value:\"i\"} label:{name:\"job\" value:\"a\"}"
            + " untyped:{value:4} } was collected before with the same name and label values",
        "job/b | hi_bucket 3~ | 400 @: collected metric named \"hi_bucket\" collides with"
            + " previously collected histogram named \"hi\"",
        "job/b | su_sum 3~ | 400 @: collected metric named \"su_sum\" collides with previously"
            + " collected summary named \"su\"",
        "job/b | # TYPE odd summary~odd_sum 3~ | 400 @: collected histogram or summary named"
            + " \"odd\" collides with previously collected metric named \"odd_count\"",
        "job/b | # TYPE pushgateway_http_requests_total gauge~pushgateway_http_requests_total 3~"
            + " | 400 @: gathered metric family pushgateway_http_requests_total has type GAUGE but"
            + " should have COUNTER",
        "job@base64/= | x 1~ | 400 job name is required",
        "job@base64/a!b | x 1~ | 400 invalid base64 encoding in job name \"\": illegal base64 data"
            + " at input byte 1",
        "job/a/p@base64/!! | x 1~ | 400 invalid base64 encoding for label p=\"!!\": illegal base64"
            + " data at input byte 0",
        "job/a/p | x 1~ | 400 odd number of components in label string \"/p\"",
        "job/a/__p/x | x 1~ | 400 improper label name \"__p\"",
        "job/a/p-p/x | x 1~ | 400 improper label name \"p-p\"",
        "job/b | {\"u.v\"} 4~ | 400 text format parsing error in line 1: invalid metric name"
            + " \"u.v\"",
        "job/b | su_bucket 3~ | 200",
        "job/a/ | there 3~ | 200",
        "job/a/p/ | there 3~ | 200",
        "job/a/job/z | there 3~ | 200",
        "job@base64/Zm9vL2Jhcg==/p@base64/L3Zhci90bXA | there 3~ | 200",
        "job/b | # TYPE push_time_seconds counter~push_time_seconds 3~ | 200",
      })
  void answersAsThePushgateway(String path, String body, String answer) {
    bench.put("a", "there 3\n");
    bench.put("a/instance/i", "there 3\n");
    bench.put(
        "kinds",
        "# TYPE hi histogram\nhi_bucket{le=\"1\"} 1\nhi_count 1\n# TYPE su summary\nsu_count 3\n"
            + "odd_count 1\n");

    assertThat(bench.send("PUT", "/metrics/" + path, body.replace('~', '\n')))
        .isEqualTo(
            answer.replace(
                "@", "pushed metrics are invalid or inconsistent with existing metrics"));
  }

  @Test
  void notesWhenAPushFailedAndKeepsWhatWasThere() {
    bench.put("a", "x 1\n");
    bench.clock.forward(Duration.ofSeconds(8));
    bench.put("a", "x 1 1\n");

    assertThat(bench.lines("x")).hasSize(1);
    assertThat(bench.lines("push_time_seconds")).first().asString().endsWith(" 1.795176e+09");
    assertThat(bench.lines("push_failure_time_seconds"))
        .containsExactly("push_failure_time_seconds{instance=\"\",job=\"a\"} 1.795176008e+09");
    assertThat(bench.get("/api/v1/metrics")).contains("\"last_push_successful\":false");

    bench.clock.forward(Duration.ofSeconds(1));
    bench.put("a", "x 2\n");
    assertThat(bench.get("/api/v1/metrics")).contains("\"last_push_successful\":true");
  }

  @Test
  void countsAllThatIsWrong() {
    assertThat(bench.put("a", "d 4\nd 5\nd 6\n"))
        .startsWith(
            "400 pushed metrics are invalid or inconsistent with existing metrics: 2 error(s)"
                + " occurred:\n* collected metric \"d\" { ");
  }

  @Test
  void takesAnythingWithoutTheCheckAndStillServesWhatFits() {
    restart(Map.of("disableConsistencyCheck", true));
    assertThat(bench.put("a", "x 1\n")).isEqualTo("202");
    assertThat(bench.put("b", "# TYPE x gauge\nx 2\n")).isEqualTo("202");
    assertThat(bench.put("c", "x{l=\"1\"} 3\nx{l=\"1\"} 4\n")).isEqualTo("202");
    assertThat(bench.put("d", "x 3 1234\n")).isEqualTo("202");

    assertThat(bench.lines("x"))
        .containsExactly("x{instance=\"\",job=\"a\"} 1", "x{instance=\"\",job=\"c\",l=\"1\"} 3");
  }

  @Test
  void readsSnappyAndRefusesWhatIsNone() throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (var out = new SnappyFramedOutputStream(new SnappyJavaCompressor(), packed)) {
      out.write("x 1\n".getBytes(StandardCharsets.UTF_8));
    }
    Map<String, String> snappy = Map.of("Content-Encoding", "snappy");

    assertThat(bench.send("PUT", "/metrics/job/a", packed.toByteArray(), snappy).answer())
        .isEqualTo("200");
    assertThat(bench.lines("x")).hasSize(1);
    assertThat(bench.send("PUT", "/metrics/job/a", new byte[] {1, 2, 3}, snappy).answer())
        .isEqualTo("400 snappy: corrupt input");
  }

  @Test
  void givesBackAllOfAProtobufHistogram() {
    // A native histogram with an exemplar's field and one that nobody knows.
    Message histogram =
        new Message()
            .integer(1, 3)
            .float64(2, 4.5)
            .integer(5, 2)
            .message(12, new Message().integer(1, 1).integer(2, 1))
            .message(99, new Message().text(1, "later"));
    Message metric =
        new Message().message(1, new Message().text(1, "l").text(2, "v")).message(7, histogram);
    byte[] family = new Message().text(1, "nat").integer(3, 4).message(4, metric).toByteArray();
    byte[] body = new Message().varint(family.length).raw(family).toByteArray();

    assertThat(bench.send("PUT", "/metrics/job/a", body, PROTOBUF).answer()).isEqualTo("200");

    assertThat(bench.send("GET", "/metrics", new byte[0], PROTOBUF).bytes())
        .containsSequence(new Message().message(7, histogram).toByteArray());
    assertThat(bench.lines("nat"))
        .containsExactly(
            "nat_bucket{instance=\"\",job=\"a\",l=\"v\",le=\"+Inf\"} 3",
            "nat_sum{instance=\"\",job=\"a\",l=\"v\"} 4.5",
            "nat_count{instance=\"\",job=\"a\",l=\"v\"} 3");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"05616263 | 400 unexpected EOF", "03ffffff | 400 unexpected EOF"})
  void refusesBrokenProtobuf(String hex, String answer) {
    byte[] body = java.util.HexFormat.of().parseHex(hex);

    assertThat(bench.send("PUT", "/metrics/job/a", body, PROTOBUF).answer()).isEqualTo(answer);
  }

  @Test
  void servesTheNamesOfUtf8InQuotesToWhoUnderstandsThem() {
    restart(Map.of("enableUtf8Names", true));
    bench.put("a/U__label_2e_name/v", "{\"m.x\",\"l y\"=\"1\"} 3\n");

    assertThat(bench.lines("m"))
        .containsExactly("m_x{instance=\"\",job=\"a\",l_y=\"1\",label_name=\"v\"} 3");
    FakeResponse utf8 =
        bench.send(
            "GET",
            "/metrics",
            new byte[0],
            Map.of("Accept", "text/plain;version=1.0.0;escaping=allow-utf-8"));
    assertThat(utf8.text())
        .contains("{\"m.x\",instance=\"\",job=\"a\",\"l y\"=\"1\",\"label.name\"=\"v\"} 3\n");
  }

  @Test
  void forgetsGroupsAfterTheirTimeToLive() {
    restart(Map.of("groupTtl", Duration.ofMinutes(5)));
    bench.put("a", "x 1\n");
    bench.clock.forward(Duration.ofMinutes(4));
    bench.put("b", "x{l=\"1\"} 1\n");
    bench.clock.forward(Duration.ofMinutes(1));
    assertThat(bench.lines("x")).hasSize(2);

    bench.clock.forward(Duration.ofSeconds(1));

    assertThat(bench.lines("x")).containsExactly("x{instance=\"\",job=\"b\",l=\"1\"} 1");
    assertThat(bench.get("/")).contains("1 group, each deleted 5m after its last push");
  }

  @Test
  void neverForgetsGroupsOtherwise() {
    bench.put("a", "x 1\n");
    bench.clock.forward(Duration.ofDays(10_000));

    assertThat(bench.lines("x")).hasSize(1);
  }

  @Test
  void wipesOnlyForAdministrators() {
    bench.put("a", "x 1\n");
    assertThat(bench.send("PUT", "/api/v1/admin/wipe", "")).isEqualTo("404 404 page not found");
    assertThat(bench.lines("x")).hasSize(1);

    bench.flags.put("web.enable-admin-api", "true");
    assertThat(bench.send("PUT", "/api/v1/admin/wipe", "")).isEqualTo("202");
    assertThat(bench.lines("push_")).isEmpty();
    assertThat(bench.lines("pushgateway_http_requests_total{code=\"202\",handler=\"wipe\""))
        .hasSize(1);
  }

  @Test
  void tellsGroupsAndStateByApi() {
    bench.flags.put("push.group-ttl", "0s");
    bench.put(
        "a",
        "# HELP s <help>\n# TYPE s summary\ns{quantile=\"0.5\"} 1e6\ns_sum 2\ns_count 3\n"
            + "# TYPE h histogram\nh_bucket{le=\"1\"} 2\nh_count 2000000\n");

    assertThat(bench.get("/api/v1/metrics"))
        .startsWith(
            "{\"status\":\"success\",\"data\":[{\"labels\":{\"job\":\"a\"},"
                + "\"last_push_successful\":true,\"h\":{\"time_stamp\":\"2026-11-20T12:00:00Z\","
                + "\"type\":\"HISTOGRAM\",\"metrics\":[{\"labels\":{\"instance\":\"\","
                + "\"job\":\"a\"},\"buckets\":{\"1\":\"2\"},\"count\":\"2000000\",\"sum\":\"0\"}]}")
        .contains(
            "\"s\":{\"time_stamp\":\"2026-11-20T12:00:00Z\",\"type\":\"SUMMARY\","
                + "\"help\":\"\\u003chelp\\u003e\",\"metrics\":[{\"labels\":{\"instance\":\"\","
                + "\"job\":\"a\"},\"quantiles\":{\"0.5\":\"1e+06\"},\"count\":\"3\",\"sum\":\"2\"}]}");
    assertThat(bench.get("/api/v1/status"))
        .contains("\"flags\":{\"push.group-ttl\":\"0s\"}", "\"version\":\"1.11.3\"");
  }

  @Test
  void showsWhatWasPushedAsText() {
    bench.put("a/l/<script>", "x{m=\"<img>\"} 1\n");

    String page = bench.get("/");

    assertThat(page)
        .contains("&lt;script&gt;", "&lt;img&gt;", "data-delete=\"metrics/job@base64/YQ/l@base64/")
        .doesNotContain("<img>", "<script>");
  }

  @Test
  void keepsThePageSmallHoweverMuchWasPushed() {
    for (int group = 0; group < 60; group++) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < 300; i++) {
        text.append("m{l=\"").append(i).append("\"} 1\n");
      }
      bench.put("g" + group, text.toString());
    }

    String page = bench.get("/");

    assertThat(page).contains("60 groups", "and 100 more", "those of this group are in");
    assertThat(page.split("data-delete=", -1)).hasSize(61);
    assertThat(page.length()).isLessThan(2 << 20);
  }

  @Test
  void reachesAnyGroupByThePathOfItsButton() {
    restart(Map.of("enableUtf8Names", true));
    bench.put("a/b/c/U__odd_2e_name/", "x 1\n");
    String page = bench.get("/");
    String path = page.substring(page.indexOf("data-delete=\"") + 13).split("\"")[0];

    assertThat(bench.send("DELETE", "/" + path, "")).isEqualTo("202");

    assertThat(bench.lines("push_")).isEmpty();
  }

  @Test
  void keepsGroupsWhereATelemetryPathIsSaid() {
    restart(Map.of("telemetryPath", "/here"));
    bench.put("a", "x 1\n");

    assertThat(bench.get("/here")).contains("x{instance=\"\",job=\"a\"} 1");
    assertThat(bench.send("GET", "/metrics", "")).isEqualTo("404 404 page not found");
    assertThat(bench.send("GET", "/metrics/job/a", "")).isEqualTo("405 Method Not Allowed");
  }

  @Test
  void keepsGroupsInAFile(@TempDir Path directory) {
    String file = directory.resolve("groups").toString();
    restart(Map.of("persistenceFile", file));
    bench.put("a", "# HELP x what\n# TYPE x counter\nx{l=\"1\"} 1\n");
    bench.clock.forward(Duration.ofSeconds(1));
    bench.put("a", "x 1 1\n");
    String before = bench.get("/api/v1/metrics");

    restart(Map.of("persistenceFile", file));

    assertThat(bench.get("/api/v1/metrics")).isEqualTo(before);
    assertThat(bench.put("b", "# TYPE x gauge\nx 1\n")).startsWith("400");
  }

  /** A scrape while the file is being read must not find the groups gone. */
  @Test
  void answersNothingAboutGroupsBeforeTheyAreLoaded() {
    bench.put("a", "x 1\n");
    bench.gateway.stop();

    for (String path : List.of("/metrics", "/api/v1/metrics", "/", "/-/ready", "/-/healthy")) {
      assertThat(bench.send("GET", path, "")).as(path).startsWith("503 Service Unavailable");
    }
    assertThat(bench.put("a", "x 2\n")).startsWith("503 Service Unavailable");
    assertThat(bench.send("DELETE", "/metrics/job/a", "")).startsWith("503 Service Unavailable");

    bench.gateway.start();
    assertThat(bench.lines("x")).containsExactly("x{instance=\"\",job=\"a\"} 1");
  }

  @Test
  void putsAFileThatItCannotReadAside(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("groups");
    Files.writeString(file, "something else");

    restart(Map.of("persistenceFile", file.toString()));
    bench.put("a", "x 1\n");
    bench.close();

    assertThat(directory.resolve("groups.unreadable")).hasContent("something else");
    assertThat(new GroupFile(file).load()).hasSize(1);

    Files.writeString(file, "another");
    restart(Map.of("persistenceFile", file.toString()));
    assertThat(directory.resolve("groups.unreadable")).hasContent("something else");
    assertThat(directory.resolve("groups.unreadable.2")).hasContent("another");
  }

  /** Held against Pushgateway 1.5.1. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      value = {
        "PUT | /metrics | 405 Method Not Allowed | GET, OPTIONS",
        "PATCH | /metrics/job/a | 405 Method Not Allowed | DELETE, OPTIONS, POST, PUT",
        "GET | /metrics/job/a/l/v | 405 Method Not Allowed | DELETE, OPTIONS, POST, PUT",
        "GET | /metrics/job@base64/YQ | 405 Method Not Allowed | DELETE, OPTIONS, POST, PUT",
        "POST | / | 405 Method Not Allowed | GET, OPTIONS",
        "DELETE | /status | 405 Method Not Allowed | GET, OPTIONS",
        "DELETE | /-/quit | 405 Method Not Allowed | GET, OPTIONS, POST, PUT",
        "PUT | /-/healthy | 405 Method Not Allowed | GET, OPTIONS",
        "PUT | /api/v1/metrics | 405 Method Not Allowed | GET, OPTIONS",
        "POST | /api/v1/admin/wipe | 404 404 page not found | none",
        "PUT | /api/v1/nothing | 404 404 page not found | none",
        "GET | /metrics/job | 404 404 page not found | none",
        "GET | /metrics/job/ | 404 404 page not found | none",
        "PUT | /metrics/job | 404 404 page not found | none",
        "DELETE | /metrics/job@base64 | 404 404 page not found | none",
        "POST | /nothing | 404 404 page not found | none",
        "GET | /nothing/ | 404 404 page not found | none",
        "GET | /metrics/ | 301 | none",
        "GET | /status/ | 301 | none",
      })
  void tellsPathsThatThereAreFromThoseThatThereAreNot(
      String method, String path, String answer, @Nullable String allow) {
    FakeResponse exchange = bench.send(method, path, new byte[0], Map.of());

    assertThat(exchange.answer()).isEqualTo(answer);
    assertThat(exchange.headers().get("Allow")).isEqualTo(allow);
    if (exchange.status() == 301) {
      assertThat(path).isEqualTo(exchange.headers().get("Location") + "/");
    }
  }

  @Test
  void toleratesOnlyPutForWiping() {
    bench.flags.put("web.enable-admin-api", "true");
    FakeResponse exchange = bench.send("POST", "/api/v1/admin/wipe", new byte[0], Map.of());

    assertThat(exchange.answer()).isEqualTo("405 Method Not Allowed");
    assertThat(exchange.headers()).containsEntry("Allow", "OPTIONS, PUT");
  }

  @Test
  void showsNumbersAndTextsOnThePageSoThatTheyCanBeRead() {
    bench.put("a", "x{l=\"1\\n\\\"2\"} 1e300\ny 1234567.5\nz 1e-12\nw -Inf\nv 0\n");

    assertThat(bench.get("/"))
        .contains(
            "\"1\\n\\&quot;2\"",
            "number\">1e+300<",
            "number\">1234567.5<",
            "number\">1e-12<",
            "number\">-Inf<",
            "number\">0<");
  }

  @Test
  void writesTimesAsGoDoes() {
    bench.clock.forward(Duration.ofNanos(120_000_000));
    bench.put("a", "x 1\n");

    assertThat(bench.get("/api/v1/metrics")).contains("\"time_stamp\":\"2026-11-20T12:00:00.12Z\"");
    bench.clock.forward(Duration.ofMillis(880));
    bench.put("a", "x 1\n");
    assertThat(bench.get("/api/v1/metrics")).contains("\"time_stamp\":\"2026-11-20T12:00:01Z\"");
  }

  @Test
  void answersInEveryFormWhateverWasAskedForBefore() {
    restart(Map.of("enableUtf8Names", true));
    bench.put("a", "classic{l=\"1\"} 1\n{\"m.x\",\"a:b\"=\"1\"} 3\n");
    Map<String, String> utf8 = Map.of("Accept", "text/plain;version=1.0.0;escaping=allow-utf-8");
    byte[] nothing = new byte[0];
    byte[] messages = null;
    for (int i = 0; i < 2; i++) {
      assertThat(bench.lines("m_x")).containsExactly("m_x{a_b=\"1\",instance=\"\",job=\"a\"} 3");
      assertThat(bench.send("GET", "/metrics", nothing, utf8).text())
          .contains(
              "\nclassic{instance=\"\",job=\"a\",l=\"1\"} 1\n",
              "\n{\"m.x\",\"a:b\"=\"1\",instance=\"\",job=\"a\"} 3\n");
      byte[] next = bench.send("GET", "/metrics", nothing, PROTOBUF).bytes();
      assertThat(new String(next, StandardCharsets.UTF_8)).contains("m.x", "a:b", "classic");
      assertThat(messages == null ? next : messages).hasSameSizeAs(next);
      messages = next;
      assertThat(bench.lines("classic"))
          .containsExactly("classic{instance=\"\",job=\"a\",l=\"1\"} 1");
    }
  }

  @Test
  void neverShowsHalfAPush() throws Exception {
    int pushers = 8;
    int each = 200;
    CountDownLatch done = new CountDownLatch(pushers);
    for (int i = 0; i < pushers; i++) {
      String number = Integer.toString(i);
      Thread.ofVirtual()
          .start(() -> {
            for (int n = 0; n < each; n++) {
              bench.put("a", "x " + number + "\ny " + number + "\n");
              bench.put("own" + number, "z " + n + "\n");
            }
            done.countDown();
          });
    }
    do {
      List<String> x = bench.lines("x");
      String page = bench.get("/metrics");
      if (!x.isEmpty()) {
        String value = value(page, "x{instance=\"\",job=\"a\"} ");
        assertThat(value(page, "y{instance=\"\",job=\"a\"} ")).isEqualTo(value);
      }
    } while (done.getCount() > 0);

    for (int i = 0; i < pushers; i++) {
      assertThat(bench.lines("z{instance=\"\",job=\"own" + i + "\"}"))
          .containsExactly("z{instance=\"\",job=\"own" + i + "\"} " + (each - 1));
    }
  }

  private static String value(String page, String series) {
    return page.lines()
        .filter(line -> line.startsWith(series))
        .findFirst()
        .orElseThrow()
        .substring(series.length());
  }

  @Test
  void sortsLabelsOfAGroup() {
    assertThat(
            Group.grouped(
                List.of(new Label("z", "1"), new Label("job", "x")), Map.of("job", "a", "b", "c")))
        .containsExactly(
            new Label("b", "c"),
            new Label("instance", ""),
            new Label("job", "a"),
            new Label("z", "1"));
  }
}
