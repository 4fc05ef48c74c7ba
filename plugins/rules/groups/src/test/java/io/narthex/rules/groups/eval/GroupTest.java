package io.narthex.rules.groups.eval;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.alert.RulesView;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.QueryOrigin;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GroupTest {
  private Fixture fixture;

  @BeforeEach
  void open() throws Exception {
    fixture = new Fixture();
  }

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  private static String rules(String... rules) {
    return "groups:\n  - name: g\n    rules:\n      - " + String.join("\n      - ", rules);
  }

  private static RulesView.Rule rule(Group group, int i) {
    return group.view().rules().get(i);
  }

  private double metric(String name) {
    for (MetricSnapshot snapshot : fixture.registry.scrape()) {
      if (snapshot.getMetadata().getName().equals(name)) {
        return switch (snapshot) {
          case CounterSnapshot counter -> counter.getDataPoints().getFirst().getValue();
          case GaugeSnapshot gauge -> gauge.getDataPoints().getFirst().getValue();
          default -> throw new IllegalStateException(name);
        };
      }
    }
    throw new IllegalStateException("no " + name);
  }

  @Test
  void recordsUnderANameAndLabelsOfItsOwn() throws Exception {
    fixture.store(0, 3, "__name__", "m", "job", "a", "instance", "i", "dc", "y");
    Group group = fixture.group(rules("{record: r, expr: m * 2, labels: {instance: '', dc: z}}"));
    fixture.evaluate(group, 0);

    assertThat(fixture.stored("r")).containsExactly(Map.entry("r{dc=\"z\", job=\"a\"}", "0=6.0"));
    assertThat(rule(group, 0).health()).isEqualTo("ok");
    assertThat(rule(group, 0).lastEvaluation()).isPresent();
    assertThat(group.view().lastEvaluation()).isPresent();
    assertThat(metric("prometheus_rule_group_last_evaluation_samples")).isEqualTo(1);
    assertThat(metric("prometheus_rule_group_rules")).isEqualTo(1);
    assertThat(metric("prometheus_rule_group_interval_seconds")).isEqualTo(60);
    assertThat(metric("prometheus_rule_evaluations")).isEqualTo(1);
  }

  @Test
  void recordsScalarsAndRefusesTexts() throws Exception {
    Group group = fixture.group(rules("{record: s, expr: 1 + 1}", "{record: t, expr: '\"a\"'}"));
    fixture.evaluate(group, 0);

    assertThat(fixture.stored("s")).containsExactly(Map.entry("s", "0=2.0"));
    assertThat(rule(group, 1).health()).isEqualTo("err");
    assertThat(rule(group, 1).lastError()).isEqualTo("rule result is not a vector or scalar");
    assertThat(metric("prometheus_rule_evaluation_failures")).isEqualTo(1);
  }

  @Test
  void seesWhatEarlierRulesOfTheGroupHaveRecorded() throws Exception {
    Group group =
        fixture.group(
            rules("{record: b, expr: a}", "{record: a, expr: '1'}", "{record: c, expr: a}"));
    fixture.evaluate(group, 0);
    fixture.evaluate(group, 60);

    assertThat(fixture.stored("b")).containsExactly(Map.entry("b", "60=1.0"));
    assertThat(fixture.stored("c")).containsExactly(Map.entry("c", "0=1.0 60=1.0"));
  }

  @Test
  void marksSeriesThatVanishAsEnded() throws Exception {
    Group group = fixture.group(rules("{record: r, expr: m > 1}"));
    fixture.store(0, 2, "__name__", "m");
    fixture.evaluate(group, 0);
    fixture.store(60, 1, "__name__", "m");
    fixture.evaluate(group, 60);
    fixture.evaluate(group, 120);
    fixture.store(180, 3, "__name__", "m");
    fixture.evaluate(group, 180);

    assertThat(fixture.stored("r")).containsExactly(Map.entry("r", "0=2.0 60=stale 180=3.0"));
  }

  @Test
  void endsSeriesOfRulesThatAReloadTookAway() throws Exception {
    Group old =
        fixture.group(
            rules("{record: r, expr: '1'}", "{record: s, expr: '1'}", "{record: s, expr: '1'}"));
    fixture.evaluate(old, 0);
    Group changed = fixture.group(rules("{record: s, expr: '2'}", "{record: t, expr: '1'}"));
    changed.takeOver(old);
    fixture.evaluate(changed, 60);
    fixture.evaluate(changed, 120);

    assertThat(fixture.stored("r")).containsExactly(Map.entry("r", "0=1.0 60=stale"));
    assertThat(fixture.stored("s")).containsExactly(Map.entry("s", "0=1.0 60=2.0 120=2.0"));
  }

  @Test
  void endsAllSeriesWhenItIsTakenAway() throws Exception {
    Group group = fixture.group(rules("{record: r, expr: '1'}", "{alert: A, expr: '1'}"));
    fixture.evaluate(group, 0);
    group.endSeries((Fixture.T0 + 30_000) * 1_000_000);

    assertThat(fixture.stored("r")).containsExactly(Map.entry("r", "0=1.0 30=stale"));
    assertThat(fixture.stored("ALERTS").values()).containsExactly("0=1.0 30=stale");
  }

  @Test
  void endsSeriesAsFarBackAsItWroteThem() throws Exception {
    fixture.queryOffset = Duration.ofSeconds(10);
    Group group = fixture.group(rules("{record: r, expr: '1'}"));
    fixture.evaluate(group, 10);
    group.endSeries((Fixture.T0 + 30_000) * 1_000_000);

    assertThat(fixture.stored("r")).containsExactly(Map.entry("r", "0=1.0 20=stale"));
  }

  @Test
  void endsSeriesOfTwoReloadsAtOnce() throws Exception {
    Group first = fixture.group(rules("{record: r, expr: '1'}", "{record: s, expr: '1'}"));
    fixture.evaluate(first, 0);
    Group second = fixture.group(rules("{record: s, expr: '1'}"));
    second.takeOver(first);
    Group third = fixture.group(rules("{record: t, expr: '1'}"));
    third.takeOver(second);
    fixture.evaluate(third, 60);

    assertThat(fixture.stored("r").values()).containsExactly("0=1.0 60=stale");
    assertThat(fixture.stored("s").values()).containsExactly("0=1.0 60=stale");
  }

  @Test
  void looksAndStoresAsFarBackAsItIsTold() throws Exception {
    fixture.store(0, 1, "__name__", "m");
    fixture.store(60, 2, "__name__", "m");
    fixture.queryOffset = Duration.ofMinutes(1);
    Group global = fixture.group(rules("{record: r, expr: m}", "{alert: A, expr: m}"));
    Group own =
        fixture.group(
            rules("{record: s, expr: m}").replace("name: g", "name: h\n    query_offset: 0s"));
    fixture.evaluate(global, 60);
    fixture.evaluate(own, 60);

    assertThat(fixture.stored("r")).containsExactly(Map.entry("r", "0=1.0"));
    assertThat(fixture.stored("ALERTS").values()).containsExactly("0=1.0");
    assertThat(fixture.stored("s")).containsExactly(Map.entry("s", "60=2.0"));
    // The state of an alert goes by the time of evaluation.
    assertThat(rule(global, 1).alerts().getFirst().activeAt().toEpochMilli())
        .isEqualTo(Fixture.T0 + 60_000);
  }

  @Test
  void refusesSeriesThatLabelsMakeTheSameAndMoreThanTheLimit() throws Exception {
    fixture.store(0, 1, "__name__", "m", "job", "a");
    fixture.store(0, 2, "__name__", "m", "job", "b");
    Group group =
        fixture.group(
            rules("{record: r, expr: m, labels: {job: x}}", "{record: s, expr: m}")
                .replace("name: g", "name: g\n    limit: 1"));
    fixture.evaluate(group, 0);

    assertThat(rule(group, 0).lastError())
        .isEqualTo("vector contains metrics with the same labelset after applying rule labels");
    assertThat(rule(group, 1).lastError()).isEqualTo("exceeded limit of 1 with 2 series");
    assertThat(fixture.stored("r")).isEmpty();
    assertThat(fixture.stored("s")).isEmpty();
  }

  @Test
  void saysWhichSamplesTheStorageRefused() throws Exception {
    fixture.store(0, 7, "__name__", "r");
    Group group = fixture.group(rules("{record: r, expr: '8'}", "{record: s, expr: '1'}"));
    fixture.evaluate(group, 0);

    assertThat(rule(group, 0).health()).isEqualTo("err");
    assertThat(rule(group, 0).lastError()).startsWith("duplicate sample for timestamp");
    assertThat(rule(group, 1).health()).isEqualTo("ok");
    fixture.evaluate(group, 60);
    assertThat(rule(group, 0).health()).isEqualTo("ok");
    assertThat(fixture.stored("r")).containsExactly(Map.entry("r", "0=7.0 60=8.0"));
  }

  @Test
  void failsAsLongAsThereIsNoStorage() throws Exception {
    fixture.storageIsThere = false;
    Group group = fixture.group(rules("{record: r, expr: '1'}", "{alert: A, expr: '1'}"));
    fixture.evaluate(group, 0);
    assertThat(rule(group, 0).lastError()).isEqualTo("no storage is available");

    fixture.storageIsThere = true;
    fixture.evaluate(group, 60);
    assertThat(rule(group, 0).health()).isEqualTo("ok");
    assertThat(fixture.stored("r")).containsExactly(Map.entry("r", "60=1.0"));
  }

  /** An engine that does something else for some expressions. */
  private QueryEngine engine(Map<String, Exception> failing, List<Object> asked) {
    return new FakeEngine(fixture.engine) {
      @Override
      protected void before(String query, QueryOrigin source) throws QueryException {
        asked.add(source);
        switch (failing.get(query)) {
          case QueryException e -> throw e;
          case RuntimeException e -> throw e;
          case null, default -> {}
        }
      }
    };
  }

  @Test
  void aRuleThatFailsDisturbsNoOther() throws Exception {
    List<Object> asked = new ArrayList<>();
    Map<String, Exception> failing =
        Map.of(
            "1",
            new QueryException(
                QueryException.Kind.TIMEOUT, "query timed out in expression evaluation"),
            "2",
            new IllegalStateException("a mistake"));
    Group group =
        new Group(
            fixture
                .read(
                    rules(
                        "{record: a, expr: '1'}",
                        "{record: b, expr: '2'}",
                        "{record: c, expr: '3'}"))
                .getFirst(),
            fixture.surroundings(engine(failing, asked)),
            true);
    fixture.evaluate(group, 0);

    assertThat(rule(group, 0).lastError()).isEqualTo("query timed out in expression evaluation");
    assertThat(rule(group, 1).lastError()).contains("a mistake");
    assertThat(rule(group, 2).health()).isEqualTo("ok");
    assertThat(asked).contains(new QueryOrigin.RuleGroup("r.yml", "g"));
  }

  @Test
  void goesOnAfterAnErrorOfAnEngine() throws Exception {
    QueryEngine mistaken =
        new FakeEngine(fixture.engine) {
          @Override
          protected void before(String query, QueryOrigin source) {
            if (query.equals("1")) {
              throw new AssertionError("a mistake");
            }
          }
        };
    Group group =
        new Group(
            fixture.read(rules("{record: a, expr: '1'}", "{record: b, expr: '2'}")).getFirst(),
            fixture.surroundings(mistaken),
            true);
    fixture.evaluate(group, 0);

    assertThat(rule(group, 0).lastError()).contains("a mistake");
    assertThat(rule(group, 1).health()).isEqualTo("ok");
  }

  @Test
  void metricsOfAGroupThatIsRemovedWhileItIsEvaluatedStayAway() throws Exception {
    QueryEngine removing =
        new FakeEngine(fixture.engine) {
          @Override
          protected void before(String query, QueryOrigin source) {
            fixture.metrics.remove("r.yml;g");
          }
        };
    Group group =
        new Group(
            fixture.read(rules("{record: a, expr: '1'}", "{record: b, expr: '\"\"'}")).getFirst(),
            fixture.surroundings(removing),
            false);
    fixture.evaluate(group, 0);
    fixture.evaluate(group, 60);
    group.restore();

    assertThat(rule(group, 0).health()).isEqualTo("ok");
    assertThat(rule(group, 1).health()).isEqualTo("err");
    for (MetricSnapshot snapshot : fixture.registry.scrape()) {
      assertThat(snapshot.getDataPoints())
          .as(snapshot.getMetadata().getName())
          .noneMatch(point -> point.getLabels().contains("rule_group"));
    }
  }

  @Test
  void aReloadTellsRulesApartThatLookAlike() throws Exception {
    fixture.store(0, 1, "__name__", "m");
    Group old =
        fixture.group(
            rules(
                "{record: r, expr: '1', labels: {a: '1, b=2'}}",
                "{record: X, expr: '1'}",
                "{alert: X, expr: m, for: 1h}"));
    fixture.evaluate(old, 0);
    Group changed =
        fixture.group(
            rules(
                "{record: r, expr: 'm > 5', labels: {a: '1', b: '2'}}",
                "{alert: X, expr: m, for: 1h}",
                "{record: X, expr: 'm > 5'}"));
    changed.takeOver(old);
    assertThat(rule(changed, 1).alerts()).hasSize(1);
    fixture.evaluate(changed, 60);

    assertThat(rule(changed, 1).alerts().getFirst().activeAt().toEpochMilli())
        .isEqualTo(Fixture.T0);
    assertThat(fixture.stored("r").values()).containsExactly("0=1.0 60=stale");
    assertThat(fixture.stored("X").values()).containsExactly("0=1.0 60=stale");
  }

  @Test
  void stopsBeforeTheNextRule() throws Exception {
    Group group = fixture.group(rules("{record: a, expr: '1'}", "{record: b, expr: '2'}"));
    AtomicInteger asked = new AtomicInteger();
    group.evaluate(Fixture.T0 * 1_000_000, 0, () -> asked.incrementAndGet() > 1);

    assertThat(fixture.stored("a")).hasSize(1);
    assertThat(fixture.stored("b")).isEmpty();
  }

  @Test
  void storesTenThousandSeriesOfARule() throws Exception {
    for (int i = 0; i < 100; i++) {
      fixture.store(0, i, "__name__", "m", "a", "" + i);
      fixture.store(0, i, "__name__", "n", "b", "" + i);
    }
    Group group =
        fixture.group(
            rules(
                "{record: many, expr: 'm * on() group_right() n'}",
                "{record: all, expr: 'sum by (a, b) (m{} + on() group_left() vector(1)"
                    + " or label_replace(n, \"a\", \"x\", \"\", \"\"))'}",
                "{alert: Many, expr: m}"));
    fixture.evaluate(group, 0);
    fixture.evaluate(group, 60);

    assertThat(rule(group, 1).health()).isEqualTo("ok");
    assertThat(fixture.stored("all")).hasSize(200);
    assertThat(rule(group, 2).alerts()).hasSize(100);
  }

  @Test
  void evaluatesIndependentRulesBesideEachOtherAndOthersInOrder() throws Exception {
    fixture.settings =
        new EvaluationSettings(
            Duration.ofHours(1), Duration.ofMinutes(10), Duration.ofMinutes(1), new Permits(4));
    CountDownLatch both = new CountDownLatch(2);
    AtomicBoolean together = new AtomicBoolean(true);
    List<String> order = Collections.synchronizedList(new ArrayList<>());
    QueryEngine meeting =
        new FakeEngine(fixture.engine) {
          @Override
          protected void before(String query, QueryOrigin source) {
            order.add(query);
            if (query.equals("1") || query.equals("2")) {
              both.countDown();
              try {
                together.compareAndSet(true, both.await(20, TimeUnit.SECONDS));
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            }
          }
        };
    Group group =
        new Group(
            fixture
                .read(
                    rules(
                        "{record: a, expr: '1'}",
                        "{record: b, expr: '2'}",
                        "{record: c, expr: a + b}",
                        "{record: d, expr: c * 2}"))
                .getFirst(),
            fixture.surroundings(meeting),
            true);
    fixture.evaluate(group, 0);

    assertThat(together).isTrue();
    assertThat(order.subList(2, 4)).containsExactly("a + b", "c * 2");
    assertThat(fixture.stored("d")).containsExactly(Map.entry("d", "0=6.0"));
  }

  @Test
  void givesTheSameBesideEachOtherAsInOrder() throws Exception {
    String chain =
        rules(
            "{record: x, expr: y or vector(0)}",
            "{record: y, expr: x + 1}",
            "{record: z, expr: x + y}",
            "{record: x2, expr: '{__name__=~\"x|y\"} * 2', labels: {of: a}}",
            "{alert: A, expr: z > 2}",
            "{record: n, expr: 'count(ALERTS{alertname=\"A\"}) or vector(0)'}");
    List<Map<String, String>> results = new ArrayList<>();
    for (int permits : List.of(0, 1, 4)) {
      try (Fixture own = new Fixture()) {
        own.settings =
            new EvaluationSettings(
                Duration.ZERO, Duration.ZERO, Duration.ofMinutes(1), new Permits(permits));
        Group group = own.group(chain);
        for (int i = 0; i < 8; i++) {
          own.evaluate(group, 60L * i);
        }
        Map<String, String> all = own.stored("z");
        all.putAll(own.stored("x"));
        all.putAll(own.stored("n"));
        results.add(all);
      }
    }
    assertThat(results.get(0).get("n")).startsWith("0=0.0").endsWith("420=1.0");
    assertThat(results.get(1)).isEqualTo(results.get(0));
    assertThat(results.get(2)).isEqualTo(results.get(0));
  }
}
