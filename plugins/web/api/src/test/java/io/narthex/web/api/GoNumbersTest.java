package io.narthex.web.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GoNumbersTest {
  /** Expected texts are what Prometheus's query API answers for the literal. */
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-0.0, -0",
    "1, 1",
    "-1.5, -1.5",
    "0.1, 0.1",
    "100, 100",
    "1e15, 1000000000000000",
    "123456789012345680, 123456789012345680",
    "1e20, 100000000000000000000",
    "1e21, 1e+21",
    "1.5e300, 1.5e+300",
    "0.000001, 0.000001",
    "0.0000012345, 0.0000012345",
    "9.9e-7, 9.9e-07",
    "1e-7, 1e-07",
    "-2.5e-10, -2.5e-10",
    "5e-324, 5e-324",
    "1e-323, 1e-323",
    "1.7976931348623157e308, 1.7976931348623157e+308",
    "0.30000000000000004, 0.30000000000000004",
    "1234.5678, 1234.5678",
    "NaN, NaN",
    "Infinity, +Inf",
    "-Infinity, -Inf",
    "1e22, 1e+22",
    "2e23, 2e+23"
  })
  void writesAsGo(double value, String expected) throws IOException {
    assertThat(text(value)).isEqualTo(expected);
  }

  @Test
  void readsBackAsTheSameValue() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 100_000; i++) {
      double value =
          i % 2 == 0
              ? Double.longBitsToDouble(random.nextLong())
              : random.nextInt(2_000_000) / 1000.0 * Math.pow(10, random.nextInt(12) - 6);
      if (Double.isFinite(value)) {
        assertThat(Double.parseDouble(text(value)))
            .as("seed %d, value %s", seed, value)
            .isEqualTo(value);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1000, 1",
    "1500, 1.500",
    "1435781451781, 1435781451.781",
    "-1, -0.001",
    "7, 0.007",
    "-61500, -61.500"
  })
  void writesTimestampsAsSeconds(long millis, String expected) throws IOException {
    Ascii out = new Ascii();
    GoNumbers.appendTimestamp(millis, out);
    assertThat(drain(out)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "1e21, 1000000000000000000000",
    "-1.5e22, -15000000000000000000000",
    "1e-10, 0.0000000001",
    "0.1, 0.1",
    "-0.0, -0",
    "NaN, NaN",
    "-Infinity, -Inf"
  })
  void writesScalarsWithoutExponent(double value, String expected) throws IOException {
    Ascii out = new Ascii();
    GoNumbers.appendWithoutExponent(value, out);
    assertThat(drain(out)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1000, 1",
    "1500, 1.5",
    "570, 0.57",
    "7, 0.007",
    "1435781451781, 1435781451.781",
    "-1, -0.001",
    "-500, -0.5",
    "-61520, -61.52"
  })
  void writesShortTimestamps(long millis, String expected) throws IOException {
    Ascii out = new Ascii();
    GoNumbers.appendShortTimestamp(millis, out);
    assertThat(drain(out)).isEqualTo(expected);
  }

  private static String text(double value) throws IOException {
    Ascii out = new Ascii();
    GoNumbers.append(value, out);
    return drain(out);
  }

  private static String drain(Ascii out) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    out.drainTo(bytes);
    return bytes.toString(StandardCharsets.US_ASCII);
  }

  @Test
  void writesTheValuesOfAlertsWithAnExponent() {
    assertThat(GoNumbers.withExponent(1)).isEqualTo("1e+00");
    assertThat(GoNumbers.withExponent(-0.000000255)).isEqualTo("-2.55e-07");
    assertThat(GoNumbers.withExponent(1234500)).isEqualTo("1.2345e+06");
    assertThat(GoNumbers.withExponent(1e300)).isEqualTo("1e+300");
    assertThat(GoNumbers.withExponent(0)).isEqualTo("0e+00");
    assertThat(GoNumbers.withExponent(-0.0)).isEqualTo("-0e+00");
    assertThat(GoNumbers.withExponent(Double.NaN)).isEqualTo("NaN");
    assertThat(GoNumbers.withExponent(Double.NEGATIVE_INFINITY)).isEqualTo("-Inf");
    assertThat(GoNumbers.withExponent(5e-324)).isEqualTo("5e-324");
  }
}
