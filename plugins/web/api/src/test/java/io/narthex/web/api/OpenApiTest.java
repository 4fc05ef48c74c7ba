package io.narthex.web.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.NameScheme;
import io.narthex.api.query.SyntaxValue;
import io.narthex.api.query.ValueType;
import io.narthex.api.scrape.TargetsView;
import io.narthex.api.web.FakeRequest;
import io.narthex.api.web.FakeResponse;
import io.narthex.api.web.Handler;
import io.narthex.api.web.Operation;
import io.narthex.api.web.Route;
import io.narthex.api.web.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/**
 * The document is true. What endpoints answer is held against it by {@link Api#call} in all tests
 * of this plugin.
 */
class OpenApiTest {
  private static final Handler HANDLER = (request, response) -> {};

  private final Api api = new Api();

  /** An operation of the document. */
  private record Told(String path, String method, JsonNode operation) {}

  private static List<Told> told(JsonNode document) {
    List<Told> all = new ArrayList<>();
    for (Map.Entry<String, JsonNode> path : document.path("paths").properties()) {
      for (Map.Entry<String, JsonNode> method : path.getValue().properties()) {
        all.add(new Told(path.getKey(), method.getKey(), method.getValue()));
      }
    }
    return all;
  }

  private List<Route> ofTheApi() {
    return api.routes.stream().filter(r -> r.path().startsWith("/api/v1/")).toList();
  }

  private static List<String> registered(List<Route> routes) {
    return routes.stream()
        .flatMap(route ->
            route.methods().stream()
                .map(method ->
                    method.toLowerCase(Locale.ROOT)
                        + " "
                        + route
                            .path()
                            .substring("/api/v1".length())
                            .replaceAll(":([^/]+)", "{$1}")))
        .sorted()
        .toList();
  }

  @ParameterizedTest
  @EnumSource(OpenApiDocument.Version.class)
  void hasEveryRouteAndNoOther(OpenApiDocument.Version version) {
    List<String> routes = new ArrayList<>(registered(ofTheApi()));
    if (version == OpenApiDocument.Version.V3_1) {
      assertThat(routes.remove("get /notifications/live")).isTrue();
    }
    assertThat(told(Contract.read(version, api.routes)))
        .map(told -> told.method() + " " + told.path())
        .containsExactlyInAnyOrderElementsOf(routes);
  }

  @Test
  void saysNothingOfEndpointsThatAreNotThere() {
    assertThat(Descriptions.paths())
        .containsExactlyInAnyOrderElementsOf(ofTheApi().stream().map(Route::path).toList());
  }

  @Test
  void saysSomethingOfEveryEndpoint() {
    for (Told told : told(Contract.of(api.routes).document())) {
      assertThat(told.operation().path("summary").asString())
          .as(told.path())
          .matches("[A-Z].*[^.]");
      assertThat(told.operation().path("tags")).as(told.path()).hasSize(1);
      assertThat(told.operation().path("responses")).as(told.path()).hasSizeBetween(1, 9);
      for (JsonNode parameter : told.operation().path("parameters")) {
        assertThat(parameter.path("description").asString()).as(told.path()).isNotEmpty();
      }
    }
  }

  /** Teaches the fakes what the calls below ask for. */
  private void teach() {
    api.flags.put("web.enable-admin-api", "true");
    api.storageInUse = new StorageEndpointsTest.AbleStorage();
    api.engine.selectors.put("up", List.of(Matcher.equal("__name__", "up")));
    api.engine.answer("up", ValueType.VECTOR).series(Labels.of("__name__", "up")).add(1, 2);
    api.engine.answer("up[1m]", ValueType.MATRIX).series(Labels.of("a", "b")).add(1, 2);
    api.engine.answer("e", ValueType.VECTOR).selectors =
        List.of(List.of(Matcher.equal("__name__", "up")));
    api.engine.trees.put(
        "up", SyntaxValue.Node.of(Map.of("type", new SyntaxValue.Text("vectorSelector"))));
    api.views.add(
        new TargetsView() {
          @Override
          public List<TargetsView.Pool> pools() {
            return List.of();
          }

          @Override
          public Optional<String> configuration(String pool) {
            return Optional.of("job_name: " + pool);
          }

          @Override
          public Optional<Relabelling> relabelling(String pool) {
            return Optional.of(new Relabelling(List.of(), NameScheme.UTF8));
          }
        });
  }

  /** One request for each endpoint that reaches all that its handler looks for. */
  private Map<String, FakeRequest> calls() {
    Map<String, FakeRequest> calls = new java.util.TreeMap<>();
    calls.put("query", FakeRequest.get("/").with("query", "up").with("stats", "all"));
    calls.put(
        "query_range",
        FakeRequest.get("/")
            .with("query", "up[1m]")
            .with("start", "0")
            .with("end", "1")
            .with("step", "1"));
    calls.put("query_exemplars", FakeRequest.get("/").with("query", "e"));
    calls.put("format_query", FakeRequest.get("/").with("query", "up"));
    calls.put("parse_query", FakeRequest.get("/").with("query", "up"));
    calls.put("series", FakeRequest.get("/").with("match[]", "up"));
    calls.put("label/:name/values", FakeRequest.get("/").withPath("name", "job"));
    calls.put(
        "targets/relabel_steps",
        FakeRequest.get("/").with("labels", "{\"a\":\"b\"}").with("scrapePool", "p"));
    calls.put("scrape_pools/config", FakeRequest.get("/").with("scrapePool", "p"));
    calls.put("search/label_values", FakeRequest.get("/").with("label", "job"));
    calls.put("admin/tsdb/delete_series", FakeRequest.get("/").with("match[]", "up"));
    for (Route route : ofTheApi()) {
      String path = route.path().substring("/api/v1/".length());
      // That one goes on until the client leaves; it has no parameters, which its own test shows.
      if (!path.equals("notifications/live")) {
        calls.putIfAbsent(path, FakeRequest.get("/"));
      }
    }
    return calls;
  }

  @Test
  void describesExactlyTheParametersThatHandlersLookFor() throws Exception {
    teach();
    Contract contract = Contract.of(api.routes);
    Map<String, FakeRequest> calls = calls();

    assertThat(calls).hasSize(ofTheApi().size() - 1);
    for (Map.Entry<String, FakeRequest> call : calls.entrySet()) {
      // The answer is compared with its schema there.
      FakeResponse response = api.call(call.getKey(), call.getValue());

      assertThat(response.status()).as(call.getKey() + response.text()).isBetween(200, 299);
      for (JsonNode operation : contract.item(api.route(call.getKey()))) {
        assertThat(Contract.parameters(operation))
            .as(call.getKey())
            .isEqualTo(call.getValue().asked());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(OpenApiDocument.Version.class)
  void isBuiltAsOpenApiWantsIt(OpenApiDocument.Version version) {
    JsonNode document = Contract.read(version, api.routes);

    assertThat(document.propertyNames())
        .containsExactlyInAnyOrder("openapi", "info", "servers", "tags", "paths", "components");
    assertThat(document.path("openapi").asString())
        .isEqualTo(version == OpenApiDocument.Version.V3_1 ? "3.1.0" : "3.2.0");
    assertThat(document.path("info").propertyNames())
        .containsExactlyInAnyOrder("title", "description", "version");
    assertThat(document.path("servers").get(0).path("url").asString())
        .isEqualTo("http://h:1/api/v1");
    Set<String> tags = new TreeSet<>();
    for (JsonNode tag : document.path("tags")) {
      assertThat(tags.add(tag.path("name").asString())).isTrue();
      assertThat(tag.path("description").asString()).isNotEmpty();
      assertThat(tag.has("summary")).isEqualTo(version == OpenApiDocument.Version.V3_2);
    }
    Set<String> used = new TreeSet<>();
    Set<String> ids = new TreeSet<>();
    for (Told told : told(document)) {
      JsonNode operation = told.operation();
      assertThat(operation.propertyNames())
          .isSubsetOf(
              "tags",
              "summary",
              "description",
              "operationId",
              "parameters",
              "requestBody",
              "responses");
      assertThat(ids.add(operation.path("operationId").asString())).as(told.path()).isTrue();
      operation.path("tags").forEach(tag -> used.add(tag.asString()));
      assertThat(inPath(operation)).isEqualTo(templated(told.path()));
      for (JsonNode parameter : operation.path("parameters")) {
        assertThat(parameter.propertyNames())
            .isSubsetOf("name", "in", "description", "required", "schema")
            .contains("name", "in", "schema");
      }
      if (operation.has("requestBody")) {
        assertThat(operation.path("requestBody").path("content")).isNotEmpty();
      }
      for (Map.Entry<String, JsonNode> answer : operation.path("responses").properties()) {
        assertThat(answer.getKey()).matches("[1-5][0-9][0-9]|default");
        assertThat(answer.getValue().path("description").asString()).isNotEmpty();
        for (JsonNode media : answer.getValue().path("content")) {
          assertThat(media.propertyNames())
              .isSubsetOf(
                  version == OpenApiDocument.Version.V3_1
                      ? Set.of("schema")
                      : Set.of("schema", "itemSchema"));
        }
      }
    }
    assertThat(used).isEqualTo(tags);
  }

  private static Set<String> inPath(JsonNode operation) {
    Set<String> names = new TreeSet<>();
    for (JsonNode parameter : operation.path("parameters")) {
      if (parameter.path("in").asString().equals("path")) {
        assertThat(parameter.path("required").asBoolean()).isTrue();
        names.add(parameter.path("name").asString());
      }
    }
    return names;
  }

  private static Set<String> templated(String path) {
    return new TreeSet<>(
        Pattern.compile("\\{([^}]*)\\}").matcher(path).results().map(m -> m.group(1)).toList());
  }

  @ParameterizedTest
  @EnumSource(OpenApiDocument.Version.class)
  void refersToComponentsThatAreThereAndHasNoOthers(OpenApiDocument.Version version) {
    JsonNode document = Contract.read(version, api.routes);
    Set<String> targets = new TreeSet<>();
    for (JsonNode reference : document.findValues("$ref")) {
      targets.add(reference.asString());
    }

    assertThat(targets)
        .containsExactlyInAnyOrderElementsOf(
            document.path("components").path("schemas").propertyNames().stream()
                .map(name -> "#/components/schemas/" + name)
                .toList());
  }

  @Test
  void hasSchemasThatAreSchemas() {
    Contract contract = Contract.of(api.routes);
    for (Map.Entry<String, JsonNode> schema :
        contract.document().path("components").path("schemas").properties()) {
      assertThat(contract.validateSchema(schema.getValue())).as(schema.getKey()).isEmpty();
    }
    for (JsonNode schema : contract.document().path("paths").findValues("schema")) {
      assertThat(contract.validateSchema(schema)).as(schema.toString()).isEmpty();
    }
  }

  /** Else the comparison of answers with their schemas would show nothing. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "query        |"
            + " {\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[1,2]}}",
        "query        |"
            + " {\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[1]}}",
        "query        |"
            + " {\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[{}]}}",
        "query        | {\"status\":\"success\"}",
        "query        | {\"status\":\"success\",\"data\":{},\"more\":1}",
        "labels       | {\"status\":\"error\",\"data\":[]}",
        "labels       | {\"status\":\"success\",\"data\":[1]}",
        "notifications|"
            + " {\"status\":\"success\",\"data\":[{\"text\":\"\",\"date\":\"x\",\"active\":true}]}",
      })
  void knowsAnswersThatAreNotSo(String path, String answer) {
    Contract contract = Contract.of(api.routes);
    JsonNode schema =
        contract
            .item(api.route(path))
            .path("get")
            .path("responses")
            .path("200")
            .path("content")
            .path("application/json")
            .path("schema");

    assertThat(contract.validate(schema, answer)).isNotEmpty();
  }

  @ParameterizedTest
  @CsvSource({"'',3.1.0", "3.1,3.1.0", "3.1.0,3.1.0", "3.2,3.2.0", "3.2.0,3.2.0", "4,3.1.0"})
  void isServedInTheVersionThatIsAskedFor(String asked, String given) throws Exception {
    FakeResponse response = api.call("openapi.yaml", "openapi_version", asked);

    assertThat(response.headers())
        .containsEntry("Content-Type", "application/yaml; charset=utf-8")
        .containsEntry("Cache-Control", "no-cache, no-store, must-revalidate");
    JsonNode document = Contract.read(response.text());
    assertThat(document.path("openapi").asString()).isEqualTo(given);
    assertThat(document.path("info").path("version").asString()).isEqualTo("3.14.0");
    assertThat(document.path("servers").get(0).path("url").asString())
        .isEqualTo("https://example.org/prefix/api/v1");
    assertThat(document.path("paths").has("/notifications/live")).isEqualTo(given.equals("3.2.0"));
  }

  @Test
  void takesFormsByPostWhereGetHasAQuery() {
    JsonNode query = Contract.of(api.routes).document().path("paths").path("/query");
    JsonNode form =
        query
            .path("post")
            .path("requestBody")
            .path("content")
            .path("application/x-www-form-urlencoded")
            .path("schema");

    assertThat(query.path("post").has("parameters")).isFalse();
    assertThat(query.path("post").path("requestBody").path("required").asBoolean()).isTrue();
    assertThat(form.path("required").toString()).isEqualTo("[\"query\"]");
    assertThat(Contract.parameters(query.path("get")))
        .isEqualTo(Contract.parameters(query.path("post")));
    assertThat(form.path("properties").path("time").toString())
        .isEqualTo(
            "{\"description\":\"When; now when left out\",\"$ref\":\"#/components/schemas/Time\"}");
  }

  @Test
  void hasWhatPluginsOfOthersSayAndWhatTheyDoNot() {
    Schema nested =
        Schema.object().may("inside", Schema.reference("Thing")).described("ours").named("Thing");
    Schema other = Schema.string().named("Thing");
    JsonNode document =
        Contract.read(
            OpenApiDocument.Version.V3_2,
            List.of(
                Route.get("/elsewhere", HANDLER),
                Route.getOrPost("/api/v1/silent/:one/*rest", HANDLER),
                Route.get("/api/v1/a/:x", HANDLER)
                    .describedBy(
                        Operation.of("zoo", "Do this: that")
                            .answers(Operation.Answer.json(200, "ok", Schema.array(nested)))
                            .answers(Operation.Answer.of(200, "ok", "text/csv"))),
                Route.post("/api/v1/a/:y", HANDLER)
                    .describedBy(
                        Operation.of("query", "Send it")
                            .with(Operation.Parameter.of("y", "Which").in(Operation.Place.PATH))
                            .takes("application/x-protobuf")
                            .answers(
                                Operation.Answer.sequence(
                                    200, "ok", "application/x-ndjson", other)))));

    assertThat(told(document))
        .map(told -> told.method() + " " + told.path())
        .containsExactly(
            "get /a/{x}", "post /a/{x}", "get /silent/{one}/{rest}", "post /silent/{one}/{rest}");
    assertThat(document.path("tags").toString())
        .matches("\\[\\{\"name\":\"query\".*\\},\\{\"name\":\"zoo\"\\}\\]");
    assertThat(document.path("components").path("schemas").toString())
        .isEqualTo(
            "{\"Thing\":{\"type\":\"object\",\"additionalProperties\":false,\"properties\":"
                + "{\"inside\":{\"$ref\":\"#/components/schemas/Thing\"}},\"description\":\"ours\"},"
                + "\"Thing_2\":{\"type\":\"string\"}}");
    JsonNode a = document.path("paths").path("/a/{x}");
    assertThat(a.path("get").path("summary").asString()).isEqualTo("Do this: that");
    assertThat(a.path("get").path("responses").path("200").path("content").propertyNames())
        .containsExactly("application/json", "text/csv");
    assertThat(a.path("post").path("parameters").toString())
        .isEqualTo(
            "[{\"name\":\"x\",\"in\":\"path\",\"description\":\"Which\",\"required\":true,"
                + "\"schema\":{\"type\":\"string\"}}]");
    assertThat(a.path("post").path("requestBody").toString())
        .isEqualTo("{\"content\":{\"application/x-protobuf\":{}},\"required\":true}");
    assertThat(a.path("post").path("responses").toString())
        .contains("{\"itemSchema\":{\"$ref\":\"#/components/schemas/Thing_2\"}}");
    JsonNode silent = document.path("paths").path("/silent/{one}/{rest}").path("post");
    assertThat(silent.path("operationId").asString()).isEqualTo("silent-one-rest-post");
    assertThat(silent.path("responses").toString())
        .isEqualTo("{\"default\":{\"description\":\"Not described\"}}");
    assertThat(silent.path("parameters")).hasSize(2);
  }
}
