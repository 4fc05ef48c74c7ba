package io.narthex.storage.tsdb.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.model.SampleBatch;
import io.narthex.api.model.StaleMarker;
import io.narthex.storage.tsdb.file.CorruptionException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class XorChunkTest {
  @Test
  void writesTheBitsOfTheFormat() {
    FloatChunkBuilder b = new FloatChunkBuilder();
    assertThat(hex(b)).isEqualTo("0000");
    b.append(1000, 1.0);
    // count, varint 2000, 1.0
    assertThat(hex(b)).isEqualTo("0001d00f3ff0000000000000");
    b.append(2000, 1.0);
    // uvarint 1000, then 0: the value is the same
    assertThat(hex(b)).isEqualTo("0002d00f3ff0000000000000e80700");
    b.append(3000, 1.0);
    // 0: dod 0, 0: the same
    assertThat(hex(b)).isEqualTo("0003d00f3ff0000000000000e80700");
    b.append(4001, 2.0);
    // After three 0s: 10 00000000000001 (dod 1), 11 00001 001011 + 11 ones (1.0 ^ 2.0 is 0x7ff <<
    // 52)
    // 00010000 00000000 00111000 01001011 11111111 11100000
    assertThat(hex(b)).isEqualTo("0004d00f3ff0000000000000e8071000384bffe0");
  }

  @Test
  void readsBackWhatWasWritten() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 400; round++) {
      int n = 1 + random.nextInt(200);
      long[] times = new long[n];
      double[] values = new double[n];
      samples(random, times, values);
      FloatChunkBuilder builder = new FloatChunkBuilder();
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment slab = arena.allocate(n * 20L + 64);
        slab.fill((byte) 0xa5);
        XorState state = new XorState();
        byte[] before = new byte[0];
        for (int i = 0; i < n; i++) {
          builder.append(times[i], values[i]);
          int length = XorAppender.append(slab, 5, state, times[i], values[i]);
          byte[] now = slab.asSlice(5, length).toArray(ValueLayout.JAVA_BYTE);
          for (int j = 2; j < before.length - 1; j++) {
            assertThat(now[j]).isEqualTo(before[j]);
          }
          before = now;
          if (i == n / 2) {
            XorState resumed = new XorState();
            XorAppender.resume(now, 0, length, resumed);
            resumed.memory = state.memory;
            state = resumed;
          }
        }
        assertSamples(before, 0, before.length, times, values, random, seed);
      }
      assertThat(builder.minTime()).isEqualTo(times[0]);
      assertThat(builder.maxTime()).isEqualTo(times[n - 1]);
      assertThat(builder.sampleCount()).isEqualTo(n);
      byte[] shifted = new byte[builder.length() + 3];
      Arrays.fill(shifted, (byte) 0xff);
      System.arraycopy(builder.bytes(), 0, shifted, 2, builder.length());
      assertThat(ChunkDecoder.sampleCount(Encoding.XOR.code(), shifted, 2)).isEqualTo(n);
      assertSamples(shifted, 2, builder.length(), times, values, random, seed);
    }
  }

  private static void assertSamples(
      byte[] data, int offset, int length, long[] times, double[] values, Random random, long seed)
      throws CorruptionException {
    ChunkDecoder decoder = new ChunkDecoder();
    decoder.reset(Encoding.XOR.code(), data, offset, length);
    assertThat(decoder.sampleCount()).isEqualTo(times.length);
    SampleBatch batch = new SampleBatch(1 + random.nextInt(130));
    int at = 0;
    while (decoder.read(batch) > 0) {
      for (int i = 0; i < batch.size; i++, at++) {
        assertThat(batch.timestamps[i]).as("seed %d", seed).isEqualTo(times[at]);
        assertThat(Double.doubleToRawLongBits(batch.values[i]))
            .as("seed %d", seed)
            .isEqualTo(Double.doubleToRawLongBits(values[at]));
      }
    }
    assertThat(at).isEqualTo(times.length);
  }

  static void samples(Random random, long[] times, double[] values) {
    long t = random.nextInt(4) == 0 ? random.nextLong() >> 2 : 1_700_000_000_000L;
    double v = 0;
    int jitter = 1 << random.nextInt(22);
    int kind = random.nextInt(6);
    for (int i = 0; i < times.length; i++) {
      times[i] = t;
      values[i] = v;
      t += 15_000;
      if (random.nextBoolean()) {
        t += random.nextInt(jitter);
      }
      if (random.nextInt(200) == 0) {
        t += random.nextLong() >>> (8 + random.nextInt(40));
      }
      v =
          switch (kind) {
            case 0 -> v + random.nextInt(100);
            case 1 -> Double.longBitsToDouble(random.nextLong());
            case 2 -> Math.round(random.nextGaussian() * 100) / 100.0;
            case 3 -> random.nextInt(9) == 0 ? StaleMarker.value() : 17;
            case 4 -> -v + 0.5;
            default -> 3;
          };
    }
    // The edges of the ranges of deltas of deltas.
    long[] edges = {8191, 8192, 8193, 65535, 65536, 65537, 524287, 524288, 524289};
    if (random.nextBoolean() && times.length > 40) {
      long delta = 1_000_000;
      for (int i = 0; i < edges.length; i++) {
        times[2 * i + 2] = times[2 * i + 1] + (delta += edges[i]);
        times[2 * i + 3] = times[2 * i + 2] + (delta -= edges[i]);
      }
      for (int i = 2 * edges.length + 2; i < times.length; i++) {
        times[i] = times[i - 1] + 15_000;
      }
    }
  }

  @Test
  void refusesUnknownEncodingsAndEmptyData() {
    ChunkDecoder decoder = new ChunkDecoder();
    for (byte code : new byte[] {0, 7, -1}) {
      assertThatThrownBy(() -> decoder.reset(code, new byte[40], 0, 40))
          .isInstanceOf(CorruptionException.class);
    }
    assertThatThrownBy(() -> decoder.reset((byte) 1, new byte[40], 0, 1))
        .isInstanceOf(CorruptionException.class);
  }

  @Test
  void hasNoSamplesWhenTheCountIsZero() throws Exception {
    ChunkDecoder decoder = new ChunkDecoder();
    decoder.reset((byte) 1, new byte[2], 0, 2);
    assertThat(decoder.read(new SampleBatch(10))).isZero();
  }

  @Test
  void reportsAChunkThatIsCutShort() {
    FloatChunkBuilder b = new FloatChunkBuilder();
    for (int i = 0; i < 50; i++) {
      b.append(i * 1000L, i * 1.1);
    }
    ChunkDecoder decoder = new ChunkDecoder();
    for (int length = 2; length < b.length(); length++) {
      int cut = length;
      assertThatThrownBy(
              () -> {
                decoder.reset((byte) 1, b.bytes(), 0, cut);
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
