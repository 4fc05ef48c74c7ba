package io.narthex.kernel.web;

import java.net.InetAddress;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Verifies as another does, and says in Go's words, and in Go's order of looking, what is wrong
 * with a server's certificate.
 */
final class CertificateFaults extends X509ExtendedTrustManager {
  private static final int DNS = 2;
  private static final int IP = 7;

  private final X509ExtendedTrustManager verifier;
  private final Clock clock;

  CertificateFaults(X509ExtendedTrustManager verifier, Clock clock) {
    this.verifier = verifier;
    this.clock = clock;
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    try {
      verifier.checkServerTrusted(chain, type, socket);
    } catch (CertificateException e) {
      SSLSession session = socket instanceof SSLSocket tls ? tls.getHandshakeSession() : null;
      throw new CertificateException(text(chain, session, e), e);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    try {
      verifier.checkServerTrusted(chain, type, engine);
    } catch (CertificateException e) {
      throw new CertificateException(text(chain, engine.getHandshakeSession(), e), e);
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    verifier.checkServerTrusted(chain, type);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    verifier.checkClientTrusted(chain, type);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    verifier.checkClientTrusted(chain, type, socket);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    verifier.checkClientTrusted(chain, type, engine);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return verifier.getAcceptedIssuers();
  }

  private String text(
      X509Certificate[] chain, @Nullable SSLSession session, CertificateException e) {
    String host = session == null ? null : session.getPeerHost();
    String fault = chain.length == 0 ? null : outOfTime(chain[0], clock.instant());
    if (fault == null && chain.length > 0 && host != null) {
      fault = notItsName(chain[0], host);
    }
    for (int i = 1; fault == null && i < chain.length; i++) {
      fault = outOfTime(chain[i], clock.instant());
    }
    if (fault == null) {
      String innermost = innermost(e);
      fault =
          innermost.contains("unable to find valid certification path")
                  || innermost.contains("signature check failed")
                  || innermost.contains("trust anchor")
              ? "certificate signed by unknown authority"
              : innermost;
    }
    return "x509: " + fault;
  }

  private static String innermost(Throwable e) {
    Throwable inner = e;
    while (inner.getCause() != null) {
      inner = inner.getCause();
    }
    return String.valueOf(inner.getMessage());
  }

  private static @Nullable String outOfTime(X509Certificate certificate, Instant now) {
    Instant from = certificate.getNotBefore().toInstant();
    Instant to = certificate.getNotAfter().toInstant();
    if (!now.isBefore(from) && !now.isAfter(to)) {
      return null;
    }
    boolean early = now.isBefore(from);
    return "certificate has expired or is not yet valid: current time "
        + now.truncatedTo(ChronoUnit.SECONDS)
        + (early ? " is before " : " is after ")
        + (early ? from : to);
  }

  /** What is wrong with the names; null when one fits. */
  static @Nullable String notItsName(X509Certificate certificate, String host) {
    List<String> names = new ArrayList<>();
    List<String> addresses = new ArrayList<>();
    try {
      Collection<List<?>> all = certificate.getSubjectAlternativeNames();
      for (List<?> name : all == null ? List.<List<?>>of() : all) {
        if (name.get(0) instanceof Integer kind && name.get(1) instanceof String text) {
          if (kind == DNS) {
            names.add(text);
          } else if (kind == IP) {
            addresses.add(text);
          }
        }
      }
    } catch (CertificateParsingException e) {
      return null;
    }
    boolean numeric = host.indexOf(':') >= 0 || host.matches("[0-9]+(\\.[0-9]+){3}");
    if (numeric) {
      if (addresses.isEmpty()) {
        return "cannot validate certificate for "
            + host
            + " because it doesn't contain any IP SANs";
      }
      List<String> shown = new ArrayList<>();
      InetAddress wanted = address(host);
      for (String text : addresses) {
        InetAddress address = address(text);
        if (address != null && address.equals(wanted)) {
          return null;
        }
        shown.add(address == null ? text : HttpServer.text(address));
      }
      return "certificate is valid for " + String.join(", ", shown) + ", not " + host;
    }
    for (String name : names) {
      if (matches(name.toLowerCase(Locale.ROOT), host.toLowerCase(Locale.ROOT))) {
        return null;
      }
    }
    if (names.isEmpty()) {
      boolean common = certificate.getSubjectX500Principal().getName().contains("CN=");
      return common && addresses.isEmpty()
          ? "certificate relies on legacy Common Name field, use SANs instead"
          : "certificate is not valid for any names, but wanted to match " + host;
    }
    return "certificate is valid for " + String.join(", ", names) + ", not " + host;
  }

  private static @Nullable InetAddress address(String text) {
    try {
      return InetAddress.ofLiteral(text);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /** A star stands for the whole first label alone. */
  private static boolean matches(String pattern, String host) {
    if (pattern.startsWith("*.")) {
      int dot = host.indexOf('.');
      return dot > 0 && host.substring(dot).equals(pattern.substring(1));
    }
    return pattern.equals(host);
  }
}
