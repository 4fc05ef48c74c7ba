package io.narthex.web.api;

/**
 * Label names in URL paths: a name that is not of the classic character set is written {@code U__}
 * followed by the name with {@code _} doubled and every other odd character as {@code _<hex>_}.
 * Source: Prometheus's "values" escaping.
 */
final class LabelEscaping {
  private static final String PREFIX = "U__";

  /** Prometheus reads no more, so characters from U+100000 cannot be written. */
  private static final int MAX_DIGITS = 5;

  private LabelEscaping() {}

  /**
   * The name that {@code text} stands for; {@code text} itself when it is not escaped, or not
   * correctly.
   */
  static String unescape(String text) {
    if (!text.startsWith(PREFIX)) {
      return text;
    }
    StringBuilder out = new StringBuilder();
    int i = PREFIX.length();
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c != '_') {
        out.append(c);
        i++;
        continue;
      }
      int end = text.indexOf('_', i + 1);
      if (end < 0 || end - i > 1 + MAX_DIGITS) {
        return text;
      }
      if (end == i + 1) {
        out.append('_');
      } else {
        int point = 0;
        for (int digit = i + 1; digit < end; digit++) {
          int value = "0123456789abcdef".indexOf(lower(text.charAt(digit)));
          if (value < 0) {
            return text;
          }
          point = 16 * point + value;
        }
        if (point >= 0xd800 && point < 0xe000) {
          return text;
        }
        out.appendCodePoint(point);
      }
      i = end + 1;
    }
    return out.toString();
  }

  private static char lower(char c) {
    return c >= 'A' && c <= 'F' ? (char) (c + 'a' - 'A') : c;
  }
}
