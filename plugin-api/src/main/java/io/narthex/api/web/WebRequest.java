package io.narthex.api.web;

import io.narthex.api.Api;
import io.narthex.api.access.Access;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A request. Belongs to the thread that handles it.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public interface WebRequest {
  /** {@code GET}, {@code POST}, ... in upper case. */
  String method();

  /** The decoded path below the route prefix. */
  String path();

  /**
   * What stands in the place of {@code :name} or {@code *name} of the route, decoded.
   *
   * @throws IllegalArgumentException when the route has no such name
   */
  String pathParameter(String name);

  /**
   * Parameters of the URL and, for POST, PUT and PATCH with a form body ({@code
   * application/x-www-form-urlencoded}, {@code multipart/form-data}), of the body, whose values
   * come first. The first call reads the body.
   *
   * @throws HttpError 400 when a form cannot be decoded, 413 when it is too large
   */
  Map<String, List<String>> parameters() throws IOException;

  /** The parameters of the URL alone. */
  Map<String, List<String>> queryParameters();

  /** The first value of a parameter, {@code ""} when there is none. */
  default String parameter(String name) throws IOException {
    List<String> values = parameters().get(name);
    return values == null || values.isEmpty() ? "" : values.get(0);
  }

  /** The first value of a header, whatever the case of its name. */
  Optional<String> header(String name);

  /**
   * The header {@code Content-Encoding} as the client sent it, empty for none: {@link #header} does
   * not show one that {@link #body} undoes.
   */
  default String contentEncoding() {
    return header("Content-Encoding").orElse("");
  }

  /**
   * The body, decompressed when it came with gzip. Reading more than the route's limit throws an
   * {@link HttpError} 413, gzip that is none, damaged or cut off one with 400.
   */
  InputStream body() throws IOException;

  /** Who sent it: the peer of the connection. */
  InetSocketAddress remoteAddress();

  /** The name that was authenticated; empty when authentication is off. */
  Optional<String> user();

  /**
   * What the sender may see. Routes of audience {@link Route.Audience#FILTERED} tell of nothing
   * else; others need not look.
   */
  default Access access() {
    return Access.FULL;
  }

  /**
   * The route prefix without a slash at its end, as seen by clients; empty for none. Put it in
   * front of links.
   */
  String externalPathPrefix();

  /**
   * Has {@code action} run, on another thread and at most once, when the client leaves before the
   * answer is complete.
   */
  void onDisconnect(Runnable action);

  /**
   * Has {@code action} run, on another thread and at most once, when the server is about to stop
   * and waits for this answer to end; at once when it already does. For answers that go on until
   * the client leaves.
   */
  default void onShutdown(Runnable action) {}
}
