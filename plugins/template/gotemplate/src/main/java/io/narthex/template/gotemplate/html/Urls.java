package io.narthex.template.gotemplate.html;

import java.nio.charset.StandardCharsets;

/** Pieces of URLs. */
final class Urls {
  private Urls() {}

  /** Whether a URL has no protocol, or one that runs no script. */
  static boolean isSafe(String url) {
    int colon = url.indexOf(':');
    if (colon < 0 || url.substring(0, colon).indexOf('/') >= 0) {
      return true;
    }
    String protocol = url.substring(0, colon);
    return protocol.equalsIgnoreCase("http")
        || protocol.equalsIgnoreCase("https")
        || protocol.equalsIgnoreCase("mailto");
  }

  /**
   * A piece of a URL.
   *
   * @param normalize whether it keeps its structure; otherwise it becomes a part of a query
   */
  static String process(String s, boolean normalize) {
    byte[] bytes = s.getBytes(StandardCharsets.UTF_8);
    StringBuilder out = new StringBuilder(bytes.length + 16);
    for (int i = 0; i < bytes.length; i++) {
      int c = bytes[i] & 0xff;
      boolean stays =
          switch (c) {
            case '!', '#', '$', '&', '*', '+', ',', '/', ':', ';', '=', '?', '@', '[', ']' ->
                normalize;
            case '-', '.', '_', '~' -> true;
            case '%' ->
                normalize
                    && i + 2 < bytes.length
                    && Css.isHex((char) (bytes[i + 1] & 0xff))
                    && Css.isHex((char) (bytes[i + 2] & 0xff));
            default -> (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
          };
      if (stays) {
        out.append((char) c);
      } else {
        out.append('%');
        out.append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 15, 16));
      }
    }
    return out.toString();
  }

  /** The URLs of a srcset, each if it is harmless. */
  static String srcset(String s) {
    StringBuilder out = new StringBuilder(s.length() + 16);
    int start = 0;
    for (int comma = s.indexOf(','); comma >= 0; comma = s.indexOf(',', start)) {
      element(out, s.substring(start, comma));
      out.append(',');
      start = comma + 1;
    }
    element(out, s.substring(start));
    return out.toString();
  }

  private static void element(StringBuilder out, String s) {
    int start = Transitions.skipSpace(s, 0);
    int end = start;
    while (end < s.length() && !Transitions.isSpace(s.charAt(end))) {
      end++;
    }
    String url = s.substring(start, end);
    boolean plain = true;
    for (int i = end; i < s.length(); i++) {
      char c = s.charAt(i);
      plain &= Transitions.isSpace(c) || (c < 128 && Character.isLetterOrDigit(c));
    }
    if (isSafe(url) && plain) {
      out.append(s, 0, start).append(process(url, true)).append(s, end, s.length());
    } else {
      out.append('#').append(Escapers.FAILSAFE);
    }
  }
}
