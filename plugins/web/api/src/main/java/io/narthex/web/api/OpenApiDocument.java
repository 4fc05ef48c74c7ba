package io.narthex.web.api;

import io.narthex.api.web.Operation;
import io.narthex.api.web.Route;
import io.narthex.api.web.Schema;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Makes an OpenAPI document of routes. Paths are below {@code /api/v1}, which is the document's
 * server, as in Prometheus. Schemas with names become components; two different ones of one name
 * (of two plugins) get names of their own. Used once, by one thread. Source: the OpenAPI
 * Specification, 3.1.0 and 3.2.0.
 */
final class OpenApiDocument {
  private static final String ROOT = "/api/v1";
  private static final String FORM = "application/x-www-form-urlencoded";
  private static final String EVENTS = "text/event-stream";

  /** Of methods that bring a form. */
  private static final Set<String> WITH_BODY = Set.of("POST", "PUT", "PATCH");

  private static final String DESCRIPTION =
      "The HTTP API of Prometheus, as this server has it with the plugins that are loaded at this"
          + " moment. What the server refuses before an endpoint is asked (401, 403, 404, 405,"
          + " 413, and 503 while it starts) is plain text, but an error as endpoints give it where"
          + " web.access refuses it. GET brings HEAD with it; parameters that stand in a form are"
          + " taken in the URL as well.";

  /** A tag that belongs to the API; others come behind, by name. */
  private record Tag(String name, String summary, String description) {}

  private static final List<Tag> TAGS =
      List.of(
          new Tag("query", "Query", "Evaluate, lay out and take apart expressions."),
          new Tag("metadata", "Metadata", "What targets say of their metrics."),
          new Tag("labels", "Labels", "Names and values of labels."),
          new Tag("series", "Series", "Which series there are."),
          new Tag("search", "Search", "Look for metrics and labels by parts of their names."),
          new Tag("targets", "Targets", "What is scraped."),
          new Tag("rules", "Rules", "Recording and alerting rules."),
          new Tag("alerts", "Alerts", "Active alerts, and who is told of them."),
          new Tag("status", "Status", "The server, its configuration and its storage."),
          new Tag("admin", "Admin", "Change what is stored."),
          new Tag("features", "Features", "What is switched on."),
          new Tag("remote", "Remote storage", "Remote read and remote write."),
          new Tag("otlp", "OTLP", "Metrics of OpenTelemetry."),
          new Tag("notifications", "Notifications", "What operators should know of."));

  /** Which OpenAPI. */
  enum Version {
    V3_1("3.1.0"),
    V3_2("3.2.0");

    private final String text;

    Version(String text) {
      this.text = text;
    }
  }

  private final Version version;
  private final Map<String, Schema> components = new TreeMap<>();
  private final Map<String, Object> written = new TreeMap<>();
  private final Set<String> operationIds = new HashSet<>();
  private final Set<String> tags = new HashSet<>();

  private OpenApiDocument(Version version) {
    this.version = version;
  }

  /**
   * The document, of maps, lists, texts, numbers and truth values.
   *
   * @param routes those that are not below {@code /api/v1} are left out
   * @param server where clients reach {@code /}, without a slash at the end
   * @param apiVersion that of the program
   */
  static Map<String, Object> of(
      Version version, List<Route> routes, String server, String apiVersion) {
    return new OpenApiDocument(version).document(routes, server, apiVersion);
  }

  private Map<String, Object> document(List<Route> routes, String server, String apiVersion) {
    // Before tags and components, which it gathers.
    Map<String, Object> paths = paths(routes);
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("openapi", version.text);
    out.put(
        "info",
        ordered("title", "Prometheus API", "description", DESCRIPTION, "version", apiVersion));
    out.put("servers", List.of(Map.of("url", server + ROOT)));
    out.put("tags", tags());
    out.put("paths", paths);
    out.put("components", Map.of("schemas", written));
    return out;
  }

  private static Map<String, Object> ordered(Object... keysAndValues) {
    Map<String, Object> out = new LinkedHashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      out.put((String) keysAndValues[i], keysAndValues[i + 1]);
    }
    return out;
  }

  private List<Object> tags() {
    List<Object> out = new ArrayList<>();
    Set<String> others = new TreeSet<>(tags);
    for (Tag tag : TAGS) {
      if (others.remove(tag.name())) {
        Map<String, Object> one = ordered("name", tag.name());
        if (version == Version.V3_2) {
          one.put("summary", tag.summary());
        }
        one.put("description", tag.description());
        out.add(one);
      }
    }
    others.forEach(name -> out.add(ordered("name", name)));
    return out;
  }

  private Map<String, Object> paths(List<Route> routes) {
    // Routes of one shape are one path, whatever they call what stands in it.
    Map<String, List<Route>> shapes = new TreeMap<>();
    for (Route route : routes) {
      if (route.path().startsWith(ROOT + "/") && isSaid(route)) {
        String shape = route.path().replaceAll("/([:*])[^/]*", "/$1");
        shapes.computeIfAbsent(shape, key -> new ArrayList<>()).add(route);
      }
    }
    Map<String, Object> out = new LinkedHashMap<>();
    for (List<Route> same : shapes.values()) {
      Map<String, Object> item = new LinkedHashMap<>();
      List<String> names = names(same.getFirst());
      Map<String, Route> byMethod = new TreeMap<>();
      same.forEach(route -> route.methods().forEach(m -> byMethod.putIfAbsent(m, route)));
      byMethod.forEach((method, route) ->
          item.put(
              method.toLowerCase(Locale.ROOT),
              operation(route, method, names, method.equals(byMethod.keySet().iterator().next()))));
      out.put(template(same.getFirst()), item);
    }
    return out;
  }

  /** OpenAPI 3.1 has no words for events; Prometheus leaves them out there as well. */
  private boolean isSaid(Route route) {
    return version == Version.V3_2
        || route.operation().answers().stream().noneMatch(a -> a.mediaType().equals(EVENTS));
  }

  private static String template(Route route) {
    return route.path().substring(ROOT.length()).replaceAll("/[:*]([^/]*)", "/{$1}");
  }

  /** What stands in the place of segments, in order. */
  private static List<String> names(Route route) {
    return List.of(route.path().split("/", -1)).stream()
        .filter(segment -> segment.startsWith(":") || segment.startsWith("*"))
        .map(segment -> segment.substring(1))
        .toList();
  }

  private Map<String, Object> operation(
      Route route, String method, List<String> names, boolean first) {
    Operation operation = route.operation();
    Map<String, Object> out = new LinkedHashMap<>();
    if (!operation.tag().isEmpty()) {
      tags.add(operation.tag());
      out.put("tags", List.of(operation.tag()));
    }
    if (!operation.summary().isEmpty()) {
      out.put("summary", operation.summary());
    }
    if (!operation.description().isEmpty()) {
      out.put("description", operation.description());
    }
    out.put("operationId", operationId(route, first ? "" : method));
    List<Object> parameters = new ArrayList<>();
    pathParameters(route, names, parameters);
    List<Operation.Parameter> form = new ArrayList<>();
    for (Operation.Parameter parameter : operation.parameters()) {
      if (parameter.place() == Operation.Place.FORM && WITH_BODY.contains(method)) {
        form.add(parameter);
      } else if (parameter.place() != Operation.Place.PATH) {
        parameters.add(parameter(parameter, "query", parameter.name()));
      }
    }
    if (!parameters.isEmpty()) {
      out.put("parameters", parameters);
    }
    if (WITH_BODY.contains(method)) {
      body(operation, form, out);
    }
    out.put("responses", answers(operation));
    return out;
  }

  private String operationId(Route route, String method) {
    String id =
        (template(route) + "-" + method.toLowerCase(Locale.ROOT))
            .replaceAll("[^A-Za-z0-9_]+", "-")
            .replaceAll("^-|-$", "");
    String free = id;
    for (int i = 2; !operationIds.add(free); i++) {
      free = id + "-" + i;
    }
    return free;
  }

  private void pathParameters(Route route, List<String> names, List<Object> out) {
    Map<String, Operation.Parameter> described =
        route.operation().parameters().stream()
            .filter(p -> p.place() == Operation.Place.PATH)
            .collect(Collectors.toMap(Operation.Parameter::name, Function.identity()));
    List<String> own = names(route);
    for (int i = 0; i < own.size(); i++) {
      Operation.Parameter parameter =
          described
              .getOrDefault(own.get(i), Operation.Parameter.of(own.get(i), ""))
              .in(Operation.Place.PATH);
      out.add(parameter(parameter, "path", names.get(i)));
    }
  }

  private Map<String, Object> parameter(Operation.Parameter parameter, String where, String name) {
    Map<String, Object> out = ordered("name", name, "in", where);
    if (!parameter.description().isEmpty()) {
      out.put("description", parameter.description());
    }
    if (parameter.isRequired()) {
      out.put("required", true);
    }
    out.put("schema", schema(parameter.schema(), Map.of()));
    return out;
  }

  private void body(Operation operation, List<Operation.Parameter> form, Map<String, Object> out) {
    Map<String, Object> content = new LinkedHashMap<>();
    operation.bodyTypes().forEach(type -> content.put(type, Map.of()));
    boolean required = !operation.bodyTypes().isEmpty();
    if (!form.isEmpty()) {
      Map<String, Object> fields = new LinkedHashMap<>();
      for (Operation.Parameter parameter : form) {
        Map<String, Object> field = new LinkedHashMap<>();
        field.put("description", parameter.description());
        field.putAll(schema(parameter.schema(), Map.of()));
        fields.put(parameter.name(), field);
      }
      List<String> needed =
          form.stream()
              .filter(Operation.Parameter::isRequired)
              .map(Operation.Parameter::name)
              .toList();
      Map<String, Object> schema = ordered("type", "object", "properties", fields);
      if (!needed.isEmpty()) {
        schema.put("required", needed);
        required = true;
      }
      content.put(FORM, Map.of("schema", schema));
    }
    if (!content.isEmpty()) {
      out.put("requestBody", ordered("content", content, "required", required));
    }
  }

  private Map<String, Object> answers(Operation operation) {
    Map<String, Object> out = new LinkedHashMap<>();
    List<Operation.Answer> sorted =
        operation.answers().stream()
            // Without a status it stands for all others, and so last.
            .sorted(Comparator.comparingInt(a -> a.status() == 0 ? 1000 : a.status()))
            .toList();
    for (Operation.Answer answer : sorted) {
      String status = answer.status() == 0 ? "default" : Integer.toString(answer.status());
      @SuppressWarnings("unchecked")
      Map<String, Object> one =
          (Map<String, Object>)
              out.computeIfAbsent(status, key -> ordered("description", answer.description()));
      if (!answer.mediaType().isEmpty()) {
        @SuppressWarnings("unchecked")
        Map<String, Object> content =
            (Map<String, Object>) one.computeIfAbsent("content", key -> new LinkedHashMap<>());
        content.put(answer.mediaType(), media(answer));
      }
    }
    if (out.isEmpty()) {
      out.put("default", ordered("description", "Not described"));
    }
    return out;
  }

  private Map<String, Object> media(Operation.Answer answer) {
    Schema schema = answer.schema();
    if (schema == null || (answer.isSequence() && version == Version.V3_1)) {
      return Map.of();
    }
    return Map.of(answer.isSequence() ? "itemSchema" : "schema", schema(schema, Map.of()));
  }

  /**
   * A schema where it is used.
   *
   * @param open names of those that it stands in, and under which each is a component
   */
  private Map<String, Object> schema(Schema schema, Map<String, String> open) {
    if (!schema.referenced().isEmpty()) {
      String component = open.get(schema.referenced());
      return component == null ? Map.of() : reference(component);
    }
    if (schema.name().isEmpty()) {
      return keywords(schema, open);
    }
    String component = schema.name();
    for (int i = 2; components.containsKey(component); i++) {
      if (components.get(component).equals(schema)) {
        return reference(component);
      }
      component = schema.name() + "_" + i;
    }
    components.put(component, schema);
    Map<String, String> inside = new HashMap<>(open);
    inside.put(schema.name(), component);
    written.put(component, keywords(schema, inside));
    return reference(component);
  }

  private static Map<String, Object> reference(String component) {
    return ordered("$ref", "#/components/schemas/" + component);
  }

  private Map<String, Object> keywords(Schema schema, Map<String, String> open) {
    Map<String, Object> out = new LinkedHashMap<>();
    schema.keywords().forEach((key, value) -> out.put(key, value(value, open)));
    return out;
  }

  private Object value(Object value, Map<String, String> open) {
    return switch (value) {
      case Schema schema -> schema(schema, open);
      case List<?> list -> list.stream().map(item -> value(item, open)).toList();
      case Map<?, ?> map -> {
        Map<String, Object> out = new LinkedHashMap<>();
        map.forEach((key, v) -> out.put((String) key, value(v, open)));
        yield out;
      }
      default -> value;
    };
  }
}
