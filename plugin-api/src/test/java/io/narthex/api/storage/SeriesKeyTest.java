package io.narthex.api.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Metadata;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SeriesKeyTest {
  private final SeriesKey key = new SeriesKey();

  @Test
  void laysLabelsOutAsTheWriteAheadLogDoes() {
    add("a", "b");
    add("le", "0.5");

    assertThat(hex()).isEqualTo("01 61 01 62 02 6c 65 03 30 2e 35");
    assertThat(key.size()).isEqualTo(2);
  }

  @Test
  void writesLongLengthsWithSeveralBytes() {
    add("a", "x".repeat(127));
    add("b", "y".repeat(128));
    add("c", "z".repeat(16_384));

    assertThat(key.length()).isEqualTo(2 + 1 + 127 + 2 + 2 + 128 + 2 + 3 + 16_384);
    assertThat(Arrays.copyOfRange(key.bytes(), 132, 134)).containsExactly(0x80, 1);
    assertThat(key.toLabels())
        .isEqualTo(Labels.of("a", "x".repeat(127), "b", "y".repeat(128), "c", "z".repeat(16_384)));
  }

  @Test
  void sortsWhatComesInAnyOrder() {
    add("job", "j");
    add("__name__", "up");
    add("instance", "i");
    add("zone", "z");
    add("aa", "1");

    assertThat(key.toString())
        .isEqualTo("{__name__=\"up\", aa=\"1\", instance=\"i\", job=\"j\", zone=\"z\"}");
  }

  @Test
  void refusesANameThatIsThere() {
    add("a", "1");
    add("b", "2");
    String before = hex();

    assertThat(add("b", "3")).isFalse();
    assertThat(add("a", "3")).isFalse();
    assertThat(hex()).isEqualTo(before);
    assertThat(key.size()).isEqualTo(2);
  }

  @Test
  void leavesOutEmptyValues() {
    assertThat(add("a", "")).isTrue();
    assertThat(add("b", "2")).isTrue();
    assertThat(add("b", "")).isTrue();

    assertThat(key.toLabels()).isEqualTo(Labels.of("b", "2"));
  }

  @Test
  void refusesAnEmptyNameAndRangesOutsideOfTheBuffer() {
    byte[] some = new byte[4];

    assertThatIllegalArgumentException()
        .isThrownBy(() -> key.add(some, 0, 0, 1, 1))
        .withMessage("cannot add a label: its name is empty");
    for (int[] bad :
        new int[][] {{-1, 1, 1, 1}, {0, 5, 1, 1}, {0, 1, 4, 1}, {0, 1, 1, -1}, {0, -1, 1, 0}}) {
      assertThatExceptionOfType(IndexOutOfBoundsException.class)
          .isThrownBy(() -> key.add(some, bad[0], bad[1], bad[2], bad[3]));
    }
    assertThat(key.size()).isZero();
  }

  @Test
  void isTheSameWhateverTheOrderOfAdding() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    String[] letters = {"a", "b", "é", "\uffff", "\ud83d\ude00", "_", "name"};
    for (int round = 0; round < 2_000; round++) {
      Labels.Builder builder = Labels.builder();
      for (int i = random.nextInt(8); i > 0; i--) {
        builder.set(text(random, letters, 4), text(random, letters, 200));
      }
      Labels labels = builder.build();
      key.set(labels);
      String sorted = hex();
      List<Integer> order = new ArrayList<>();
      for (int i = 0; i < labels.size(); i++) {
        order.add(i);
      }
      Collections.shuffle(order, random);
      key.clear();
      for (int i : order) {
        assertThat(add(labels.name(i), labels.value(i))).as("seed %d", seed).isTrue();
      }

      assertThat(hex()).as("seed %d", seed).isEqualTo(sorted);
      assertThat(key.toLabels()).as("seed %d", seed).isEqualTo(labels);
      assertThat(key.size()).as("seed %d", seed).isEqualTo(labels.size());
    }
  }

  @Test
  void asksAnAppenderForBytesWhereItTakesThem() throws Exception {
    add("a", "1");

    assertThat(KeyedAppender.series(new Plain(), key)).isEqualTo(1);
    assertThat(KeyedAppender.series(new Keyed(), key)).isEqualTo(2);
  }

  private boolean add(String name, String value) {
    byte[] both = ("xx" + name + value).getBytes(UTF_8);
    int n = name.getBytes(UTF_8).length;
    return key.add(both, 2, n, 2 + n, both.length - 2 - n);
  }

  private String hex() {
    return HexFormat.ofDelimiter(" ").formatHex(key.bytes(), 0, key.length());
  }

  private static String text(Random random, String[] letters, int most) {
    StringBuilder out = new StringBuilder();
    for (int i = 1 + random.nextInt(most); i > 0; i--) {
      out.append(letters[random.nextInt(letters.length)]);
    }
    return out.toString();
  }

  private static class Plain implements Appender {
    @Override
    public long series(Labels labels) {
      assertThat(labels).isEqualTo(Labels.of("a", "1"));
      return 1;
    }

    @Override
    public void append(AppendBatch batch, AppendErrors errors) {}

    @Override
    public @Nullable AppendError appendExemplar(long series, Exemplar exemplar) {
      return null;
    }

    @Override
    public void updateMetadata(long series, Metadata metadata) {}

    @Override
    public void commit() {}

    @Override
    public void rollback() {}
  }

  private static final class Keyed extends Plain implements KeyedAppender {
    @Override
    public long series(SeriesKey asked) {
      assertThat(asked.size()).isEqualTo(1);
      return 2;
    }
  }
}
