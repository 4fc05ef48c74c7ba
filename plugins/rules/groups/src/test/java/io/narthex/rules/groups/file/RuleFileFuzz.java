package io.narthex.rules.groups.file;

import io.narthex.api.Jazzer;
import io.narthex.api.model.NameScheme;
import io.narthex.api.query.QueryException;
import io.narthex.kernel.config.RecordFiles;
import io.narthex.rules.groups.eval.AlertTemplates;
import io.narthex.rules.groups.eval.Fixture;
import io.narthex.template.gotemplate.GoTemplateEngine;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * Fuzzes the reader of rule files, with the real languages of expressions and templates: whatever
 * the bytes are, it gives groups, or errors with the file's name, and the same each time. Needs no
 * Jazzer, so that {@link RuleFileFuzzTest} runs it in every build; Jazzer goes further.
 */
public final class RuleFileFuzz {
  static final List<String> EXAMPLES =
      List.of(
          """
          # remark
          groups:
            - name: "first, é"
              interval: 1m30s
              limit: 10
              query_offset: 0s
              labels: {team: a}
              rules:
                - record: job:x:rate5m
                  expr: sum by (job) (rate(x_total{a=~"b.*",c!="d"}[5m] offset 1h)) / 2 > bool 1
                  labels: {"of.utf8": "é"}
                - alert: Down
                  expr: |
                    up == 0 unless on (job)
                      absent_over_time({__name__="m"}[1h:1m] @ end())
                  for: 5m
                  keep_firing_for: 1d
                  labels: {severity: '{{ if gt $value 1.0 }}page{{ else }}mail{{ end }}'}
                  annotations:
                    text: "{{ $labels.job | title }} {{ range query \\"up\\" }}{{ .Value | humanize }}{{ end }}"
            - {name: second, rules: []}
          """,
          "groups: [{name: a, rules: [&x {record: r, expr: '1'}, *x, {<<: *x, record: s}]}]\n",
          "{\"groups\": [{\"name\": \"j\", \"rules\": [{\"alert\": \"A\", \"expr\":"
              + " \"vector(1)\"}]}]}\n");

  static final List<String> WORDS =
      List.of(
          "groups:",
          "- name: ",
          "rules:",
          "record: ",
          "alert: ",
          "expr: ",
          "for: 5m",
          "labels: ",
          "annotations: ",
          "interval: -1s",
          "limit: 99999999999",
          "query_offset: ",
          "{{",
          "}}",
          "{{ $value",
          "{{ template \"x\" }}",
          "{{ define \"a\" }}",
          "((((((((",
          "[5m:",
          "@ end()",
          "&a ",
          "*a",
          "<<: *a",
          "!!binary ",
          "? ",
          "|+\n",
          ">-\n",
          "\"\\x",
          "---\n",
          "...\n",
          "%YAML 1.2\n",
          "\t",
          "\r",
          "\u2028",
          "0x1p-1074",
          "1e999",
          "__name__",
          "\u0000",
          "é",
          ": ",
          "\n  - ",
          "{",
          "[",
          "null");

  private static final Fixture FIXTURE = fixture();

  private RuleFileFuzz() {}

  private static Fixture fixture() {
    try {
      Fixture fixture = new Fixture();
      fixture.extensions.come(new GoTemplateEngine());
      return fixture;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static CheckedFile read(byte[] input, boolean lenient) {
    return new RuleFileReader(
            new RecordFiles(),
            FIXTURE.engine,
            new AlertTemplates(FIXTURE.extensions, Map::of, () -> "")::check,
            NameScheme.UTF8,
            lenient)
        .check("f.yml", input, Duration.ofMinutes(1));
  }

  /** Reads an input and judges what comes of it; whether it is a good file. */
  static boolean check(byte[] input) {
    CheckedFile file = read(input, false);
    if (!file.equals(read(input, false))) {
      throw new AssertionError("reading again gives something else: " + file);
    }
    if (!file.errors().isEmpty()) {
      int length = 0;
      for (String error : file.errors()) {
        if (!error.startsWith("f.yml") || error.indexOf('\n') >= 0) {
          throw new AssertionError("an error without a file: " + error);
        }
        length += error.length();
      }
      // Each part of a file is shown a few times at most, with its escapes.
      if (length > 100_000 + 200L * input.length) {
        throw new AssertionError(length + " characters of errors of " + input.length + " bytes");
      }
      return false;
    }
    CheckedFile lenient = read(input, true);
    if (!lenient.errors().isEmpty() || !lenient.groups().equals(file.groups())) {
      throw new AssertionError("more is wrong where less is looked at: " + lenient.errors());
    }
    for (GroupDefinition group : file.groups()) {
      for (RuleDefinition rule : group.rules()) {
        try {
          FIXTURE.engine.parse(rule.query());
        } catch (QueryException e) {
          throw new AssertionError("an expression that nobody can read: " + rule.query(), e);
        }
      }
    }
    return true;
  }

  /** Jazzer's entry. */
  public static void fuzzerTestOneInput(byte[] input) {
    check(input);
  }

  /**
   * Fuzzes with Jazzer.
   *
   * @param args seconds, and options of libFuzzer
   */
  public static void main(String[] args) throws Exception {
    Jazzer.run(
        RuleFileFuzz.class,
        EXAMPLES.stream().map(text -> text.getBytes(StandardCharsets.UTF_8)).toList(),
        4096,
        args);
  }
}
