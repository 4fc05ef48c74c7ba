package io.narthex.storage.tsdb.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.select.ChunkList;
import io.narthex.storage.tsdb.select.Part;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockTest {
  @TempDir Path directory;

  /** Values whose order in UTF-16 is not that of their bytes are among them. */
  private static final String[] VALUES = {
    "a", "b", "\uffee", "\ud83d\ude00", "\ue000x", "ab", "abc", "z", "\u00e4", "0", "10", "9", "1"
  };

  private static SortedMap<Labels, SortedMap<Long, Double>> model(Random random, int series) {
    SortedMap<Labels, SortedMap<Long, Double>> out = new TreeMap<>();
    for (int i = 0; i < series; i++) {
      Labels.Builder labels = Labels.builder().set("__name__", "m" + random.nextInt(5));
      for (String name : List.of("\ue001", "\ud83d\ude01", "job", "pod", "__zone")) {
        if (random.nextInt(3) > 0) {
          labels.set(name, VALUES[random.nextInt(VALUES.length)]);
        }
      }
      if (random.nextBoolean()) {
        labels.set("number", Integer.toString(random.nextInt(300)));
      }
      SortedMap<Long, Double> samples = new TreeMap<>();
      int n = 1 + random.nextInt(20);
      for (int j = 0; j < n; j++) {
        samples.put((long) random.nextInt(1000), random.nextDouble());
      }
      out.put(labels.build(), samples);
    }
    return out;
  }

  private Block write(SortedMap<Labels, SortedMap<Long, Double>> model) throws Exception {
    TestBlocks.write(directory, model, 7);
    return Block.open(TestBlocks.DISK, directory.resolve(TestBlocks.ULID.toString()));
  }

  private static SortedMap<Labels, SortedMap<Long, Long>> bits(
      SortedMap<Labels, SortedMap<Long, Double>> model) {
    SortedMap<Labels, SortedMap<Long, Long>> out = new TreeMap<>();
    model.forEach((labels, samples) -> {
      SortedMap<Long, Long> to = new TreeMap<>();
      samples.forEach((t, v) -> to.put(t, Double.doubleToRawLongBits(v)));
      out.put(labels, to);
    });
    return out;
  }

  @Test
  void givesBackWhatWasWritten() throws Exception {
    long seed = System.nanoTime();
    var model = model(new Random(seed), 500);
    try (Block block = write(model)) {
      block.verify();
      assertThat(TestBlocks.floats(block)).as("seed %s", seed).isEqualTo(bits(model));
      BlockMeta.Stats stats = block.meta().stats();
      assertThat(stats.series()).isEqualTo(model.size());
      assertThat(stats.samples())
          .isEqualTo(model.values().stream().mapToLong(SortedMap::size).sum());
      assertThat(stats.floatSamples()).isEqualTo(stats.samples());
      assertThat(stats.histogramSamples()).isZero();
      try (Part part = block.part(Long.MIN_VALUE, Long.MAX_VALUE)) {
        List<Labels> order = new ArrayList<>();
        for (int id : part.select(List.of()).toArray()) {
          order.add(part.labels(id));
        }
        assertThat(order).as("seed %s", seed).isEqualTo(new ArrayList<>(model.keySet()));
      }
    }
  }

  @Test
  void sortedPartGivesSeriesAndSymbolsInOrder() throws Exception {
    long seed = System.nanoTime();
    var model = model(new Random(seed), 300);
    try (Block block = write(model);
        var part = block.sorted()) {
      byte[] last = null;
      for (int i = 0; i < part.symbolCount(); i++) {
        byte[] symbol = part.symbol(i);
        assertThat(last == null || Arrays.compareUnsigned(last, symbol) < 0).isTrue();
        last = symbol;
      }
      // Out of order, too.
      assertThat(part.symbol(0)).isEqualTo(part.symbol(0));
      List<Labels> order = new ArrayList<>();
      while (part.next()) {
        Labels.Builder labels = Labels.builder();
        for (int i = 0; i < part.labelCount(); i++) {
          labels.set(
              text(part.symbol(part.labelSymbols()[2 * i])),
              text(part.symbol(part.labelSymbols()[2 * i + 1])));
        }
        order.add(labels.build());
      }
      assertThat(order).as("seed %s", seed).isEqualTo(new ArrayList<>(model.keySet()));
    }
  }

  private static String text(byte[] utf8) {
    return new String(utf8, StandardCharsets.UTF_8);
  }

  private static Matcher matcher(Random random) {
    String name =
        List.of("__name__", "job", "pod", "\ue001", "\ud83d\ude01", "number", "absent")
            .get(random.nextInt(7));
    return switch (random.nextInt(6)) {
      case 0 -> Matcher.equal(name, VALUES[random.nextInt(VALUES.length)]);
      case 1 -> Matcher.of(Matcher.Type.NOT_EQUAL, name, VALUES[random.nextInt(VALUES.length)]);
      case 2 -> Matcher.equal(name, random.nextBoolean() ? "" : "m1");
      case 3 ->
          Matcher.of(
              Matcher.Type.REGEX,
              name,
              List.of("a.*", "1|10|b", ".+", ".*", "m[123]", "1.*", "\ud83d\ude00|\ue000.*", "a?")
                  .get(random.nextInt(8)));
      case 4 ->
          Matcher.of(
              Matcher.Type.NOT_REGEX,
              name,
              List.of("a.*", "1|10|b", ".+", "m[123]", "").get(random.nextInt(5)));
      default -> Matcher.of(Matcher.Type.NOT_EQUAL, name, "");
    };
  }

  @Test
  void selectsAndListsAsAPlainSearchDoes() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    var model = model(random, 400);
    try (Block block = write(model);
        Part part = block.part(Long.MIN_VALUE, Long.MAX_VALUE)) {
      for (int round = 0; round < 300; round++) {
        List<Matcher> matchers = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
          matchers.add(matcher(random));
        }
        List<Labels> want =
            model.keySet().stream()
                .filter(l -> matchers.stream().allMatch(m -> m.matches(l)))
                .toList();
        List<Labels> got = new ArrayList<>();
        for (int id : part.select(matchers).toArray()) {
          got.add(part.labels(id));
        }
        String as = "seed " + seed + ": " + matchers;
        assertThat(got).as(as).isEqualTo(want);
        for (String name : List.of("job", "number", "\ue001", "absent", "")) {
          List<String> values =
              want.stream()
                  .map(l -> l.get(name))
                  .filter(v -> !v.isEmpty())
                  .distinct()
                  .sorted(Labels::compareCodePoints)
                  .toList();
          assertThat(part.labelValues(name, matchers, 0)).as(as).isEqualTo(values);
          assertThat(part.labelValues(name, matchers, 2))
              .as(as)
              .isEqualTo(values.stream().limit(3).toList());
        }
        TreeSet<String> names = new TreeSet<>(Labels::compareCodePoints);
        want.forEach(l -> l.forEach((name, value) -> names.add(name)));
        assertThat(part.labelNames(matchers, 0)).as(as).isEqualTo(new ArrayList<>(names));
        assertThat(part.labelNames(matchers, 1)).as(as).isEqualTo(names.stream().limit(2).toList());
      }
    }
  }

  @Test
  void aLabelThatCannotBeInUtf8HasNoSeries() throws Exception {
    try (Block block = write(model(new Random(1), 50));
        Part part = block.part(Long.MIN_VALUE, Long.MAX_VALUE)) {
      assertThat(part.select(List.of(Matcher.equal("job", "\ud83d"))).toArray()).isEmpty();
      assertThat(part.select(List.of(Matcher.equal("", "x"))).toArray()).isEmpty();
    }
  }

  private static SortedMap<Labels, SortedMap<Long, Double>> ramp() {
    SortedMap<Long, Double> samples = new TreeMap<>();
    for (long t = 100; t < 200; t++) {
      samples.put(t, (double) t);
    }
    SortedMap<Labels, SortedMap<Long, Double>> model = new TreeMap<>();
    model.put(Labels.of("__name__", "up", "job", "a"), samples);
    model.put(Labels.of("__name__", "up", "job", "b"), new TreeMap<>(samples));
    return model;
  }

  @Test
  void deletedRangesAreHiddenAndRemembered() throws Exception {
    var model = ramp();
    Path path = directory.resolve(TestBlocks.ULID.toString());
    try (Block block = write(model);
        Part before = block.part(Long.MIN_VALUE, Long.MAX_VALUE)) {
      assertThat(block.delete(0, 149, List.of(Matcher.equal("job", "a")))).isEqualTo(1);
      assertThat(block.delete(150, 160, List.of(Matcher.equal("job", "a")))).isEqualTo(1);
      assertThat(block.delete(300, 400, List.of())).isZero();
      assertThat(block.delete(0, 1000, List.of(Matcher.equal("job", "c")))).isZero();
      // One that has begun sees what it saw.
      assertThat(before.hasChunks(before.select(List.of()).toArray()[0], 100, 149)).isTrue();
      assertThat(block.meta().stats().tombstones()).isEqualTo(1);
    }
    model.get(Labels.of("__name__", "up", "job", "a")).keySet().removeIf(t -> t <= 160);
    try (Block block = Block.open(TestBlocks.DISK, path);
        Part part = block.part(Long.MIN_VALUE, Long.MAX_VALUE)) {
      assertThat(TestBlocks.floats(block)).isEqualTo(bits(model));
      int id = part.select(List.of(Matcher.equal("job", "a"))).toArray()[0];
      assertThat(block.tombstones().of(id).from(0)).isEqualTo(100);
      assertThat(block.meta().stats().tombstones()).isEqualTo(1);
      assertThat(part.hasChunks(id, 0, 160)).isFalse();
      assertThat(part.hasChunks(id, 0, 161)).isTrue();
      assertThat(part.hasChunks(id, 200, 300)).isFalse();
      ChunkList chunks = new ChunkList();
      part.chunks(id, 0, 1000, chunks);
      // Chunks of seven samples: those of 100..160 but the last are deleted wholly.
      assertThat(chunks.size).isEqualTo(7);
      assertThat(chunks.minTimes[0]).isEqualTo(156);
    }
  }

  @Test
  void chunksAreThoseThatOverlapTheRange() throws Exception {
    try (Block block = write(ramp());
        Part part = block.part(110, 150)) {
      assertThat(part.minTime()).isEqualTo(110);
      assertThat(part.maxTime()).isEqualTo(150);
      int id = part.select(List.of()).toArray()[0];
      ChunkList chunks = new ChunkList();
      part.chunks(id, 0, 1000, chunks);
      assertThat(chunks.minTimes[0]).isEqualTo(107);
      assertThat(chunks.maxTimes[chunks.size - 1]).isEqualTo(155);
      chunks.clear();
      part.chunks(id, 120, 120, chunks);
      assertThat(chunks.size).isEqualTo(1);
      assertThat(part.hasChunks(id, 151, 152)).isFalse();
    }
  }

  @Test
  void filesStayMappedUntilTheLastReaderHasGone() throws Exception {
    AtomicInteger unused = new AtomicInteger();
    Block block = write(ramp());
    Part part = block.part(Long.MIN_VALUE, Long.MAX_VALUE);
    block.close(unused::incrementAndGet);
    block.close(unused::incrementAndGet);
    assertThat(unused).hasValue(0);
    assertThat(part.labels(part.select(List.of()).toArray()[0]).get("job")).isEqualTo("a");
    assertThatThrownBy(() -> block.part(0, 1)).isInstanceOf(StorageException.class);
    assertThatThrownBy(block::sorted).isInstanceOf(StorageException.class);
    part.close();
    part.close();
    assertThat(unused).hasValue(1);
    assertThat(block.retain()).isFalse();
  }

  @Test
  void stringsAreSharedBetweenSeries() throws Exception {
    try (Block block = write(ramp());
        Part part = block.part(Long.MIN_VALUE, Long.MAX_VALUE)) {
      int[] ids = part.select(List.of()).toArray();
      Labels a = part.labels(ids[0]);
      Labels b = part.labels(ids[1]);
      assertThat(a.value(0)).isSameAs(b.value(0));
      assertThat(a.name(1)).isSameAs(b.name(1)).isSameAs("job");
    }
  }

  @Test
  void marksStandInTheMeta() throws Exception {
    try (Block block = write(ramp())) {
      block.markCompactionFailed();
      block.markDeletable();
      BlockMeta again = BlockMeta.read(TestBlocks.DISK, block.directory());
      assertThat(again.compaction().failed()).isTrue();
      assertThat(again.compaction().deletable()).isTrue();
    }
  }

  @Test
  void aSnapshotIsABlockOfItsOwn() throws Exception {
    Path snapshots = directory.resolve("snapshots");
    try (Block block = write(ramp())) {
      block.delete(0, 150, List.of(Matcher.equal("job", "b")));
      block.snapshot(snapshots);
      TestBlocks.DISK.delete(block.directory());
    }
    try (Block block = Block.open(TestBlocks.DISK, snapshots.resolve(TestBlocks.ULID.toString()))) {
      block.verify();
      assertThat(TestBlocks.floats(block).get(Labels.of("__name__", "up", "job", "b"))).hasSize(49);
    }
  }

  @Test
  void manySegmentsAreReadAsOne() throws Exception {
    long seed = System.nanoTime();
    var model = model(new Random(seed), 200);
    Path first = directory.resolve("first");
    TestBlocks.write(first, model, 7);
    try (Block block = Block.open(TestBlocks.DISK, first.resolve(TestBlocks.ULID.toString()));
        var part = block.sorted();
        BlockWriter writer = new BlockWriter(TestBlocks.DISK, directory, TestBlocks.ULID, 2000)) {
      List<byte[]> symbols = new ArrayList<>();
      for (int i = 0; i < part.symbolCount(); i++) {
        symbols.add(part.symbol(i));
      }
      writer.symbols(symbols.iterator());
      ChunkList chunks = new ChunkList();
      byte[] data = new byte[1000];
      while (part.next()) {
        writer.series(part.labelSymbols(), part.labelCount());
        chunks.clear();
        part.chunks(Long.MIN_VALUE, Long.MAX_VALUE, chunks);
        for (int i = 0; i < chunks.size; i++) {
          chunks.copy(i, data);
          writer.chunk(
              chunks.minTimes[i],
              chunks.maxTimes[i],
              chunks.encodings[i],
              data,
              0,
              chunks.length(i));
        }
      }
      writer.finish(block.meta());
    }
    try (Block block = Block.open(TestBlocks.DISK, directory.resolve(TestBlocks.ULID.toString()))) {
      assertThat(TestBlocks.floats(block)).as("seed %s", seed).isEqualTo(bits(model));
      try (var files = Files.list(block.directory().resolve("chunks"))) {
        assertThat(files.toList())
            .hasSizeGreaterThan(3)
            .allSatisfy(f -> assertThat(Files.size(f)).isLessThanOrEqualTo(2000));
      }
    }
  }
}
