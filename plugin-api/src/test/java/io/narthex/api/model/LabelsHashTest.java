package io.narthex.api.model;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LabelsHashTest {
  @Test
  void isXxh64() {
    // Vectors of the xxHash specification and of its reference implementation.
    assertThat(hash("")).isEqualTo(0xEF46DB3751D8E999L);
    assertThat(hash("a")).isEqualTo(0xD24EC4F1A98C6E5BL);
    assertThat(hash("abc")).isEqualTo(0x44BC2CF5AD770999L);
    assertThat(hash("Nobody inspects the spammish repetition")).isEqualTo(0xFBCEA83C8A378BF1L);
  }

  private static long hash(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    return XxHash64.of(bytes, bytes.length);
  }

  @Test
  void hashesNamesAndValuesBehindTheirLengths() {
    byte[] encoded = {1, 'a', 2, 'b', 'c', 1, 'd', 2, (byte) 0xC3, (byte) 0xA9};
    assertThat(new LabelsHash().hash(Labels.of("a", "bc", "d", "é")))
        .isEqualTo(XxHash64.of(encoded, encoded.length));
  }

  @Test
  void writesLongLengthsInFourBytes() {
    byte[] encoded = new byte[2 + 4 + 255];
    Arrays.fill(encoded, (byte) 'x');
    encoded[0] = 1;
    encoded[1] = 'a';
    encoded[2] = (byte) 255;
    encoded[3] = (byte) 255;
    encoded[4] = 0;
    encoded[5] = 0;
    assertThat(new LabelsHash().hash(Labels.of("a", "x".repeat(255))))
        .isEqualTo(XxHash64.of(encoded, encoded.length));
  }

  @Test
  void spreadsLabelsEvenly() {
    LabelsHash hash = new LabelsHash();
    int below = 0;
    long seed = 42;
    Random random = new Random(seed);
    for (int i = 0; i < 10_000; i++) {
      double place = hash.place(Labels.of("n", Long.toString(random.nextLong())));
      assertThat(place).as("seed %d", seed).isBetween(0.0, 1.0);
      below += place < 0.25 ? 1 : 0;
    }
    assertThat(below).as("seed %d", seed).isBetween(2300, 2700);
  }
}
