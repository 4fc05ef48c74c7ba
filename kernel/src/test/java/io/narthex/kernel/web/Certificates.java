package io.narthex.kernel.web;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Keys and self-signed certificates, made by the running Java's keytool. */
final class Certificates {
  private static final char[] PASSWORD = "changeit".toCharArray();

  private Certificates() {}

  /** A key and its certificate, in PEM. */
  record Pair(String certificate, String key, PrivateKey privateKey, X509Certificate x509) {
    /** Writes {@code name.crt} and {@code name.key}. */
    void write(Path directory, String name) throws Exception {
      Files.writeString(directory.resolve(name + ".crt"), certificate);
      Files.writeString(directory.resolve(name + ".key"), key);
    }
  }

  /**
   * Makes one.
   *
   * @param algorithm {@code RSA}, {@code EC}, {@code Ed25519}
   * @param names as in {@code dns:localhost,ip:127.0.0.1}
   */
  static Pair make(Path directory, String algorithm, String commonName, String names)
      throws Exception {
    Path store = Files.createTempFile(directory, "key", ".p12");
    Files.delete(store);
    List<String> size = algorithm.equals("RSA") ? List.of("-keysize", "2048") : List.of();
    List<String> command =
        new java.util.ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-J-Xshare:auto",
                "-J-XX:TieredStopAtLevel=1",
                "-genkeypair",
                "-alias",
                "key",
                "-keyalg",
                algorithm,
                "-dname",
                "CN=" + commonName,
                "-ext",
                "SAN=" + names,
                "-validity",
                "2",
                "-storetype",
                "PKCS12",
                "-keystore",
                store.toString(),
                "-storepass",
                new String(PASSWORD)));
    command.addAll(size);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IllegalStateException("keytool: " + output);
    }
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    PrivateKey key = (PrivateKey) keys.getKey("key", PASSWORD);
    X509Certificate certificate = (X509Certificate) keys.getCertificate("key");
    return new Pair(
        pem("CERTIFICATE", certificate.getEncoded()),
        pem("PRIVATE KEY", key.getEncoded()),
        key,
        certificate);
  }

  static String pem(String label, byte[] der) {
    return "-----BEGIN "
        + label
        + "-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
        + "\n-----END "
        + label
        + "-----\n";
  }

  /** The key within a PKCS#8 key: PKCS#1 for RSA, SEC 1 (without the curve) for EC. */
  static byte[] inner(byte[] pkcs8) {
    // SEQUENCE { INTEGER 0, SEQUENCE algorithm, OCTET STRING }
    int at = header(pkcs8, 0);
    at += 3;
    at = header(pkcs8, at) + length(pkcs8, at);
    return Arrays.copyOfRange(pkcs8, header(pkcs8, at), header(pkcs8, at) + length(pkcs8, at));
  }

  private static int header(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
  }

  private static int length(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    if (first < 0x80) {
      return first;
    }
    int n = 0;
    for (int i = 0; i < (first & 0x7f); i++) {
      n = (n << 8) | (der[at + 2 + i] & 0xff);
    }
    return n;
  }
}
