package io.narthex.rules.groups.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A short walk of {@link RuleFileFuzz}; {@code -Drules.fuzz.rounds} makes it a long one. */
@Timeout(300)
class RuleFileFuzzTest {
  private static final int ROUNDS = Integer.getInteger("rules.fuzz.rounds", 3_000);

  @Test
  void examplesAreGoodFiles() {
    assertThat(RuleFileFuzz.EXAMPLES)
        .allMatch(text -> RuleFileFuzz.check(text.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void whateverAFileHoldsThereAreGroupsOrErrors() {
    long first = System.nanoTime();
    int good = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long seed = first + round;
      byte[] input = mutated(new Random(seed));
      try {
        good += RuleFileFuzz.check(input) ? 1 : 0;
      } catch (RuntimeException | Error e) {
        throw new AssertionError(
            "seed " + seed + ":\n" + new String(input, StandardCharsets.UTF_8), e);
      }
    }
    // Both ways are gone.
    assertThat(good).isBetween(1, ROUNDS - 1);
  }

  private static byte[] mutated(Random random) {
    String example = RuleFileFuzz.EXAMPLES.get(random.nextInt(RuleFileFuzz.EXAMPLES.size()));
    byte[] input = example.getBytes(StandardCharsets.UTF_8);
    for (int n = 1 + random.nextInt(3); n > 0; n--) {
      int at = random.nextInt(input.length + 1);
      int to = Math.min(input.length, at + random.nextInt(1 << random.nextInt(6)));
      input =
          switch (random.nextInt(5)) {
            case 0 -> replaced(input, at, to, new byte[0]);
            case 1 -> replaced(input, at, to, new byte[] {(byte) random.nextInt()});
            case 2 -> {
              byte[] piece = Arrays.copyOfRange(input, at, to);
              yield replaced(input, random.nextInt(input.length + 1), -1, piece);
            }
            default -> {
              String word = RuleFileFuzz.WORDS.get(random.nextInt(RuleFileFuzz.WORDS.size()));
              byte[] bytes =
                  word.repeat(random.nextInt(20) == 0 ? 500 : 1).getBytes(StandardCharsets.UTF_8);
              yield replaced(input, at, random.nextBoolean() ? at : to, bytes);
            }
          };
    }
    return input;
  }

  /** {@code to} below {@code from}: nothing is taken away. */
  private static byte[] replaced(byte[] input, int from, int to, byte[] by) {
    int end = Math.max(from, to);
    byte[] out = new byte[from + by.length + input.length - end];
    System.arraycopy(input, 0, out, 0, from);
    System.arraycopy(by, 0, out, from, by.length);
    System.arraycopy(input, end, out, from + by.length, input.length - end);
    return out;
  }
}
