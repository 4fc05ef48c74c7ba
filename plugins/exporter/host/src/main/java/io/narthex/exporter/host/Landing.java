package io.narthex.exporter.host;

/** The page that an exporter shows at {@code /}: what it is and where its metrics are. */
final class Landing {
  static final String CONTENT_TYPE = "text/html; charset=utf-8";

  private Landing() {}

  /**
   * The page. The link is relative, so that any route prefix in front is right.
   *
   * @param telemetryPath begins with a slash
   */
  static String page(String title, String version, String telemetryPath) {
    return """
    <!DOCTYPE html>
    <html lang="en">
    <head><meta charset="utf-8"><title>%1$s</title></head>
    <body>
    <h1>%1$s</h1>
    <p>Narthex %2$s</p>
    <ul><li><a href="%3$s">Metrics</a></li></ul>
    </body>
    </html>
    """
        .formatted(escape(title), escape(version), escape("." + telemetryPath));
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
