package io.narthex.kernel.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Writes {@code --help} as kingpin lays it out, 80 columns wide. */
final class FlagHelp {
  private static final int WIDTH = 80;
  private static final int INDENT = 2;
  private static final int PADDING = 2;

  /** Names from this length on stand on a line of their own. */
  private static final int MAX_NAME = 30;

  private FlagHelp() {}

  /**
   * Writes it.
   *
   * @param program as it was called
   * @param about what it is, in a sentence
   */
  static String of(String program, String about, Flags flags) {
    StringBuilder out = new StringBuilder();
    out.append("usage: ").append(program).append(" [<flags>]\n\n");
    if (!about.isEmpty()) {
      out.append(about).append("\n\n");
    }
    out.append("\nFlags:\n");
    List<Setting> shown = flags.all().stream().filter(s -> !s.hidden()).toList();
    int width = 0;
    for (Setting setting : shown) {
      int length = name(setting).length();
      width = length < MAX_NAME ? Math.max(width, length) : width;
    }
    for (Setting setting : shown) {
      String name = name(setting);
      out.append(" ".repeat(INDENT)).append(name);
      out.append(" ".repeat(Math.max(0, width - name.length()) + PADDING));
      String margin = "\n" + " ".repeat(INDENT + width + PADDING);
      if (name.length() >= MAX_NAME) {
        out.append(margin);
      }
      out.append(String.join(margin, wrap(setting.help(), WIDTH - INDENT - width - PADDING)));
      out.append('\n');
    }
    return out.append('\n').toString();
  }

  private static String name(Setting setting) {
    String prefix = setting.shortName() == ' ' ? "    --" : "-" + setting.shortName() + ", --";
    if (setting.isBoolean()) {
      return prefix + "[no-]" + setting.flag();
    }
    return prefix + setting.flag() + "=" + placeholder(setting) + (setting.list() ? " ..." : "");
  }

  private static String placeholder(Setting setting) {
    @Nullable String value =
        setting.defaults().isEmpty() ? null : setting.isSecret() ? "" : setting.defaults().get(0);
    if (value == null || (value.isEmpty() && !setting.isSecret() && setting.list())) {
      return setting.flag().toUpperCase(Locale.ROOT);
    }
    String more = setting.defaults().size() > 1 ? "..." : "";
    // kingpin quotes single values only.
    boolean quoted = !setting.list() && (setting.type() == String.class || value.isEmpty());
    return (quoted ? "\"" + value.replace("\\", "\\\\").replace("\"", "\\\"") + "\"" : value)
        + more;
  }

  private static List<String> wrap(String text, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split("\\s+")) {
      if (!line.isEmpty() && line.length() + 1 + word.length() > width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
