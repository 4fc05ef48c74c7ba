package io.narthex.template.gotemplate;

import io.narthex.template.gotemplate.value.GoText;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** What the functions html, js and urlquery do. */
final class Escapes {
  private Escapes() {}

  static String html(String text) {
    StringBuilder out = null;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      String escaped =
          switch (c) {
            case 0 -> "\uFFFD";
            case '"' -> "&#34;";
            case '\'' -> "&#39;";
            case '&' -> "&amp;";
            case '<' -> "&lt;";
            case '>' -> "&gt;";
            default -> "";
          };
      if (!escaped.isEmpty() && out == null) {
        out = new StringBuilder(text.length() + 16).append(text, 0, i);
      }
      if (out != null) {
        if (escaped.isEmpty()) {
          out.append(c);
        } else {
          out.append(escaped);
        }
      }
    }
    return out == null ? text : out.toString();
  }

  static String javaScript(String text) {
    StringBuilder out = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      switch (c) {
        case '\\' -> out.append("\\\\");
        case '\'' -> out.append("\\'");
        case '"' -> out.append("\\\"");
        case '<' -> out.append("\\u003C");
        case '>' -> out.append("\\u003E");
        case '&' -> out.append("\\u0026");
        case '=' -> out.append("\\u003D");
        default -> {
          if (c < ' ' || (c >= 0x80 && !GoText.isPrint(c))) {
            String hex = Integer.toHexString(c).toUpperCase(Locale.ROOT);
            out.append("\\u").repeat('0', Math.max(0, 4 - hex.length())).append(hex);
          } else {
            out.appendCodePoint(c);
          }
        }
      }
    }
    return out.toString();
  }

  /** As a part of the query of a URL. */
  static String query(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("*", "%2A").replace("%7E", "~");
  }
}
