package io.narthex.exporter.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ByteCursorTest {
  private static ByteCursor over(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return new ByteCursor().over("file", bytes, bytes.length);
  }

  @Test
  void walksOverLinesAndFields() throws Exception {
    ByteCursor in = over("a  12\tx\n\nlast");

    assertThat(in.nextLine()).isTrue();
    assertThat(in.countFields()).isEqualTo(3);
    assertThat(in.field()).isEqualTo("a");
    assertThat(in.unsigned()).isEqualTo(12);
    assertThat(in.hasField()).isTrue();
    assertThat(in.rest()).isEqualTo("x");
    assertThat(in.hasField()).isFalse();
    assertThat(in.nextLine()).isTrue();
    assertThat(in.hasField()).isFalse();
    assertThat(in.nextLine()).isTrue();
    assertThat(in.rest()).isEqualTo("last");
    assertThat(in.nextLine()).isFalse();
  }

  @Test
  void saysWhereInTheFileSomethingIsWrong() {
    ByteCursor in = over("first\ncpu0 1 x2\n");
    in.nextLine();
    in.nextLine();
    in.skipField();
    in.skipField();

    assertThatThrownBy(in::unsigned)
        .isInstanceOf(MalformedFileException.class)
        .hasMessage("cannot parse file:2:8: got 'x', want a number");
  }

  @Test
  void refusesNumbersWithATail() {
    ByteCursor in = over("12x 3\n");
    in.nextLine();
    assertThatThrownBy(in::unsigned).hasMessageContaining("got \"12x\", want a number");
  }

  @Test
  void readsUnsignedNumbersAsTheirTextSays() throws Exception {
    long seed = System.nanoTime();
    SplittableRandom random = new SplittableRandom(seed);
    for (int i = 0; i < 100_000; i++) {
      long value = random.nextLong() >>> random.nextInt(64);
      ByteCursor in = over(Long.toUnsignedString(value) + "\n");
      in.nextLine();
      assertThat(in.unsigned()).as("seed %s", seed).isEqualTo(value);
      assertThat(ByteCursor.toDouble(value))
          .as("seed %s", seed)
          .isEqualTo(new BigInteger(Long.toUnsignedString(value)).doubleValue());
    }
  }

  @Test
  void refusesNumbersOfMoreThan64Bits() {
    for (String text :
        new String[] {"18446744073709551616", "18446744073709551620", "99999999999999999999"}) {
      ByteCursor in = over(text + "\n");
      in.nextLine();
      assertThatThrownBy(in::unsigned).isInstanceOf(MalformedFileException.class);
    }
  }
}
