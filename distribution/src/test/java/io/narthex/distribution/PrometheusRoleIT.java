package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code bin/prometheus} in the place of the program of that name. */
class PrometheusRoleIT {
  private static final String SCRAPES_ITSELF =
      """
      global: {scrape_interval: 1s, scrape_timeout: 1s}
      scrape_configs:
        - job_name: "%s"
          static_configs: [{targets: ["%s"]}]
      """;

  @TempDir static Path temporary;
  private static Installation installation;

  @BeforeAll
  static void unpack() throws IOException {
    installation = Installation.unpackInto(temporary);
  }

  @Test
  void takesTheFlagsOfItsUsers() throws IOException {
    Work work = Work.in(temporary.resolve("flags"));
    Path config = work.config("p.yml", SCRAPES_ITSELF.formatted("self", work.api().address()));
    Path data = temporary.resolve("the data");
    Launch launch =
        installation
            .launch(
                "prometheus",
                "--config.file=" + config,
                "--storage.tsdb.path=" + data,
                "--web.listen-address=" + work.api().address(),
                "--web.enable-remote-write-receiver",
                "--web.enable-admin-api",
                "--storage.tsdb.retention.time=10y",
                "--query.max-samples=100000000",
                "--log.level=warn")
            .in(work.directory());
    try (Child prometheus = launch.start()) {
      Api api = work.api();
      api.awaitReady(prometheus);
      prometheus.await("up", () -> api.query("up{job=\"self\"} == 1"), s -> s.size() == 1);

      JsonNode flags = api.data("/api/v1/status/flags");
      assertThat(flags.path("config.file").asString()).isEqualTo(config.toString());
      assertThat(flags.path("storage.tsdb.path").asString()).isEqualTo(data.toString());
      assertThat(flags.path("query.max-samples").asString()).isEqualTo("100000000");
      assertThat(flags.path("query.lookback-delta").asString()).isEqualTo("5m");
      assertThat(flags.path("log.level").asString()).isEqualTo("warn");
      assertThat(data).isDirectory();
      assertThat(work.directory().resolve("data")).doesNotExist();
      assertThat(api.data("/api/v1/status/buildinfo").path("version").asString())
          .isEqualTo("3.14.0");
      assertThat(api.get("/-/healthy").body()).isEqualTo("Prometheus Server is Healthy.\n");
      assertThat(api.get("/-/ready").body()).isEqualTo("Prometheus Server is Ready.\n");
      assertThat(prometheus.output()).doesNotContain("level=INFO");
      assertThat(prometheus.terminate().status()).isZero();
    }
  }

  @Test
  void takesValuesAfterASpaceAndFlagsFromAFile() throws IOException {
    Work work = Work.in(temporary.resolve("spaces"));
    work.config("p.yml", SCRAPES_ITSELF.formatted("spaced", work.api().address()));
    work.config("flags", "--config.file\np.yml\n--web.enable-lifecycle\n");
    Launch launch =
        installation
            .launch("prometheus", "@flags", "--web.listen-address", work.api().address())
            .in(work.directory());
    try (Child prometheus = launch.start()) {
      work.api().awaitReady(prometheus);

      assertThat(work.api().data("/api/v1/targets").path("activeTargets").toString())
          .contains("spaced");
      assertThat(work.api().post("/-/reload").status()).isEqualTo(200);
    }
  }

  @Test
  void readsTheFileOfTheWorkingDirectoryWhenNoneIsNamed() throws IOException {
    Work work = Work.in(temporary.resolve("unnamed"));
    work.config("prometheus.yml", SCRAPES_ITSELF.formatted("here", work.api().address()));
    try (Child prometheus = startUnnamed(work)) {
      assertThat(work.api().data("/api/v1/targets").path("activeTargets").toString())
          .contains("\"job\":\"here\"");
    }
  }

  @Test
  void readsTheFileOfTheInstallationWhenThereIsNoneInTheWorkingDirectory() throws IOException {
    Work work = Work.in(temporary.resolve("shipped"));
    try (Child prometheus = startUnnamed(work)) {
      assertThat(work.api().data("/api/v1/targets").path("activeTargets").toString())
          .contains("\"job\":\"prometheus\"", "localhost:9090");
    }
  }

  private static Child startUnnamed(Work work) throws IOException {
    Child child =
        installation
            .launch("prometheus", "--web.listen-address=" + work.api().address())
            .in(work.directory())
            .start();
    try {
      work.api().awaitReady(child);
      child.await(
          "a target",
          () -> work.api().data("/api/v1/targets").path("activeTargets").size(),
          size -> size == 1);
    } catch (AssertionError e) {
      child.close();
      throw e;
    }
    return child;
  }

  @Test
  void runsNoExporters() throws IOException {
    Work work = Work.in(temporary.resolve("alone"));
    work.config("prometheus.yml", "{}\n");
    Launch launch =
        installation
            .launch("prometheus", "--web.listen-address=" + work.api().address())
            .in(work.directory());
    try (Child prometheus = launch.start()) {
      work.api().awaitReady(prometheus);

      assertThat(work.api().get("/exporters/node/metrics").status()).isEqualTo(404);
      assertThat(work.api().get("/metrics").body()).doesNotContain("node_cpu_seconds_total");
    }
  }

  @Test
  void listsItsFlags() throws IOException {
    Ended help = installation.launch("prometheus", "--help").run();

    assertThat(help.status()).isZero();
    assertThat(help.err()).isEmpty();
    assertThat(help.out())
        .startsWith("usage: prometheus [<flags>]")
        .contains(
            "-h, --[no-]help",
            "--[no-]version",
            "--config.file=\"prometheus.yml\"",
            "--web.listen-address=0.0.0.0:9090 ...",
            "--web.config.file=",
            "--web.read-timeout=5m",
            "--web.max-connections=512",
            "--web.external-url=",
            "--web.route-prefix=",
            "--[no-]web.enable-lifecycle",
            "--web.cors.origin=\".*\"",
            "--storage.tsdb.path=\"data/\"",
            "--query.lookback-delta=5m",
            "--query.timeout=2m",
            "--query.max-concurrency=20",
            "--query.max-samples=50000000",
            "--enable-feature=",
            "--log.level=info",
            "--log.format=logfmt")
        .doesNotContain("--collector.");
  }

  @Test
  void takesOtlpWhenToldTo() throws IOException {
    Work work = Work.in(temporary.resolve("otlp"));
    Path config =
        work.config(
            "p.yml", "otlp: {promote_resource_attributes: [host.name]}\nscrape_configs: []\n");
    String path = "/api/v1/otlp/v1/metrics";
    String request =
        """
        {"resourceMetrics": [{
          "resource": {"attributes": [
            {"key": "service.name", "value": {"stringValue": "shop"}},
            {"key": "host.name", "value": {"stringValue": "h1"}}]},
          "scopeMetrics": [{"metrics": [{"name": "orders.size", "unit": "By", "sum": {
            "aggregationTemporality": 2, "isMonotonic": true,
            "dataPoints": [{"timeUnixNano": "%d000000", "asInt": "42"}]}}]}]}]}
        """
            .formatted(System.currentTimeMillis());
    Launch launch =
        installation
            .launch(
                "prometheus",
                "--config.file=" + config,
                "--web.listen-address=" + work.api().address(),
                "--web.enable-otlp-receiver")
            .in(work.directory());
    try (Child prometheus = launch.start()) {
      Api api = work.api();
      api.awaitReady(prometheus);

      Api.Answer answer = api.post(path, "application/json", request);
      assertThat(answer.status()).as(answer.body()).isEqualTo(200);
      assertThat(api.query("orders_size_bytes_total{host_name=\"h1\", job=\"shop\"} == 42"))
          .hasSize(1);
      assertThat(api.query("target_info{host_name=\"h1\", job=\"shop\"}")).hasSize(1);
      assertThat(api.post(path, "application/json", "{").status()).isEqualTo(400);
    }
  }

  @Test
  void saysWhichVersionItStandsInFor() throws IOException {
    Ended version = installation.launch("prometheus", "--version").run();

    assertThat(version.status()).isZero();
    assertThat(version.err()).isEmpty();
    assertThat(version.out()).startsWith("prometheus, version 3.14.0");
  }

  @Test
  void refusesAnUnknownFlagAsTheRealOneDoes() throws IOException {
    Ended ended = installation.launch("prometheus", "--nonsense").run();

    assertThat(ended.status()).isEqualTo(2);
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err())
        .startsWith("Error parsing command line arguments: unknown long flag '--nonsense'\n")
        .contains("prometheus: error: unknown long flag '--nonsense'");
  }

  @Test
  void writesJsonLogsWhenAsked() throws IOException {
    Work work = Work.in(temporary.resolve("json"));
    Files.writeString(work.directory().resolve("prometheus.yml"), "{}\n");
    Launch launch =
        installation
            .launch(
                "prometheus", "--log.format=json", "--web.listen-address=" + work.api().address())
            .in(work.directory());
    try (Child prometheus = launch.start()) {
      work.api().awaitReady(prometheus);

      assertThat(prometheus.output().lines())
          .isNotEmpty()
          .allMatch(line -> line.startsWith("{\"time\":\"") && line.endsWith("}"));
    }
  }
}
