package io.narthex.kernel.web;

import io.narthex.api.web.HttpError;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Paths and query strings as they came over the wire. Characters up to 255 are bytes; escapes are
 * decoded to bytes and the whole then as UTF-8, as Go's {@code net/url} does.
 */
final class UrlText {
  private UrlText() {}

  /**
   * The segments of a path, still escaped: none for {@code /}, a last empty one for {@code /a/}.
   */
  static List<String> split(String rawPath) {
    List<String> segments = new ArrayList<>();
    if (rawPath.length() <= 1) {
      return segments;
    }
    int start = 1;
    while (true) {
      int slash = rawPath.indexOf('/', start);
      if (slash < 0) {
        segments.add(rawPath.substring(start));
        return segments;
      }
      segments.add(rawPath.substring(start, slash));
      start = slash + 1;
    }
  }

  /**
   * Decodes escapes.
   *
   * @param plusIsSpace as in queries and forms
   * @throws HttpError 400 for a broken escape, with Go's text
   */
  static String decode(String raw, boolean plusIsSpace) throws HttpError {
    boolean plain = true;
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == '%' || c >= 0x80 || (c == '+' && plusIsSpace)) {
        plain = false;
        break;
      }
    }
    if (plain) {
      return raw;
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == '%') {
        boolean whole = i + 2 < raw.length();
        int high = whole ? hex(raw.charAt(i + 1)) : -1;
        int low = whole ? hex(raw.charAt(i + 2)) : -1;
        if (high < 0 || low < 0) {
          throw new HttpError(
              400,
              "invalid URL escape \"" + raw.substring(i, Math.min(raw.length(), i + 3)) + "\"");
        }
        bytes.write(high << 4 | low);
        i += 2;
      } else if (c == '+' && plusIsSpace) {
        bytes.write(' ');
      } else if (c <= 0xff) {
        bytes.write(c);
      } else {
        bytes.writeBytes(String.valueOf(c).getBytes(StandardCharsets.UTF_8));
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  private static int hex(char c) {
    return c < 0x80 ? Character.digit(c, 16) : -1;
  }

  /**
   * Reads a query string or an urlencoded form.
   *
   * @param strict whether a broken pair is an error; otherwise it is left out, as Go does with URLs
   *     that are only looked at
   * @throws HttpError 400 with Go's text
   */
  static Map<String, List<String>> pairs(String text, boolean strict) throws HttpError {
    Map<String, List<String>> out = new LinkedHashMap<>();
    int start = 0;
    int count = 0;
    while (start <= text.length() && !text.isEmpty()) {
      int end = text.indexOf('&', start);
      end = end < 0 ? text.length() : end;
      String pair = text.substring(start, end);
      start = end + 1;
      if (pair.isEmpty()) {
        continue;
      }
      if (++count > FormBody.MAX_PARAMETERS) {
        throw new HttpError(400, "too many parameters; want at most " + FormBody.MAX_PARAMETERS);
      }
      try {
        if (pair.indexOf(';') >= 0) {
          throw new HttpError(400, "invalid semicolon separator in query");
        }
        int equals = pair.indexOf('=');
        String name = decode(equals < 0 ? pair : pair.substring(0, equals), true);
        String value = equals < 0 ? "" : decode(pair.substring(equals + 1), true);
        out.computeIfAbsent(name, n -> new ArrayList<>(1)).add(value);
      } catch (HttpError e) {
        if (strict) {
          throw e;
        }
      }
    }
    return out;
  }

  /** A raw path made fit for a {@code Location} header: nothing that could leave this server. */
  static String location(String rawPath) {
    StringBuilder out = new StringBuilder(rawPath.length());
    for (byte b : rawPath.getBytes(StandardCharsets.ISO_8859_1)) {
      int c = b & 0xff;
      // Browsers take a backslash for a slash, and two of them for another host.
      if (c <= 0x20 || c >= 0x7f || c == '\\' || c == '"' || c == '<' || c == '>') {
        out.append('%')
            .append(Character.forDigit(c >> 4, 16))
            .append(Character.forDigit(c & 15, 16));
      } else {
        out.append((char) c);
      }
    }
    return out.toString();
  }
}
