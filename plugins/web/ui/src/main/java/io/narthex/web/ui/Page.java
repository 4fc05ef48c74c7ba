package io.narthex.web.ui;

import io.narthex.api.web.Routes.MenuEntry;
import java.util.List;

/**
 * One HTML page: a fixed text with the title, the menu and the version of the assets filled in.
 *
 * <p>All its addresses are relative, and all pages stand directly below the route prefix. So the
 * same bytes work under any prefix and behind any proxy that adds one.
 */
final class Page {
  private static final String MENU = "<!-- menu -->";
  private static final String TITLE = " · Narthex</title>";

  private final String path;
  private final String template;

  /**
   * Makes one.
   *
   * @param path below the route prefix, with its slash; marks the entry of the menu
   * @param html the page as it is in the jar
   * @param version of the assets
   */
  Page(String path, String html, String version) {
    this.path = path;
    this.template = html.replace("\"assets/", "\"assets/" + version + "/");
    for (String filledIn : List.of(MENU, TITLE)) {
      if (!template.contains(filledIn)) {
        throw new IllegalStateException("cannot use page " + path + ": it has no " + filledIn);
      }
    }
  }

  /**
   * The page with a menu.
   *
   * @param title what the page's own title is followed by
   */
  Asset with(List<MenuEntry> menu, String title) {
    StringBuilder links = new StringBuilder();
    for (MenuEntry entry : menu) {
      links.append("<a href=\"").append(escape(relative(entry.path()))).append('"');
      if (entry.path().equals(path)) {
        links.append(" aria-current=\"page\"");
      }
      links.append('>').append(escape(entry.title())).append("</a>");
    }
    return Asset.html(
        template.replace(TITLE, " · " + escape(title) + "</title>").replace(MENU, links));
  }

  /** With {@code ./} in front, whatever follows stays a path: {@code javascript:} and hosts too. */
  private static String relative(String path) {
    int start = 0;
    while (start < path.length() && path.charAt(start) == '/') {
      start++;
    }
    return "./" + path.substring(start);
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }
}
