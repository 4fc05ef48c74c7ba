package io.narthex.rules.groups.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.narthex.api.alert.RulesView;
import io.narthex.api.config.ConfigFiles;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.model.Labels;
import io.narthex.api.model.NameScheme;
import io.narthex.api.model.NativeHistogram;
import io.narthex.kernel.config.RecordFiles;
import io.narthex.rules.groups.file.RuleFileReader;
import io.narthex.template.gotemplate.GoTemplateEngine;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Texts of alerts with the real template engine. */
class AlertTemplatesTest {
  /** A case of the conformance data. */
  record Case(String rulesYaml, boolean shouldPass) {}

  private final GoTemplateEngine engine = new GoTemplateEngine();
  private Fixture fixture;

  @BeforeEach
  void open() throws Exception {
    fixture = new Fixture();
    fixture.extensions.come(engine);
  }

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  private RuleFileReader reader() {
    AlertTemplates templates = new AlertTemplates(fixture.extensions, Map::of, () -> "");
    return new RuleFileReader(
        new RecordFiles(), fixture.engine, templates::check, NameScheme.UTF8, false);
  }

  @Test
  void filesAreCheckedAsPrometheusChecksThem() throws Exception {
    Path file = null;
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path found = at.resolve("shared/conformance/rules/rule_template_validation.json");
      file = Files.exists(found) && file == null ? found : file;
    }
    assumeTrue(file != null, "shared/conformance is not there");
    List<Case> cases =
        new RecordFiles().read(file, ConfigShape.listOf(Case.class), ConfigFiles.Syntax.YAML);
    assertThat(cases).hasSizeGreaterThan(4);
    for (Case one : cases) {
      List<String> errors =
          reader()
              .check("f", one.rulesYaml().getBytes(StandardCharsets.UTF_8), Duration.ofMinutes(1))
              .errors();
      assertThat(errors.isEmpty()).as("%s: %s", one, errors).isEqualTo(one.shouldPass());
    }
  }

  /** Receivers may ask whether an annotation is there; a label without text is none. */
  @Test
  void annotationsMayBeEmptyLabelsOfAlertsMayNot() throws Exception {
    fixture.store(0, 1, "__name__", "up");
    Group group =
        fixture.group(
            "groups: [{name: g, rules: [{alert: A, expr: up,"
                + " labels: {l: '', m: '{{ with 0 }}{{ end }}'},"
                + " annotations: {a: '', b: '{{ with 0 }}{{ end }}', c: x}}]}]");

    assertThat(annotations(group, 1)).isEqualTo(Map.of("a", "", "b", "", "c", "x"));
    RulesView.Rule rule = group.view().rules().getFirst();
    assertThat(rule.alerts().getFirst().labels()).isEqualTo(Labels.of("alertname", "A"));
    assertThat(rule.labels()).isEqualTo(Map.of("l", "", "m", "{{ with 0 }}{{ end }}"));
    assertThat(rule.annotations()).containsEntry("a", "");
  }

  @Test
  void saysWhatIsWrongInGosWords() {
    String rules =
        "groups: [{name: g, rules: [{alert: A, expr: up, annotations: {s: '{{ $label.x }}', t: '{{"
            + " nofunc }}'}}]}]";
    assertThat(
            reader()
                .check("f", rules.getBytes(StandardCharsets.UTF_8), Duration.ofMinutes(1))
                .errors())
        .containsExactly(
            "f: group \"g\", rule 1, \"A\": annotation \"s\": template: __alert_A:1: undefined"
                + " variable \"$label\"",
            "f: group \"g\", rule 1, \"A\": annotation \"t\": template: __alert_A:1: function"
                + " \"nofunc\" not defined");
  }

  @Test
  void aMessageWithANameOfTwoLinesIsOneLine() {
    String rules =
        "groups: [{name: g, rules: [{alert: \"A\\nB\", expr: up, annotations: {\"x\\ny\": '{{ $n"
            + " }}'}}]}]";
    assertThat(
            reader()
                .check("f", rules.getBytes(StandardCharsets.UTF_8), Duration.ofMinutes(1))
                .errors())
        .containsExactly(
            "f: group \"g\", rule 1, \"A\\nB\": annotation \"x\\ny\": template: __alert_A\\nB:1:"
                + " undefined variable \"$n\"");
  }

  private Map<String, String> annotations(Group group, long second) {
    fixture.evaluate(group, second);
    RulesView.Rule rule = group.view().rules().getFirst();
    assertThat(rule.lastError()).isEmpty();
    return rule.alerts().getFirst().annotations();
  }

  @Test
  void textsSeeWhatPrometheusGivesThem() throws Exception {
    fixture.store(0, 1234567, "__name__", "m", "job", "a");
    Group group =
        fixture.group(
            """
            groups:
              - name: g
                rules:
                  - alert: A
                    expr: m > 1
                    labels: {at: '{{ $labels.job }}-{{ $externalLabels.dc }}'}
                    annotations:
                      plain: 'up { } 1'
                      value: '{{ $value }} {{ $value | humanize }}'
                      missing: '[{{ $labels.nothing }}]'
                      url: '{{ $externalURL }} {{ externalURL }} {{ pathPrefix }}'
                      query: '{{ with query "m * 2" }}{{ . | first | value }} {{ (. | first).Labels.job }}{{ end }}'
                      none: '{{ range query "nothing" }}x{{ end }}'
                      bad: '{{ query "m m" }}'
                      dot: '{{ .Labels.job }}{{ .Value }}'
                      now: '{{ printf "%.0f" now }}'
            """);
    assertThat(annotations(group, 0))
        .containsEntry("plain", "up { } 1")
        .containsEntry("value", "1.234567e+06 1.235M")
        .containsEntry("missing", "[]")
        .containsEntry("url", "http://localhost:9090 http://localhost:9090 ")
        .containsEntry("query", "2.469134e+06 a")
        .containsEntry("dot", "a1.234567e+06")
        .containsEntry("now", "" + Fixture.T0 / 1000)
        .containsEntry("none", "");
    Map<String, String> later = annotations(group, 60);
    assertThat(later).containsEntry("now", "" + (Fixture.T0 / 1000 + 60));
    assertThat(later.get("bad"))
        .startsWith("<error expanding template: error executing template __alert_A: template:")
        .contains("__alert_A:1:")
        .contains("parse error");
    assertThat(group.view().rules().getFirst().alerts().getFirst().labels().get("at"))
        .isEqualTo("a-x");
  }

  @Test
  void textsSeeNativeHistogramsAsPrometheusGivesThem() throws Exception {
    NativeHistogram histogram =
        new NativeHistogram(
            true,
            NativeHistogram.ResetHint.UNKNOWN,
            0,
            0.001,
            1,
            4,
            2.5,
            List.of(new NativeHistogram.Span(1, 1)),
            new double[] {3},
            List.of(new NativeHistogram.Span(0, 0)),
            new double[0],
            new double[0]);
    fixture.store(0, histogram, "__name__", "h", "job", "a");
    Group group =
        fixture.group(
            """
            groups:
              - name: g
                rules:
                  - alert: A
                    expr: h
                    annotations:
                      value: '{{ $value }}'
                      fields: '{{ $value.Count }} {{ .Value.Sum }}'
                      query: '{{ query "h * 2" | first | value }}'
                      number: '{{ query "histogram_count(h)" | first | value }}'
                      bad: '{{ $value | humanize }}'
            """);
    assertThat(annotations(group, 0))
        .containsEntry("value", "{count:4, sum:2.5, [-0.001,0.001]:1, (1,2]:3}")
        .containsEntry("fields", "4 2.5")
        .containsEntry("query", "{count:8, sum:5, [-0.001,0.001]:2, (1,2]:6}")
        .containsEntry("number", "4")
        .hasEntrySatisfying(
            "bad",
            text ->
                assertThat(text)
                    .endsWith(
                        "error calling humanize: can't convert *histogram.FloatHistogram to"
                            + " float>"));
    // What an API has no number for is 0, as with Prometheus.
    assertThat(group.view().rules().getFirst().alerts().getFirst().value()).isZero();
  }

  @Test
  void textsAreReadAnewWhenTheEngineComesAndGoes() throws Exception {
    fixture.store(0, 1, "__name__", "m");
    Group group =
        fixture.group(
            "groups: [{name: g, rules: [{alert: A, expr: m, annotations: {t: '{{ $value }}'}}]}]");
    assertThat(annotations(group, 0)).containsEntry("t", "1");
    fixture.extensions.go(engine);
    assertThat(annotations(group, 60).get("t")).contains("no template engine is installed");
    fixture.extensions.come(new GoTemplateEngine());
    assertThat(annotations(group, 120)).containsEntry("t", "1");
  }
}
