package io.narthex.storage.tsdb.wal;

import io.narthex.storage.tsdb.file.RealDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Logging of groups of samples, and reading a log of 100,000 series and 500,000 samples. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class WalBenchmark {
  private static final int GROUP = 2_000;
  private static final int SERIES = 100_000;
  private static final int SAMPLES = 500_000;

  @Param({"NONE", "SNAPPY", "ZSTD"})
  public Compression compression = Compression.SNAPPY;

  private final RealDisk disk = new RealDisk();
  private final RecordBuffer group = new RecordBuffer();
  private final long[] refs = new long[GROUP];
  private final long[] times = new long[GROUP];
  private final double[] values = new double[GROUP];
  private Path directory = Path.of("");
  private Path written = Path.of("");

  @SuppressWarnings("NullAway.Init") // Made before the first run.
  private WalWriter writer;

  private WalWriter open(Path at) throws IOException {
    return WalWriter.open(
        disk,
        at,
        compression,
        Segments.DEFAULT_SIZE,
        WalWriter.Sync.SEGMENT,
        Runnable::run,
        new WalMetrics());
  }

  @Setup
  public void setUp() throws IOException {
    directory = Files.createTempDirectory("wal-benchmark");
    written = directory.resolve("written");
    Random random = new Random(1);
    try (WalWriter to = open(written)) {
      for (int i = 0; i < SERIES; i += GROUP) {
        group.clear();
        Records.beginSeries(group);
        for (int j = i; j < i + GROUP; j++) {
          byte[] labels =
              ("\u0008__name__\u0006metric\u0004path\u0006" + String.format("%06d", j))
                  .getBytes(StandardCharsets.UTF_8);
          Records.series(group, j + 1, 2, labels, 0, labels.length);
        }
        Records.endSeries(group);
        to.log(group);
      }
      for (int i = 0; i < SAMPLES; i += GROUP) {
        for (int j = 0; j < GROUP; j++) {
          refs[j] = ((long) i + j) % SERIES + 1;
          times[j] = 1_700_000_000_000L + (long) (i / SERIES) * 10_000L;
          values[j] = random.nextInt(100_000);
        }
        group.clear();
        Records.samples(refs, times, values, GROUP, group);
        to.log(group);
      }
    }
    writer = open(directory.resolve("log"));
  }

  @TearDown
  public void tearDown() throws IOException {
    writer.close();
    disk.delete(directory);
  }

  /** Encoding and writing, for each sample. */
  @Benchmark
  @OperationsPerInvocation(GROUP)
  public int log() throws IOException {
    group.clear();
    Records.samples(refs, times, values, GROUP, group);
    writer.log(group);
    int segment = writer.position().segment();
    writer.truncate(segment);
    return segment;
  }

  /** Reading with one thread, for each sample. */
  @Benchmark
  @OperationsPerInvocation(SAMPLES)
  public long replay() throws IOException {
    return replay(1);
  }

  /** Reading with two threads, for each sample. */
  @Benchmark
  @OperationsPerInvocation(SAMPLES)
  public long replayByTwo() throws IOException {
    return replay(2);
  }

  private long replay(int threads) throws IOException {
    long[] sum = {0};
    WalReplay.run(
        disk,
        Segments.list(disk, written),
        new WalReplay.Handler() {
          @Override
          public void samples(SampleRecord record) {
            for (int i = 0; i < record.size; i++) {
              sum[0] += record.refs[i];
            }
          }
        },
        threads);
    return sum[0];
  }
}
