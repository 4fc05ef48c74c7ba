package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code status/config} shows of a file of Prometheus's is such a file. */
class ShownConfigIT {
  private static final Path PROMTOOL = Path.of("/usr/bin/promtool");

  /** What Debian's promtool, a 2.42, says of keys that have come with Prometheus 3. */
  private static final Pattern UNKNOWN = Pattern.compile("field (\\w+) not found in type");

  private static final Set<String> SINCE_PROMETHEUS_3 =
      Set.of(
          "always_scrape_classic_histograms",
          "convert_classic_histograms_to_nhcb",
          "enable_compression",
          "extra_scrape_metrics",
          "fallback_scrape_protocol",
          "metric_name_escaping_scheme",
          "metric_name_validation_scheme",
          "rule_query_offset",
          "scrape_failure_log_file",
          "scrape_native_histograms",
          "scrape_protocols",
          "track_timestamps_staleness");

  @TempDir static Path temporary;
  private static Installation installation;

  @BeforeAll
  static void unpack() throws IOException {
    installation = Installation.unpackInto(temporary);
  }

  @Test
  void canBeGivenBack() throws IOException {
    Work work = Work.in(temporary.resolve("work"));
    Path config =
        work.config(
            "prometheus.yml",
            """
            global:
              scrape_interval: 15s
              external_labels: {home: "${NARTHEX_TEST_HOME}", price: 5$$}
            storage: {tsdb: {out_of_order_time_window: 10m}}
            scrape_configs:
              - job_name: prometheus
                static_configs: [{targets: ["%s"]}]
                relabel_configs: [{source_labels: [__address__], target_label: a}]
            """
                .formatted(work.api().address()));
    String shown;
    try (Child server =
        installation
            .launch(
                "prometheus",
                "--config.file=" + config,
                "--web.listen-address=" + work.api().address())
            .with("NARTHEX_TEST_HOME", "north")
            .in(work.directory())
            .start()) {
      work.api().awaitReady(server);
      shown = work.api().data("/api/v1/status/config").path("yaml").asString();
    }
    assertThat(shown)
        .contains("home: north", "price: 5$", "out_of_order_time_window: 10m")
        .doesNotContain("exporters", "remote_write_receiver", "backend");
    Path again = Files.writeString(work.directory().resolve("again.yml"), shown);

    Ended ours =
        installation.launch("promtool", "check", "config", again.toString()).in(temporary).run();
    assertThat(ours.status()).as(ours.output()).isZero();

    Figures.skipUnless(
        Files.isExecutable(PROMTOOL),
        PROMTOOL + " is not on this machine: Narthex is not held against it here");
    Ended real = Launch.of(PROMTOOL, "check", "config", again.toString()).run();
    List<String> unknown =
        UNKNOWN.matcher(real.output()).results().map(match -> match.group(1)).distinct().toList();
    assertThat(SINCE_PROMETHEUS_3).as(real.output()).containsAll(unknown);
    String least =
        shown
            .lines()
            .filter(line -> unknown.stream().noneMatch(key -> line.strip().startsWith(key + ":")))
            .filter(
                line -> !line.strip().startsWith("- Prom") && !line.strip().startsWith("- Open"))
            .reduce("", (all, line) -> all + line + "\n");
    Files.writeString(again, least);
    real = Launch.of(PROMTOOL, "check", "config", again.toString()).run();
    assertThat(real.status()).as(real.output()).isZero();
  }
}
