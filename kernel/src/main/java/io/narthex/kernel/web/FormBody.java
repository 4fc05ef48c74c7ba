package io.narthex.kernel.web;

import io.narthex.api.web.HttpError;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Forms in request bodies: urlencoded, and the values (not the files) of multipart ones. */
final class FormBody {
  private static final int MAX_PARTS = 1000;

  /** Of a form, and of a query string: each costs a hundred times its shortest text. */
  static final int MAX_PARAMETERS = 10_000;

  private FormBody() {}

  /** Whether a content type is one of a form. */
  static boolean isForm(@Nullable String contentType) {
    String type = type(contentType);
    return type.equals("application/x-www-form-urlencoded") || type.equals("multipart/form-data");
  }

  private static String type(@Nullable String contentType) {
    if (contentType == null) {
      return "";
    }
    int semicolon = contentType.indexOf(';');
    return (semicolon < 0 ? contentType : contentType.substring(0, semicolon))
        .trim()
        .toLowerCase(Locale.ROOT);
  }

  /**
   * Reads a form.
   *
   * @throws HttpError 400 when it cannot be decoded
   */
  static Map<String, List<String>> read(String contentType, byte[] body) throws HttpError {
    // One char for each byte, so that positions are those of bytes.
    String text = new String(body, StandardCharsets.ISO_8859_1);
    return type(contentType).equals("multipart/form-data")
        ? multipart(contentType, text)
        : UrlText.pairs(text, true);
  }

  private static Map<String, List<String>> multipart(String contentType, String text)
      throws HttpError {
    String boundary = parameter(contentType, "boundary");
    if (boundary == null || boundary.isEmpty() || boundary.length() > 70) {
      throw new HttpError(400, "no multipart boundary param in Content-Type");
    }
    String delimiter = "--" + boundary;
    Map<String, List<String>> out = new LinkedHashMap<>();
    int at = text.startsWith(delimiter) ? 0 : text.indexOf("\r\n" + delimiter) + 2;
    if (at == 1) {
      throw new HttpError(400, "multipart: NextPart: EOF");
    }
    for (int parts = 0; ; parts++) {
      int start = at + delimiter.length();
      if (text.startsWith("--", start)) {
        return out;
      }
      int head = text.indexOf("\r\n", start);
      int body = head < 0 ? -1 : text.indexOf("\r\n\r\n", head);
      int next = body < 0 ? -1 : text.indexOf("\r\n" + delimiter, body + 2);
      if (next < 0) {
        throw new HttpError(400, "multipart: NextPart: unexpected EOF");
      }
      if (parts == MAX_PARTS) {
        throw new HttpError(400, "multipart: message too large; want at most 1000 parts");
      }
      for (String line : text.substring(head, body).split("\r\n", 64)) {
        if (line.toLowerCase(Locale.ROOT).startsWith("content-disposition:")) {
          String name = parameter(line, "name");
          if (name != null && parameter(line, "filename") == null) {
            String value = text.substring(Math.min(body + 4, next), next);
            out.computeIfAbsent(utf8(name), n -> new ArrayList<>(1)).add(utf8(value));
          }
        }
      }
      at = next + 2;
    }
  }

  private static String utf8(String bytes) {
    return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }

  /** A parameter of a header, unquoted; null when there is none. */
  private static @Nullable String parameter(String header, String name) {
    int i = header.indexOf(';');
    while (i >= 0 && i < header.length()) {
      i++;
      while (i < header.length() && header.charAt(i) == ' ') {
        i++;
      }
      int equals = header.indexOf('=', i);
      if (equals < 0) {
        return null;
      }
      String key = header.substring(i, equals).trim();
      StringBuilder value = new StringBuilder();
      i = equals + 1;
      if (i < header.length() && header.charAt(i) == '"') {
        i++;
        while (i < header.length() && header.charAt(i) != '"') {
          if (header.charAt(i) == '\\' && i + 1 < header.length()) {
            i++;
          }
          value.append(header.charAt(i++));
        }
        i = header.indexOf(';', i);
      } else {
        int end = header.indexOf(';', i);
        value.append(header.substring(i, end < 0 ? header.length() : end).trim());
        i = end;
      }
      if (key.equalsIgnoreCase(name)) {
        return value.toString();
      }
    }
    return null;
  }
}
