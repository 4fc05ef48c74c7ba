package io.narthex.kernel.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.web.Route;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How much of what the server takes, and from whom. */
class WebLimitsTest {
  private static final String FORM = "application/x-www-form-urlencoded";
  private static final String END = " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

  @TempDir Path directory;

  private static Route count() {
    return new Route(
        java.util.Set.of("GET", "POST"),
        "/count",
        (request, response) ->
            response.send(
                "text/plain",
                "" + request.parameters().values().stream().mapToInt(List::size).sum()),
        50 << 20);
  }

  private static String status(Kit kit, String request) throws IOException {
    return status(kit.port, request);
  }

  private static String status(int port, String request) throws IOException {
    try (Kit.Raw raw = new Kit.Raw(port)) {
      raw.say(request);
      String answer = raw.answer();
      return answer.isEmpty() ? "" : answer.substring(9, 12);
    }
  }

  @Test
  void takesHeadsAndAddressesUpToALimit() throws Exception {
    try (Kit kit = new Kit(count())) {
      int limit = HttpServer.headerBytes(Runtime.getRuntime().maxMemory(), 512);
      String host = " HTTP/1.1\r\nHost: x\r\n";
      String fits = "x".repeat(limit - 1000);
      String large = "x".repeat(limit + 1000);
      assertThat(status(kit, "GET /count?a=" + fits + host + "\r\n")).isEqualTo("200");
      assertThat(status(kit, "GET /count?a=" + large + host + "\r\n")).startsWith("4");
      assertThat(status(kit, "GET /count" + host + "X: " + fits + "\r\n\r\n")).isEqualTo("200");
      assertThat(status(kit, "GET /count" + host + "X: " + large + "\r\n\r\n")).startsWith("4");
      assertThat(status(kit, "GET /count" + host + "X: 1\r\n".repeat(1000) + "\r\n"))
          .startsWith("4");
    }
  }

  @Test
  void takesSmallerHeadsWhereTheyWouldFillTheHeap() {
    assertThat(HttpServer.headerBytes(8L << 30, 512)).isEqualTo(1 << 20);
    assertThat(HttpServer.headerBytes(1L << 30, 512)).isEqualTo(256 << 10);
    assertThat(HttpServer.headerBytes(64L << 20, 512)).isEqualTo(64 << 10);
    assertThat(HttpServer.headerBytes(Long.MAX_VALUE, 1)).isEqualTo(1 << 20);
  }

  @Test
  void takesFewerParametersWhereTheyWouldFillTheHeap() {
    assertThat(HttpServer.parameters(16L << 30, 512)).isEqualTo(10_000);
    assertThat(HttpServer.parameters(1L << 30, 512)).isEqualTo(1048);
    assertThat(HttpServer.parameters(256L << 20, 512)).isEqualTo(500);
    assertThat(HttpServer.parameters(Long.MAX_VALUE, 1)).isEqualTo(10_000);
  }

  @Test
  void countsLargeHeadsOfAllRequestsForAsLongAsTheyLast() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Route held =
        Route.get(
            "/held",
            (request, response) -> {
              entered.countDown();
              assertThat(release.await(20, TimeUnit.SECONDS)).isTrue();
              response.send("text/plain", "held");
            });
    Site site =
        new Site(
            "",
            "",
            null,
            null,
            () -> Lifecycle.State.READY,
            new Gate(AccessControls.NONE),
            new CrossSite(null, "here", null, false));
    site.routes(
        new Router(Stream.of(held, count()).map(r -> new Router.Entry(r, "test", false)).toList()));
    HttpServer server =
        new HttpServer(
            "test",
            List.of(ListenAddress.parse("127.0.0.1:0")),
            new HttpServer.Limits(Duration.ofSeconds(20), 512, Duration.ofSeconds(1)),
            null,
            site,
            200_000);
    server.start();
    try (Kit.Raw first = new Kit.Raw(server.addresses().get(0).getPort())) {
      int port = server.addresses().get(0).getPort();
      String text = "?a=" + "x".repeat(60_000);
      String parameters = "?" + "a&".repeat(450);
      first.say("GET /held" + text + END);
      assertThat(entered.await(20, TimeUnit.SECONDS)).isTrue();
      assertThat(status(port, "GET /count" + text + END)).isEqualTo("503");
      assertThat(status(port, "GET /count" + parameters + END)).isEqualTo("503");
      assertThat(status(port, "GET /count?a=b" + END)).isEqualTo("200");
      release.countDown();
      assertThat(first.answer()).startsWith("HTTP/1.1 200");
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      String later;
      do {
        later = status(port, "GET /count" + text + END);
      } while (!later.equals("200") && System.nanoTime() < deadline);
      assertThat(later).isEqualTo("200");
    } finally {
      release.countDown();
      server.close(Duration.ZERO);
    }
  }

  @Test
  void takesParametersUpToANumber() throws Exception {
    try (Kit kit = new Kit(count())) {
      int inAddress = HttpServer.parameters(Runtime.getRuntime().maxMemory(), 512);
      byte[] most = "a&".repeat(10_000).getBytes(StandardCharsets.US_ASCII);
      byte[] more = "a&".repeat(10_001).getBytes(StandardCharsets.US_ASCII);
      assertThat(kit.send("POST", "/count", most, "Content-Type", FORM).body()).isEqualTo("10000");
      assertThat(kit.send("POST", "/count", more, "Content-Type", FORM).statusCode())
          .isEqualTo(400);
      assertThat(kit.send("POST", "/count", more, "Content-Type", FORM).body())
          .isEqualTo("too many parameters; want at most 10000\n");
      String host = " HTTP/1.1\r\nHost: x\r\n\r\n";
      assertThat(status(kit, "GET /count?" + "a&".repeat(inAddress) + host)).isEqualTo("200");
      assertThat(status(kit, "GET /count?" + "a&".repeat(10_001) + host)).isEqualTo("400");
      byte[] parts =
          "--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n"
              .repeat(1001)
              .concat("--x--")
              .getBytes(StandardCharsets.US_ASCII);
      assertThat(
              kit.send("POST", "/count", parts, "Content-Type", "multipart/form-data; boundary=x")
                  .body())
          .isEqualTo("multipart: message too large; want at most 1000 parts\n");
    }
  }

  @Test
  void takesNoMoreLargeFormsAtOnceThanTheHeapHolds() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    Route hold =
        new Route(
            java.util.Set.of("POST"),
            "/hold",
            (request, response) -> {
              request.parameters();
              entered.countDown();
              assertThat(release.await(30, TimeUnit.SECONDS)).isTrue();
            },
            Long.MAX_VALUE);
    byte[] form =
        new byte[(int) Math.min(Runtime.getRuntime().maxMemory() / 8 / 5, 1 << 30) - 1000];
    java.util.Arrays.fill(form, (byte) 'a');
    try (Kit kit = new Kit(hold, count())) {
      Thread first =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  kit.send("POST", "/hold", form, "Content-Type", FORM);
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      assertThat(entered.await(30, TimeUnit.SECONDS)).isTrue();
      byte[] second = "a=".concat("b".repeat(1 << 20)).getBytes(StandardCharsets.US_ASCII);
      assertThat(kit.send("POST", "/count", second, "Content-Type", FORM).statusCode())
          .isEqualTo(503);
      byte[] small = "a=".concat("b".repeat(50_000)).getBytes(StandardCharsets.US_ASCII);
      assertThat(kit.send("POST", "/count", small, "Content-Type", FORM).body()).isEqualTo("1");
      release.countDown();
      assertThat(first.join(Duration.ofSeconds(30))).isTrue();
      assertThat(kit.send("POST", "/count", second, "Content-Type", FORM).body()).isEqualTo("1");
    }
  }

  @Test
  void refusesHostsThatAreNone() throws Exception {
    try (Kit kit = new Kit(count())) {
      for (String bad :
          List.of(
              "GET /count HTTP/1.1\r\n\r\n",
              "GET /count HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
              "GET /count HTTP/1.1\r\nHost: a b\r\n\r\n",
              "GET /count HTTP/1.1\r\nHost: a/b\r\n\r\n",
              "GET /count HTTP/1.1\r\nHost: a<script>\r\n\r\n",
              "GET http://evil/count HTTP/1.1\r\nHost: b\r\n\r\n",
              "GET http://u:p@evil:99999/count HTTP/1.1\r\nHost: evil\r\n\r\n")) {
        assertThat(status(kit, bad)).as(bad).isEqualTo("400");
      }
      assertThat(status(kit, "GET http://a:1/count HTTP/1.1\r\nHost: a:1\r\n\r\n"))
          .isEqualTo("200");
      assertThat(status(kit, "GET /count HTTP/1.0\r\n\r\n")).isEqualTo("200");
    }
  }

  @Test
  void refusesBodiesWhoseEndIsAMatterOfOpinion() throws Exception {
    try (Kit kit = new Kit(count())) {
      String post = "POST /count HTTP/1.1\r\nHost: x\r\n";
      for (String bad :
          List.of(
              "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
              "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
              "Content-Length: +3\r\n\r\nabc",
              "Content-Length : 3\r\n\r\nabc",
              "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
              "Transfer-Encoding: identity\r\n\r\n0\r\n\r\n",
              "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
              "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
              "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")) {
        try (Kit.Raw raw = kit.raw()) {
          raw.say(post + bad + "GET /count?smuggled HTTP/1.1\r\nHost: x\r\n\r\n");
          List<String> statuses = Kit.statusLines(raw.rest());
          assertThat(statuses).as(bad).hasSize(1);
          assertThat(statuses.get(0)).as(bad).isIn("400", "501");
        }
      }
    }
  }

  @Test
  void splitsNoAnswersByWhatPathsHold() throws Exception {
    try (Kit kit = new Kit(Route.get("/:one", (q, r) -> r.send("text/plain", "one")));
        Kit.Raw raw = kit.raw()) {
      String end = " HTTP/1.1\r\nHost: x\r\n\r\n";
      assertThat(raw.say("GET //%0d%0aSet-Cookie:a=b" + end).answer())
          .contains("Location: /%0d%0aSet-Cookie:a=b\r\n");
      for (String evil : List.of("//evil.example", "/\\evil.example/", "/%5cevil.example/")) {
        assertThat(raw.say("GET " + evil + end).answer())
            .as(evil)
            .containsPattern("Location: /(%5c)?evil\\.example\r\n");
      }
      assertThat(raw.say("GET /%2fevil.example/" + end).answer())
          .contains("Location: /%2fevil.example\r\n");
      assertThat(raw.say("GET /%09/evil.example/" + end).answer()).startsWith("HTTP/1.1 404");
    }
  }

  @Test
  void tellsBrowsersToTakeAnswersForWhatTheyAre() throws Exception {
    Route page = Route.get("/page", (q, r) -> r.send("text/html; charset=utf-8", "<p>"));
    Route json = Route.get("/json", (q, r) -> r.send("application/json", "{}"));
    Files.writeString(directory.resolve("web.yml"), "header.X-Frame-Options=sameorigin\n");
    try (Kit kit = new Kit(page, json)) {
      for (String path : List.of("/page", "/json", "/%3Cscript%3E", "/-/healthy")) {
        assertThat(kit.get(path).headers().firstValue("X-Content-Type-Options"))
            .as(path)
            .hasValue("nosniff");
        assertThat(kit.get(path).body()).as(path).doesNotContain("script");
      }
      assertThat(kit.get("/page").headers().firstValue("X-Frame-Options")).isEmpty();
      assertThat(kit.get("/json").headers().firstValue("X-Frame-Options")).hasValue("DENY");
    }
    try (Kit kit = new Kit(Map.of("configFile", "web.yml"), directory, List.of(page, json))) {
      for (String path : List.of("/page", "/json")) {
        assertThat(kit.get(path).headers().allValues("X-Frame-Options"))
            .containsExactly("sameorigin");
      }
    }
  }

  @Test
  void letsWhoRunsTheServerSayWhoseFramesItsPagesMayStandIn() throws Exception {
    Route page =
        Route.get(
            "/page",
            (q, r) ->
                r.header("Content-Security-Policy", "frame-ancestors 'self'")
                    .addHeader("X-Frame-Options", "SAMEORIGIN")
                    .send(
                        "text/html; charset=utf-8",
                        q.parameter("size").isEmpty() ? "<p>" : "<p>".repeat(50_000)));
    String name = "Content-Security-Policy";
    Files.writeString(
        directory.resolve("web.yml"),
        "header.Content-Security-Policy=frame-ancestors grafana.example\n"
            + "header.X-Frame-Options=deny\n");
    try (Kit kit = new Kit(page)) {
      assertThat(kit.get("/page").headers().allValues(name))
          .containsExactly("frame-ancestors 'self'");
    }
    try (Kit kit = new Kit(Map.of("configFile", "web.yml"), directory, List.of(page))) {
      for (String path : List.of("/page", "/page?size=long", "/nothing", "/-/healthy")) {
        assertThat(kit.get(path).headers().allValues(name))
            .as(path)
            .containsExactly("frame-ancestors grafana.example");
        assertThat(kit.get(path).headers().allValues("X-Frame-Options")).containsExactly("deny");
      }
    }
  }

  @Test
  void answersAClientThatHasSaidAllItWillSay() throws Exception {
    try (Kit kit = new Kit(count());
        Kit.Raw raw = kit.raw()) {
      raw.say("GET /count?a HTTP/1.1\r\nHost: x\r\n\r\n");
      raw.socket.shutdownOutput();
      assertThat(raw.rest()).startsWith("HTTP/1.1 200").endsWith("1");
    }
  }

  /** Whether the server closes the connection within the time that a test has. */
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
  void letsClientsInWhenOthersOnlyHoldConnections() throws Exception {
    Route body =
        new Route(
            java.util.Set.of("POST"), "/body", (q, r) -> q.body().readAllBytes(), Long.MAX_VALUE);
    Route endless =
        Route.get(
            "/endless",
            (request, response) -> {
              while (true) {
                response.body().write(new byte[1 << 20]);
              }
            });
    String head = "HTTP/1.1\r\nHost: x\r\n";
    List<String> starts =
        List.of(
            "",
            "GET /",
            "GET /count " + head + "X: ",
            "GET /count " + head + "\r\n",
            "POST /body " + head + "Content-Length: 100\r\n\r\nabc",
            "POST /body " + head + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
            "GET /endless " + head + "\r\n");
    for (String start : starts) {
      try (Kit kit =
          new Kit(Map.of("maxConnections", 4), directory, List.of(count(), body, endless))) {
        List<Kit.Raw> held = new ArrayList<>();
        try {
          for (int i = 0; i < 4; i++) {
            held.add(kit.raw().say(start));
          }
          try (Kit.Raw healthy = kit.raw()) {
            healthy.say("GET /count?a HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(healthy.answer()).as(start).startsWith("HTTP/1.1 200");
          }
        } finally {
          for (Kit.Raw raw : held) {
            raw.close();
          }
        }
      }
    }
  }

  @Test
  void leavesThoseAloneThatWaitForTheServer() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    Route slow =
        Route.get(
            "/slow",
            (request, response) -> {
              assertThat(release.await(30, TimeUnit.SECONDS)).isTrue();
              response.send("text/plain", "slow");
            });
    try (Kit kit = new Kit(Map.of("maxConnections", 3), directory, List.of(count(), slow));
        Kit.Raw one = kit.raw();
        Kit.Raw two = kit.raw();
        Kit.Raw silent = kit.raw();
        Kit.Raw next = kit.raw()) {
      one.say("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
      two.say("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
      next.say("GET /count HTTP/1.1\r\nHost: x\r\n\r\n");
      assertThat(next.answer()).startsWith("HTTP/1.1 200");
      assertThat(ends(silent)).isTrue();
      release.countDown();
      assertThat(one.answer()).endsWith("slow");
      assertThat(two.answer()).endsWith("slow");
    }
  }
}
