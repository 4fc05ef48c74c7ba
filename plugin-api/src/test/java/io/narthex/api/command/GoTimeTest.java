package io.narthex.api.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.time.DateTimeException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GoTimeTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "1.5, 1.5",
    "-1e3, -1000",
    "1970-01-01T00:00:00Z, 0",
    "2023-11-14T22:13:20.25Z, 1700000000.25",
    "2023-11-15T00:13:20+02:00, 1700000000",
    "2023-11-14T20:43:20-01:30, 1700000000",
    "1969-12-31T23:59:59Z, -1",
  })
  void readsSecondsAndRfc3339(String text, BigDecimal seconds) {
    assertThat(GoTime.parse(text)).isEqualByComparingTo(seconds);
  }

  @Test
  void isExactToTheNanosecond() {
    assertThat(GoTime.parse("2023-11-14T22:13:20.1234567899Z"))
        .isEqualByComparingTo("1700000000.123456789");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "1m",
        "1e999",
        "2023-02-30T00:00:00Z",
        "2023-11-14T24:00:00Z",
        "2023-11-14 22:13:20Z",
        "2023-11-14T22:13Z",
        "2023-11-14T22:13:20"
      })
  void refusesWhatIsNoTime(String text) {
    assertThatThrownBy(() -> GoTime.parse(text))
        .isInstanceOf(DateTimeException.class)
        .hasMessageStartingWith("cannot parse \"" + text)
        .hasMessageEndingWith(" to a valid timestamp");
  }
}
