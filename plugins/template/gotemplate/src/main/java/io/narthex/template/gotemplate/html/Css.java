package io.narthex.template.gotemplate.html;

import java.util.Locale;

/** Pieces of CSS. */
final class Css {
  private Css() {}

  /** Whether a word that is not a part of a longer one ends at an offset. */
  static boolean endsWithKeyword(String s, int end, String keyword) {
    int start = end - keyword.length();
    if (start < 0 || !s.regionMatches(true, start, keyword, 0, keyword.length())) {
      return false;
    }
    return start == 0 || !isNameCharacter(s.codePointBefore(start));
  }

  static boolean isNameCharacter(int c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '-'
        || c == '_'
        || (c >= 0x80 && c <= 0xd7ff)
        || (c >= 0xe000 && c <= 0xfffd)
        || c >= 0x10000;
  }

  static boolean isHex(char c) {
    return c < 128 && Character.digit(c, 16) >= 0;
  }

  /** A text without escapes. */
  static String decode(String s) {
    int at = s.indexOf('\\');
    if (at < 0) {
      return s;
    }
    StringBuilder out = new StringBuilder(s.length()).append(s, 0, at);
    while (at < s.length()) {
      if (s.charAt(at) != '\\') {
        out.append(s.charAt(at++));
        continue;
      }
      if (at + 1 >= s.length()) {
        break;
      }
      if (!isHex(s.charAt(at + 1))) {
        int c = s.codePointAt(at + 1);
        out.appendCodePoint(c);
        at += 1 + Character.charCount(c);
        continue;
      }
      int end = at + 2;
      while (end < s.length() && end < at + 7 && isHex(s.charAt(end))) {
        end++;
      }
      int c = Integer.parseInt(s, at + 1, end, 16);
      if (c > Character.MAX_CODE_POINT) {
        c /= 16;
        end--;
      }
      out.appendCodePoint(c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
      at = skipOneSpace(s, end);
    }
    return out.toString();
  }

  private static int skipOneSpace(String s, int at) {
    if (at >= s.length()) {
      return at;
    }
    if (s.startsWith("\r\n", at)) {
      return at + 2;
    }
    return Transitions.isSpace(s.charAt(at)) ? at + 1 : at;
  }

  /** A text within a string of CSS. */
  static String escape(String s) {
    StringBuilder out = new StringBuilder(s.length() + 16);
    for (int i = 0; i < s.length(); i++) {
      String escaped =
          switch (s.charAt(i)) {
            case 0 -> "\\0";
            case '\t' -> "\\9";
            case '\n' -> "\\a";
            case '\f' -> "\\c";
            case '\r' -> "\\d";
            case '"' -> "\\22";
            case '&' -> "\\26";
            case '\'' -> "\\27";
            case '(' -> "\\28";
            case ')' -> "\\29";
            case '+' -> "\\2b";
            case '/' -> "\\2f";
            case ':' -> "\\3a";
            case ';' -> "\\3b";
            case '<' -> "\\3c";
            case '>' -> "\\3e";
            case '\\' -> "\\\\";
            case '{' -> "\\7b";
            case '}' -> "\\7d";
            default -> "";
          };
      if (escaped.isEmpty()) {
        out.append(s.charAt(i));
        continue;
      }
      out.append(escaped);
      boolean last = i + 1 == s.length();
      if (!escaped.equals("\\\\")
          && (last || isHex(s.charAt(i + 1)) || Transitions.isSpace(s.charAt(i + 1)))) {
        out.append(' ');
      }
    }
    return out.toString();
  }

  /** A value that can stand by itself, if it is harmless. */
  static String filter(String s) {
    String decoded = decode(s);
    StringBuilder letters = new StringBuilder();
    for (int i = 0; i < decoded.length(); i++) {
      char c = decoded.charAt(i);
      switch (c) {
        case 0, '"', '\'', '(', ')', '/', ';', '@', '[', '\\', ']', '`', '{', '}', '<', '>' -> {
          return Escapers.FAILSAFE;
        }
        case '-' -> {
          if (i > 0 && decoded.charAt(i - 1) == '-') {
            return Escapers.FAILSAFE;
          }
        }
        default -> {
          if (c < 0x80 && isNameCharacter(c)) {
            letters.append(c);
          }
        }
      }
    }
    String identifier = letters.toString().toLowerCase(Locale.ROOT);
    return identifier.contains("expression") || identifier.contains("mozbinding")
        ? Escapers.FAILSAFE
        : decoded;
  }
}
