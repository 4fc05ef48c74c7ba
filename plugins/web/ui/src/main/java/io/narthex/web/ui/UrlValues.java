package io.narthex.web.ui;

import io.narthex.api.template.TemplateFunction;
import io.narthex.api.template.TemplateObject;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The parameters of a URL, as console templates know them: a map of lists with the methods {@code
 * Get}, {@code Has} and {@code Encode}.
 */
record UrlValues(Map<String, List<String>> values) implements TemplateObject {
  UrlValues {
    values = Map.copyOf(values);
  }

  @Override
  public String type() {
    return "url.Values";
  }

  @Override
  public String shape() {
    return "map[string][]string";
  }

  @Override
  public Object content() {
    return values;
  }

  @Override
  public @Nullable TemplateFunction method(String name) {
    return switch (name) {
      case "Get" ->
          TemplateFunction.of("func(string) string", a -> first(String.valueOf(a.getFirst())));
      case "Has" ->
          TemplateFunction.of(
              "func(string) bool", a -> values.containsKey(String.valueOf(a.getFirst())));
      case "Encode" -> TemplateFunction.of("func() string", a -> encode());
      default -> null;
    };
  }

  /** The first value of a parameter, {@code ""} when there is none. */
  String first(String name) {
    List<String> all = values.getOrDefault(name, List.of());
    return all.isEmpty() ? "" : all.getFirst();
  }

  private String encode() {
    StringJoiner text = new StringJoiner("&");
    new TreeMap<>(values)
        .forEach((name, all) -> all.forEach(value -> text.add(escape(name) + "=" + escape(value))));
    return text.toString();
  }

  private static String escape(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("*", "%2A").replace("%7E", "~");
  }
}
