package io.narthex.kernel.web;

import io.narthex.api.http.HttpClientConfig;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * TLS of a client. Its files are looked at for each new connection, and for calls over kept ones
 * once a second at most; what changed is read again. What is broken then fails the call, as
 * upstream. Safe for any number of threads.
 */
final class ClientTls {
  /** How long a look at the files holds for kept connections. */
  private static final long LOOK_NANOS = 1_000_000_000L;

  private final HttpClientConfig.TlsConfig config;
  private final Path baseDirectory;
  private final LongSupplier nanos;
  private final List<Path> files;
  private final ReentrantLock lock = new ReentrantLock();

  /** Null until it is first used, where nothing is to be read: most clients never speak TLS. */
  private volatile @Nullable Loaded loaded;

  /** Why the files as they are now cannot be used; null when they can. */
  private volatile @Nullable IOException broken;

  private volatile long lookedAt;

  /**
   * What was read.
   *
   * @param content a digest of all of it
   * @param generation another number for another content
   */
  private record Loaded(SSLContext context, FileStamps stamps, byte[] content, long generation) {}

  /**
   * Reads certificates and key.
   *
   * @param nanos tells when to look again
   * @throws IOException when one cannot be read or understood; names the file
   */
  ClientTls(HttpClientConfig.TlsConfig config, Path baseDirectory, LongSupplier nanos)
      throws IOException {
    this.config = config;
    this.baseDirectory = baseDirectory;
    this.nanos = nanos;
    this.files = files(config, baseDirectory);
    this.lookedAt = nanos.getAsLong();
    if (!config.minVersion().isEmpty()
        && !config.maxVersion().isEmpty()
        && config.maxVersion().compareTo(config.minVersion()) < 0) {
      throw new IOException(
          "tls_config.max_version must be greater than or equal to tls_config.min_version if both"
              + " are specified");
    }
    try {
      TlsSettings.protocols(config.minVersion(), config.maxVersion());
    } catch (IllegalArgumentException e) {
      throw new IOException("cannot use tls_config: " + e.getMessage(), e);
    }
    boolean nothingToRead = files.isEmpty() && config.ca().isEmpty() && config.cert().isEmpty();
    this.loaded = nothingToRead ? null : load(null);
  }

  private static List<Path> files(HttpClientConfig.TlsConfig config, Path baseDirectory) {
    List<Path> out = new ArrayList<>(3);
    for (String name : List.of(config.caFile(), config.certFile(), config.keyFile())) {
      if (!name.isEmpty()) {
        out.add(baseDirectory.resolve(name));
      }
    }
    return List.copyOf(out);
  }

  /**
   * Reads all.
   *
   * @param before what was read before; null at first
   */
  private Loaded load(@Nullable Loaded before) throws IOException {
    FileStamps stamps = FileStamps.of(files);
    String which = before == null ? "specified " : "";
    String ca = read("CA cert", config.ca(), config.caFile());
    String cert = read(which + "client cert", config.cert(), config.certFile());
    String key = read(which + "client key", config.key().reveal(), config.keyFile());
    byte[] content = digest(ca, cert, key);
    if (before != null && MessageDigest.isEqual(before.content(), content)) {
      return new Loaded(before.context(), stamps, content, before.generation());
    }
    try {
      List<X509Certificate> roots = ca.isEmpty() && config.caFile().isEmpty() ? null : roots(ca);
      KeyManager[] keys = new KeyManager[0];
      if (!config.cert().isEmpty() || !config.certFile().isEmpty()) {
        keys = new KeyManager[] {key(cert, key)};
      }
      X509ExtendedTrustManager trust =
          config.insecureSkipVerify()
              ? new TrustAll()
              : new CertificateFaults(TlsSettings.trust(roots), Clock.systemUTC());
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys, new TrustManager[] {trust}, null);
      return new Loaded(context, stamps, content, before == null ? 1 : before.generation() + 1);
    } catch (GeneralSecurityException e) {
      throw new IOException("cannot set up TLS: " + e.getMessage(), e);
    }
  }

  private static byte[] digest(String... texts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String text : texts) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
      }
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }

  private List<X509Certificate> roots(String pem) throws IOException {
    try {
      return Pem.certificates(pem);
    } catch (GeneralSecurityException e) {
      throw new IOException("unable to use specified CA cert " + where(config.caFile()), e);
    }
  }

  private TlsSettings.OneKey key(String certificates, String key) throws IOException {
    try {
      List<X509Certificate> chain = Pem.certificates(certificates);
      PrivateKey own = Pem.privateKey(key);
      Pem.requireMatch(chain.get(0), own);
      return new TlsSettings.OneKey(own, chain);
    } catch (GeneralSecurityException e) {
      throw new IOException(
          "unable to use specified client cert ("
              + where(config.certFile())
              + ") & key ("
              + where(config.keyFile())
              + "): "
              + e.getMessage(),
          e);
    }
  }

  private String where(String fileName) {
    return fileName.isEmpty() ? "inline" : "file " + baseDirectory.resolve(fileName);
  }

  private String read(String what, String inline, String fileName) throws IOException {
    if (fileName.isEmpty()) {
      return inline;
    }
    Path file = baseDirectory.resolve(fileName);
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new IOException(
          "unable to read "
              + what
              + ": unable to read file "
              + file
              + ": open "
              + file
              + ": "
              + Causes.of(e),
          e);
    }
  }

  /**
   * A number that is another one when the contents of the files are. Costs a look at the clock, and
   * once a second a look at the files.
   *
   * @throws IOException when they cannot be used as they are now
   */
  long generation() throws IOException {
    if (files.isEmpty()) {
      return 1;
    }
    Loaded now = loaded;
    if (now == null || nanos.getAsLong() - lookedAt >= LOOK_NANOS) {
      return current().generation();
    }
    IOException why = broken;
    if (why != null) {
      throw new IOException(why.getMessage(), why);
    }
    return now.generation();
  }

  /** As {@link #generation()}, looking at the files in any case. */
  long look() throws IOException {
    return files.isEmpty() ? 1 : current().generation();
  }

  private Loaded current() throws IOException {
    Loaded now = loaded;
    if (now != null && files.isEmpty()) {
      return now;
    }
    lock.lock();
    try {
      now = loaded;
      // First: should a file change meanwhile, the next look sees it.
      lookedAt = nanos.getAsLong();
      if (now == null || broken != null || now.stamps().changed()) {
        try {
          now = load(now);
          loaded = now;
          broken = null;
        } catch (IOException e) {
          broken = e;
          throw e;
        }
      }
      return now;
    } finally {
      lock.unlock();
    }
  }

  /** Speaks TLS over a connection to a server; the handshake is done when it returns. */
  SSLSocket over(Socket socket, String host, int port) throws IOException {
    String name = config.serverName().isEmpty() ? host : config.serverName();
    // The name given here is sent as SNI and is the one that the certificate must bear.
    SSLSocket tls =
        (SSLSocket) current().context().getSocketFactory().createSocket(socket, name, port, true);
    SSLParameters parameters = tls.getSSLParameters();
    parameters.setProtocols(TlsSettings.protocols(config.minVersion(), config.maxVersion()));
    if (!config.insecureSkipVerify()) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    }
    tls.setSSLParameters(parameters);
    try {
      tls.startHandshake();
    } catch (SSLException e) {
      if (e.getCause() instanceof SocketException below) {
        throw below;
      }
      throw new IOException(reason(e), e);
    }
    return tls;
  }

  /** What went wrong, in Go's words where it has some. */
  static String reason(SSLException e) {
    Throwable inner = e;
    while (inner.getCause() != null) {
      if (inner instanceof CertificateException
          && String.valueOf(inner.getMessage()).startsWith("x509: ")) {
        break;
      }
      inner = inner.getCause();
    }
    String message = String.valueOf(inner.getMessage());
    if (inner instanceof CertificateException) {
      return "tls: failed to verify certificate: " + message;
    }
    if (inner instanceof EOFException) {
      return "EOF";
    }
    String alert = "Received fatal alert: ";
    int at = message.indexOf(alert);
    if (at >= 0) {
      return "remote error: tls: " + alert(message.substring(at + alert.length()).trim());
    }
    if (message.contains("Unsupported or unrecognized SSL message")) {
      return "tls: first record does not look like a TLS handshake";
    }
    return "tls: " + message;
  }

  private static String alert(String name) {
    return switch (name) {
      case "unknown_ca" -> "unknown certificate authority";
      case "certificate_unknown" -> "unknown certificate";
      case "certificate_expired" -> "expired certificate";
      case "certificate_revoked" -> "revoked certificate";
      case "protocol_version" -> "protocol version not supported";
      case "decrypt_error" -> "error decrypting message";
      case "decode_error" -> "error decoding message";
      case "insufficient_security" -> "insufficient security level";
      case "bad_record_mac" -> "bad record MAC";
      default -> name.replace('_', ' ');
    };
  }

  /** Verifies nothing, as {@code insecure_skip_verify} asks. */
  private static final class TrustAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
