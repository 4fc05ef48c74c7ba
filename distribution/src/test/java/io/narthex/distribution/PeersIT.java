package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Narthex beside the programs that it stands in for, in both directions. */
class PeersIT {
  private static final Path PROMETHEUS = Path.of("/usr/bin/prometheus");
  private static final Path PROMTOOL = Path.of("/usr/bin/promtool");
  private static final Path NODE_EXPORTER = Path.of("/usr/bin/prometheus-node-exporter");

  /** Series that the scrape itself adds. */
  private static final Set<String> OF_THE_SCRAPE =
      Set.of(
          "up",
          "scrape_duration_seconds",
          "scrape_samples_scraped",
          "scrape_samples_post_metric_relabeling",
          "scrape_series_added");

  @TempDir static Path temporary;
  private static Installation installation;

  @BeforeAll
  static void unpack() throws IOException {
    installation = Installation.unpackInto(temporary);
  }

  @Test
  void everySeriesOfTheRealNodeExporterIsStored() throws IOException {
    Api exporter = Api.onPort(Ports.free());
    Work work = Work.in(temporary.resolve("stored"));
    Path config = work.config("narthex.yml", scrapeOf("debian", exporter));
    try (Child node = nodeExporter(exporter);
        Child narthex = work.narthex(installation, config).start()) {
      awaitPage(node, exporter);
      work.api().awaitReady(narthex);
      Set<Map<String, String>> before = Exposition.series(exporter.get("/metrics").body());
      narthex.await(
          "three scrapes",
          () -> work.api().metric(scrapesOf("prometheus_target_interval_length_seconds_count")),
          count -> count >= 3);
      Set<Map<String, String>> after = Exposition.series(exporter.get("/metrics").body());

      List<Map<String, String>> stored = new ArrayList<>();
      for (JsonNode series :
          work.api().data("/api/v1/series?match%5B%5D=" + Api.encoded("{job=\"debian\"}"))) {
        stored.add(Api.labels(series));
      }
      Set<Map<String, String>> found = Exposition.without(stored, "job", "instance");
      found.removeIf(labels -> OF_THE_SCRAPE.contains(labels.get("__name__")));

      // A network device or a mount may come or go while this test runs.
      Set<Map<String, String>> always = new HashSet<>(before);
      always.retainAll(after);
      Set<Map<String, String>> ever = new HashSet<>(before);
      ever.addAll(after);
      assertThat(always).hasSizeGreaterThan(300);
      assertThat(found).containsAll(always);
      assertThat(ever).containsAll(found);
      Figures.measured("%d series of the real node_exporter stored", found.size());

      assertThat(work.api().number("scrape_samples_scraped", -1))
          .isEqualTo(work.api().number("scrape_samples_post_metric_relabeling", -2))
          .isEqualTo(work.api().number("count({job=\"debian\"}) - 5", -3));
      assertThat(narthex.output().lines())
          .noneMatch(line -> line.contains("level=WARN") || line.contains("level=ERROR"));
    }
  }

  private static String scrapesOf(String metric) {
    return metric + "{interval=\"1s\"}";
  }

  @Test
  void theRealPrometheusScrapesNarthexAndItsNodeExporterWithoutAWarning() throws IOException {
    Work work = Work.in(temporary.resolve("scraped"));
    Work peer = Work.in(temporary.resolve("peer"));
    Path config = work.shippedConfig(installation);
    peer.config(
        "prometheus.yml",
        """
        global: {scrape_interval: 1s, scrape_timeout: 1s}
        scrape_configs:
          - job_name: narthex
            static_configs: [{targets: ["%s"]}]
          - job_name: node
            static_configs: [{targets: ["%s"]}]
        """
            .formatted(work.api().address(), work.exporters().address()));
    try (Child narthex = work.narthex(installation, config).start();
        Child prometheus = prometheus(peer)) {
      work.api().awaitReady(narthex);
      peer.api().awaitReady(prometheus);

      prometheus.await(
          "five scrapes of both targets",
          () -> peer.api().query("count_over_time(up[1h]) >= 5"),
          samples -> samples.size() == 2);

      for (JsonNode target : peer.api().data("/api/v1/targets").path("activeTargets")) {
        assertThat(target.path("lastError").asString()).as(target.toString()).isEmpty();
        assertThat(target.path("health").asString()).as(target.toString()).isEqualTo("up");
      }
      assertThat(peer.api().query("max_over_time(up[1h]) - min_over_time(up[1h]) > 0"))
          .as("targets that were down in between")
          .isEmpty();
      assertThat(prometheus.output().lines())
          .noneMatch(line -> line.contains("level=warn") || line.contains("level=error"));
      assertThat(peer.api().query("scrape_samples_scraped > 100")).hasSize(2);
    }
  }

  @Test
  void promtoolFindsNothingWrongWithOurMetrics() throws IOException {
    assumePresent(PROMTOOL);
    Work work = Work.in(temporary.resolve("checked"));
    Path config = work.shippedConfig(installation);
    try (Child narthex = work.narthex(installation, config).start()) {
      work.api().awaitReady(narthex);
      narthex.await("up", () -> work.api().query("up == 1"), samples -> samples.size() == 2);

      Ended own = promtool("own.prom", work.api().get("/metrics").body());
      Ended node = promtool("node.prom", work.exporters().get("/metrics").body());

      // Prometheus 3 itself names these metrics against the rules, and ours are the same.
      assertThat(own.output().lines())
          .containsExactlyInAnyOrderElementsOf(
              Stream.of(
                      "prometheus_engine_query_duration_histogram_seconds",
                      "prometheus_rule_evaluation_duration_histogram_seconds",
                      "prometheus_rule_group_duration_histogram_seconds",
                      "prometheus_sd_refresh_duration_histogram_seconds",
                      "prometheus_target_interval_length_histogram_seconds",
                      "prometheus_target_scrapes_exceeded_native_histogram_bucket_limit_total",
                      "prometheus_target_sync_length_histogram_seconds")
                  .map(name -> name + " metric name should not include type 'histogram'")
                  .toList());
      assertThat(own.status()).isIn(0, 3);
      // Some names of node_exporter are older than the rules, and ours are the same.
      Set<String> complaints = new TreeSet<>(node.output().lines().toList());
      assertThat(node.status()).as(node.output()).isIn(0, 3);
      assumePresent(NODE_EXPORTER);
      Api exporter = Api.onPort(Ports.free());
      try (Child real = nodeExporter(exporter)) {
        awaitPage(real, exporter);
        Ended itsOwn = promtool("real.prom", exporter.get("/metrics").body());
        complaints.removeAll(itsOwn.output().lines().toList());
        assertThat(complaints).as("complaints about ours that theirs does not get").isEmpty();
      }
    }
  }

  @Test
  void bothAnswerTheSameAboutTheSameTarget() throws IOException {
    Api exporter = Api.onPort(Ports.free());
    Work work = Work.in(temporary.resolve("ours"));
    Work peer = Work.in(temporary.resolve("theirs"));
    Path config = work.config("narthex.yml", scrapeOf("debian", exporter));
    peer.config("prometheus.yml", scrapeOf("debian", exporter));
    try (Child node = nodeExporter(exporter)) {
      awaitPage(node, exporter);
      try (Child narthex = work.narthex(installation, config).start();
          Child prometheus = prometheus(peer)) {
        work.api().awaitReady(narthex);
        peer.api().awaitReady(prometheus);
        String scraped = "count(node_cpu_seconds_total) > 0";
        narthex.await("a scrape", () -> work.api().query(scraped), s -> !s.isEmpty());
        prometheus.await("a scrape", () -> peer.api().query(scraped), s -> !s.isEmpty());

        // What does not change from scrape to scrape, so that the moment does not matter.
        for (String query :
            List.of(
                "up",
                "up{job=~\"deb.*\",instance!=\"\"} == 1",
                "up == bool 0",
                "count(node_cpu_seconds_total)",
                "count by (mode) (node_cpu_seconds_total)",
                "count without (cpu, mode) (node_cpu_seconds_total)",
                "node_memory_MemTotal_bytes / 1024 ^ 2",
                "node_uname_info",
                "node_uname_info * on (instance) group_left (job) up",
                "node_boot_time_seconds % 86400",
                "group by (device) (node_network_info)",
                "count_values(\"speed\", node_cpu_guest_seconds_total)",
                "topk(1, node_memory_MemTotal_bytes) or up",
                "up and on () node_uname_info",
                "up unless up == 1",
                "quantile(0.5, node_memory_MemTotal_bytes)",
                "-node_memory_MemTotal_bytes",
                "node_memory_MemTotal_bytes > bool 1e6",
                "max(node_filesystem_size_bytes) by (mountpoint)",
                "1 + 2 * 3 ^ 2 - 4 % 3",
                "nonexistent")) {
          assertThat(comparable(work.api(), query))
              .as(query)
              .isEqualTo(comparable(peer.api(), query));
        }
        for (String query : List.of("up{", "sum(", "up + on(a) group_left() {}", "rate(up)")) {
          Api.Answer ours = work.api().get("/api/v1/query?query=" + Api.encoded(query));
          Api.Answer theirs = peer.api().get("/api/v1/query?query=" + Api.encoded(query));
          assertThat(ours.status()).as(query + ": " + ours.body()).isEqualTo(theirs.status());
          assertThat(ours.json().path("errorType").asString())
              .as(query)
              .isEqualTo(theirs.json().path("errorType").asString());
        }
        for (String path :
            List.of("/api/v1/labels", "/api/v1/label/mode/values", "/api/v1/label/job/values")) {
          assertThat(
                  new TreeSet<>(
                      work.api().data(path).values().stream().map(JsonNode::asString).toList()))
              .as(path)
              .isEqualTo(
                  new TreeSet<>(
                      peer.api().data(path).values().stream().map(JsonNode::asString).toList()));
        }
      }
    }
  }

  /** Result type, and the values by the labels of the series. */
  private static TreeMap<String, String> comparable(Api api, String query) throws IOException {
    JsonNode data = api.data("/api/v1/query?query=" + Api.encoded(query));
    TreeMap<String, String> values = new TreeMap<>();
    String type = data.path("resultType").asString();
    values.put("resultType", type);
    if (type.equals("scalar")) {
      values.put("", data.path("result").path(1).asString());
    } else {
      for (JsonNode series : data.path("result")) {
        values.put(
            Api.labels(series.path("metric")).toString(), series.path("value").path(1).asString());
      }
    }
    return values;
  }

  private static String scrapeOf(String job, Api target) {
    return """
    global: {scrape_interval: 1s, scrape_timeout: 1s}
    scrape_configs:
      - job_name: %s
        static_configs: [{targets: ["%s"]}]
    """
        .formatted(job, target.address());
  }

  private static Child nodeExporter(Api where) throws IOException {
    assumePresent(NODE_EXPORTER);
    return Launch.of(
            NODE_EXPORTER, "--web.listen-address=" + where.address(), "--no-collector.systemd")
        .with("PATH", "/usr/bin:/bin")
        .start();
  }

  private static Child prometheus(Work work) throws IOException {
    assumePresent(PROMETHEUS);
    return Launch.of(
            PROMETHEUS,
            "--config.file=" + work.directory().resolve("prometheus.yml"),
            "--storage.tsdb.path=" + work.directory().resolve("data"),
            "--web.listen-address=" + work.api().address())
        .with("PATH", "/usr/bin:/bin")
        .in(work.directory())
        .start();
  }

  private static Ended promtool(String name, String page) throws IOException {
    Path file = temporary.resolve(name);
    Files.writeString(file, page);
    return Launch.of(
            Path.of("/bin/sh"), "-c", "exec " + PROMTOOL + " check metrics < '" + file + "'")
        .with("PATH", "/usr/bin:/bin")
        .run();
  }

  private static void awaitPage(Child child, Api api) {
    child.await("page of metrics", () -> api.get("/metrics").status(), status -> status == 200);
  }

  private static void assumePresent(Path program) {
    Figures.skipUnless(
        Files.isExecutable(program),
        program + " is not on this machine: Narthex is not held against it here");
  }
}
