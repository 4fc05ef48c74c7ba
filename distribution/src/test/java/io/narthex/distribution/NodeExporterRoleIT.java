package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code bin/node_exporter} in the place of the program of that name. */
class NodeExporterRoleIT {
  @TempDir static Path temporary;
  private static Installation installation;

  @BeforeAll
  static void unpack() throws IOException {
    installation = Installation.unpackInto(temporary);
  }

  @Test
  void servesTheMetricsOfThisMachineAndALandingPage() throws IOException {
    try (Running exporter = start()) {
      String page = exporter.api.get("/metrics").body();

      assertThat(page)
          .contains(
              "node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"} ",
              "node_memory_MemTotal_bytes ",
              "node_load1 ",
              "node_filesystem_size_bytes{",
              "node_network_receive_bytes_total{",
              "node_boot_time_seconds ",
              "node_time_seconds ",
              "node_uname_info{",
              "node_scrape_collector_success{collector=\"cpu\"} 1",
              "node_exporter_build_info{",
              "process_start_time_seconds ");
      assertThat(exporter.api.get("/").status()).isEqualTo(200);
      assertThat(exporter.api.get("/").body()).containsPattern("href=\"(\\./)?metrics\"");
      assertThat(exporter.api.get("/nowhere").status()).isEqualTo(404);
      assertThat(exporter.api.get("/api/v1/query?query=up").status()).isEqualTo(404);
    }
  }

  @Test
  void leavesOutWhatIsSwitchedOff() throws IOException {
    try (Running exporter = start("--no-collector.cpu")) {
      assertThat(exporter.api.get("/metrics").body())
          .contains("node_memory_MemTotal_bytes", "collector=\"meminfo\"")
          .doesNotContain("node_cpu_seconds_total", "collector=\"cpu\"");
    }
  }

  @Test
  void collectsOnlyWhatIsSwitchedOnWhenTheDefaultsAreOff() throws IOException {
    try (Running exporter =
        start(
            "--collector.disable-defaults",
            "--collector.loadavg",
            "--web.disable-exporter-metrics")) {
      assertThat(exporter.api.get("/metrics").body().lines().filter(l -> !l.startsWith("#")))
          .allMatch(l -> l.matches("node_(load|scrape_collector|exporter_build_info).*"));
    }
  }

  @Test
  void collectsWhatAScrapeAsksFor() throws IOException {
    try (Running exporter = start()) {
      assertThat(exporter.api.get("/metrics?collect%5B%5D=loadavg").body())
          .contains("node_load1 ")
          .doesNotContain("node_cpu_seconds_total", "node_memory_");
      assertThat(exporter.api.get("/metrics?exclude%5B%5D=loadavg").body())
          .contains("node_cpu_seconds_total", "node_memory_")
          .doesNotContain("node_load1 ");
      assertThat(exporter.api.get("/metrics?collect%5B%5D=nothing").status()).isEqualTo(400);
    }
  }

  @Test
  void servesUnderThePathThatItIsGiven() throws IOException {
    try (Running exporter = start("--web.telemetry-path=/here/m")) {
      assertThat(exporter.api.get("/here/m").body()).contains("node_load1 ");
      assertThat(exporter.api.get("/").body()).containsPattern("href=\"(\\./)?here/m\"");
      assertThat(exporter.api.get("/metrics").status()).isEqualTo(404);
    }
  }

  @Test
  void listensOnEveryAddressThatItIsGiven() throws IOException {
    Api second = Api.onPort(Ports.free());
    try (Running exporter = start("--web.listen-address=" + second.address())) {
      assertThat(exporter.api.get("/metrics").status()).isEqualTo(200);
      assertThat(second.get("/metrics").status()).isEqualTo(200);
    }
  }

  @Test
  void opensNoDatabaseAndEndsWhenTold() throws IOException {
    Path directory = Files.createDirectories(temporary.resolve("nothing is written here"));
    try (Running exporter = startIn(directory)) {
      exporter.api.get("/metrics");
      Figures.measured(
          "node_exporter resident memory %d MiB", exporter.child.status("VmRSS") / 1024);
      // The real one does not catch the signal.
      assertThat(exporter.child.terminate().status()).isIn(0, 143);
    }
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void listsItsFlags() throws IOException {
    Ended help = installation.launch("node_exporter", "--help").run();

    assertThat(help.status()).isZero();
    assertThat(help.err()).isEmpty();
    assertThat(help.out())
        .startsWith("usage: node_exporter [<flags>]")
        .contains(
            "--web.listen-address=:9100",
            "--web.telemetry-path=\"/metrics\"",
            "--web.config.file=",
            "--[no-]web.disable-exporter-metrics",
            "--web.max-requests=40",
            "--[no-]collector.cpu",
            "--[no-]collector.disable-defaults",
            "--path.procfs=\"/proc\"",
            "--log.level=info",
            "--log.format=logfmt",
            "--[no-]version")
        .doesNotContain("--storage.tsdb", "--query.");
  }

  @Test
  void saysWhichVersionItStandsInFor() throws IOException {
    Ended version = installation.launch("node_exporter", "--version").run();

    assertThat(version.status()).isZero();
    assertThat(version.err()).isEmpty();
    assertThat(version.out()).startsWith("node_exporter, version 1.12.1");
  }

  @Test
  void refusesAnUnknownFlagAsTheRealOneDoes() throws IOException {
    Ended ended = installation.launch("node_exporter", "--collector.nonsense").run();

    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.out()).isEmpty();
    assertThat(ended.err())
        .startsWith("node_exporter: error: unknown long flag '--collector.nonsense'")
        .contains(", try --help");
  }

  @Test
  void saysThatItsPortIsTaken() throws IOException {
    try (ServerSocket other = Ports.occupied()) {
      Ended ended =
          installation
              .launch("node_exporter", "--web.listen-address=127.0.0.1:" + other.getLocalPort())
              .run();

      assertThat(ended.status()).isEqualTo(1);
      assertThat(ended.output()).contains("in use", "" + other.getLocalPort());
      assertThat(ended.output()).doesNotContain("\tat ");
    }
  }

  private record Running(Child child, Api api) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      child.close();
    }
  }

  private static Running start(String... flags) throws IOException {
    return startIn(Files.createTempDirectory(temporary, "work"), flags);
  }

  private static Running startIn(Path directory, String... flags) throws IOException {
    Api api = Api.onPort(Ports.free());
    List<String> arguments = new ArrayList<>(List.of(flags));
    arguments.add("--web.listen-address=" + api.address());
    Child child =
        installation
            .launch("node_exporter", arguments.toArray(String[]::new))
            .in(directory)
            .start();
    try {
      child.await("landing page", () -> api.get("/").status(), status -> status == 200);
    } catch (AssertionError e) {
      child.close();
      throw e;
    }
    return new Running(child, api);
  }
}
