package io.narthex.kernel.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.narthex.api.config.Defaults;
import io.narthex.api.config.Secret;
import io.narthex.api.http.HttpCaller;
import io.narthex.api.http.HttpCaller.Request;
import io.narthex.api.http.HttpClientConfig;
import io.narthex.api.web.Handler;
import io.narthex.api.web.Route;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpClientsTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final String TEXT = "text/plain";

  @TempDir Path directory;

  private final Map<String, String> environment = new HashMap<>();
  private final TestClock clock = new TestClock();
  private final KernelHttpClients clients =
      new KernelHttpClients("Prometheus/3.14.0", environment::get, clock);

  /** A clock that stands until it is moved. */
  private static final class TestClock extends Clock {
    volatile Instant now = Instant.EPOCH;

    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return now;
    }
  }

  @AfterEach
  void close() {
    clients.close();
  }

  private HttpCaller caller(Map<String, ?> config) throws IOException {
    return clients.create(Defaults.with(HttpClientConfig.class, config), "test", directory);
  }

  private static String body(HttpCaller caller, URI uri) throws Exception {
    try (HttpCaller.Response response = caller.send(Request.get(uri, LONG))) {
      return new String(response.body().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Answers with the headers that it got, as far as they are of interest. */
  private static Route echo(String path) {
    return Route.getOrPost(
        path,
        (request, response) -> {
          StringBuilder out = new StringBuilder(request.method());
          for (String name : List.of("Authorization", "X-Extra", "User-Agent", "Cookie")) {
            request.header(name).ifPresent(v -> out.append('|').append(name).append('=').append(v));
          }
          out.append('|').append(new String(request.body().readAllBytes(), StandardCharsets.UTF_8));
          response.send(TEXT, out.toString());
        });
  }

  @Test
  void reusesConnectionsAndReadsAllKindsOfBodies() throws Exception {
    Set<Integer> ports = ConcurrentHashMap.newKeySet();
    Handler remember = (q, r) -> ports.add(q.remoteAddress().getPort());
    try (Kit kit =
            new Kit(
                Route.get(
                    "/length",
                    (q, r) -> {
                      remember.handle(q, r);
                      r.send(TEXT, "short");
                    }),
                Route.get(
                    "/chunked",
                    (q, r) -> {
                      remember.handle(q, r);
                      r.body().write(new byte[300_000]);
                    }),
                Route.get(
                    "/empty",
                    (q, r) -> {
                      remember.handle(q, r);
                      r.status(204);
                    }));
        HttpCaller caller = caller(Map.of())) {
      for (int i = 0; i < 3; i++) {
        assertThat(body(caller, kit.uri("/length"))).isEqualTo("short");
        assertThat(body(caller, kit.uri("/chunked"))).hasSize(300_000);
        assertThat(body(caller, kit.uri("/empty"))).isEmpty();
      }
      assertThat(ports).hasSize(1);
      try (HttpCaller.Response early = caller.send(Request.get(kit.uri("/chunked"), LONG))) {
        assertThat(early.status()).isEqualTo(200);
        assertThat(early.body().read()).isZero();
      }
      assertThat(body(caller, kit.uri("/length"))).isEqualTo("short");
      assertThat(ports).hasSize(2);
    }
  }

  @Test
  void sendsTheConfiguredCredentialsAndHeaders() throws Exception {
    Files.writeString(directory.resolve("secret"), "from-file\n");
    try (Kit kit = new Kit(echo("/e"))) {
      Map<Map<String, ?>, String> expected = new HashMap<>();
      expected.put(Map.of(), "GET|User-Agent=Prometheus/3.14.0|");
      expected.put(
          Map.of(
              "basicAuth",
              Defaults.with(
                  HttpClientConfig.BasicAuth.class,
                  Map.of("username", "u", "passwordFile", "secret"))),
          "GET|Authorization=Basic dTpmcm9tLWZpbGU=|User-Agent=Prometheus/3.14.0|");
      expected.put(
          Map.of("bearerToken", Secret.of("t")),
          "GET|Authorization=Bearer t|User-Agent=Prometheus/3.14.0|");
      expected.put(
          Map.of(
              "authorization",
              Defaults.with(
                  HttpClientConfig.Authorization.class,
                  Map.of("type", "Custom", "credentialsFile", "secret")),
              "httpHeaders",
              Map.of(
                  "X-Extra",
                  new HttpClientConfig.Header(
                      List.of("a"), List.of(Secret.of("b")), List.of("secret")))),
          "GET|Authorization=Custom from-file|X-Extra=a|User-Agent=Prometheus/3.14.0|");
      for (Map.Entry<Map<String, ?>, String> e : expected.entrySet()) {
        try (HttpCaller caller = caller(e.getKey())) {
          assertThat(body(caller, kit.uri("/e"))).isEqualTo(e.getValue());
        }
      }
      try (HttpCaller caller = caller(Map.of());
          HttpCaller.Response posted =
              caller.send(
                  new Request(
                      "POST",
                      URI.create("http://u:p@127.0.0.1:" + kit.port + "/e"),
                      Map.of("user-agent", "mine"),
                      "data".getBytes(StandardCharsets.UTF_8),
                      LONG))) {
        assertThat(new String(posted.body().readAllBytes(), StandardCharsets.UTF_8))
            .isEqualTo("POST|Authorization=Basic dTpw|User-Agent=mine|data");
      }
    }
  }

  private static Route redirect(String path, int status, AtomicReference<String> to) {
    return Route.getOrPost(
        path,
        (q, r) -> {
          r.status(status);
          r.header("Location", to.get());
        });
  }

  @Test
  void followsRedirectsAndGivesCredentialsToNobodyElse() throws Exception {
    AtomicReference<String> to = new AtomicReference<>("/e");
    try (Kit other = new Kit(echo("/e"));
        Kit kit =
            new Kit(
                echo("/e"),
                redirect("/302", 302, to),
                redirect("/307", 307, to),
                redirect("/loop", 302, new AtomicReference<>("/loop")));
        HttpCaller caller =
            caller(
                Map.of(
                    "bearerToken",
                    Secret.of("t"),
                    "httpHeaders",
                    Map.of(
                        "X-Extra",
                        new HttpClientConfig.Header(List.of("a"), List.of(), List.of()))))) {
      byte[] data = "data".getBytes(StandardCharsets.UTF_8);
      Map<String, String> cookie = Map.of("Cookie", "c");
      String here = "|Authorization=Bearer t|X-Extra=a|User-Agent=Prometheus/3.14.0|Cookie=c|";
      String there = "|User-Agent=Prometheus/3.14.0|";
      for (int where = 0; where < 3; where++) {
        // The same machine by another name is another host; another port of it is not.
        boolean away = where == 2;
        to.set(
            where == 0
                ? "/e"
                : "http://" + (away ? "localhost:" : "127.0.0.1:") + other.port + "/e");
        for (int status : new int[] {302, 307}) {
          try (HttpCaller.Response response =
              caller.send(new Request("POST", kit.uri("/" + status), cookie, data, LONG))) {
            assertThat(new String(response.body().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo(
                    (status == 302 ? "GET" : "POST")
                        + (away ? there : here)
                        + (status == 302 ? "" : "data"));
          }
        }
      }
      assertThatThrownBy(() -> body(caller, kit.uri("/loop")))
          .hasMessage("Get \"/loop\": stopped after 10 redirects");
      to.set("file:///etc/passwd");
      assertThatThrownBy(() -> body(caller, kit.uri("/302"))).isInstanceOf(IOException.class);
      try (HttpCaller still = caller(Map.of("followRedirects", false));
          HttpCaller.Response response = still.send(Request.get(kit.uri("/302"), LONG))) {
        assertThat(response.status()).isEqualTo(302);
        assertThat(response.header("LOCATION")).hasValue("file:///etc/passwd");
      }
    }
  }

  @Test
  void saysInGoWordsWhyThereIsNoAnswer() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      free = socket.getLocalPort();
    }
    try (HttpCaller caller = caller(Map.of())) {
      assertThatThrownBy(
              () -> body(caller, URI.create("http://u:secret@127.0.0.1:" + free + "/m?token=x")))
          .hasMessage(
              "Get \"http://127.0.0.1:"
                  + free
                  + "/m\": dial tcp 127.0.0.1:"
                  + free
                  + ": connect: connection refused");
      assertThatThrownBy(() -> body(caller, URI.create("http://no-such-host.invalid/m")))
          .hasMessage(
              "Get \"http://no-such-host.invalid/m\": dial tcp: lookup no-such-host.invalid: no"
                  + " such host");
      assertThatThrownBy(() -> body(caller, URI.create("ftp://x/m")))
          .hasMessageContaining("unsupported protocol scheme \"ftp\"");
      assertThatThrownBy(() ->
              caller.send(
                  new Request(
                      "GET",
                      URI.create("http://127.0.0.1:" + free + "/"),
                      Map.of("X", "a\r\nY: b"),
                      null,
                      LONG)))
          .hasMessageContaining("invalid header field value");
    }
  }

  /** A server that says what a test wants on each connection. */
  private interface Talk {
    void with(Socket socket, int number) throws Exception;
  }

  private static final class Scripted implements AutoCloseable {
    final ServerSocket server = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    Scripted(Talk talk) throws IOException {
      Thread.ofVirtual()
          .start(() -> {
            AtomicInteger number = new AtomicInteger();
            while (true) {
              try {
                Socket socket = server.accept();
                open.add(socket);
                Thread.ofVirtual()
                    .start(() -> {
                      try (socket) {
                        talk.with(socket, number.getAndIncrement());
                      } catch (Exception e) {
                        // The test sees what the client makes of it.
                      }
                    });
              } catch (IOException e) {
                return;
              }
            }
          });
    }

    URI uri() {
      return URI.create("http://127.0.0.1:" + server.getLocalPort() + "/");
    }

    static void say(Socket socket, String text) throws IOException {
      OutputStream out = socket.getOutputStream();
      out.write(text.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
    }

    @Override
    public void close() throws IOException {
      server.close();
      for (Socket socket : open) {
        socket.close();
      }
    }
  }

  @Test
  void endsACallWhoseTimeIsOverInHeadOrBody() throws Exception {
    for (String begin :
        List.of(
            "",
            "HTTP/1.1 200 OK\r\nX: ",
            "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")) {
      CountDownLatch forever = new CountDownLatch(1);
      try (Scripted server =
              new Scripted((socket, n) -> {
                Scripted.say(socket, begin);
                forever.await();
              });
          HttpCaller caller = caller(Map.of())) {
        assertThatThrownBy(
                () -> {
                  try (HttpCaller.Response response =
                      caller.send(Request.get(server.uri(), Duration.ofMillis(300)))) {
                    response.body().readAllBytes();
                  }
                })
            .as(begin)
            .hasMessage(
                begin.contains("\r\n\r\n")
                    // As with Go's client, reading the body says no more than why it ended.
                    ? "context deadline exceeded"
                    : "Get \"" + server.uri() + "\": context deadline exceeded");
        forever.countDown();
      }
    }
  }

  @Test
  void refusesAnswersThatAreNone() throws Exception {
    for (String bad :
        List.of(
            "",
            "nonsense\r\n\r\n",
            "HTTP/1.1 abc\r\n\r\n",
            "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
            "HTTP/1.1 200 OK\r\nX: " + "y".repeat(11_000_000) + "\r\n\r\n")) {
      try (Scripted server =
              new Scripted((socket, n) -> {
                Scripted.say(socket, bad);
                socket.shutdownOutput();
                socket.getInputStream().readAllBytes();
              });
          HttpCaller caller = caller(Map.of())) {
        assertThatThrownBy(
                () -> {
                  try (HttpCaller.Response response =
                      caller.send(Request.get(server.uri(), LONG))) {
                    response.body().readAllBytes();
                  }
                })
            .as(bad.length() > 100 ? "long header" : bad)
            .isInstanceOf(IOException.class)
            .message()
            .satisfies(message -> {
              if (bad.contains("200 OK\r\n") && bad.contains("abc")) {
                assertThat(message)
                    .isIn(
                        "unexpected EOF",
                        "invalid byte in chunk length",
                        "malformed chunked encoding");
              } else if (!bad.contains("\r\n-1")) {
                assertThat(message).startsWith("Get \"" + server.uri() + "\": ");
              }
            });
      }
    }
  }

  /** Makes one request of a server that gives one answer. */
  private String ask(Map<String, ?> config, String answer) throws Exception {
    try (Scripted server =
            new Scripted((socket, n) -> {
              Scripted.say(socket, answer);
              socket.shutdownOutput();
              socket.getInputStream().readAllBytes();
            });
        HttpCaller caller = caller(config);
        HttpCaller.Response response = caller.send(Request.get(server.uri(), LONG))) {
      return response.status()
          + " "
          + new String(response.body().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String redirectTo(String location) {
    return "HTTP/1.1 302 Found\r\nLocation: " + location + "\r\nContent-Length: 0\r\n\r\n";
  }

  @Test
  void aRedirectToNowhereIsAnErrorThatSaysSo() throws Exception {
    assertThatThrownBy(() -> ask(Map.of(), redirectTo("http://127.0.0.1:99999/")))
        .isInstanceOf(IOException.class)
        .hasMessage("Get \"http://127.0.0.1:99999/\": dial tcp: address 99999: invalid port");
    assertThatThrownBy(() -> ask(Map.of(), redirectTo("http://127.0.0.1:99999999999/x")))
        .isInstanceOf(IOException.class)
        .hasMessageEndingWith("dial tcp: address 99999999999: invalid port");
    assertThatThrownBy(() -> ask(Map.of(), redirectTo("ftp://x/")))
        .hasMessage("Get \"ftp://x/\": unsupported protocol scheme \"ftp\"");
    assertThatThrownBy(() -> ask(Map.of(), redirectTo("file:///etc/passwd")))
        .hasMessage("Get \"file:///etc/passwd\": unsupported protocol scheme \"file\"");
    assertThatThrownBy(() -> ask(Map.of(), redirectTo("mailto:x")))
        .hasMessage("Get \"mailto:x\": unsupported protocol scheme \"mailto\"");
    assertThatThrownBy(() -> ask(Map.of(), redirectTo("/%zz")))
        .isInstanceOf(IOException.class)
        .hasMessageEndingWith(
            "/\": failed to parse Location header \"/%zz\": parse \"/%zz\": invalid URL escape"
                + " \"%zz\"");
    assertThatThrownBy(() -> ask(Map.of(), redirectTo("://x")))
        .hasMessageEndingWith(
            "failed to parse Location header \"://x\": parse \"://x\": missing protocol scheme");
    assertThat(ask(Map.of(), redirectTo(""))).as("is none").isEqualTo("302 ");
  }

  @Test
  void anAddressThatIsNoneIsAnErrorThatSaysSo() throws Exception {
    try (HttpCaller caller = caller(Map.of())) {
      for (String authority : List.of("127.0.0.1:65536", "a_b:65536", "a:99999999999")) {
        assertThatThrownBy(() -> body(caller, URI.create("http://" + authority + "/")))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("dial tcp: address ")
            .hasMessageEndingWith(": invalid port");
      }
    }
    assertThat(ClientTransport.port(URI.create("http://a_b:9100/"))).isEqualTo(9100);
    assertThat(ClientTransport.host(URI.create("http://a_b:9100/"))).isEqualTo("a_b");
    assertThat(ClientTransport.port(URI.create("https://a_b/"))).isEqualTo(443);
  }

  @Test
  void followsLocationsThatAreNotEncoded() throws Exception {
    List<String> asked = new CopyOnWriteArrayList<>();
    List<String> locations = List.of("/m\u00c3\u00a4 |x?q=\u00c3\u00a4", "?page=2", "next");
    try (Scripted server =
            new Scripted((socket, n) -> {
              StringBuilder head = new StringBuilder();
              while (head.indexOf("\r\n\r\n") < 0) {
                head.append((char) socket.getInputStream().read());
              }
              asked.add(head.substring(4, head.indexOf(" HTTP/1.1")));
              Scripted.say(
                  socket,
                  (n < locations.size()
                          ? redirectTo(locations.get(n))
                          : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                      .replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
            });
        HttpCaller caller = caller(Map.of())) {
      assertThat(body(caller, server.uri())).isEqualTo("ok");
    }
    assertThat(asked)
        .containsExactly("/", "/m%C3%A4%20%7Cx?q=%C3%A4", "/m%C3%A4%20%7Cx?page=2", "/next");
  }

  @Test
  void refusesAnswersOfTwoLengths() throws Exception {
    String two = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Length: ";
    assertThatThrownBy(() -> ask(Map.of(), two + "5\r\n\r\nabcde"))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("Get \"http://127.0.0.1:")
        .hasMessageEndingWith(
            "/\": net/http: HTTP/1.x transport connection broken: http: message cannot contain"
                + " multiple Content-Length headers; got [\"4\" \"5\"]");
    assertThat(ask(Map.of(), two + "4\r\n\r\nabcd")).as("the same twice").isEqualTo("200 abcd");
    assertThat(ask(Map.of(), two + "5\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"))
        .as("of no meaning beside chunks")
        .isEqualTo("200 abc");
  }

  @Test
  void asksAgainWhenAKeptConnectionHadBeenClosed() throws Exception {
    String answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    try (Scripted server =
            new Scripted((socket, n) -> {
              // One answer for each connection, without a word of closing it.
              socket.getInputStream().readNBytes(1);
              Scripted.say(socket, answer);
            });
        HttpCaller caller = caller(Map.of())) {
      for (int i = 0; i < 5; i++) {
        assertThat(body(caller, server.uri())).isEqualTo("ok");
      }
      for (int i = 0; i < 3; i++) {
        try (HttpCaller.Response response =
            caller.send(new Request("POST", server.uri(), Map.of(), new byte[10], LONG))) {
          assertThat(response.body().readAllBytes()).hasSize(2);
        }
      }
    }
  }

  @Test
  void readsABodyWithoutLengthUntilTheEndAndSkipsInterimAnswers() throws Exception {
    try (Scripted server =
            new Scripted((socket, n) -> {
              socket.getInputStream().readNBytes(1);
              Scripted.say(
                  socket, "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.0 200 OK\r\n\r\nall of it");
            });
        HttpCaller caller = caller(Map.of())) {
      assertThat(body(caller, server.uri())).isEqualTo("all of it");
    }
  }

  @Test
  void endsARunningCallWhenInterruptedOrClosed() throws Exception {
    CountDownLatch forever = new CountDownLatch(1);
    try (Scripted server = new Scripted((socket, n) -> forever.await())) {
      for (boolean interrupt : new boolean[] {true, false}) {
        HttpCaller caller = caller(Map.of());
        AtomicReference<Throwable> seen = new AtomicReference<>();
        CountDownLatch sent = new CountDownLatch(1);
        Thread thread =
            Thread.ofVirtual()
                .start(() -> {
                  sent.countDown();
                  try {
                    caller.send(Request.get(server.uri(), LONG));
                  } catch (Throwable e) {
                    seen.set(e);
                  }
                });
        assertThat(sent.await(20, TimeUnit.SECONDS)).isTrue();
        if (interrupt) {
          thread.interrupt();
        } else {
          caller.close();
        }
        assertThat(thread.join(LONG)).isTrue();
        assertThat(seen.get())
            .isInstanceOf(interrupt ? InterruptedException.class : IOException.class);
        caller.close();
        assertThatThrownBy(() -> caller.send(Request.get(server.uri(), LONG)))
            .isInstanceOf(IOException.class);
      }
      forever.countDown();
    }
  }

  @Test
  void verifiesServersAndShowsItsOwnCertificate() throws Exception {
    Certificates.Pair server =
        Certificates.make(directory, "RSA", "server", "dns:localhost,dns:named.example");
    Certificates.Pair client = Certificates.make(directory, "EC", "client", "dns:client");
    server.write(directory, "server");
    client.write(directory, "client");
    Files.writeString(
        directory.resolve("web.yml"),
        "tls.certFile=server.crt\ntls.keyFile=server.key\n"
            + "tls.clientAuthType=RequireAndVerifyClientCert\ntls.clientCaFile=client.crt\n");
    try (Kit kit = new Kit(Map.of("configFile", "web.yml"), directory, List.of(echo("/e")))) {
      URI named = URI.create("https://localhost:" + kit.port + "/e");
      URI numbered = URI.create("https://127.0.0.1:" + kit.port + "/e");
      Map<String, Object> own = Map.of("certFile", "client.crt", "keyFile", "client.key");
      try (HttpCaller caller = caller(tls(own, "caFile", "server.crt"))) {
        assertThat(body(caller, named)).startsWith("GET|");
        assertThat(body(caller, named)).startsWith("GET|");
        assertThatThrownBy(() -> body(caller, numbered))
            .hasMessageEndingWith(
                ": tls: failed to verify certificate: x509: cannot validate certificate for"
                    + " 127.0.0.1 because it doesn't contain any IP SANs");
      }
      try (HttpCaller caller =
          caller(tls(own, "caFile", "server.crt", "serverName", "named.example"))) {
        assertThat(body(caller, numbered)).startsWith("GET|");
      }
      try (HttpCaller caller =
          caller(tls(own, "caFile", "server.crt", "serverName", "other.example"))) {
        assertThatThrownBy(() -> body(caller, named))
            .hasMessageEndingWith(
                ": tls: failed to verify certificate: x509: certificate is valid for localhost,"
                    + " named.example, not other.example");
      }
      try (HttpCaller caller = caller(tls(own))) {
        assertThatThrownBy(() -> body(caller, named))
            .hasMessageEndingWith(
                ": tls: failed to verify certificate: x509: certificate signed by unknown"
                    + " authority");
      }
      try (HttpCaller caller = caller(tls(own, "insecureSkipVerify", true))) {
        assertThat(body(caller, numbered)).startsWith("GET|");
      }
      try (HttpCaller caller = caller(tls(Map.of(), "caFile", "server.crt"))) {
        // The server closes after its alert: a request that is still being written may meet that
        // first, as with Go's client.
        String said = "";
        for (int i = 0;
            i < 50 && !said.endsWith(": remote error: tls: certificate required");
            i++) {
          said = String.valueOf(catchThrowable(() -> body(caller, named)).getMessage());
          assertThat(said)
              .containsAnyOf(
                  ": remote error: tls: certificate required",
                  ": write: broken pipe",
                  ": read: connection reset by peer");
        }
        assertThat(said).endsWith(": remote error: tls: certificate required");
      }
      // A changed CA file counts for the next connection.
      try (HttpCaller caller = caller(tls(own, "caFile", "ca.crt", "ca.crt", client))) {
        assertThatThrownBy(() -> body(caller, named)).hasMessageContaining("unknown authority");
        Files.writeString(directory.resolve("ca.crt"), server.certificate());
        assertThat(body(caller, named)).startsWith("GET|");
      }
    }
    assertThatThrownBy(() -> caller(tls(Map.of(), "caFile", "absent.crt")))
        .hasMessage(
            "unable to read CA cert: unable to read file "
                + directory.resolve("absent.crt")
                + ": open "
                + directory.resolve("absent.crt")
                + ": no such file or directory");
  }

  /** Asks until there is such an error, or none where null is wanted; the files are seen late. */
  private static void awaitAnswer(HttpCaller caller, URI uri, String wanted) throws Exception {
    long end = System.nanoTime() + LONG.toNanos();
    while (true) {
      String got;
      try {
        got = body(caller, uri).startsWith("GET|") ? "" : "nonsense";
      } catch (IOException e) {
        got = String.valueOf(e.getMessage());
      }
      if (got.endsWith(wanted) && got.isEmpty() == wanted.isEmpty()) {
        return;
      }
      assertThat(System.nanoTime()).as("got %s, want %s", got, wanted).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @Test
  void changedCertificatesAndKeysCountForKeptConnectionsToo() throws Exception {
    Certificates.Pair server =
        Certificates.make(directory, "EC", "server", "dns:localhost,dns:named.example");
    Certificates.Pair other = Certificates.make(directory, "EC", "other", "dns:other");
    server.write(directory, "server");
    Path ca = directory.resolve("ca.crt");
    Files.writeString(ca, server.certificate());
    Files.writeString(
        directory.resolve("web.yml"), "tls.certFile=server.crt\ntls.keyFile=server.key\n");
    try (Kit kit = new Kit(Map.of("configFile", "web.yml"), directory, List.of(echo("/e")));
        HttpCaller caller = caller(tls(Map.of(), "caFile", "ca.crt"))) {
      URI uri = URI.create("https://localhost:" + kit.port + "/e");
      assertThat(body(caller, uri)).startsWith("GET|");
      Files.writeString(ca, other.certificate());
      awaitAnswer(caller, uri, "x509: certificate signed by unknown authority");
      Files.writeString(ca, server.certificate());
      awaitAnswer(caller, uri, "");
      Files.delete(ca);
      awaitAnswer(
          caller,
          uri,
          ": unable to read CA cert: unable to read file "
              + ca
              + ": open "
              + ca
              + ": no such file or directory");
      Files.writeString(ca, "no certificate");
      awaitAnswer(caller, uri, ": unable to use specified CA cert file " + ca);
      Files.writeString(ca, server.certificate());
      awaitAnswer(caller, uri, "");
    }
  }

  @Test
  void looksAtFilesOnceASecondAndMindsOnlyTheirContent() throws Exception {
    Certificates.Pair pair = Certificates.make(directory, "EC", "client", "dns:client");
    Certificates.Pair next = Certificates.make(directory, "EC", "next", "dns:next");
    pair.write(directory, "client");
    AtomicLong nanos = new AtomicLong();
    ClientTls tls =
        new ClientTls(
            Defaults.with(
                HttpClientConfig.TlsConfig.class,
                Map.of("certFile", "client.crt", "keyFile", "client.key")),
            directory,
            nanos::get);
    long first = tls.generation();
    Path certificate = directory.resolve("client.crt");
    Files.writeString(certificate, pair.certificate());
    Files.setLastModifiedTime(certificate, FileTime.fromMillis(1));
    nanos.addAndGet(1_000_000_000);
    assertThat(tls.generation()).as("touched").isEqualTo(first);
    next.write(directory, "client");
    nanos.addAndGet(999_999_999);
    assertThat(tls.generation()).as("too early").isEqualTo(first);
    nanos.addAndGet(1);
    assertThat(tls.generation()).as("another certificate").isGreaterThan(first);
    Files.delete(directory.resolve("client.key"));
    nanos.addAndGet(1_000_000_000);
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(tls::generation)
          .hasMessage(
              "unable to read client key: unable to read file "
                  + directory.resolve("client.key")
                  + ": open "
                  + directory.resolve("client.key")
                  + ": no such file or directory");
    }
    assertThatThrownBy(() -> caller(tls(Map.of(), "minVersion", "TLS13", "maxVersion", "TLS12")))
        .hasMessage(
            "tls_config.max_version must be greater than or equal to tls_config.min_version if both"
                + " are specified");
  }

  @Test
  void givesCredentialsToTheSameHostAndThoseBelowItAsGo() {
    for (String row :
        List.of(
            "http://a.example/ http://a.example:81/ true",
            "http://a.example:80/ http://A.EXAMPLE/ true",
            "http://a.example/ http://b.a.example/ true",
            "http://a.example/ https://b.a.example/ true",
            "http://b.a.example/ http://a.example/ false",
            "http://a.example/ http://xa.example/ false",
            "http://a.example/ http://b.example/ false",
            "https://a.example/ http://a.example/ false",
            "https://a.example/ https://a.example:444/ true",
            "http://[::1]/ http://[::1]:81/ true",
            "http://127.0.0.1/ http://localhost/ false")) {
      String[] part = row.split(" ");
      URI first = URI.create(part[0]);
      assertThat(ConfiguredCaller.mayKnow(first, first, URI.create(part[1])))
          .as(row)
          .isEqualTo(part[2].equals("true"));
    }
  }

  @Test
  void saysInGoWordsWhatIsWrongWithACertificate() throws Exception {
    X509Certificate certificate =
        Certificates.make(directory, "EC", "x", "dns:a.example,dns:*.b.example,ip:127.0.0.1,ip:::1")
            .x509();
    Map<String, String> faults = new HashMap<>();
    for (String host :
        List.of("a.example", "x.b.example", "x.y.b.example", "127.0.0.1", "::1", "127.0.0.2")) {
      faults.put(host, String.valueOf(CertificateFaults.notItsName(certificate, host)));
    }
    assertThat(faults)
        .containsOnly(
            Map.entry("a.example", "null"),
            Map.entry("x.b.example", "null"),
            Map.entry(
                "x.y.b.example",
                "certificate is valid for a.example, *.b.example, not x.y.b.example"),
            Map.entry("127.0.0.1", "null"),
            Map.entry("::1", "null"),
            Map.entry("127.0.0.2", "certificate is valid for 127.0.0.1, ::1, not 127.0.0.2"));

    Certificates.Pair other = Certificates.make(directory, "EC", "other", "dns:other");
    Instant late = certificate.getNotAfter().toInstant().plusSeconds(1);
    CertificateFaults trust =
        new CertificateFaults(
            TlsSettings.trust(List.of(other.x509())),
            Clock.fixed(late.plusMillis(7), ZoneOffset.UTC));
    try (Socket none = new Socket()) {
      assertThatThrownBy(
              () -> trust.checkServerTrusted(new X509Certificate[] {certificate}, "EC", none))
          .hasMessage(
              "x509: certificate has expired or is not yet valid: current time "
                  + late
                  + " is after "
                  + certificate.getNotAfter().toInstant());
    }
  }

  @Test
  void saysInGoWordsWhatIsWrongWithALocation() {
    Map<String, String> faults = new LinkedHashMap<>();
    for (String location :
        List.of(
            "/ok?%zz",
            "http://[::1]:80/a%20b#c",
            "mailto:x",
            "",
            ":",
            "a:b/c",
            "1:b/c",
            "http://h:p/",
            "http://[::1/",
            "http://a b/",
            "//h:1/%",
            "/x#%g0",
            "/\u0001")) {
      faults.put(location, String.valueOf(GoUrl.fault(location)));
    }
    assertThat(faults)
        .containsExactly(
            Map.entry("/ok?%zz", "null"),
            Map.entry("http://[::1]:80/a%20b#c", "null"),
            Map.entry("mailto:x", "null"),
            Map.entry("", "null"),
            Map.entry(":", "missing protocol scheme"),
            Map.entry("a:b/c", "null"),
            Map.entry("1:b/c", "first path segment in URL cannot contain colon"),
            Map.entry("http://h:p/", "invalid port \":p\" after host"),
            Map.entry("http://[::1/", "missing ']' in host"),
            Map.entry("http://a b/", "invalid character \" \" in host name"),
            Map.entry("//h:1/%", "invalid URL escape \"%\""),
            Map.entry("/x#%g0", "invalid URL escape \"%g0\""),
            Map.entry("/\u0001", "net/url: invalid control character in URL"));
  }

  @Test
  void saysInGoWordsWhatIsWrongWithAConnection() throws Exception {
    try (Scripted reset =
            new Scripted((socket, n) -> {
              socket.getInputStream().read();
              socket.setSoLinger(true, 0);
            });
        Scripted proxy =
            new Scripted((socket, n) -> {
              socket.getInputStream().read(new byte[8192]);
              Scripted.say(
                  socket,
                  "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
            });
        Scripted plain =
            new Scripted((socket, n) -> {
              Scripted.say(socket, "HTTP/1.1 400 Bad Request\r\n\r\n");
              socket.shutdownOutput();
              socket.getInputStream().readAllBytes();
            });
        HttpCaller direct = caller(Map.of());
        HttpCaller proxied =
            caller(Map.of("proxyUrl", "http://127.0.0.1:" + proxy.server.getLocalPort()));
        HttpCaller nowhere = caller(Map.of("proxyUrl", "http://127.0.0.1:1"))) {
      assertThatThrownBy(() -> body(direct, reset.uri()))
          .message()
          .matches(
              "Get \"http://127\\.0\\.0\\.1:\\d+/\": read tcp"
                  + " 127\\.0\\.0\\.1:\\d+->127\\.0\\.0\\.1:"
                  + reset.server.getLocalPort()
                  + ": read: connection reset by peer");
      assertThatThrownBy(() -> body(proxied, URI.create("https://a.example/")))
          .hasMessage("Get \"https://a.example/\": Proxy Authentication Required");
      assertThatThrownBy(() -> body(nowhere, URI.create("https://a.example/")))
          .hasMessage(
              "Get \"https://a.example/\": proxyconnect tcp: dial tcp 127.0.0.1:1: connect:"
                  + " connection refused");
      assertThatThrownBy(() ->
              body(direct, URI.create("https://127.0.0.1:" + plain.server.getLocalPort() + "/")))
          .hasMessageEndingWith("/\": tls: first record does not look like a TLS handshake");
      assertThatThrownBy(() -> body(direct, URI.create("http://[::1]:1/")))
          .hasMessageContaining("dial tcp [::1]:1: connect: ");
    }
    assertThat(ask(Map.of(), "HTTP/1.1 200 OK\r\nX: " + "y".repeat(9 << 20) + "\r\n\r\nbody"))
        .as("headers of 9 MiB, which Go takes")
        .isEqualTo("200 body");
  }

  private Map<String, ?> tls(Map<String, Object> base, Object... more) throws IOException {
    Map<String, Object> all = new HashMap<>(base);
    for (int i = 0; i < more.length; i += 2) {
      if (more[i + 1] instanceof Certificates.Pair pair) {
        Files.writeString(directory.resolve((String) more[i]), pair.certificate());
      } else {
        all.put((String) more[i], more[i + 1]);
      }
    }
    return Map.of("tlsConfig", Defaults.with(HttpClientConfig.TlsConfig.class, all));
  }

  @Test
  void fetchesATokenAndKeepsItUntilItExpires() throws Exception {
    List<String> asked = new CopyOnWriteArrayList<>();
    AtomicInteger tokens = new AtomicInteger();
    Route token =
        Route.post(
            "/token",
            (request, response) -> {
              asked.add(
                  request.header("Authorization").orElse("-")
                      + " "
                      + new String(request.body().readAllBytes(), StandardCharsets.UTF_8));
              if (request.header("Authorization").isPresent()) {
                response.status(401);
                response.send(TEXT, "use the form");
                return;
              }
              response.send(
                  "application/json",
                  "{\"access_token\":\"t" + tokens.incrementAndGet() + "\",\"expires_in\":60}");
            });
    try (Kit kit = new Kit(token, echo("/e"));
        HttpCaller caller =
            caller(
                Map.of(
                    "oauth2",
                    Defaults.with(
                        HttpClientConfig.OAuth2.class,
                        Map.of(
                            "clientId",
                            "id",
                            "clientSecret",
                            Secret.of("s&t"),
                            "scopes",
                            List.of("a", "b"),
                            "tokenUrl",
                            kit.uri("/token").toString()))))) {
      assertThat(body(caller, kit.uri("/e"))).contains("Authorization=Bearer t1|");
      assertThat(body(caller, kit.uri("/e"))).contains("Authorization=Bearer t1|");
      clock.now = clock.now.plusSeconds(51);
      assertThat(body(caller, kit.uri("/e"))).contains("Authorization=Bearer t2|");
      assertThat(asked)
          .containsExactly(
              "Basic aWQ6cyUyNnQ= grant_type=client_credentials&scope=a+b",
              "- grant_type=client_credentials&scope=a+b&client_id=id&client_secret=s%26t",
              "- grant_type=client_credentials&scope=a+b&client_id=id&client_secret=s%26t");
    }
  }

  @Test
  void goesThroughAProxyUnlessTheHostIsSpared() throws Exception {
    try (Kit target = new Kit(echo("/e"));
        Scripted proxy =
            new Scripted((socket, n) -> {
              // Answers itself: what matters is what it was asked.
              try (socket) {
                StringBuilder head = new StringBuilder();
                while (head.indexOf("\r\n\r\n") < 0) {
                  head.append((char) socket.getInputStream().read());
                }
                String body = head.toString().replace("\r\n", "|");
                Scripted.say(
                    socket,
                    "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
              }
            })) {
      String url = "http://pu:pp@127.0.0.1:" + proxy.server.getLocalPort();
      try (HttpCaller caller = caller(Map.of("proxyUrl", url))) {
        assertThat(body(caller, target.uri("/e")))
            .startsWith("GET http://127.0.0.1:" + target.port + "/e HTTP/1.1|")
            .contains("|Proxy-Authorization: Basic cHU6cHA=|");
      }
      try (HttpCaller caller = caller(Map.of("proxyUrl", url, "noProxy", "x.example"))) {
        assertThat(body(caller, target.uri("/e"))).startsWith("GET|");
        assertThat(body(caller, URI.create("http://y.example/e")))
            .startsWith("GET http://y.example/e HTTP/1.1|");
      }
      environment.put("HTTP_PROXY", url);
      try (HttpCaller caller = caller(Map.of("proxyFromEnvironment", true))) {
        assertThat(body(caller, URI.create("http://y.example/e")))
            .startsWith("GET http://y.example/e HTTP/1.1|");
        assertThat(body(caller, target.uri("/e"))).startsWith("GET|");
      }
    }
  }

  @Test
  void tunnelsTlsThroughAProxy() throws Exception {
    Certificates.Pair server = Certificates.make(directory, "EC", "server", "dns:localhost");
    server.write(directory, "server");
    Files.writeString(
        directory.resolve("web.yml"), "tls.certFile=server.crt\ntls.keyFile=server.key\n");
    List<String> heads = new CopyOnWriteArrayList<>();
    try (Kit kit = new Kit(Map.of("configFile", "web.yml"), directory, List.of(echo("/e")));
        Scripted proxy =
            new Scripted((socket, n) -> {
              StringBuilder head = new StringBuilder();
              while (head.indexOf("\r\n\r\n") < 0) {
                head.append((char) socket.getInputStream().read());
              }
              heads.add(head.toString());
              try (Socket onward = new Socket("127.0.0.1", kit.port)) {
                Scripted.say(socket, "HTTP/1.1 200 Connection established\r\n\r\n");
                Thread back =
                    Thread.ofVirtual()
                        .start(() -> {
                          try {
                            onward.getInputStream().transferTo(socket.getOutputStream());
                          } catch (IOException e) {
                            // Ends with the test.
                          }
                        });
                socket.getInputStream().transferTo(onward.getOutputStream());
                back.join();
              }
            });
        HttpCaller caller =
            caller(
                Map.of(
                    "proxyUrl",
                    "http://127.0.0.1:" + proxy.server.getLocalPort(),
                    "proxyConnectHeader",
                    Map.of("X-Proxy", List.of(Secret.of("p"))),
                    "tlsConfig",
                    Defaults.with(HttpClientConfig.TlsConfig.class, Map.of("caFile", "server.crt")),
                    "bearerToken",
                    Secret.of("t")))) {
      URI uri = URI.create("https://localhost:" + kit.port + "/e");
      assertThat(body(caller, uri)).contains("Authorization=Bearer t|");
      assertThat(body(caller, uri)).contains("Authorization=Bearer t|");
      assertThat(heads).hasSize(1);
      assertThat(heads.get(0))
          .startsWith("CONNECT localhost:" + kit.port + " HTTP/1.1\r\n")
          .contains("\r\nX-Proxy: p\r\n")
          .doesNotContain("Bearer");
    }
  }

  @Test
  void sparesHostsByGoRules() throws Exception {
    ClientProxy proxy =
        ClientProxy.of(
            "http://proxy:3128",
            "exact.example, .sub.example,10.0.0.0/8, 192.0.2.1:9100,[::2],p.example:80",
            false,
            Map.of(),
            environment::get);
    List<String> through = new ArrayList<>();
    for (String host :
        List.of(
            "exact.example",
            "a.exact.example",
            "inexact.example",
            "sub.example",
            "a.sub.example",
            "10.1.2.3",
            "11.1.2.3",
            "192.0.2.1",
            "::2",
            "localhost",
            "127.0.0.9",
            "p.example")) {
      if (proxy.of(false, host, 80).isPresent()) {
        through.add(host);
      }
    }
    assertThat(through).containsExactly("inexact.example", "sub.example", "11.1.2.3", "192.0.2.1");
    assertThat(proxy.of(false, "192.0.2.1", 9100)).isEmpty();
    assertThatThrownBy(
            () -> ClientProxy.of("gopher://u:secret@x", "", false, Map.of(), environment::get))
        .hasMessageNotContaining("secret");
  }

  @Test
  void servesManyTargetsAtOnce() throws Exception {
    try (Kit kit = new Kit(Map.of("maxConnections", 1000), directory, List.of(echo("/e")));
        HttpCaller caller = caller(Map.of())) {
      Set<Throwable> failed = ConcurrentHashMap.newKeySet();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        threads.add(
            Thread.ofVirtual()
                .start(() -> {
                  try {
                    for (int k = 0; k < 5; k++) {
                      body(caller, kit.uri("/e"));
                    }
                  } catch (Throwable e) {
                    failed.add(e);
                  }
                }));
      }
      for (Thread thread : threads) {
        assertThat(thread.join(Duration.ofSeconds(60))).isTrue();
      }
      assertThat(new HashSet<>(failed)).isEmpty();
    }
  }

  @Test
  void speaksOverAUnixSocketWhateverTheUrlSays() throws Exception {
    Path socket = directory.resolve("s.sock");
    List<String> heads = new CopyOnWriteArrayList<>();
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      Thread.ofVirtual()
          .start(() -> {
            try (SocketChannel client = server.accept()) {
              byte[] answer =
                  "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"
                      .getBytes(StandardCharsets.UTF_8);
              ByteBuffer in = ByteBuffer.allocate(4096);
              while (client.read(in) > 0) {
                heads.add(new String(in.array(), 0, in.position(), StandardCharsets.UTF_8));
                in.clear();
                client.write(ByteBuffer.wrap(answer));
              }
            } catch (IOException e) {
              heads.add(e.toString());
            }
          });
      try (HttpCaller caller =
          clients.create(Defaults.of(HttpClientConfig.class), "test", directory, socket)) {
        for (int i = 0; i < 2; i++) {
          try (HttpCaller.Response response =
              caller.send(HttpCaller.Request.get(URI.create("http://some.host:1/m"), LONG))) {
            assertThat(response.body().readAllBytes()).asString().isEqualTo("abc");
          }
        }
      }
    }
    assertThat(heads).as("two requests over one connection").hasSize(2);
    assertThat(heads.get(0)).startsWith("GET /m HTTP/1.1\r\nHost: some.host:1\r\n");
  }

  @Test
  void saysThatASocketIsNotThere() throws Exception {
    Path socket = directory.resolve("none.sock");
    try (HttpCaller caller =
        clients.create(Defaults.of(HttpClientConfig.class), "test", directory, socket)) {
      assertThatThrownBy(
              () -> caller.send(HttpCaller.Request.get(URI.create("http://some.host/m"), LONG)))
          .hasMessage(
              "Get \"http://some.host/m\": dial unix "
                  + socket
                  + ": connect: no such file or directory");
    }
  }

  @Test
  void aSocketThatDoesNotAnswerCostsNoMoreThanTheTime() throws Exception {
    Path socket = directory.resolve("s.sock");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      try (HttpCaller caller =
          clients.create(Defaults.of(HttpClientConfig.class), "test", directory, socket)) {
        assertThatThrownBy(() ->
                caller.send(
                    HttpCaller.Request.get(
                        URI.create("http://some.host/m"), Duration.ofMillis(100))))
            .hasMessageEndingWith("context deadline exceeded");
      }
    }
  }
}
