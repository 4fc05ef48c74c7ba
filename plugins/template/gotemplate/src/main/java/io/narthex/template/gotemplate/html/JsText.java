package io.narthex.template.gotemplate.html;

/** Texts within strings, template literals and regular expressions of JavaScript. */
final class JsText {
  private JsText() {}

  private static String low(char c) {
    return switch (c) {
      case '\t' -> "\\t";
      case '\n' -> "\\n";
      case '\f' -> "\\f";
      case '\r' -> "\\r";
      case '\u2028' -> "\\u2028";
      case '\u2029' -> "\\u2029";
      default ->
          c < 0x20 ? "\\u00" + Character.forDigit(c >> 4, 16) + Character.forDigit(c & 15, 16) : "";
    };
  }

  private static String shared(char c) {
    return switch (c) {
      case '"' -> "\\u0022";
      case '&' -> "\\u0026";
      case '\'' -> "\\u0027";
      case '+' -> "\\u002b";
      case '/' -> "\\/";
      case '<' -> "\\u003c";
      case '>' -> "\\u003e";
      default -> low(c);
    };
  }

  /**
   * A text within a string.
   *
   * @param escaped whether it has escapes already
   */
  static String string(String s, boolean escaped) {
    StringBuilder out = new StringBuilder(s.length() + 16);
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      add(
          out,
          c,
          switch (c) {
            case '`' -> "\\u0060";
            case '\\' -> escaped ? "" : "\\\\";
            default -> shared(c);
          });
    }
    return out.toString();
  }

  /** A text within a template literal. */
  static String template(String s) {
    StringBuilder out = new StringBuilder(s.length() + 16);
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      add(
          out,
          c,
          switch (c) {
            case '`' -> "\\u0060";
            case '\\' -> "\\\\";
            case '$' -> "\\u0024";
            case '{' -> "\\u007b";
            case '}' -> "\\u007d";
            default -> shared(c);
          });
    }
    return out.toString();
  }

  /** A text within a regular expression. */
  static String regexp(String s) {
    StringBuilder out = new StringBuilder(s.length() + 16);
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      add(
          out,
          c,
          switch (c) {
            case '$', '(', ')', '*', '-', '.', '?', '[', '\\', ']', '^', '{', '|', '}' -> "\\" + c;
            default -> shared(c);
          });
    }
    return out.toString();
  }

  private static void add(StringBuilder out, char c, String escaped) {
    if (escaped.isEmpty()) {
      out.append(c);
    } else {
      out.append(escaped);
    }
  }
}
