package io.narthex.storage.tsdb.compact;

import io.narthex.storage.tsdb.block.Block;
import io.narthex.storage.tsdb.block.BlockMeta;
import io.narthex.storage.tsdb.block.BlockWriter;
import io.narthex.storage.tsdb.block.Ulid;
import io.narthex.storage.tsdb.block.UlidGenerator;
import io.narthex.storage.tsdb.chunk.ChunkCutter;
import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.file.RealDisk;
import io.narthex.storage.tsdb.select.SortedPart;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
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

/**
 * Compaction of two blocks of 20,000 series with 1,000,000 samples each, files synced: {@code
 * behind} one another, where chunks are copied, and {@code overlapping}, where every sample is
 * decoded and encoded anew.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class BlockCompactorBenchmark {
  private static final int SERIES = 20_000;
  private static final int SAMPLES = 50;

  private final Disk disk = new RealDisk();
  private final UlidGenerator ulids = new UlidGenerator(InstantSource.system(), new Random(1));

  @Param({"behind", "overlapping"})
  public String kind = "behind";

  private Path dir = Path.of("");
  private final List<Block> blocks = new ArrayList<>();

  @Setup
  public void write() throws IOException {
    dir = Files.createTempDirectory("compactor-benchmark");
    blocks.add(Block.open(disk, write(0)));
    blocks.add(Block.open(disk, write(kind.equals("behind") ? SAMPLES * 15_000L : 7_000)));
  }

  private Path write(long from) throws IOException {
    TreeSet<String> symbols = new TreeSet<>(List.of("__name__", "instance", "job", "id", "bench"));
    for (int i = 0; i < 200; i++) {
      symbols.add(String.format(Locale.ROOT, "instance-%03d:9100", i));
    }
    for (int i = 0; i < SERIES / 200; i++) {
      symbols.add(String.format(Locale.ROOT, "metric_%03d_total", i));
    }
    List<String> sorted = new ArrayList<>(symbols);
    Ulid ulid = ulids.next();
    Random random = new Random(from);
    try (BlockWriter out = new BlockWriter(disk, dir, ulid)) {
      out.symbols(sorted.stream().map(s -> s.getBytes(StandardCharsets.UTF_8)).iterator());
      ChunkCutter cutter =
          new ChunkCutter(
              ChunkCutter.MAX_SAMPLES,
              (min, max, encoding, data, length) -> out.chunk(min, max, encoding, data, 0, length));
      for (int s = 0; s < SERIES; s++) {
        out.series(
            new int[] {
              sorted.indexOf("__name__"),
              sorted.indexOf(String.format(Locale.ROOT, "metric_%03d_total", s / 200)),
              sorted.indexOf("instance"),
              sorted.indexOf(String.format(Locale.ROOT, "instance-%03d:9100", s % 200)),
              sorted.indexOf("job"),
              sorted.indexOf("bench")
            },
            3);
        double value = random.nextInt(1000);
        for (int i = 0; i < SAMPLES; i++) {
          value += random.nextInt(20);
          cutter.append(from + i * 15_000L + random.nextInt(5), value);
        }
        cutter.finish();
      }
      out.finish(
          BlockMeta.of(ulid, from, from + SAMPLES * 15_000L, BlockMeta.Compaction.first(ulid)));
      return out.directory();
    }
  }

  @Benchmark
  public Object compact() throws Exception {
    List<SortedPart> parts = new ArrayList<>();
    for (Block block : blocks) {
      parts.add(block.sorted());
    }
    BlockMeta meta =
        new BlockCompactor(disk, new CompactionMetrics())
            .write(
                dir,
                Compactions.merged(ulids.next(), blocks.stream().map(Block::meta).toList()),
                parts,
                () -> false);
    parts.forEach(SortedPart::close);
    if (meta == null || meta.stats().samples() != 2L * SERIES * SAMPLES) {
      throw new IllegalStateException("got " + meta);
    }
    disk.delete(dir.resolve(meta.ulid().toString()));
    return meta;
  }

  @TearDown
  public void delete() throws IOException {
    blocks.forEach(Block::close);
    disk.delete(dir);
  }
}
