package io.narthex.rules.groups.eval;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.alert.RulesView;
import io.narthex.api.query.QueryEngine;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules that fail, on the real engine: what becomes of them, of their series and of the others. */
@Timeout(60)
class RuleFaultsTest {
  private static final int MANY = 10_000;
  private static final String GROUP = "r.yml;g";

  private final CountDownLatch released = new CountDownLatch(1);
  private Fixture fixture;

  @BeforeEach
  void open() throws Exception {
    fixture = new Fixture();
  }

  @AfterEach
  void close() throws Exception {
    released.countDown();
    fixture.close();
  }

  private static String rules(String... rules) {
    return "groups:\n  - name: g\n    rules:\n      - " + String.join("\n      - ", rules);
  }

  private static String limited(int limit, String... rules) {
    return rules(rules).replace("name: g", "name: g\n    limit: " + limit);
  }

  private static RulesView.Rule rule(Group group, int i) {
    return group.view().rules().get(i);
  }

  private static List<String> health(Group group) {
    return group.view().rules().stream().map(RulesView.Rule::health).toList();
  }

  private double metric(String name) {
    return fixture.metric("prometheus_rule_" + name, GROUP);
  }

  /** Has whoever selects a metric wait until the test is over. */
  private void hang(String metric) {
    fixture.onSelect =
        matchers -> {
          if (matchers.stream().anyMatch(m -> m.value().equals(metric))) {
            try {
              released.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          }
        };
  }

  @Test
  void aRuleThatTimesOutKeepsItsSeriesAndStateAndDisturbsNoOther() throws Exception {
    QueryEngine hasty = fixture.engine(Duration.ofMillis(300));
    Group group =
        new Group(
            fixture
                .read(
                    rules(
                        "{record: before, expr: m}",
                        "{record: slow, expr: h}",
                        "{alert: Slow, expr: h}",
                        "{record: after, expr: before + 1}"))
                .getFirst(),
            fixture.surroundings(hasty),
            true);
    fixture.store(0, 1, "__name__", "m");
    fixture.store(0, 5, "__name__", "h");
    fixture.evaluate(group, 0);
    assertThat(health(group)).containsOnly("ok");
    assertThat(metric("group_last_evaluation_samples")).isEqualTo(5);

    hang("h");
    fixture.evaluate(group, 60);

    assertThat(health(group)).containsExactly("ok", "err", "err", "ok");
    assertThat(rule(group, 1).lastError()).isEqualTo("query timed out in expression evaluation");
    assertThat(rule(group, 2).lastError()).isEqualTo("query timed out in expression evaluation");
    assertThat(rule(group, 2).alerts()).hasSize(1);
    assertThat(metric("evaluation_failures")).isEqualTo(2);
    assertThat(metric("evaluations")).isEqualTo(8);
    assertThat(metric("group_last_evaluation_samples")).isEqualTo(2);
    assertThat(fixture.stored("after")).containsEntry("after", "0=2.0 60=2.0");
    // Nothing is known of its series: they get no marker, and go on where they were.
    assertThat(fixture.stored("slow")).containsEntry("slow", "0=5.0");

    fixture.onSelect = matchers -> {};
    fixture.evaluate(group, 120);
    assertThat(health(group)).containsOnly("ok");
    assertThat(rule(group, 1).lastError()).isEmpty();
    assertThat(fixture.stored("slow")).containsEntry("slow", "0=5.0 120=5.0");
    assertThat(fixture.stored("ALERTS").values()).containsExactly("0=1.0 120=1.0");

    // Gone while the rule failed: the marker comes when it succeeds again.
    hang("h");
    fixture.evaluate(group, 300);
    fixture.onSelect = matchers -> {};
    fixture.evaluate(group, 360);
    assertThat(fixture.stored("slow")).containsEntry("slow", "0=5.0 120=5.0 360=stale");
    assertThat(fixture.stored("ALERTS").values()).containsExactly("0=1.0 120=1.0 360=stale");
  }

  @Test
  void anExpressionThatComputesForTooLongEndsAtItsTimeout() throws Exception {
    Group group =
        new Group(
            fixture
                .read(
                    rules(
                        "{record: endless, expr: 'quantile_over_time(0.5,"
                            + " quantile_over_time(0.5, vector(1)[10s:1ms])[1000s:1ms])'}",
                        "{record: next, expr: '1'}"))
                .getFirst(),
            fixture.surroundings(fixture.engine(Duration.ofMillis(200))),
            true);
    fixture.evaluate(group, 0);

    assertThat(rule(group, 0).lastError()).isEqualTo("query timed out in expression evaluation");
    assertThat(rule(group, 1).health()).isEqualTo("ok");
  }

  @Test
  void anExpressionThatFailsSaysWhyUntilItSucceeds() throws Exception {
    fixture.store(0, 1, "__name__", "m", "job", "a", "i", "1");
    fixture.store(0, 1, "__name__", "m", "job", "a", "i", "2");
    Group group =
        fixture.group(rules("{record: r, expr: m * on(job) m}", "{alert: A, expr: m * on(job) m}"));
    fixture.evaluate(group, 0);

    for (int i = 0; i < 2; i++) {
      assertThat(rule(group, i).health()).isEqualTo("err");
      assertThat(rule(group, i).lastError())
          .startsWith(
              "found duplicate series for the match group {job=\"a\"} on the right hand-side")
          .endsWith(
              "many-to-many matching not allowed: matching labels must be unique on one side");
      assertThat(rule(group, i).lastEvaluation()).isPresent();
    }
    assertThat(metric("evaluation_failures")).isEqualTo(2);

    // One of both is there no more.
    fixture.store(600, 1, "__name__", "m", "job", "a", "i", "1");
    fixture.evaluate(group, 600);
    assertThat(health(group)).containsExactly("ok", "ok");
    assertThat(rule(group, 0).lastError()).isEmpty();
    assertThat(metric("evaluation_failures")).isEqualTo(2);
  }

  @Test
  void tenThousandSeriesAreRecordedAndAlertAndEndAtOnce() throws Exception {
    Group group =
        fixture.group(
            limited(
                MANY,
                "{record: many, expr: m}",
                "{alert: Many, expr: m}",
                "{record: n, expr: '1'}"));
    fixture.storeMany("m", MANY, 0, 7);
    fixture.evaluate(group, 0);

    assertThat(health(group)).containsOnly("ok");
    assertThat(metric("group_last_evaluation_samples")).isEqualTo(3 * MANY + 1);
    assertThat(fixture.stored("many")).hasSize(MANY).containsValue("0=7.0");
    assertThat(rule(group, 1).alerts()).hasSize(MANY);
    assertThat(fixture.sent).hasSize(MANY);
    assertThat(fixture.changes).hasSize(MANY);

    // A few stay.
    fixture.storeMany("m", 3, 600, 8);
    fixture.evaluate(group, 600);
    assertThat(health(group)).containsOnly("ok");
    Map<String, String> many = fixture.stored("many");
    assertThat(many.values().stream().filter("0=7.0 600=stale"::equals)).hasSize(MANY - 3);
    assertThat(many.values().stream().filter("0=7.0 600=8.0"::equals)).hasSize(3);
    for (String metric : List.of("ALERTS", "ALERTS_FOR_STATE")) {
      assertThat(fixture.stored(metric).values().stream().filter(s -> s.endsWith("600=stale")))
          .hasSize(MANY - 3);
    }
    assertThat(rule(group, 1).alerts()).hasSize(3);
    // The three are sent again, and that the others are over.
    assertThat(fixture.sent).hasSize(2 * MANY);

    fixture.evaluate(group, 660);
    // One marker each, not one for each evaluation.
    assertThat(fixture.stored("many").values().stream().filter("0=7.0 600=stale"::equals))
        .hasSize(MANY - 3);
    assertThat(metric("group_last_evaluation_samples")).isEqualTo(3 + 6 + 1);
    assertThat(metric("evaluation_failures")).isZero();
  }

  @Test
  void moreThanTheLimitIsNothingAtAll() throws Exception {
    Group group =
        fixture.group(
            limited(
                MANY - 1,
                "{record: many, expr: m}",
                "{alert: Many, expr: m}",
                "{record: n, expr: 'count(m)'}"));
    fixture.storeMany("m", MANY - 1, 0, 7);
    fixture.evaluate(group, 0);
    assertThat(health(group)).containsOnly("ok");
    assertThat(rule(group, 1).alerts()).hasSize(MANY - 1);
    fixture.sent.clear();

    fixture.storeMany("m", MANY, 60, 7);
    fixture.evaluate(group, 60);

    assertThat(health(group)).containsExactly("err", "err", "ok");
    assertThat(rule(group, 0).lastError()).isEqualTo("exceeded limit of 9999 with 10000 series");
    assertThat(rule(group, 1).lastError()).isEqualTo("exceeded limit of 9999 with 10000 alerts");
    assertThat(metric("evaluation_failures")).isEqualTo(2);
    assertThat(fixture.stored("many")).hasSize(MANY - 1).containsValue("0=7.0");
    assertThat(fixture.stored("n")).containsEntry("n", "0=9999.0 60=10000.0");
    // All alerts are forgotten, without having ended: Alertmanagers do that when they are not told.
    assertThat(rule(group, 1).alerts()).isEmpty();
    assertThat(fixture.sent).isEmpty();

    fixture.storeMany("m", 2, 480, 7);
    fixture.evaluate(group, 480);
    assertThat(health(group)).containsOnly("ok");
    assertThat(rule(group, 1).alerts()).hasSize(2);
    assertThat(fixture.stored("many").values().stream().filter("0=7.0 480=stale"::equals))
        .hasSize(MANY - 3);
    assertThat(fixture.stored("ALERTS").values().stream().filter("0=1.0 480=stale"::equals))
        .hasSize(MANY - 3);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void tenThousandSeriesThatLabelsMakeOneAreNothingAtAll(boolean alerting) throws Exception {
    String what = alerting ? "alert: Same" : "record: same";
    Group group =
        fixture.group(
            rules("{" + what + ", expr: m, labels: {n: all}}", "{record: n, expr: 'count(m)'}"));
    fixture.store(0, 1, "__name__", "m", "n", "0");
    fixture.evaluate(group, 0);
    assertThat(health(group)).containsOnly("ok");

    fixture.storeMany("m", MANY, 60, 7);
    fixture.evaluate(group, 60);

    assertThat(rule(group, 0).lastError())
        .isEqualTo(
            "vector contains metrics with the same labelset after applying "
                + (alerting ? "alert" : "rule")
                + " labels");
    assertThat(health(group)).containsExactly("err", "ok");
    String metric = alerting ? "ALERTS" : "same";
    assertThat(fixture.stored(metric).values()).containsExactly("0=1.0");
    assertThat(rule(group, 0).alerts()).hasSize(alerting ? 1 : 0);
    assertThat(metric("evaluation_failures")).isEqualTo(1);

    fixture.store(600, 1, "__name__", "m", "n", "5");
    fixture.evaluate(group, 600);
    assertThat(health(group)).containsOnly("ok");
    assertThat(fixture.stored(metric).values()).containsExactly("0=1.0 600=1.0");
  }
}
