package io.narthex.web.api;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Writes maps, lists, texts, numbers and truth values as YAML in block style, which readers of YAML
 * 1.1 and 1.2 take alike. Depth is that of the value: not for what strangers send.
 */
final class YamlText {
  /** Needs no quotes, if no reader takes it for something else. */
  private static final Pattern PLAIN =
      Pattern.compile("[A-Za-z_/$][A-Za-z0-9_./$;,()<>=+-]*( [A-Za-z0-9_./$;,()<>=+-]+)*");

  private static final Set<String> WORDS =
      Set.of("y", "n", "yes", "no", "on", "off", "true", "false", "null");

  private final StringBuilder out = new StringBuilder(1 << 16);

  private YamlText() {}

  static String of(Map<String, ?> document) {
    YamlText text = new YamlText();
    text.map(document, 0);
    return text.out.toString();
  }

  private void map(Map<?, ?> map, int indent) {
    boolean first = true;
    for (Map.Entry<?, ?> e : map.entrySet()) {
      if (!first) {
        out.repeat(' ', indent);
      }
      first = false;
      scalar(e.getKey());
      out.append(':');
      value(e.getValue(), indent + 2, false);
    }
  }

  /** What stands behind a key or a dash. */
  private void value(Object value, int indent, boolean inList) {
    switch (value) {
      case Map<?, ?> map when map.isEmpty() -> out.append(" {}\n");
      case List<?> list when list.isEmpty() -> out.append(" []\n");
      case Map<?, ?> map -> {
        if (inList) {
          out.append(' ');
        } else {
          out.append('\n').repeat(' ', indent);
        }
        map(map, indent);
      }
      case List<?> list -> {
        out.append(inList ? " " : "\n");
        boolean first = true;
        for (Object item : list) {
          if (!inList || !first) {
            out.repeat(' ', indent);
          }
          first = false;
          out.append('-');
          value(item, indent + 2, true);
        }
      }
      default -> {
        out.append(' ');
        scalar(value);
        out.append('\n');
      }
    }
  }

  private void scalar(Object value) {
    if (!(value instanceof String text)) {
      out.append(value);
    } else if (PLAIN.matcher(text).matches() && !WORDS.contains(text.toLowerCase(Locale.ROOT))) {
      out.append(text);
    } else {
      quoted(text);
    }
  }

  /** As JSON has it; YAML has the same escapes. */
  private void quoted(String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        default -> {
          if (!isPrintable(c)) {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  /** As YAML has it, without what ends a line there and not elsewhere. */
  private static boolean isPrintable(char c) {
    return c >= ' '
        && (c < 0x7f || c >= 0xa0)
        && c != 0x2028
        && c != 0x2029
        && c != 0xfeff
        && c < 0xfffe;
  }
}
