package io.narthex.ingest.scrape;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Defaults;
import io.narthex.api.config.GlobalConfig;
import io.narthex.api.model.Labels;
import io.narthex.api.plugin.Current;
import io.narthex.api.plugin.Features;
import io.narthex.api.scrape.TargetsView;
import io.narthex.api.service.Ticks;
import io.narthex.api.storage.Storage;
import io.narthex.kernel.config.RecordFiles;
import io.narthex.kernel.web.KernelHttpClients;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Clock;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Jobs as a file has them, over the real client: TLS, proxies, tokens. */
class ScrapeTransportTest {
  private static final char[] PASSWORD = "changeit".toCharArray();
  private static final String EXPOSITION = "a 1\n";

  @TempDir Path directory;

  private final KernelHttpClients clients =
      new KernelHttpClients("Prometheus/3.14.0", name -> null, Clock.systemUTC());
  private final List<AutoCloseable> open = new CopyOnWriteArrayList<>();
  private Storage storage;
  private ScrapeService service;

  private record Snapshot(Path baseDirectory) implements ConfigSnapshot {
    @Override
    public GlobalConfig global() {
      return Defaults.of(GlobalConfig.class);
    }

    @Override
    public <C> Optional<C> section(String key, Class<C> type) {
      return Optional.empty();
    }
  }

  /** What such a file may have. */
  record MainFile(List<ScrapeConfig> scrapeConfigs) {}

  @BeforeEach
  void open() throws Exception {
    storage = Fakes.storage(Clock.systemUTC());
    service =
        new ScrapeService(
            Current.of(storage),
            Fakes.extensions(),
            () -> "Prometheus/3.14.0",
            ScrapeFeatures.NONE,
            Ticks.of(Clock.systemUTC()),
            new PrometheusRegistry());
  }

  @AfterEach
  void close() throws Exception {
    service.stop();
    for (AutoCloseable one : open) {
      one.close();
    }
    clients.close();
    storage.close();
  }

  private void scrape(String yaml) throws Exception {
    RecordFiles files = new RecordFiles(Fakes.extensions());
    Path file = Files.writeString(directory.resolve("narthex.yml"), yaml);
    new ScrapeConfigsSection(service, clients, files, new Features(Set.of()))
        .prepare(files.read(file, MainFile.class).scrapeConfigs(), new Snapshot(directory))
        .apply();
    service.start();
  }

  /** Waits for a scrape to fail as expected: the first ones of a cold process may take too long. */
  private String awaitError(String job, String expected) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (true) {
      String error =
          service.view(new GlobalUrls(FakeHost.at("http://out.example"))).stream()
              .filter(pool -> pool.name().equals(job))
              .flatMap(pool -> pool.active().stream())
              .map(TargetsView.Target::lastError)
              .findFirst()
              .orElse("");
      if (error.contains(expected)) {
        return error;
      }
      assertThat(System.nanoTime()).as("%s: %s", job, error).isLessThan(end);
      Thread.yield();
    }
  }

  private void assertStored(String job, String instance) throws Exception {
    String series = Labels.of("__name__", "a", "instance", instance, "job", job).toSeriesString();
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!Fakes.stored(storage).containsKey(series)) {
      assertThat(System.nanoTime()).as(series).isLessThan(end);
      Thread.yield();
    }
  }

  private static void answer(HttpExchange exchange, int status, String type, String body)
      throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", type);
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  /** A server that wants its own certificate from clients; writes it as own.crt and own.key. */
  private int secured() throws Exception {
    Path store = directory.resolve("own.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-J-XX:TieredStopAtLevel=1",
                "-genkeypair",
                "-alias",
                "own",
                "-keyalg",
                "EC",
                "-dname",
                "CN=own",
                "-ext",
                "SAN=dns:own.test,ip:127.0.0.1",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                new String(PASSWORD))
            .redirectErrorStream(true)
            .start();
    String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(keytool.waitFor()).as(output).isZero();
    KeyStore own = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      own.load(in, PASSWORD);
    }
    pem("own.crt", "CERTIFICATE", own.getCertificate("own").getEncoded());
    pem("own.key", "PRIVATE KEY", own.getKey("own", PASSWORD).getEncoded());
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("own", own.getCertificate("own"));
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(own, PASSWORD);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
    HttpsServer server = HttpsServer.create(anyPort(), 0);
    server.setHttpsConfigurator(
        new HttpsConfigurator(context) {
          @Override
          public void configure(HttpsParameters parameters) {
            SSLParameters all = context.getDefaultSSLParameters();
            all.setNeedClientAuth(true);
            parameters.setSSLParameters(all);
          }
        });
    server.createContext("/", exchange -> answer(exchange, 200, "text/plain", EXPOSITION));
    server.start();
    open.add(() -> server.stop(0));
    return server.getAddress().getPort();
  }

  private void pem(String name, String label, byte[] der) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    Files.writeString(
        directory.resolve(name),
        "-----BEGIN " + label + "-----\n" + text + "\n-----END " + label + "-----\n");
  }

  /** A proxy that answers itself, and leads tunnels to a port; notes the heads of requests. */
  private int proxy(List<String> heads, int tunnelTo) throws IOException {
    ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    open.add(listener);
    Thread.ofVirtual()
        .start(() -> {
          try {
            while (true) {
              Socket client = listener.accept();
              open.add(client);
              Thread.ofVirtual().start(() -> pass(client, heads, tunnelTo));
            }
          } catch (IOException e) {
            // Closed.
          }
        });
    return listener.getLocalPort();
  }

  private void pass(Socket client, List<String> heads, int tunnelTo) {
    try (client) {
      BufferedReader in =
          new BufferedReader(
              new InputStreamReader(client.getInputStream(), StandardCharsets.ISO_8859_1), 1);
      StringBuilder head = new StringBuilder();
      for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
        head.append(line).append('\n');
      }
      heads.add(head.toString());
      OutputStream out = client.getOutputStream();
      if (!head.toString().startsWith("CONNECT ")) {
        String answer =
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: ";
        out.write(
            (answer + EXPOSITION.length() + "\r\n\r\n" + EXPOSITION)
                .getBytes(StandardCharsets.ISO_8859_1));
        return;
      }
      try (Socket server = new Socket(InetAddress.getLoopbackAddress(), tunnelTo)) {
        open.add(server);
        out.write("HTTP/1.1 200 OK\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        Thread back =
            Thread.ofVirtual()
                .start(() -> {
                  try {
                    server.getInputStream().transferTo(out);
                  } catch (IOException e) {
                    // One side has closed.
                  }
                });
        client.getInputStream().transferTo(server.getOutputStream());
        server.close();
        back.join();
      }
    } catch (IOException | InterruptedException e) {
      // One side has closed.
    }
  }

  @Test
  void targetsAndJobsProveWhoTheyAre() throws Exception {
    int port = secured();
    scrape(
        """
        scrape_configs:
          - job_name: good
            scheme: https
            scrape_interval: 500ms
            tls_config: {ca_file: own.crt, cert_file: own.crt, key_file: own.key}
            static_configs: [{addresses: ["127.0.0.1:%1$d"]}]
          - job_name: unknown_authority
            scheme: https
            scrape_interval: 500ms
            tls_config: {cert_file: own.crt, key_file: own.key}
            static_configs: [{addresses: ["127.0.0.1:%1$d"]}]
          - job_name: other_name
            scheme: https
            scrape_interval: 500ms
            tls_config: {ca_file: own.crt, cert_file: own.crt, key_file: own.key, server_name: x.test}
            static_configs: [{addresses: ["127.0.0.1:%1$d"]}]
          - job_name: anonymous
            scheme: https
            scrape_interval: 500ms
            tls_config: {ca_file: own.crt}
            static_configs: [{addresses: ["127.0.0.1:%1$d"]}]
        """
            .formatted(port));
    assertStored("good", "127.0.0.1:" + port);
    awaitError("unknown_authority", "tls: failed to verify certificate: x509: ");
    assertThat(awaitError("other_name", "x509: ")).contains("x.test");
    // What TLS tells of it depends on who is first to close.
    awaitError("anonymous", "https://127.0.0.1:" + port);
  }

  @Test
  void proxiesReachWhatTheServerDoesNot() throws Exception {
    List<String> heads = new CopyOnWriteArrayList<>();
    int proxy = proxy(heads, secured());
    scrape(
        """
        scrape_configs:
          - job_name: plain
            scrape_interval: 500ms
            proxy_url: "http://user:secret@127.0.0.1:%1$d"
            params: {x: ["y"]}
            static_configs: [{addresses: ["far.invalid:81"]}]
          - job_name: tunnel
            scrape_interval: 500ms
            scheme: https
            proxy_url: "http://127.0.0.1:%1$d"
            proxy_connect_header: {X-Key: ["k"]}
            tls_config: {ca_file: own.crt, cert_file: own.crt, key_file: own.key, server_name: own.test}
            static_configs: [{addresses: ["far.invalid:444"]}]
        """
            .formatted(proxy));
    assertStored("plain", "far.invalid:81");
    assertStored("tunnel", "far.invalid:444");
    assertThat(heads)
        .anySatisfy(head ->
            assertThat(head)
                .startsWith("GET http://far.invalid:81/metrics?x=y HTTP/1.1\n")
                .contains("Proxy-Authorization: Basic dXNlcjpzZWNyZXQ=\n"))
        .anySatisfy(head ->
            assertThat(head)
                .startsWith("CONNECT far.invalid:444 HTTP/1.1\n")
                .contains("X-Key: k\n")
                .doesNotContain("Proxy-Authorization"));
  }

  @Test
  void tokensAreFetchedAndSent() throws Exception {
    List<String> asked = new CopyOnWriteArrayList<>();
    HttpServer server = HttpServer.create(anyPort(), 0);
    server.createContext(
        "/token",
        exchange -> {
          asked.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
          answer(
              exchange,
              200,
              "application/json",
              "{\"access_token\":\"t1\",\"token_type\":\"Bearer\",\"expires_in\":3600}");
        });
    server.createContext(
        "/metrics",
        exchange -> {
          boolean known =
              "Bearer t1".equals(exchange.getRequestHeaders().getFirst("Authorization"));
          answer(exchange, known ? 200 : 401, "text/plain", EXPOSITION);
        });
    server.start();
    open.add(() -> server.stop(0));
    int port = server.getAddress().getPort();
    scrape(
        """
        scrape_configs:
          - job_name: token
            scrape_interval: 500ms
            oauth2:
              client_id: me
              client_secret: hidden
              scopes: [read]
              token_url: "http://127.0.0.1:%1$d/token"
            static_configs: [{addresses: ["127.0.0.1:%1$d"]}]
          - job_name: none
            scrape_interval: 500ms
            static_configs: [{addresses: ["127.0.0.1:%1$d"]}]
          - job_name: nowhere
            scrape_interval: 500ms
            oauth2: {client_id: me, client_secret: hidden, token_url: "http://127.0.0.1:1/token"}
            static_configs: [{addresses: ["127.0.0.1:%1$d"]}]
        """
            .formatted(port));
    assertStored("token", "127.0.0.1:" + port);
    assertThat(asked)
        .singleElement()
        .asString()
        .contains("grant_type=client_credentials")
        .contains("scope=read");
    awaitError("none", "server returned HTTP status 401 Unauthorized");
    assertThat(awaitError("nowhere", "connection refused")).doesNotContain("hidden");
  }
}
