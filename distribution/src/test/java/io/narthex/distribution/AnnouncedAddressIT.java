package io.narthex.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The address that the log tells at the end of the start: one can go there. */
class AnnouncedAddressIT {
  private static final Pattern URL = Pattern.compile("ready to receive web requests.*? url=(\\S+)");
  private static final String PASSWORD = "changeit";

  @TempDir static Path temporary;
  private static Installation installation;

  @BeforeAll
  static void unpack() throws IOException {
    installation = Installation.unpackInto(temporary);
  }

  @Test
  void hasTheRoutePrefix() throws Exception {
    Work work = work("prefix");
    try (Child prometheus =
        launch(work, "--web.route-prefix=/metrics-of/all", "--web.enable-lifecycle").start()) {
      URI url = announced(prometheus);

      assertThat(url).isEqualTo(URI.create("http://" + work.api().address() + "/metrics-of/all"));
      assertThat(status(HttpClient.newHttpClient(), url + "/-/healthy")).isEqualTo(200);
    }
  }

  @Test
  void saysHttpsWhereTheServerHasACertificate() throws Exception {
    Work work = work("tls");
    KeyStore keys = makeCertificate(work.directory());
    work.config(
        "web.yml",
        """
        tls_server_config:
          cert_file: server.crt
          key_file: server.key
        """);
    try (Child prometheus = launch(work, "--web.config.file=web.yml").start()) {
      URI url = announced(prometheus);

      assertThat(url).isEqualTo(URI.create("https://" + work.api().address()));
      assertThat(status(trusting(keys), url + "/-/healthy")).isEqualTo(200);
    }
  }

  @Test
  void saysBothUnderTlsAndAPrefix() throws Exception {
    Work work = work("both");
    KeyStore keys = makeCertificate(work.directory());
    work.config("web.yml", "tls_server_config: {cert_file: server.crt, key_file: server.key}\n");
    try (Child prometheus =
        launch(work, "--web.config.file=web.yml", "--web.external-url=https://example.org/below/")
            .start()) {
      URI url = announced(prometheus);

      assertThat(url).isEqualTo(URI.create("https://" + work.api().address() + "/below"));
      assertThat(status(trusting(keys), url + "/-/healthy")).isEqualTo(200);
    }
  }

  private static Work work(String name) throws IOException {
    Work work = Work.in(temporary.resolve(name));
    work.config("prometheus.yml", "{}\n");
    return work;
  }

  private static Launch launch(Work work, String... arguments) {
    return installation
        .launch("prometheus", "--web.listen-address=" + work.api().address())
        .and(arguments)
        .in(work.directory());
  }

  private static URI announced(Child child) {
    Matcher found =
        child.await("the address", () -> URL.matcher(child.output()), matcher -> matcher.find());
    return URI.create(found.group(1));
  }

  private static int status(HttpClient client, String url) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(30)).build();
    return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  /** Writes {@code server.crt} and {@code server.key}. */
  private static KeyStore makeCertificate(Path directory) throws Exception {
    Path store = directory.resolve("server.p12");
    Ended keytool =
        Launch.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool"),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "SAN=dns:localhost,ip:127.0.0.1",
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                PASSWORD)
            .run();
    assertThat(keytool.status()).as(keytool.output()).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    Files.writeString(
        directory.resolve("server.crt"),
        pem("CERTIFICATE", keys.getCertificate("server").getEncoded()));
    Files.writeString(
        directory.resolve("server.key"),
        pem("PRIVATE KEY", keys.getKey("server", PASSWORD.toCharArray()).getEncoded()));
    return keys;
  }

  private static String pem(String label, byte[] content) {
    return "-----BEGIN %1$s-----\n%2$s\n-----END %1$s-----\n"
        .formatted(label, Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content));
  }

  private static HttpClient trusting(KeyStore keys) throws Exception {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("server", keys.getCertificate("server"));
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return HttpClient.newBuilder().sslContext(context).build();
  }
}
