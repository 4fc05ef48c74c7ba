package io.narthex.kernel.web;

import io.narthex.api.config.Secret;
import io.narthex.api.http.HttpCaller;
import io.narthex.api.http.HttpClientConfig;
import io.narthex.api.model.Quoting;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Sends requests with the credentials and headers of a configuration, and follows redirects. */
final class ConfiguredCaller implements HttpCaller {
  private static final int MAX_REDIRECTS = 10;

  private final HttpClientConfig config;
  private final ClientTransport transport;
  private final @Nullable ClientToken token;
  private final Path baseDirectory;

  ConfiguredCaller(
      HttpClientConfig config,
      ClientTransport transport,
      @Nullable ClientToken token,
      Path baseDirectory) {
    this.config = config;
    this.transport = transport;
    this.token = token;
    this.baseDirectory = baseDirectory;
  }

  @Override
  public Response send(Request request) throws IOException, InterruptedException {
    ClientTransport.Call call =
        new ClientTransport.Call(System.nanoTime() + request.timeout().toNanos());
    String method = request.method().toUpperCase(Locale.ROOT);
    // Messages begin with the method of the first request, as Go's.
    String first = method;
    URI uri = request.uri();
    byte[] body = request.body();
    boolean trusted = true;
    for (int redirects = 0; ; redirects++) {
      ClientTransport.Answer answer;
      try {
        Map<String, List<String>> headers = headers(request, uri, body != null, trusted, call);
        answer = transport.send(method, uri, headers, body, call);
      } catch (IOException e) {
        throw new IOException(what(first, uri) + e.getMessage(), e);
      }
      String location = config.followRedirects() ? location(answer) : null;
      if (location == null) {
        return new Received(answer);
      }
      answer.close();
      if (redirects == MAX_REDIRECTS) {
        throw new IOException(verb(first) + quoted(location) + ": stopped after 10 redirects");
      }
      URI next;
      String unparsable = what(first, uri) + "failed to parse Location header " + quoted(location);
      String fault = GoUrl.fault(location);
      if (fault != null) {
        throw new IOException(unparsable + ": parse " + quoted(location) + ": " + fault);
      }
      try {
        next = resolve(uri, location);
      } catch (IllegalArgumentException e) {
        throw new IOException(unparsable + ": " + e.getMessage(), e);
      }
      trusted = trusted && mayKnow(request.uri(), uri, next);
      if (answer.status() != 307 && answer.status() != 308) {
        method = method.equals("HEAD") ? "HEAD" : "GET";
        body = null;
      }
      uri = next;
    }
  }

  private static @Nullable String location(ClientTransport.Answer answer) {
    boolean redirect =
        switch (answer.status()) {
          case 301, 302, 303, 307, 308 -> true;
          default -> false;
        };
    List<String> values = redirect ? answer.headers().get("location") : null;
    return values == null || values.get(0).isEmpty() ? null : values.get(0);
  }

  /**
   * Where a redirect leads. What must not stand in a URI is percent-encoded byte by byte: servers
   * write paths as they are.
   *
   * @param location as it came, one character a byte
   */
  private static URI resolve(URI base, String location) {
    StringBuilder text = new StringBuilder(location.length());
    for (int i = 0; i < location.length(); i++) {
      char c = location.charAt(i);
      if (c <= ' ' || c >= 0x7f || "\"<>\\^`{|}".indexOf(c) >= 0) {
        text.append(String.format("%%%02X", (int) c));
      } else {
        text.append(c);
      }
    }
    String path = base.getRawPath();
    if (path == null || path.isEmpty()) {
      base = base.resolve("/");
      path = "/";
    }
    // URI resolves these by an older standard, which gives up the last part of the path.
    return base.resolve(text.charAt(0) == '?' ? path + text : text.toString());
  }

  /**
   * Whether credentials go on to where a redirect leads: to the same host, whatever the port, and
   * to those below its name, as in Go; but never in the clear when they came over TLS.
   *
   * @param first whom they were meant for
   * @param from who redirects
   */
  static boolean mayKnow(URI first, URI from, URI to) {
    try {
      if (ClientTransport.isHttps(from) && !ClientTransport.isHttps(to)) {
        return false;
      }
      String parent = ClientTransport.host(first).toLowerCase(Locale.ROOT);
      String host = ClientTransport.host(to).toLowerCase(Locale.ROOT);
      // An address has none below it, though with a zone it may look so.
      boolean name = host.indexOf(':') < 0 && host.indexOf('%') < 0;
      return host.equals(parent) || (name && host.endsWith("." + parent));
    } catch (IOException e) {
      // No place to send anything to, which sending will tell.
      return false;
    }
  }

  /** How Go begins the message of a failed request; without credentials and parameters. */
  private static String what(String method, URI uri) {
    String verb = verb(method);
    if (uri.isOpaque()) {
      return verb + "\"" + uri + "\": ";
    }
    String authority = uri.getRawAuthority() == null ? "" : uri.getRawAuthority();
    String path = uri.getRawPath() == null ? "" : uri.getRawPath();
    return verb
        + "\""
        + uri.getScheme()
        + "://"
        + authority.substring(authority.lastIndexOf('@') + 1)
        + path
        + "\": ";
  }

  private static String verb(String method) {
    return method.isEmpty()
        ? ""
        : method.charAt(0) + method.substring(1).toLowerCase(Locale.ROOT) + " ";
  }

  /** A header's value in quotes, as it came: one character a byte. */
  private static String quoted(String value) {
    return Quoting.quote(
        new String(value.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8));
  }

  private Map<String, List<String>> headers(
      Request request, URI uri, boolean withBody, boolean trusted, ClientTransport.Call call)
      throws IOException, InterruptedException {
    Map<String, List<String>> out = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    if (trusted) {
      for (Map.Entry<String, HttpClientConfig.Header> header : config.httpHeaders().entrySet()) {
        out.put(header.getKey(), values(header.getValue()));
      }
      String authorization = authorization(uri, call);
      if (authorization != null) {
        out.put("Authorization", List.of(authorization));
      }
    }
    request
        .headers()
        .forEach((name, value) -> {
          String lower = name.toLowerCase(Locale.ROOT);
          boolean secret =
              lower.equals("authorization")
                  || lower.equals("cookie")
                  || lower.equals("proxy-authorization")
                  || lower.equals("x-amz-security-token");
          boolean ofBody =
              lower.equals("content-type")
                  || lower.equals("content-encoding")
                  || lower.equals("content-length");
          if ((trusted || !secret) && (withBody || request.body() == null || !ofBody)) {
            out.put(name, List.of(value));
          }
        });
    out.remove("Host");
    out.remove("Content-Length");
    return out;
  }

  private List<String> values(HttpClientConfig.Header header) throws IOException {
    List<String> out = new ArrayList<>(header.values());
    for (Secret secret : header.secrets()) {
      out.add(secret.reveal());
    }
    for (String file : header.files()) {
      out.add(SecretFile.read(baseDirectory.resolve(file)));
    }
    return out;
  }

  private @Nullable String authorization(URI uri, ClientTransport.Call call)
      throws IOException, InterruptedException {
    HttpClientConfig.BasicAuth basic = config.basicAuth();
    if (basic != null) {
      String name = either(basic.username(), basic.usernameFile());
      return basic(name + ":" + either(basic.password().reveal(), basic.passwordFile()));
    }
    HttpClientConfig.Authorization authorization = config.authorization();
    if (authorization != null) {
      return authorization.type()
          + " "
          + either(authorization.credentials().reveal(), authorization.credentialsFile());
    }
    if (token != null) {
      return token.header(call);
    }
    String info = uri.getUserInfo();
    return info == null ? null : basic(info.contains(":") ? info : info + ":");
  }

  private String either(String value, String fileName) throws IOException {
    return fileName.isEmpty() ? value : SecretFile.read(baseDirectory.resolve(fileName));
  }

  private static String basic(String pair) {
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    transport.close();
    if (token != null) {
      token.close();
    }
  }

  private static final class Received implements Response {
    private final ClientTransport.Answer answer;

    Received(ClientTransport.Answer answer) {
      this.answer = answer;
    }

    @Override
    public int status() {
      return answer.status();
    }

    @Override
    public String statusText() {
      return answer.reason().isEmpty()
          ? String.valueOf(answer.status())
          : answer.status() + " " + ClientTransport.cut(answer.reason());
    }

    @Override
    public Optional<String> header(String name) {
      List<String> values = answer.headers().get(name.toLowerCase(Locale.ROOT));
      return values == null ? Optional.empty() : Optional.of(values.get(0));
    }

    @Override
    public Map<String, List<String>> headers() {
      return answer.headers();
    }

    @Override
    public InputStream body() {
      return answer.body();
    }

    @Override
    public void close() {
      answer.close();
    }
  }
}
