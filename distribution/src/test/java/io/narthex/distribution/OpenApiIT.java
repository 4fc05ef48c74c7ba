package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A server describes itself as it is: every operation that it describes is called, by all methods,
 * and answers as described; and each says what it does.
 */
class OpenApiIT {
  private static final JsonMapper JSON = JsonMapper.shared();

  /** What is asked of operations whose answers depend on it; others are called without a word. */
  private static final Map<String, List<String>> ASKED =
      Map.ofEntries(
          Map.entry(
              "/query",
              List.of(
                  "query=app_requests_total&stats=all&explain=true",
                  "query=app_requests_total[1m]&stats=true",
                  "query=scalar(app_temperature)",
                  "query=%22text%22",
                  "query=rate(app_temperature[1m])",
                  "query=sum(")),
          Map.entry(
              "/query_range",
              List.of(
                  "query=sum by(path) (app_requests_total)&start={ago}&end={now}&step=1"
                      + "&stats=all&explain=true",
                  "query=up&start=2&end=1&step=1")),
          Map.entry("/query_exemplars", List.of("query=app_requests_total", "query=1", "query=(")),
          Map.entry("/format_query", List.of("query=sum(up)by(job)", "query=(")),
          Map.entry(
              "/parse_query", List.of("query=topk(3, rate(up{a=~\"b\"}[5m:1m] offset -1h)) > 1")),
          Map.entry("/series", List.of("match[]=app_requests_total&match[]=up&limit=2", "")),
          Map.entry("/labels", List.of("", "match[]=up", "limit=x")),
          Map.entry("/label/{name}/values", List.of("", "limit=1")),
          Map.entry("/metadata", List.of("", "metric=app_requests&limit=1")),
          Map.entry("/targets", List.of("", "state=active", "state=dropped&scrapePool=app")),
          Map.entry("/targets/metadata", List.of("", "metric=app_requests")),
          Map.entry(
              "/targets/relabel_steps",
              List.of("scrapePool=app&labels={\"__address__\":\"h:1\"}", "")),
          Map.entry("/scrape_pools/config", List.of("scrapePool=app", "")),
          Map.entry(
              "/rules", List.of("", "type=alert&exclude_alerts=true", "group_limit=1", "type=x")),
          Map.entry("/alerts/history", List.of("", "alert[]=Down&state=firing", "limit=x")),
          Map.entry("/status/tsdb", List.of("", "limit=1", "limit=0")),
          Map.entry("/status/self_metrics", List.of("", "metric_name_pattern=go.*")),
          Map.entry(
              "/search/metric_names",
              List.of(
                  "search[]=app&include_metadata=true&include_score=true&batch_size=1", "limit=0")),
          Map.entry("/search/label_values", List.of("label=path", "")),
          Map.entry("/admin/tsdb/delete_series", List.of("match[]=no_such_metric", "")));

  @TempDir private Path temporary;

  @Test
  void describesTheServerAsItIs() throws Exception {
    Installation installation = Installation.unpackInto(temporary);
    Work work = Work.in(temporary.resolve("work"));
    try (AppTarget target = new AppTarget();
        Child prometheus =
            target.scrapedBy(
                installation,
                work,
                "--enable-feature=exemplar-storage,search-api",
                "--web.enable-admin-api",
                "--web.enable-remote-write-receiver")) {
      Api api = work.api();
      Api.Answer answer = api.get("/api/v1/openapi.yaml?openapi_version=3.2");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.type()).isEqualTo("application/yaml; charset=utf-8");
      JsonNode document = read(answer.body());
      assertThat(read(api.get("/api/v1/openapi.yaml").body()).path("paths").size())
          .isEqualTo(document.path("paths").size() - 1);
      assertThat(document.path("paths").propertyNames())
          .contains("/read", "/write", "/otlp/v1/metrics", "/openapi.yaml")
          .containsAll(ASKED.keySet());
      assertThat(document.path("servers").get(0).path("url").asString())
          .endsWith(":" + api.port() + "/api/v1");
      try (HttpClient client =
          HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
        for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
          for (Map.Entry<String, JsonNode> operation : path.getValue().properties()) {
            call(api, client, document, path.getKey(), operation.getKey(), operation.getValue());
          }
        }
      }
      assertThat(prometheus.isAlive()).isTrue();
    }
  }

  private static JsonNode read(String yaml) {
    return JSON.valueToTree(new Load(LoadSettings.builder().build()).loadFromString(yaml));
  }

  private static void call(
      Api api, HttpClient client, JsonNode document, String path, String method, JsonNode operation)
      throws Exception {
    assertThat(operation.path("summary").asString()).as("summary of " + path).isNotEmpty();
    if (path.equals("/notifications/live")) {
      // It goes on until the client leaves.
      return;
    }
    Set<Integer> seen = new TreeSet<>();
    for (String asked : ASKED.getOrDefault(path, List.of(""))) {
      HttpResponse<String> response =
          client.send(
              request(api, path, method, operation, asked), HttpResponse.BodyHandlers.ofString());
      seen.add(response.statusCode());
      List<String> wrong = wrong(document, operation, response);
      assertThat(wrong).as("%s %s %s: %s", method, path, asked, response.body()).isEmpty();
    }
    boolean takesBodies =
        operation.path("requestBody").path("content").propertyNames().stream()
            .anyMatch(type -> !type.contains("form"));
    if (!takesBodies) {
      assertThat(seen).as("%s %s has succeeded", method, path).containsAnyOf(200, 204);
    }
  }

  private static HttpRequest request(
      Api api, String path, String method, JsonNode operation, String asked) {
    long now = System.currentTimeMillis() / 1000;
    List<String> pairs = new ArrayList<>();
    for (String pair : asked.split("&", -1)) {
      int equals = pair.indexOf('=');
      if (equals > 0) {
        String value =
            pair.substring(equals + 1)
                .replace("%22", "\"")
                .replace("{now}", Long.toString(now))
                .replace("{ago}", Long.toString(now - 60));
        pairs.add(Api.encoded(pair.substring(0, equals)) + "=" + Api.encoded(value));
      }
    }
    String encoded = String.join("&", pairs);
    String form = "application/x-www-form-urlencoded";
    boolean inForm = operation.path("requestBody").path("content").has(form);
    URI uri =
        api.base()
            .resolve(
                "/api/v1"
                    + path.replace("{name}", "job")
                    + (inForm || encoded.isEmpty() ? "" : "?" + encoded));
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .timeout(Duration.ofSeconds(30))
            .method(
                method.toUpperCase(Locale.ROOT),
                inForm
                    ? HttpRequest.BodyPublishers.ofString(encoded)
                    : HttpRequest.BodyPublishers.noBody());
    if (inForm) {
      request.header("Content-Type", form);
    }
    return request.build();
  }

  /** In what an answer differs from what the document says. */
  private static List<String> wrong(
      JsonNode document, JsonNode operation, HttpResponse<String> response) {
    JsonNode answers = operation.path("responses");
    String status = Integer.toString(response.statusCode());
    JsonNode answer = answers.path(answers.has(status) ? status : "default");
    if (answer.isMissingNode()) {
      return List.of("status " + status);
    }
    String type = response.headers().firstValue("Content-Type").orElse("").replaceAll(";.*", "");
    JsonNode content = answer.path("content");
    if (response.body().isEmpty()) {
      return content.isEmpty() ? List.of() : List.of("no body");
    }
    if (!content.has(type)) {
      return List.of("media type " + type);
    }
    JsonNode media = content.path(type);
    if (media.has("itemSchema")) {
      return response
          .body()
          .lines()
          .flatMap(line -> wrong(document, media.path("itemSchema"), line).stream())
          .toList();
    }
    return media.has("schema") ? wrong(document, media.path("schema"), response.body()) : List.of();
  }

  private static List<String> wrong(JsonNode document, JsonNode schema, String json) {
    ObjectNode whole = JSON.createObjectNode();
    whole.set("components", document.path("components"));
    whole.set("allOf", JSON.createArrayNode().add(schema));
    return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
        .getSchema(whole)
        .validate(json, InputFormat.JSON)
        .stream()
        .map(Object::toString)
        .toList();
  }
}
