package io.narthex.storage.tsdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The fuzz targets with their seeds and some thousand variations of them; Jazzer goes further. */
class FuzzTargetsTest {
  private static final int ROUNDS = Integer.getInteger("fuzz.rounds", 1500);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "chunk.ChunkFuzz",
        "wal.RecordFuzz",
        "wal.SegmentFuzz",
        "wal.SnapshotFuzz",
        "wal.HeadChunkFuzz",
        "block.TombstonesFuzz",
        "block.MetaFuzz",
        "block.IndexFuzz",
        "block.ChunkSegmentFuzz",
        "command.OpenMetricsFuzz"
      })
  void nothingButTheErrorForCorruptionComesOut(String name) throws Exception {
    Class<?> target = Class.forName(Fuzz.class.getPackageName() + "." + name);
    Method run = target.getMethod("fuzzerTestOneInput", byte[].class);
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<byte[]> seeds = Fuzz.seeds(target);
    assertThat(seeds).isNotEmpty();
    for (byte[] each : seeds) {
      run(run, each, name, seed);
    }
    for (int i = 0; i < ROUNDS; i++) {
      byte[] input = seeds.get(random.nextInt(seeds.size())).clone();
      for (int k = 1 + random.nextInt(4); k > 0 && input.length > 0; k--) {
        int at = random.nextInt(random.nextBoolean() ? input.length : Math.min(32, input.length));
        switch (random.nextInt(4)) {
          case 0 -> input[at] ^= (byte) (1 << random.nextInt(8));
          case 1 -> input[at] = (byte) random.nextInt();
          case 2 -> input[at] = (byte) (random.nextBoolean() ? 0xff : 0x7f);
          default -> input = Arrays.copyOf(input, random.nextInt(8) == 0 ? at : input.length);
        }
      }
      run(run, input, name, seed);
    }
  }

  private static void run(Method target, byte[] input, String name, long seed) throws Exception {
    try {
      target.invoke(null, (Object) input);
    } catch (InvocationTargetException e) {
      throw new AssertionError(
          name + ", seed " + seed + ": " + HexFormat.of().formatHex(input), e.getCause());
    }
  }
}
