package io.narthex.web.api;

import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import io.narthex.api.web.FakeRequest;
import io.narthex.api.web.FakeResponse;
import io.narthex.api.web.Route;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Holds what handlers look for and answer against what the document says of them: the document as
 * clients get it, read by a YAML reader that is not ours, and its schemas applied by a JSON Schema
 * validator that is not ours.
 */
final class Contract {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String ROOT = "/api/v1";

  /** Longer answers are made to be deep or long, and no validator follows them. */
  private static final int LONGEST = 500_000;

  private static @Nullable Contract own;

  private final JsonNode document;
  private final SchemaRegistry registry =
      SchemaRegistry.withDefaultDialect(
          SpecificationVersion.DRAFT_2020_12,
          builder ->
              builder.schemaRegistryConfig(
                  SchemaRegistryConfig.builder().formatAssertionsEnabled(true).build()));
  private final Map<String, Schema> schemas = new ConcurrentHashMap<>();

  private Contract(JsonNode document) {
    this.document = document;
  }

  /** That of this plugin's routes, which are described alike wherever they are made. */
  static synchronized Contract of(List<Route> routes) {
    if (own == null) {
      own = new Contract(read(OpenApiDocument.Version.V3_2, routes));
    }
    return own;
  }

  /** A document, written and read again. */
  static JsonNode read(OpenApiDocument.Version version, List<Route> routes) {
    return read(YamlText.of(OpenApiDocument.of(version, routes, "http://h:1", "3.14.0")));
  }

  static JsonNode read(String yaml) {
    // Twice the same key is an error.
    LoadSettings strict = LoadSettings.builder().setAllowDuplicateKeys(false).build();
    return JSON.valueToTree(new Load(strict).loadFromString(yaml));
  }

  JsonNode document() {
    return document;
  }

  /** What the document has at a route, by method. */
  JsonNode item(Route route) {
    return document
        .path("paths")
        .path(route.path().substring(ROOT.length()).replaceAll(":([^/]+)", "{$1}"));
  }

  /** Names of parameters, but those that stand in the path. */
  static Set<String> parameters(JsonNode operation) {
    Set<String> names = new TreeSet<>();
    for (JsonNode parameter : operation.path("parameters")) {
      if (!parameter.path("in").asString().equals("path")) {
        names.add(parameter.path("name").asString());
      }
    }
    names.addAll(
        operation
            .path("requestBody")
            .path("content")
            .path("application/x-www-form-urlencoded")
            .path("schema")
            .path("properties")
            .propertyNames());
    return names;
  }

  /**
   * Fails when a parameter was looked for that the document does not have, or when the answer is
   * not one that it has.
   */
  void check(Route route, FakeRequest request, FakeResponse response) {
    if (!route.path().startsWith(ROOT + "/")) {
      return;
    }
    for (Map.Entry<String, JsonNode> operation : item(route).properties()) {
      Set<String> unknown = new TreeSet<>(request.asked());
      unknown.removeAll(parameters(operation.getValue()));
      if (!unknown.isEmpty()) {
        throw new AssertionError(
            operation.getKey() + " " + route.path() + " does not describe " + unknown);
      }
      check(operation.getValue(), route.path(), response);
    }
  }

  private void check(JsonNode operation, String path, FakeResponse response) {
    String status = Integer.toString(response.status());
    JsonNode answers = operation.path("responses");
    if (!answers.has(status)) {
      status = "default";
    }
    String type = response.headers().getOrDefault("Content-Type", "").replaceAll(";.*", "");
    JsonNode content = answers.path(status).path("content");
    if (!answers.has(status)
        || (response.bytes().length == 0 ? !content.isEmpty() : !content.has(type))) {
      throw new AssertionError(
          path + " does not describe an answer " + response.status() + " " + type);
    }
    JsonNode item = content.path(type).path("itemSchema");
    if (!item.isMissingNode() && type.equals("application/x-ndjson")) {
      response
          .text()
          .lines()
          .forEach(line -> {
            List<?> errors = validate(item, line);
            if (!errors.isEmpty()) {
              throw new AssertionError(
                  path + " has a line otherwise than described: " + errors + "\n" + line);
            }
          });
    }
    JsonNode schema = content.path(type).path("schema");
    if (!schema.isMissingNode() && response.bytes().length <= LONGEST) {
      List<?> errors = validate(schema, response.text());
      if (!errors.isEmpty()) {
        throw new AssertionError(
            path + " answers otherwise than described: " + errors + "\n" + response.text());
      }
    }
  }

  /** What is wrong with a JSON text. */
  List<?> validate(JsonNode schema, String json) {
    return schemas
        .computeIfAbsent(
            schema.toString(),
            key -> {
              ObjectNode whole = JSON.createObjectNode();
              whole.set("components", document.path("components"));
              whole.set("allOf", JSON.createArrayNode().add(schema));
              return registry.getSchema(whole);
            })
        .validate(json, InputFormat.JSON);
  }

  /** What is wrong with a schema itself. */
  List<?> validateSchema(JsonNode schema) {
    return registry
        .getSchema(
            com.networknt.schema.SchemaLocation.of("https://json-schema.org/draft/2020-12/schema"))
        .validate(schema);
  }
}
