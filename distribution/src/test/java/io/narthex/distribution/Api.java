package io.narthex.distribution;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A server that speaks Prometheus's HTTP API, seen from outside.
 *
 * @param base {@code http://host:port}
 */
record Api(URI base) {
  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .followRedirects(HttpClient.Redirect.NORMAL)
          .build();

  private static final JsonMapper JSON = JsonMapper.shared();

  /**
   * An answer.
   *
   * @param status the HTTP status
   * @param type the content type, empty when there is none
   * @param body its text
   */
  record Answer(int status, String type, String body) {
    JsonNode json() {
      return JSON.readTree(body);
    }
  }

  /**
   * One series of an instant vector.
   *
   * @param labels sorted by name
   */
  record Sample(Map<String, String> labels, double value) {
    String label(String name) {
      return labels.getOrDefault(name, "");
    }
  }

  static Api onPort(int port) {
    return new Api(URI.create("http://127.0.0.1:" + port));
  }

  String address() {
    return base.getAuthority();
  }

  int port() {
    return base.getPort();
  }

  Answer get(String path) throws IOException {
    return send(HttpRequest.newBuilder(base.resolve(path)));
  }

  /** Asks with a token. */
  Answer getAs(String token, String path) throws IOException {
    return send(
        HttpRequest.newBuilder(base.resolve(path)).header("Authorization", "Bearer " + token));
  }

  /** Asks for metrics as Prometheus does, which says how long it will wait. */
  Answer scrape(String path, int timeoutSeconds) throws IOException {
    return send(
        HttpRequest.newBuilder(base.resolve(path))
            .header("X-Prometheus-Scrape-Timeout-Seconds", Integer.toString(timeoutSeconds)));
  }

  Answer post(String path) throws IOException {
    return send(
        HttpRequest.newBuilder(base.resolve(path)).POST(HttpRequest.BodyPublishers.noBody()));
  }

  Answer post(String path, String contentType, String body) throws IOException {
    return send(
        HttpRequest.newBuilder(base.resolve(path))
            .header("Content-Type", contentType)
            .POST(HttpRequest.BodyPublishers.ofString(body)));
  }

  private static Answer send(HttpRequest.Builder request) throws IOException {
    try {
      HttpResponse<String> response =
          CLIENT.send(
              request.timeout(Duration.ofSeconds(30)).build(),
              HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
      return new Answer(
          response.statusCode(),
          response.headers().firstValue("Content-Type").orElse(""),
          response.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  /** The {@code data} of a successful answer. */
  JsonNode data(String path) throws IOException {
    Answer answer = get(path);
    if (answer.status() != 200) {
      throw new IOException(path + " answered " + answer.status() + ": " + answer.body());
    }
    return answer.json().path("data");
  }

  /** An instant vector. */
  List<Sample> query(String expression) throws IOException {
    List<Sample> samples = new ArrayList<>();
    for (JsonNode series : data("/api/v1/query?query=" + encoded(expression)).path("result")) {
      samples.add(
          new Sample(
              labels(series.path("metric")), number(series.path("value").path(1).asString())));
    }
    return samples;
  }

  /** A query whose result is one number. */
  double number(String expression, double otherwise) throws IOException {
    List<Sample> samples = query(expression);
    return samples.size() == 1 ? samples.get(0).value() : otherwise;
  }

  private static double number(String text) {
    return switch (text) {
      case "+Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text);
    };
  }

  static Map<String, String> labels(JsonNode object) {
    Map<String, String> labels = new TreeMap<>();
    object.properties().forEach(entry -> labels.put(entry.getKey(), entry.getValue().asString()));
    return labels;
  }

  /** A plugin's entry of {@code /api/v1/plugins}; a missing node when there is none. */
  JsonNode plugin(String id) throws IOException {
    for (JsonNode plugin : data("/api/v1/plugins").path("plugins")) {
      if (plugin.path("id").asString().equals(id)) {
        return plugin;
      }
    }
    return JSON.missingNode();
  }

  /** Asks whether it is ready until it is. */
  void awaitReady(Child child) {
    child.await("readiness of " + base, () -> get("/-/ready").status(), status -> status == 200);
  }

  /** The value of one series of {@code /metrics}, which must be there. */
  double metric(String series) throws IOException {
    String page = get("/metrics").body();
    return page.lines()
        .filter(line -> line.startsWith(series + " "))
        .map(line -> number(line.substring(line.lastIndexOf(' ') + 1)))
        .findFirst()
        .orElseThrow(() -> new IOException("no " + series + " in:\n" + page));
  }
}
