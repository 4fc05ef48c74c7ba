package io.narthex.api.web;

import io.narthex.api.Api;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * What a JSON value looks like, in the keywords of JSON Schema 2020-12, which are those of OpenAPI
 * 3.1. Every method gives a new one. Immutable.
 *
 * <pre>{@code
 * Schema.object()
 *     .with("name", Schema.string())
 *     .may("sizes", Schema.array(Schema.integer()))
 *     .named("Thing")
 * }</pre>
 *
 * @param name under which a document holds it once and refers to it; empty to write it where it is
 *     used. A name is one or more of {@code A-Z a-z 0-9 . _ -}
 * @param keywords values are texts, numbers, truth values and schemas, and lists and maps of these
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public record Schema(String name, Map<String, Object> keywords) {
  private static final String REFERENCE = "$ref";
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]*");

  public Schema {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "cannot name a schema: got " + name + ", want letters, digits, dots, _ and - only");
    }
    keywords = copy(keywords);
  }

  private static Map<String, Object> copy(Map<?, ?> map) {
    Map<String, Object> out = new LinkedHashMap<>();
    map.forEach((key, value) -> out.put((String) key, checked(value)));
    return Collections.unmodifiableMap(out);
  }

  private static Object checked(Object value) {
    return switch (value) {
      case String text -> text;
      case Number number -> number;
      case Boolean truth -> truth;
      case Schema schema -> schema;
      case List<?> list -> list.stream().map(Schema::checked).toList();
      case Map<?, ?> map -> copy(map);
      default ->
          throw new IllegalArgumentException(
              "cannot make a schema: got a "
                  + value.getClass().getName()
                  + ", want texts, numbers, truth values, schemas, lists and maps");
    };
  }

  private static Schema of(String keyword, Object value) {
    return new Schema("", Map.of(keyword, value));
  }

  /** Any value. */
  public static Schema any() {
    return new Schema("", Map.of());
  }

  /** A text. */
  public static Schema string() {
    return of("type", "string");
  }

  /** A number. */
  public static Schema number() {
    return of("type", "number");
  }

  /** A whole number. */
  public static Schema integer() {
    return of("type", "integer");
  }

  /** {@code true} or {@code false}. */
  public static Schema truth() {
    return of("type", "boolean");
  }

  /** One of some texts. */
  public static Schema values(String... values) {
    return string().plus("enum", List.of(values));
  }

  /** This text alone. */
  public static Schema constant(String value) {
    return string().plus("const", value);
  }

  /** A list of any length. */
  public static Schema array(Schema items) {
    return of("type", "array").plus("items", items);
  }

  /** A list of exactly these. */
  public static Schema tuple(Schema... items) {
    return of("type", "array")
        .plus("prefixItems", List.of(items))
        .plus("minItems", items.length)
        .plus("maxItems", items.length);
  }

  /** An object of any keys, whose values are alike. */
  public static Schema map(Schema values) {
    return of("type", "object").plus("additionalProperties", values);
  }

  /** An object that has no keys but those added by {@link #with} and {@link #may}. */
  public static Schema object() {
    return of("type", "object").plus("additionalProperties", false);
  }

  /** What fits one of these at least. */
  public static Schema anyOf(Schema... choices) {
    return of("anyOf", List.of(choices));
  }

  /**
   * A schema that is described elsewhere in the same document, by its name; within itself, for what
   * nests.
   */
  public static Schema reference(String name) {
    return of(REFERENCE, Objects.requireNonNull(name));
  }

  /** The name of what this is a {@link #reference} to; empty when it is none. */
  public String referenced() {
    return keywords.get(REFERENCE) instanceof String target ? target : "";
  }

  /** With a further keyword, or another value of one. */
  public Schema plus(String keyword, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(keywords);
    more.put(keyword, value);
    return new Schema(name, more);
  }

  /** An object with a further key, which is always there. */
  public Schema with(String key, Schema value) {
    List<Object> required = new ArrayList<>();
    if (keywords.get("required") instanceof List<?> before) {
      required.addAll(before);
    }
    required.add(key);
    return may(key, value).plus("required", required);
  }

  /** An object with a further key, which may be left out. */
  public Schema may(String key, Schema value) {
    Map<String, Object> properties = new LinkedHashMap<>();
    if (keywords.get("properties") instanceof Map<?, ?> before) {
      before.forEach((k, v) -> properties.put((String) k, v));
    }
    properties.put(key, value);
    return plus("properties", properties);
  }

  /** The same, or {@code null}. */
  public Schema nullable() {
    return keywords.get("type") instanceof String type
        ? plus("type", List.of(type, "null"))
        : anyOf(this, of("type", "null"));
  }

  /** With a sentence that says what it is. */
  public Schema described(String description) {
    return plus("description", description);
  }

  /** With what is taken where it is left out. */
  public Schema fallback(Object value) {
    return plus("default", value);
  }

  /** The same under a name, so that documents hold it once. */
  public Schema named(String other) {
    return new Schema(other, keywords);
  }
}
