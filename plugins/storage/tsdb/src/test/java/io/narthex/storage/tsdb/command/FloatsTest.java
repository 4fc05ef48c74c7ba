package io.narthex.storage.tsdb.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FloatsTest {
  private final Floats floats = new Floats();

  private Floats.Outcome read(String text) {
    byte[] bytes = ("<" + text + ">").getBytes(StandardCharsets.UTF_8);
    return floats.read(bytes, 1, bytes.length - 1);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "-1.5, -1.5",
    "+2, 2",
    ".5, 0.5",
    "5., 5",
    "1e3, 1000",
    "1E+3, 1000",
    "1e-3, 0.001",
    "Inf, Infinity",
    "-iNF, -Infinity",
    "+Infinity, Infinity",
    "nAn, NaN",
    "0.1234567890123456789, 0.12345678901234568",
    "123456789012345678901234567890, 1.2345678901234568E29",
    "1e-400, 0",
    "9007199254740993, 9007199254740992",
    "00000000000000000000000012, 12"
  })
  void readsWhatGoReads(String text, double expected) {
    assertThat(read(text)).isEqualTo(Floats.Outcome.OK);
    assertThat(Double.valueOf(floats.value)).isEqualTo(Double.valueOf(expected));
  }

  @ParameterizedTest
  @CsvSource({
    "'', SYNTAX",
    "., SYNTAX",
    "+, SYNTAX",
    "1e, SYNTAX",
    "1e+, SYNTAX",
    "x, SYNTAX",
    "1x, SYNTAX",
    "-nan, SYNTAX",
    "0x12, SYNTAX",
    "0x1p3, UNSUPPORTED",
    "1_000, UNSUPPORTED",
    "1e999, RANGE",
    "infin, SYNTAX",
    "1..2, SYNTAX"
  })
  void refusesWhatPrometheusRefuses(String text, Floats.Outcome expected) {
    assertThat(read(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "1000000, 1e+06",
    "123456789, 1.23456789e+08",
    "1234567.5, 1.2345675e+06",
    "100000, 100000",
    "999999, 999999",
    "0.0001, 0.0001",
    "0.00001, 1e-05",
    "123456.5, 123456.5",
    "-0.0, -0",
    "1e-320, 1e-320",
    "4.9E-324, 5e-324",
    "9.9E-324, 1e-323",
    "1.5E-323, 1.5e-323",
    "NaN, NaN",
    "Infinity, +Inf",
    "-Infinity, -Inf",
    "1.0267820369e+10, 1.0267820369e+10",
    "-3, -3",
    "1.7976931348623157E308, 1.7976931348623157e+308"
  })
  void writesAsGoDoes(double value, String expected) {
    assertThat(Floats.text(value)).isEqualTo(expected);
  }

  @Test
  void readsEachNumberThatItWrote() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int i = 0; i < 100_000; i++) {
      double v =
          switch (i % 3) {
            case 0 -> Double.longBitsToDouble(random.nextLong());
            case 1 -> random.nextInt() / 100.0;
            default -> random.nextLong() >>> random.nextInt(64);
          };
      if (Double.isNaN(v)) {
        continue;
      }
      String text = Floats.text(v);
      assertThat(read(text)).as("seed %d text %s", seed, text).isEqualTo(Floats.Outcome.OK);
      assertThat(floats.value).as("seed %d text %s", seed, text).isEqualTo(v);
    }
  }
}
