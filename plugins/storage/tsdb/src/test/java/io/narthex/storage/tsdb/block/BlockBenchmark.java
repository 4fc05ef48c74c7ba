package io.narthex.storage.tsdb.block;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.storage.tsdb.select.ChunkList;
import io.narthex.storage.tsdb.select.Part;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
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

/** Reading a block of 100,000 series with 10 labels, one of them unique, and a chunk each. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class BlockBenchmark {
  private static final int SERIES = 100_000;

  private Path directory = Path.of("");
  private Block block = NONE;
  private Part part = NO_PART;
  private int[] ids = new int[0];
  private int next;
  private final SeriesEntry entry = new SeriesEntry();
  private final ChunkList chunks = new ChunkList();

  @SuppressWarnings("NullAway") // Until set up.
  private static final Block NONE = null;

  @SuppressWarnings("NullAway") // Until set up.
  private static final Part NO_PART = null;

  @Setup
  public void setup() throws Exception {
    SortedMap<Long, Double> samples = new TreeMap<>();
    for (int i = 0; i < 120; i++) {
      samples.put(1_700_000_000_000L + 15_000L * i, 3.0 * i);
    }
    SortedMap<Labels, SortedMap<Long, Double>> model = new TreeMap<>();
    for (int i = 0; i < SERIES; i++) {
      model.put(
          Labels.of(
              "__name__",
              "metric_" + i % 100,
              "cluster",
              "c" + i % 3,
              "container",
              "k" + i % 7,
              "env",
              "prod",
              "instance",
              "host-" + i / 100 + ":9100",
              "job",
              "j" + i % 10,
              "mode",
              "m" + i % 11,
              "namespace",
              "n" + i % 17,
              "pod",
              "pod-" + Integer.toHexString(i * 0x9E3779B9),
              "zone",
              "z" + i % 4),
          samples);
    }
    directory = Files.createTempDirectory("block-benchmark");
    TestBlocks.write(directory, model, 120);
    block = Block.open(TestBlocks.DISK, directory.resolve(TestBlocks.ULID.toString()));
    part = block.part(Long.MIN_VALUE, Long.MAX_VALUE);
    ids = part.select(List.of()).toArray();
  }

  @TearDown
  public void tearDown() throws Exception {
    part.close();
    block.close();
    TestBlocks.DISK.delete(directory);
  }

  private int nextId() {
    next = next + 1 == ids.length ? 0 : next + 1;
    return ids[next];
  }

  @Benchmark
  public int postingsOfOneSeries() throws Exception {
    byte[] value =
        ("pod-" + Integer.toHexString(next++ % SERIES * 0x9E3779B9))
            .getBytes(StandardCharsets.UTF_8);
    return block.index().postings("pod", value).size();
  }

  @Benchmark
  @OperationsPerInvocation(SERIES)
  public int postingsOfAll() throws Exception {
    return block.index().all().size();
  }

  @Benchmark
  public int selectNameAndRegex() throws Exception {
    return part.select(
            List.of(
                Matcher.equal("__name__", "metric_42"),
                Matcher.of(Matcher.Type.REGEX, "instance", "host-1.*")))
        .size();
  }

  @Benchmark
  public int decodeSeries() throws Exception {
    block.index().series(nextId(), entry);
    return entry.chunkCount;
  }

  @Benchmark
  public Labels labels() throws Exception {
    return part.labels(nextId());
  }

  @Benchmark
  public int chunks() throws Exception {
    chunks.clear();
    part.chunks(nextId(), Long.MIN_VALUE, Long.MAX_VALUE, chunks);
    return chunks.size;
  }
}
