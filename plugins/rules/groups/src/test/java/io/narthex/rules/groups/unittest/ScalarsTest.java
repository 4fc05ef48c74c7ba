package io.narthex.rules.groups.unittest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ScalarsTest {
  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "-1.5e-300, -1.5e-300",
    "+.5, 0.5",
    "1_000, 1000",
    "0x1F, 31",
    "-0x10, -16",
    "0b101, 5",
    "010, 8",
    "0o17, 15",
    "0, 0",
    "08, 8",
    ".inf, Infinity",
    "-.INF, -Infinity",
    ".NaN, NaN",
    "'', 0",
    "~, 0",
    "1e400, Infinity",
  })
  void readsNumbersAsGosYamlDoes(String text, double value) {
    assertThat(Double.compare(Scalars.number(text), value)).as(text).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"NaN", "Inf", "1 2", "x", "0x", "1e", "--1", ".", "true", "1s"})
  void refusesWhatIsNoNumber(String text) {
    assertThatThrownBy(() -> Scalars.number(text))
        .hasMessage("cannot unmarshal !!str `" + text + "` into float64");
  }

  @Test
  void readsTimes() {
    assertThat(Scalars.time("")).isZero();
    assertThat(Scalars.time("1.5")).isEqualTo(1500);
    assertThat(Scalars.time("-2")).isEqualTo(-2000);
    assertThat(Scalars.time("1970-01-01T01:00:00.25+01:00")).isEqualTo(250);
    assertThatThrownBy(() -> Scalars.time("soon"))
        .hasMessage("cannot parse \"soon\" to a valid timestamp");
    assertThatThrownBy(() -> Scalars.time("1e300")).hasMessageContaining("too far");
  }
}
