package io.narthex.api.relabel;

import io.narthex.api.Table;
import io.narthex.api.config.Defaults;
import io.narthex.api.model.Labels;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads the lines of the tables about relabelling: {@code name=value name="value with blanks"}. */
final class Steps {
  private Steps() {}

  static Labels labels(String text) {
    return Labels.of(assignments(text));
  }

  static RelabelConfig step(String text) {
    Map<String, Object> components = new LinkedHashMap<>();
    assignments(text)
        .forEach((key, value) -> {
          switch (key) {
            case "source_labels" ->
                components.put(
                    "sourceLabels", value.isEmpty() ? List.of() : List.of(value.split(",")));
            case "target_label" -> components.put("targetLabel", value);
            case "modulus" -> components.put(key, Long.parseLong(value));
            case "action" -> components.put(key, RelabelConfig.Action.parse(value));
            case "separator", "regex", "replacement" -> components.put(key, value);
            default -> throw new IllegalStateException("unknown key " + key);
          }
        });
    return Defaults.with(RelabelConfig.class, components);
  }

  private static Map<String, String> assignments(String text) {
    Map<String, String> found = new LinkedHashMap<>();
    for (String token : tokens(text)) {
      int equals = token.indexOf('=');
      String value = token.substring(equals + 1);
      boolean quoted = value.startsWith("\"");
      String bare = quoted ? value.substring(1, value.length() - 1) : value;
      found.put(token.substring(0, equals), Table.unescape(bare));
    }
    return found;
  }

  private static List<String> tokens(String text) {
    List<String> tokens = new ArrayList<>();
    StringBuilder token = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i <= text.length(); i++) {
      char c = i < text.length() ? text.charAt(i) : ' ';
      if (c == ' ' && (!quoted || i == text.length())) {
        if (!token.isEmpty()) {
          tokens.add(token.toString());
          token.setLength(0);
        }
        continue;
      }
      token.append(c);
      if (c == '\\') {
        token.append(text.charAt(++i));
      } else if (c == '"') {
        quoted = !quoted;
      }
    }
    return tokens;
  }
}
