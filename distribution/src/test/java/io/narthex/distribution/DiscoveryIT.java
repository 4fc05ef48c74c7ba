package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Targets come and go while the server runs, by each mechanism that can be played here. */
class DiscoveryIT {
  private static final Path HELLO =
      Path.of("../sdk-docs/examples/hello-discovery/target/hello-discovery-1.0.0.jar");

  @TempDir static Path temporary;
  private static Installation installation;
  private static HttpServer sources;

  /** What the sources of targets say, by path. */
  private static final Map<String, String> ANSWERS = new ConcurrentHashMap<>();

  /** How clients introduced themselves, by path. */
  private static final Map<String, String> AGENTS = new ConcurrentHashMap<>();

  @BeforeAll
  static void start() throws IOException {
    installation = Installation.unpackInto(temporary);
    sources = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    sources.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          AGENTS.put(path, String.valueOf(exchange.getRequestHeaders().getFirst("User-Agent")));
          String answer = ANSWERS.get(path);
          byte[] body = String.valueOf(answer).getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          exchange.getResponseHeaders().set("Api-Version", "1.43");
          exchange.sendResponseHeaders(answer == null ? 404 : 200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    sources.start();
  }

  @AfterAll
  static void stop() {
    sources.stop(0);
  }

  /** Addresses of a job's targets, as they were discovered. */
  private static List<String> addresses(Api api, String job) throws IOException {
    List<String> found = new ArrayList<>();
    for (JsonNode target : api.data("/api/v1/targets").path("activeTargets")) {
      if (target.path("scrapePool").asString().equals(job)) {
        found.add(target.path("discoveredLabels").path("__address__").asString());
      }
    }
    found.sort(null);
    return found;
  }

  private static void await(Child narthex, Api api, String job, String... addresses) {
    narthex.await(
        List.of(addresses) + " in job " + job,
        () -> addresses(api, job),
        List.of(addresses)::equals);
  }

  private static void replace(Path file, String text) throws IOException {
    Path next = Files.writeString(file.resolveSibling("next.tmp"), text);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
  }

  @Test
  void targetsComeAndGoWithFilesAndAnswers() throws IOException {
    Work work = Work.in(temporary.resolve("work"));
    String own = work.api().address();
    String at = "127.0.0.1:" + sources.getAddress().getPort();
    Path targets = Files.createDirectory(work.directory().resolve("targets"));
    Path file = targets.resolve("a.yml");
    replace(file, "- targets: ['" + own + "']\n  labels: {env: test}\n");
    ANSWERS.put("/sd", "[{\"targets\":[\"" + own + "\"]}]");
    ANSWERS.put("/_ping", "OK");
    ANSWERS.put("/v1.43/networks", "[]");
    ANSWERS.put("/v1.43/containers/json", container("192.0.2.1"));
    ANSWERS.put("/v1/catalog/services", "{\"web\":[]}");
    ANSWERS.put("/v1/health/service/web", instance("192.0.2.2"));
    Path config =
        work.config(
            "narthex.yml",
            """
            global: {scrape_interval: 1s, scrape_timeout: 1s}
            scrape_configs:
              - job_name: file
                file_sd_configs: [{files: ["targets/*.yml"]}]
              - job_name: http
                http_sd_configs: [{url: "http://%1$s/sd", refresh_interval: 1s}]
              - job_name: docker
                docker_sd_configs: [{host: "tcp://%1$s", refresh_interval: 1s}]
              - job_name: consul
                consul_sd_configs: [{server: "%1$s", datacenter: dc, refresh_interval: 1s}]
              - job_name: scraped
                static_configs: [{targets: ["%1$s"]}]
              - job_name: dns
                dns_sd_configs: [{names: [narthex.invalid.], refresh_interval: 1s}]
            """
                .formatted(at));
    try (Child narthex = work.narthex(installation, config).start()) {
      Api api = work.api();
      api.awaitReady(narthex);

      narthex.await(
          "a scrape of the target in a file",
          () -> api.query("up{job=\"file\",env=\"test\"} == 1"),
          samples -> samples.size() == 1);
      narthex.await(
          "a scrape of the target that the server told",
          () -> api.query("up{job=\"http\"} == 1"),
          samples -> samples.size() == 1);
      await(narthex, api, "docker", "192.0.2.1:80");
      await(narthex, api, "consul", "192.0.2.2:8080");
      JsonNode labels = api.data("/api/v1/targets?scrapePool=file").path("activeTargets").get(0);
      assertThat(labels.path("discoveredLabels").path("__meta_filepath").asString())
          .endsWith("/targets/a.yml");

      narthex.await("a scrape of the sources", AGENTS::keySet, paths -> paths.contains("/metrics"));
      String version = api.data("/api/v1/status/buildinfo").path("version").asString();
      assertThat(version).isNotEmpty();
      assertThat(AGENTS)
          .containsKeys("/metrics", "/sd", "/v1/catalog/services", "/v1.43/containers/json")
          .allSatisfy(
              (path, agent) -> assertThat(agent).as(path).isEqualTo("Prometheus/" + version));

      // Others come, as soon as they are known.
      long changed = System.nanoTime();
      replace(targets.resolve("b.yml"), "- targets: ['192.0.2.3:1']\n");
      await(narthex, api, "file", own, "192.0.2.3:1");
      Duration took = Duration.ofNanos(System.nanoTime() - changed);
      System.out.println("A changed file was in force after " + took.toMillis() + " ms.");
      // A second is meant; more is only for machines that have much else to do.
      assertThat(took).isLessThan(Duration.ofSeconds(5));

      ANSWERS.put("/sd", "[{\"targets\":[\"" + own + "\"]},{\"targets\":[\"192.0.2.4:1\"]}]");
      ANSWERS.put("/v1.43/containers/json", container("192.0.2.5"));
      ANSWERS.put("/v1/health/service/web", instance("192.0.2.6"));
      await(narthex, api, "http", own, "192.0.2.4:1");
      await(narthex, api, "docker", "192.0.2.5:80");
      await(narthex, api, "consul", "192.0.2.6:8080");

      // What fails keeps its targets, and shows.
      replace(file, "- target: []\n");
      ANSWERS.put("/sd", "[null]");
      narthex.await(
          "a file that cannot be read to be counted",
          () -> api.metric("prometheus_sd_file_read_errors_total"),
          errors -> errors >= 1);
      narthex.await(
          "an answer that cannot be read to be counted",
          () -> api.metric("prometheus_sd_http_failures_total"),
          errors -> errors >= 1);
      narthex.await(
          "both to be told",
          narthex::output,
          output ->
              output.contains("field target not found in type")
                  && output.contains("nil target group item found"));
      assertThat(addresses(api, "file")).containsExactly(own, "192.0.2.3:1");
      assertThat(addresses(api, "http")).containsExactly(own, "192.0.2.4:1");

      // And all go.
      Files.delete(file);
      Files.delete(targets.resolve("b.yml"));
      ANSWERS.put("/sd", "[]");
      await(narthex, api, "file");
      await(narthex, api, "http");
      narthex.await("their series to end", () -> api.query("up{job=\"file\"}"), List::isEmpty);
      assertThat(api.get("/metrics").body())
          .contains(
              "prometheus_sd_refresh_failures_total{config=\"docker\",mechanism=\"docker\"} 0",
              "prometheus_sd_refresh_duration_seconds_count{config=\"http\",mechanism=\"http\"}",
              "prometheus_sd_consul_rpc_failures_total 0",
              "prometheus_sd_dns_lookups_total");
      assertThat(narthex.output()).doesNotContain("\tat ");
    }
  }

  private static String container(String ip) {
    return """
    [{"Id":"c","Names":["/c"],"Ports":[{"PrivatePort":80,"Type":"tcp"}],
      "HostConfig":{"NetworkMode":"n"},
      "NetworkSettings":{"Networks":{"n":{"NetworkID":"1","IPAddress":"%s"}}}}]
    """
        .formatted(ip);
  }

  private static String instance(String ip) {
    return """
    [{"Node":{"Node":"n","Address":"%s"},"Service":{"ID":"web","Port":8080},"Checks":[]}]
    """
        .formatted(ip);
  }

  @Test
  void aMechanismOfAThirdPartyIsThereAsSoonAsItsJarIs() throws IOException {
    Work work = Work.in(temporary.resolve("third"));
    Path hosts = work.directory().resolve("hosts.txt");
    Files.writeString(hosts, "192.0.2.1:1\n");
    Path config = work.config("narthex.yml", "scrape_configs: []\n");
    Path jar = installation.plugins().resolve("hello-discovery-1.0.0.jar");
    try (Child narthex = work.narthex(installation, config).start()) {
      Api api = work.api();
      api.awaitReady(narthex);
      Files.copy(HELLO, jar);
      narthex.await(
          "hello-discovery to be started",
          () -> api.plugin("hello-discovery").path("state").asString(),
          "STARTED"::equals);
      Files.writeString(
          config,
          """
          scrape_configs:
            - job_name: hello
              hello_sd_configs: [{file: hosts.txt, refresh_interval: 1s}]
          """);
      Api.Answer reloaded = api.post("/-/reload");
      assertThat(reloaded.status()).as(reloaded.body()).isEqualTo(200);
      await(narthex, api, "hello", "192.0.2.1:1");
      replace(hosts, "192.0.2.1:1\n192.0.2.2:1\nno port\n");
      await(narthex, api, "hello", "192.0.2.1:1", "192.0.2.2:1");
      assertThat(api.metric("hello_sd_bad_lines_total{pool=\"hello\"}")).isPositive();
    } finally {
      Files.deleteIfExists(jar);
    }
  }
}
