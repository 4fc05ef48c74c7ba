package io.narthex.storage.tsdb.block;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.model.StaleMarker;
import io.narthex.storage.tsdb.chunk.ChunkDecoder;
import io.narthex.storage.tsdb.select.ChunkList;
import io.narthex.storage.tsdb.select.Part;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Blocks that Prometheus wrote are read to the last sample. */
class GoldenBlockTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @TempDir Path directory;

  private static Labels labels(JsonNode node) {
    Map<String, String> out = new HashMap<>();
    node.properties().forEach(e -> out.put(e.getKey(), e.getValue().stringValue()));
    return Labels.of(out);
  }

  @Test
  void floatsOfAllBlocksAreTheOnesThatPromtoolDumps() throws Exception {
    SortedMap<Labels, SortedMap<Long, Long>> got = new TreeMap<>();
    long end = Long.MIN_VALUE;
    for (Path path : TestBlocks.blocks("golden/data")) {
      try (Block block = Block.open(TestBlocks.DISK, path)) {
        block.verify();
        end = Math.max(end, block.meta().maxTime());
        TestBlocks.floats(block)
            .forEach((labels, s) -> got.computeIfAbsent(labels, l -> new TreeMap<>()).putAll(s));
      }
    }
    SortedMap<Labels, SortedMap<Long, Long>> want = new TreeMap<>();
    for (String line :
        Files.readAllLines(TestBlocks.conformance("golden/dump.jsonl"), StandardCharsets.UTF_8)) {
      JsonNode series = JSON.readTree(line);
      SortedMap<Long, Long> samples = new TreeMap<>();
      for (JsonNode sample : series.path("samples")) {
        long time = sample.path(0).longValue();
        if (time < end) {
          samples.put(time, bits(sample.path(1).stringValue()));
        }
      }
      if (!samples.isEmpty()) {
        want.put(labels(series.path("labels")), samples);
      }
    }
    assertThat(want).isNotEmpty();
    assertThat(got.keySet()).isEqualTo(want.keySet());
    want.forEach((labels, samples) -> {
      SortedMap<Long, Long> found = got.getOrDefault(labels, new TreeMap<>());
      assertThat(found.keySet()).as("%s", labels).isEqualTo(samples.keySet());
      samples.forEach((time, bits) -> {
        // Of its blocks, Prometheus has stored the -0 of the text as 0; promtool says so.
        long bitsFound = java.util.Objects.requireNonNull(found.get(time));
        boolean zeros = bits == Long.MIN_VALUE && bitsFound == 0;
        assertThat(zeros ? (long) bits : bitsFound).as("%s at %s", labels, time).isEqualTo(bits);
      });
    });
  }

  private static long bits(String value) {
    return switch (value) {
      case "stale" -> StaleMarker.BITS;
      case "NaN" -> 0x7ff8000000000001L;
      case "+Inf", "Inf" -> Double.doubleToRawLongBits(Double.POSITIVE_INFINITY);
      case "-Inf" -> Double.doubleToRawLongBits(Double.NEGATIVE_INFINITY);
      default -> Double.doubleToRawLongBits(Double.parseDouble(value));
    };
  }

  @Test
  void sizeIsThatOfPromtoolsList() throws Exception {
    String list = Files.readString(TestBlocks.conformance("golden/tsdb_list.txt"));
    for (Path path : TestBlocks.blocks("golden/data")) {
      try (Block block = Block.open(TestBlocks.DISK, path)) {
        List<String> row =
            list.lines()
                .filter(l -> l.startsWith(block.toString()))
                .flatMap(l -> List.of(l.split(" +")).stream())
                .toList();
        assertThat(row.getLast()).isEqualTo(Long.toString(block.size()));
        assertThat(block.index().seriesCount()).isEqualTo((int) block.meta().stats().series());
      }
    }
  }

  @Test
  void version1IsRead() throws Exception {
    try (Block block =
        Block.open(TestBlocks.DISK, TestBlocks.conformance("upstream/index_format_v1"))) {
      assertThat(block.index().version()).isEqualTo(1);
      block.verify();
      StringBuilder dump = new StringBuilder();
      TestBlocks.floats(block)
          .forEach((labels, samples) ->
              samples.forEach((time, bits) ->
                  dump.append(labels)
                      .append(' ')
                      .append(Math.round(Double.longBitsToDouble(bits)))
                      .append(' ')
                      .append(time)
                      .append('\n')));
      List<String> want =
          Files.readAllLines(TestBlocks.conformance("upstream/index_format_v1.dump.txt"));
      assertThat(dump.toString().lines().sorted()).isEqualTo(want.stream().sorted().toList());
      try (Part part = block.part(Long.MIN_VALUE, Long.MAX_VALUE)) {
        assertThat(part.labelNames(List.of(), 0)).containsExactly("bar", "foo");
        List<String> values = part.labelValues("bar", List.of(), 0);
        assertThat(values).hasSize(100).isSorted();
        assertThat(part.labelValues("bar", List.of(), 3)).isEqualTo(values.subList(0, 4));
        assertThat(part.select(List.of(Matcher.equal("bar", "42"))).size()).isEqualTo(1);
        assertThat(part.select(List.of(Matcher.of(Matcher.Type.REGEX, "bar", "4.*"))).size())
            .isEqualTo(11);
        assertThat(part.labelValues("foo", List.of(Matcher.equal("foo", "bar")), 0))
            .containsExactly("bar");
      }
    }
  }

  @Test
  void version1IsRewrittenAsVersion2() throws Exception {
    try (Block block =
        Block.open(TestBlocks.DISK, TestBlocks.conformance("upstream/index_format_v1"))) {
      TestBlocks.rewrite(block, directory);
      try (Block again = Block.open(TestBlocks.DISK, directory.resolve(block.toString()))) {
        assertThat(again.index().version()).isEqualTo(2);
        assertThat(TestBlocks.floats(again)).isEqualTo(TestBlocks.floats(block));
      }
    }
  }

  @Test
  void theBadVersionOfPrometheus21IsRepaired() throws Exception {
    String name = "01BZJ9WJQPWHGNC2W4J9TA62KC";
    Path path =
        TestBlocks.copy(
            TestBlocks.conformance("upstream/repair_index_version/" + name),
            directory.resolve(name));
    assertThat(Block.repair(TestBlocks.DISK, path)).isTrue();
    assertThat(Block.repair(TestBlocks.DISK, path)).isFalse();
    assertThat(path.resolve("index.repaired")).doesNotExist();
    try (Block block = Block.open(TestBlocks.DISK, path);
        Part part = block.part(Long.MIN_VALUE, Long.MAX_VALUE)) {
      assertThat(block.index().version()).isEqualTo(2);
      assertThat(block.meta().stats().series()).isEqualTo(88910);
      List<Labels> found = new ArrayList<>();
      for (int id : part.select(List.of(Matcher.equal("b", "1"))).toArray()) {
        found.add(part.labels(id));
      }
      assertThat(found)
          .containsExactly(Labels.of("a", "1", "b", "1"), Labels.of("a", "2", "b", "1"));
    }
  }

  @Test
  void histogramsAreRead() throws Exception {
    Map<Labels, JsonNode> truth = new HashMap<>();
    for (String line :
        Files.readAllLines(TestBlocks.conformance("golden_native_histograms/truth.jsonl"))) {
      JsonNode series = JSON.readTree(line);
      truth.put(labels(series.path("labels")), series.path("histograms"));
    }
    int compared = 0;
    for (Path path : TestBlocks.blocks("golden_native_histograms/data")) {
      try (Block block = Block.open(TestBlocks.DISK, path);
          Part part = block.part(Long.MIN_VALUE, Long.MAX_VALUE)) {
        block.verify();
        ChunkList chunks = new ChunkList();
        ChunkDecoder decoder = new ChunkDecoder();
        SampleBatch batch = new SampleBatch(50);
        for (int id : part.select(List.of()).toArray()) {
          Labels labels = part.labels(id);
          Map<Long, JsonNode> want = new HashMap<>();
          truth
              .getOrDefault(labels, JSON.createArrayNode())
              .forEach(h -> want.put(h.path("t").longValue(), h));
          assertThat(want).as("%s", labels).isNotEmpty();
          chunks.clear();
          part.chunks(id, Long.MIN_VALUE, Long.MAX_VALUE, chunks);
          for (int c = 0; c < chunks.size; c++) {
            byte[] data = new byte[chunks.length(c)];
            chunks.copy(c, data);
            decoder.reset(chunks.encodings[c], data, 0, data.length);
            while (decoder.read(batch) > 0) {
              for (int i = 0; i < batch.size; i++) {
                JsonNode h = want.get(batch.timestamps[i]);
                assertThat(h).as("%s at %s", labels, batch.timestamps[i]).isNotNull();
                NativeHistogram got = java.util.Objects.requireNonNull(batch.histograms[i]);
                assertThat(got.count()).isEqualTo(h.path("count").doubleValue());
                assertThat(got.sum()).isEqualTo(h.path("sum").doubleValue());
                assertThat(got.schema()).isEqualTo(h.path("schema").intValue());
                compared++;
              }
            }
          }
        }
        assertThat((long) compared).isEqualTo(block.meta().stats().samples());
      }
    }
    assertThat(compared).isPositive();
  }

  /** The bytes of sections in an index, by its table of contents. */
  private record Sections(byte[] symbolsAndSeries, byte[] postings, List<String> table) {
    static Sections of(Path path) throws Exception {
      byte[] index = Files.readAllBytes(path);
      java.nio.ByteBuffer toc = java.nio.ByteBuffer.wrap(index, index.length - 52, 52);
      long symbols = toc.getLong();
      long series = toc.getLong();
      long labelIndices = toc.getLong();
      long labelTable = toc.getLong();
      long postings = toc.getLong() + 3 & ~3L;
      assertThat(symbols).isEqualTo(5);
      assertThat(series).isLessThanOrEqualTo(labelIndices);
      List<String> table = new ArrayList<>();
      try (IndexReader reader = IndexReader.open(TestBlocks.DISK, path)) {
        for (int i = 0; i < reader.table().names().length; i++) {
          PostingsTable.Values values = reader.table().values(i);
          while (values.next()) {
            table.add(
                reader.table().names()[i]
                    + "="
                    + values.string()
                    + "@"
                    + (values.postings() - postings));
          }
        }
      }
      return new Sections(
          java.util.Arrays.copyOfRange(index, 0, (int) labelIndices),
          java.util.Arrays.copyOfRange(index, (int) postings, (int) labelTable),
          table);
    }
  }

  @Test
  void rewritingGivesTheSameBytes() throws Exception {
    List<Path> all = new ArrayList<>(TestBlocks.blocks("golden/data"));
    all.addAll(TestBlocks.blocks("golden_native_histograms/data"));
    for (Path path : all) {
      Path to = directory.resolve(path.getFileName().toString());
      Path copy = TestBlocks.copy(path, directory.resolve("copy").resolve(to.getFileName()));
      Tombstones.NONE.write(TestBlocks.DISK, copy);
      try (Block block = Block.open(TestBlocks.DISK, copy)) {
        BlockMeta meta = TestBlocks.rewrite(block, directory);
        BlockMeta.Stats was = block.meta().stats();
        assertThat(meta.stats().samples()).isEqualTo(was.samples());
        assertThat(meta.stats().series()).isEqualTo(was.series());
        assertThat(meta.stats().chunks()).isEqualTo(was.chunks());
      }
      assertThat(to.resolve("chunks/000001")).hasSameBinaryContentAs(path.resolve("chunks/000001"));
      // Prometheus 2.42 wrote label indices between series and postings; 3.x does not, nor do we.
      Sections want = Sections.of(path.resolve("index"));
      Sections got = Sections.of(to.resolve("index"));
      assertThat(got.symbolsAndSeries()).isEqualTo(want.symbolsAndSeries());
      assertThat(got.postings()).isEqualTo(want.postings());
      assertThat(got.table()).isEqualTo(want.table());
      assertThat(to.resolveSibling(to.getFileName() + BlockWriter.TEMPORARY_SUFFIX)).doesNotExist();
    }
  }

  /** For reading a promtool dump: {@code {a="b", ...} value time}. */
  static MatchResult line(String line) {
    var matcher = Pattern.compile("(\\{.*\\}) (\\S+) (-?\\d+)").matcher(line);
    assertThat(matcher.matches()).as(line).isTrue();
    return matcher.toMatchResult();
  }
}
