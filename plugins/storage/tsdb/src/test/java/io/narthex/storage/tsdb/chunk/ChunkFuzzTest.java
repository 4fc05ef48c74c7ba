package io.narthex.storage.tsdb.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.NativeHistogram.Span;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.model.StaleMarker;
import io.narthex.storage.tsdb.file.CorruptionException;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever the bytes: samples or a {@link CorruptionException}, and memory in proportion. */
class ChunkFuzzTest {
  private static final int ROUNDS = Integer.getInteger("chunk.fuzz.rounds", 20_000);

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final ChunkDecoder decoder = new ChunkDecoder();
  private final SampleBatch batch = new SampleBatch(120);

  @Test
  void survivesRandomBytes() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      byte[] data = new byte[random.nextInt(1 << random.nextInt(12))];
      random.nextBytes(data);
      if (random.nextBoolean() && data.length > 4) {
        // A small count and few set bits get further.
        data[0] = 0;
        for (int i = 3; i < data.length; i++) {
          data[i] &= (byte) random.nextInt();
        }
      }
      decode((byte) (random.nextInt(8) - (random.nextInt(50) == 0 ? 20 : 0)), data, seed);
    }
  }

  @Test
  void survivesMutatedChunks() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      Encoding encoding = Encoding.values()[1 + random.nextInt(6)];
      byte[] data = chunk(random, encoding);
      for (int k = 1 + random.nextInt(4); k > 0; k--) {
        int at = random.nextInt(random.nextBoolean() ? data.length : Math.min(24, data.length));
        switch (random.nextInt(3)) {
          case 0 -> data[at] ^= (byte) (1 << random.nextInt(8));
          case 1 -> data[at] = (byte) random.nextInt();
          default -> data = Arrays.copyOf(data, Math.max(1, at));
        }
      }
      decode(encoding.code(), data, seed);
    }
  }

  private void decode(byte encoding, byte[] data, long seed) {
    // No assertion in between: those allocate, and most when they are first used; so does the first
    // exception.
    long before = threads.getCurrentThreadAllocatedBytes();
    boolean all = true;
    try {
      decoder.reset(encoding, data, 0, data.length);
      int samples = 0;
      while (decoder.read(batch) > 0) {
        samples += batch.size;
      }
      all = samples == decoder.sampleCount();
    } catch (CorruptionException e) {
      // As it should.
    } catch (RuntimeException | Error e) {
      throw new AssertionError("seed " + seed + " encoding " + encoding, e);
    }
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(all).as("seed %d: all samples are read", seed).isTrue();
    assertThat(allocated)
        .as("seed %d: bytes allocated for %d", seed, data.length)
        .isLessThan(2_000_000 + 2000L * data.length);
    try {
      if (encoding == Encoding.XOR.code()) {
        XorAppender.resume(data, 0, data.length, new XorState());
      } else if (encoding > 1 && encoding != Encoding.XOR2.code()) {
        new HistogramChunkBuilder(encoding > 4).load(encoding, data, 0, data.length);
      }
    } catch (CorruptionException e) {
      assertThat(e).hasMessageContaining("corruption");
    } catch (RuntimeException | Error e) {
      throw new AssertionError("seed " + seed + " loading encoding " + encoding, e);
    }
  }

  private static byte[] chunk(Random random, Encoding encoding) {
    int n = 1 + random.nextInt(150);
    long t = 1_700_000_000_000L;
    if (encoding.isFloat()) {
      FloatChunkBuilder b = new FloatChunkBuilder(encoding);
      for (int i = 0; i < n; i++) {
        t += 15_000 + random.nextInt(1 << random.nextInt(22));
        b.append(
            t,
            random.nextInt(20) == 0 ? StaleMarker.value() : random.nextInt(1000) / 8.0,
            random.nextInt(3) == 0 ? t - 100 : 0);
      }
      return Arrays.copyOf(b.bytes(), b.length());
    }
    boolean integer = encoding == Encoding.HISTOGRAM || encoding == Encoding.HISTOGRAM_ST;
    boolean custom = random.nextInt(3) == 0;
    HistogramChunkBuilder b = new HistogramChunkBuilder(encoding.hasStartTimestamps());
    double count = 0;
    for (int i = 0; i < n; i++) {
      t += 15_000;
      count += random.nextInt(100);
      NativeHistogram h =
          random.nextInt(100) == 0
              ? HistogramCode.stale(integer, StaleMarker.value())
              : new NativeHistogram(
                  integer,
                  ResetHint.UNKNOWN,
                  custom ? -53 : 3,
                  0.01,
                  0,
                  2 * count,
                  count / 3,
                  List.of(new Span(0, 1), new Span(2, 1)),
                  new double[] {count, count},
                  List.of(),
                  HistogramCode.NONE,
                  custom ? new double[] {1, 2, 3} : HistogramCode.NONE);
      if (!b.append(t, h, t - 3)) {
        break;
      }
    }
    return Arrays.copyOf(b.bytes(), b.length());
  }
}
