package io.narthex.rules.groups.eval;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.rules.groups.file.GroupDefinition;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DependenciesTest {
  private Fixture fixture;

  @BeforeEach
  void open() throws Exception {
    fixture = new Fixture();
  }

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  private Dependencies of(String... rules) {
    List<GroupDefinition> groups =
        fixture.read(
            "groups:\n  - name: g\n    rules:\n      - " + String.join("\n      - ", rules));
    return Dependencies.of(groups.getFirst().rules());
  }

  @Test
  void rulesOfDifferentMetricsNeedNotWait() {
    assertThat(of("{record: a, expr: x}", "{record: b, expr: 'rate(y[5m])'}").isEmpty()).isTrue();
  }

  @Test
  void aReaderWaitsForTheWriterBeforeIt() {
    Dependencies found = of("{record: a, expr: x}", "{record: b, expr: a}", "{record: c, expr: y}");
    assertThat(found.followers()).containsExactly(List.of(1), List.of(), List.of());
    assertThat(found.awaited()).containsExactly(0, 1, 0);
  }

  @Test
  void aWriterWaitsForTheReaderBeforeIt() {
    assertThat(of("{record: b, expr: a}", "{record: a, expr: x}").awaited()).containsExactly(0, 1);
  }

  @Test
  void aSelectorWithoutANameMayReadEverything() {
    assertThat(of("{record: a, expr: x}", "{record: b, expr: '{job=\"j\"}'}").awaited())
        .containsExactly(0, 1);
    assertThat(
            of("{record: a, expr: x, labels: {job: k}}", "{record: b, expr: '{job=\"j\"}'}")
                .isEmpty())
        .isTrue();
    assertThat(of("{record: a, expr: x}", "{record: b, expr: '{__name__=~\"a|z\"}'}").awaited())
        .containsExactly(0, 1);
    assertThat(of("{record: a, expr: x}", "{record: b, expr: '{__name__=~\"y|z\"}'}").isEmpty())
        .isTrue();
  }

  @Test
  void whoReadsAlertsWaitsForThoseThatMatch() {
    assertThat(
            of(
                    "{alert: One, expr: x}",
                    "{alert: Two, expr: x}",
                    "{record: n, expr: 'count(ALERTS{alertname=\"Two\"})'}",
                    "{record: m, expr: 'count(ALERTS_FOR_STATE)'}")
                .awaited())
        .containsExactly(0, 0, 1, 2);
  }

  @Test
  void rulesThatWriteTheSameKeepTheirOrder() {
    assertThat(of("{record: a, expr: x}", "{record: a, expr: y}").awaited()).containsExactly(0, 1);
  }

  @Test
  void aTemplateMayAskForAnything() {
    assertThat(
            of("{record: a, expr: x}", "{alert: A, expr: y, annotations: {t: '{{ query \"a\" }}'}}")
                .awaited())
        .containsExactly(0, 1);
  }
}
