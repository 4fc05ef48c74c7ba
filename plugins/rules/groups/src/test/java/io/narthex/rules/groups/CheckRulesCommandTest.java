package io.narthex.rules.groups;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.narthex.api.command.Invocation;
import io.narthex.kernel.config.RecordFiles;
import io.narthex.rules.groups.eval.Fixture;
import io.narthex.rules.groups.eval.PlainTemplates;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckRulesCommandTest {
  @TempDir private Path directory;
  private Fixture fixture;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @BeforeEach
  void open() throws Exception {
    fixture = new Fixture();
  }

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  private int run(Path in, String input, List<String> arguments) throws Exception {
    out.reset();
    err.reset();
    return new CheckRulesCommand(new RecordFiles(), fixture.extensions)
        .run(
            new Invocation(
                arguments,
                new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                false,
                in));
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  @Test
  void judgesPrometheussFilesAsPromtoolDoes() throws Exception {
    Path folder = null;
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path found = at.resolve("shared/conformance/config/promtool");
      folder = Files.isDirectory(found) && folder == null ? found : folder;
    }
    assumeTrue(folder != null, "shared/conformance is not there");
    fixture.extensions.come(new PlainTemplates());
    int seen = 0;
    for (String line : Files.readAllLines(folder.resolve("expectations.tsv"))) {
      String[] columns = line.split("\t", -1);
      if (!columns[1].equals("check rules")) {
        continue;
      }
      seen++;
      List<String> arguments = new ArrayList<>(List.of(columns[0]));
      for (String flag : columns[2].split(" ")) {
        if (!flag.isEmpty()) {
          arguments.add(flag);
        }
      }
      assertThat(run(folder.resolve("testdata"), "", arguments))
          .as("%s: %s%s", arguments, out(), err())
          .isEqualTo(Integer.parseInt(columns[3]));
    }
    assertThat(seen).isGreaterThan(5);
  }

  @Test
  void saysWhatPromtoolSays() throws Exception {
    Files.writeString(
        directory.resolve("good.yml"), "groups: [{name: a, rules: [{record: r, expr: up}]}]");
    Files.writeString(
        directory.resolve("twice.yml"),
        "groups: [{name: a, rules: [{record: r, expr: up}, {record: r, expr: up}]}]");
    Files.writeString(
        directory.resolve("bad.yml"), "groups: [{name: a, rules: [{record: r, expr: up ==}]}]");

    assertThat(run(directory, "", List.of("good.yml"))).isZero();
    assertThat(out()).isEqualTo("Checking good.yml\n  SUCCESS: 1 rules found\n\n");
    assertThat(run(directory, "", List.of("twice.yml"))).isZero();
    assertThat(err())
        .isEqualTo(
            "  FAILED:\nlint error 1 duplicate rule(s) found.\nMetric: r\nLabel(s):\n"
                + "Might cause inconsistency while recording expressions\n");
    assertThat(run(directory, "", List.of("twice.yml", "--lint-fatal"))).isEqualTo(3);
    assertThat(run(directory, "", List.of("twice.yml", "--lint-fatal", "--lint=none"))).isZero();
    assertThat(run(directory, "", List.of("good.yml", "bad.yml", "twice.yml"))).isEqualTo(1);
    assertThat(err())
        .startsWith(
            "  FAILED:\nbad.yml: 1:46: group \"a\", rule 1, \"r\": could not parse expression: 1:6:"
                + " parse error: unexpected end of input\n");
    assertThat(run(directory, "", List.of("none.yml"))).isEqualTo(1);
    assertThat(err()).isEqualTo("promtool: error: path 'none.yml' does not exist, try --help\n");
  }

  @Test
  void checksTemplatesWhereThereIsAnEngine() throws Exception {
    String rules =
        "groups: [{name: a, rules: [{alert: A, expr: up, annotations: {t: '{{ $label.x }}'}}]}]";
    assertThat(run(directory, rules, List.of())).isZero();
    fixture.extensions.come(new PlainTemplates());
    assertThat(run(directory, rules, List.of())).isEqualTo(1);
    assertThat(err())
        .isEqualTo(
            "  FAILED:\nstandard input: group \"a\", rule 1, \"A\": annotation \"t\": template:"
                + " __alert_A:1: undefined variable \"$label\"\n");
  }

  @Test
  void readsStandardInputWhenNoFileIsNamed() throws Exception {
    assertThat(run(directory, "groups: []", List.of())).isZero();
    assertThat(out()).isEqualTo("Checking standard input\n  SUCCESS: 0 rules found\n\n");
  }
}
