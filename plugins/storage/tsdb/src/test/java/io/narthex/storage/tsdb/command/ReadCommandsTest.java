package io.narthex.storage.tsdb.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.command.Command;
import io.narthex.api.command.Invocation;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code list}, {@code dump} and {@code analyze} beside Debian's promtool, byte by byte. */
class ReadCommandsTest {
  @TempDir Path folder;

  private Conformance.Ended run(Command command, String... arguments) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int status =
        command.run(
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

  private Conformance.Ended theirs(Command command, String... arguments) throws Exception {
    List<String> words = new ArrayList<>(command.path());
    words.addAll(List.of(arguments));
    return Conformance.promtool(folder, words.toArray(String[]::new));
  }

  /** The blocks of a golden data directory, and an empty log. */
  private String blocks(String golden) throws Exception {
    Path data = Conformance.folder("tsdb").resolve(golden + "/data");
    Path copy = Files.createDirectories(folder.resolve(golden));
    try (Stream<Path> entries = Files.list(data)) {
      for (Path block : entries.filter(e -> e.getFileName().toString().length() == 26).toList()) {
        Conformance.copy(block, copy.resolve(block.getFileName()));
      }
    }
    Files.createDirectories(copy.resolve("wal"));
    return golden;
  }

  @ParameterizedTest
  @CsvSource({"golden,", "golden,-r", "golden_native_histograms,--human-readable"})
  void listsAsPromtoolDoes(String golden, String flag) throws Exception {
    String[] arguments =
        flag == null ? new String[] {blocks(golden)} : new String[] {blocks(golden), flag};

    assertThat(run(new ListCommand(), arguments)).isEqualTo(theirs(new ListCommand(), arguments));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--max-time=9223372036854775807",
        "--min-time=1700010000000",
        "--max-time=1700010000000",
        "--min-time=1700013600137",
        "--match={__name__=~\"golden_.*total\",instance!=\"alpha:9100\"}",
        "--match={le!=''}",
        "--match=golden_constant",
        "--match=nothing"
      })
  void dumpsAsPromtoolDoes(String flag) throws Exception {
    String data = blocks("golden");

    assertThat(run(new DumpCommand(), flag, data)).isEqualTo(theirs(new DumpCommand(), flag, data));
  }

  @Test
  void dumpsWhatAnyOfSeveralSelectorsGivesOnce() throws Exception {
    String data = blocks("golden");

    String all = run(new DumpCommand(), data).out();
    String some =
        run(
                new DumpCommand(),
                "--match={__name__=~'golden_[a-m].*'}",
                "--match={__name__=~'golden_[g-z].*'}",
                data)
            .out();

    assertThat(some).isEqualTo(all);
  }

  @Test
  void dumpsNativeHistograms() throws Exception {
    String data = blocks("golden_native_histograms");

    assertThat(run(new DumpCommand(), "--match=nh_simple", data).out().lines().findFirst())
        .hasValueSatisfying(line ->
            assertThat(line)
                .matches(
                    "\\{__name__=\"nh_simple\", job=\"nh\"} \\{count:[0-9]+, sum:[0-9.e+]+,"
                        + " .*} 1700006400137"));
  }

  @Test
  void dumpsLabelsAlone() throws Exception {
    String data = blocks("golden");

    assertThat(run(new DumpCommand(), "--format=seriesjson", "--match=golden_constant", data).out())
        .isEqualTo(
            """
            {"__name__":"golden_constant","instance":"alpha:9100","job":"golden"}
            {"__name__":"golden_constant","instance":"beta:9100","job":"golden"}
            {"__name__":"golden_constant","instance":"gamma:9100","job":"golden"}
            """);
  }

  @Test
  void openMetricsComesBackAsItWent() throws Exception {
    String data = blocks("golden");
    String text = run(new DumpOpenMetricsCommand(), data).out();
    Files.writeString(folder.resolve("in.om"), text);

    assertThat(run(new CreateBlocksCommand(), "openmetrics", "-q", "in.om", "again"))
        .isEqualTo(new Conformance.Ended(0, "", ""));

    assertThat(text).endsWith("\n# EOF\n").hasLineCount(25_481);
    assertThat(run(new DumpOpenMetricsCommand(), "again").out()).isEqualTo(text);
  }

  @Test
  void openMetricsIsThatOfUpstreamsTest() throws Exception {
    Path file =
        Conformance.folder("config/promtool/testdata")
            .resolve("dump-openmetrics-roundtrip-test.prom");

    run(new CreateBlocksCommand(), "openmetrics", file.toString(), "out");

    assertThat(run(new DumpOpenMetricsCommand(), "out").out()).isEqualTo(Files.readString(file));
  }

  @ParameterizedTest
  @ValueSource(strings = {"dump-test-1.prom", "dump-test-2.prom", "dump-test-3.prom"})
  void dumpsAreThoseOfUpstreamsTests(String expected) throws Exception {
    Files.writeString(
        folder.resolve("in.om"),
        """
        metric{foo="bar",baz="abc"} 1 0
        metric{foo="bar",baz="abc"} 2 60
        metric{foo="bar",baz="abc"} 3 120
        metric{foo="bar",baz="abc"} 4 180
        metric{foo="bar",baz="abc"} 5 240
        heavy_metric{foo="bar"} 5 0
        heavy_metric{foo="bar"} 4 60
        heavy_metric{foo="bar"} 3 120
        heavy_metric{foo="bar"} 2 180
        heavy_metric{foo="bar"} 1 240
        heavy_metric{foo="foo"} 5 0
        heavy_metric{foo="foo"} 4 60
        heavy_metric{foo="foo"} 3 120
        heavy_metric{foo="foo"} 2 180
        heavy_metric{foo="foo"} 1 240
        # EOF
        """);
    run(new CreateBlocksCommand(), "openmetrics", "in.om", "out");
    String[] flags =
        switch (expected) {
          case "dump-test-1.prom" ->
              new String[] {"out", "--match={foo=~'.+'}", "--match={foo=~'.+'}"};
          case "dump-test-2.prom" ->
              new String[] {
                "out", "--match={__name__='heavy_metric',foo='foo'}", "--match={__name__='metric'}"
              };
          default ->
              new String[] {
                "--min-time=60000", "--max-time=120000", "--match={__name__='metric'}", "out"
              };
        };

    assertThat(run(new DumpCommand(), flags).out())
        .isEqualTo(
            Files.readString(Conformance.folder("config/promtool/testdata").resolve(expected)));
  }

  @Test
  void analyzesAsPromtoolDoesButForTheOrderOfEqualFigures() throws Exception {
    String data = blocks("golden");

    Conformance.Ended ours = run(new AnalyzeCommand(), "--limit=1000", data);
    Conformance.Ended theirs = theirs(new AnalyzeCommand(), "--limit=1000", data);

    assertThat(ours.err()).isEmpty();
    assertThat(ours.out().replace("Total Series: ", "Series: ").lines().sorted())
        .containsExactlyElementsOf(theirs.out().lines().sorted().toList());
  }

  @Test
  void looksIntoChunks() throws Exception {
    String data = blocks("golden_native_histograms");

    assertThat(run(new AnalyzeCommand(), "--extended", "--match={job='nh'}", data).out())
        .contains(
            "\nMatcher: {job='nh'}\n",
            "\nMatched series: 6\n",
            "\nsamples per float chunk: N/A\n\n",
            "\nsamples per histogram chunk (min/avg/max): 18/84/140\n[  1, 100]:  7 ####");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "list nowhere",
        "list a b",
        "list --nonsense",
        "list -x",
        "dump --min-time",
        "dump --min-time=abc",
        "dump --min-time="
      })
  void wrongCallsAreToldInTheWordsOfUpstream(String line) throws Exception {
    String[] words = line.split(" ");
    Command command = words[0].equals("list") ? new ListCommand() : new DumpCommand();
    String[] arguments = Stream.of(words).skip(1).toArray(String[]::new);

    assertThat(run(command, arguments)).isEqualTo(theirs(command, arguments));
  }

  @Test
  void saysWhichBlockIsNotThere() throws Exception {
    String data = blocks("golden");
    Files.createDirectories(folder.resolve("empty"));

    assertThat(run(new AnalyzeCommand(), data, "nope").err()).isEqualTo("invalid block ID nope\n");
    assertThat(run(new AnalyzeCommand(), "empty").err()).isEqualTo("no blocks found\n");
  }
}
