package io.narthex.rules.groups;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A server on loopback that knows what some expressions were in the past. */
final class PastServer implements AutoCloseable {
  /** A series of an answer: labels as JSON, present from a time to a time, in milliseconds. */
  record Series(String labels, long from, long to) {}

  private final HttpServer server;

  /** The series of expressions. */
  final Map<String, List<Series>> known = new HashMap<>();

  /** Statuses and bodies of expressions that are not answered. */
  final Map<String, Map.Entry<Integer, String>> refused = new HashMap<>();

  /** {@code expression start..end step} of each question, in milliseconds. */
  final List<String> asked = Collections.synchronizedList(new ArrayList<>());

  /** What stands in each answer besides. */
  String beside = "";

  boolean onlyGet;

  PastServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/api/v1/query_range",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          boolean post = exchange.getRequestMethod().equals("POST");
          Map.Entry<Integer, String> answer =
              post && onlyGet
                  ? Map.entry(405, "")
                  : answer(post ? body : exchange.getRequestURI().getRawQuery());
          byte[] bytes = answer.getValue().getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(answer.getKey(), bytes.length == 0 ? -1 : bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private Map.Entry<Integer, String> answer(String form) {
    Map<String, String> p = new HashMap<>();
    for (String pair : form.split("&")) {
      int at = pair.indexOf('=');
      p.put(
          pair.substring(0, at), URLDecoder.decode(pair.substring(at + 1), StandardCharsets.UTF_8));
    }
    String query = p.get("query");
    long start = Math.round(Double.parseDouble(p.get("start")) * 1000);
    long end = Math.round(Double.parseDouble(p.get("end")) * 1000);
    long step = Math.round(Double.parseDouble(p.get("step")) * 1000);
    asked.add(query + " " + start + ".." + end + " " + step);
    if (refused.containsKey(query)) {
      return refused.get(query);
    }
    if ((end - start) / step + 1 > 11_000) {
      throw new UncheckedIOException(new IOException("more steps than a server answers for"));
    }
    String result =
        known.getOrDefault(query, List.of()).stream()
            .map(series -> {
              StringBuilder values = new StringBuilder();
              for (long t = start; t <= end; t += step) {
                if (t >= series.from() && t <= series.to()) {
                  values.append(values.isEmpty() ? "" : ",");
                  values.append("[%d.%03d,\"%s\"]".formatted(t / 1000, t % 1000, value(t)));
                }
              }
              return values.isEmpty()
                  ? ""
                  : "{\"metric\":{" + series.labels() + "},\"values\":[" + values + "]}";
            })
            .filter(text -> !text.isEmpty())
            .collect(Collectors.joining(","));
    return Map.entry(
        200,
        "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":["
            + result
            + "]}"
            + beside
            + "}");
  }

  /** What all series are at a time. */
  static String value(long time) {
    return switch ((int) (time / 1000 % 7)) {
      case 0 -> "NaN";
      case 1 -> "+Inf";
      case 2 -> "-1e-07";
      default -> String.valueOf(time / 1000 % 1000) + ".25";
    };
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
