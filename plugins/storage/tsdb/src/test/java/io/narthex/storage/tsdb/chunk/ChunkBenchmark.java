package io.narthex.storage.tsdb.chunk;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.NativeHistogram.Span;
import io.narthex.api.model.SampleBatch;
import io.narthex.storage.tsdb.file.CorruptionException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Time for one sample of chunks with 120 of them. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class ChunkBenchmark {
  private static final int SERIES = 200;
  private static final int SAMPLES = 120;
  private static final int ALL = SERIES * SAMPLES;

  @Param({"constant", "counter", "gauge-2-decimals", "ratio", "jitter"})
  public String data = "";

  private final long[][] times = new long[SERIES][SAMPLES];
  private final double[][] values = new double[SERIES][SAMPLES];
  private final NativeHistogram[] histograms = new NativeHistogram[SAMPLES];
  private byte[][] xor = new byte[0][];
  private byte[][] xor2 = new byte[0][];
  private byte[] histogram = new byte[0];
  private final ChunkDecoder decoder = new ChunkDecoder();
  private final SampleBatch batch = new SampleBatch(SAMPLES);
  private final FloatChunkBuilder builder = new FloatChunkBuilder();
  private final FloatChunkBuilder builder2 = new FloatChunkBuilder(Encoding.XOR2);
  private final HistogramChunkBuilder histogramBuilder = new HistogramChunkBuilder();
  private final XorState state = new XorState();
  private final MemorySegment slab = Arena.global().allocate(1 << 16);

  @Setup
  public void setup() {
    xor = new byte[SERIES][];
    xor2 = new byte[SERIES][];
    for (int s = 0; s < SERIES; s++) {
      SampleShapes.fill(data, s, times[s], values[s]);
      builder.reset();
      builder2.reset();
      for (int i = 0; i < SAMPLES; i++) {
        builder.append(times[s][i], values[s][i]);
        builder2.append(times[s][i], values[s][i]);
      }
      xor[s] = Arrays.copyOf(builder.bytes(), builder.length());
      xor2[s] = Arrays.copyOf(builder2.bytes(), builder2.length());
    }
    double[] buckets = new double[20];
    double count = 0;
    for (int i = 0; i < SAMPLES; i++) {
      for (int b = 0; b < buckets.length; b++) {
        double more = Math.floor(values[i][b] % 7);
        buckets[b] += more;
        count += more;
      }
      histograms[i] =
          new NativeHistogram(
              true,
              ResetHint.UNKNOWN,
              3,
              1e-128,
              0,
              count,
              count * 1.5,
              List.of(new Span(0, 12), new Span(3, 8)),
              buckets.clone(),
              List.of(),
              new double[0],
              new double[0]);
    }
    encodeHistograms();
    histogram = Arrays.copyOf(histogramBuilder.bytes(), histogramBuilder.length());
  }

  @Benchmark
  @OperationsPerInvocation(ALL)
  public double decodeXor() throws CorruptionException {
    return decode(xor, Encoding.XOR.code());
  }

  @Benchmark
  @OperationsPerInvocation(ALL)
  public double decodeXor2() throws CorruptionException {
    return decode(xor2, Encoding.XOR2.code());
  }

  private double decode(byte[][] chunks, byte encoding) throws CorruptionException {
    double sum = 0;
    for (byte[] chunk : chunks) {
      decoder.reset(encoding, chunk, 0, chunk.length);
      decoder.read(batch);
      sum += batch.values[SAMPLES - 1];
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(ALL)
  public int encodeXorOnTheHeap() {
    int bytes = 0;
    for (int s = 0; s < SERIES; s++) {
      builder.reset();
      for (int i = 0; i < SAMPLES; i++) {
        builder.append(times[s][i], values[s][i]);
      }
      bytes += builder.length();
    }
    return bytes;
  }

  @Benchmark
  @OperationsPerInvocation(ALL)
  public int encodeXor2OnTheHeap() {
    int bytes = 0;
    for (int s = 0; s < SERIES; s++) {
      builder2.reset();
      for (int i = 0; i < SAMPLES; i++) {
        builder2.append(times[s][i], values[s][i]);
      }
      bytes += builder2.length();
    }
    return bytes;
  }

  @Benchmark
  @OperationsPerInvocation(ALL)
  public int encodeXorInNativeMemory() {
    int bytes = 0;
    for (int s = 0; s < SERIES; s++) {
      state.clear();
      int length = 0;
      for (int i = 0; i < SAMPLES; i++) {
        length = XorAppender.append(slab, 0, state, times[s][i], values[s][i]);
      }
      bytes += length;
    }
    return bytes;
  }

  @Benchmark
  @OperationsPerInvocation(SAMPLES)
  public double decodeHistograms() throws CorruptionException {
    decoder.reset(Encoding.HISTOGRAM.code(), histogram, 0, histogram.length);
    decoder.read(batch);
    return batch.timestamps[SAMPLES - 1];
  }

  @Benchmark
  @OperationsPerInvocation(SAMPLES)
  public int encodeHistograms() {
    histogramBuilder.reset();
    for (int i = 0; i < SAMPLES; i++) {
      histogramBuilder.append(15_000L * i, histograms[i]);
    }
    return histogramBuilder.length();
  }
}
