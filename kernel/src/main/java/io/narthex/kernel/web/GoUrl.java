package io.narthex.kernel.web;

import io.narthex.api.model.Quoting;
import org.jspecify.annotations.Nullable;

/** What Go's {@code url.Parse} refuses, in its words. */
final class GoUrl {
  private GoUrl() {}

  /**
   * What is wrong with a URL or a reference to one.
   *
   * @return the reason, without the text; null when Go would take it
   */
  static @Nullable String fault(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < ' ' || c == 0x7f) {
        return "net/url: invalid control character in URL";
      }
    }
    int hash = text.indexOf('#');
    String rest = hash < 0 ? text : text.substring(0, hash);
    int colon = scheme(rest);
    if (colon == 0) {
      return "missing protocol scheme";
    }
    boolean absolute = colon > 0;
    rest = absolute ? rest.substring(colon + 1) : rest;
    int question = rest.indexOf('?');
    rest = question < 0 ? rest : rest.substring(0, question);
    if (!rest.startsWith("/")) {
      if (absolute) {
        return null;
      }
      int slash = rest.indexOf('/');
      if ((slash < 0 ? rest : rest.substring(0, slash)).indexOf(':') >= 0) {
        return "first path segment in URL cannot contain colon";
      }
    }
    if (rest.startsWith("//") && (absolute || !rest.startsWith("///"))) {
      int slash = rest.indexOf('/', 2);
      String fault = authority(slash < 0 ? rest.substring(2) : rest.substring(2, slash));
      if (fault != null) {
        return fault;
      }
      rest = slash < 0 ? "" : rest.substring(slash);
    }
    String fault = escapes(rest);
    return fault != null || hash < 0 ? fault : escapes(text.substring(hash + 1));
  }

  /** Where the colon after a scheme is; −1 when there is no scheme. */
  private static int scheme(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == ':') {
        return i;
      }
      boolean letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
      boolean later = i > 0 && ((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.');
      if (!letter && !later) {
        return -1;
      }
    }
    return -1;
  }

  private static @Nullable String authority(String text) {
    String host = text.substring(text.lastIndexOf('@') + 1);
    int colon = host.lastIndexOf(':');
    if (host.startsWith("[")) {
      int end = host.lastIndexOf(']');
      if (end < 0) {
        return "missing ']' in host";
      }
      colon = end + 1;
    }
    if (colon >= 0 && colon < host.length()) {
      String port = host.substring(colon);
      if (port.charAt(0) != ':' || !port.substring(1).chars().allMatch(c -> c >= '0' && c <= '9')) {
        return "invalid port " + Quoting.quote(port) + " after host";
      }
    }
    String fault = escapes(host);
    if (fault != null) {
      return fault;
    }
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      if (" \\^`{|}".indexOf(c) >= 0) {
        return "invalid character " + Quoting.quote(String.valueOf(c)) + " in host name";
      }
    }
    return null;
  }

  private static @Nullable String escapes(String text) {
    for (int i = text.indexOf('%'); i >= 0; i = text.indexOf('%', i + 1)) {
      if (i + 2 >= text.length() || !isHex(text.charAt(i + 1)) || !isHex(text.charAt(i + 2))) {
        return "invalid URL escape "
            + Quoting.quote(text.substring(i, Math.min(i + 3, text.length())));
      }
    }
    return null;
  }

  private static boolean isHex(char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
  }
}
