package io.narthex.distribution;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.zip.GZIPInputStream;
import java.util.zip.InflaterInputStream;

/**
 * HTTP/1.1 without a client's opinions: sends what it is given, with any method, header and target,
 * on a connection of its own, and shows the answer as it came.
 */
final class PlainHttp {
  private static final int TIMEOUT_MILLIS = 30_000;

  private PlainHttp() {}

  /**
   * An answer.
   *
   * @param headers by name in lower case; several of one name are joined by a comma
   * @param body without chunks, still compressed
   */
  record Answer(int status, TreeMap<String, String> headers, byte[] body) {
    String header(String name) {
      return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
    }

    /** The body as text, uncompressed. */
    String text() throws IOException {
      try (InputStream in = uncompressed(new ByteArrayInputStream(body))) {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
      }
    }

    private InputStream uncompressed(InputStream in) throws IOException {
      return switch (body.length == 0 ? "" : header("Content-Encoding")) {
        case "gzip" -> new GZIPInputStream(in);
        case "deflate" -> new InflaterInputStream(in);
        default -> in;
      };
    }
  }

  /**
   * Sends a request to a port of this machine.
   *
   * @param target path and query, encoded
   * @param headers lines; {@code Host}, {@code Connection} and, where there is a body, {@code
   *     Content-Length} are added
   */
  static Answer send(int port, String method, String target, List<String> headers, byte[] body)
      throws IOException {
    StringBuilder head = new StringBuilder();
    head.append(method).append(' ').append(target).append(" HTTP/1.1\r\n");
    head.append("Host: 127.0.0.1:").append(port).append("\r\nConnection: close\r\n");
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    if (body.length > 0) {
      head.append("Content-Length: ").append(body.length).append("\r\n");
    }
    head.append("\r\n");
    try (Socket socket = new Socket(InetAddress.ofLiteral("127.0.0.1"), port)) {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      ByteArrayOutputStream request = new ByteArrayOutputStream();
      request.writeBytes(head.toString().getBytes(StandardCharsets.UTF_8));
      request.writeBytes(body);
      socket.getOutputStream().write(request.toByteArray());
      return parse(socket.getInputStream().readAllBytes(), method);
    }
  }

  private static Answer parse(byte[] all, String method) throws IOException {
    String text = new String(all, StandardCharsets.ISO_8859_1);
    if (text.startsWith("HTTP/1.1 100 ")) {
      return parse(Arrays.copyOfRange(all, text.indexOf("\r\n\r\n") + 4, all.length), method);
    }
    int end = text.indexOf("\r\n\r\n");
    if (end < 0) {
      throw new IOException("no HTTP answer: got \"" + text + "\"");
    }
    List<String> lines = text.substring(0, end).lines().toList();
    TreeMap<String, String> headers = new TreeMap<>();
    for (String line : lines.subList(1, lines.size())) {
      int colon = line.indexOf(':');
      headers.merge(
          line.substring(0, colon).toLowerCase(Locale.ROOT),
          line.substring(colon + 1).strip(),
          (a, b) -> a + ", " + b);
    }
    byte[] body = Arrays.copyOfRange(all, end + 4, all.length);
    if ("chunked".equals(headers.get("transfer-encoding")) && !method.equals("HEAD")) {
      body = unchunked(body);
    }
    return new Answer(Integer.parseInt(lines.get(0).split(" ", 3)[1]), headers, body);
  }

  private static byte[] unchunked(byte[] body) throws IOException {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    int at = 0;
    while (true) {
      int end = at;
      while (body[end] != '\r') {
        end++;
      }
      int size =
          Integer.parseInt(new String(body, at, end - at, StandardCharsets.US_ASCII).strip(), 16);
      if (size == 0) {
        return whole.toByteArray();
      }
      if (end + 2 + size > body.length) {
        throw new IOException("the answer breaks off in a chunk");
      }
      whole.write(body, end + 2, size);
      at = end + 2 + size + 2;
    }
  }
}
