package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Who sees which series, over everything that the server answers. Whatever belongs to the hidden
 * series has the word <em>hush</em> in it: names, values, help texts, jobs, exemplars.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AccessIT {
  private static final String HUSH = "hush";
  private static final String MACHINE = "Bearer machine-0123456789abcdef";
  private static final String VIEWER = "Bearer viewer-0123456789abcdef";
  private static final String ALICE = basic("alice", "secret-word");
  private static final String ADMIN = basic("admin", "secret-word");
  private static final String BOB = basic("bob", "secret-word");

  /** Of {@code secret-word}. */
  private static final String HASH = "$2y$04$abcdefghijklmnopqrstuujV0zJ3tj1V5vPQQ5i8Bd/sbbeTbZTaC";

  private static final String SCRAPES =
      """
      global: {scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s}
      rule_files: [rules.yml]
      scrape_configs:
        - job_name: shop
          metrics_path: /shop
          static_configs: [{targets: ["%1$s"], labels: {team: a}}]
        - job_name: hushjob
          metrics_path: /hush
          static_configs: [{targets: ["%1$s"], labels: {team: b, hushlabel: hushvalue}}]
      """;

  private static final String RULES =
      """
      groups:
        - name: shopgroup
          rules:
            - {alert: shopDown, expr: 'up{team="a"} == 1', labels: {team: a}}
            - {record: "shop:orders", expr: 'shop_orders_total{team="a"}', labels: {team: a}}
        - name: hushgroup
          rules:
            - {alert: hushDown, expr: 'up{team="b"} == 1', labels: {team: b}}
            - {record: "hush:orders", expr: 'hush_orders_total', labels: {team: b}}
      """;

  private static final String ACCESS =
      """
      web:
        access:
          users:
            alice: {match: ['{team="a"}']}
            admin: {everything: true}
          tokens:
            viewer: {token_file: viewer.token, match: ['{team="a"}'], limits: {max_samples: 4}}
            machine: {token: machine-0123456789abcdef, everything: true}
      """;

  private static final String WEB_FILE =
      """
      basic_auth_users:
        alice: %1$s
        admin: %1$s
        bob: %1$s
      """
          .formatted(HASH);

  /** What each path has, so that its endpoint finds something to tell of. */
  private static final String PARAMETERS =
      "?query=%1$s&match[]=%1$s&time=%2$d&start=%3$d&end=%2$d&step=1&state=any";

  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .build();

  @TempDir static Path temporary;

  private @Nullable HttpServer target;
  private @Nullable Child running;
  private Installation installation = new Installation(Path.of("."), Path.of("."));
  private Work work = new Work(Path.of("."), Api.onPort(1), Api.onPort(1));
  private String scrapes = "";

  /** A route of the server. */
  private record Endpoint(String method, String path, String audience) {}

  private record Answer(int status, String body) {}

  private static String basic(String user, String password) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
  }

  @BeforeAll
  void start() throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    target = server;
    expose(server, "/shop", "shop", "a");
    expose(server, "/hush", HUSH, "b");
    server.start();
    installation = Installation.unpackInto(temporary);
    work = Work.in(temporary.resolve("work"));
    scrapes = SCRAPES.formatted("127.0.0.1:" + server.getAddress().getPort());
    work.config("prometheus.yml", scrapes + ACCESS);
    work.config("web.yml", WEB_FILE);
    work.config("rules.yml", RULES);
    Files.writeString(
        Files.createDirectory(work.directory().resolve("consoles")).resolve("page.html"),
        "{{ range query \"up\" }}{{ .Labels }}{{ end }}");
    work.config("viewer.token", "viewer-0123456789abcdef\n");
    SamplePlugin.extension(
        installation,
        installation.plugins().resolve("routes.jar"),
        "routes",
        "AllRoutes",
        "Routes",
        """
          private final io.narthex.api.web.WebHost host;

          @Inject
          public AllRoutes(io.narthex.api.web.WebHost host) {
            this.host = host;
          }

          @Override
          public List<Route> routes() {
            return List.of(
                Route.get(
                    "/test/routes",
                    (request, response) -> {
                      StringBuilder all = new StringBuilder();
                      for (Route route : host.routes()) {
                        for (String method : route.methods()) {
                          all.append(method + " " + route.path() + " " + route.audience() + "\\n");
                        }
                      }
                      response.send("text/plain", all.toString());
                    }));
          }
        """);
    Child child = launch().start();
    running = child;
    child.await(
        "readiness", () -> ask(MACHINE, "GET", "/-/ready").status(), status -> status == 200);
    child.await(
        "both targets",
        () -> ask(MACHINE, "GET", "/api/v1/query?query=count(up==1)").body(),
        body -> body.contains("\"2\""));
    child.await(
        "exemplars",
        () -> ask(MACHINE, "GET", "/api/v1/query_exemplars" + parameters()).body(),
        body -> body.contains(HUSH));
    child.await(
        "alerts",
        () -> ask(MACHINE, "GET", "/api/v1/alerts").body(),
        body -> body.contains("shopDown") && body.contains("hushDown"));
  }

  private static void expose(HttpServer server, String path, String name, String team) {
    byte[] page =
        """
        # TYPE %1$s_orders counter
        # HELP %1$s_orders Orders of %1$s.
        %1$s_orders_total{%1$s_kind="%1$s_big"} 7.0 # {trace_id="%1$s%2$s"} 1.0
        # EOF
        """
            .formatted(name, team)
            .getBytes(StandardCharsets.UTF_8);
    server.createContext(
        path,
        exchange -> {
          exchange
              .getResponseHeaders()
              .set("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8");
          exchange.sendResponseHeaders(200, page.length);
          exchange.getResponseBody().write(page);
          exchange.close();
        });
  }

  private Launch launch() {
    return installation
        .launch(
            "prometheus",
            "--config.file=prometheus.yml",
            "--web.config.file=web.yml",
            "--web.listen-address=" + work.api().address(),
            "--web.enable-lifecycle",
            "--web.enable-admin-api",
            "--web.enable-remote-write-receiver",
            "--web.enable-otlp-receiver",
            "--enable-feature=exemplar-storage,search-api")
        .in(work.directory());
  }

  @AfterAll
  void stop() throws IOException {
    if (running != null) {
      running.close();
    }
    if (target != null) {
      target.stop(0);
    }
  }

  private Child child() {
    Child child = running;
    assertThat(child).isNotNull();
    return child;
  }

  private static String parameters() {
    long now = System.currentTimeMillis() / 1000;
    return PARAMETERS.formatted(Api.encoded("{__name__=~\".+\"}"), now, now - 600);
  }

  private Answer ask(String authorization, String method, String path) throws Exception {
    return ask(authorization, method, path, new byte[0]);
  }

  /** Some answers go on until the client leaves: of those, what comes within three seconds. */
  private Answer ask(String authorization, String method, String path, byte[] body)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(work.api().base() + path.replace("[]", "%5B%5D")))
            .timeout(Duration.ofSeconds(30))
            .method(method, HttpRequest.BodyPublishers.ofByteArray(body));
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    HttpResponse<InputStream> response =
        CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    ByteArrayOutputStream read = new ByteArrayOutputStream();
    try (InputStream in = response.body()) {
      Thread reader =
          Thread.ofVirtual()
              .start(() -> {
                byte[] buffer = new byte[8192];
                try {
                  for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    synchronized (read) {
                      read.write(buffer, 0, n);
                    }
                  }
                } catch (IOException e) {
                  // Closed by the test; what came counts.
                }
              });
      reader.join(Duration.ofSeconds(3));
    }
    synchronized (read) {
      return new Answer(response.statusCode(), read.toString(StandardCharsets.ISO_8859_1));
    }
  }

  /** All routes of the server, plugins' too, whatever they are; one for each method. */
  private List<Endpoint> endpoints() throws Exception {
    Answer answer = ask(MACHINE, "GET", "/test/routes");
    assertThat(answer.status()).as(answer.body()).isEqualTo(200);
    List<Endpoint> all = new ArrayList<>();
    for (String line : answer.body().split("\n")) {
      String[] parts = line.split(" ");
      all.add(new Endpoint(parts[0], parts[1], parts[2]));
    }
    assertThat(all)
        .extracting(Endpoint::path)
        .contains("/api/v1/query", "/federate", "/-/quit", "/query", "/api/v1/write");
    return all;
  }

  /** Paths of a route that lead to something. */
  private static List<String> paths(Endpoint endpoint) {
    if (endpoint.path().startsWith("/consoles/")) {
      return List.of("/consoles/page.html");
    }
    if (!endpoint.path().contains(":name")) {
      return List.of(endpoint.path().replaceAll("/\\*[a-z_]+$", "/").replaceAll(":[a-z_]+", "x"));
    }
    return List.of(
        endpoint.path().replace(":name", "__name__"),
        endpoint.path().replace(":name", "hushlabel"),
        endpoint.path().replace(":name", "hush_kind"),
        endpoint.path().replace(":name", "job"));
  }

  private static boolean isReader(Endpoint endpoint) {
    return endpoint.method().equals("GET") || endpoint.path().equals("/api/v1/read");
  }

  private Answer look(String authorization, Endpoint endpoint, String path) throws Exception {
    return switch (endpoint.path()) {
      case "/api/v1/read" -> ask(authorization, endpoint.method(), path, readEverything());
      // There, match[] selects among the labels of rules, which have no name.
      case "/api/v1/rules" -> ask(authorization, endpoint.method(), path);
      case "/api/v1/targets" -> ask(authorization, endpoint.method(), path);
      default -> ask(authorization, endpoint.method(), path + parameters() + "&scrapePool=hushjob");
    };
  }

  /** Remote read of all series: a protobuf message, in Snappy of one literal. */
  private static byte[] readEverything() {
    long now = System.currentTimeMillis();
    ByteArrayOutputStream matcher = new ByteArrayOutputStream();
    matcher.writeBytes(new byte[] {0x08, 2, 0x12, 8});
    matcher.writeBytes("__name__".getBytes(StandardCharsets.UTF_8));
    matcher.writeBytes(new byte[] {0x1a, 2, '.', '+'});
    ByteArrayOutputStream query = new ByteArrayOutputStream();
    query.write(0x08);
    varint(now - 600_000, query);
    query.write(0x10);
    varint(now, query);
    query.write(0x1a);
    query.write(matcher.size());
    query.writeBytes(matcher.toByteArray());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int size = query.size() + 2;
    assertThat(size).isLessThan(60);
    out.write(size);
    out.write((size - 1) << 2);
    out.write(0x0a);
    out.write(query.size());
    out.writeBytes(query.toByteArray());
    return out.toByteArray();
  }

  private static void varint(long value, ByteArrayOutputStream out) {
    long rest = value;
    for (; rest > 0x7f; rest >>>= 7) {
      out.write((int) ((rest & 0x7f) | 0x80));
    }
    out.write((int) rest);
  }

  @Test
  void restrictedUsersFindNothingHiddenInAnyAnswer() throws Exception {
    Map<String, String> told = new LinkedHashMap<>();
    Set<String> secret = new TreeSet<>();
    for (Endpoint endpoint : endpoints()) {
      for (String path : paths(endpoint)) {
        String what = endpoint + " at " + path;
        for (String who : List.of(VIEWER, ALICE)) {
          Answer answer = look(who, endpoint, path);
          assertThat(answer.body()).as(what).doesNotContain(HUSH);
          if (endpoint.audience().equals("UNRESTRICTED")) {
            assertThat(answer.status()).as(what).isEqualTo(403);
          } else {
            assertThat(answer.status()).as(what).isNotIn(401, 403, 500);
          }
          told.merge(endpoint.path(), answer.body(), String::concat);
        }
        if (isReader(endpoint) && !endpoint.audience().equals("UNRESTRICTED")) {
          Answer all = look(MACHINE, endpoint, path);
          if (all.body().contains(HUSH)) {
            secret.add(endpoint.path());
          }
          if (endpoint.audience().equals("ALL")) {
            assertThat(all.body()).as("%s tells something", what).doesNotContain(HUSH);
          }
        }
      }
    }
    // What would make the looks above worth nothing: that there is nothing hidden to be found.
    assertThat(secret)
        .contains(
            "/api/v1/query",
            "/api/v1/query_range",
            "/api/v1/query_exemplars",
            "/api/v1/series",
            "/api/v1/labels",
            "/api/v1/label/:name/values",
            "/api/v1/metadata",
            "/api/v1/targets",
            "/api/v1/targets/metadata",
            "/api/v1/rules",
            "/api/v1/alerts",
            "/api/v1/read",
            "/consoles/*file",
            "/federate");
    for (String path : secret) {
      assertThat(told.get(path)).as("%s shows what is not hidden", path).contains("shop");
    }
  }

  @Test
  void whoSeesEverythingMayAskEverything() throws Exception {
    for (String who : List.of(ADMIN, MACHINE)) {
      for (String path :
          List.of("/api/v1/status/config", "/api/v1/status/tsdb", "/metrics", "/api/v1/targets")) {
        assertThat(ask(who, "GET", path).status()).as(path).isEqualTo(200);
      }
    }
    assertThat(ask(MACHINE, "GET", "/api/v1/status/config").body().replace("\\u003c", "<"))
        .contains("viewer.token", "token: <secret")
        .doesNotContain("machine-0123", "viewer-0123");
    assertThat(child().output()).doesNotContain("machine-0123", "viewer-0123");
  }

  @Test
  void nobodyElseIsLetIn() throws Exception {
    for (Endpoint endpoint : endpoints()) {
      String path = paths(endpoint).get(0);
      String method = endpoint.method();
      for (String who :
          List.of(
              "",
              "Bearer viewer-0123456789abcdee",
              "Bearer machine-",
              "Basic viewer-0123456789abcdef",
              basic("alice", "other-word"),
              basic("viewer", "viewer-0123456789abcdef"))) {
        assertThat(ask(who, method, path).status()).as("%s as %s", endpoint, who).isEqualTo(401);
      }
      boolean probe = path.equals("/-/healthy") || path.equals("/-/ready");
      assertThat(ask(BOB, method, path).status())
          .as("%s of one who is not named", endpoint)
          .isEqualTo(probe ? 200 : 403);
    }
    assertThat(ask(BOB, "GET", "/nothing").status()).isEqualTo(403);
    Answer refused = ask(VIEWER, "GET", "/api/v1/status/config");
    assertThat(refused.body())
        .startsWith("{\"status\":\"error\",\"errorType\":\"forbidden\",\"error\":\"access denied:");
  }

  @Test
  void aUsersQueriesHaveTheLimitsOfTheUser() throws Exception {
    String query = "/api/v1/query_range" + parameters();
    Answer viewer = ask(VIEWER, "GET", query);
    assertThat(viewer.status()).as(viewer.body()).isEqualTo(422);
    assertThat(viewer.body()).contains("viewer");
    assertThat(ask(ALICE, "GET", query).status()).isEqualTo(200);
  }

  @Test
  void aReloadChangesWhatIsSeen() throws Exception {
    String hidden = "/api/v1/query?query=" + Api.encoded("{team=\"b\"}");
    try {
      work.config(
          "prometheus.yml",
          scrapes
              + ACCESS
                  .replace("      alice: {match: ['{team=\"a\"}']}\n", "")
                  .replace("viewer.token, match: ['{team=\"a\"}']", "viewer.token, match: [up]"));
      assertThat(ask(MACHINE, "POST", "/-/reload").status()).isEqualTo(200);
      assertThat(ask(ALICE, "GET", hidden).status()).isEqualTo(403);
      assertThat(ask(VIEWER, "GET", hidden).body()).contains(HUSH).doesNotContain("_total");
      work.config("prometheus.yml", scrapes + "web: {access: {users: {alice: {match: ['{}']}}}}\n");
      Answer refused = ask(MACHINE, "POST", "/-/reload");
      assertThat(refused.status()).isEqualTo(500);
      assertThat(refused.body())
          .contains("web.access.users.alice.match[0]: cannot use selector {}: it must contain");
      assertThat(ask(ALICE, "GET", hidden).status()).as("the former is in force").isEqualTo(403);
      work.config("prometheus.yml", scrapes + "web: {access: {}}\n");
      assertThat(ask(MACHINE, "POST", "/-/reload").body())
          .contains("web.access: nobody may see anything");
      work.config("prometheus.yml", scrapes);
      assertThat(ask(MACHINE, "POST", "/-/reload").status()).isEqualTo(200);
      assertThat(ask(BOB, "GET", hidden).body()).contains(HUSH);
      assertThat(ask(MACHINE, "GET", hidden).status()).as("no token any more").isEqualTo(401);
    } finally {
      work.config("prometheus.yml", scrapes + ACCESS);
      child().signal("HUP");
      child()
          .await(
              "the first configuration",
              () -> ask(ALICE, "GET", hidden),
              answer -> answer.status() == 200 && !answer.body().contains(HUSH));
    }
  }

  @Test
  void nobodyIsLetInWhileThePluginIsAway() throws Exception {
    Path disabled = installation.plugins().resolve("disabled.txt");
    try {
      Files.writeString(disabled, "web-access\n");
      child()
          .await(
              "a closed server",
              () -> ask(ADMIN, "GET", "/api/v1/status/buildinfo").status(),
              status -> status == 503);
      for (Endpoint endpoint : endpointsBefore()) {
        for (String who : List.of(ADMIN, ALICE)) {
          assertThat(ask(who, endpoint.method(), endpoint.path()).status())
              .as("%s", endpoint)
              .isEqualTo(503);
        }
      }
      assertThat(ask(ADMIN, "GET", "/-/healthy").status()).isEqualTo(200);
      assertThat(ask(MACHINE, "GET", "/query").status()).isEqualTo(401);
      // A reload does not open it either: nobody knows the section.
      child().signal("HUP");
      child()
          .await(
              "a refused reload",
              () -> child().output(),
              output ->
                  output
                      .lines()
                      .anyMatch(line ->
                          line.contains("Error loading config")
                              && line.contains("web.access: field access not found")));
      assertThat(ask(ADMIN, "GET", "/query").status()).isEqualTo(503);
    } finally {
      Files.delete(disabled);
      child()
          .await(
              "an open server",
              () -> ask(ALICE, "GET", "/api/v1/query?query=up").status(),
              status -> status == 200);
    }
    assertThat(ask(ALICE, "GET", "/api/v1/query?query=up").body())
        .contains("shop")
        .doesNotContain(HUSH);
  }

  /** Nobody can be asked for the routes then. */
  private static List<Endpoint> endpointsBefore() {
    return List.of(
        new Endpoint("GET", "/api/v1/query", ""),
        new Endpoint("GET", "/query", ""),
        new Endpoint("GET", "/metrics", ""),
        new Endpoint("GET", "/nothing", ""),
        new Endpoint("POST", "/-/reload", ""),
        new Endpoint("POST", "/api/v1/write", ""));
  }

  @Test
  void doesNotStartWithoutThePluginThatItsConfigurationNeeds() throws Exception {
    Work other = Work.in(temporary.resolve("without"));
    other.config(
        "prometheus.yml",
        "plugins: {disabled: [web-access]}\n" + ACCESS.replace("viewer.token", "none.token"));
    try (Child child =
        installation
            .launch(
                "prometheus",
                "--config.file=prometheus.yml",
                "--web.listen-address=" + other.api().address())
            .in(other.directory())
            .start()) {
      Ended ended = child.awaitEnd(60, TimeUnit.SECONDS);
      assertThat(ended.status()).isNotZero();
      assertThat(ended.output()).contains("web.access: field access not found");
    }
  }

  @Test
  void promtoolChecksTheSection() throws Exception {
    Path directory = Files.createDirectories(temporary.resolve("check"));
    Files.writeString(directory.resolve("good.yml"), ACCESS.replace("viewer.token", "../v.token"));
    Files.writeString(temporary.resolve("v.token"), "viewer-0123456789abcdef");
    Files.writeString(directory.resolve("bad.yml"), ACCESS.replace("viewer.token", "nowhere"));
    Ended good = installation.launch("promtool", "check", "config", "good.yml").in(directory).run();
    assertThat(good.status()).as(good.output()).isZero();
    Ended bad = installation.launch("promtool", "check", "config", "bad.yml").in(directory).run();
    assertThat(bad.status()).as(bad.output()).isNotZero();
    assertThat(bad.output()).contains("web.access.tokens.viewer.token_file: cannot read token");
  }
}
