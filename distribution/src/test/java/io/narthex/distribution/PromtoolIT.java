package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program {@code promtool} of the tarball. */
class PromtoolIT {
  @TempDir private static Path directory;
  private static Installation installation;

  @BeforeAll
  static void unpack() throws IOException {
    installation = Installation.unpackInto(directory.resolve("installation"));
  }

  private static Ended promtool(String... arguments) throws IOException {
    return installation.launch("promtool", arguments).in(directory).run();
  }

  @Test
  void importsAndListsAndDumps() throws Exception {
    Path input = directory.resolve("input.om");
    Files.writeString(
        input,
        "# TYPE requests counter\nrequests_total{code=\"200\"} 5 1700000000\n"
            + "requests_total{code=\"200\"} 7 1700000015\n# EOF\n");
    Ended imported =
        promtool("tsdb", "create-blocks-from", "openmetrics", input.toString(), "data");
    assertThat(imported.status()).as(imported.output()).isZero();
    Ended listed = promtool("tsdb", "list", "data");
    assertThat(listed.status()).as(listed.output()).isZero();
    assertThat(listed.out()).contains("NUM SAMPLES").contains("1700000000000");
    Ended dumped = promtool("tsdb", "dump", "data");
    assertThat(dumped.out())
        .isEqualTo(
            """
            {__name__="requests_total", code="200"} 5 1700000000000
            {__name__="requests_total", code="200"} 7 1700000015000
            """);
  }

  @Test
  void makesBlocksOfWhatRulesWouldHaveRecorded() throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/api/v1/query_range",
        exchange -> {
          byte[] answer =
              ("{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{"
                      + "\"metric\":{\"job\":\"x\"},\"values\":[[1700000000,\"5\"]]}]}}")
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    try {
      Files.writeString(
          directory.resolve("record.yml"),
          "groups: [{name: g, rules: [{record: r, expr: sum by(job) (up), labels: {a: b}}]}]");
      Ended made =
          promtool(
              "tsdb",
              "create-blocks-from",
              "--max-block-duration=6h",
              "rules",
              "--url=http://127.0.0.1:" + server.getAddress().getPort(),
              "--start=1700000000",
              "--end=1700000100",
              "--output-dir=recorded",
              "record.yml");
      assertThat(made.status()).as(made.output()).isZero();
      assertThat(made.err()).contains("msg=\"processing rule\" component=backfiller id=0 name=r");
      assertThat(promtool("tsdb", "dump", "recorded").out())
          .isEqualTo("{__name__=\"r\", a=\"b\", job=\"x\"} 5 1700000000000\n");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void formatsAndEditsExpressions() throws Exception {
    Ended formatted = promtool("promql", "format", "sum(a)by(b)");
    assertThat(formatted.output()).isEqualTo("sum by (b) (a)\n");
    assertThat(formatted.status()).isZero();
    Ended upstream = promtool("--experimental", "promql", "format", "a +");
    assertThat(upstream.err()).isEqualTo("1:4: parse error: unexpected end of input\n");
    assertThat(upstream.status()).isEqualTo(1);
    Ended edited = promtool("promql", "label-matchers", "set", "-t", "=~", "a / b", "c", "d.*");
    assertThat(edited.out()).isEqualTo("a{c=~\"d.*\"} / b{c=~\"d.*\"}\n");
  }

  @Test
  void saysWhatBelongsToAGroupOfCommands() throws Exception {
    Ended help = promtool("tsdb", "--help");
    assertThat(help.status()).isZero();
    assertThat(help.out()).contains("usage: promtool tsdb <command>", "tsdb analyze", "tsdb list");
    Ended alone = promtool("tsdb");
    assertThat(alone.status()).isEqualTo(1);
    assertThat(alone.err()).startsWith("promtool: error: must select a subcommand of 'tsdb'");
    Ended bogus = promtool("bogus");
    assertThat(bogus.status()).isEqualTo(1);
    assertThat(bogus.err())
        .isEqualTo("promtool: error: expected command but got \"bogus\", try --help\n");
    Ended flag = promtool("--bogus=1");
    assertThat(flag.status()).isEqualTo(1);
    assertThat(flag.err()).isEqualTo("promtool: error: unknown long flag '--bogus', try --help\n");
    for (Ended overview : List.of(promtool(), promtool("help"), promtool("--help"))) {
      assertThat(overview.status()).isZero();
      assertThat(overview.out()).contains("usage: promtool <command>", "check config", "tsdb list");
    }
    assertThat(promtool("help", "check", "config").out()).contains("--lint-fatal");
    assertThat(promtool("help", "tsdb").out()).contains("usage: promtool tsdb <command>");
    Ended unknown = promtool("tsdb", "foo");
    assertThat(unknown.status()).isEqualTo(1);
    assertThat(unknown.err()).startsWith("promtool: error: expected command but got \"foo\"");
  }

  @Test
  void runsScriptsThatTestTheLanguage() throws Exception {
    Files.writeString(
        directory.resolve("good.test"),
        "load 1m\n  m 1+1x10\n\neval instant at 5m increase(m[2m] anchored)\n  {} 2\n");
    Files.writeString(directory.resolve("bad.test"), "eval instant at 0 1 + 1\n  3\n");
    Ended good = promtool("test", "promql", "good.test");
    assertThat(good.out()).isEqualTo("good.test: PASS 1 FAIL 0\nPASS 1 FAIL 0\n");
    assertThat(good.status()).isZero();
    Ended both = promtool("test", "promql", "good.test", "bad.test");
    assertThat(both.out())
        .isEqualTo("good.test: PASS 1 FAIL 0\nbad.test: PASS 0 FAIL 1\nPASS 1 FAIL 1\n");
    assertThat(both.err())
        .isEqualTo("bad.test: line 1: eval instant at 0 1 + 1\n  expected scalar 3 but got 2\n");
    assertThat(both.status()).isEqualTo(1);
  }

  @Test
  void asksAServer() throws Exception {
    List<String> asked = new CopyOnWriteArrayList<>();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.add(
              exchange.getRequestMethod()
                  + " "
                  + exchange.getRequestURI()
                  + " "
                  + exchange.getRequestHeaders().getFirst("Authorization")
                  + " "
                  + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          byte[] answer =
              ("{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":["
                   + "{\"metric\":{\"__name__\":\"up\",\"job\":\"a\"},\"value\":[10.5,\"1\"]}]}}")
                  .getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    try {
      Files.writeString(directory.resolve("http.yml"), "authorization: {credentials: hidden}\n");
      Ended ended =
          promtool(
              "query",
              "--http.config.file=http.yml",
              "instant",
              "--time=10.5",
              "http://127.0.0.1:" + server.getAddress().getPort(),
              "up");
      assertThat(ended.out()).as(ended.output()).isEqualTo("up{job=\"a\"} => 1 @[10.5]\n");
      assertThat(ended.status()).isZero();
      assertThat(asked).containsExactly("POST /api/v1/query Bearer hidden query=up&time=10.5");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void testsRules() throws Exception {
    Files.writeString(
        directory.resolve("tested.rules.yml"),
        """
        groups:
        - name: g
          rules:
          - {record: up:sum, expr: sum(up)}
          - alert: Down
            expr: up == 0
            for: 1m
            annotations: {text: '{{ $labels.job }} for {{ with query "up:sum" }}{{ . | first | value }}{{ end }}'}
        """);
    Files.writeString(
        directory.resolve("tests.yml"),
        """
        rule_files: [tested.rules.yml]
        tests:
        - input_series:
          - {series: 'up{job="a"}', values: 1 0 0}
          - {series: h, values: '{{count:2 sum:3 buckets:[2]}}x2'}
          alert_rule_test:
          - eval_time: 2m
            alertname: Down
            exp_alerts: [{exp_labels: {job: a}, exp_annotations: {text: a for 0}}]
          promql_expr_test:
          - {expr: 'up:sum', eval_time: 0m, exp_samples: [{labels: 'up:sum', value: 1}]}
          - expr: h
            eval_time: 2m
            exp_samples: [{labels: h, histogram: '{{count:2 sum:3 counter_reset_hint:not_reset buckets:[2]}}'}]
        """);
    Ended ended = promtool("test", "--junit=junit.xml", "rules", "tests.yml");
    assertThat(ended.output()).isEqualTo("  SUCCESS\n\n");
    assertThat(ended.status()).isZero();
    assertThat(Files.readString(directory.resolve("junit.xml")))
        .startsWith("<testsuites><testsuite name=\"tests.yml\" tests=\"1\" failures=\"0\"");
  }
}
