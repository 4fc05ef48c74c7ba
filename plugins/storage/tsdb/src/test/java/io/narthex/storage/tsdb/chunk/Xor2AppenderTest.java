package io.narthex.storage.tsdb.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.SampleBatch;
import io.narthex.api.model.StaleMarker;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;

class Xor2AppenderTest {
  private static final long BASE = 8 + Xor2Appender.STATE;

  private final MemorySegment slab = Arena.ofAuto().allocate(1 << 16, 8);
  private final XorState state = new XorState();

  private byte[] bytes() {
    return slab.asSlice(BASE, state.length()).toArray(ValueLayout.JAVA_BYTE);
  }

  private String hex() {
    return HexFormat.of().formatHex(bytes());
  }

  private void append(long t, double v, long st) {
    Xor2Appender.append(slab, BASE, state, t, v, st);
  }

  @Test
  void writesTheBitsOfTheFormat() {
    append(1000, 1.0, 500);
    assertThat(hex()).isEqualTo("000180d00f3ff0000000000000e807");
    append(2000, 1.0, 500);
    assertThat(hex()).isEqualTo("000280d00f3ff0000000000000e807e80700");
    append(3000, 1.0, 500);
    append(4001, 1.0, 500);
    append(5002, StaleMarker.value(), 500);
    append(6003, 2.0, 500);
    assertThat(hex()).isEqualTo("000680d00f3ff0000000000000e807e80730005fa12fff80");
    append(7004, 1.0, 5000);
    assertThat(bytes()[2]).isEqualTo((byte) 0x86);
    assertThat(Xor2Appender.lastStart(slab, BASE)).isEqualTo(5000);
  }

  @Test
  void aChunkWithoutStartTimestampsHasNoBitsForThemUpToSample127() {
    for (int i = 0; i < 127; i++) {
      append(i * 1000L, 1, 0);
    }
    assertThat(bytes()[2]).isZero();
    // count, header; varint 0, 1.0; uvarint 1000, 0; one bit for each of 125
    assertThat(state.bits).isEqualTo(24 + 8 + 64 + 16 + 1 + 125);
    append(127_000, 1, 0);
    assertThat(bytes()[2]).isEqualTo((byte) 127);
  }

  @Test
  void readsBackWhatWasWrittenAlsoByOneWhoGoesOn() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    ChunkDecoder decoder = new ChunkDecoder();
    long[] side = new long[3];
    for (int round = 0; round < 1000; round++) {
      int n = 1 + random.nextInt(300);
      long[] times = new long[n];
      double[] values = new double[n];
      long[] starts = new long[n];
      XorChunkTest.samples(random, times, values);
      int kind = random.nextInt(5);
      int change = random.nextInt(200);
      int resumeAt = random.nextInt(n);
      state.clear();
      for (int i = 0; i < n; i++) {
        if (random.nextInt(30) == 0) {
          values[i] = StaleMarker.value();
        }
        starts[i] =
            switch (kind) {
              case 0 -> 0;
              case 1 -> 77;
              case 2 -> i < change ? 0 : times[i - random.nextInt(i + 1)];
              case 3 -> i == 0 ? times[0] - 1 : times[i - 1];
              default -> i < change ? times[0] - 1 : random.nextLong() >> random.nextInt(63);
            };
        if (i == resumeAt && i > 0) {
          // What is beside the chunk is made anew, and garbage stands behind it.
          byte[] data = bytes();
          slab.fill((byte) random.nextInt());
          MemorySegment.copy(data, 0, slab, ValueLayout.JAVA_BYTE, BASE, data.length);
          long last = Xor2Appender.resume(data, 0, data.length, state, side);
          assertThat(last).as("seed %d", seed).isEqualTo(Double.doubleToRawLongBits(values[i - 1]));
          MemorySegment.copy(side, 0, slab, ValueLayout.JAVA_LONG, 8, side.length);
        }
        int length = Xor2Appender.append(slab, BASE, state, times[i], values[i], starts[i]);
        assertThat(length).isEqualTo(state.length());
      }
      decoder.reset(Encoding.XOR2.code(), bytes(), 0, state.length());
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
}
