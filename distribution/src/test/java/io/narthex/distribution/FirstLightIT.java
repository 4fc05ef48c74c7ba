package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.distribution.Api.Sample;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What a user sees who unpacks the tarball and starts it. */
class FirstLightIT {
  @TempDir static Path temporary;
  private static Installation installation;
  private static TreeMap<String, String> unpacked;
  private static Work work;
  private static Child narthex;
  private static Api api;

  @BeforeAll
  static void start() throws IOException {
    installation = Installation.unpackInto(temporary);
    unpacked = installation.contents();
    work = Work.in(temporary.resolve("work"));
    api = work.api();
    Launch launch = work.narthex(installation, work.shippedConfig(installation));
    long before = System.nanoTime();
    narthex = launch.start();
    api.awaitReady(narthex);
    Figures.measured(
        "ready %d ms after start, resident memory then %d MiB",
        TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before), narthex.status("VmRSS") / 1024);
  }

  @AfterAll
  static void stop() throws IOException {
    if (narthex != null) {
      Figures.measured("resident memory at the end %d MiB", narthex.status("VmRSS") / 1024);
      narthex.close();
    }
  }

  @Test
  void scrapesItselfAndTheNodeExporterThatItRuns() {
    List<Sample> up =
        narthex.await(
            "two targets that are up",
            () -> api.query("up"),
            samples -> samples.stream().filter(s -> s.value() == 1).count() == 2);

    assertThat(up).extracting(s -> s.label("job")).containsExactlyInAnyOrder("narthex", "node");
    assertThat(up)
        .extracting(s -> s.label("instance"))
        .containsExactlyInAnyOrder(api.address(), work.exporters().address());
  }

  @Test
  void tellsHowBusyTheProcessorsAre() {
    narthex.await(
        "share of time that the processors work",
        () -> api.number("1 - avg(rate(node_cpu_seconds_total{mode=\"idle\"}[1m]))", Double.NaN),
        share -> share >= 0 && share <= 1);
  }

  @Test
  void answersARangeWithAPointForEachStep() throws IOException {
    narthex.await("a scrape", () -> api.query("up"), samples -> !samples.isEmpty());
    long now = System.currentTimeMillis() / 1000;
    JsonNode result =
        api.data("/api/v1/query_range?query=1%2B1&step=15&start=" + (now - 60) + "&end=" + now)
            .path("result");

    assertThat(result.size()).isEqualTo(1);
    assertThat(result.path(0).path("values").size()).isEqualTo(5);
    assertThat(result.path(0).path("values").path(4).path(1).asString()).isEqualTo("2");
  }

  @Test
  void servesThePages() throws IOException {
    for (String path : List.of("/", "/query", "/targets", "/plugins")) {
      Api.Answer page = api.get(path);
      assertThat(page.status()).as(path).isEqualTo(200);
      assertThat(page.type()).as(path).startsWith("text/html");
      assertThat(page.body()).as(path).contains("Narthex</a>", "</html>");
    }
  }

  @Test
  void everyFileThatAPageAsksForIsThere() throws IOException {
    String page = api.get("/query").body();
    List<String> wanted =
        Stream.of(page.split("\""))
            .filter(text -> text.contains("assets/"))
            .map(text -> text.startsWith("/") ? text : "/" + text.replaceFirst("^\\./", ""))
            .toList();

    assertThat(wanted).hasSizeGreaterThan(5);
    for (String path : wanted) {
      assertThat(api.get(path).status()).as(path).isEqualTo(200);
    }
  }

  @Test
  void exposesItsOwnMetricsUnderPrometheusNames() throws IOException {
    api.query("up");
    List<String> names =
        api.get("/metrics")
            .body()
            .lines()
            .filter(line -> !line.startsWith("#"))
            .map(line -> line.split("[{ ]", 2)[0])
            .distinct()
            .toList();

    assertThat(names)
        .contains(
            "process_cpu_seconds_total",
            "process_open_fds",
            "process_resident_memory_bytes",
            "process_start_time_seconds",
            "jvm_memory_used_bytes",
            "jvm_threads_current",
            "prometheus_build_info",
            "prometheus_config_last_reload_successful",
            "prometheus_http_requests_total",
            "prometheus_http_request_duration_seconds_bucket",
            "prometheus_http_response_size_bytes_sum",
            "narthex_plugin_info",
            "narthex_plugin_state",
            "narthex_plugin_loads_total");
    assertThat(api.metric("prometheus_config_last_reload_successful")).isEqualTo(1);
    assertThat(api.get("/metrics").body())
        .containsPattern(
            "prometheus_http_requests_total\\{code=\"200\",handler=\"/api/v1/query\"\\} [1-9]");
  }

  @Test
  void everyPluginThatCameWithItRuns() throws IOException {
    JsonNode plugins = api.data("/api/v1/plugins").path("plugins");

    assertThat(plugins.size()).isGreaterThanOrEqualTo(9);
    for (JsonNode plugin : plugins) {
      assertThat(plugin.path("state").asString()).as(plugin.toString()).isEqualTo("STARTED");
      assertThat(plugin.path("bundled").asBoolean()).as(plugin.toString()).isTrue();
    }
  }

  @Test
  void saysWhereToLook() {
    narthex.awaitOutput("http://" + api.address());
  }

  @Test
  void runsOnTheJavaThatCameWithIt() throws IOException {
    assertThat(narthex.executable())
        .isEqualTo(installation.home().toRealPath().resolve("runtime/bin/java"));
  }

  @Test
  void keepsItsDataUnderTheWorkingDirectoryAndLeavesTheInstallationAsItWas() throws IOException {
    assertThat(work.directory().resolve("data")).isDirectory();
    try (Stream<Path> files = Files.list(work.directory())) {
      assertThat(files)
          .extracting(p -> p.getFileName().toString())
          .containsExactlyInAnyOrder("data", "narthex.yml");
    }
    assertThat(installation.contents()).isEqualTo(unpacked);
  }

  @Test
  void logsNothingButInformation() {
    api.awaitReady(narthex);
    assertThat(narthex.output().lines())
        .noneMatch(line -> line.contains("level=WARN") || line.contains("level=ERROR"))
        .noneMatch(line -> line.startsWith("WARNING") || line.startsWith("\tat "));
  }

  @Test
  void endsOnSigtermWithStatusZeroAsPrometheusDoes() throws IOException {
    Work other = Work.in(temporary.resolve("terminated"));
    try (Child child = other.narthex(installation, other.shippedConfig(installation)).start()) {
      other.api().awaitReady(child);

      Ended ended = child.terminate();

      assertThat(ended.status()).isZero();
      assertThat(ended.output()).contains("See you next time!");
    }
  }

  @Test
  void endsWhenAskedOverHttp() throws IOException {
    Work other = Work.in(temporary.resolve("quit"));
    try (Child child = other.narthex(installation, other.shippedConfig(installation)).start()) {
      other.api().awaitReady(child);

      assertThat(other.api().post("/-/quit").status()).isEqualTo(200);

      assertThat(child.awaitEnd(30, TimeUnit.SECONDS).status()).isZero();
    }
  }

  @Test
  void readsItsConfigurationAgainOnSighup() throws IOException {
    Work other = Work.in(temporary.resolve("reloaded"));
    Path config = other.shippedConfig(installation);
    try (Child child = other.narthex(installation, config).start()) {
      other.api().awaitReady(child);
      Files.writeString(
          config, Files.readString(config).replace("job_name: narthex", "job_name: renamed"));

      child.signal("HUP");

      child.await(
          "the new job to be scraped, and the old one to be stale",
          () -> other.api().query("up"),
          samples ->
              samples.stream().anyMatch(s -> s.label("job").equals("renamed") && s.value() == 1)
                  && samples.stream().noneMatch(s -> s.label("job").equals("narthex")));
    }
  }

  @Test
  void startsThroughALinkFromAnywhere() throws IOException {
    Path link = temporary.resolve("local bin/narthex");
    Files.createDirectories(link.getParent());
    Files.createSymbolicLink(link, installation.bin("narthex"));

    Ended version = installation.launch(link, "--version").in(link.getParent()).run();

    assertThat(version.status()).as(version.output()).isZero();
    assertThat(version.out()).startsWith("narthex, version ");
  }

  @Test
  void takesJavaHomeWhereItsOwnJavaIsMissing() throws IOException {
    Path bare = temporary.resolve("bare");
    copyWithoutRuntime(installation.home(), bare);

    Ended version =
        installation
            .launch(bare.resolve("bin/narthex"), "--version")
            .with("JAVA_HOME", System.getProperty("java.home"))
            .run();

    assertThat(version.status()).as(version.output()).isZero();
    assertThat(version.out()).startsWith("narthex, version ");
    assertThat(version.err()).isEmpty();
  }

  @Test
  void theAheadOfTimeCacheFitsWhereverItIsUnpacked() throws IOException {
    Ended version =
        installation
            .launch("narthex", "--version")
            .with("NARTHEX_JAVA_OPTS", "-XX:AOTMode=on -Xlog:aot*=warning")
            .run();

    assertThat(version.status()).as(version.output()).isZero();
    assertThat(version.output()).doesNotContain("[warning]", "[error]");
  }

  @Test
  void runsAsProcessOneAndEndsWhenTold() throws IOException {
    Path unshare = Path.of("/usr/bin/unshare");
    boolean allowed =
        Files.exists(unshare)
            && Launch.of(unshare, "--pid", "--fork", "/bin/true").run().status() == 0;
    Figures.skipUnless(allowed, "this machine does not let the test make a process 1");
    Work other = Work.in(temporary.resolve("process one"));
    other.shippedConfig(installation);
    Launch launch =
        installation
            .launch(
                unshare,
                "--pid",
                "--fork",
                "--kill-child",
                installation.bin("narthex").toString(),
                "--config.file=narthex.yml",
                "--web.listen-address=" + other.api().address())
            .in(other.directory());
    try (Child child = launch.start()) {
      other.api().awaitReady(child);

      Child.signal("TERM", child.onlyChild().pid());

      assertThat(child.awaitEnd(30, TimeUnit.SECONDS).status()).isZero();
    }
  }

  @Test
  void startsWithNothingConfigured() throws IOException {
    Figures.skipUnless(
        Ports.isFree(9090) && Ports.isFree(9100),
        "port 9090 or 9100 is taken on this machine: the start with no argument is not tested");
    Path directory = Files.createDirectories(temporary.resolve("nothing configured"));
    Api standard = Api.onPort(9090);
    try (Child child = installation.launch("narthex").in(directory).start()) {
      standard.awaitReady(child);

      child.awaitOutput("http://localhost:9090");
      child.await(
          "up of the server and of the node exporter",
          () -> standard.query("up"),
          samples -> samples.size() == 2 && samples.stream().allMatch(s -> s.value() == 1));
      assertThat(directory.resolve("data")).isDirectory();
      assertThat(Api.onPort(9100).get("/metrics").body()).contains("node_cpu_seconds_total{");
    }
  }

  private static void copyWithoutRuntime(Path from, Path to) throws IOException {
    try (Stream<Path> walk = Files.walk(from)) {
      for (Path path : (Iterable<Path>) walk::iterator) {
        Path relative = from.relativize(path);
        if (relative.startsWith("runtime")) {
          continue;
        }
        Path target = to.resolve(relative.toString());
        if (Files.isDirectory(path)) {
          Files.createDirectories(target);
        } else if (relative.startsWith("bin")) {
          Files.copy(path, target, java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
        } else {
          Files.createSymbolicLink(target, path);
        }
      }
    }
  }
}
