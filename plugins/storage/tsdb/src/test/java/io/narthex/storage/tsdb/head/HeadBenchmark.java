package io.narthex.storage.tsdb.head;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.KeyedAppender;
import io.narthex.api.storage.SeriesKey;
import io.narthex.storage.tsdb.file.RealDisk;
import io.narthex.storage.tsdb.select.ChunkList;
import io.narthex.storage.tsdb.select.Part;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Time for one sample, or one series, of a head with 20,000 series of ten labels and a log. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 4, time = 2)
@Measurement(iterations = 5, time = 2)
public class HeadBenchmark {
  private static final int SERIES = 20_000;
  private static final int BATCH = 2_000;

  private final SeriesKey[] keys = new SeriesKey[SERIES];
  private final long[] refs = new long[SERIES];
  private final double[] values = new double[SERIES];
  private final AppendBatch batch = new AppendBatch(BATCH);
  private final AppendErrors errors = new AppendErrors();
  private final ChunkList chunks = new ChunkList();
  private Path directory = Path.of("");
  private Head head;
  private int step;

  @Setup
  public void setup() throws Exception {
    directory = Files.createTempDirectory("head-benchmark");
    head = HeadFixture.open(new RealDisk(), directory, HeadOptions.defaults());
    for (int s = 0; s < SERIES; s++) {
      keys[s] = new SeriesKey();
      keys[s].set(
          Labels.of(
              "__name__", "http_requests_" + s % 50 + "_total",
              "cluster", "c" + s % 3,
              "code", Integer.toString(200 + s % 5),
              "container", "container-" + s % 20,
              "env", "production",
              "instance", "10.0." + s / 1000 + "." + s / 50 % 250 + ":9100",
              "job", "job" + s % 30,
              "namespace", "namespace-" + s % 40,
              "path", "/api/v1/" + s % 100,
              "pod", "pod-" + s));
    }
    findSeries();
    for (int i = 0; i < 300; i++) {
      commit();
    }
  }

  @TearDown
  public void close() throws Exception {
    head.close();
    new RealDisk().delete(directory);
  }

  /** Looks up all series by their labels' bytes. */
  @Benchmark
  @OperationsPerInvocation(SERIES)
  public void findSeries() throws Exception {
    try (Appender appender = head.appender(AppendOptions.DEFAULT)) {
      for (int s = 0; s < SERIES; s++) {
        refs[s] = ((KeyedAppender) appender).series(keys[s]);
      }
    }
  }

  /** Appends and commits a sample of each series, 2,000 in a transaction, with the log. */
  @Benchmark
  @OperationsPerInvocation(SERIES)
  public void commit() throws Exception {
    long time = 1_700_000_000_000L + step++ * 15_000L;
    for (int from = 0; from < SERIES; from += BATCH) {
      batch.clear();
      for (int s = from; s < from + BATCH; s++) {
        if (s % 5 < 3) {
          values[s] += s % 97;
        }
        batch.add(refs[s], time + s % 1000, values[s]);
      }
      try (Appender appender = head.appender(AppendOptions.DEFAULT)) {
        errors.clear();
        appender.append(batch, errors);
        appender.commit();
      }
    }
    if (!errors.isEmpty()) {
      throw new IllegalStateException("refused: " + errors.error(0));
    }
  }

  /** Selects a fiftieth of the series by name and job, with their latest chunks. */
  @Benchmark
  @OperationsPerInvocation(SERIES / 50)
  public int select() throws Exception {
    long newest = head.maxTime();
    int n = 0;
    try (Part part = head.part(newest - 300_000, newest)) {
      for (int id :
          part.select(List.of(Matcher.equal("__name__", "http_requests_7_total"))).toArray()) {
        chunks.clear();
        part.chunks(id, newest - 300_000, newest, chunks);
        n += chunks.size + part.labels(id).size();
      }
    }
    return n;
  }
}
