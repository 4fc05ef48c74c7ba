package io.narthex.storage.tsdb.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

class WindowPlanTest {
  @Test
  void takesAsFewBitsAsAnyChoice() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    WindowPlan plan = new WindowPlan();
    for (int round = 0; round < 2000; round++) {
      int n = 1 + random.nextInt(9);
      long[] xors = new long[n];
      plan.clear();
      for (int i = 0; i < n; i++) {
        xors[i] = (random.nextLong() | 1) >>> random.nextInt(60) << random.nextInt(5);
        plan.add(xors[i]);
      }
      short[] windows = plan.windows();
      int bits = 0;
      int leading = 0;
      int trailing = 0;
      for (int i = 0; i < n; i++) {
        if (windows[i] >= 0) {
          leading = windows[i] >>> 6;
          trailing = windows[i] & 63;
          bits += 11;
        }
        assertThat(Long.numberOfLeadingZeros(xors[i])).isGreaterThanOrEqualTo(leading);
        assertThat(Long.numberOfTrailingZeros(xors[i])).isGreaterThanOrEqualTo(trailing);
        bits += 64 - leading - trailing;
      }
      assertThat(windows[0]).isNotNegative();
      assertThat(bits).as("seed %d", seed).isEqualTo(fewest(xors));
    }
  }

  /** By trying all sets of places to open windows at. */
  private static int fewest(long[] xors) {
    int fewest = Integer.MAX_VALUE;
    for (int places = 1; places < 1 << xors.length; places += 2) {
      int bits = 0;
      for (int i = 0; i < xors.length; ) {
        int leading = 31;
        int trailing = 63;
        int from = i;
        do {
          leading = Math.min(leading, Long.numberOfLeadingZeros(xors[i]));
          trailing = Math.min(trailing, Long.numberOfTrailingZeros(xors[i]));
          i++;
        } while (i < xors.length && ((places >>> i) & 1) == 0);
        bits += 11 + (i - from) * (64 - leading - trailing);
      }
      fewest = Math.min(fewest, bits);
    }
    return fewest;
  }

  @Test
  void plansTheLongestChunk() {
    FloatChunkBuilder b = new FloatChunkBuilder();
    for (int i = 0; i < 0xffff; i++) {
      b.append(i, i % 7);
    }
    assertThat(b.length()).isPositive();
    assertThat(ChunkDecoder.sampleCount((byte) 1, b.bytes(), 0)).isEqualTo(0xffff);
  }
}
