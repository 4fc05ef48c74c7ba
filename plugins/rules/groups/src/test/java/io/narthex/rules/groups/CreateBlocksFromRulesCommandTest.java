package io.narthex.rules.groups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.narthex.api.command.Command;
import io.narthex.api.command.Invocation;
import io.narthex.api.http.JdkCaller;
import io.narthex.api.model.Labels;
import io.narthex.api.model.LabelsHash;
import io.narthex.kernel.config.RecordFiles;
import io.narthex.rules.groups.PastServer.Series;
import io.narthex.rules.groups.eval.Fixture;
import io.narthex.rules.groups.eval.Schedule;
import io.narthex.storage.tsdb.command.DumpCommand;
import io.narthex.storage.tsdb.command.ListCommand;
import io.narthex.storage.tsdb.command.TsdbBackfill;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CreateBlocksFromRulesCommandTest {
  private static final Path PROMTOOL = Path.of("/usr/bin/promtool");
  private static final long WINDOW = 7_200_000;

  /** A multiple of the length of a block, in milliseconds. */
  private static final long T0 = 1_700_006_400_000L;

  private static final long ALWAYS = Long.MAX_VALUE;

  @TempDir private Path directory;
  private Fixture fixture;
  private PastServer server;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void open() throws Exception {
    assertThat(T0 % WINDOW).isZero();
    fixture = new Fixture();
    fixture.extensions.come(new TsdbBackfill());
    server = new PastServer();
  }

  @AfterEach
  void close() throws Exception {
    server.close();
    fixture.close();
  }

  private int run(Command command, String... arguments) throws Exception {
    out.reset();
    err.reset();
    return command.run(
        new Invocation(
            List.of(arguments),
            InputStream.nullInputStream(),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            false,
            directory));
  }

  private int create(String... arguments) throws Exception {
    Clock clock = Clock.fixed(Instant.ofEpochMilli(T0 + 4 * WINDOW), ZoneOffset.UTC);
    return run(
        new CreateBlocksFromRulesCommand(
            (config, name, base) -> new JdkCaller(config),
            new RecordFiles(),
            fixture.extensions,
            clock),
        Stream.concat(Stream.of("--url", server.url()), Stream.of(arguments))
            .toArray(String[]::new));
  }

  /** From {@link #T0} on, for so many seconds. */
  private int create(long seconds, String... more) throws Exception {
    return create(
        Stream.concat(
                Stream.of(
                    "--start=" + T0 / 1000, "--end=" + (T0 / 1000 + seconds), "--output-dir=out"),
                Stream.of(more))
            .toArray(String[]::new));
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  private void rules(String file, String yaml) throws Exception {
    Files.writeString(directory.resolve(file), yaml);
  }

  /** All samples, sorted, as {@code series value time}. */
  private List<String> stored() throws Exception {
    assertThat(run(new DumpCommand(), "out")).as(err()).isZero();
    return out.toString(StandardCharsets.UTF_8).lines().sorted().toList();
  }

  private List<String> blocks() throws Exception {
    assertThat(run(new ListCommand(), "out")).as(err()).isZero();
    return out.toString(StandardCharsets.UTF_8).lines().skip(1).toList();
  }

  /** The first time of a group that is not before a time; milliseconds. */
  private static long first(String group, long interval, long from) {
    long nanos = interval * 1_000_000;
    long slot = Schedule.of("r.yml", group, nanos).slot(from * 1_000_000);
    return Math.floorDiv((slot < from * 1_000_000 ? slot + nanos : slot) + 500_000, 1_000_000);
  }

  @Test
  void recordsWhatTheServerWouldHaveRecorded() throws Exception {
    rules(
        "r.yml",
        """
        groups:
          - name: g
            interval: 10m
            labels: {team: a, zone: ''}
            rules:
              - {record: r, expr: sum(up) by(job), labels: {team: b, job: ''}}
              - {alert: A, expr: up == 0}
        """);
    server.known.put(
        "sum by (job) (up)",
        List.of(new Series("\"job\":\"x\",\"zone\":\"z\",\"host\":\"h\"", 0, ALWAYS)));
    assertThat(create(3600, "r.yml")).as(err()).isZero();
    long first = first("g", 600_000, T0);
    long last = first + (T0 + 3_600_000 - first) / 600_000 * 600_000;
    assertThat(server.asked)
        .as("alerting rules are passed over")
        .containsExactly("sum by (job) (up) " + first + ".." + last + " 600000");
    List<String> expected = new ArrayList<>();
    for (long t = first; t <= T0 + 3_600_000; t += 600_000) {
      expected.add("{__name__=\"r\", host=\"h\", team=\"b\"} " + PastServer.value(t) + " " + t);
    }
    assertThat(stored()).containsExactlyElementsOf(expected.stream().sorted().toList());
    assertThat(blocks()).hasSize(1);
  }

  @Test
  void makesOneBlockOfAllRulesForEachWindow() throws Exception {
    rules(
        "r.yml",
        """
        groups:
          - {name: g, rules: [{record: a, expr: a}, {record: b, expr: b, labels: {x: "1"}},
             {record: b, expr: c, labels: {x: "2"}}]}
          - {name: h, interval: 30s, rules: [{record: c, expr: c}]}
        """);
    for (String name : List.of("a", "b", "c")) {
      server.known.put(name, List.of(new Series("\"__name__\":\"" + name + "\"", 0, ALWAYS)));
    }
    assertThat(create(3 * WINDOW / 1000, "--eval-interval=1m", "r.yml")).as(err()).isZero();
    assertThat(blocks()).hasSize(3);
    assertThat(stored()).hasSize(3 * 360 + 720);
    assertThat(err()).isEmpty();
    assertThat(create(3 * WINDOW / 1000, "--max-block-duration=6h", "--output-dir=other", "r.yml"))
        .isEqualTo(1);
    assertThat(err()).contains("flag 'output-dir' cannot be repeated");
  }

  @Test
  void longerBlocksAreMadeWhereAskedForAndAskedForInPieces() throws Exception {
    rules("r.yml", "groups: [{name: g, rules: [{record: a, expr: a}]}]");
    server.known.put("a", List.of(new Series("", 0, ALWAYS)));
    long from = T0 / (9 * WINDOW) * (9 * WINDOW);
    assertThat(
            create(
                "--start=" + from / 1000,
                "--end=" + (from / 1000 + 64_799),
                "--output-dir=out",
                "--max-block-duration=24h",
                "--eval-interval=1s",
                "r.yml"))
        .as(err())
        .isZero();
    assertThat(server.asked).hasSize(6);
    assertThat(blocks()).hasSize(1);
    assertThat(stored()).hasSizeBetween(64_799, 64_800);
  }

  @Test
  void aRuleThatFailsIsGivenUpAndTheOthersGoOn() throws Exception {
    rules(
        "r.yml",
        """
        groups:
          - {name: g, rules: [{record: a, expr: a}, {record: b, expr: b}, {record: c, expr: c},
             {record: d, expr: d}, {record: e, expr: e}, {record: f, expr: f}]}
        """);
    server.known.put("f", List.of(new Series("", 0, ALWAYS)));
    server.refused.put(
        "a", Map.entry(422, "{\"status\":\"error\",\"errorType\":\"execution\",\"error\":\"no\"}"));
    server.refused.put("b", Map.entry(500, "oh"));
    server.refused.put("c", Map.entry(404, "oh"));
    server.refused.put("d", Map.entry(200, "{\"status\":\"success\",\"data\":{\"resultType\":"));
    server.refused.put(
        "e",
        Map.entry(
            200, "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[]}}"));
    assertThat(create(2 * WINDOW / 1000 - 1, "r.yml")).isEqualTo(1);
    assertThat(err().lines().filter(line -> !line.startsWith("time=")))
        .satisfiesExactly(
            line -> assertThat(line).isEqualTo("rule importer error: query range: execution: no"),
            line ->
                assertThat(line)
                    .isEqualTo("rule importer error: query range: server_error: server error: 500"),
            line ->
                assertThat(line)
                    .isEqualTo("rule importer error: query range: client_error: client error: 404"),
            line -> assertThat(line).startsWith("rule importer error: query range: bad_response: "),
            line ->
                assertThat(line).isEqualTo("rule importer error: rule result is wrong type vector"),
            line -> assertThat(line).isEqualTo("error importing rules"));
    assertThat(server.asked).as("each failed rule is asked for once").hasSize(5 + 2);
    assertThat(blocks()).hasSize(2);
    assertThat(stored()).hasSize(240);
  }

  @Test
  void aServerThatIsNotThereIsNamed() throws Exception {
    rules("r.yml", "groups: [{name: g, rules: [{record: a, expr: a}]}]");
    server.close();
    assertThat(create(60, "r.yml")).isEqualTo(1);
    assertThat(err()).contains("rule importer error: query range: ", "error importing rules\n");
  }

  @Test
  void aServerWithoutPostIsAskedByGet() throws Exception {
    rules("r.yml", "groups: [{name: g, rules: [{record: a, expr: 'a + on() b'}]}]");
    server.onlyGet = true;
    server.known.put("a + on () b", List.of(new Series("", 0, ALWAYS)));
    assertThat(create(600, "r.yml")).as(err()).isZero();
    assertThat(stored()).hasSize(10);
  }

  @Test
  void rulesThatRecordTheSameSeriesKeepTheirSamplesBoth() throws Exception {
    rules(
        "r.yml",
        """
        groups:
          - {name: g, rules: [{record: a, expr: a}]}
          - {name: h, rules: [{record: a, expr: b}]}
        """);
    server.known.put("a", List.of(new Series("\"x\":\"1\"", 0, T0 + 600_000)));
    server.known.put("b", List.of(new Series("\"x\":\"1\"", 0, T0 + 600_000)));
    assertThat(create(600, "r.yml")).as(err()).isZero();
    assertThat(blocks()).hasSize(2);
    assertThat(first("g", 60_000, T0)).isNotEqualTo(first("h", 60_000, T0));
    assertThat(stored()).hasSize(20);
  }

  @Test
  void saysWhatAnAnswerHasThatIsNotRecorded() throws Exception {
    rules("r.yml", "groups: [{name: g, rules: [{record: a, expr: a, labels: {x: same}}]}]");
    server.known.put(
        "a", List.of(new Series("\"x\":\"1\"", 0, ALWAYS), new Series("\"x\":\"2\"", 0, ALWAYS)));
    server.refused.put("b", Map.entry(200, ""));
    server.beside = ",\"warnings\":[\"beware\",\"of it\"],\"infos\":[\"i\"]";
    assertThat(create(600, "r.yml")).as(err()).isZero();
    assertThat(stored()).hasSize(10);
    assertThat(create(600, "--eval-interval=10m", "r.yml")).isZero();
    assertThat(err())
        .contains(
            "msg=\"Range query returned warnings.\" warnings=\"[beware of it]\"\n",
            "dropped samples of series that have the labels of another one of their rule: 1\n");
  }

  @Test
  void saysHowItGoesAsPromtoolDoes() throws Exception {
    rules("r.yml", "groups: [{name: g, rules: [{record: a, expr: a}, {record: b, expr: b}]}]");
    assertThat(create("--start=2023-11-15T00:00:00Z", "--output-dir=out", "r.yml")).isZero();
    assertThat(err())
        .startsWith(
            """
            time=2023-11-15T08:00:00.000Z level=INFO msg="new rule importer" component=backfiller \
            start="15 Nov 23 00:00 UTC" end="15 Nov 23 05:00 UTC"
            time=2023-11-15T08:00:00.000Z level=INFO msg="processing group" component=backfiller \
            name=r.yml;g
            time=2023-11-15T08:00:00.000Z level=INFO msg="processing rule" component=backfiller \
            id=0 name=a
            """);
    long end = T0 + 4 * WINDOW - 3 * 3_600_000;
    assertThat(server.asked.getLast())
        .endsWith(".." + (first("g", 60_000, end) - 60_000) + " 60000");
    assertThat(out.size()).isZero();
    assertThat(directory.resolve("out")).isEmptyDirectory();
  }

  @Test
  void refusesWrongCallsAndFilesInPromtoolsWords() throws Exception {
    rules("r.yml", "groups: [{name: g, rules: [{record: a, expr: a}]}]");
    rules("bad.yml", "groups: [{name: g, rules: [{record: a, expr: a +}]}]");
    assertThat(create("r.yml")).isEqualTo(1);
    assertThat(err())
        .isEqualTo("promtool: error: required flag --start not provided, try --help\n");
    assertThat(create("--start=1")).isEqualTo(1);
    assertThat(err())
        .isEqualTo("promtool: error: required argument 'rule-files' not provided, try --help\n");
    assertThat(create("--start=1", "none.yml")).isEqualTo(1);
    assertThat(err()).isEqualTo("promtool: error: path 'none.yml' does not exist, try --help\n");
    assertThat(create("--start=x", "r.yml")).isEqualTo(1);
    assertThat(err())
        .isEqualTo("error parsing start time: cannot parse \"x\" to a valid timestamp\n");
    assertThat(create("--start=1", "--end=y", "r.yml")).isEqualTo(1);
    assertThat(err())
        .isEqualTo("error parsing end time: cannot parse \"y\" to a valid timestamp\n");
    assertThat(create("--start=2", "--end=1", "r.yml")).isEqualTo(1);
    assertThat(err()).isEqualTo("start time is not before end time\n");
    assertThat(create("--start=1e15", "--end=2e15", "r.yml")).isEqualTo(1);
    assertThat(err()).isEqualTo("error parsing end time: \"2e15\" is out of range\n");
    assertThat(create("--start=1", "--eval-interval=0s", "r.yml")).isEqualTo(1);
    assertThat(create("--start=1", "--end=60", "bad.yml", "r.yml")).isEqualTo(1);
    assertThat(err().lines().toList().getLast())
        .isEqualTo(
            "rule importer parse error: bad.yml: 1:46: group \"g\", rule 1, \"a\": could not parse"
                + " expression: 1:4: parse error: unexpected end of input");
    assertThat(server.asked).isEmpty();
  }

  @Test
  void stillnessGivesNoBlocks() throws Exception {
    rules("r.yml", "groups: [{name: g, rules: [{record: a, expr: a}]}]");
    assertThat(create(WINDOW / 1000, "r.yml")).isZero();
    assertThat(directory.resolve("out")).isEmptyDirectory();
  }

  /** The XXH64 of less than 32 bytes, with seed 0. */
  private static long hash(byte[] bytes) {
    assertThat(bytes).hasSizeLessThan(32);
    long prime1 = 0x9E3779B185EBCA87L;
    long prime2 = 0xC2B2AE3D27D4EB4FL;
    long prime3 = 0x165667B19E3779F9L;
    long prime4 = 0x85EBCA77C2B2AE63L;
    long prime5 = 0x27D4EB2F165667C5L;
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long h = prime5 + bytes.length;
    while (in.remaining() >= 8) {
      h ^= Long.rotateLeft(in.getLong() * prime2, 31) * prime1;
      h = Long.rotateLeft(h, 27) * prime1 + prime4;
    }
    if (in.remaining() >= 4) {
      h ^= Integer.toUnsignedLong(in.getInt()) * prime1;
      h = Long.rotateLeft(h, 23) * prime2 + prime3;
    }
    while (in.hasRemaining()) {
      h ^= Byte.toUnsignedLong(in.get()) * prime5;
      h = Long.rotateLeft(h, 11) * prime1;
    }
    h = (h ^ (h >>> 33)) * prime2;
    h = (h ^ (h >>> 29)) * prime3;
    return h ^ (h >>> 32);
  }

  /** A name whose times are the same with the hash that Prometheus 2 had. */
  private static String sameTimes(String prefix, long interval) {
    for (int i = 0; ; i++) {
      String name = prefix + i;
      byte[] text = ("file\0r.yml\0name\0" + name + "\0").getBytes(StandardCharsets.US_ASCII);
      for (int at = 0; at < text.length; at++) {
        text[at] = text[at] == 0 ? (byte) 0xff : text[at];
      }
      long then = Long.remainderUnsigned(hash(text), interval * 1_000_000);
      long now =
          Long.remainderUnsigned(
              new LabelsHash().hash(Labels.of("file", "r.yml", "name", name)),
              interval * 1_000_000);
      // Promtool ends windows at their last whole second; what comes after it is not compared.
      boolean inLastSecond = now / 1_000_000_000 == (interval - 1) / 1000;
      if ((then + 500_000) / 1_000_000 == (now + 500_000) / 1_000_000 && !inLastSecond) {
        return name;
      }
    }
  }

  @Test
  void givesTheSeriesAndSamplesThatPromtoolGives() throws Exception {
    if (!Files.isExecutable(PROMTOOL)) {
      System.out.println("SKIPPED: no " + PROMTOOL);
      assumeTrue(false, "no promtool");
    }
    rules(
        "r.yml",
        """
        groups:
          - name: %s
            rules:
              - {record: "r:a", expr: "sum by(job)(rate(x[5m]))"}
              - {record: "r:b", expr: y, labels: {job: z, gone: "", team: q}}
              - {alert: A, expr: y}
          - name: %s
            interval: 15s
            rules:
              - {record: "r:c", expr: y > 1}
              - {record: "r:none", expr: none}
        """
            .formatted(sameTimes("g", 60_000), sameTimes("h", 15_000)));
    server.known.put(
        "sum by (job) (rate(x[5m]))",
        List.of(
            new Series("\"job\":\"a\"", 0, T0 + WINDOW + 600_000),
            new Series("\"job\":\"bä\\n\\\"\"", T0 + WINDOW, ALWAYS),
            new Series("", 0, ALWAYS)));
    List<Series> y =
        List.of(new Series("\"__name__\":\"y\",\"gone\":\"x\",\"job\":\"a\"", 0, ALWAYS));
    server.known.put("y", y);
    server.known.put("y > 1", y);
    String start = "--start=" + (T0 / 1000 + 100);
    String end = "--end=" + (T0 / 1000 + 5 * WINDOW / 2000);
    for (String longest : List.of("2h", "6h")) {
      String ours = "out" + longest;
      String theirs = "promtool" + longest;
      assertThat(create(start, end, "--output-dir", ours, "--max-block-duration", longest, "r.yml"))
          .as(err())
          .isZero();
      promtool(
          List.of(
              "tsdb",
              "create-blocks-from",
              "rules",
              "--url=" + server.url(),
              start,
              end,
              "--output-dir=" + theirs,
              "--max-block-duration=" + longest,
              "r.yml"));
      TreeSet<String> expected = dumpedByPromtool(theirs);
      // It records alerting rules as well, under their names, which its documents deny.
      assertThat(expected.removeIf(line -> line.contains("__name__=\"A\""))).isTrue();
      assertThat(expected).hasSizeGreaterThan(1000);
      assertThat(dumpedByPromtool(ours)).containsExactlyElementsOf(expected);
      assertThat(promtool(List.of("tsdb", "list", ours))).hasSize(longest.equals("2h") ? 4 : 2);
      assertThat(String.join("\n", promtool(List.of("tsdb", "analyze", ours))))
          .contains(longest.equals("2h") ? "\nSeries: 4\n" : "\nSeries: 5\n");
    }
  }

  private TreeSet<String> dumpedByPromtool(String folder) throws Exception {
    Files.createDirectories(directory.resolve(folder).resolve("wal"));
    return new TreeSet<>(promtool(List.of("tsdb", "dump", folder)));
  }

  private List<String> promtool(List<String> arguments) throws Exception {
    List<String> call = new ArrayList<>(List.of(PROMTOOL.toString()));
    call.addAll(arguments);
    Path log = Files.createTempFile(directory, "promtool", ".log");
    Path errors = Files.createTempFile(directory, "promtool", ".err");
    Process process =
        new ProcessBuilder(call)
            .directory(directory.toFile())
            .redirectOutput(log.toFile())
            .redirectError(errors.toFile())
            .start();
    try {
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).as(Files.readString(errors)).isZero();
    return Files.readAllLines(log);
  }
}
