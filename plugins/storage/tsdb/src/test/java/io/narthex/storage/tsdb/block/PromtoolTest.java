package io.narthex.storage.tsdb.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.narthex.api.model.Labels;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Blocks written here are read by Prometheus's own tool. */
class PromtoolTest {
  @TempDir Path directory;

  private List<String> promtool(String... arguments) throws Exception {
    boolean there =
        Stream.of(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(p -> Files.isExecutable(Path.of(p, "promtool")));
    if (!there) {
      System.out.println("SKIPPED: no promtool on the path");
    }
    assumeTrue(there, "no promtool");
    List<String> command = new ArrayList<>(List.of("promtool", "tsdb"));
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile(directory.getParent(), "promtool", ".out");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    List<String> lines = Files.readAllLines(output);
    Files.delete(output);
    assertThat(process.exitValue()).as("%s", lines).isZero();
    return lines;
  }

  @Test
  void aRewrittenBlockDumpsAsTheGoldenOne() throws Exception {
    Path golden = TestBlocks.copy(TestBlocks.conformance("golden/data"), directory.resolve("was"));
    TestBlocks.DISK.delete(golden.resolve("wal"));
    TestBlocks.DISK.delete(golden.resolve("chunks_head"));
    Path data = Files.createDirectory(directory.resolve("is"));
    // Without it, promtool finds no database.
    Files.createDirectory(golden.resolve("wal"));
    Files.createDirectory(data.resolve("wal"));
    for (Path path : TestBlocks.blocks("golden/data")) {
      // With all its series, so that their ids stay and the tombstones fit.
      Path whole = TestBlocks.copy(path, directory.resolve("whole"));
      Tombstones.NONE.write(TestBlocks.DISK, whole);
      try (Block block = Block.open(TestBlocks.DISK, whole)) {
        TestBlocks.rewrite(block, data);
        Tombstones.read(TestBlocks.DISK, path)
            .write(TestBlocks.DISK, data.resolve(block.toString()));
      }
    }
    assertThat(promtool("dump", data.toString())).isEqualTo(promtool("dump", golden.toString()));
    assertThat(promtool("list", data.toString())).hasSize(4);
  }

  @Test
  void aNewBlockIsListedAnalyzedAndDumped() throws Exception {
    Random random = new Random(5);
    SortedMap<Labels, SortedMap<Long, Double>> model = new TreeMap<>();
    for (int i = 0; i < 200; i++) {
      SortedMap<Long, Double> samples = new TreeMap<>();
      for (int j = 0; j < 50; j++) {
        samples.put(1_700_000_000_000L + 1000 * j, (double) random.nextInt(1000));
      }
      model.put(
          Labels.of("__name__", "m" + i % 7, "number", "n" + i, "\u00e4", "\ud83d\ude00" + i % 3),
          samples);
    }
    BlockMeta meta = TestBlocks.write(directory, model, 20);
    List<String> list = promtool("list", directory.toString());
    assertThat(list).hasSize(2);
    try (Block block = Block.open(TestBlocks.DISK, directory.resolve(meta.ulid().toString()))) {
      assertThat(list.getLast().split(" +"))
          .containsExactly(
              meta.ulid().toString(),
              Long.toString(meta.minTime()),
              Long.toString(meta.maxTime()),
              "49.001s",
              "10000",
              "600",
              "200",
              Long.toString(block.size()));
    }
    assertThat(promtool("analyze", directory.toString()))
        .anyMatch(l -> l.equals("Series: 200"))
        .anyMatch(l -> l.equals("Label names: 3"))
        .anyMatch(l -> l.equals("Postings (unique label pairs): 210"));
    List<String> want = new ArrayList<>();
    model.forEach((labels, samples) ->
        samples.forEach((t, v) -> want.add(labels(labels) + " " + v.intValue() + " " + t)));
    // Without it, promtool finds no database.
    Files.createDirectory(directory.resolve("wal"));
    List<String> got = promtool("dump", directory.toString());
    assertThat(got).containsExactlyInAnyOrderElementsOf(want);
  }

  /** As version 2.42 prints them, names without quotes. */
  private static String labels(Labels labels) {
    StringBuilder out = new StringBuilder("{");
    labels.forEach((name, value) ->
        out.append(out.length() > 1 ? ", " : "")
            .append(name)
            .append("=\"")
            .append(value)
            .append('"'));
    return out.append('}').toString();
  }
}
