package io.narthex.storage.tsdb.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.model.SampleBatch;
import io.narthex.api.model.StaleMarker;
import io.narthex.storage.tsdb.file.CorruptionException;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Xor2ChunkTest {
  @Test
  void writesTheBitsOfTheFormat() {
    FloatChunkBuilder b = new FloatChunkBuilder(Encoding.XOR2);
    b.append(1000, 1.0, 500);
    // count, header: first start known; varint 2000, 1.0, varint 500 as 1000
    assertThat(hex(b)).isEqualTo("000180d00f3ff0000000000000e807");
    b.append(2000, 1.0, 500);
    // uvarint 1000, 0: the same
    assertThat(hex(b)).isEqualTo("000280d00f3ff0000000000000e807e80700");
    b.append(3000, 1.0, 500);
    // 0: nothing changed
    b.append(4001, 1.0, 500);
    // 110 0000000000001 (dod 1), 0: after the two bits 00 that is 00110000 00000000 010.....
    assertThat(hex(b)).isEqualTo("000480d00f3ff0000000000000e807e807300040");
    b.append(5002, StaleMarker.value(), 500);
    // 11111: 010 11111
    assertThat(hex(b)).isEqualTo("000580d00f3ff0000000000000e807e80730005f");
    b.append(6003, 2.0, 500);
    // 10 1 00001 001011 11111111111
    assertThat(hex(b)).isEqualTo("000680d00f3ff0000000000000e807e80730005fa12fff80");
    b.append(7004, 1.0, 5000);
    // 10 0 11111111111, then the first start that changes, 6003 - 5000 = 1003: 11110 001111101011
    // ...00 0000001111 | 1111111 10011111 11111111 1000...
    assertThat(b.bytes()[2]).isEqualTo((byte) 0x86);
  }

  @Test
  void readsBackWhatWasWritten() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    FloatChunkBuilder builder = new FloatChunkBuilder(Encoding.XOR2);
    ChunkDecoder decoder = new ChunkDecoder();
    for (int round = 0; round < 1000; round++) {
      int n = 1 + random.nextInt(300);
      long[] times = new long[n];
      double[] values = new double[n];
      long[] starts = new long[n];
      XorChunkTest.samples(random, times, values);
      int kind = random.nextInt(4);
      int change = random.nextInt(200);
      builder.reset();
      for (int i = 0; i < n; i++) {
        if (random.nextInt(30) == 0) {
          values[i] = StaleMarker.value();
        }
        starts[i] =
            switch (kind) {
              case 0 -> 0;
              case 1 -> 77;
              case 2 -> i < change ? 0 : times[i - random.nextInt(i + 1)];
              default -> i < change ? times[0] - 1 : random.nextLong() >> random.nextInt(63);
            };
        builder.append(times[i], values[i], starts[i]);
      }
      decoder.reset(Encoding.XOR2.code(), builder.bytes(), 0, builder.length());
      assertThat(decoder.sampleCount()).isEqualTo(n);
      SampleBatch batch = new SampleBatch(1 + random.nextInt(130));
      int at = 0;
      while (decoder.read(batch) > 0) {
        for (int i = 0; i < batch.size; i++, at++) {
          assertThat(batch.timestamps[i]).as("seed %d", seed).isEqualTo(times[at]);
          assertThat(Double.doubleToRawLongBits(batch.values[i]))
              .as("seed %d", seed)
              .isEqualTo(Double.doubleToRawLongBits(values[at]));
          assertThat(batch.hasStartTimestamps ? batch.startTimestamps[i] : 0)
              .as("seed %d", seed)
              .isEqualTo(starts[at]);
        }
      }
      assertThat(at).isEqualTo(n);
    }
  }

  @Test
  void reportsAChunkThatIsCutShort() {
    FloatChunkBuilder b = new FloatChunkBuilder(Encoding.XOR2);
    for (int i = 0; i < 50; i++) {
      b.append(i * 1000L, i * 1.1, i * 1000L - 500);
    }
    ChunkDecoder decoder = new ChunkDecoder();
    for (int length = 0; length < b.length(); length++) {
      int cut = length;
      assertThatThrownBy(
              () -> {
                decoder.reset(Encoding.XOR2.code(), b.bytes(), 0, cut);
                SampleBatch batch = new SampleBatch(64);
                while (decoder.read(batch) > 0) {}
              })
          .isInstanceOf(CorruptionException.class);
    }
  }

  private static String hex(FloatChunkBuilder b) {
    return HexFormat.of().formatHex(b.bytes(), 0, b.length());
  }
}
