package io.narthex.kernel.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.web.Route;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WebTlsTest {
  private static final String NAMES = "dns:localhost,ip:127.0.0.1";

  @TempDir static Path keys;
  @TempDir Path directory;

  private static Certificates.Pair rsa;
  private static Certificates.Pair ec;
  private static Certificates.Pair client;

  @BeforeAll
  static void makeKeys() throws Exception {
    rsa = Certificates.make(keys, "RSA", "server", NAMES);
    ec = Certificates.make(keys, "EC", "other", NAMES);
    client = Certificates.make(keys, "EC", "client", "dns:good.example,uri:spiffe://x/y");
  }

  private static SSLContext context(Certificates.Pair trusted, Certificates.Pair own)
      throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    KeyManager[] managers =
        own == null
            ? new KeyManager[0]
            : new KeyManager[] {new TlsSettings.OneKey(own.privateKey(), List.of(own.x509()))};
    context.init(managers, new TrustManager[] {TlsSettings.trust(List.of(trusted.x509()))}, null);
    return context;
  }

  private static HttpResponse<String> get(
      Kit kit, Certificates.Pair trusted, Certificates.Pair own, HttpClient.Version version)
      throws Exception {
    try (HttpClient http =
        HttpClient.newBuilder()
            .version(version)
            .sslContext(context(trusted, own))
            .connectTimeout(Duration.ofSeconds(20))
            .build()) {
      return http.send(
          HttpRequest.newBuilder(URI.create("https://localhost:" + kit.port + "/x"))
              .timeout(Duration.ofSeconds(20))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  private Kit start(String web) throws Exception {
    rsa.write(directory, "server");
    client.write(directory, "client");
    Files.writeString(directory.resolve("web.yml"), web);
    return new Kit(
        Map.of("configFile", "web.yml"),
        directory,
        List.of(Route.get("/x", (q, r) -> r.send("text/plain", "x".repeat(200_000)))));
  }

  private static final String FILES = "tls.certFile=server.crt\ntls.keyFile=server.key\n";

  @Test
  void speaksHttp2AndHttp1OverTls() throws Exception {
    try (Kit kit = start(FILES)) {
      HttpResponse<String> two = get(kit, rsa, null, HttpClient.Version.HTTP_2);
      assertThat(two.version()).isEqualTo(HttpClient.Version.HTTP_2);
      assertThat(two.body()).hasSize(200_000);
      assertThat(get(kit, rsa, null, HttpClient.Version.HTTP_1_1).body()).hasSize(200_000);
      assertThat(kit.server.externalUrl().getScheme()).isEqualTo("https");
    }
  }

  @Test
  void speaksNoHttp2WhenTold() throws Exception {
    try (Kit kit = start(FILES + "http.http2=false\n")) {
      assertThat(get(kit, rsa, null, HttpClient.Version.HTTP_2).version())
          .isEqualTo(HttpClient.Version.HTTP_1_1);
    }
  }

  @Test
  void takesChangedCertificatesForNewConnectionsAndKeepsGoodOnes() throws Exception {
    try (Kit kit = start(FILES)) {
      assertThat(get(kit, rsa, null, HttpClient.Version.HTTP_1_1).statusCode()).isEqualTo(200);
      Files.writeString(directory.resolve("server.key"), "broken");
      assertThat(get(kit, rsa, null, HttpClient.Version.HTTP_1_1).statusCode()).isEqualTo(200);
      ec.write(directory, "server");
      assertThat(get(kit, ec, null, HttpClient.Version.HTTP_1_1).statusCode()).isEqualTo(200);
      assertThatThrownBy(() -> get(kit, rsa, null, HttpClient.Version.HTTP_1_1))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void asksForCertificatesOfClients() throws Exception {
    String verify = FILES + "tls.clientAuthType=RequireAndVerifyClientCert\ntls.clientCaFile=";
    for (HttpClient.Version version : HttpClient.Version.values()) {
      try (Kit kit = start(verify + "client.crt\n")) {
        assertThat(get(kit, rsa, client, version).statusCode()).isEqualTo(200);
        assertThatThrownBy(() -> get(kit, rsa, null, version)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> get(kit, rsa, ec, version)).isInstanceOf(IOException.class);
      }
    }
    try (Kit kit = start(FILES + "tls.clientAuthType=RequireAnyClientCert\n")) {
      assertThat(get(kit, rsa, ec, HttpClient.Version.HTTP_1_1).statusCode()).isEqualTo(200);
      assertThatThrownBy(() -> get(kit, rsa, null, HttpClient.Version.HTTP_1_1))
          .isInstanceOf(IOException.class);
    }
    try (Kit kit =
        start(
            FILES + "tls.clientAuthType=VerifyClientCertIfGiven\ntls.clientCaFile=client.crt\n")) {
      assertThat(get(kit, rsa, null, HttpClient.Version.HTTP_1_1).statusCode()).isEqualTo(200);
      assertThatThrownBy(() -> get(kit, rsa, ec, HttpClient.Version.HTTP_1_1))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void takesAChangedClientCaForNewConnections() throws Exception {
    String web =
        FILES + "tls.clientAuthType=RequireAndVerifyClientCert\ntls.clientCaFile=client.crt\n";
    try (Kit kit = start(web)) {
      HttpClient.Version version = HttpClient.Version.HTTP_1_1;
      assertThat(get(kit, rsa, client, version).statusCode()).isEqualTo(200);
      assertThatThrownBy(() -> get(kit, rsa, ec, version)).isInstanceOf(IOException.class);
      Files.writeString(directory.resolve("client.crt"), "broken");
      assertThat(get(kit, rsa, client, version).statusCode()).isEqualTo(200);
      ec.write(directory, "client");
      assertThat(get(kit, rsa, ec, version).statusCode()).isEqualTo(200);
      assertThatThrownBy(() -> get(kit, rsa, client, version)).isInstanceOf(IOException.class);
    }
  }

  @Test
  void admitsOnlyAllowedNamesOfClients() throws Exception {
    String web =
        FILES
            + "tls.clientAuthType=RequireAndVerifyClientCert\ntls.clientCaFile=client.crt\n"
            + "tls.clientAllowedSans=";
    for (String good : List.of("good.example", "nobody,spiffe://x/y")) {
      try (Kit kit = start(web + good + "\n")) {
        assertThat(get(kit, rsa, client, HttpClient.Version.HTTP_1_1).statusCode()).isEqualTo(200);
      }
    }
    try (Kit kit = start(web + "bad.example\n")) {
      assertThatThrownBy(() -> get(kit, rsa, client, HttpClient.Version.HTTP_1_1))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void keepsToVersionsCurvesAndSuites() throws Exception {
    try (Kit kit =
        start(
            FILES
                + "tls.maxVersion=TLS12\ntls.curvePreferences=CurveP384,CurveP256\n"
                + "tls.cipherSuites=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384\n")) {
      try (SSLSocket socket =
          (SSLSocket) context(rsa, null).getSocketFactory().createSocket("127.0.0.1", kit.port)) {
        socket.setSoTimeout(20_000);
        socket.startHandshake();
        assertThat(socket.getSession().getProtocol()).isEqualTo("TLSv1.2");
        assertThat(socket.getSession().getCipherSuite())
            .isEqualTo("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384");
      }
    }
  }

  @Test
  void answersPlainHttpOnATlsPortWithoutHarm() throws Exception {
    try (Kit kit = start(FILES)) {
      try (Kit.Raw raw = kit.raw()) {
        raw.say("GET /x HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(Kit.statusLines(raw.rest())).doesNotContain("200");
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("reset");
      }
      assertThat(get(kit, rsa, null, HttpClient.Version.HTTP_1_1).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void tellsAtStartWhatIsWrong() throws Exception {
    Map<String, String> bad =
        Map.of(
            "tls.certFile=server.crt\n",
            "missing one of key or key_file",
            "tls.keyFile=server.key\n",
            "missing one of cert or cert_file",
            FILES + "tls.minVersion=TLS99\n",
            "unknown TLS version: TLS99",
            FILES + "tls.cipherSuites=TLS_X\n",
            "unknown cipher: TLS_X",
            FILES + "tls.curvePreferences=P1\n",
            "unknown curve: P1",
            FILES + "tls.clientAuthType=Maybe\n",
            "invalid ClientAuth: Maybe",
            FILES + "tls.clientCaFile=client.crt\n",
            "client CA's have been configured without a Client Auth Policy",
            "header.X-Evil=1\n",
            "HTTP header \"X-Evil\" can not be configured",
            "header.X-Frame-Options=yes\n",
            "invalid value for X-Frame-Options. Expected one of: [\"deny\" \"sameorigin\"], but"
                + " got: \"yes\"",
            "user.a=plain\n",
            "hashedSecret too short to be a bcrypted password");
    for (Map.Entry<String, String> e : bad.entrySet()) {
      assertThatThrownBy(() -> start(e.getKey())).as(e.getKey()).hasMessageContaining(e.getValue());
    }
    assertThatThrownBy(() -> start("tls.certFile=absent.crt\ntls.keyFile=server.key\n"))
        .hasMessageContaining("failed to read cert_file")
        .hasMessageContaining("no such file or directory");
    assertThatThrownBy(() -> start("tls.certFile=server.crt\ntls.keyFile=client.key\n"))
        .hasMessageContaining("private key does not match public key");
  }
}
