package io.narthex.kernel.web;

import io.narthex.api.config.Defaults;
import io.narthex.api.config.Secret;
import io.narthex.api.plugin.FakeProgram;
import io.narthex.api.plugin.Program;
import io.narthex.api.web.Route;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A server on a free port of the loopback, and ways to talk to it. */
final class Kit implements AutoCloseable {
  final PrometheusRegistry registry = new PrometheusRegistry();
  final MetricSources sources = new MetricSources();
  final FakeLifecycle lifecycle = new FakeLifecycle();
  final WebServer server;
  final int port;
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .build();

  /** A process that is ready and remembers what it was asked. */
  static final class FakeLifecycle implements Lifecycle {
    volatile State state = State.READY;
    volatile String refusal = "";
    final AtomicInteger reloads = new AtomicInteger();
    final AtomicInteger quits = new AtomicInteger();
    final CountDownLatch quit = new CountDownLatch(1);

    @Override
    public State state() {
      return state;
    }

    @Override
    public void reload() throws Exception {
      if (!refusal.isEmpty()) {
        throw new IOException(refusal);
      }
      reloads.incrementAndGet();
    }

    @Override
    public void quit() {
      quits.incrementAndGet();
      quit.countDown();
    }
  }

  Kit(Route... routes) throws Exception {
    this(Map.of(), Path.of("."), List.of(routes));
  }

  Kit(Map<String, ?> config, Path directory, List<Route> routes) throws Exception {
    this(config, directory, AccessControls.NONE, routes);
  }

  Kit(Map<String, ?> config, Path directory, AccessControls access, List<Route> routes)
      throws Exception {
    Map<String, Object> all = new HashMap<>(config);
    all.putIfAbsent("listenAddress", List.of("127.0.0.1:0"));
    all.putIfAbsent("shutdownTimeout", Duration.ofSeconds(10));
    sources.add("kernel", registry);
    server =
        new WebServer(
            Defaults.with(WebConfig.class, all),
            new WebServer.Settings(
                program(),
                "127.0.0.1:0",
                directory,
                Kit::bind,
                registry,
                sources,
                "prometheus",
                lifecycle,
                access));
    server.add("test", routes, List.of());
    server.start();
    port = server.addresses().get(0).getPort();
  }

  static Program program() {
    return FakeProgram.prometheus();
  }

  /** Lines of {@code section.key=value}: enough for a test, the config room has the real one. */
  static WebFile bind(Path file) throws IOException {
    Map<String, Object> tls = new HashMap<>();
    Map<String, Object> http = new HashMap<>();
    Map<String, Object> rate = new HashMap<>();
    Map<String, String> headers = new LinkedHashMap<>();
    Map<String, Secret> users = new LinkedHashMap<>();
    for (String line : Files.readAllLines(file)) {
      if (line.isBlank()) {
        continue;
      }
      int dot = line.indexOf('.');
      int equals = line.indexOf('=');
      if (dot < 0 || equals < 0) {
        throw new IOException("broken line " + line);
      }
      String section = line.substring(0, dot);
      String key = line.substring(dot + 1, equals);
      String value = line.substring(equals + 1);
      switch (section) {
        case "tls" ->
            tls.put(
                key,
                switch (key) {
                  case "key" -> Secret.of(value);
                  case "clientAllowedSans", "cipherSuites", "curvePreferences" ->
                      List.of(value.split(","));
                  default -> value;
                });
        case "http" -> http.put(key, Boolean.valueOf(value));
        case "rate" ->
            rate.put(
                key, key.equals("burst") ? Integer.valueOf(value) : (Object) Duration.parse(value));
        case "header" -> headers.put(key, value);
        case "user" -> users.put(key, Secret.of(value));
        default -> throw new IOException("unknown section " + section);
      }
    }
    http.put("headers", headers);
    return new WebFile(
        Defaults.with(WebFile.Tls.class, tls),
        Defaults.with(WebFile.Http.class, http),
        Defaults.with(WebFile.RateLimit.class, rate),
        users);
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  HttpResponse<String> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(20));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  HttpResponse<byte[]> bytes(String path, String... headers) throws Exception {
    return client.send(
        HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(20)).headers(headers).build(),
        HttpResponse.BodyHandlers.ofByteArray());
  }

  HttpResponse<String> send(String method, String path, byte[] body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(path))
            .timeout(Duration.ofSeconds(20))
            .method(method, HttpRequest.BodyPublishers.ofByteArray(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  /** A connection on which one can say anything. */
  Raw raw() throws IOException {
    return new Raw(port);
  }

  @Override
  public void close() {
    server.close();
  }

  /** A plain connection. */
  static final class Raw implements AutoCloseable {
    final Socket socket = new Socket();
    private final InputStream in;

    Raw(int port) throws IOException {
      socket.connect(new InetSocketAddress("127.0.0.1", port), 10_000);
      socket.setSoTimeout(20_000);
      in = socket.getInputStream();
    }

    Raw say(String text) throws IOException {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      return this;
    }

    /** One answer that has a length: its head, an empty line, its body. */
    String answer() throws IOException {
      ByteArrayOutputStream head = new ByteArrayOutputStream();
      while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
        int b = in.read();
        if (b < 0) {
          return head.toString(StandardCharsets.ISO_8859_1);
        }
        head.write(b);
      }
      String text = head.toString(StandardCharsets.ISO_8859_1);
      int length = 0;
      for (String line : text.split("\r\n")) {
        if (line.toLowerCase(java.util.Locale.ROOT).startsWith("content-length:")) {
          length = Integer.parseInt(line.substring(15).trim());
        }
      }
      return text + new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }

    /** Everything until the server closes. */
    String rest() throws IOException {
      return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  /** Status lines of several answers. */
  static List<String> statusLines(String text) {
    List<String> out = new ArrayList<>();
    for (String line : text.split("\r\n")) {
      if (line.startsWith("HTTP/1.1 ")) {
        out.add(line.substring(9, 12));
      }
    }
    return out;
  }
}
