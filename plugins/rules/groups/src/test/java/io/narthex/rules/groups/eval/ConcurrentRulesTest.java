package io.narthex.rules.groups.eval;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryOrigin;
import io.narthex.rules.groups.file.GroupDefinition;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Rules that are evaluated beside each other, in several groups at once. */
@Timeout(120)
class ConcurrentRulesTest {
  private static EvaluationSettings settings(Permits permits) {
    return new EvaluationSettings(Duration.ZERO, Duration.ZERO, Duration.ofMinutes(1), permits);
  }

  /** Notes who evaluates beside whom. */
  private static final class Observed extends FakeEngine {
    final AtomicInteger now = new AtomicInteger();
    final AtomicInteger most = new AtomicInteger();
    final Map<Object, AtomicInteger> ofGroup = new ConcurrentHashMap<>();

    /** All that are to meet. */
    final CountDownLatch meeting;

    final AtomicBoolean met = new AtomicBoolean(true);

    Observed(QueryEngine engine, int meeting) {
      super(engine);
      this.meeting = new CountDownLatch(meeting);
    }

    @Override
    protected void before(String query, QueryOrigin source) {
      most.accumulateAndGet(now.incrementAndGet(), Math::max);
      ofGroup.computeIfAbsent(source, any -> new AtomicInteger()).incrementAndGet();
      meeting.countDown();
      try {
        met.compareAndSet(true, meeting.await(30, TimeUnit.SECONDS));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      now.decrementAndGet();
    }
  }

  @Test
  void allGroupsTogetherHaveNoMoreRulesBesideOthersThanIsSaid() throws Exception {
    int groups = 8;
    int permits = 3;
    StringBuilder yaml = new StringBuilder("groups:\n");
    for (int g = 0; g < groups; g++) {
      yaml.append("- name: g").append(g).append("\n  rules:\n");
      for (int r = 0; r < 40; r++) {
        yaml.append("  - {record: 'r%d_%d', expr: '%d'}\n".formatted(g, r, r));
      }
    }
    try (Fixture fixture = new Fixture()) {
      fixture.settings = settings(new Permits(permits));
      // Each group's own thread, and one for each permit: so many do come together.
      Observed engine = new Observed(fixture.engine, groups + permits);
      List<Thread> threads = new ArrayList<>();
      for (GroupDefinition definition : fixture.read(yaml.toString())) {
        Group group = new Group(definition, fixture.surroundings(engine), true);
        threads.add(
            Thread.ofVirtual().start(() -> group.evaluate(Fixture.T0 * 1_000_000, 0, () -> false)));
      }
      for (Thread thread : threads) {
        thread.join();
      }

      assertThat(engine.met).isTrue();
      assertThat(engine.most.get()).isEqualTo(groups + permits);
      assertThat(engine.ofGroup.values()).allMatch(n -> n.get() == 40);
      for (int g = 0; g < groups; g++) {
        assertThat(fixture.stored("r" + g + "_39")).hasSize(1);
        assertThat(fixture.metric("prometheus_rule_evaluations", "r.yml;g" + g)).isEqualTo(40);
      }
      // None was kept.
      Permits left = fixture.settings.permits();
      for (int i = 0; i < permits; i++) {
        assertThat(left.tryAcquire()).isTrue();
      }
      assertThat(left.tryAcquire()).isFalse();
    }
  }

  @Test
  void aRuleThatFailsBesideOthersGivesItsPermitBackAndThoseThatWaitGoOn() throws Exception {
    try (Fixture fixture = new Fixture()) {
      fixture.settings = settings(new Permits(1));
      Group group =
          fixture.group(
              """
              groups:
                - name: g
                  rules:
                    - {record: a, expr: 'vector(1) * on() (vector(1) or label_replace(vector(1), "x", "y", "", ""))'}
                    - {record: b, expr: '2'}
                    - {record: c, expr: 'a or b'}
                    - {record: d, expr: c + 1}
              """);
      for (int i = 0; i < 20; i++) {
        fixture.evaluate(group, 60L * i);
        assertThat(group.view().rules())
            .extracting(rule -> rule.health())
            .containsExactly("err", "ok", "ok", "ok");
      }
      assertThat(fixture.stored("d").get("d")).endsWith("1140=3.0");
      assertThat(fixture.settings.permits().tryAcquire()).isTrue();
    }
  }

  /** Rules that read and write each other's series in all ways, some of which fail now and then. */
  private static String randomRules(Random random) {
    int count = 2 + random.nextInt(10);
    StringBuilder yaml = new StringBuilder("groups:\n- name: g\n  rules:\n");
    for (int i = 0; i < count; i++) {
      String own = "r" + random.nextInt(6);
      String one = "r" + random.nextInt(6);
      String other = "r" + random.nextInt(6);
      String expression =
          switch (random.nextInt(9)) {
            case 0 -> "m + " + i;
            case 1 -> one + " or " + other;
            case 2 -> "sum(" + one + ") + sum(" + other + ")";
            case 3 -> "count({__name__=~\"" + one + "|" + other + "\"})";
            case 4 -> "count(ALERTS{alertstate=\"firing\"}) or vector(0)";
            case 5 -> one + " > " + random.nextInt(8);
            case 6 -> "last_over_time(" + one + "[3m]) * 2";
            // Fails as soon as both are there.
            case 7 -> "m * on() " + one;
            default -> "m == " + random.nextInt(4);
          };
      if (random.nextInt(4) == 0) {
        yaml.append(
            "  - {alert: 'A%d', expr: '%s', for: %dm}\n"
                .formatted(random.nextInt(2), expression, random.nextInt(3)));
      } else {
        String labels = random.nextInt(3) == 0 ? ", labels: {of: x" + random.nextInt(2) + "}" : "";
        yaml.append("  - {record: %s, expr: '%s'%s}\n".formatted(own, expression, labels));
      }
    }
    return yaml.toString();
  }

  private static Map<String, String> outcome(String yaml, int permits, long seed) throws Exception {
    try (Fixture fixture = new Fixture()) {
      fixture.settings = settings(permits == 0 ? Permits.NONE : new Permits(permits));
      Random values = new Random(seed);
      Group group = fixture.group(yaml);
      Map<String, String> all = new TreeMap<>();
      for (int round = 0; round < 6; round++) {
        for (int n = 0; n < 3; n++) {
          if (values.nextInt(4) != 0) {
            fixture.store(60L * round, values.nextInt(5), "__name__", "m", "n", "" + n);
          }
        }
        fixture.evaluate(group, 60L * round);
        StringBuilder health = new StringBuilder();
        group
            .view()
            .rules()
            .forEach(rule ->
                health.append(rule.health()).append(rule.alerts().size()).append(rule.lastError()));
        all.put("health " + round, health.toString());
      }
      for (int i = 0; i < 6; i++) {
        all.putAll(fixture.stored("r" + i));
      }
      all.putAll(fixture.stored("ALERTS"));
      all.putAll(fixture.stored("ALERTS_FOR_STATE"));
      return all;
    }
  }

  @Test
  void givesWhatOneAfterTheOtherGives() throws Exception {
    long first = new Random().nextLong();
    int failures = 0;
    for (int i = 0; i < 60; i++) {
      long seed = first + i;
      String yaml = randomRules(new Random(seed));
      Map<String, String> expected = outcome(yaml, 0, seed);
      for (int permits : new int[] {1, 2, 8}) {
        assertThat(outcome(yaml, permits, seed))
            .as("seed %d, %d permits:\n%s", seed, permits, yaml)
            .isEqualTo(expected);
      }
      failures += expected.toString().contains("many-to-many") ? 1 : 0;
    }
    // The rules are such that some of them do fail.
    assertThat(failures).isPositive();
  }
}
