package io.narthex.api.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.narthex.api.Table;
import io.narthex.api.model.Quoting;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ByteSizeTest {
  static List<String[]> good() {
    return Table.read(ByteSizeTest.class, "byte-sizes.tsv", 3);
  }

  static List<String[]> bad() {
    return Table.read(ByteSizeTest.class, "byte-sizes-bad.tsv", 2);
  }

  @ParameterizedTest
  @MethodSource("good")
  void readsAndPrintsAsPrometheusDoes(String text, long bytes, String printed) {
    assertThat(ByteSize.parse(text).bytes()).isEqualTo(bytes);
    assertThat(new ByteSize(bytes)).hasToString(printed);
    assertThat(ByteSize.parse(printed).bytes()).as("read back").isEqualTo(bytes);
  }

  @ParameterizedTest
  @MethodSource("bad")
  void refusesWhatIsNoSize(String text, String want) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ByteSize.parse(text))
        .withMessage("cannot read byte size: got " + Quoting.quote(text) + ", want " + want);
  }

  @Test
  void refusesALongTextAtOnce() {
    String digits = "9".repeat(1 << 20);

    assertThatIllegalArgumentException().isThrownBy(() -> ByteSize.parse(digits + "B"));
    assertThatIllegalArgumentException().isThrownBy(() -> ByteSize.parse("0." + digits + "B"));
  }

  @Test
  void readsBackWhatItPrints() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 10_000; i++) {
      ByteSize size = new ByteSize(random.nextLong() >> random.nextInt(63));
      assertThat(ByteSize.parse(size.toString())).as("seed %d, %s", seed, size).isEqualTo(size);
    }
  }
}
