package io.narthex.api.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GoFloatTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-0.0, -0",
    "1, 1",
    "-2.5, -2.5",
    "0.0001, 0.0001",
    "0.00001, 1e-05",
    "999999, 999999",
    "1000000, 1e+06",
    "1234567.5, 1.2345675e+06",
    "4.9E-324, 5e-324",
    "1e100, 1e+100",
    "NaN, NaN",
    "Infinity, +Inf",
    "-Infinity, -Inf"
  })
  void writesAsGoDoes(double value, String text) {
    assertThat(GoFloat.general(value)).isEqualTo(text);
  }
}
