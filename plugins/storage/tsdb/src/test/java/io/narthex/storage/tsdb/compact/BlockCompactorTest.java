package io.narthex.storage.tsdb.compact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.narthex.api.model.Matcher;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.StaleMarker;
import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.block.Block;
import io.narthex.storage.tsdb.block.BlockMeta;
import io.narthex.storage.tsdb.block.Ulid;
import io.narthex.storage.tsdb.block.UlidGenerator;
import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.file.RealDisk;
import io.narthex.storage.tsdb.select.SortedPart;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class BlockCompactorTest {
  private static final Disk DISK = new RealDisk();

  private final UlidGenerator ulids = new UlidGenerator(InstantSource.system(), new Random(1));
  private final CompactionMetrics metrics = new CompactionMetrics();
  private final BlockCompactor compactor = new BlockCompactor(DISK, metrics);

  @TempDir Path dir;

  @Test
  void mergesSeriesOfBlocksWithDifferentSymbols() throws Exception {
    Model a =
        new Model()
            .add(List.of("__name__", "up", "job", "a"), 10, 1.0)
            .add(List.of("__name__", "up", "job", "b"), 10, 1.0)
            .add(List.of("__name__", "z"), 10, 1.0);
    Model b =
        new Model()
            .add(List.of("__name__", "a"), 30, 1.0)
            .add(List.of("__name__", "up", "job", "b"), 30, 2.0)
            .add(List.of("__name__", "up", "job", "b", "x", "y"), 30, 2.0)
            .add(List.of("__name__", "ü", "job", "\uD83D\uDE00"), 30, 2.0)
            .add(List.of("__name__", "ü", "job", "\uFFFD"), 30, 2.0);
    BlockMeta meta = compact(0, 100, a, b);
    assertThat(read(meta).lines()).isEqualTo(new Model().addMissing(a).addMissing(b).lines());
    assertThat(meta.stats()).isEqualTo(new BlockMeta.Stats(8, 8, 0, 7, 8, 0));
  }

  @Test
  void countsSeriesChunksAndSamplesOfEachKind() throws Exception {
    Model a = new Model();
    for (int t = 0; t < 300; t++) {
      a.add(List.of("a", "b"), t, (double) t);
      a.add(List.of("c", "d"), t, Model.histogram(ResetHint.UNKNOWN, t, t));
    }
    BlockMeta meta = compact(0, 300, a);
    assertThat(meta.stats()).isEqualTo(new BlockMeta.Stats(600, 300, 300, 2, 6, 0));
    assertThat(metrics.chunkSamples.sum()).isEqualTo(600);
    assertThat(metrics.compactions.get()).isEqualTo(1);
    assertThat(metrics.populating.get()).isZero();
  }

  @Test
  void makesNoBlockWithoutSamples() throws Exception {
    Model a = new Model().add(List.of("a", "b"), 100, 1.0);
    assertThat(write(0, 100, a)).isNull();
    assertThat(write(0, 100)).isNull();
    assertThat(write(0, 100, new Model())).isNull();
    assertThat(DISK.list(dir)).isEmpty();
  }

  @Test
  void takesOnlyTheSeriesAndSamplesOfTheRange() throws Exception {
    Model a = new Model();
    for (int t = 0; t < 500; t++) {
      a.add(List.of("a", "b"), t, (double) t);
    }
    a.add(List.of("early", "x"), 99, 1.0).add(List.of("late", "x"), 200, 1.0);
    BlockMeta meta = compact(100, 200, a);
    assertThat(read(meta).lines()).isEqualTo(a.between(100, 199).lines());
    assertThat(meta.stats().series()).isEqualTo(1);
  }

  @Test
  void leavesNothingBehindWhenItIsCancelledOrAPartFails() throws Exception {
    Model a = new Model().add(List.of("a", "b"), 10, 1.0);
    BlockMeta meta = BlockMeta.of(ulids.next(), 0, 100, BlockMeta.Compaction.first(ulids.next()));
    assertThatThrownBy(() -> compactor.write(dir, meta, List.of(a.part()), () -> true))
        .isInstanceOf(BlockCompactor.CancelledException.class);
    assertThat(DISK.list(dir)).isEmpty();
    SortedPart bad =
        new Forwarding(a.part()) {
          @Override
          public byte[] symbol(int i) throws StorageException {
            throw new StorageException(StorageException.Kind.CORRUPTION, "bad symbol");
          }
        };
    assertThatThrownBy(() -> compactor.write(dir, meta, List.of(a.part(), bad), () -> false))
        .isInstanceOf(StorageException.class)
        .hasMessage("bad symbol");
    assertThat(DISK.list(dir)).isEmpty();
    assertThat(metrics.populating.get()).isZero();
  }

  @Test
  void leavesOutDeletedSamplesAndThenSeriesWithoutAny() throws Exception {
    Model a = new Model();
    for (int t = 0; t < 1000; t++) {
      a.add(List.of("s", "1"), t, 1.0)
          .add(List.of("s", "2"), t, 2.0)
          .add(List.of("s", "3"), t, 3.0);
    }
    BlockMeta whole = a.write(DISK, dir, ulids.next(), 0, 1000);
    try (Block block = Block.open(DISK, dir.resolve(whole.ulid().toString()))) {
      block.delete(0, 2000, List.of(Matcher.equal("s", "1")));
      block.delete(55, 700, List.of(Matcher.equal("s", "2")));
      try (SortedPart part = block.sorted()) {
        BlockMeta meta =
            Objects.requireNonNull(
                compactor.write(
                    dir,
                    BlockMeta.of(ulids.next(), 0, 1000, BlockMeta.Compaction.first(ulids.next())),
                    List.of(part),
                    () -> false));
        a.series.remove(List.of("s", "1"));
        Objects.requireNonNull(a.series.get(List.of("s", "2")))
            .keySet()
            .removeIf(t -> t >= 55 && t <= 700);
        assertThat(read(meta).lines()).isEqualTo(a.lines());
        assertThat(meta.stats().series()).isEqualTo(2);
      }
    }
  }

  @Test
  void givesTheSameAsPlainMapsForRandomBlocks() throws Exception {
    for (long seed = 0; seed < 60; seed++) {
      Random random = new Random(seed);
      List<Path> paths = new ArrayList<>();
      Model expected = new Model();
      int n = 1 + random.nextInt(4);
      long from = random.nextInt(300);
      long to = from + 1 + random.nextInt(3000);
      for (int i = 0; i < n; i++) {
        Model m = random(random);
        paths.add(
            dir.resolve(m.write(DISK, dir, ulids.next(), 0, Long.MAX_VALUE).ulid().toString()));
      }
      List<Block> blocks = new ArrayList<>();
      List<SortedPart> parts = new ArrayList<>();
      for (Path path : paths) {
        Block block = Block.open(DISK, path);
        blocks.add(block);
        if (random.nextInt(3) == 0) {
          long a = random.nextInt(2000);
          block.delete(
              a, a + random.nextInt(500), List.of(Matcher.equal("a", "v" + random.nextInt(5))));
        }
        expected.addMissing(Model.read(DISK, path));
        parts.add(block.sorted());
      }
      BlockMeta meta =
          compactor.write(
              dir,
              BlockMeta.of(ulids.next(), from, to, BlockMeta.Compaction.first(ulids.next())),
              parts,
              () -> false);
      parts.forEach(SortedPart::close);
      blocks.forEach(Block::close);
      Model want = expected.between(from, to - 1);
      assertThat(meta == null ? List.of() : read(meta).lines())
          .as("seed %d", seed)
          .isEqualTo(want.lines());
      if (meta != null) {
        assertThat(meta.stats().samples()).isEqualTo(want.samples());
        assertThat(meta.stats().series()).isEqualTo(want.series.size());
        try (Block block = Block.open(DISK, dir.resolve(meta.ulid().toString()))) {
          block.verify();
        }
      }
    }
  }

  private static Model random(Random random) {
    Model out = new Model();
    int series = 1 + random.nextInt(12);
    for (int s = 0; s < series; s++) {
      List<String> labels = new ArrayList<>(List.of("a", "v" + random.nextInt(5)));
      if (random.nextBoolean()) {
        labels.addAll(List.of("b" + random.nextInt(2), "w" + random.nextInt(3)));
      }
      boolean histograms = random.nextInt(4) == 0;
      long t = random.nextInt(2000);
      for (int i = random.nextInt(400); i >= 0; i--) {
        t += 1 + random.nextInt(10);
        out.add(
            labels,
            t,
            histograms
                ? Model.histogram(ResetHint.UNKNOWN, random.nextInt(9), random.nextInt(9))
                : (Object) (double) random.nextInt(3));
      }
    }
    return out;
  }

  @Test
  void goldenBlocksBecomeOneWithTheSameSamples() throws Exception {
    Path golden = golden("golden");
    List<Block> blocks = new ArrayList<>();
    List<SortedPart> parts = new ArrayList<>();
    for (Path path : DISK.list(golden.resolve("data"))) {
      if (Ulid.parse(path.getFileName().toString()) != null) {
        Block block = Block.open(DISK, path);
        blocks.add(block);
        parts.add(block.sorted());
      }
    }
    assertThat(blocks).hasSize(3);
    BlockMeta meta =
        Objects.requireNonNull(
            compactor.write(
                dir,
                Compactions.merged(ulids.next(), blocks.stream().map(Block::meta).toList()),
                parts,
                () -> false));
    parts.forEach(SortedPart::close);
    blocks.forEach(Block::close);
    assertThat(meta.compaction().level()).isEqualTo(2);
    assertThat(meta.compaction().parents()).hasSize(3);

    Model want = new Model();
    JsonMapper json = JsonMapper.builder().build();
    try (Stream<String> lines = Files.lines(golden.resolve("dump.jsonl"))) {
      for (String line : (Iterable<String>) lines::iterator) {
        JsonNode node = json.readTree(line);
        TreeMap<String, String> sorted = new TreeMap<>();
        node.get("labels")
            .properties()
            .forEach(e -> sorted.put(e.getKey(), e.getValue().asString()));
        List<String> labels = new ArrayList<>();
        sorted.forEach((k, v) -> labels.addAll(List.of(k, v)));
        for (JsonNode sample : node.get("samples")) {
          long t = sample.get(0).longValue();
          if (t < meta.maxTime()) {
            want.add(labels, t, value(sample.get(1).asString()));
          }
        }
      }
    }
    List<String> got = simple(read(meta));
    List<String> missing = new ArrayList<>(simple(want));
    List<String> extra = new ArrayList<>(got);
    missing.removeAll(new HashSet<>(got));
    extra.removeAll(new HashSet<>(simple(want)));
    assertThat(missing).isEmpty();
    assertThat(extra).isEmpty();
    promtoolReads(meta);
  }

  private static double value(String text) {
    return switch (text) {
      case "stale" -> Double.longBitsToDouble(StaleMarker.BITS);
      case "NaN" -> Double.NaN;
      case "+Inf", "Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text);
    };
  }

  /**
   * Lines in which all NaN but the stale marker are alike, and so are the zeros: what made the
   * golden blocks had stored the -0 of its text as 0.
   */
  private static List<String> simple(Model model) {
    List<String> out = new ArrayList<>();
    model.series.forEach((labels, samples) ->
        samples.forEach((t, v) -> {
          double d = (Double) v + 0.0;
          boolean stale = Double.doubleToRawLongBits(d) == StaleMarker.BITS;
          out.add(labels + " " + t + " " + (stale ? "stale" : String.valueOf(d)));
        }));
    return out;
  }

  @Test
  void goldenHistogramsStayWhatTheyAreWhenSplitAndMergedAgain() throws Exception {
    Path golden = golden("golden_native_histograms");
    Path source =
        DISK.list(golden.resolve("data")).stream()
            .filter(p -> Ulid.parse(p.getFileName().toString()) != null)
            .findFirst()
            .orElseThrow();
    Model whole = Model.read(DISK, source);
    BlockMeta meta;
    try (Block block = Block.open(DISK, source)) {
      BlockMeta old = block.meta();
      // Overlapping parts, cut in the middle of chunks.
      long third = (old.maxTime() - old.minTime()) / 3 + 12_345;
      List<BlockMeta> pieces = new ArrayList<>();
      for (long from = old.minTime(); from < old.maxTime(); from += third) {
        try (SortedPart part = block.sorted()) {
          Ulid ulid = ulids.next();
          pieces.add(
              Objects.requireNonNull(
                  compactor.write(
                      dir,
                      BlockMeta.of(
                          ulid,
                          from,
                          Math.min(old.maxTime(), from + third + 3_600_000),
                          BlockMeta.Compaction.first(ulid)),
                      List.of(part),
                      () -> false)));
        }
      }
      assertThat(pieces).hasSize(3);
      List<Block> blocks = new ArrayList<>();
      List<SortedPart> parts = new ArrayList<>();
      for (BlockMeta piece : pieces) {
        Block b = Block.open(DISK, dir.resolve(piece.ulid().toString()));
        blocks.add(b);
        parts.add(b.sorted());
      }
      meta =
          Objects.requireNonNull(
              compactor.write(dir, Compactions.merged(ulids.next(), pieces), parts, () -> false));
      parts.forEach(SortedPart::close);
      blocks.forEach(Block::close);
      for (BlockMeta piece : pieces) {
        DISK.delete(dir.resolve(piece.ulid().toString()));
      }
    }
    Model got = read(meta);
    assertThat(got.lines()).isEqualTo(whole.lines());
    // No sample says that nothing was reset where something was.
    got.series.forEach((labels, samples) -> {
      NativeHistogram before = null;
      for (Object v : samples.values()) {
        NativeHistogram h = (NativeHistogram) v;
        if (before != null && h.resetHint() == ResetHint.NOT_RESET) {
          assertThat(h.count()).isGreaterThanOrEqualTo(before.count());
        }
        before = h;
      }
    });
    promtoolReads(meta);
  }

  private void promtoolReads(BlockMeta meta) throws IOException, InterruptedException {
    Path promtool = Path.of("/usr/bin/promtool");
    assumeTrue(Files.isExecutable(promtool), "skipped: no promtool");
    DISK.createDirectories(dir.resolve("wal"));
    Process process =
        new ProcessBuilder(promtool.toString(), "tsdb", "list", dir.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(said)
        .contains(meta.ulid().toString())
        .contains(String.format(Locale.ROOT, " %d ", meta.stats().samples()));
    Process analyze =
        new ProcessBuilder(
                promtool.toString(),
                "tsdb",
                "analyze",
                "--extended",
                dir.toString(),
                meta.ulid().toString())
            .redirectErrorStream(true)
            .start();
    String text = new String(analyze.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(analyze.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(analyze.exitValue()).as(text).isZero();
    assertThat(text).contains("Series: " + meta.stats().series());
    Process dump =
        new ProcessBuilder(promtool.toString(), "tsdb", "dump", dir.toString())
            .redirectErrorStream(true)
            .start();
    String lines = new String(dump.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(dump.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(dump.exitValue()).as(lines).isZero();
    if (meta.stats().histogramSamples() == 0) {
      assertThat(lines.lines().filter(l -> l.startsWith("{")).count())
          .isEqualTo(meta.stats().samples());
    }
  }

  private static Path golden(String name) {
    for (Path p = Path.of("").toAbsolutePath(); p != null; p = p.getParent()) {
      Path found = p.resolve("../shared/conformance/tsdb").resolve(name).normalize();
      if (Files.isDirectory(found)) {
        return found;
      }
    }
    return abort("skipped: no shared/conformance/tsdb/" + name);
  }

  private Model read(BlockMeta meta) throws IOException, StorageException {
    return Model.read(DISK, dir.resolve(meta.ulid().toString()));
  }

  private BlockMeta compact(long minTime, long maxTime, Model... models) throws Exception {
    return Objects.requireNonNull(write(minTime, maxTime, models));
  }

  private @Nullable BlockMeta write(long minTime, long maxTime, Model... models) throws Exception {
    Ulid ulid = ulids.next();
    List<SortedPart> parts = new ArrayList<>();
    for (Model m : models) {
      parts.add(m.part());
    }
    return compactor.write(
        dir,
        BlockMeta.of(ulid, minTime, maxTime, BlockMeta.Compaction.first(ulid)),
        parts,
        () -> false);
  }
}
