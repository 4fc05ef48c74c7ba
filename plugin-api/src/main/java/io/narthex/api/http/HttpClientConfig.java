package io.narthex.api.http;

import io.narthex.api.Api;
import io.narthex.api.config.ConfigException;
import io.narthex.api.config.Default;
import io.narthex.api.config.Secret;
import io.narthex.api.model.Quoting;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How to reach an HTTP server: Prometheus's {@code http_config}. In sections that have these keys
 * among their own (scrape jobs, most discovery mechanisms) the component is annotated with {@link
 * com.fasterxml.jackson.annotation.JsonUnwrapped}, which the binder honours for records.
 *
 * @param basicAuth null for none
 * @param authorization null for none
 * @param oauth2 null for none
 * @param bearerToken old form of {@code authorization.credentials}
 * @param bearerTokenFile old form of {@code authorization.credentials_file}
 * @param followRedirects whether redirects are followed; credentials never go to another host
 * @param enableHttp2 whether HTTP/2 may be used over TLS
 * @param tlsConfig of the server's certificate and our own
 * @param proxyUrl empty for none
 * @param noProxy hosts, domains and networks without proxy, comma separated
 * @param proxyFromEnvironment take HTTP_PROXY, HTTPS_PROXY, NO_PROXY
 * @param proxyConnectHeader headers for the proxy's CONNECT
 * @param httpHeaders further headers by name
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public record HttpClientConfig(
    @Nullable BasicAuth basicAuth,
    @Nullable Authorization authorization,
    @Nullable OAuth2 oauth2,
    Secret bearerToken,
    String bearerTokenFile,
    @Default("true") boolean followRedirects,
    @Default("true") boolean enableHttp2,
    TlsConfig tlsConfig,
    String proxyUrl,
    String noProxy,
    boolean proxyFromEnvironment,
    Map<String, List<Secret>> proxyConnectHeader,
    Map<String, Header> httpHeaders) {

  private static final Set<String> PROXIES = Set.of("http", "https", "socks5", "socks5h");
  private static final Set<String> RESERVED =
      Set.of(
          "authorization",
          "host",
          "content-encoding",
          "content-length",
          "content-type",
          "user-agent",
          "connection",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "www-authenticate",
          "accept-encoding",
          "x-prometheus-remote-write-version",
          "x-prometheus-remote-read-version",
          "x-prometheus-scrape-timeout-seconds",
          "x-amz-date",
          "x-amz-security-token",
          "x-amz-content-sha256");

  /** Checks that at most one way of authentication is given, with Prometheus's messages. */
  public HttpClientConfig {
    proxyConnectHeader = Map.copyOf(proxyConnectHeader);
    httpHeaders = Map.copyOf(httpHeaders);
    if (!bearerToken.isEmpty() && !bearerTokenFile.isEmpty()) {
      throw new IllegalArgumentException(
          "at most one of bearer_token & bearer_token_file must be configured");
    }
    boolean bearer = !bearerToken.isEmpty() || !bearerTokenFile.isEmpty();
    if ((basicAuth != null || oauth2 != null) && bearer) {
      throw new IllegalArgumentException(
          "at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured");
    }
    if (authorization != null && bearer) {
      throw new IllegalArgumentException(
          "authorization is not compatible with bearer_token & bearer_token_file");
    }
    if (authorization != null && (basicAuth != null || oauth2 != null)) {
      throw new IllegalArgumentException(
          "at most one of basic_auth, oauth2 & authorization must be configured");
    }
    if (basicAuth != null && oauth2 != null) {
      throw new IllegalArgumentException(
          "at most one of basic_auth, oauth2 & authorization must be configured");
    }
    if (bearer) {
      authorization = new Authorization("Bearer", bearerToken, bearerTokenFile, "");
      bearerToken = Secret.of("");
      bearerTokenFile = "";
    }
    requireProxy(proxyUrl, noProxy, proxyFromEnvironment, proxyConnectHeader);
    for (String name : new TreeSet<>(httpHeaders.keySet())) {
      if (RESERVED.contains(name.toLowerCase(Locale.ROOT))) {
        throw new IllegalArgumentException(
            "setting header " + Quoting.quote(canonical(name)) + " is not allowed");
      }
    }
  }

  private static void requireProxy(
      String proxyUrl,
      String noProxy,
      boolean proxyFromEnvironment,
      Map<String, List<Secret>> proxyConnectHeader) {
    if (!proxyConnectHeader.isEmpty() && !proxyFromEnvironment && proxyUrl.isEmpty()) {
      throw new IllegalArgumentException(
          "if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be"
              + " configured");
    }
    if (proxyFromEnvironment && !proxyUrl.isEmpty()) {
      throw new IllegalArgumentException(
          "if proxy_from_environment is configured, proxy_url must not be configured");
    }
    if (proxyFromEnvironment && !noProxy.isEmpty()) {
      throw new IllegalArgumentException(
          "if proxy_from_environment is configured, no_proxy must not be configured");
    }
    if (proxyUrl.isEmpty() && !noProxy.isEmpty()) {
      throw new IllegalArgumentException(
          "if no_proxy is configured, proxy_url must also be configured");
    }
    if (!proxyUrl.isEmpty()) {
      requireUrl("proxy_url", proxyUrl);
    }
  }

  /**
   * Looks whether the files are there that hold credentials, a certificate and a key, for somebody
   * who checks a configuration while no server runs.
   *
   * @param directory where relative names start
   * @throws ConfigException in the words of {@code promtool check config}
   */
  public void checkFiles(Path directory) throws ConfigException {
    if (authorization != null) {
      require(
          directory,
          authorization.credentialsFile(),
          "authorization credentials or bearer token file");
    }
    require(directory, tlsConfig.certFile(), "client cert file");
    require(directory, tlsConfig.keyFile(), "client key file");
  }

  private static void require(Path directory, String name, String what) throws ConfigException {
    if (!name.isEmpty() && !Files.exists(directory.resolve(name))) {
      throw new ConfigException(
          "error checking "
              + what
              + " "
              + Quoting.quote(name)
              + ": stat "
              + name
              + ": no such file or directory");
    }
  }

  /** A header's name as Go writes it: {@code x-amz-date} is {@code X-Amz-Date}. */
  private static String canonical(String name) {
    StringBuilder out = new StringBuilder(name.toLowerCase(Locale.ROOT));
    for (int i = 0; i < out.length(); i++) {
      if (i == 0 || out.charAt(i - 1) == '-') {
        out.setCharAt(i, Character.toUpperCase(out.charAt(i)));
      }
    }
    return out.toString();
  }

  private static void requireUrl(String key, String text) {
    String reason = "want scheme://host:port, where scheme is http, https, socks5 or socks5h";
    try {
      URI uri = new URI(text);
      if (uri.getHost() != null && PROXIES.contains(uri.getScheme())) {
        return;
      }
    } catch (URISyntaxException e) {
      // Without the cause: its message has the whole text.
      reason = e.getReason();
    }
    // A name and password may stand in front of the host.
    String shown =
        text.indexOf('@') < 0 ? text : "<secret>" + text.substring(text.lastIndexOf('@'));
    throw new IllegalArgumentException(key + " " + Quoting.quote(shown) + " is no URL: " + reason);
  }

  /**
   * Name and password.
   *
   * @param username name
   * @param usernameFile file that holds it, read for each request
   * @param password password
   * @param passwordFile file that holds it, read for each request
   * @since 0.1
   */
  public record BasicAuth(
      String username, String usernameFile, Secret password, String passwordFile) {
    public BasicAuth {
      if (!username.isEmpty() && !usernameFile.isEmpty()) {
        throw new IllegalArgumentException(
            "at most one of basic_auth username, username_file & username_ref must be configured");
      }
      if (!password.isEmpty() && !passwordFile.isEmpty()) {
        throw new IllegalArgumentException(
            "at most one of basic_auth password, password_file & password_ref must be configured");
      }
    }
  }

  /**
   * The {@code Authorization} header.
   *
   * @param type scheme, default {@code Bearer}
   * @param credentials what follows the scheme
   * @param credentialsFile file that holds it, read for each request
   * @param credentialsRef reserved for secret providers
   * @since 0.1
   */
  public record Authorization(
      @Default("Bearer") String type,
      Secret credentials,
      String credentialsFile,
      String credentialsRef) {
    public Authorization {
      type = type.isBlank() ? "Bearer" : type.trim();
      int given =
          (credentials.isEmpty() ? 0 : 1)
              + (credentialsFile.isEmpty() ? 0 : 1)
              + (credentialsRef.isEmpty() ? 0 : 1);
      if (given > 1) {
        throw new IllegalArgumentException(
            "at most one of authorization credentials & credentials_file must be configured");
      }
      if (type.equalsIgnoreCase("basic")) {
        throw new IllegalArgumentException(
            "authorization type cannot be set to \"basic\", use \"basic_auth\" instead");
      }
    }
  }

  /**
   * OAuth 2.0 client credentials.
   *
   * @param clientId id
   * @param clientSecret secret
   * @param clientSecretFile file that holds it
   * @param scopes scopes to ask for
   * @param tokenUrl where tokens are fetched
   * @param endpointParams further form parameters
   * @param tlsConfig for the token server
   * @param proxyUrl for the token server
   * @param noProxy for the token server
   * @param proxyFromEnvironment for the token server
   * @param proxyConnectHeader for the token server
   * @since 0.1
   */
  public record OAuth2(
      String clientId,
      Secret clientSecret,
      String clientSecretFile,
      List<String> scopes,
      String tokenUrl,
      Map<String, String> endpointParams,
      TlsConfig tlsConfig,
      String proxyUrl,
      String noProxy,
      boolean proxyFromEnvironment,
      Map<String, List<Secret>> proxyConnectHeader) {
    public OAuth2 {
      if (clientId.isEmpty()) {
        throw new IllegalArgumentException("oauth2 client_id must be configured");
      }
      if (tokenUrl.isEmpty()) {
        throw new IllegalArgumentException("oauth2 token_url must be configured");
      }
      if (!clientSecret.isEmpty() && !clientSecretFile.isEmpty()) {
        throw new IllegalArgumentException(
            "at most one of oauth2 client_secret, client_secret_file & client_secret_ref must be"
                + " configured");
      }
      scopes = List.copyOf(scopes);
      endpointParams = Map.copyOf(endpointParams);
      proxyConnectHeader = Map.copyOf(proxyConnectHeader);
      requireProxy(proxyUrl, noProxy, proxyFromEnvironment, proxyConnectHeader);
    }
  }

  /**
   * TLS of a client.
   *
   * @param ca certificates to trust, PEM
   * @param caFile file of them, read again when changed
   * @param cert own certificate, PEM
   * @param certFile file of it
   * @param key own key, PEM
   * @param keyFile file of it
   * @param serverName name to verify instead of the host's
   * @param insecureSkipVerify do not verify at all
   * @param minVersion {@code TLS10 TLS11 TLS12 TLS13}; empty for the platform's
   * @param maxVersion as {@code minVersion}; that it is not the lower one is found out when a
   *     client is made, as upstream
   * @since 0.1
   */
  public record TlsConfig(
      String ca,
      String caFile,
      String cert,
      String certFile,
      Secret key,
      String keyFile,
      String serverName,
      boolean insecureSkipVerify,
      String minVersion,
      String maxVersion) {
    private static final Set<String> VERSIONS = Set.of("", "TLS10", "TLS11", "TLS12", "TLS13");

    /** Checks what goes together, with Prometheus's messages. */
    public TlsConfig {
      for (String version : List.of(minVersion, maxVersion)) {
        if (!VERSIONS.contains(version)) {
          throw new IllegalArgumentException("unknown TLS version: " + version);
        }
      }
      if (!ca.isEmpty() && !caFile.isEmpty()) {
        throw new IllegalArgumentException(
            "at most one of ca, ca_file & ca_ref must be configured");
      }
      if (!cert.isEmpty() && !certFile.isEmpty()) {
        throw new IllegalArgumentException(
            "at most one of cert, cert_file & cert_ref must be configured");
      }
      if (!key.isEmpty() && !keyFile.isEmpty()) {
        throw new IllegalArgumentException("at most one of key and key_file must be configured");
      }
      boolean hasCert = !cert.isEmpty() || !certFile.isEmpty();
      boolean hasKey = !key.isEmpty() || !keyFile.isEmpty();
      if (hasCert != hasKey) {
        throw new IllegalArgumentException(
            hasCert
                ? "exactly one of key or key_file must be configured when a client certificate is"
                    + " configured"
                : "exactly one of cert or cert_file must be configured when a client key is"
                    + " configured");
      }
    }
  }

  /**
   * A further header.
   *
   * @param values values that may be shown
   * @param secrets values that may not
   * @param files files that hold values
   * @since 0.1
   */
  public record Header(List<String> values, List<Secret> secrets, List<String> files) {
    public Header {
      values = List.copyOf(values);
      secrets = List.copyOf(secrets);
      files = List.copyOf(files);
    }
  }
}
