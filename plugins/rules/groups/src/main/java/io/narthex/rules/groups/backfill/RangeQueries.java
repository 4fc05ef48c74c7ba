package io.narthex.rules.groups.backfill;

import io.narthex.api.command.ServerConnection;
import io.narthex.api.http.HttpCaller;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.zip.GZIPInputStream;

/** Asks a server that has Prometheus's HTTP API what an expression was in the past. */
final class RangeQueries {
  private static final String PATH = "/api/v1/query_range";

  /** The server has a limit of its own; this one is for servers that hang. */
  private static final Duration TIMEOUT = Duration.ofHours(1);

  private static final int OK = 2;
  private static final int BAD_REQUEST = 400;
  private static final int UNPROCESSABLE = 422;
  private static final int UNAVAILABLE = 503;

  /** Of servers that take no POST. */
  private static final Set<Integer> NO_POST = Set.of(403, 405, 501);

  private final ServerConnection server;

  /** Asks by a connection, which is not closed. */
  RangeQueries(ServerConnection server) {
    this.server = server;
  }

  /**
   * Asks once.
   *
   * @param start milliseconds, inclusive
   * @param end milliseconds, inclusive
   * @param step nanoseconds
   * @return the answer, whose series {@code sink} has got
   */
  RangeAnswer ask(String query, long start, long end, long step, RangeAnswer.Sink sink)
      throws QueryFailure, IOException, InterruptedException {
    String form =
        "end="
            + seconds(end, 3)
            + "&query="
            + URLEncoder.encode(query, StandardCharsets.UTF_8)
            + "&start="
            + seconds(start, 3)
            + "&step="
            + seconds(step, 9);
    HttpCaller.Request post =
        new HttpCaller.Request(
            "POST",
            server.resolve(PATH, ""),
            Map.of("Content-Type", "application/x-www-form-urlencoded", "Accept-Encoding", "gzip"),
            form.getBytes(StandardCharsets.US_ASCII),
            TIMEOUT);
    try (HttpCaller.Response response = send(post)) {
      if (!NO_POST.contains(response.status())) {
        return answer(response, post.uri(), sink);
      }
    }
    URI get = server.resolve(PATH, form);
    try (HttpCaller.Response response =
        send(HttpCaller.Request.get(get, Map.of("Accept-Encoding", "gzip"), TIMEOUT))) {
      return answer(response, get, sink);
    }
  }

  private HttpCaller.Response send(HttpCaller.Request request)
      throws QueryFailure, InterruptedException {
    try {
      return server.caller().send(request);
    } catch (IOException e) {
      throw new QueryFailure(String.valueOf(e.getMessage()));
    }
  }

  private static RangeAnswer answer(HttpCaller.Response response, URI from, RangeAnswer.Sink sink)
      throws QueryFailure, IOException {
    int status = response.status();
    boolean ok = status / 100 == OK;
    if (!ok && status != BAD_REQUEST && status != UNPROCESSABLE && status != UNAVAILABLE) {
      throw notOfTheApi(status);
    }
    RangeAnswer answer = new RangeAnswer(sink);
    try {
      answer.read(body(response));
    } catch (QueryFailure e) {
      throw ok ? e : notOfTheApi(status);
    }
    if (answer.success() && !ok) {
      throw new QueryFailure("bad_response", "inconsistent body for response code");
    }
    if (!answer.success()) {
      if (answer.error().isEmpty()) {
        throw ok ? new QueryFailure("bad_response", "no answer from " + from) : notOfTheApi(status);
      }
      throw new QueryFailure(answer.errorType(), answer.error());
    }
    return answer;
  }

  private static InputStream body(HttpCaller.Response response) throws QueryFailure {
    if (response.header("content-encoding").filter("gzip"::equalsIgnoreCase).isEmpty()) {
      return response.body();
    }
    try {
      return new GZIPInputStream(response.body(), 1 << 16);
    } catch (IOException e) {
      throw new QueryFailure("bad_response", String.valueOf(e.getMessage()));
    }
  }

  private static QueryFailure notOfTheApi(int status) {
    return switch (status / 100) {
      case 4 -> new QueryFailure("client_error", "client error: " + status);
      case 5 -> new QueryFailure("server_error", "server error: " + status);
      default -> new QueryFailure("bad_response", "bad response code " + status);
    };
  }

  /** Seconds in digits. */
  private static String seconds(long parts, int scale) {
    BigDecimal seconds = BigDecimal.valueOf(parts, scale);
    return seconds.signum() == 0 ? "0" : seconds.stripTrailingZeros().toPlainString();
  }
}
