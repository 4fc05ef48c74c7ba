package io.narthex.storage.tsdb.block;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.select.MergedQuerier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Selecting and reading from a block of 100 metrics on 1,000 instances, 20 samples each. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class BlockSelectBenchmark {
  /**
   * A metric; the same with the label of all; few series of it; instances by prefix; values of all
   * series by suffix.
   */
  @Param({"metric", "metric and job", "metric and suffix", "prefix", "suffix of many"})
  private String query = "";

  private List<Matcher> matchers = List.of();
  private @Nullable Path folder;
  private @Nullable Block block;
  private @Nullable MergedQuerier querier;
  private final SampleBatch batch = new SampleBatch(256);

  @Setup
  public void setUp() throws IOException, StorageException {
    Matcher metric = Matcher.equal("__name__", "metric_7");
    matchers =
        switch (query) {
          case "metric" -> List.of(metric);
          case "metric and job" -> List.of(metric, Matcher.equal("job", "node"));
          case "metric and suffix" ->
              List.of(metric, Matcher.of(Matcher.Type.REGEX, "id", ".*777"));
          case "prefix" -> List.of(Matcher.of(Matcher.Type.REGEX, "instance", "host-12.*"));
          default -> List.of(Matcher.of(Matcher.Type.REGEX, "id", ".*777"));
        };
    SortedMap<Labels, SortedMap<Long, Double>> model = new TreeMap<>();
    SortedMap<Long, Double> samples = new TreeMap<>();
    for (long i = 0; i < 20; i++) {
      samples.put(i * 15_000, i * 3.0);
    }
    for (int m = 0; m < 100; m++) {
      for (int i = 0; i < 1000; i++) {
        model.put(
            Labels.of(
                "__name__", "metric_" + m,
                "instance", "host-" + i + ":9100",
                "job", "node",
                "id", "series-" + m + "-" + i),
            samples);
      }
    }
    folder = Files.createTempDirectory("blocks");
    TestBlocks.write(folder, model, 120);
    block = Block.open(TestBlocks.DISK, folder.resolve(TestBlocks.ULID.toString()));
    querier = new MergedQuerier(List.of(block.part(0, Long.MAX_VALUE)), 0, Long.MAX_VALUE);
  }

  @TearDown
  public void tearDown() throws IOException {
    Objects.requireNonNull(querier).close();
    Objects.requireNonNull(block).close();
    try (var paths = Files.walk(Objects.requireNonNull(folder))) {
      for (Path path : paths.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }

  @Benchmark
  public int postings() throws StorageException, IOException {
    try (var part = Objects.requireNonNull(block).part(0, Long.MAX_VALUE)) {
      return part.select(matchers).size();
    }
  }

  @Benchmark
  public int select() throws StorageException {
    return Objects.requireNonNull(querier)
        .select(SelectRequest.range(0, Long.MAX_VALUE), matchers)
        .size();
  }

  @Benchmark
  public double selectAndRead() throws StorageException {
    SeriesSet set =
        Objects.requireNonNull(querier).select(SelectRequest.range(0, Long.MAX_VALUE), matchers);
    double sum = 0;
    SampleReader reader = null;
    for (int i = 0; i < set.size(); i++) {
      reader = set.samples(i, reader);
      for (int n; (n = reader.read(batch)) > 0; ) {
        sum += batch.values[n - 1];
      }
    }
    return sum;
  }
}
