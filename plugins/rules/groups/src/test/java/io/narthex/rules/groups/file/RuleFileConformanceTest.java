package io.narthex.rules.groups.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.narthex.api.model.NameScheme;
import io.narthex.rules.groups.eval.Fixture;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Prometheus's own rule files, good and bad, and what it says of them. */
class RuleFileConformanceTest {
  private static final Duration MINUTE = Duration.ofMinutes(1);

  private Fixture fixture;

  @BeforeEach
  void open() throws Exception {
    fixture = new Fixture();
  }

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  private static Path conformance() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path folder = at.resolve("shared/conformance/rules");
      if (Files.isDirectory(folder)) {
        return folder;
      }
    }
    assumeTrue(false, "shared/conformance is not there");
    throw new IllegalStateException();
  }

  private CheckedFile read(Path file, NameScheme scheme) {
    return fixture.reader(scheme).read(file, file.getFileName().toString(), MINUTE);
  }

  @Test
  void takesGoodFiles() throws Exception {
    Path folder = conformance();
    int seen = 0;
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        boolean good =
            name.endsWith(".yaml") && !name.contains(".bad.") && !name.startsWith("invalid_");
        if (!good) {
          continue;
        }
        seen++;
        assertThat(read(file, NameScheme.UTF8).errors()).as(name).isEmpty();
      }
    }
    assertThat(seen).isGreaterThan(12);
    assertThat(
            read(
                    folder.resolve("rulefmt/legacy_validation_annotation.good.yaml"),
                    NameScheme.LEGACY)
                .errors())
        .isEmpty();
  }

  @Test
  void refusesBadFilesInPrometheussWords() throws Exception {
    Path folder = conformance().resolve("rulefmt");
    List<String> lines = Files.readAllLines(folder.resolve("bad_expectations.tsv"));
    assertThat(lines).hasSizeGreaterThan(10);
    for (String line : lines.subList(1, lines.size())) {
      String[] fields = line.split("\t");
      List<String> errors = read(folder.resolve(fields[0]), NameScheme.parse(fields[1])).errors();
      assertThat(errors).as(fields[0]).isNotEmpty();
      assertThat(errors.getFirst()).as(fields[0]).contains(fields[2]);
    }
  }

  @Test
  void saysUnknownKeysInPrometheussWords() throws Exception {
    Path folder = conformance();
    assertThat(read(folder.resolve("rulefmt/bad_field.bad.yaml"), NameScheme.UTF8).errors())
        .containsExactly(
            "bad_field.bad.yaml:8:9: groups[0].rules[0].annotation: field annotation not found in"
                + " type rulefmt.Rule, did you mean \"annotations\"?");
    assertThat(read(folder.resolve("fixtures/invalid_rules.yaml"), NameScheme.UTF8).errors())
        .containsExactly(
            "invalid_rules.yaml:6:9: groups[0].rules[0].unexpected_field: field unexpected_field"
                + " not found in type rulefmt.Rule");
    assertThat(
            fixture
                .reader(NameScheme.UTF8)
                .check(
                    "f",
                    "{a: 1, groups: [{b: 1}, {rules: x}, 2]}".getBytes(StandardCharsets.UTF_8),
                    MINUTE)
                .errors())
        .containsExactly(
            "f:1:2: a: field a not found in type rulefmt.RuleGroups",
            "f:1:18: groups[0].b: field b not found in type rulefmt.RuleGroup",
            "f:1:33: groups[1].rules: cannot unmarshal !!str into []rulefmt.Rule; want a list",
            "f:1:37: groups[2]: cannot unmarshal !!int into rulefmt.RuleGroup; want keys");
  }

  @Test
  void leavesNoFileOut() throws Exception {
    Path folder = conformance();
    Set<String> judged = new TreeSet<>();
    for (String line : Files.readAllLines(folder.resolve("rulefmt/bad_expectations.tsv"))) {
      judged.add(line.split("\t")[0]);
    }
    try (Stream<Path> files = Files.walk(folder)) {
      assertThat(
              files
                  .map(file -> file.getFileName().toString())
                  .filter(name -> name.contains(".bad.") || name.startsWith("invalid_"))
                  .filter(name -> !judged.contains(name)))
          .as("files that are bad, and that no test expects anything of")
          .containsExactly("invalid_rules.yaml");
    }
  }

  /** As {@code promtool check rules} of Prometheus prints them. */
  @Test
  void saysWhereSomethingIsWrong() {
    Path folder = conformance().resolve("rulefmt");
    assertThat(read(folder.resolve("bad_expr.bad.yaml"), NameScheme.UTF8).errors())
        .containsExactly(
            "bad_expr.bad.yaml: 5:15: group \"yolo\", rule 1, \"yolo\": could not parse expression:"
                + " 1:6: parse error: expected type range vector in call to function \"rate\", got"
                + " instant vector");
    assertThat(read(folder.resolve("record_and_alert.bad.yaml"), NameScheme.UTF8).errors())
        .first()
        .isEqualTo(
            "record_and_alert.bad.yaml: 4:17: 5:16: group \"yolo\", rule 1, \"Hello\": only one of"
                + " 'record' and 'alert' must be set");
    assertThat(read(folder.resolve("no_rec_alert.bad.yaml"), NameScheme.UTF8).errors())
        .containsExactly(
            "no_rec_alert.bad.yaml: 0:0: 0:0: group \"yolo\", rule 1, \"\": one of 'record' or"
                + " 'alert' must be set");
    assertThat(read(folder.resolve("noexpr.bad.yaml"), NameScheme.UTF8).errors())
        .containsExactly(
            "noexpr.bad.yaml: 0:0: group \"yolo\", rule 1, \"ylo\": field 'expr' must be set in"
                + " rule");
    assertThat(read(folder.resolve("duplicate_grp.bad.yaml"), NameScheme.UTF8).errors())
        .containsExactly(
            "duplicate_grp.bad.yaml: 3:5: groupname: \"yolo\" is repeated in the same file");
  }

  @Test
  void warnsOfFurtherDocuments() {
    Path file = conformance().resolve("fixtures/rules_multi_doc.yaml");
    CheckedFile read = read(file, NameScheme.UTF8);
    assertThat(read.groups()).hasSize(1);
    assertThat(read.warnings()).singleElement().asString().contains("only the first document");
  }

  @Test
  void keepsEmptyLabelsWhichTakeLabelsAway() {
    CheckedFile file =
        fixture
            .reader(NameScheme.UTF8)
            .check(
                "f",
                """
                groups:
                  - name: a
                    labels: {team: x, dc: y}
                    rules:
                      - {record: r, expr: up, labels: {instance: '', dc: z}}
                """
                    .getBytes(StandardCharsets.UTF_8),
                MINUTE);
    assertThat(file.errors()).isEmpty();
    assertThat(file.groups().getFirst().rules().getFirst().labels())
        .hasToString("{dc=z, instance=, team=x}");
  }

  @Test
  void findsRulesThatRecordTheSameByNameAndLabels() {
    List<GroupDefinition> groups =
        fixture.read(
            """
            groups:
              - name: a
                rules:
                  - {alert: y, expr: up, labels: {foo: bar, zoo: x}}
                  - {alert: y, expr: up + 1, labels: {foo: bar, zoo: x}}
                  - {alert: y, expr: up, labels: {foo: bar, a: x}}
                  - {alert: y, expr: up, labels: {foo: bar, a: x}}
                  - {record: x, expr: up}
                  - {record: x, expr: up + 1}
                  - {record: z, expr: up}
            """);
    assertThat(DuplicateRules.find(groups))
        .contains(
            "3 duplicate rule(s) found.\n"
                + "Metric: x\n"
                + "Label(s):\n"
                + "Metric: y\n"
                + "Label(s):\n"
                + "\ta: x\n"
                + "\tfoo: bar\n"
                + "Metric: y\n"
                + "Label(s):\n"
                + "\tfoo: bar\n"
                + "\tzoo: x\n"
                + "Might cause inconsistency while recording expressions");
    assertThat(DuplicateRules.find(groups.subList(0, 0))).isEmpty();
  }
}
