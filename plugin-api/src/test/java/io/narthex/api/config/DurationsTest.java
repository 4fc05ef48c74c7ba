package io.narthex.api.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.narthex.api.Table;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class DurationsTest {
  static List<String[]> good() {
    return Table.read(DurationsTest.class, "durations.tsv", 3);
  }

  static List<String[]> bad() {
    return Table.read(DurationsTest.class, "durations-bad.tsv", 2);
  }

  @ParameterizedTest
  @MethodSource("good")
  void readsAndPrintsAsPrometheusDoes(String text, long millis, String printed) {
    assertThat(Durations.parseMillis(text)).isEqualTo(millis);
    assertThat(Durations.parse(text)).isEqualTo(Duration.ofMillis(millis));
    assertThat(Durations.format(millis)).isEqualTo(printed);
    assertThat(Durations.format(Duration.ofMillis(millis))).isEqualTo(printed);
  }

  @ParameterizedTest
  @MethodSource("bad")
  void refusesWithPrometheussText(String text, String message) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Durations.parse(text))
        .withMessage(message);
    assertThatIllegalArgumentException().isThrownBy(() -> Durations.parseMillis(text));
  }

  @ParameterizedTest
  @CsvSource({"-1, -1ms", "-5400000, -1h30m", "-604800000, -1w", "-604801000, -7d1s"})
  void printsNegativeOnesWithASign(long millis, String printed) {
    assertThat(Durations.format(millis)).isEqualTo(printed);
  }

  @Test
  void cutsOffWhatIsLessThanAMillisecond() {
    assertThat(Durations.format(Duration.ofNanos(999_999))).isEqualTo("0s");
    assertThat(Durations.format(Duration.ofNanos(1_999_999))).isEqualTo("1ms");
  }

  @Test
  void readsBackWhatItPrints() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 10_000; i++) {
      long millis = random.nextLong(1L << (1 + random.nextInt(42)));
      assertThat(Durations.parseMillis(Durations.format(millis)))
          .as("seed %d, %s", seed, Durations.format(millis))
          .isEqualTo(millis);
    }
  }
}
