package io.narthex.storage.tsdb.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.command.Invocation;
import io.narthex.api.format.FloatText;
import io.narthex.storage.tsdb.block.BlockMeta;
import io.narthex.storage.tsdb.block.UlidGenerator;
import io.narthex.storage.tsdb.file.RealDisk;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CreateBlocksCommandTest {
  private static final long TWO_HOURS = 7_200_000;

  @TempDir Path folder;

  private Conformance.Ended run(String... arguments) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int status =
        new CreateBlocksCommand()
            .run(
                new Invocation(
                    List.of(arguments),
                    InputStream.nullInputStream(),
                    new PrintStream(out, true, StandardCharsets.UTF_8),
                    new PrintStream(err, true, StandardCharsets.UTF_8),
                    false,
                    folder));
    return new Conformance.Ended(
        status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private Conformance.Ended importing(String text, String... flags) throws Exception {
    Files.writeString(folder.resolve("in.om"), text);
    return run(
        Stream.concat(Stream.of("openmetrics", "in.om", "out"), Stream.of(flags))
            .toArray(String[]::new));
  }

  /** What Debian's promtool reads from the blocks. */
  private String dump(String directory) throws Exception {
    Files.createDirectories(folder.resolve(directory).resolve("wal"));
    Conformance.Ended ended = Conformance.promtool(folder, "tsdb", "dump", directory);
    assertThat(ended.err()).isEmpty();
    return ended.out();
  }

  @Test
  void makesABlockForEachTwoHoursThatPrometheusReads() throws Exception {
    Conformance.Ended ended =
        importing(
            """
            # TYPE a counter
            a_total{x="2"} 1 1700000000
            a_total{x="1"} 5 1700000000.5
            a_total{x="1"} 6.25 1700007200
            b NaN 1700000060
            # EOF
            """);

    assertThat(ended.err()).isEmpty();
    assertThat(ended.status()).isZero();
    assertThat(ended.out().lines().map(line -> line.replaceAll("^[0-9A-Z]{26}", "ULID")))
        .containsExactly(
            "BLOCK ULID                  MIN TIME       MAX TIME       DURATION     NUM SAMPLES "
                + " NUM CHUNKS   NUM SERIES   SIZE",
            "ULID  1700000000000  1700000060001  1m0.001s     3            3            3          "
                + "  "
                + size(0),
            "ULID  1700007200000  1700007200001  1ms          1            1            1          "
                + "  "
                + size(1));
    assertThat(dump("out"))
        .isEqualTo(
            """
            {__name__="a_total", x="1"} 5 1700000000500
            {__name__="a_total", x="1"} 6.25 1700007200000
            {__name__="a_total", x="2"} 1 1700000000000
            {__name__="b"} NaN 1700000060000
            """);
  }

  private List<Path> blocks() throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("out"))) {
      return files.filter(f -> !f.endsWith("wal")).sorted().toList();
    }
  }

  private long size(int block) throws IOException {
    return new RealDisk().size(blocks().get(block));
  }

  @Test
  void goesThereAndBackWithoutLoss() throws Exception {
    Path file =
        Conformance.folder("config/promtool/testdata")
            .resolve("dump-openmetrics-roundtrip-test.prom");

    assertThat(run("openmetrics", file.toString(), "out", "--quiet").out()).isEmpty();

    long lines = Files.readAllLines(file).size();
    assertThat(dump("out").lines()).hasSize((int) lines - 1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\0',
      value = {
        "a 1\\n# EOF | getting min and max timestamp: expected timestamp for series got none",
        "a 1 2\\n | getting min and max timestamp: next: data does not end with # EOF",
        "a{b=\"c\",b=\"d\"} 1 2\\n# EOF | block creation: process blocks: add sample: label name"
            + " \"b\" is not unique: invalid sample",
        "{\"\"} 1 2\\n# EOF | block creation: process blocks: add sample: empty labelset: invalid"
            + " sample",
      })
  void refusesWhatUpstreamRefusesInItsWords(String text, String expected) throws Exception {
    Conformance.Ended ended = importing(text.replace("\\n", "\n"));

    assertThat(ended.err()).isEqualTo(expected + "\n");
    assertThat(ended.status()).isEqualTo(1);
    assertThat(blocks()).isEmpty();
  }

  @Test
  void refusesASampleBeforeOneOfAnEarlierBatch() throws Exception {
    StringBuilder text = new StringBuilder("late 1 7100\n");
    for (int i = 0; i < Backfill.BATCH; i++) {
      text.append("filler{n=\"").append(i).append("\"} 1 10\n");
    }

    Conformance.Ended before = importing(text + "late 2 7000\n# EOF\n");
    Conformance.Ended same = importing(text + "late 2 7100\n# EOF\n");
    Conformance.Ended copy = importing(text + "late 1 7100\n# EOF\n");

    assertThat(before.err())
        .isEqualTo("block creation: process blocks: add sample: out of order sample\n");
    assertThat(same.err())
        .isEqualTo(
            "block creation: process blocks: add sample: duplicate sample for timestamp 7100000;"
                + " overrides not allowed: existing 1, new value 2\n");
    assertThat(copy.status()).isZero();
  }

  @Test
  void saysHowManySamplesItDropsThatUpstreamDropsSilently() throws Exception {
    Conformance.Ended ended = importing("a 1 10\na 2 5\na 3 10\na 4 11\n# EOF\n");

    assertThat(ended.err())
        .isEqualTo(
            "dropped samples that came twice, or before an earlier one of their series: 2\n");
    assertThat(dump("out"))
        .isEqualTo(
            """
            {__name__="a"} 1 10000
            {__name__="a"} 4 11000
            """);
  }

  @Test
  void writesTheBlocksBeforeTheWindowWithTheError() throws Exception {
    Conformance.Ended ended = importing("a 1 20000\na{b=\"c\",b=\"d\"} 1 20001\na 1 10\n# EOF\n");

    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.out().lines()).hasSize(2);
    assertThat(blocks()).hasSize(1);
  }

  @Test
  void attachesLabels() throws Exception {
    importing("a{b=\"c\",d=\"e\"} 1 2\n# EOF\n", "--label=b=x", "--label=z=y", "--label=d=");

    assertThat(dump("out")).isEqualTo("{__name__=\"a\", b=\"x\", z=\"y\"} 1 2000\n");
  }

  @Test
  void takesFlagsAlsoBeforeTheSource() throws Exception {
    Files.writeString(folder.resolve("in.om"), "a 1 2\n# EOF\n");

    assertThat(run("-qr", "openmetrics", "in.om", "out"))
        .isEqualTo(new Conformance.Ended(0, "", ""));
  }

  @ParameterizedTest
  @CsvSource({"0,2", "7200000,2", "21599999,2", "21600000,6", "86400000,18", "999999999999,39366"})
  void blocksAreAsLongAsCompactionMakesThem(long asked, long hours) {
    assertThat(CreateBlocksCommand.blockDuration(asked)).isEqualTo(hours * 3_600_000);
  }

  @Test
  void longerBlocksOnRequest() throws Exception {
    importing("a 1 2\na 1 7200\na 1 21599\na 1 21600\n# EOF\n", "--max-block-duration=6h");

    assertThat(blocks()).hasSize(2);
  }

  @Test
  void wrongCallsAreToldInTheWordsOfUpstream() throws Exception {
    assertThat(run().err())
        .isEqualTo(
            "promtool: error: must select a subcommand of 'tsdb create-blocks-from', try --help\n");
    assertThat(run("openmetrics").err())
        .isEqualTo("promtool: error: required argument 'input file' not provided, try --help\n");
    assertThat(run("openmetrics", "missing", "out"))
        .isEqualTo(
            new Conformance.Ended(
                1, "", "open " + folder.resolve("missing") + ": no such file or directory\n"));
  }

  /** Blocks from random samples, with so little memory that chunks go through the file. */
  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23, 24, 25, 26})
  void keepsEverySampleWhateverTheOrderAndHoweverLittleMemory(long seed) throws Exception {
    Random random = new Random(seed);
    int seriesCount = 1 + random.nextInt(40);
    int perSeries = 200 + random.nextInt(1500);
    List<int[]> samples = new ArrayList<>();
    for (int s = 0; s < seriesCount; s++) {
      for (int i = 0; i < perSeries; i++) {
        samples.add(new int[] {s, i});
      }
    }
    if (seed % 3 == 1) {
      samples.sort((a, b) -> Integer.compare(a[1], b[1]));
    } else if (seed % 3 == 2) {
      // Windows in a random order, each in the order of time.
      int window = 480;
      Integer[] order = new Integer[perSeries / window + 1];
      Arrays.setAll(order, i -> i);
      java.util.Collections.shuffle(Arrays.asList(order), random);
      samples.sort(
          java.util.Comparator.comparingInt((int[] a) -> order[a[1] / window])
              .thenComparingInt(a -> a[1]));
    }
    StringBuilder text = new StringBuilder();
    List<String> expected = new ArrayList<>();
    long base = 1_700_000_000_000L / TWO_HOURS * TWO_HOURS;
    for (int[] sample : samples) {
      long time = base + sample[1] * 15_000L + sample[0];
      double value = new Random(seed ^ (sample[0] * 10_000L + sample[1])).nextInt(1000) / 8.0;
      text.append(
          "m{s=\"%02d\"} %s %d.%03d%n".formatted(sample[0], value, time / 1000, time % 1000));
      expected.add("%02d %d %s".formatted(sample[0], time, FloatText.text(value)));
    }
    text.append("# EOF\n");
    SeriesTable table = new SeriesTable(Map.of());
    UlidGenerator ids = new UlidGenerator(InstantSource.system(), random);
    List<BlockMeta> metas = new ArrayList<>();
    Files.createDirectories(folder.resolve("out"));
    long dropped;
    try (Backfill backfill =
        new Backfill(new RealDisk(), folder.resolve("out"), TWO_HOURS, table, 1, ids::next)) {
      OpenMetricsReader reader =
          new OpenMetricsReader(
              Channels.newChannel(
                  new ByteArrayInputStream(text.toString().getBytes(StandardCharsets.UTF_8))),
              table,
              1 << 14);
      while (reader.next()) {
        backfill.add(reader.series(), reader.time(), reader.value());
      }
      backfill.write((meta, at) -> metas.add(meta));
      dropped = backfill.dropped();
    }
    assertThat(dropped).as("seed %d", seed).isZero();
    assertThat(metas.stream().mapToLong(m -> m.stats().samples()).sum())
        .as("seed %d", seed)
        .isEqualTo(samples.size());
    List<String> read =
        dump("out")
            .lines()
            .map(line -> {
              String[] cells = line.substring(line.indexOf("s=\"") + 3).split("\"} | ");
              return cells[0] + " " + cells[2] + " " + cells[1];
            })
            .sorted()
            .toList();
    assertThat(read).as("seed %d", seed).isEqualTo(expected.stream().sorted().toList());
    assertThat(blocks().stream().filter(Files::isRegularFile)).isEmpty();
  }
}
