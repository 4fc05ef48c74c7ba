package io.narthex.rules.groups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.narthex.api.command.Invocation;
import io.narthex.kernel.config.RecordFiles;
import io.narthex.rules.groups.eval.Fixture;
import io.narthex.storage.tsdb.TsdbProvider;
import io.narthex.template.gotemplate.GoTemplateEngine;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TestRulesCommandTest {
  private static final Path PEER = Path.of("/usr/bin/promtool");

  @TempDir private Path directory;
  private Fixture fixture;

  @BeforeEach
  void open() throws Exception {
    fixture = new Fixture();
    fixture.extensions.come(new GoTemplateEngine());
    fixture.extensions.come(new TsdbProvider(new PrometheusRegistry(), Clock.systemUTC()));
  }

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  /** What a call gave. */
  private record Ended(int status, String out, String err) {}

  private Ended run(Path in, String... arguments) throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int status =
        new TestRulesCommand(new RecordFiles(), fixture.extensions)
            .run(
                new Invocation(
                    List.of(arguments),
                    new ByteArrayInputStream(new byte[0]),
                    new PrintStream(out, true, StandardCharsets.UTF_8),
                    new PrintStream(err, true, StandardCharsets.UTF_8),
                    false,
                    in));
    return new Ended(
        status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private Ended run(String file, String... flags) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(flags));
    arguments.add(file);
    return run(resources("only3"), arguments.toArray(String[]::new));
  }

  private Ended runText(String yaml, String... flags) throws Exception {
    Files.writeString(directory.resolve("t.yml"), yaml);
    List<String> arguments = new ArrayList<>(List.of(flags));
    arguments.add("t.yml");
    return run(directory, arguments.toArray(String[]::new));
  }

  private static Path resources(String folder) throws URISyntaxException {
    return Path.of(
        Objects.requireNonNull(TestRulesCommandTest.class.getResource("unittest/" + folder))
            .toURI());
  }

  @Test
  void judgesPrometheussFilesAsPromtoolDoes() throws Exception {
    Path folder = null;
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path found = at.resolve("shared/conformance/config/promtool");
      folder = Files.isDirectory(found) && folder == null ? found : folder;
    }
    assumeTrue(folder != null, "shared/conformance is not there");
    List<String> seen = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve("expectations.tsv"))) {
      String[] columns = line.split("\t", -1);
      if (!columns[1].equals("test rules")) {
        continue;
      }
      List<String> arguments = new ArrayList<>();
      for (String flag : columns[2].split(" ")) {
        if (!flag.isEmpty()) {
          arguments.add(flag);
        }
      }
      arguments.add(columns[0]);
      Ended ended = run(folder.resolve("testdata"), arguments.toArray(String[]::new));
      assertThat(ended.status())
          .as("%s: %s", arguments, ended)
          .isEqualTo(Integer.parseInt(columns[3]));
      seen.add(columns[0]);
    }
    assertThat(seen).hasSizeGreaterThan(15).contains("unittest.yml", "long-period.yml");
  }

  private static List<String> beside() throws Exception {
    try (Stream<Path> files = Files.list(resources("beside"))) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches("[0-9].*\\.yml"))
          .sorted()
          .toList();
    }
  }

  /** What promtool 2.42 gave, without the line that 3.x does not print any more. */
  private static Ended recorded(String file) throws Exception {
    String text = Files.readString(resources("beside").resolve(file.replace(".yml", ".out")));
    String[] parts = text.split("--- (out|err)\n", -1);
    return new Ended(Integer.parseInt(parts[0].strip()), parts[1], parts[2]);
  }

  @ParameterizedTest
  @MethodSource("beside")
  void saysWhatPromtoolSays(String file) throws Exception {
    Ended ended = run(resources("beside"), file);
    assertThat(ended).isEqualTo(recorded(file));
  }

  @ParameterizedTest
  @MethodSource("beside")
  void whatPromtoolSaidIsWhatItSays(String file) throws Exception {
    assumeTrue(Files.isExecutable(PEER), PEER + " is not installed");
    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    Process version =
        new ProcessBuilder(PEER.toString(), "--version").redirectErrorStream(true).start();
    assumeTrue(
        new String(version.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
            .contains(" 2.42."),
        "promtool is not 2.42");
    Process peer =
        new ProcessBuilder(PEER.toString(), "test", "rules", file)
            .directory(resources("beside").toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    try {
      assertThat(peer.waitFor(60, TimeUnit.SECONDS)).as("promtool ends").isTrue();
      assertThat(
              new Ended(
                  peer.exitValue(),
                  Files.readString(out).replaceFirst("Unit Testing: .*\n", ""),
                  Files.readString(err)))
          .isEqualTo(recorded(file));
    } finally {
      peer.destroyForcibly();
    }
  }

  @Test
  void testsStartTimes() throws Exception {
    assertThat(run("start.yml")).isEqualTo(new Ended(0, "  SUCCESS\n\n", ""));
  }

  @Test
  void testsNativeHistograms() throws Exception {
    assertThat(run("histograms.yml", "--run=^histograms$"))
        .isEqualTo(new Ended(0, "  SUCCESS\n\n", ""));
    Ended other = run("histograms.yml", "--run", "other");
    assertThat(other.status()).isEqualTo(1);
    assertThat(other.err())
        .isEqualTo(
            """
              FAILED:
                expr: "h", time: 0s,
                    exp: {__name__="h"} {{count:2}}
                    got: {__name__="h"} {{count:1 sum:1e+06}}
                expr: "h", time: 0s,
                    exp: {__name__="h"} {{count:1 sum:1e+06}}
                    got: {__name__="h"} {{count:1 sum:1e+06}}
                expr: "h", time: 0s,
                    exp: {__name__="h"} 7E+00
                    got: {__name__="h"} {{count:1 sum:1e+06}}
                expr: "h", time: 0s, err: labels "h": expected histogram, got 1
                expr: "h", time: 0s, err: labels "h": expected 1 value, got 2
                expr: "h", time: 0s, err: labels "h": 1:4: parse error: unknown property of a histogram: "size"
            """);
  }

  @Test
  void comparesToTheLastBitUnlessToldOtherwise() throws Exception {
    String test =
        """
        fuzzy_compare: %s
        tests:
        - input_series: [{series: x, values: 0.30000000000000004}]
          promql_expr_test: [{expr: x, eval_time: 0m, exp_samples: [{labels: x, value: %s}]}]
        """;
    assertThat(runText(test.formatted("false", "0.3")).status()).isEqualTo(1);
    assertThat(runText(test.formatted("true", "0.3")).status()).isZero();
    assertThat(runText(test.formatted("true", "0.29999999999999993")).status()).isEqualTo(1);
  }

  @Test
  void runsWhatItIsAskedToRun() throws Exception {
    String tests =
        """
        tests:
        - {name: one a, promql_expr_test: [{expr: '1', eval_time: 0m}]}
        - {name: two b, promql_expr_test: [{expr: '2', eval_time: 0m}]}
        - {promql_expr_test: [{expr: '3', eval_time: 0m}]}
        """;
    assertThat(runText(tests).err()).contains("\"1\"", "\"2\"", "\"3\"");
    assertThat(runText(tests, "--run=e a$").err()).contains("\"1\"").doesNotContain("\"2\"");
    assertThat(runText(tests, "--run", "ONE", "--run=(?i)TWO").err())
        .contains("\"2\"")
        .doesNotContain("\"1\"");
    assertThat(runText(tests, "--run=^$").err()).contains("\"3\"").doesNotContain("\"1\"");
    assertThat(runText(tests, "--run=three")).isEqualTo(new Ended(0, "  SUCCESS\n\n", ""));
    Ended wrong = runText(tests, "--run=(");
    assertThat(wrong.status()).isEqualTo(1);
    assertThat(wrong.err())
        .startsWith("promtool: error: error parsing regexp: missing closing ): `(`");
  }

  @Test
  void saysInOnePieceWhatIsWrongWithAFile() throws Exception {
    assertThat(run("not-yaml.yml").err())
        .isEqualTo(
            "  FAILED:\nnot-yaml.yml:1:5: cannot read YAML: mapping values are not allowed in this"
                + " context\n");
    assertThat(run("bad-values.yml").err())
        .isEqualTo(
            """
              FAILED:
            bad-values.yml:2:20: cannot parse "soon" to a valid timestamp
            bad-values.yml:6:14: cannot unmarshal !!str `NaN` into float64
            bad-values.yml:7:14: cannot unmarshal !!str `x` into float64
            """);
    assertThat(run("unknown.yml").err())
        .isEqualTo(
            """
              FAILED:
            unknown.yml:1:1: rule_file: field rule_file not found in type main.unitTestFile, did you mean "rule_files"?
            unknown.yml:5:6: tests[0].promql_expr_test[0].expresion: field expresion not found in type main.promqlTestCase
            """);
    assertThat(run("collision.yml").err())
        .isEqualTo(
            """
              FAILED:
                rule: n, time: 2m0s, err: duplicate sample for timestamp 120000; overrides not allowed: existing 5, new value 1
            """);
    Ended missing = run("none.yml");
    assertThat(missing)
        .isEqualTo(
            new Ended(1, "", "promtool: error: path 'none.yml' does not exist, try --help\n"));
    assertThat(run(".").err()).isEqualTo("promtool: error: '.' is a directory, try --help\n");
    assertThat(run(directory).err())
        .isEqualTo(
            "promtool: error: required argument 'test-rule-file' not provided, try --help\n");
  }

  @Test
  void refusesSeriesThatNoStorageTakes() throws Exception {
    assertThat(runText("tests: [{input_series: [{series: '{}', values: 1}]}]").err())
        .isEqualTo("  FAILED:\nempty labelset: invalid sample\n");
    assertThat(
            runText("tests: [{input_series: [{series: 'h', values: '{{count:1 buckets:[-5]}}'}]}]")
                .err())
        .startsWith("  FAILED:\n")
        .contains("histogram");
  }

  @Test
  void ignoresUnknownFieldsOfRuleFilesAlone() throws Exception {
    Files.writeString(
        directory.resolve("r.yml"),
        "groups: [{name: a, owner: me, rules: [{record: r, expr: vector(1)}]}]");
    String test =
        "rule_files: [r.yml]\n%stests:\n- promql_expr_test: [{expr: r, eval_time: 1m, exp_samples:"
            + " [{labels: r, value: 1}]}]";
    assertThat(runText(test.formatted("")).status()).isEqualTo(1);
    assertThat(runText(test.formatted(""), "--ignore-unknown-fields").status()).isZero();
    assertThat(runText(test.formatted("owner: me\n"), "--ignore-unknown-fields").status())
        .isEqualTo(1);
  }

  @Test
  void tellsTheCourseOfATest() throws Exception {
    Files.writeString(
        directory.resolve("r.yml"), "groups: [{name: a, rules: [{record: r, expr: x * 2}]}]");
    Ended ended =
        runText(
            """
            rule_files: [r.yml]
            tests:
            - input_series: [{series: 'x{a="b"}', values: '1 2.5 {{count:1}}'}]
              promql_expr_test: [{expr: absent(x), eval_time: 2m}]
            """,
            "--debug");
    assertThat(ended.out()).isEqualTo("  SUCCESS\n\n");
    assertThat(ended.err().replaceAll("took .*", "took"))
        .isEqualTo(
            """
            DEBUG: Starting test unnamed#0
            DEBUG: Dump of all data (input_series and rules) at 2m1s:
            {__name__="r", a="b"} =>
            2 @[0]
            5 @[60000]
            {{count:2}} @[120000]
            {__name__="x", a="b"} =>
            1 @[0]
            2.5 @[60000]
            {{count:1}} @[120000]
            DEBUG: Test unnamed#0 finished, took
            """);
  }

  @Test
  void showsDifferencesOfAlertsInColours() throws Exception {
    Files.writeString(
        directory.resolve("r.yml"),
        "groups: [{name: a, rules: [{alert: A, expr: x > 0, annotations: {t: now, u: same}}]}]");
    Ended ended =
        runText(
            """
            rule_files: [r.yml]
            tests:
            - name: colours
              input_series: [{series: 'x{a="1"}', values: 1}, {series: 'x{a="2"}', values: 1}]
              alert_rule_test:
              - eval_time: 0m
                alertname: A
                exp_alerts:
                - {exp_labels: {a: "1", b: gone}, exp_annotations: {t: then, u: same}}
              - {eval_time: 1m, alertname: B, exp_alerts: [{exp_labels: {c: d}}]}
            """,
            "--diff");
    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.err().replace("\033[0;3", "<").replace("\033[0m", "</>"))
        .isEqualTo(
            """
              FAILED:
                name: colours,
                alertname: A, time: 0s,\040
                    diff: [
                            {
                                "Annotations": {
                                    "t": <3m"then" => "now"</>,
                                    "u": "same"
                                },
                                "Labels": {
                                    "a": "1",
                                    "alertname": "A",
                                    <1m"b": "gone"</>
                                }
                            },
                            <2m{</>
                                <2m"Annotations": {</>
                                    <2m"t": "now",</>
                                    <2m"u": "same"</>
                                <2m},</>
                                <2m"Labels": {</>
                                    <2m"a": "2",</>
                                    <2m"alertname": "A"</>
                                <2m}</>
                            <2m}</>
                        ]
                name: colours,
                alertname: B, time: 1m,\040
                    diff: [
                            {
                                "Annotations": {},
                                "Labels": {
                                    <1m"alertname": "B"</>,
                                    <1m"c": "d"</>
                                }
                            }
                        ]
            """);
  }

  @Test
  void writesResultsForJunit() throws Exception {
    Files.writeString(directory.resolve("bad.yml"), "rule_files: ['[']");
    Files.writeString(
        directory.resolve("t.yml"),
        """
        tests:
        - {name: 'a < "b"'}
        - {promql_expr_test: [{expr: '1', eval_time: 0m}, {expr: '2', eval_time: 0m}]}
        """);
    Files.writeString(directory.resolve("results.xml"), "x".repeat(10_000));
    assertThat(run(directory, "--junit=results.xml", "t.yml", "bad.yml").status()).isEqualTo(1);
    assertThat(
            Files.readString(directory.resolve("results.xml"))
                .replaceAll("timestamp=\"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\"", "TIME"))
        .isEqualTo(
            "<testsuites><testsuite name=\"t.yml\" tests=\"2\" failures=\"2\" errors=\"0\""
                + " skipped=\"0\" TIME><testcase name=\"a &lt; &#34;b&#34;\"></testcase><testcase"
                + " name=\"unnamed#1\"><failure>    expr: &#34;1&#34;, time: 0s,&#xA;        exp:"
                + " nil&#xA;        got: {} 1E+00</failure><failure>    expr: &#34;2&#34;, time:"
                + " 0s,&#xA;        exp: nil&#xA;        got: {}"
                + " 2E+00</failure></testcase></testsuite><testsuite name=\"bad.yml\" tests=\"1\""
                + " failures=\"0\" errors=\"1\" skipped=\"0\" timestamp=\"\"><testcase"
                + " name=\"unknown\"><error>syntax error in"
                + " pattern</error></testcase></testsuite></testsuites>");
  }

  @Test
  void leavesNothingBehind() throws IOException, Exception {
    List<Path> before = temporary();
    runText("tests: [{input_series: [{series: x, values: 1x100}]}, {}]");
    assertThat(temporary()).isEqualTo(before);
  }

  private static List<Path> temporary() throws IOException {
    try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return all.filter(file -> file.getFileName().toString().startsWith("promtool-test-rules"))
          .sorted()
          .toList();
    }
  }
}
