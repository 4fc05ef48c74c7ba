package io.narthex.kernel.web;

import io.narthex.api.config.ConfigException;
import io.narthex.api.config.Secret;
import io.narthex.api.web.HttpError;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS, headers and users of a server, out of its web configuration file. The file and what it names
 * are looked at for each connection and each request, and read again when changed. When the new
 * version is broken, the one before stays in force and the problem is logged once: upstream refuses
 * every connection then, which locks out those who would mend it, and lets nobody in whom the
 * version before would not.
 *
 * <p>Whether TLS is spoken at all, and HTTP/2, is decided when the server starts.
 */
final class Security {
  private static final Logger LOG = LoggerFactory.getLogger(Security.class);

  private final Path file;
  private final WebFileBinder binder;
  private final BasicAuth basicAuth;
  private final RateLimiter limiter;
  private final ReentrantLock reloading = new ReentrantLock();
  private volatile Loaded loaded;

  /**
   * What was read in one go.
   *
   * @param problem why a later version is not in force, empty for none
   */
  private record Loaded(WebFile file, FileStamps stamps, @Nullable Tls tls, String problem) {}

  private record Tls(SSLContext context, SSLParameters parameters) {}

  /**
   * Reads the file.
   *
   * @throws IOException when it, or something that it names, cannot be read or understood
   */
  Security(Path file, WebFileBinder binder, SecureRandom random)
      throws IOException, ConfigException {
    this.file = file.toAbsolutePath();
    this.binder = binder;
    this.basicAuth = new BasicAuth(random);
    this.loaded = load();
    this.limiter = new RateLimiter(loaded.file().rateLimit(), System::nanoTime);
  }

  private Loaded load() throws IOException, ConfigException {
    // Stamps first: what changes while it is read is read once more.
    FileStamps first = FileStamps.of(List.of(file));
    WebFile bound = binder.bind(file);
    WebFile.Tls tls = bound.tlsServerConfig();
    List<Path> files = new ArrayList<>(List.of(file));
    for (String name : List.of(tls.certFile(), tls.keyFile(), tls.clientCaFile())) {
      if (!name.isEmpty()) {
        files.add(file.resolveSibling(name));
      }
    }
    FileStamps stamps = FileStamps.of(files);
    if (!stamps.stamps().get(0).equals(first.stamps().get(0))) {
      return load();
    }
    return new Loaded(bound, stamps, tls.isEnabled() ? tls(tls) : null, "");
  }

  private String read(String inline, String name, String key) throws IOException {
    if (name.isEmpty()) {
      return inline;
    }
    Path path = file.resolveSibling(name);
    try {
      return Files.readString(path);
    } catch (IOException e) {
      throw new IOException("failed to read " + key + " (" + path + "): " + Causes.of(e), e);
    }
  }

  private Tls tls(WebFile.Tls config) throws IOException {
    String certificate = read(config.cert(), config.certFile(), "cert_file");
    String privateKey = read(config.key().reveal(), config.keyFile(), "key_file");
    try {
      List<X509Certificate> chain = Pem.certificates(certificate);
      PrivateKey key = Pem.privateKey(privateKey);
      Pem.requireMatch(chain.get(0), key);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          new KeyManager[] {new TlsSettings.OneKey(key, chain)},
          new TrustManager[] {clientTrust(config)},
          null);
      SSLParameters parameters = new SSLParameters();
      parameters.setProtocols(TlsSettings.protocols(config.minVersion(), config.maxVersion()));
      if (!config.cipherSuites().isEmpty()) {
        parameters.setCipherSuites(TlsSettings.cipherSuites(config.cipherSuites()));
      }
      if (!config.curvePreferences().isEmpty()) {
        parameters.setNamedGroups(TlsSettings.namedGroups(config.curvePreferences()));
      }
      parameters.setUseCipherSuitesOrder(config.preferServerCipherSuites());
      switch (config.clientAuthType()) {
        case "RequestClientCert", "VerifyClientCertIfGiven" -> parameters.setWantClientAuth(true);
        case "RequireAnyClientCert", "RequireClientCert", "RequireAndVerifyClientCert" ->
            parameters.setNeedClientAuth(true);
        default -> {}
      }
      return new Tls(context, parameters);
    } catch (GeneralSecurityException e) {
      throw new IOException("failed to load X509KeyPair: " + e.getMessage(), e);
    }
  }

  private X509ExtendedTrustManager clientTrust(WebFile.Tls config)
      throws IOException, GeneralSecurityException {
    boolean verify = config.clientAuthType().contains("Verify");
    List<X509Certificate> roots = null;
    if (!config.clientCa().isEmpty() || !config.clientCaFile().isEmpty()) {
      String pem = read(config.clientCa(), config.clientCaFile(), "client_ca_file");
      roots = Pem.certificates(pem);
    }
    return new ClientTrust(verify ? TlsSettings.trust(roots) : null, config.clientAllowedSans());
  }

  /** What is in force: read again when something has changed. */
  private Loaded current() {
    Loaded now = loaded;
    if (now.stamps().changed() && reloading.tryLock()) {
      try {
        now = loaded;
        if (now.stamps().changed()) {
          loaded = now = reload(now);
        }
      } finally {
        reloading.unlock();
      }
    }
    return now;
  }

  private Loaded reload(Loaded before) {
    // The stamps of all files as they are now: the same broken version is not tried again.
    FileStamps tried =
        FileStamps.of(before.stamps().stamps().stream().map(FileStamps.Stamp::file).toList());
    String reason;
    try {
      if (Files.size(file) == 0) {
        // An editor that writes in place empties the file first; for that instant everybody could
        // come in.
        throw new IOException("it is empty; what was in force stays so");
      }
      Loaded next = load();
      if ((next.tls() == null) != (before.tls() == null)) {
        throw new IOException("TLS cannot be switched on or off while the server runs");
      }
      LOG.atInfo().addKeyValue("file", file).log("Web configuration was read again");
      return next;
    } catch (IOException e) {
      reason = Causes.of(e);
    } catch (ConfigException | RuntimeException e) {
      reason = String.valueOf(e.getMessage());
    }
    // A file that is written while it is read is seen twice, half and whole: said once.
    if (!reason.equals(before.problem())) {
      LOG.atError()
          .addKeyValue("file", file)
          .addKeyValue("err", reason)
          .log("Cannot use the changed web configuration, keeping the one before");
    }
    return new Loaded(before.file(), tried, before.tls(), reason);
  }

  boolean isTls() {
    return loaded.tls() != null;
  }

  boolean isHttp2() {
    return loaded.file().httpServerConfig().http2();
  }

  /** Headers for every answer. */
  Map<String, String> headers() {
    return current().file().httpServerConfig().headers();
  }

  /** Whether the rate limit lets one more request in. */
  boolean admits() {
    return limiter.admits();
  }

  /** Whether somebody has to say who they are. */
  boolean needsUser() {
    return !current().file().basicAuthUsers().isEmpty();
  }

  /**
   * Who sent a request; empty when it must be refused.
   *
   * @param client the address that it came from
   * @throws HttpError 429 when too many passwords wait to be checked
   */
  Optional<String> user(@Nullable String authorization, String client) throws HttpError {
    Map<String, Secret> users = current().file().basicAuthUsers();
    return basicAuth.check(users, authorization, client);
  }

  /** A context whose engines are made by what is in force when a connection comes. */
  SSLContext context() {
    Tls tls = loaded.tls();
    if (tls == null) {
      throw new IllegalStateException("the server speaks plain HTTP");
    }
    return new CurrentContext(tls.context().getProvider());
  }

  private Tls currentTls() {
    Tls tls = current().tls();
    if (tls == null) {
      throw new IllegalStateException("the server speaks plain HTTP");
    }
    return tls;
  }

  private final class CurrentContext extends SSLContext {
    CurrentContext(Provider provider) {
      super(new CurrentSpi(), provider, "TLS");
    }
  }

  private final class CurrentSpi extends SSLContextSpi {
    @Override
    protected void engineInit(
        KeyManager @Nullable [] keys, TrustManager @Nullable [] trust, @Nullable SecureRandom r) {
      throw new UnsupportedOperationException("the context is made of the web configuration file");
    }

    @Override
    protected SSLEngine engineCreateSSLEngine() {
      Tls tls = currentTls();
      SSLEngine engine = tls.context().createSSLEngine();
      engine.setUseClientMode(false);
      engine.setSSLParameters(tls.parameters());
      return engine;
    }

    @Override
    protected SSLEngine engineCreateSSLEngine(String host, int port) {
      return engineCreateSSLEngine();
    }

    @Override
    protected SSLSocketFactory engineGetSocketFactory() {
      return currentTls().context().getSocketFactory();
    }

    @Override
    protected SSLServerSocketFactory engineGetServerSocketFactory() {
      return currentTls().context().getServerSocketFactory();
    }

    @Override
    protected SSLSessionContext engineGetServerSessionContext() {
      return currentTls().context().getServerSessionContext();
    }

    @Override
    protected SSLSessionContext engineGetClientSessionContext() {
      return currentTls().context().getClientSessionContext();
    }

    @Override
    protected SSLParameters engineGetDefaultSSLParameters() {
      return currentTls().context().getDefaultSSLParameters();
    }

    @Override
    protected SSLParameters engineGetSupportedSSLParameters() {
      return currentTls().context().getSupportedSSLParameters();
    }
  }

  /** Judges clients' certificates. */
  private static final class ClientTrust extends X509ExtendedTrustManager {
    private final @Nullable X509ExtendedTrustManager chain;
    private final @Nullable List<String> allowedNames;

    /**
     * Makes one.
     *
     * @param chain verifies the chain; null when any certificate will do
     * @param allowedNames names of which one must be the certificate's; null for any
     */
    ClientTrust(@Nullable X509ExtendedTrustManager chain, @Nullable List<String> allowedNames) {
      this.chain = chain;
      this.allowedNames = allowedNames;
    }

    private void checkNames(X509Certificate certificate) throws CertificateException {
      if (allowedNames == null) {
        return;
      }
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      for (List<?> name : names == null ? List.<List<?>>of() : names) {
        int type = (Integer) name.get(0);
        boolean textual = type == 1 || type == 2 || type == 6 || type == 7;
        if (textual && allowedNames.contains(String.valueOf(name.get(1)))) {
          return;
        }
      }
      throw new CertificateException(
          "could not find allowed SANs in client cert, found: " + allowedNames);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] certificates, String type)
        throws CertificateException {
      if (chain != null) {
        chain.checkClientTrusted(certificates, type);
      }
      checkNames(certificates[0]);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] certificates, String type, Socket socket)
        throws CertificateException {
      if (chain != null) {
        chain.checkClientTrusted(certificates, type, socket);
      }
      checkNames(certificates[0]);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] certificates, String type, SSLEngine engine)
        throws CertificateException {
      if (chain != null) {
        chain.checkClientTrusted(certificates, type, engine);
      }
      checkNames(certificates[0]);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] certificates, String type)
        throws CertificateException {
      throw new CertificateException("this is the trust of a server");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] certificates, String type, Socket socket)
        throws CertificateException {
      checkServerTrusted(certificates, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] certificates, String type, SSLEngine engine)
        throws CertificateException {
      checkServerTrusted(certificates, type);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return chain == null ? new X509Certificate[0] : chain.getAcceptedIssuers();
    }
  }
}
