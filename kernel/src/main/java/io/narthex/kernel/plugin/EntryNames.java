package io.narthex.kernel.plugin;

import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The names of an archive's entries, checked one after the other. What passes can be written below
 * any directory, on any file system, without touching anything outside and without two entries
 * meeting in one file.
 */
final class EntryNames {
  private static final Pattern DRIVE = Pattern.compile("[A-Za-z]:.*");
  private static final int MAX_NAME = 1024;
  private static final int MAX_SEGMENT = 255;

  private enum Kind {
    FILE,
    DIRECTORY,
    /** Known from a name below it only, so that an entry for it may follow. */
    IMPLIED
  }

  private record Seen(String name, Kind kind) {}

  private final Map<String, Seen> seen = new HashMap<>();

  /**
   * Checks a name and remembers it.
   *
   * @return the name without a leading {@code ./} and trailing slash; empty for the archive's own
   *     top
   * @throws PluginFault when it could do harm
   */
  String check(String raw, boolean directory) throws PluginFault {
    if (raw.length() > MAX_NAME) {
      throw refused(raw, "its name is longer than " + MAX_NAME + " characters");
    }
    if (raw.indexOf('\\') >= 0) {
      throw refused(raw, "its name has a backslash");
    }
    if (raw.startsWith("/") || DRIVE.matcher(raw).matches()) {
      throw refused(raw, "its name is absolute");
    }
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (Character.isISOControl(c) || c == '\uFFFD' || c == ':') {
        throw refused(raw, "its name has characters that file names may not have");
      }
    }
    String name = raw;
    while (name.startsWith("./")) {
      name = name.substring(2);
    }
    if (name.endsWith("/")) {
      name = name.substring(0, name.length() - 1);
    }
    if (directory && (name.isEmpty() || name.equals("."))) {
      return "";
    }
    List<String> path = new ArrayList<>();
    for (String segment : name.split("/", -1)) {
      if (segment.equals("..")) {
        throw refused(raw, "it would be written outside of the plugin");
      }
      if (segment.isEmpty() || segment.equals(".")) {
        throw refused(raw, "its name has an empty part");
      }
      if (segment.getBytes(StandardCharsets.UTF_8).length > MAX_SEGMENT) {
        throw refused(raw, "a part of its name is longer than " + MAX_SEGMENT + " bytes");
      }
      path.add(segment);
    }
    for (int i = 1; i < path.size(); i++) {
      remember(raw, String.join("/", path.subList(0, i)), Kind.IMPLIED);
    }
    remember(raw, name, directory ? Kind.DIRECTORY : Kind.FILE);
    return name;
  }

  private void remember(String raw, String name, Kind kind) throws PluginFault {
    String folded = Normalizer.normalize(name, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    Seen before = seen.get(folded);
    if (before == null) {
      seen.put(folded, new Seen(name, kind));
      return;
    }
    if (!before.name.equals(name)) {
      throw refused(raw, "its name differs from " + shown(before.name) + " only in case");
    }
    if (before.kind == Kind.FILE || kind == Kind.FILE) {
      throw refused(
          raw, before.kind == kind ? "it is there twice" : "it is both a file and a directory");
    }
    if (kind == Kind.DIRECTORY) {
      seen.put(folded, new Seen(name, kind));
    }
  }

  static PluginFault refused(String name, String reason) {
    return new PluginFault("entry " + shown(name) + ": " + reason);
  }

  /** A name that may be hostile, fit to be printed. */
  static String shown(String name) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < Math.min(name.length(), 80); i++) {
      char c = name.charAt(i);
      out.append(Character.isISOControl(c) ? '?' : c);
    }
    return out.append(name.length() > 80 ? "...\"" : "\"").toString();
  }
}
