package io.narthex.api.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SnappyLengthTest {
  private static int length(String hex, int bytes) throws MalformedException {
    byte[] start = HexFormat.of().parseHex(hex);
    return SnappyLength.of(
        Arrays.copyOf(start, Math.max(bytes, start.length)), bytes, 1 << 20, n -> "got " + n);
  }

  @ParameterizedTest
  @CsvSource({"00, 1, 0", "05, 10, 5", "ac02, 20, 300", "808040, 50000, 1048576"})
  void readsWhatABlockClaims(String hex, int bytes, int claimed) throws Exception {
    assertThat(length(hex, bytes)).isEqualTo(claimed);
  }

  @Test
  void refusesMoreThanIsWanted() {
    assertThatExceptionOfType(MalformedException.class)
        .isThrownBy(() -> length("818040", 1_000_000))
        .withMessage("got 1048577");
    assertThatExceptionOfType(MalformedException.class)
        .isThrownBy(() -> length("ffffffff0f", 10))
        .withMessage("got 4294967295");
  }

  @ParameterizedTest
  @CsvSource({"ac, 1", "80808080, 4", "8080808080, 10", "ffffffff1f, 10", "17, 2", "808040, 40000"})
  void refusesWhatNoBlockCanSay(String hex, int bytes) {
    assertThatExceptionOfType(MalformedException.class)
        .isThrownBy(() -> length(hex, bytes))
        .withMessage("s2: corrupt input");
  }

  @Test
  void refusesNothingAtAll() {
    assertThatExceptionOfType(MalformedException.class)
        .isThrownBy(() -> SnappyLength.of(new byte[0], 0, 10, n -> ""))
        .withMessage("s2: corrupt input");
  }
}
