package io.narthex.kernel.web;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.NoSuchAlgorithmException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Go's names for TLS versions, curves and suites, and managers for one key and some roots. */
final class TlsSettings {
  private static final List<String> VERSIONS = List.of("TLS10", "TLS11", "TLS12", "TLS13");
  private static final List<String> PROTOCOLS = List.of("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3");

  private TlsSettings() {}

  /**
   * The protocols between two versions.
   *
   * @param min empty for TLS 1.2
   * @param max empty for TLS 1.3
   * @throws IllegalArgumentException for an unknown version, or when none is left that Java speaks
   */
  static String[] protocols(String min, String max) {
    int from = version(min.isEmpty() ? "TLS12" : min);
    int to = version(max.isEmpty() ? "TLS13" : max);
    if (to < from) {
      throw new IllegalArgumentException(
          "max_version " + max + " is below min_version " + min + "; want a range");
    }
    if (to < 2) {
      throw new IllegalArgumentException(
          "max_version "
              + max
              + " is not supported: TLS before 1.2 is broken; want TLS12 or TLS13");
    }
    return PROTOCOLS.subList(Math.max(from, 2), to + 1).toArray(String[]::new);
  }

  private static int version(String name) {
    int i = VERSIONS.indexOf(name);
    if (i < 0) {
      throw new IllegalArgumentException("unknown TLS version: " + name);
    }
    return i;
  }

  /** Java's names of curves, in order. */
  static String[] namedGroups(List<String> curves) {
    return curves.stream()
        .map(curve ->
            switch (curve) {
              case "CurveP256" -> "secp256r1";
              case "CurveP384" -> "secp384r1";
              case "CurveP521" -> "secp521r1";
              case "X25519" -> "x25519";
              default -> throw new IllegalArgumentException("unknown curve: " + curve);
            })
        .toArray(String[]::new);
  }

  /** The suites, and those of TLS 1.3, which Go does not let one choose; empty for all. */
  static String[] cipherSuites(List<String> suites) {
    if (suites.isEmpty()) {
      return new String[0];
    }
    Set<String> known;
    try {
      known = Set.of(SSLContext.getDefault().getSupportedSSLParameters().getCipherSuites());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no TLS", e);
    }
    Set<String> out = new LinkedHashSet<>(suites);
    for (String suite : suites) {
      if (!known.contains(suite)) {
        throw new IllegalArgumentException("unknown cipher: " + suite);
      }
    }
    out.addAll(
        List.of(
            "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"));
    return out.toArray(String[]::new);
  }

  /**
   * Trusts what is signed by some roots.
   *
   * @param roots null for the platform's
   */
  static X509ExtendedTrustManager trust(@Nullable List<X509Certificate> roots)
      throws GeneralSecurityException {
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    if (roots == null) {
      factory.init((KeyStore) null);
    } else {
      try {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        for (int i = 0; i < roots.size(); i++) {
          store.setCertificateEntry("root-" + i, roots.get(i));
        }
        factory.init(store);
      } catch (java.io.IOException e) {
        throw new GeneralSecurityException(e);
      }
    }
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509ExtendedTrustManager x509) {
        return x509;
      }
    }
    throw new GeneralSecurityException("this Java has no PKIX trust manager");
  }

  /** Gives one key whenever a key of its algorithm is asked for. */
  static final class OneKey extends X509ExtendedKeyManager {
    private static final String ALIAS = "key";

    private final PrivateKey key;
    private final X509Certificate[] chain;

    OneKey(PrivateKey key, List<X509Certificate> chain) {
      this.key = key;
      this.chain = chain.toArray(X509Certificate[]::new);
    }

    private @Nullable String choose(String @Nullable ... types) {
      String algorithm = key.getAlgorithm();
      return types != null
              && Arrays.stream(types)
                  .flatMap(t -> t.startsWith("EC_") ? Stream.of("EC") : Stream.of(t))
                  .anyMatch(
                      t -> t.equals(algorithm) || (t.equals("EdDSA") && algorithm.startsWith("Ed")))
          ? ALIAS
          : null;
    }

    @Override
    public String @Nullable [] getClientAliases(String type, Principal @Nullable [] issuers) {
      return choose(type) == null ? null : new String[] {ALIAS};
    }

    @Override
    public @Nullable String chooseClientAlias(
        String @Nullable [] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return choose(types);
    }

    @Override
    public @Nullable String chooseEngineClientAlias(
        String @Nullable [] types, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
      return choose(types);
    }

    @Override
    public String @Nullable [] getServerAliases(String type, Principal @Nullable [] issuers) {
      return choose(type) == null ? null : new String[] {ALIAS};
    }

    @Override
    public @Nullable String chooseServerAlias(
        String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
      return choose(type);
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
        String type, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
      return choose(type);
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return chain.clone();
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return key;
    }
  }
}
