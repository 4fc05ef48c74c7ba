package io.narthex.kernel.web;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Certificates and private keys in PEM: PKCS#8, and the older PKCS#1 (RSA) and SEC 1 (EC), which
 * are wrapped into PKCS#8 for Java.
 *
 * <pre>
 * PKCS#8:  SEQUENCE { INTEGER 0, SEQUENCE { OID algorithm, parameters }, OCTET STRING key }
 * SEC 1:   SEQUENCE { INTEGER 1, OCTET STRING d, [0] { OID curve }, [1] { BIT STRING public } }
 * </pre>
 */
final class Pem {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----\\s*([^-]*)-----END \\1-----", Pattern.DOTALL);

  /** OBJECT IDENTIFIER 1.2.840.113549.1.1.1 (rsaEncryption), and the NULL that goes with it. */
  private static final byte[] RSA = {
    6, 9, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1, 5, 0
  };

  /** OBJECT IDENTIFIER 1.2.840.10045.2.1 (ecPublicKey). */
  private static final byte[] EC = {6, 7, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 2, 1};

  private Pem() {}

  /**
   * All certificates of a text, in order.
   *
   * @throws GeneralSecurityException when there is none, or one is damaged
   */
  static List<X509Certificate> certificates(String pem) throws GeneralSecurityException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<X509Certificate> out = new ArrayList<>();
    Matcher m = BLOCK.matcher(pem);
    while (m.find()) {
      if (m.group(1).equals("CERTIFICATE")) {
        out.add(
            (X509Certificate)
                factory.generateCertificate(new ByteArrayInputStream(decode(m.group(2)))));
      }
    }
    if (out.isEmpty()) {
      throw new CertificateException(
          "failed to find any PEM data in certificate input; want a CERTIFICATE block");
    }
    return out;
  }

  /**
   * The first private key of a text.
   *
   * @throws GeneralSecurityException when there is none, or it cannot be understood
   */
  static PrivateKey privateKey(String pem) throws GeneralSecurityException {
    Matcher m = BLOCK.matcher(pem);
    while (m.find()) {
      String body = m.group(2);
      switch (m.group(1)) {
        case "PRIVATE KEY" -> {
          return pkcs8(decode(body));
        }
        case "RSA PRIVATE KEY" -> {
          refuseEncrypted(body);
          return pkcs8(sequence(new byte[] {2, 1, 0}, sequence(RSA), tagged(4, decode(body))));
        }
        case "EC PRIVATE KEY" -> {
          refuseEncrypted(body);
          byte[] key = decode(body);
          return pkcs8(sequence(new byte[] {2, 1, 0}, sequence(EC, curve(key)), tagged(4, key)));
        }
        case "ENCRYPTED PRIVATE KEY" -> refuseEncrypted("ENCRYPTED");
        default -> {}
      }
    }
    throw new InvalidKeyException(
        "failed to find any PEM data in key input; want a PRIVATE KEY block");
  }

  /**
   * Refuses a key that is not the certificate's.
   *
   * @throws GeneralSecurityException with Go's text
   */
  static void requireMatch(X509Certificate certificate, PrivateKey key)
      throws GeneralSecurityException {
    PublicKey open = certificate.getPublicKey();
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> key.getAlgorithm();
        };
    byte[] message = {1, 2, 3};
    boolean match = false;
    try {
      Signature signer = Signature.getInstance(algorithm);
      signer.initSign(key);
      signer.update(message);
      byte[] signature = signer.sign();
      Signature verifier = Signature.getInstance(algorithm);
      verifier.initVerify(open);
      verifier.update(message);
      match = verifier.verify(signature);
    } catch (InvalidKeyException | java.security.SignatureException e) {
      // Another algorithm: no match either.
    }
    if (!match) {
      throw new InvalidKeyException("tls: private key does not match public key");
    }
  }

  private static void refuseEncrypted(String body) throws InvalidKeyException {
    if (body.contains("ENCRYPTED")) {
      throw new InvalidKeyException("the key is encrypted; want one without a passphrase");
    }
  }

  private static byte[] decode(String base64) throws InvalidKeyException {
    try {
      return Base64.getMimeDecoder().decode(base64.trim());
    } catch (IllegalArgumentException e) {
      throw new InvalidKeyException("the PEM block is damaged", e);
    }
  }

  private static PrivateKey pkcs8(byte[] der) throws GeneralSecurityException {
    PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(der);
    for (String algorithm : new String[] {"RSA", "EC", "EdDSA"}) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(spec);
      } catch (java.security.spec.InvalidKeySpecException e) {
        // Of another algorithm.
      }
    }
    throw new InvalidKeyException("cannot understand the private key; want RSA, EC or Ed25519");
  }

  /** The {@code [0] { OID curve }} of a SEC 1 key, without its tag. */
  private static byte[] curve(byte[] der) throws InvalidKeyException {
    try {
      int at = content(der, 0);
      at = content(der, at) + length(der, at);
      at = content(der, at) + length(der, at);
      if ((der[at] & 0xff) == 0xa0) {
        int start = content(der, at);
        return java.util.Arrays.copyOfRange(der, start, start + length(der, at));
      }
    } catch (ArrayIndexOutOfBoundsException e) {
      throw new InvalidKeyException("the EC key is damaged", e);
    }
    throw new InvalidKeyException("the EC key does not name its curve");
  }

  /** Where the content of the element at a position begins. */
  private static int content(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    return at + 2 + (first < 0x80 ? 0 : first & 0x7f);
  }

  private static int length(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    if (first < 0x80) {
      return first;
    }
    int length = 0;
    for (int i = 0; i < (first & 0x7f); i++) {
      length = (length << 8) | (der[at + 2 + i] & 0xff);
    }
    return length;
  }

  private static byte[] sequence(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return tagged(0x30, all.toByteArray());
  }

  private static byte[] tagged(int tag, byte[] content) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    int n = content.length;
    if (n < 0x80) {
      out.write(n);
    } else if (n < 0x100) {
      out.write(0x81);
      out.write(n);
    } else {
      out.write(0x82);
      out.write(n >> 8);
      out.write(n);
    }
    out.writeBytes(content);
    return out.toByteArray();
  }
}
