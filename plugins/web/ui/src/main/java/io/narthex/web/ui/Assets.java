package io.narthex.web.ui;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The scripts, style sheet and pictures of the pages, read once from the class path into memory
 * (some 120 KB).
 *
 * <p>They are found by their name in a table, never by a path, so that no request can reach another
 * file. Their addresses hold a version made of all their bytes, and scripts name each other
 * relative to their own address: browsers may keep them forever, and never mix two versions.
 */
final class Assets {
  /** All there are. A jar cannot be listed, so they are named here; a test compares. */
  static final List<String> NAMES =
      List.of(
          "api.js",
          "chart.js",
          "complete.js",
          "editor.js",
          "format.js",
          "legend.js",
          "listing.js",
          "logo.svg",
          "narthex.css",
          "page.js",
          "panel.js",
          "plugins.js",
          "promql.js",
          "query.js",
          "rank.js",
          "scale.js",
          "series.js",
          "state.js",
          "table.js",
          "targets.js",
          "theme.js",
          "time.js");

  private final Map<String, Asset> byName = new TreeMap<>();
  private final String version;

  Assets() {
    for (String name : NAMES) {
      byName.put(name, Asset.of(contentType(name), read("assets/" + name)));
    }
    version = Asset.digest(byName.values().stream().map(Asset::content).toArray(byte[][]::new));
  }

  /** The part of the addresses that changes with any of the files. */
  String version() {
    return version;
  }

  Optional<Asset> find(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /** The text of a page as it is in the jar, before its menu and its version are filled in. */
  static String page(String name) {
    return new String(read("pages/" + name + ".html"), StandardCharsets.UTF_8);
  }

  private static byte[] read(String name) {
    try (InputStream in = Assets.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(
            "cannot read " + name + ": it is not in the jar of the plugin web-ui");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + name + " of the plugin web-ui", e);
    }
  }

  private static String contentType(String name) {
    return switch (name.substring(name.lastIndexOf('.'))) {
      case ".js" -> "text/javascript; charset=utf-8";
      case ".css" -> "text/css; charset=utf-8";
      case ".svg" -> "image/svg+xml";
      default -> throw new IllegalStateException("cannot serve " + name + ": unknown kind of file");
    };
  }
}
