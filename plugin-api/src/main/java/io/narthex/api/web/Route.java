package io.narthex.api.web;

import io.narthex.api.Api;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;

/**
 * An endpoint.
 *
 * @param methods HTTP methods; {@code GET} brings {@code HEAD} with it
 * @param path below the route prefix: segments that are literal or {@code :name} (one segment), and
 *     {@code *name} as the last (the rest, which may be empty): {@code /api/v1/label/:name/values}.
 *     A literal wins over a name, a name over the rest. It is also the value of the {@code handler}
 *     label of the HTTP metrics
 * @param handler what answers
 * @param maxBodyBytes the largest request body, after decompression; a larger one is answered with
 *     413
 * @param audience who may ask when some users see a part of the series only
 * @param operation what it does, for readers
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public record Route(
    Set<String> methods,
    String path,
    Handler handler,
    long maxBodyBytes,
    Audience audience,
    Operation operation) {
  /** Who may ask, where {@link WebRequest#access} is restricted for some. */
  public enum Audience {
    /**
     * Those who see everything. The server answers others with 403 and does not ask the handler.
     */
    UNRESTRICTED,
    /** Everybody: the handler tells only of what {@link WebRequest#access} shows. */
    FILTERED,
    /** Everybody: the answer tells nothing of series, targets, rules or the configuration. */
    ALL
  }

  /** The usual limit of request bodies: 10 MiB. */
  public static final long DEFAULT_MAX_BODY_BYTES = 10L << 20;

  public Route {
    methods = Set.copyOf(methods);
    Objects.requireNonNull(handler);
    Objects.requireNonNull(audience);
    Objects.requireNonNull(operation);
    if (methods.isEmpty()) {
      throw new IllegalArgumentException(
          "cannot make route " + path + ": got no methods, want one at least");
    }
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException(
          "cannot make a route: got path " + path + ", want one that begins with /");
    }
    if (maxBodyBytes < 0) {
      throw new IllegalArgumentException(
          "cannot make route "
              + path
              + ": got a body limit of "
              + maxBodyBytes
              + ", want 0 or more");
    }
    requireNames(path);
  }

  /** An endpoint for those who see everything, which says nothing of itself. */
  public Route(Set<String> methods, String path, Handler handler, long maxBodyBytes) {
    this(methods, path, handler, maxBodyBytes, Audience.UNRESTRICTED);
  }

  /** An endpoint that says nothing of itself. */
  public Route(
      Set<String> methods, String path, Handler handler, long maxBodyBytes, Audience audience) {
    this(methods, path, handler, maxBodyBytes, audience, Operation.UNDESCRIBED);
  }

  /** The same endpoint for others. */
  public Route audience(Audience other) {
    return new Route(methods, path, handler, maxBodyBytes, other, operation);
  }

  /** The same endpoint by other methods. */
  public Route methods(Set<String> others) {
    return new Route(others, path, handler, maxBodyBytes, audience, operation);
  }

  /** The same endpoint, described for readers of the HTTP API. */
  public Route describedBy(Operation other) {
    return new Route(methods, path, handler, maxBodyBytes, audience, other);
  }

  private static void requireNames(String path) {
    String[] segments = path.substring(1).split("/", -1);
    Set<String> names = new HashSet<>();
    for (int i = 0; i < segments.length; i++) {
      String segment = segments[i];
      if (!segment.startsWith(":") && !segment.startsWith("*")) {
        continue;
      }
      if (segment.length() == 1 || !names.add(segment.substring(1))) {
        throw new IllegalArgumentException(
            "cannot make route " + path + ": got " + segment + ", want a name of its own");
      }
      if (segment.startsWith("*") && i < segments.length - 1) {
        throw new IllegalArgumentException(
            "cannot make route " + path + ": got " + segment + " before the end, want it last");
      }
    }
  }

  /** A GET endpoint. */
  public static Route get(String path, Handler handler) {
    return new Route(Set.of("GET"), path, handler, DEFAULT_MAX_BODY_BYTES);
  }

  /** An endpoint that takes parameters by GET or as a form by POST. */
  public static Route getOrPost(String path, Handler handler) {
    return new Route(Set.of("GET", "POST"), path, handler, DEFAULT_MAX_BODY_BYTES);
  }

  /** A POST endpoint. */
  public static Route post(String path, Handler handler) {
    return new Route(Set.of("POST"), path, handler, DEFAULT_MAX_BODY_BYTES);
  }
}
