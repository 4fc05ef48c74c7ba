package io.narthex.kernel.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.web.Route;
import io.narthex.api.web.WebRequest;
import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.lang.reflect.Field;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the server waits for and what not, over plain HTTP, TLS and HTTP/2. */
class WebPatienceTest {
  private static final Duration SHORT = Duration.ofMillis(500);

  @TempDir static Path keys;
  private static Certificates.Pair pair;

  @BeforeAll
  static void makeKeys() throws Exception {
    pair = Certificates.make(keys, "EC", "server", "dns:localhost,ip:127.0.0.1");
    pair.write(keys, "server");
    String files = "tls.certFile=server.crt\ntls.keyFile=server.key\n";
    Files.writeString(keys.resolve("web.yml"), files);
    Files.writeString(keys.resolve("http1.yml"), files + "http.http2=false\n");
  }

  private static SSLContext context() throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(
        new KeyManager[0], new TrustManager[] {TlsSettings.trust(List.of(pair.x509()))}, null);
    return context;
  }

  private static HttpClient client(HttpClient.Version version) throws Exception {
    return HttpClient.newBuilder().version(version).sslContext(context()).build();
  }

  private static Kit tls(Duration readTimeout, Route... routes) throws Exception {
    return new Kit(
        Map.of("configFile", "web.yml", "readTimeout", readTimeout), keys, List.of(routes));
  }

  /** Answers after much more than the read timeout. */
  private static Route late() {
    return Route.get(
        "/late",
        (request, response) -> {
          assertThat(new CountDownLatch(1).await(1600, TimeUnit.MILLISECONDS)).isFalse();
          response.send("text/plain", "late");
        });
  }

  @Test
  void letsAHandlerTakeLongerThanARequestMayTakeToArrive() throws Exception {
    try (Kit kit = new Kit(Map.of("readTimeout", SHORT), keys, List.of(late()))) {
      assertThat(kit.get("/late").body()).isEqualTo("late");
    }
    for (HttpClient.Version version : HttpClient.Version.values()) {
      try (Kit kit = tls(SHORT, late());
          HttpClient http = client(version)) {
        HttpRequest request =
            HttpRequest.newBuilder(URI.create("https://localhost:" + kit.port + "/late"))
                .timeout(Duration.ofSeconds(20))
                .build();
        assertThat(http.send(request, HttpResponse.BodyHandlers.ofString()).body())
            .as("%s", version)
            .isEqualTo("late");
      }
    }
  }

  @Test
  void letsAStreamPauseLongerThanThat() throws Exception {
    Route events =
        Route.get(
            "/events",
            (request, response) -> {
              response.header("Content-Type", "text/event-stream");
              response.body().write('1');
              response.body().flush();
              assertThat(new CountDownLatch(1).await(1600, TimeUnit.MILLISECONDS)).isFalse();
              response.body().write('2');
            });
    try (Kit kit = new Kit(Map.of("readTimeout", SHORT), keys, List.of(events))) {
      assertThat(kit.get("/events").body()).isEqualTo("12");
    }
  }

  @Test
  void tellsAStreamThatTheServerStops() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch stops = new CountDownLatch(1);
    Route events =
        Route.get(
            "/events",
            (request, response) -> {
              request.onShutdown(stops::countDown);
              begun.countDown();
              stops.await();
              response.body().write("over".getBytes(StandardCharsets.US_ASCII));
            });
    CompletableFuture<String> answer;
    try (Kit kit = new Kit(Map.of(), keys, List.of(events))) {
      answer =
          CompletableFuture.supplyAsync(() -> {
            try {
              return kit.get("/events").body();
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
          });
      assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(answer.get(30, TimeUnit.SECONDS)).isEqualTo("over");
  }

  @Test
  void givesUpAClientThatTakesNothing() throws Exception {
    CountDownLatch failed = new CountDownLatch(1);
    Route endless =
        Route.get(
            "/endless",
            (request, response) -> {
              try {
                byte[] block = new byte[1 << 20];
                for (int i = 0; i < 1000; i++) {
                  response.body().write(block);
                }
              } catch (IOException e) {
                failed.countDown();
                throw e;
              }
            });
    try (Kit kit = new Kit(Map.of("readTimeout", SHORT), keys, List.of(endless));
        Kit.Raw raw = kit.raw()) {
      raw.say("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(failed.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(kit.get("/-/healthy").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void takesBodiesAndManyStreamsOverHttp2() throws Exception {
    Route echo =
        Route.post(
            "/echo",
            (request, response) ->
                response.send("application/octet-stream", request.body().readAllBytes()));
    Route small = new Route(Set.of("POST"), "/small", echo.handler(), 1000);
    try (Kit kit = tls(Duration.ofSeconds(20), echo, small);
        HttpClient http = client(HttpClient.Version.HTTP_2)) {
      List<CompletableFuture<HttpResponse<byte[]>>> answers = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        answers.add(
            http.sendAsync(
                HttpRequest.newBuilder(URI.create("https://localhost:" + kit.port + "/echo"))
                    .timeout(Duration.ofSeconds(30))
                    .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[i * 10_000]))
                    .build(),
                HttpResponse.BodyHandlers.ofByteArray()));
      }
      for (int i = 0; i < 50; i++) {
        assertThat(answers.get(i).get(30, TimeUnit.SECONDS).body()).hasSize(i * 10_000);
        assertThat(answers.get(i).get().version()).isEqualTo(HttpClient.Version.HTTP_2);
      }
      HttpResponse<byte[]> large =
          http.send(
              HttpRequest.newBuilder(URI.create("https://localhost:" + kit.port + "/small"))
                  .timeout(Duration.ofSeconds(30))
                  .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[20 << 20]))
                  .build(),
              HttpResponse.BodyHandlers.ofByteArray());
      assertThat(large.statusCode()).isEqualTo(413);
    }
  }

  @Test
  void noticesOverTlsThatAClientHasLeftAndKeepsWhatItSentAhead() throws Exception {
    CountDownLatch entered = new CountDownLatch(2);
    CountDownLatch left = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Route watched =
        Route.get(
            "/watched",
            (request, response) -> {
              request.onDisconnect(left::countDown);
              entered.countDown();
              assertThat(release.await(20, TimeUnit.SECONDS)).isTrue();
              response.send("text/plain", "watched");
            });
    String request = "GET /watched HTTP/1.1\r\nHost: localhost\r\n\r\n";
    String last = "GET /-/healthy HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    try (Kit kit = tls(Duration.ofSeconds(20), watched);
        SSLSocket stays =
            (SSLSocket) context().getSocketFactory().createSocket("127.0.0.1", kit.port);
        SSLSocket leaves =
            (SSLSocket) context().getSocketFactory().createSocket("127.0.0.1", kit.port)) {
      stays.setSoTimeout(20_000);
      for (SSLSocket socket : List.of(stays, leaves)) {
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      }
      assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
      stays.getOutputStream().write(last.getBytes(StandardCharsets.US_ASCII));
      leaves.close();
      assertThat(left.await(20, TimeUnit.SECONDS)).isTrue();
      release.countDown();
      String answers = new String(stays.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      assertThat(answers.split("HTTP/1.1 200", -1)).hasSize(3);
      assertThat(answers).contains("watched").endsWith("is Healthy.\n");
    }
  }

  @Test
  void givesUpClientsThatDoNotFinishTheHandshake() throws Exception {
    for (String web : List.of("web.yml", "http1.yml")) {
      try (Kit kit =
              new Kit(
                  Map.of("configFile", web, "readTimeout", SHORT, "maxConnections", 3),
                  keys,
                  List.of());
          Kit.Raw silent = kit.raw();
          Kit.Raw half = kit.raw();
          Kit.Raw other = kit.raw();
          HttpClient http = client(HttpClient.Version.HTTP_2)) {
        // The head of a record, of which the rest never comes; and no TLS at all.
        half.say("\u0016\u0003\u0001\u0002");
        assertThat(ends(silent)).as(web).isTrue();
        assertThat(ends(half)).as(web).isTrue();
        HttpRequest request =
            HttpRequest.newBuilder(URI.create("https://localhost:" + kit.port + "/-/healthy"))
                .timeout(Duration.ofSeconds(20))
                .build();
        assertThat(http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
            .isEqualTo(200);
        assertThat(ends(other)).as(web).isTrue();
      }
    }
  }

  @Test
  void givesUpClientsThatSayNothingAfterTheHandshake() throws Exception {
    for (String web : List.of("web.yml", "http1.yml")) {
      try (Kit kit = new Kit(Map.of("configFile", web, "readTimeout", SHORT), keys, List.of());
          SSLSocket socket =
              (SSLSocket) context().getSocketFactory().createSocket("127.0.0.1", kit.port)) {
        socket.setSoTimeout(20_000);
        socket.startHandshake();
        assertThat(socket.getInputStream().read()).as(web).isEqualTo(-1);
      }
    }
  }

  /** Whether the server closes, in one way or another. */
  private static boolean ends(Kit.Raw raw) throws IOException {
    try {
      raw.rest();
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (SocketException e) {
      return true;
    }
  }

  @Test
  void takesHeadsOverHttp2AsLargeAsOverHttp1() throws Exception {
    Route echo =
        Route.get(
            "/long",
            (request, response) ->
                response
                    .header("X-Long", request.parameter("a"))
                    .send("text/plain", "" + request.parameter("a").length()));
    try (Kit kit = tls(Duration.ofSeconds(60), echo);
        HttpClient http = client(HttpClient.Version.HTTP_2)) {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(
                      URI.create("https://localhost:" + kit.port + "/long?a=" + "x".repeat(60_000)))
                  .timeout(Duration.ofSeconds(20))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(answer.body()).isEqualTo("60000");
      assertThat(answer.headers().firstValue("X-Long").orElse("")).hasSize(60_000);
    }
  }

  @Test
  void makesRoomByConnectionsOfHttp2WhoseRequestsAllWaitForTheirClient() throws Exception {
    CountDownLatch entered = new CountDownLatch(6);
    Route body =
        Route.post(
            "/body",
            (request, response) -> {
              entered.countDown();
              request.body().readAllBytes();
            });
    List<HttpClient> holders = new ArrayList<>();
    Map<String, Object> config = Map.of("configFile", "web.yml", "maxConnections", 3);
    try (Kit kit = new Kit(config, keys, List.of(body));
        HttpClient late = client(HttpClient.Version.HTTP_2)) {
      try {
        for (int i = 0; i < 3; i++) {
          HttpClient holder = client(HttpClient.Version.HTTP_2);
          holders.add(holder);
          // What follows shares the connection.
          assertThat(holder.send(healthy(kit), HttpResponse.BodyHandlers.ofString()).version())
              .isEqualTo(HttpClient.Version.HTTP_2);
          for (int j = 0; j < 2; j++) {
            HttpRequest never =
                HttpRequest.newBuilder(URI.create("https://localhost:" + kit.port + "/body"))
                    .POST(HttpRequest.BodyPublishers.fromPublisher(subscriber -> {}))
                    .build();
            var unused = holder.sendAsync(never, HttpResponse.BodyHandlers.discarding());
          }
        }
        assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(late.send(healthy(kit), HttpResponse.BodyHandlers.ofString()).statusCode())
            .isEqualTo(200);
      } finally {
        holders.forEach(HttpClient::shutdownNow);
      }
    }
  }

  private static HttpRequest healthy(Kit kit) {
    return HttpRequest.newBuilder(URI.create("https://localhost:" + kit.port + "/-/healthy"))
        .timeout(Duration.ofSeconds(60))
        .build();
  }

  @Test
  void keepsNothingOfRequestsThatAreOverWhileAConnectionOfHttp2Stays() throws Exception {
    List<WeakReference<Object>> kept = new CopyOnWriteArrayList<>();
    Route watched =
        Route.get(
            "/watched",
            (request, response) -> {
              CountDownLatch what = new CountDownLatch(1);
              request.onDisconnect(what::countDown);
              kept.add(new WeakReference<>(what));
              kept.add(new WeakReference<>(connection(request)));
              response.send("text/plain", "watched");
            });
    try (Kit kit = tls(Duration.ofSeconds(60), watched);
        HttpClient http = client(HttpClient.Version.HTTP_2)) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("https://localhost:" + kit.port + "/watched"))
              .timeout(Duration.ofSeconds(20))
              .build();
      for (int i = 0; i < 50; i++) {
        assertThat(http.send(request, HttpResponse.BodyHandlers.ofString()).body())
            .isEqualTo("watched");
      }
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      // The first and the last may be held by who serves them.
      while (kept.stream().filter(k -> k.get() != null).count() > 6 && System.nanoTime() < end) {
        System.gc();
      }
      assertThat(kept).hasSize(100);
      assertThat(kept.stream().filter(k -> k.get() != null)).hasSizeLessThanOrEqualTo(6);
      assertThat(http.send(request, HttpResponse.BodyHandlers.ofString()).version())
          .isEqualTo(HttpClient.Version.HTTP_2);
    }
  }

  /** What Undertow has for a request of HTTP/2. */
  private static Object connection(WebRequest request) {
    try {
      Field exchange = ServerRequest.class.getDeclaredField("exchange");
      exchange.setAccessible(true);
      return ((HttpServerExchange) exchange.get(request)).getConnection();
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void noticesOverHttp2ThatAClientHasLeft() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch left = new CountDownLatch(1);
    Route watched =
        Route.get(
            "/watched",
            (request, response) -> {
              request.onDisconnect(left::countDown);
              entered.countDown();
              assertThat(left.await(20, TimeUnit.SECONDS)).isTrue();
            });
    try (Kit kit = tls(Duration.ofSeconds(20), watched)) {
      HttpClient http = client(HttpClient.Version.HTTP_2);
      CompletableFuture<HttpResponse<Void>> answer =
          http.sendAsync(
              HttpRequest.newBuilder(URI.create("https://localhost:" + kit.port + "/watched"))
                  .build(),
              HttpResponse.BodyHandlers.discarding());
      assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
      answer.cancel(true);
      http.shutdownNow();
      assertThat(left.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }
}
