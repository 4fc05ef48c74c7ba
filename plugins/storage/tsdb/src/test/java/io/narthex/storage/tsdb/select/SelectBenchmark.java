package io.narthex.storage.tsdb.select;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.chunk.FloatChunkBuilder;
import io.narthex.storage.tsdb.postings.Bitmap;
import io.narthex.storage.tsdb.postings.SeriesIds;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * Selecting 20,000 series, and reading 100 of them with 1,200 samples in each part, out of parts in
 * memory.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(1)
public class SelectBenchmark {
  private static final int SERIES = 20_000;
  private static final int CHUNKS = 10;
  private static final int STEP = 15_000;
  private static final List<Matcher> ALL = List.of(Matcher.equal("__name__", "m"));

  /** How many parts, and whether they cover the same time. */
  @Param({"1", "2", "2 overlapping"})
  private String parts = "1";

  private MergedQuerier querier = new MergedQuerier(List.of(), 0, 0);
  private SeriesSet set = new EmptySet();
  private final SampleBatch batch = new SampleBatch(256);
  private final SelectRequest request =
      new SelectRequest(0, Long.MAX_VALUE, false, 0, 0, 0, "", List.of(), false, 0, 0, false);

  private static final class EmptySet implements SeriesSet {
    @Override
    public int size() {
      return 0;
    }

    @Override
    public Labels labels(int series) {
      throw new IndexOutOfBoundsException(series);
    }

    @Override
    public SampleReader samples(int series, @org.jspecify.annotations.Nullable SampleReader reuse) {
      throw new IndexOutOfBoundsException(series);
    }

    @Override
    public void close() {
      // Holds nothing.
    }
  }

  /** Every series has the same chunks. */
  private static final class UniformPart implements Part {
    private final Labels[] labels;
    private final List<FakePart.Chunk> chunks;
    private final MemorySegment[] data;
    private final Bitmap all = new Bitmap();

    UniformPart(Labels[] labels, List<FakePart.Chunk> chunks) {
      this.labels = labels;
      this.chunks = chunks;
      this.data =
          chunks.stream().map(c -> MemorySegment.ofArray(c.data())).toArray(MemorySegment[]::new);
      for (int i = 0; i < labels.length; i++) {
        all.add(i);
      }
    }

    @Override
    public long minTime() {
      return chunks.getFirst().minTime();
    }

    @Override
    public long maxTime() {
      return chunks.getLast().maxTime();
    }

    @Override
    public SeriesIds select(List<Matcher> matchers) {
      return all;
    }

    @Override
    public boolean sortedIds() {
      return false;
    }

    @Override
    public Labels labels(int id) {
      return labels[id];
    }

    @Override
    public void chunks(int id, long minTime, long maxTime, ChunkList into) {
      for (int i = 0; i < data.length; i++) {
        FakePart.Chunk c = chunks.get(i);
        into.add(
            c.minTime(), c.maxTime(), c.encoding(), data[i], 0, c.data().length, Intervals.NONE);
      }
    }

    @Override
    public boolean hasChunks(int id, long minTime, long maxTime) {
      return true;
    }

    @Override
    public List<String> labelValues(
        String name, List<Matcher> matchers, int limit, Predicate<String> test) {
      return List.of();
    }

    @Override
    public List<String> labelNames(List<Matcher> matchers, int limit) {
      return List.of();
    }

    @Override
    public void close() {
      // Holds nothing.
    }
  }

  @Setup
  public void setUp() throws StorageException {
    boolean overlapping = parts.endsWith("overlapping");
    List<Part> list = new ArrayList<>();
    long t = 0;
    for (int p = 0; p < parts.charAt(0) - '0'; p++) {
      Labels[] labels = new Labels[SERIES];
      for (int i = 0; i < SERIES; i++) {
        labels[i] = Labels.of("__name__", "m", "instance", "host-" + i + ":9100", "job", "node");
      }
      t = overlapping ? p * 7_000L : t;
      List<FakePart.Chunk> chunks = new ArrayList<>();
      for (int c = 0; c < CHUNKS; c++) {
        FloatChunkBuilder b = new FloatChunkBuilder();
        for (int i = 0; i < 120; i++) {
          b.append(t + i % 3, 1000 + t / STEP * 3.0 + i % 7);
          t += STEP;
        }
        chunks.add(
            new FakePart.Chunk(
                b.minTime(),
                b.maxTime(),
                b.encoding().code(),
                Arrays.copyOf(b.bytes(), b.length())));
      }
      list.add(new UniformPart(labels, chunks));
    }
    querier = new MergedQuerier(list, Long.MIN_VALUE, Long.MAX_VALUE);
    set = querier.select(request, ALL);
  }

  @Benchmark
  public int select() throws StorageException {
    return querier.select(request, ALL).size();
  }

  @Benchmark
  public int selectSorted() throws StorageException {
    return querier.select(SelectRequest.range(0, Long.MAX_VALUE), ALL).size();
  }

  @Benchmark
  public double read100() throws StorageException {
    double sum = 0;
    SampleReader reader = null;
    for (int i = 0; i < 100; i++) {
      reader = set.samples(i, reader);
      for (int n; (n = reader.read(batch)) > 0; ) {
        sum += batch.values[n - 1];
      }
    }
    return sum;
  }
}
