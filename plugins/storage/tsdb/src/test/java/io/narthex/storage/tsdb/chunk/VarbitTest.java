package io.narthex.storage.tsdb.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class VarbitTest {
  @Test
  void takesTheBitsOfTheTable() {
    assertInt(0, 1);
    int[] sizes = {3, 6, 9, 12, 18, 25, 56};
    for (int i = 0; i < sizes.length; i++) {
      long high = 1L << (sizes[i] - 1);
      assertInt(high, i + 2 + sizes[i]);
      assertInt(-high + 1, i + 2 + sizes[i]);
      int next = i == 6 ? 72 : i + 3 + sizes[i + 1];
      assertInt(high + 1, next);
      assertInt(-high, next);
      assertUint((1L << sizes[i]) - 1, i + 2 + sizes[i]);
      assertUint(1L << sizes[i], next);
    }
    assertInt(Long.MIN_VALUE, 72);
    assertInt(Long.MAX_VALUE, 72);
    assertUint(0, 1);
    assertUint(1, 5);
    assertUint(-1, 72);
  }

  @Test
  void readsBackAnyNumberAtAnyPosition() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    byte[] bytes = new byte[64];
    for (int i = 0; i < 100_000; i++) {
      long v = random.nextLong() >> random.nextInt(64);
      int pos = random.nextInt(30);
      random.nextBytes(bytes);
      int end = Varbit.putInt(bytes, pos, v);
      assertThat(Varbit.intAt(bytes, pos)).as("seed %d", seed).isEqualTo(v);
      assertThat(pos + Varbit.lengthAt(bytes, pos)).isEqualTo(end);
      end = Varbit.putUint(bytes, pos, v);
      assertThat(Varbit.uintAt(bytes, pos)).as("seed %d", seed).isEqualTo(v);
      assertThat(pos + Varbit.lengthAt(bytes, pos)).isEqualTo(end);
    }
  }

  private static void assertInt(long v, int bits) {
    byte[] bytes = new byte[32];
    assertThat(Varbit.putInt(bytes, 0, v)).as("%d", v).isEqualTo(bits);
    assertThat(Varbit.intAt(bytes, 0)).isEqualTo(v);
  }

  private static void assertUint(long v, int bits) {
    byte[] bytes = new byte[32];
    assertThat(Varbit.putUint(bytes, 0, v)).as("%d", v).isEqualTo(bits);
    assertThat(Varbit.uintAt(bytes, 0)).isEqualTo(v);
  }
}
