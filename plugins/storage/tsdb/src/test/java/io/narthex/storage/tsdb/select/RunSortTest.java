package io.narthex.storage.tsdb.select;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RunSortTest {
  @Test
  void sortsStably() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 2000; round++) {
      int n = random.nextInt(round < 100 ? 4 : 200);
      int[] keys = random.ints(n, 0, 1 + random.nextInt(50)).toArray();
      if (random.nextBoolean()) {
        Arrays.sort(keys, 0, n / 2);
        Arrays.sort(keys, n / 2, n);
      }
      int[] order = IntStream.range(0, n + 3).toArray();
      RunSort.sort(order, n, (a, b) -> Integer.compare(keys[a], keys[b]));
      int[] want =
          IntStream.concat(
                  IntStream.range(0, n)
                      .boxed()
                      .sorted(Comparator.comparingInt(i -> keys[i]))
                      .mapToInt(i -> i),
                  IntStream.range(n, n + 3))
              .toArray();
      assertThat(order).as("seed %d", seed).isEqualTo(want);
    }
  }
}
