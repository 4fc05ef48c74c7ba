package io.narthex.kernel.web;

import io.narthex.api.config.Default;
import io.narthex.api.config.Secret;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The file that {@code --web.config.file} names: TLS, headers, users. Keys and messages are those
 * of Prometheus's exporter-toolkit, so that one file serves all programs.
 *
 * @param tlsServerConfig TLS; without any of its keys the server speaks plain HTTP
 * @param httpServerConfig HTTP/2 and further headers
 * @param rateLimit how many requests are let in
 * @param basicAuthUsers bcrypt hashes of passwords by user; empty for no authentication
 */
public record WebFile(
    Tls tlsServerConfig,
    Http httpServerConfig,
    RateLimit rateLimit,
    Map<String, Secret> basicAuthUsers) {

  private static final Map<String, List<String>> HEADERS =
      Map.of(
          "Strict-Transport-Security", List.of(),
          "X-Content-Type-Options", List.of("nosniff"),
          "X-Frame-Options", List.of("deny", "sameorigin"),
          "X-XSS-Protection", List.of(),
          "Content-Security-Policy", List.of());

  /** Checks that each password is a bcrypt hash. */
  public WebFile {
    basicAuthUsers = Map.copyOf(basicAuthUsers);
    for (Map.Entry<String, Secret> user : basicAuthUsers.entrySet()) {
      BasicAuth.checkHash(user.getKey(), user.getValue().reveal());
    }
  }

  /**
   * TLS of the server. Relative file names start at the directory of the file.
   *
   * @param cert certificate with its chain, PEM
   * @param key its key, PEM
   * @param clientCa certificates that sign clients', PEM
   * @param certFile file of {@code cert}; read again when changed
   * @param keyFile file of {@code key}; read again when changed
   * @param clientAuthType {@code NoClientCert RequestClientCert RequireAnyClientCert
   *     VerifyClientCertIfGiven RequireAndVerifyClientCert}
   * @param clientCaFile file of {@code clientCa}; read again when changed
   * @param cipherSuites for TLS 1.2; empty for the platform's
   * @param curvePreferences {@code CurveP256 CurveP384 CurveP521 X25519}; empty for the platform's
   * @param minVersion {@code TLS10 TLS11 TLS12 TLS13}; the platform refuses those before 1.2
   * @param maxVersion as {@code minVersion}
   * @param preferServerCipherSuites whether the server's order of suites counts
   * @param clientAllowedSans names of which a client's certificate must bear one; null for any
   */
  public record Tls(
      String cert,
      Secret key,
      String clientCa,
      String certFile,
      String keyFile,
      String clientAuthType,
      String clientCaFile,
      List<String> cipherSuites,
      List<String> curvePreferences,
      @Default("TLS12") String minVersion,
      @Default("TLS13") String maxVersion,
      @Default("true") boolean preferServerCipherSuites,
      @Nullable List<String> clientAllowedSans) {

    private static final Set<String> REQUIRING =
        Set.of("RequireAnyClientCert", "RequireClientCert", "RequireAndVerifyClientCert");

    /** Checks what can be checked without reading files. */
    public Tls {
      cipherSuites = List.copyOf(cipherSuites);
      curvePreferences = List.copyOf(curvePreferences);
      clientAllowedSans = clientAllowedSans == null ? null : List.copyOf(clientAllowedSans);
      TlsSettings.protocols(minVersion, maxVersion);
      TlsSettings.namedGroups(curvePreferences);
      TlsSettings.cipherSuites(cipherSuites);
      boolean enabled =
          !cert.isEmpty()
              || !certFile.isEmpty()
              || !key.isEmpty()
              || !keyFile.isEmpty()
              || !clientCa.isEmpty()
              || !clientCaFile.isEmpty()
              || !clientAuthType.isEmpty();
      if (enabled && cert.isEmpty() && certFile.isEmpty()) {
        throw new IllegalArgumentException("missing one of cert or cert_file");
      }
      if (enabled && key.isEmpty() && keyFile.isEmpty()) {
        throw new IllegalArgumentException("missing one of key or key_file");
      }
      switch (clientAuthType) {
        case "", "NoClientCert" -> {
          if (!clientCa.isEmpty() || !clientCaFile.isEmpty()) {
            throw new IllegalArgumentException(
                "client CA's have been configured without a Client Auth Policy");
          }
        }
        case "RequestClientCert",
            "RequireAnyClientCert",
            "RequireClientCert",
            "VerifyClientCertIfGiven",
            "RequireAndVerifyClientCert" -> {}
        default -> throw new IllegalArgumentException("invalid ClientAuth: " + clientAuthType);
      }
      if (clientAllowedSans != null && !REQUIRING.contains(clientAuthType)) {
        throw new IllegalArgumentException(
            "client_allowed_sans requires client_auth_type to be one of RequireAnyClientCert or"
                + " RequireAndVerifyClientCert");
      }
    }

    /** Whether the server speaks TLS. */
    public boolean isEnabled() {
      return !cert.isEmpty() || !certFile.isEmpty();
    }
  }

  /**
   * HTTP of the server.
   *
   * @param http2 whether HTTP/2 may be spoken over TLS; read once, at start
   * @param headers headers to add to every answer; a few security headers only
   */
  public record Http(@Default("true") boolean http2, Map<String, String> headers) {
    /** Checks names and values. */
    public Http {
      headers = Map.copyOf(headers);
      headers.forEach((name, value) -> {
        List<String> allowed = HEADERS.get(name);
        if (allowed == null) {
          throw new IllegalArgumentException("HTTP header \"" + name + "\" can not be configured");
        }
        if (!allowed.isEmpty() && !allowed.contains(value)) {
          throw new IllegalArgumentException(
              "invalid value for "
                  + name
                  + ". Expected one of: [\""
                  + String.join("\" \"", allowed)
                  + "\"], but got: \""
                  + value
                  + "\"");
        }
        if (value.chars().anyMatch(c -> c < 0x20 || c > 0x7e)) {
          throw new IllegalArgumentException(
              "invalid value for " + name + ": it has a control character");
        }
      });
    }
  }

  /**
   * A token bucket over all requests.
   *
   * @param interval time in which one request is let in; 0 for no limit
   * @param burst how many requests may come at once
   */
  public record RateLimit(Duration interval, int burst) {
    /** Checks bounds. */
    public RateLimit {
      if (interval.isNegative() || burst < 0) {
        throw new IllegalArgumentException(
            "rate_limit out of range; got interval " + interval + " and burst " + burst);
      }
    }
  }
}
