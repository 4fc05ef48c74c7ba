package io.narthex.kernel.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PemTest {
  @TempDir Path directory;

  private static KeyPair pair(String algorithm) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
    if (algorithm.equals("RSA")) {
      generator.initialize(2048);
    } else if (algorithm.equals("EC")) {
      generator.initialize(new ECGenParameterSpec("secp256r1"));
    }
    return generator.generateKeyPair();
  }

  @Test
  void readsPkcs8OfAllAlgorithms() throws Exception {
    for (String algorithm : new String[] {"RSA", "EC", "Ed25519"}) {
      KeyPair pair = pair(algorithm);
      assertThat(
              Pem.privateKey(Certificates.pem("PRIVATE KEY", pair.getPrivate().getEncoded()))
                  .getEncoded())
          .as(algorithm)
          .isEqualTo(pair.getPrivate().getEncoded());
    }
  }

  @Test
  void readsPkcs1() throws Exception {
    byte[] pkcs8 = pair("RSA").getPrivate().getEncoded();
    assertThat(
            Pem.privateKey(Certificates.pem("RSA PRIVATE KEY", Certificates.inner(pkcs8)))
                .getEncoded())
        .isEqualTo(pkcs8);
  }

  @Test
  void readsSec1() throws Exception {
    KeyPair pair = pair("EC");
    byte[] inner = Certificates.inner(pair.getPrivate().getEncoded());
    // SEQUENCE { 1, OCTET STRING d } becomes SEQUENCE { 1, OCTET STRING d, [0] { prime256v1 } }.
    byte[] curve = {(byte) 0xa0, 10, 6, 8, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 3, 1, 7};
    int dEnd = 2 + 3 + 2 + 32;
    ByteArrayOutputStream der = new ByteArrayOutputStream();
    der.write(0x30);
    der.write(dEnd - 2 + curve.length);
    der.write(inner, 2, dEnd - 2);
    der.writeBytes(curve);
    String pem =
        "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
            + Certificates.pem("EC PRIVATE KEY", der.toByteArray());
    assertThat(((java.security.interfaces.ECPrivateKey) Pem.privateKey(pem)).getS())
        .isEqualTo(((java.security.interfaces.ECPrivateKey) pair.getPrivate()).getS());
  }

  @Test
  void refusesWhatIsNoKey() {
    assertThatThrownBy(() -> Pem.privateKey(""))
        .hasMessageContaining("failed to find any PEM data");
    assertThatThrownBy(() -> Pem.privateKey(Certificates.pem("PRIVATE KEY", new byte[] {1, 2})))
        .hasMessageContaining("cannot understand the private key");
    assertThatThrownBy(
            () -> Pem.privateKey(Certificates.pem("ENCRYPTED PRIVATE KEY", new byte[] {1})))
        .hasMessageContaining("encrypted");
    assertThatThrownBy(
            () -> Pem.privateKey(Certificates.pem("EC PRIVATE KEY", new byte[] {0x30, 1, 2})))
        .isInstanceOf(java.security.GeneralSecurityException.class);
    assertThatThrownBy(() -> Pem.certificates("nothing"))
        .hasMessageContaining("failed to find any PEM data");
  }

  @Test
  void refusesAKeyOfAnotherCertificate() throws Exception {
    Certificates.Pair one = Certificates.make(directory, "EC", "one", "dns:one");
    Pem.requireMatch(Pem.certificates(one.certificate()).get(0), Pem.privateKey(one.key()));
    for (String algorithm : new String[] {"RSA", "EC"}) {
      assertThatThrownBy(() -> Pem.requireMatch(one.x509(), pair(algorithm).getPrivate()))
          .hasMessage("tls: private key does not match public key");
    }
  }
}
