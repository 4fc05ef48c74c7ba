package io.narthex.api.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.narthex.api.config.Defaults;
import io.narthex.api.config.Secret;
import io.narthex.api.http.HttpClientConfig.Authorization;
import io.narthex.api.http.HttpClientConfig.BasicAuth;
import io.narthex.api.http.HttpClientConfig.Header;
import io.narthex.api.http.HttpClientConfig.OAuth2;
import io.narthex.api.http.HttpClientConfig.TlsConfig;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The texts are those of Prometheus's package {@code common/config}. */
class HttpClientConfigTest {
  private static final Secret SECRET = Secret.of("s3cr3t");
  private static final BasicAuth BASIC = new BasicAuth("user", "", SECRET, "");
  private static final Authorization AUTHORIZATION = new Authorization("", SECRET, "", "");
  private static final OAuth2 OAUTH2 =
      make(OAuth2.class, "clientId", "id", "tokenUrl", "http://x/token");
  private static final Header HEADER = new Header(List.of("v"), List.of(), List.of());
  private static final Map<String, List<Secret>> CONNECT = Map.of("a", List.of(SECRET));

  @Test
  void hasPrometheussDefaults() {
    HttpClientConfig config = Defaults.of(HttpClientConfig.class);

    assertThat(config.basicAuth()).isNull();
    assertThat(config.authorization()).isNull();
    assertThat(config.oauth2()).isNull();
    assertThat(config.followRedirects()).isTrue();
    assertThat(config.enableHttp2()).isTrue();
    assertThat(config.tlsConfig().insecureSkipVerify()).isFalse();
    assertThat(config.proxyFromEnvironment()).isFalse();
    assertThat(config.httpHeaders()).isEmpty();
  }

  @Test
  void takesAtMostOneWayOfAuthentication() {
    refuses(
        "at most one of bearer_token & bearer_token_file must be configured",
        "bearerToken",
        SECRET,
        "bearerTokenFile",
        "f");
    for (String key : List.of("basicAuth", "oauth2")) {
      for (String bearer : List.of("bearerToken", "bearerTokenFile")) {
        refuses(
            "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be"
                + " configured",
            key,
            key.equals("basicAuth") ? BASIC : OAUTH2,
            bearer,
            bearer.equals("bearerToken") ? SECRET : "f");
      }
    }
    refuses(
        "authorization is not compatible with bearer_token & bearer_token_file",
        "authorization",
        AUTHORIZATION,
        "bearerToken",
        SECRET);
    refuses(
        "authorization is not compatible with bearer_token & bearer_token_file",
        "authorization",
        AUTHORIZATION,
        "bearerTokenFile",
        "f");
    String most = "at most one of basic_auth, oauth2 & authorization must be configured";
    refuses(most, "authorization", AUTHORIZATION, "basicAuth", BASIC);
    refuses(most, "authorization", AUTHORIZATION, "oauth2", OAUTH2);
    refuses(most, "basicAuth", BASIC, "oauth2", OAUTH2);
  }

  @Test
  void takesABearerTokenForAnAuthorization() {
    HttpClientConfig token = config("bearerToken", SECRET);
    HttpClientConfig file = config("bearerTokenFile", "f");

    assertThat(token.authorization()).isEqualTo(new Authorization("Bearer", SECRET, "", ""));
    assertThat(token.bearerToken().isEmpty()).isTrue();
    assertThat(file.authorization()).isEqualTo(new Authorization("Bearer", Secret.of(""), "f", ""));
    assertThat(file.bearerTokenFile()).isEmpty();
  }

  @Test
  void takesNamesAndPasswordsFromOneSourceEach() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BasicAuth("u", "f", SECRET, ""))
        .withMessage(
            "at most one of basic_auth username, username_file & username_ref must be configured");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BasicAuth("u", "", SECRET, "f"))
        .withMessage(
            "at most one of basic_auth password, password_file & password_ref must be configured");
    assertThatCode(() -> new BasicAuth("", "f", Secret.of(""), "g")).doesNotThrowAnyException();
  }

  @Test
  void takesCredentialsFromOneSource() {
    String text = "at most one of authorization credentials & credentials_file must be configured";
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Authorization("", SECRET, "f", ""))
        .withMessage(text);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Authorization("", SECRET, "", "r"))
        .withMessage(text);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Authorization("", Secret.of(""), "f", "r"))
        .withMessage(text);
  }

  @Test
  void refusesBasicAsATypeOfAuthorization() {
    for (String type : List.of("basic", "Basic", " BASIC ")) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new Authorization(type, SECRET, "", ""))
          .withMessage("authorization type cannot be set to \"basic\", use \"basic_auth\" instead");
    }
    assertThat(new Authorization("  ", SECRET, "", "").type()).isEqualTo("Bearer");
    assertThat(new Authorization(" Digest ", SECRET, "", "").type()).isEqualTo("Digest");
  }

  @Test
  void requiresWhatOauth2Needs() {
    refusesPart(OAuth2.class, "oauth2 client_id must be configured", "tokenUrl", "http://x");
    refusesPart(OAuth2.class, "oauth2 token_url must be configured", "clientId", "id");
    refusesPart(
        OAuth2.class,
        "at most one of oauth2 client_secret, client_secret_file & client_secret_ref must be"
            + " configured",
        "clientId",
        "id",
        "tokenUrl",
        "http://x",
        "clientSecret",
        SECRET,
        "clientSecretFile",
        "f");
    refusesPart(
        OAuth2.class,
        "if no_proxy is configured, proxy_url must also be configured",
        "clientId",
        "id",
        "tokenUrl",
        "http://x",
        "noProxy",
        "a");
  }

  @Test
  void takesCertificatesFromOneSourceAndInPairs() {
    refusesPart(
        TlsConfig.class,
        "at most one of ca, ca_file & ca_ref must be configured",
        "ca",
        "x",
        "caFile",
        "f");
    refusesPart(
        TlsConfig.class,
        "at most one of cert, cert_file & cert_ref must be configured",
        "cert",
        "x",
        "certFile",
        "f");
    refusesPart(
        TlsConfig.class,
        "at most one of key and key_file must be configured",
        "key",
        SECRET,
        "keyFile",
        "f");
    String key =
        "exactly one of key or key_file must be configured when a client certificate is configured";
    refusesPart(TlsConfig.class, key, "cert", "x");
    refusesPart(TlsConfig.class, key, "certFile", "f");
    String cert =
        "exactly one of cert or cert_file must be configured when a client key is configured";
    refusesPart(TlsConfig.class, cert, "key", SECRET);
    refusesPart(TlsConfig.class, cert, "keyFile", "f");
    assertThatCode(() -> make(TlsConfig.class, "certFile", "f", "key", SECRET))
        .doesNotThrowAnyException();
  }

  @Test
  void refusesVersionsOfTlsThatThereAreNot() {
    refusesPart(TlsConfig.class, "unknown TLS version: TLS09", "minVersion", "TLS09");
    refusesPart(TlsConfig.class, "unknown TLS version: tls12", "maxVersion", "tls12");
    assertThatCode(() -> make(TlsConfig.class, "minVersion", "TLS10", "maxVersion", "TLS13"))
        .doesNotThrowAnyException();
  }

  @Test
  void refusesProxiesThatNoClientCanUse() {
    refuses(
        "proxy_url \"gopher://x:1\" is no URL: want scheme://host:port, where scheme is http,"
            + " https, socks5 or socks5h",
        "proxyUrl",
        "gopher://x:1");
  }

  @Test
  void refusesProxySettingsThatContradictEachOther() {
    refuses(
        "if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be"
            + " configured",
        "proxyConnectHeader",
        CONNECT);
    refuses(
        "if proxy_from_environment is configured, proxy_url must not be configured",
        "proxyFromEnvironment",
        true,
        "proxyUrl",
        "http://p");
    refuses(
        "if proxy_from_environment is configured, no_proxy must not be configured",
        "proxyFromEnvironment",
        true,
        "noProxy",
        "a");
    refuses("if no_proxy is configured, proxy_url must also be configured", "noProxy", "a");
    assertThat(config("proxyConnectHeader", CONNECT, "proxyFromEnvironment", true).noProxy())
        .isEmpty();
    assertThat(config("proxyConnectHeader", CONNECT, "proxyUrl", "http://p:1").proxyUrl())
        .isEqualTo("http://p:1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"p", "p:3128", "http:", "/path", "http://a b", "http://[::1"})
  void refusesAProxyThatIsNoUrl(String url) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> config("proxyUrl", url))
        .withMessageStartingWith("proxy_url \"" + url + "\" is no URL: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"http://user:s3cr3t@a b", "user:s3cr3t@", "http://u:s3cr3t@[::1"})
  void showsNoPasswordOfAProxyThatIsNoUrl(String url) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> config("proxyUrl", url))
        .withMessageStartingWith("proxy_url \"<secret>@")
        .withMessageNotContaining("s3cr3t")
        .withNoCause();
  }

  @ParameterizedTest
  @CsvSource({
    "authorization, Authorization",
    "AUTHORIZATION, Authorization",
    "host, Host",
    "content-length, Content-Length",
    "User-agent, User-Agent",
    "www-authenticate, Www-Authenticate",
    "accept-encoding, Accept-Encoding",
    "x-prometheus-remote-write-version, X-Prometheus-Remote-Write-Version",
    "X-Prometheus-Scrape-Timeout-Seconds, X-Prometheus-Scrape-Timeout-Seconds",
    "x-amz-content-sha256, X-Amz-Content-Sha256",
  })
  void refusesHeadersThatItSetsItself(String name, String canonical) {
    refuses(
        "setting header \"" + canonical + "\" is not allowed", "httpHeaders", Map.of(name, HEADER));
  }

  @Test
  void takesOtherHeaders() {
    assertThat(config("httpHeaders", Map.of("X-Scope-OrgID", HEADER)).httpHeaders())
        .containsOnlyKeys("X-Scope-OrgID");
  }

  @Test
  void showsNoSecrets() {
    HttpClientConfig config =
        config(
            "basicAuth",
            BASIC,
            "httpHeaders",
            Map.of("X-A", new Header(List.of(), List.of(SECRET), List.of())),
            "proxyConnectHeader",
            CONNECT,
            "proxyUrl",
            "http://p:1",
            "tlsConfig",
            make(TlsConfig.class, "cert", "c", "key", SECRET));

    assertThat(config.toString()).doesNotContain("s3cr3t").contains("<secret>");
  }

  @Test
  void cannotBeChangedThroughWhatItWasMadeOf() {
    Map<String, Header> headers = new HashMap<>(Map.of("X-A", HEADER));
    HttpClientConfig config = config("httpHeaders", headers);
    headers.clear();

    assertThat(config.httpHeaders()).containsOnlyKeys("X-A").isUnmodifiable();
    assertThat(HEADER.values()).isUnmodifiable();
    assertThat(OAUTH2.scopes()).isUnmodifiable();
  }

  @Test
  void asksByGetWithoutHeaders() {
    HttpCaller.Request request =
        HttpCaller.Request.get(URI.create("http://a/"), Duration.ofSeconds(1));

    assertThat(request.method()).isEqualTo("GET");
    assertThat(request.headers()).isEmpty();
    assertThat(request.body()).isNull();
  }

  private static HttpClientConfig config(Object... components) {
    return make(HttpClientConfig.class, components);
  }

  private static <R> R make(Class<R> type, Object... components) {
    Map<String, Object> map = new LinkedHashMap<>();
    for (int i = 0; i < components.length; i += 2) {
      map.put((String) components[i], components[i + 1]);
    }
    return Defaults.with(type, map);
  }

  private static void refuses(String text, Object... components) {
    refusesPart(HttpClientConfig.class, text, components);
  }

  private static void refusesPart(Class<?> type, String text, Object... components) {
    assertThatIllegalArgumentException().isThrownBy(() -> make(type, components)).withMessage(text);
  }
}
