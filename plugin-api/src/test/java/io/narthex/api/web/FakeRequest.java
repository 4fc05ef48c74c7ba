package io.narthex.api.web;

import io.narthex.api.access.Access;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A request without a network, for tests of handlers: what it holds a test gives it, what the
 * kernel would do with it {@link #send} does. Belongs to one thread.
 *
 * <pre>{@code
 * FakeResponse response = FakeRequest.get("/api/v1/things").with("match[]", "up").send(routes);
 * assertThat(response.answer()).isEqualTo("200 {\"status\":\"success\"}");
 * }</pre>
 */
public final class FakeRequest implements WebRequest {
  private final String method;
  private final String path;
  private final Map<String, String> pathParameters = new HashMap<>();
  private final Map<String, List<String>> parameters = new LinkedHashMap<>();
  private final Set<String> asked = new TreeSet<>();
  private final Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
  private byte[] content = new byte[0];
  private long maxBodyBytes = Long.MAX_VALUE;
  private InetSocketAddress peer = new InetSocketAddress("127.0.0.1", 1);
  private String prefix = "";
  private @Nullable String user;
  private Access access = Access.FULL;
  private @Nullable HttpError formError;
  private @Nullable Runnable onDisconnect;

  private FakeRequest(String method, String path) {
    this.method = method;
    this.path = path;
  }

  /**
   * A request without parameters, headers and body.
   *
   * @param method in upper case
   * @param path decoded, below the route prefix, without a query
   */
  public static FakeRequest of(String method, String path) {
    return new FakeRequest(method, path);
  }

  /** A GET request. */
  public static FakeRequest get(String path) {
    return of("GET", path);
  }

  /** A POST request with a body. */
  public static FakeRequest post(String path, byte[] content) {
    return of("POST", path).withBody(content);
  }

  /** Adds values of a parameter of the URL; with none, the parameter is there without a value. */
  public FakeRequest with(String name, String... values) {
    parameters.computeIfAbsent(name, key -> new ArrayList<>()).addAll(List.of(values));
    return this;
  }

  /** Sets a header. */
  public FakeRequest withHeader(String name, String value) {
    headers.put(name, value);
    return this;
  }

  /** Sets what stands in the place of a name of the route, where no route is asked to find it. */
  public FakeRequest withPath(String name, String value) {
    pathParameters.put(name, value);
    return this;
  }

  /** Sets the body, as it is after decompression. */
  public FakeRequest withBody(byte[] bytes) {
    content = bytes.clone();
    return this;
  }

  /** Sets the body to a text in UTF-8. */
  public FakeRequest withBody(String text) {
    return withBody(text.getBytes(StandardCharsets.UTF_8));
  }

  /** Sets who is authenticated. */
  public FakeRequest withUser(String name) {
    user = name;
    return this;
  }

  /** Sets what the sender may see. */
  public FakeRequest withAccess(Access restricted) {
    access = restricted;
    return this;
  }

  /** Sets the route prefix that clients see, without a slash at its end. */
  public FakeRequest withPrefix(String externalPathPrefix) {
    prefix = externalPathPrefix;
    return this;
  }

  /** Sets who sent it. */
  public FakeRequest from(InetSocketAddress address) {
    peer = address;
    return this;
  }

  /** Has a form in the body that cannot be read, so that {@link #parameters} throws. */
  public FakeRequest withBrokenForm(HttpError error) {
    formError = error;
    return this;
  }

  /** The client leaves: runs, on this thread, what the handler wants to be done then. */
  public void disconnect() {
    Runnable action = onDisconnect;
    onDisconnect = null;
    if (action != null) {
      action.run();
    }
  }

  /**
   * Sends it to the route that the kernel would choose; its path parameters, its limit for bodies
   * and its audience count then.
   *
   * @throws AssertionError when there is no route for method and path
   * @throws IOException as {@link #send(Handler)}
   */
  public FakeResponse send(List<Route> routes) throws IOException, InterruptedException {
    Route best = null;
    String bestRank = "";
    for (Route route : routes) {
      String rank = route.methods().contains(method) ? rank(route.path()) : null;
      if (rank != null && (best == null || rank.compareTo(bestRank) < 0)) {
        best = route;
        bestRank = rank;
      }
    }
    if (best == null) {
      throw new AssertionError("no route for " + method + " " + path);
    }
    bind(best);
    if (access.isRestricted() && best.audience() == Route.Audience.UNRESTRICTED) {
      return send((request, response) -> {
        throw new HttpError(403, "for those who see everything");
      });
    }
    return send(best.handler());
  }

  /**
   * Sends it to a handler. An {@link HttpError} becomes an answer, as the kernel makes it one.
   *
   * @throws IOException what else the handler throws; a client would see a broken answer, or a 500
   */
  public FakeResponse send(Handler handler) throws IOException, InterruptedException {
    FakeResponse response = new FakeResponse();
    try {
      handler.handle(this, response);
    } catch (HttpError e) {
      response.replace(e);
    }
    if (!response.isClosed()) {
      response.body().close();
    }
    return response;
  }

  /** A digit for each segment, smaller for what wins; null when the route is not for this path. */
  private @Nullable String rank(String route) {
    String[] wanted = route.split("/", -1);
    String[] given = path.split("/", -1);
    StringBuilder rank = new StringBuilder();
    for (int i = 1; i < wanted.length; i++) {
      if (wanted[i].startsWith("*")) {
        return rank.append('2').toString();
      }
      if (i >= given.length) {
        return null;
      }
      if (wanted[i].startsWith(":") && !given[i].isEmpty()) {
        rank.append('1');
      } else if (wanted[i].equals(given[i])) {
        rank.append('0');
      } else {
        return null;
      }
    }
    return wanted.length == given.length ? rank.toString() : null;
  }

  private void bind(Route route) {
    String[] wanted = route.path().split("/", -1);
    String[] given = path.split("/", -1);
    for (int i = 1; i < wanted.length; i++) {
      if (wanted[i].startsWith(":")) {
        pathParameters.put(wanted[i].substring(1), given[i]);
      } else if (wanted[i].startsWith("*")) {
        List<String> rest = List.of(given).subList(Math.min(i, given.length), given.length);
        pathParameters.put(wanted[i].substring(1), String.join("/", rest));
      }
    }
    maxBodyBytes = route.maxBodyBytes();
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public String path() {
    return path;
  }

  @Override
  public String pathParameter(String name) {
    String value = pathParameters.get(name);
    if (value == null) {
      throw new IllegalArgumentException(
          "cannot give path parameter " + name + ": the route has " + pathParameters.keySet());
    }
    return value;
  }

  @Override
  public Map<String, List<String>> parameters() throws HttpError {
    if (formError != null) {
      throw formError;
    }
    return queryParameters();
  }

  @Override
  public Map<String, List<String>> queryParameters() {
    return new Noting();
  }

  /** The parameters, of which it is noted which are asked for. */
  private final class Noting extends AbstractMap<String, List<String>> {
    @Override
    public @Nullable List<String> get(@Nullable Object name) {
      asked.add((String) Objects.requireNonNull(name));
      return parameters.get(name);
    }

    @Override
    public boolean containsKey(@Nullable Object name) {
      asked.add((String) Objects.requireNonNull(name));
      return parameters.containsKey(name);
    }

    @Override
    public Set<Map.Entry<String, List<String>>> entrySet() {
      asked.addAll(parameters.keySet());
      return Collections.unmodifiableMap(parameters).entrySet();
    }
  }

  /**
   * The names of the parameters that the handler has looked for so far, given or not, sorted; of a
   * handler that goes through them all, those that were given.
   */
  public Set<String> asked() {
    return Collections.unmodifiableSet(asked);
  }

  @Override
  public Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  @Override
  public InputStream body() throws HttpError {
    if (content.length > maxBodyBytes) {
      throw new HttpError(
          413, "http: request body too large; want at most " + maxBodyBytes + " bytes");
    }
    return new ByteArrayInputStream(content);
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return peer;
  }

  @Override
  public Optional<String> user() {
    return Optional.ofNullable(user);
  }

  @Override
  public Access access() {
    return access;
  }

  @Override
  public String externalPathPrefix() {
    return prefix;
  }

  @Override
  public void onDisconnect(Runnable action) {
    Runnable before = onDisconnect;
    onDisconnect =
        before == null
            ? action
            : () -> {
              before.run();
              action.run();
            };
  }
}
