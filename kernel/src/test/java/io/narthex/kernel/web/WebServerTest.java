package io.narthex.kernel.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.narthex.api.web.EarlyHandler;
import io.narthex.api.web.HttpError;
import io.narthex.api.web.Route;
import io.narthex.api.web.Routes;
import io.narthex.api.web.WebHost;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class WebServerTest {
  private static final String TEXT = "text/plain; charset=utf-8";

  @TempDir Path directory;

  private static Route text(String path, String answer) {
    return Route.get(path, (request, response) -> response.send(TEXT, answer));
  }

  @Test
  void answersHealthWithTheTitleOfTheProgram() throws Exception {
    try (Kit kit = new Kit()) {
      assertThat(kit.get("/-/healthy").body()).isEqualTo("Prometheus Server is Healthy.\n");
      assertThat(kit.get("/-/ready").body()).isEqualTo("Prometheus Server is Ready.\n");
    }
  }

  @Test
  void isNotReadyWhileItStartsOrStops() throws Exception {
    EarlyHandler early = (request, response) -> response.send(TEXT, "soon");
    try (Kit kit =
        new Kit(text("/api/v1/x", "x"), text("/page", "page"), Route.get("/api/v1/e", early))) {
      kit.lifecycle.state = Lifecycle.State.STARTING;
      HttpResponse<String> starting = kit.get("/-/ready");
      assertThat(starting.statusCode()).isEqualTo(503);
      assertThat(starting.body()).isEqualTo("Service Unavailable");
      assertThat(starting.headers().firstValue("X-Prometheus-Stopping")).hasValue("false");
      assertThat(kit.get("/api/v1/x").statusCode()).isEqualTo(503);
      assertThat(kit.get("/api/v1/e").body()).isEqualTo("soon");
      assertThat(kit.get("/page").statusCode()).isEqualTo(200);
      assertThat(kit.get("/-/healthy").statusCode()).isEqualTo(200);
      kit.lifecycle.state = Lifecycle.State.STOPPING;
      assertThat(kit.get("/-/ready").headers().firstValue("X-Prometheus-Stopping"))
          .hasValue("true");
      kit.lifecycle.state = Lifecycle.State.READY;
      assertThat(kit.get("/api/v1/x").body()).isEqualTo("x");
    }
  }

  @Test
  void refusesReloadAndQuitUnlessEnabled() throws Exception {
    try (Kit kit = new Kit()) {
      for (String path : List.of("/-/reload", "/-/quit")) {
        for (String method : List.of("POST", "PUT")) {
          HttpResponse<String> answer = kit.send(method, path, new byte[0]);
          assertThat(answer.statusCode()).isEqualTo(403);
          assertThat(answer.body()).isEqualTo("Lifecycle API is not enabled.");
        }
        assertThat(kit.get(path).statusCode()).isEqualTo(405);
        assertThat(kit.get(path).body()).isEqualTo("Only POST or PUT requests allowed");
      }
      assertThat(kit.lifecycle.quits).hasValue(0);
    }
  }

  @Test
  void reloadsAndQuitsWhenEnabled() throws Exception {
    try (Kit kit = new Kit(Map.of("enableLifecycle", true), directory, List.of())) {
      assertThat(kit.send("POST", "/-/reload", new byte[0]).statusCode()).isEqualTo(200);
      kit.lifecycle.refusal = "prometheus.yml:3:1: no";
      HttpResponse<String> failed = kit.send("PUT", "/-/reload", new byte[0]);
      assertThat(failed.statusCode()).isEqualTo(500);
      assertThat(failed.body()).isEqualTo("failed to reload config: prometheus.yml:3:1: no\n");
      assertThat(kit.send("POST", "/-/quit", new byte[0]).body())
          .isEqualTo("Requesting termination... Goodbye!");
      assertThat(kit.lifecycle.reloads).hasValue(1);
      // The answer goes out before the process is told, or nobody would get it.
      assertThat(kit.lifecycle.quit.await(30, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void answersUnknownPathsAndMethodsAsGoDoes() throws Exception {
    try (Kit kit = new Kit(text("/a/:name", "a"))) {
      HttpResponse<String> unknown = kit.get("/nothing");
      assertThat(unknown.statusCode()).isEqualTo(404);
      assertThat(unknown.body()).isEqualTo("404 page not found\n");
      assertThat(unknown.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
      HttpResponse<String> wrong = kit.send("DELETE", "/a/b", new byte[0]);
      assertThat(wrong.statusCode()).isEqualTo(405);
      assertThat(wrong.headers().firstValue("Allow")).hasValue("GET, HEAD, OPTIONS");
    }
  }

  @Test
  void servesHeadByGetWithTheLengthAndWithoutTheBody() throws Exception {
    try (Kit kit = new Kit(text("/a", "hello"));
        Kit.Raw raw = kit.raw()) {
      raw.say(
          "HEAD /a HTTP/1.1\r\n"
              + "Host: x\r\n\r\n"
              + "GET /a HTTP/1.1\r\n"
              + "Host: x\r\n"
              + "Connection: close\r\n\r\n");
      String all = raw.rest();
      assertThat(Kit.statusLines(all)).containsExactly("200", "200");
      assertThat(all.split("\r\n\r\n", 2)[0]).containsIgnoringCase("content-length: 5");
      assertThat(all.split("\r\n\r\n", 2)[1]).startsWith("HTTP/1.1");
    }
  }

  @Test
  void answersPipelinedRequestsInOrder() throws Exception {
    try (Kit kit =
            new Kit(
                Route.get(
                    "/n/:n",
                    (request, response) ->
                        response.send(TEXT, "<" + request.pathParameter("n") + ">")));
        Kit.Raw raw = kit.raw()) {
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < 20; i++) {
        all.append("GET /n/").append(i).append(" HTTP/1.1\r\nHost: x\r\n\r\n");
      }
      raw.say(all.toString());
      for (int i = 0; i < 20; i++) {
        assertThat(raw.answer()).endsWith("<" + i + ">");
      }
    }
  }

  @Test
  void keepsPipelinedRequestsOfAClientThatIsWatchedForLeaving() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    try (Kit kit =
            new Kit(
                Route.get(
                    "/slow",
                    (request, response) -> {
                      request.onDisconnect(() -> {});
                      assertThat(release.await(20, TimeUnit.SECONDS)).isTrue();
                      response.send(TEXT, "slow");
                    }),
                text("/next", "next"));
        Kit.Raw raw = kit.raw()) {
      raw.say("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
      raw.say("GET /next HTTP/1.1\r\nHost: x\r\n\r\n");
      // Longer than the connection is left unlooked at.
      assertThat(release.await(700, TimeUnit.MILLISECONDS)).isFalse();
      release.countDown();
      assertThat(raw.answer()).endsWith("slow");
      assertThat(raw.answer()).endsWith("next");
    }
  }

  @Test
  void tellsAHandlerThatItsClientHasLeft() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch left = new CountDownLatch(1);
    try (Kit kit =
        new Kit(
            Route.get(
                "/slow",
                (request, response) -> {
                  request.onDisconnect(left::countDown);
                  entered.countDown();
                  assertThat(left.await(20, TimeUnit.SECONDS)).isTrue();
                }))) {
      try (Kit.Raw raw = kit.raw()) {
        raw.say("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
      }
      assertThat(left.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void decodesPathsAndKeepsThemInside() throws Exception {
    try (Kit kit =
        new Kit(
            Route.get(
                "/label/:name/values",
                (request, response) -> response.send(TEXT, request.pathParameter("name"))),
            Route.get(
                "/files/*path",
                (request, response) ->
                    response.send(TEXT, "file:" + request.pathParameter("path"))))) {
      assertThat(kit.get("/label/a%2Fb%20%C3%A9/values").body()).isEqualTo("a/b é");
      assertThat(kit.get("/files/a/b.css").body()).isEqualTo("file:a/b.css");
      for (String path :
          List.of(
              "/files/../x",
              "/files/%2e%2e/x",
              "/files/..%2fx",
              "/files/a%2f..%2f..%2fetc",
              "/files/%2e%2e%5cx",
              "/files/./x")) {
        assertThat(rawStatus(kit, path)).as(path).isEqualTo("404");
      }
      assertThat(rawStatus(kit, "/files/%00")).isEqualTo("400");
      assertThat(rawStatus(kit, "/files/%zz")).isEqualTo("400");
      assertThat(rawStatus(kit, "*")).isEqualTo("400");
    }
  }

  @Test
  void answersAQuestionAfterTheServerAsAWhole() throws Exception {
    try (Kit kit = new Kit(text("/a", "a"));
        Kit.Raw raw = kit.raw()) {
      for (int i = 0; i < 2; i++) {
        raw.say("OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(raw.answer()).startsWith("HTTP/1.1 204").endsWith("\r\n\r\n");
      }
    }
  }

  @Test
  void saysOnceWhyAChangedWebConfigurationIsNotInForce() throws Exception {
    Path file = directory.resolve("web.yml");
    Files.writeString(file, "header.X-Frame-Options=deny\n");
    Logger log = (Logger) LoggerFactory.getLogger(Security.class);
    ListAppender<ILoggingEvent> seen = new ListAppender<>();
    seen.start();
    log.addAppender(seen);
    try (Kit kit = new Kit(Map.of("configFile", "web.yml"), directory, List.of())) {
      for (String broken : List.of("broken", "broken\n")) {
        Files.writeString(file, broken);
        kit.get("/-/healthy");
        kit.get("/-/healthy");
      }
      Files.delete(file);
      kit.get("/-/healthy");
      assertThat(kit.get("/-/healthy").headers().firstValue("X-Frame-Options")).hasValue("deny");
    } finally {
      log.detachAppender(seen);
    }
    assertThat(seen.list)
        .filteredOn(event -> event.getLevel() == Level.ERROR)
        .extracting(event -> String.valueOf(event.getKeyValuePairs().getLast().value))
        .containsExactly("broken line broken", "no such file or directory");
  }

  private static String rawStatus(Kit kit, String target) throws IOException {
    try (Kit.Raw raw = kit.raw()) {
      raw.say("GET " + target + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
      String all = raw.rest();
      return Kit.statusLines(all).isEmpty() ? "" : Kit.statusLines(all).get(0);
    }
  }

  @Test
  void redirectsToTheCleanPathAndNeverElsewhere() throws Exception {
    try (Kit kit = new Kit(text("/a/b", "b"), text("/*path", "any"))) {
      try (Kit.Raw raw = kit.raw()) {
        raw.say("GET //a//b/?q=1 HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(raw.answer()).contains("200");
      }
    }
    try (Kit kit = new Kit(text("/a/b", "b"), text("/:one", "one"))) {
      try (Kit.Raw raw = kit.raw()) {
        raw.say("GET //a//b/?q=1 HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(raw.answer()).startsWith("HTTP/1.1 301").contains("Location: /a/b?q=1\r\n");
        raw.say("GET //%5cevil.example HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(raw.answer()).contains("Location: /%5cevil.example\r\n");
        raw.say("GET ///evil.example// HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(raw.answer()).contains("Location: /evil.example\r\n");
      }
    }
  }

  @Test
  void takesCharactersInUrlsThatPrometheusTakes() throws Exception {
    try (Kit kit =
            new Kit(
                Route.get(
                    "/query",
                    (request, response) -> response.send(TEXT, request.parameter("query"))));
        Kit.Raw raw = kit.raw()) {
      raw.say("GET /query?query=up{job=\"a\"}|x^y HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(raw.answer()).endsWith("up{job=\"a\"}|x^y");
      raw.say("GET /query?query=a%2Bb+c%26 HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(raw.answer()).endsWith("a+b c&");
      raw.say("GET http://x/query?query=abs HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(raw.answer()).endsWith("abs");
      raw.say("GET /query?query=%zz HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(raw.answer()).startsWith("HTTP/1.1 400");
    }
  }

  @Test
  void mergesFormsAsGoDoes() throws Exception {
    try (Kit kit =
        new Kit(
            Route.getOrPost(
                "/form",
                (request, response) ->
                    response.send(TEXT, request.parameters() + " " + request.queryParameters())))) {
      assertThat(
              kit.send(
                      "POST",
                      "/form?a=1&b=2",
                      "a=3&c=4+5".getBytes(StandardCharsets.UTF_8),
                      "Content-Type",
                      "application/x-www-form-urlencoded; charset=utf-8")
                  .body())
          .isEqualTo("{a=[3, 1], c=[4 5], b=[2]} {a=[1], b=[2]}");
      assertThat(
              kit.send(
                      "POST",
                      "/form?a=1",
                      ("--XX\r\n"
                              + "Content-Disposition: form-data; name=\"a\"\r\n\r\n"
                              + "é\r\n"
                              + "--XX\r\n"
                              + "Content-Disposition: form-data; name=\"f\"; filename=\"x\"\r\n\r\n"
                              + "no\r\n"
                              + "--XX--\r\n")
                          .getBytes(StandardCharsets.UTF_8),
                      "Content-Type",
                      "multipart/form-data; boundary=XX")
                  .body())
          .isEqualTo("{a=[é, 1]} {a=[1]}");
      assertThat(
              kit.send(
                      "POST",
                      "/form",
                      "a=%q".getBytes(StandardCharsets.UTF_8),
                      "Content-Type",
                      "application/x-www-form-urlencoded")
                  .statusCode())
          .isEqualTo(400);
    }
  }

  @Test
  void compressesWhatPaysAsTheClientWishes() throws Exception {
    String big = "node_cpu_seconds_total ".repeat(10_000);
    try (Kit kit =
        new Kit(
            text("/big", big),
            text("/small", "small"),
            Route.get(
                "/image", (q, r) -> r.send("image/png", big.getBytes(StandardCharsets.UTF_8))))) {
      HttpResponse<byte[]> gzip =
          kit.bytes("/big", "Accept-Encoding", "br, gzip;q=0.8, zstd;q=0.5");
      assertThat(gzip.headers().firstValue("Content-Encoding")).hasValue("gzip");
      assertThat(gzip.body().length).isLessThan(big.length() / 10);
      assertThat(new GZIPInputStream(new ByteArrayInputStream(gzip.body())).readAllBytes())
          .asString(StandardCharsets.UTF_8)
          .isEqualTo(big);
      HttpResponse<byte[]> zstd = kit.bytes("/big", "Accept-Encoding", "gzip;q=0.5, zstd");
      assertThat(zstd.headers().firstValue("Content-Encoding")).hasValue("zstd");
      assertThat(
              new io.airlift.compress.v3.zstd.ZstdInputStream(new ByteArrayInputStream(zstd.body()))
                  .readAllBytes())
          .asString(StandardCharsets.UTF_8)
          .isEqualTo(big);
      for (String accept : List.of("identity", "gzip;q=0", "deflate")) {
        HttpResponse<byte[]> plain = kit.bytes("/big", "Accept-Encoding", accept);
        assertThat(plain.headers().firstValue("Content-Encoding")).isEmpty();
        assertThat(plain.body()).hasSize(big.length());
      }
      assertThat(
              kit.bytes("/small", "Accept-Encoding", "gzip")
                  .headers()
                  .firstValue("Content-Encoding"))
          .isEmpty();
      assertThat(
              kit.bytes("/image", "Accept-Encoding", "gzip")
                  .headers()
                  .firstValue("Content-Encoding"))
          .isEmpty();
    }
  }

  @Test
  void flushesAStreamWhenTheHandlerDoes() throws Exception {
    CountDownLatch seen = new CountDownLatch(1);
    try (Kit kit =
            new Kit(
                Route.get(
                    "/events",
                    (request, response) -> {
                      response.header("Content-Type", "text/event-stream");
                      OutputStream out = response.body();
                      out.write("data: 1\n\n".getBytes(StandardCharsets.UTF_8));
                      out.flush();
                      assertThat(seen.await(20, TimeUnit.SECONDS)).isTrue();
                      out.write("data: 2\n\n".getBytes(StandardCharsets.UTF_8));
                    }));
        Kit.Raw raw = kit.raw()) {
      raw.say(
          "GET /events HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAccept-Encoding: gzip\r\n\r\n");
      byte[] buffer = new byte[4096];
      StringBuilder text = new StringBuilder();
      while (text.indexOf("data: 1") < 0) {
        int n = raw.socket.getInputStream().read(buffer);
        assertThat(n).isPositive();
        text.append(new String(buffer, 0, n, StandardCharsets.ISO_8859_1));
      }
      assertThat(text.indexOf("data: 2")).isNegative();
      seen.countDown();
      assertThat(raw.rest()).contains("data: 2");
    }
  }

  private static Route count(long limit) {
    return new Route(
        Set.of("POST"),
        "/count",
        (request, response) -> response.send(TEXT, "" + request.body().readAllBytes().length),
        limit);
  }

  private static byte[] gzip(int zeros) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
      byte[] block = new byte[1 << 16];
      for (int i = 0; i < zeros; i += block.length) {
        gzip.write(block, 0, Math.min(block.length, zeros - i));
      }
    }
    return out.toByteArray();
  }

  @Test
  void readsBodiesUpToTheirLimit() throws Exception {
    try (Kit kit = new Kit(count(100_000))) {
      assertThat(kit.send("POST", "/count", new byte[100_000]).body()).isEqualTo("100000");
      assertThat(kit.send("POST", "/count", new byte[100_001]).statusCode()).isEqualTo(413);
      assertThat(kit.send("POST", "/count", gzip(100_000), "Content-Encoding", "gzip").body())
          .isEqualTo("100000");
      assertThat(
              kit.send("POST", "/count", gzip(50_000_000), "Content-Encoding", "gzip").statusCode())
          .isEqualTo(413);
      refuses(kit, new byte[10], "gzip: invalid header");
      refuses(kit, new byte[0], "unexpected EOF");
      byte[] packed = gzip(50_000);
      refuses(kit, Arrays.copyOf(packed, 5), "unexpected EOF");
      refuses(kit, Arrays.copyOf(packed, packed.length / 2), "unexpected EOF");
      refuses(kit, Arrays.copyOf(packed, packed.length - 3), "unexpected EOF");
      packed[packed.length - 6] ^= 1;
      refuses(kit, packed, "gzip: corrupt input");
      assertThat(kit.get("/-/healthy").statusCode()).isEqualTo(200);
    }
  }

  private static void refuses(Kit kit, byte[] packed, String why) throws Exception {
    HttpResponse<String> answer = kit.send("POST", "/count", packed, "Content-Encoding", "gzip");
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains(why);
  }

  @Test
  void readsLargeBodiesWhereARouteTakesThem() throws Exception {
    try (Kit kit = new Kit(count(50L << 20))) {
      assertThat(kit.send("POST", "/count", new byte[30 << 20]).body()).isEqualTo("31457280");
    }
  }

  @Test
  void asksForTheBodyOfAClientThatWaitsForAWord() throws Exception {
    try (Kit kit = new Kit(count(1000));
        Kit.Raw raw = kit.raw()) {
      raw.say(
          "POST /count HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
      assertThat(raw.answer()).startsWith("HTTP/1.1 100");
      raw.say("12345");
      assertThat(raw.answer()).startsWith("HTTP/1.1 200").endsWith("5");
      raw.say(
          "POST /count HTTP/1.1\r\n"
              + "Host: x\r\n"
              + "Expect: 100-continue\r\n"
              + "Content-Length: 5000\r\n\r\n");
      assertThat(raw.answer()).startsWith("HTTP/1.1 413");
    }
  }

  @Test
  void readsChunkedBodiesThatComeInPieces() throws Exception {
    try (Kit kit = new Kit(count(1000));
        Kit.Raw raw = kit.raw()) {
      raw.say("POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
      for (int i = 0; i < 10; i++) {
        raw.say("3\r\nabc\r\n");
        Thread.onSpinWait();
      }
      raw.say("0\r\n\r\n");
      assertThat(raw.answer()).endsWith("30");
    }
  }

  @Test
  void servesTheNextRequestWhenAHandlerLeftABodyUnread() throws Exception {
    try (Kit kit =
            new Kit(
                new Route(
                    Set.of("POST"), "/p", (request, response) -> response.send(TEXT, "p"), 10));
        Kit.Raw raw = kit.raw()) {
      raw.say("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 7\r\n\r\nignored");
      assertThat(raw.answer()).endsWith("p");
      raw.say("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n");
      assertThat(raw.answer()).endsWith("p");
    }
  }

  @Test
  void refusesMalformedRequests() throws Exception {
    try (Kit kit = new Kit(count(1000))) {
      for (String bad :
          List.of(
              "GET\r\n\r\n",
              "GET /\u0001 HTTP/1.1\r\nHost: x\r\n\r\n",
              "POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
              "POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n",
              "POST /count HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
              "GET / HTTP/9.9\r\n\r\n",
              "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\r\n\r\n")) {
        try (Kit.Raw raw = kit.raw()) {
          raw.say(bad);
          raw.socket.shutdownOutput();
          String all = raw.rest();
          List<String> status = Kit.statusLines(all);
          assertThat(status.isEmpty() || status.get(0).matches("[45]\\d\\d"))
              .as("%s gave %s", bad, all)
              .isTrue();
        }
      }
      assertThat(kit.get("/-/healthy").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void dropsClientsThatDoNotFinishTheirRequest() throws Exception {
    try (Kit kit =
        new Kit(Map.of("readTimeout", Duration.ofMillis(500)), directory, List.of(count(1000)))) {
      for (String begin :
          List.of(
              "",
              "GET /-/healthy HTTP/1.1\r\nHost: x\r\nX-Slow: ",
              "POST /count HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")) {
        try (Kit.Raw raw = kit.raw()) {
          raw.say(begin);
          assertThat(Kit.statusLines(raw.rest())).as(begin).doesNotContain("200");
        }
      }
    }
  }

  @Test
  void acceptsNoMoreConnectionsThanAllowed() throws Exception {
    try (Kit kit = new Kit(Map.of("maxConnections", 2), directory, List.of())) {
      String request = "GET /-/healthy HTTP/1.1\r\nHost: x\r\n\r\n";
      try (Kit.Raw one = kit.raw();
          Kit.Raw two = kit.raw();
          Kit.Raw three = kit.raw()) {
        assertThat(one.say(request).answer()).startsWith("HTTP/1.1 200");
        assertThat(two.say(request).answer()).startsWith("HTTP/1.1 200");
        three.say(request);
        three.socket.setSoTimeout(700);
        assertThatThrownBy(three::answer).isInstanceOf(SocketTimeoutException.class);
        one.close();
        three.socket.setSoTimeout(20_000);
        assertThat(three.answer()).startsWith("HTTP/1.1 200");
      }
    }
  }

  @Test
  void letsARunningRequestEndBeforeItCloses() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Kit kit =
        new Kit(
            Route.get(
                "/slow",
                (request, response) -> {
                  entered.countDown();
                  release.await();
                  response.send(TEXT, "done");
                }));
    try (Kit.Raw raw = kit.raw()) {
      raw.say("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
      Thread closer = Thread.ofVirtual().start(kit::close);
      // The port is free at once.
      int tries = 0;
      while (true) {
        try (ServerSocket again =
            new ServerSocket(kit.port, 1, InetAddress.getByName("127.0.0.1"))) {
          assertThat(again.isBound()).isTrue();
          break;
        } catch (IOException e) {
          assertThat(++tries).isLessThan(2000);
          Thread.yield();
          closer.join(5);
        }
      }
      assertThat(closer.isAlive()).isTrue();
      release.countDown();
      assertThat(raw.answer()).endsWith("done");
      assertThat(closer.join(Duration.ofSeconds(20))).isTrue();
      assertThat(raw.rest()).isEmpty();
    }
    kit.close();
  }

  @Test
  void endsARequestThatDoesNotEndByItself() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    Kit kit =
        new Kit(
            Map.of("shutdownTimeout", Duration.ofMillis(100)),
            directory,
            List.of(
                Route.get(
                    "/forever",
                    (request, response) -> {
                      entered.countDown();
                      try {
                        new CountDownLatch(1).await();
                      } catch (InterruptedException e) {
                        interrupted.countDown();
                        throw e;
                      }
                    })));
    try (Kit.Raw raw = kit.raw()) {
      raw.say("GET /forever HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
      kit.close();
      assertThat(interrupted.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void turnsErrorsIntoAnswers() throws Exception {
    try (Kit kit =
        new Kit(
            Route.get(
                "/error",
                (request, response) -> {
                  response.header("Content-Type", "image/png");
                  response.body().write(1);
                  throw new HttpError(422, "no such thing");
                }),
            Route.get(
                "/bug",
                (request, response) -> {
                  throw new IllegalStateException("secret detail");
                }),
            Route.get(
                "/cut",
                (request, response) -> {
                  response.body().write(new byte[100_000]);
                  throw new IllegalStateException("too late");
                }),
            Route.get(
                "/split", (request, response) -> response.header("X", "a\r\nSet-Cookie: b")))) {
      HttpResponse<String> error = kit.get("/error");
      assertThat(error.statusCode()).isEqualTo(422);
      assertThat(error.body()).isEqualTo("no such thing\n");
      assertThat(error.headers().firstValue("Content-Type")).hasValue(TEXT);
      HttpResponse<String> bug = kit.get("/bug");
      assertThat(bug.statusCode()).isEqualTo(500);
      assertThat(bug.body()).isEqualTo("Internal Server Error\n");
      assertThatThrownBy(() -> kit.get("/cut")).isInstanceOf(IOException.class);
      HttpResponse<String> split = kit.get("/split");
      assertThat(split.statusCode()).isEqualTo(500);
      assertThat(split.headers().firstValue("Set-Cookie")).isEmpty();
      assertThat(kit.get("/metrics").body())
          .contains("prometheus_http_requests_total{code=\"422\",handler=\"/error\"} 1.0")
          .contains(
              "prometheus_http_request_duration_seconds_bucket{handler=\"/bug\",le=\"120.0\"} 1");
    }
  }

  @Test
  void letsBrowsersOfAllowedOriginsRead() throws Exception {
    try (Kit kit = new Kit(text("/api/a", "a"))) {
      assertThat(kit.get("/api/a").headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
      assertThat(
              kit.get("/api/a", "Origin", "http://x")
                  .headers()
                  .firstValue("Access-Control-Allow-Origin"))
          .hasValue("*");
      assertThat(
              kit.get("/-/healthy", "Origin", "http://x")
                  .headers()
                  .firstValue("Access-Control-Allow-Origin"))
          .isEmpty();
    }
    try (Kit kit =
        new Kit(
            Map.of("corsOrigin", "https?://(a|b)\\.example"),
            directory,
            List.of(text("/api/a", "a")))) {
      HttpResponse<String> good = kit.get("/api/a", "Origin", "http://b.example");
      assertThat(good.headers().firstValue("Access-Control-Allow-Origin"))
          .hasValue("http://b.example");
      assertThat(good.headers().firstValue("Vary")).hasValue("Origin");
      assertThat(
              kit.get("/api/a", "Origin", "http://b.example.evil")
                  .headers()
                  .firstValue("Access-Control-Allow-Origin"))
          .isEmpty();
      HttpResponse<String> before =
          kit.send("OPTIONS", "/api/a", new byte[0], "Origin", "http://a.example");
      assertThat(before.statusCode()).isEqualTo(204);
      assertThat(before.headers().firstValue("Access-Control-Allow-Methods"))
          .hasValue("GET, POST, OPTIONS");
    }
  }

  @Test
  void servesBelowThePrefix() throws Exception {
    for (Map<String, String> given :
        List.of(
            Map.of("externalUrl", "http://h.example/p/q/"),
            Map.of("routePrefix", "p/q"),
            Map.of("externalUrl", "http://h.example/other", "routePrefix", "/p/q/"))) {
      try (Kit kit =
          new Kit(
              given,
              directory,
              List.of(
                  Route.get("/", (q, r) -> r.send(TEXT, "home " + q.externalPathPrefix())),
                  text("/a", "a")))) {
        HttpResponse<String> root = kit.get("/");
        assertThat(root.statusCode()).isEqualTo(302);
        assertThat(root.headers().firstValue("Location")).hasValue("/p/q/");
        assertThat(kit.get("/p/q").headers().firstValue("Location")).hasValue("/p/q/");
        String seen =
            given.getOrDefault("externalUrl", "").contains("other")
                ? "/other"
                : given.containsKey("externalUrl") ? "/p/q" : "";
        assertThat(kit.get("/p/q/").body()).isEqualTo("home " + seen);
        assertThat(kit.get("/p/q/a").body()).isEqualTo("a");
        assertThat(kit.get("/p/q/-/healthy").statusCode()).isEqualTo(200);
        assertThat(kit.get("/a").statusCode()).isEqualTo(404);
        assertThat(kit.get("/-/healthy").statusCode()).isEqualTo(404);
      }
    }
    try (Kit kit =
        new Kit(
            Map.of("externalUrl", "http://h.example/p", "routePrefix", "/"),
            directory,
            List.of(text("/a", "a")))) {
      assertThat(kit.get("/a").body()).isEqualTo("a");
      assertThat(kit.server.externalUrl()).hasToString("http://h.example/p");
    }
  }

  @Test
  void tellsPagesTheTitleThatIsConfigured() throws Exception {
    try (Kit kit = new Kit(Map.of("pageTitle", "Team A"), directory, List.of())) {
      assertThat(kit.server.pageTitle()).isEqualTo("Team A");
    }
    try (Kit kit = new Kit()) {
      assertThat(kit.server.pageTitle()).isEqualTo("Narthex");
    }
  }

  @Test
  void changesRoutesWhileItRuns() throws Exception {
    try (Kit kit = new Kit(text("/a", "first"))) {
      assertThat(kit.get("/b").statusCode()).isEqualTo(404);
      WebServer.Registration second =
          kit.server.add(
              "second",
              List.of(text("/a", "second"), text("/b", "b"), text("/-/healthy", "mine")),
              List.of(new Routes.MenuEntry("B", "/b", 1)));
      assertThat(second.problems())
          .containsExactly("cannot serve GET /a: plugin test serves it already");
      assertThat(kit.get("/a").body()).isEqualTo("first");
      assertThat(kit.get("/b").body()).isEqualTo("b");
      assertThat(kit.get("/-/healthy").body()).isEqualTo("mine");
      assertThat(kit.server.menu()).extracting(Routes.MenuEntry::title).containsExactly("B");
      second.close();
      second.close();
      assertThat(kit.get("/b").statusCode()).isEqualTo(404);
      assertThat(kit.get("/-/healthy").body()).isEqualTo("Prometheus Server is Healthy.\n");
      assertThat(kit.server.menu()).isEmpty();
    }
  }

  @Test
  void listensOnSeveralAddressesAndTellsAnOccupiedOne() throws Exception {
    try (Kit kit =
        new Kit(
            Map.of("listenAddress", List.of("127.0.0.1:0", "localhost:0")), directory, List.of())) {
      assertThat(kit.server.addresses()).hasSize(2);
      assertThatThrownBy(() ->
              new Kit(
                  Map.of("listenAddress", List.of("127.0.0.1:0", "127.0.0.1:" + kit.port)),
                  directory,
                  List.of()))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith(
              "cannot listen on 127.0.0.1:" + kit.port + ": address already in use; ");
      assertThatThrownBy(
              () -> new Kit(Map.of("listenAddress", List.of("192.0.2.1:0")), directory, List.of()))
          .hasMessage(
              "cannot listen on 192.0.2.1:0: cannot assign requested address; want one of this"
                  + " machine's");
    }
  }

  @Test
  void opensFurtherServers() throws Exception {
    try (Kit kit = new Kit()) {
      WebHost.Server further =
          kit.server.open(
              new WebHost.ServerConfig("push", List.of("127.0.0.1:0"), ""),
              List.of(text("/push", "pushed")));
      int port = further.addresses().get(0).getPort();
      try (Kit.Raw raw = new Kit.Raw(port)) {
        raw.say("GET /push HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(raw.answer()).endsWith("pushed");
      }
      further.close();
      further.close();
      assertThatThrownBy(() -> new Kit.Raw(port)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void asksForUsersOfTheWebFile() throws Exception {
    Path file = directory.resolve("web.yml");
    String hash = bcrypt("secret");
    Files.writeString(file, "user.alice=" + hash + "\nheader.X-Frame-Options=deny\n");
    try (Kit kit =
        new Kit(
            Map.of("configFile", "web.yml"),
            directory,
            List.of(Route.get("/who", (q, r) -> r.send(TEXT, q.user().orElse("")))))) {
      HttpResponse<String> refused = kit.get("/who");
      assertThat(refused.statusCode()).isEqualTo(401);
      assertThat(refused.body()).isEqualTo("Unauthorized\n");
      assertThat(refused.headers().firstValue("WWW-Authenticate")).hasValue("Basic");
      assertThat(refused.headers().firstValue("X-Frame-Options")).hasValue("deny");
      for (int i = 0; i < 2; i++) {
        assertThat(kit.get("/who", "Authorization", basic("alice:secret")).body())
            .isEqualTo("alice");
        assertThat(kit.get("/who", "Authorization", basic("alice:wrong")).statusCode())
            .isEqualTo(401);
        assertThat(kit.get("/who", "Authorization", basic("bob:secret")).statusCode())
            .isEqualTo(401);
      }
      assertThat(kit.get("/who", "Authorization", "Basic !!!").statusCode()).isEqualTo(401);
      Files.writeString(file, "user.carol=" + hash + "\n");
      assertThat(kit.get("/who", "Authorization", basic("alice:secret")).statusCode())
          .isEqualTo(401);
      assertThat(kit.get("/who", "Authorization", basic("carol:secret")).body()).isEqualTo("carol");
      Files.writeString(file, "broken");
      assertThat(kit.get("/who", "Authorization", basic("carol:secret")).body()).isEqualTo("carol");
      assertThat(kit.get("/who").statusCode()).isEqualTo(401);
      // As it is for an instant while an editor writes it in place.
      Files.writeString(file, "");
      assertThat(kit.get("/who").statusCode()).isEqualTo(401);
      Files.delete(file);
      assertThat(kit.get("/who").statusCode()).isEqualTo(401);
    }
  }

  private static String basic(String pair) {
    return "Basic "
        + java.util.Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  private static String bcrypt(String password) {
    return at.favre.lib.crypto.bcrypt.BCrypt.with(
            at.favre.lib.crypto.bcrypt.BCrypt.Version.VERSION_2Y)
        .hashToString(4, password.toCharArray());
  }

  @Test
  void limitsTheRateOfRequests() throws Exception {
    Files.writeString(directory.resolve("web.yml"), "rate.interval=PT1H\nrate.burst=2\n");
    try (Kit kit = new Kit(Map.of("configFile", "web.yml"), directory, List.of())) {
      assertThat(kit.get("/-/healthy").statusCode()).isEqualTo(200);
      assertThat(kit.get("/-/healthy").statusCode()).isEqualTo(200);
      assertThat(kit.get("/-/healthy").statusCode()).isEqualTo(429);
    }
  }

  @Test
  void namesAMissingWebFile() {
    assertThatThrownBy(() -> new Kit(Map.of("configFile", "absent.yml"), directory, List.of()))
        .isInstanceOf(IOException.class)
        .hasMessage(
            "cannot use web configuration file "
                + directory.resolve("absent.yml")
                + ": no such file or directory");
  }

  @Test
  void takesNoDirectMemoryForEachRequest() throws Exception {
    try (Kit kit = new Kit(text("/a", "a"));
        Kit.Raw raw = kit.raw()) {
      long before = directBuffers();
      for (int i = 0; i < 3000; i++) {
        assertThat(raw.say("GET /a HTTP/1.1\r\nHost: x\r\n\r\n").answer()).endsWith("a");
      }
      assertThat(directBuffers() - before).isLessThan(300);
    }
  }

  private static long directBuffers() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getCount)
        .sum();
  }

  @Test
  void servesManyRequestsAtOnce() throws Exception {
    CountDownLatch all = new CountDownLatch(200);
    AtomicReference<String> problem = new AtomicReference<>("");
    try (Kit kit =
        new Kit(
            Route.get(
                "/wait",
                (request, response) -> {
                  all.countDown();
                  if (!all.await(20, TimeUnit.SECONDS)) {
                    problem.set("not all at once");
                  }
                  response.send(TEXT, "x".repeat(50_000));
                }))) {
      List<Thread> threads = new java.util.ArrayList<>();
      for (int i = 0; i < 200; i++) {
        threads.add(
            Thread.ofVirtual()
                .start(() -> {
                  try (Kit.Raw raw = kit.raw()) {
                    raw.say("GET /wait HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
                    if (raw.rest().length() < 50_000) {
                      problem.set("short");
                    }
                  } catch (IOException e) {
                    problem.set(e.toString());
                  }
                }));
      }
      for (Thread thread : threads) {
        assertThat(thread.join(Duration.ofSeconds(30))).isTrue();
      }
      assertThat(problem.get()).isEmpty();
    }
  }
}
