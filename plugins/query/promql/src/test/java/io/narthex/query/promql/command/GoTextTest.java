package io.narthex.query.promql.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.command.GoTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GoTextTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0, 0",
    "-0.0, -0, -0",
    "1.5, 1.5, 1.5",
    "1e5, 100000, 100000",
    "1e6, 1000000, 1e+06",
    "1234567.5, 1234567.5, 1.2345675e+06",
    "1e-4, 0.0001, 0.0001",
    "1.25e-5, 0.0000125, 1.25e-05",
    "-1e100, -1" + ZEROS + ", -1e+100",
    "NaN, NaN, NaN",
    "-Infinity, -Inf, -Inf",
  })
  void writesNumbers(double value, String plain, String general) {
    assertThat(GoText.plain(value)).isEqualTo(plain);
    assertThat(GoText.general(value)).isEqualTo(general);
  }

  @Test
  void writesTheSmallestNumbersWithOneDigit() {
    assertThat(GoText.general(Double.MIN_VALUE)).isEqualTo("5e-324");
    assertThat(GoText.plain(Double.MIN_VALUE)).endsWith("0005");
  }

  private static final String ZEROS =
      "0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
          + "000000000";

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1.5, 1.5",
    "-1e3, -1000",
    "1700000000.123456789, 1700000000.1234567",
    "1970-01-01T00:00:00Z, 0",
    "2023-11-14T22:13:20.25Z, 1700000000.25",
    "2023-11-15T00:13:20+02:00, 1700000000",
    "2023-11-14T20:43:20-01:30, 1700000000",
    "1969-12-31T23:59:59Z, -1",
  })
  void readsTimes(String text, String seconds) {
    assertThat(GoText.time(GoTime.parse(text))).isEqualTo(seconds);
  }
}
