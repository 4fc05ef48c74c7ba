package io.narthex.distribution;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is compared of an answer, in lines: status and content type, the headers that count, and the
 * body as JSON with sorted keys (a body that is none as a JSON string). Of JSON without such
 * headers it is one line: {@code 200 success} and the data, {@code 400 bad_data} and the text, or
 * the status and all of it where there is more.
 */
record PeerAnswer(List<String> lines) {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .build();

  private static final String JSON_TYPE = "application/json";
  private static final Set<String> OF_SUCCESS = Set.of("status", "data");
  private static final Set<String> OF_ERRORS = Set.of("status", "errorType", "error");

  /** What clients and browsers act upon. */
  private static final List<String> HEADERS =
      List.of(
          "Access-Control-Allow-Headers",
          "Access-Control-Allow-Methods",
          "Access-Control-Allow-Origin",
          "Access-Control-Expose-Headers",
          "Allow",
          "Content-Encoding",
          "Location");

  /** Stands for the body of Prometheus. */
  private static final String SAME = "same body";

  PeerAnswer {
    lines = List.copyOf(lines);
  }

  static PeerAnswer of(PlainHttp.Answer answer, PeerCall call) throws IOException {
    String type = answer.header("Content-Type");
    List<String> lines = new ArrayList<>();
    lines.add((answer.status() + " " + type).strip());
    for (String header : HEADERS) {
      if (!answer.header(header).isEmpty()) {
        lines.add(header + ": " + answer.header(header));
      }
    }
    String text = answer.text();
    if (text.isEmpty()) {
      return new PeerAnswer(lines);
    }
    JsonNode body = body(text, call);
    if (type.equals(JSON_TYPE) && lines.size() == 1) {
      return new PeerAnswer(List.of(answer.status() + " " + ofJson(body)));
    }
    lines.add(JSON.writeValueAsString(body));
    return new PeerAnswer(lines);
  }

  private static String ofJson(JsonNode body) {
    String error = body.path("error").asString("");
    if (Set.copyOf(body.propertyNames()).equals(OF_ERRORS)
        && body.path("status").asString("").equals("error")
        && error.indexOf('\n') < 0) {
      return body.path("errorType").asString() + " " + error;
    }
    if (Set.copyOf(body.propertyNames()).equals(OF_SUCCESS)
        && body.path("status").asString("").equals("success")) {
      return "success " + JSON.writeValueAsString(body.path("data"));
    }
    return JSON.writeValueAsString(body);
  }

  /** What ours shall answer where it differs from an answer of Prometheus. */
  static PeerAnswer expected(List<String> written, PeerAnswer peer) {
    List<String> lines = new ArrayList<>(written);
    if (lines.getLast().equals(SAME)) {
      lines.set(lines.size() - 1, peer.lines().getLast());
    }
    return new PeerAnswer(lines);
  }

  private static JsonNode body(String text, PeerCall call) {
    JsonNode json;
    try {
      json = text.startsWith("{") ? JSON.readTree(text) : JSON.valueToTree(text);
    } catch (JacksonException e) {
      json = JSON.valueToTree(text);
    }
    // Upstream's order of these is that of a hash table.
    if (!call.ordered() && json.at("/data/resultType").asString("").equals("vector")) {
      sort(json.at("/data/result"), "metric");
    }
    sort(json.at("/data/activeTargets"), "scrapeUrl");
    if (!call.only().isEmpty()) {
      ObjectNode some = JSON.createObjectNode();
      for (String pointer : call.only()) {
        some.set(pointer, json.at(pointer));
      }
      json = some;
    }
    for (String pointer : call.masked()) {
      JsonPointer at = JsonPointer.compile(pointer);
      if (json.at(at.head()) instanceof ObjectNode parent
          && parent.get(at.last().getMatchingProperty()) instanceof JsonNode value) {
        parent.put(at.last().getMatchingProperty(), "<" + value.getNodeType() + ">");
      }
    }
    return sorted(json);
  }

  private static void sort(JsonNode node, String key) {
    if (node instanceof ArrayNode array) {
      List<JsonNode> elements = new ArrayList<>(array.values());
      elements.sort(Comparator.comparing(element -> sorted(element.path(key)).toString()));
      array.removeAll().addAll(elements);
    }
  }

  /** The same with the keys of all objects sorted. */
  static JsonNode sorted(JsonNode node) {
    if (node instanceof ObjectNode) {
      TreeMap<String, JsonNode> fields = new TreeMap<>();
      node.properties().forEach(e -> fields.put(e.getKey(), sorted(e.getValue())));
      ObjectNode object = JSON.createObjectNode();
      fields.forEach(object::set);
      return object;
    }
    if (node instanceof ArrayNode) {
      ArrayNode array = JSON.createArrayNode();
      node.values().forEach(v -> array.add(sorted(v)));
      return array;
    }
    return node;
  }

  @Override
  public String toString() {
    return String.join("\n", lines);
  }
}
