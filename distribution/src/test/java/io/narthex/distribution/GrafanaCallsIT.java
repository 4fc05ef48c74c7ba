package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * What Grafana asks of a Prometheus, and reads of its answers; and what a server says it offers.
 */
class GrafanaCallsIT {
  private static final JsonMapper JSON = JsonMapper.shared();

  private static final String CONFIG =
      """
      global: {scrape_interval: 1s, scrape_timeout: 1s}
      storage: {exemplars: {max_exemplars: 100}}
      scrape_configs:
        - job_name: app
          static_configs: [{targets: ["%s"]}]
      """;

  private static final String METRICS =
      """
      # HELP app_requests Requests.
      # TYPE app_requests counter
      app_requests_total{path="/a"} 17 # {trace_id="abc"} 5
      app_requests_total{path="/b"} 3
      # TYPE app_latency_seconds histogram
      # UNIT app_latency_seconds seconds
      app_latency_seconds_bucket{le="1"} 3
      app_latency_seconds_bucket{le="+Inf"} 4
      app_latency_seconds_count 4
      app_latency_seconds_sum 3.25
      # TYPE app_temperature gauge
      app_temperature{"room.name"="attic"} 21.5
      # EOF
      """;

  @TempDir private Path temporary;

  @Test
  void areAnsweredAsGrafanaReadsThem() throws Exception {
    HttpServer target =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    target.createContext(
        "/metrics",
        exchange -> {
          byte[] body = METRICS.getBytes(StandardCharsets.UTF_8);
          exchange
              .getResponseHeaders()
              .set("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    target.start();
    try {
      Installation installation = Installation.unpackInto(temporary);
      Work work = Work.in(temporary.resolve("work"));
      work.config("prometheus.yml", CONFIG.formatted("127.0.0.1:" + target.getAddress().getPort()));
      Launch launch =
          installation
              .launch(
                  "prometheus",
                  "--web.listen-address=" + work.api().address(),
                  "--enable-feature=exemplar-storage")
              .in(work.directory());
      try (Child prometheus = launch.start()) {
        Api api = work.api();
        api.awaitReady(prometheus);
        prometheus.await(
            "the third scrape",
            () -> api.number("count_over_time(app_temperature[1m])", 0),
            scrapes -> scrapes >= 3);
        calls(api);
        description(api);
      }
    } finally {
      target.stop(0);
    }
  }

  private static void calls(Api api) throws Exception {
    List<GrafanaCall> calls = GrafanaCall.recorded(System.currentTimeMillis());
    assertThat(calls).hasSizeGreaterThan(30);
    SoftAssertions all = new SoftAssertions();
    for (GrafanaCall call : calls) {
      HttpResponse<byte[]> response = send(api, call);
      String body = text(response);
      String about = call.purpose() + "\n" + call.method() + " " + call.target() + "\n" + body;
      all.assertThat(response.statusCode()).as(about).isEqualTo(call.status());
      if (!call.mediaType().isEmpty()) {
        all.assertThat(response.headers().firstValue("Content-Type").orElse(""))
            .as(about)
            .startsWith(call.mediaType());
      }
      for (String expectation : call.expectations()) {
        all.assertThat(holds(JSON.readTree(body), expectation))
            .as("%s, in %s", expectation, about)
            .isTrue();
      }
    }
    all.assertAll();
  }

  private static HttpResponse<byte[]> send(Api api, GrafanaCall call) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(api.base().resolve(call.target()))
            .timeout(Duration.ofSeconds(30))
            .header("User-Agent", "Grafana/12.3.0")
            .header("Accept-Encoding", "gzip")
            .header("X-Grafana-Org-Id", "1")
            .header("X-Datasource-Uid", "narthex")
            .header("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
            .method(
                call.method(),
                call.body().isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(call.body()));
    call.headers().forEach(request::header);
    try (HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }
  }

  private static String text(HttpResponse<byte[]> response) throws IOException {
    InputStream in = new ByteArrayInputStream(response.body());
    boolean packed = response.headers().firstValue("Content-Encoding").orElse("").equals("gzip");
    try (InputStream plain = packed ? new GZIPInputStream(in) : in) {
      return new String(plain.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Whether an expectation of {@code grafana-calls.txt} is met. */
  private static boolean holds(JsonNode answer, String expectation) {
    String[] parts = expectation.split(" ", 3);
    JsonNode found = answer.at(parts[0]);
    return switch (parts[1]) {
      case "=" -> found.equals(JSON.readTree(parts[2]));
      case "absent" -> found.isMissingNode();
      case "some" -> found.isString() ? !found.asString().isEmpty() : !found.isEmpty();
      case "is" -> found.getNodeType().name().equalsIgnoreCase(parts[2]);
      case "keys" -> found.propertyNames().containsAll(List.of(parts[2].split(" ")));
      case "has" -> {
        List<JsonNode> items = new ArrayList<>();
        found.forEach(items::add);
        yield items.contains(JSON.readTree(parts[2]));
      }
      default -> throw new IllegalArgumentException("cannot check " + expectation);
    };
  }

  /** The description is of this server with its plugins: all of it is there, and nothing else. */
  private static void description(Api api) throws Exception {
    Api.Answer answer = api.get("/api/v1/openapi.yaml?openapi_version=3.2");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.type()).isEqualTo("application/yaml; charset=utf-8");
    JsonNode document =
        JSON.valueToTree(new Load(LoadSettings.builder().build()).loadFromString(answer.body()));
    JsonNode paths = document.path("paths");
    assertThat(paths.propertyNames())
        .contains("/query", "/read", "/write", "/otlp/v1/metrics", "/openapi.yaml");
    paths
        .properties()
        .forEach(path ->
            path.getValue()
                .properties()
                .forEach(operation ->
                    assertThat(operation.getValue().path("summary").asString())
                        .as("%s %s says what it does", operation.getKey(), path.getKey())
                        .isNotEmpty()));
    for (String path : paths.propertyNames()) {
      // No method of any endpoint: all that is wrong with it is the method.
      HttpRequest wrong =
          HttpRequest.newBuilder(
                  api.base().resolve("/api/v1" + path.replaceAll("\\{[^}]*\\}", "x")))
              .method("TRACE", HttpRequest.BodyPublishers.noBody())
              .timeout(Duration.ofSeconds(30))
              .build();
      try (HttpClient client =
          HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
        assertThat(client.send(wrong, HttpResponse.BodyHandlers.ofString()).statusCode())
            .as(path)
            .isEqualTo(405);
      }
    }
  }
}
