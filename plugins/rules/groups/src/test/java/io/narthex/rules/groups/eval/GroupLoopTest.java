package io.narthex.rules.groups.eval;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.rules.groups.eval.GroupLoop.Ending;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GroupLoopTest {
  private static final long SECOND = 1_000_000_000L;
  private static final String RULES =
      "groups:\n  - name: g\n    interval: 15s\n    rules:\n      - {record: r, expr: '1'}";

  private Fixture fixture;

  @BeforeEach
  void open() throws Exception {
    fixture = new Fixture();
  }

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  private double counter(String name) {
    for (MetricSnapshot snapshot : fixture.registry.scrape()) {
      if (snapshot.getMetadata().getName().equals(name)) {
        return ((CounterSnapshot) snapshot).getDataPoints().getFirst().getValue();
      }
    }
    throw new IllegalStateException(name);
  }

  /** Runs it on this thread until it has waited so often. */
  private void run(GroupLoop loop, int waits, Runnable... onWait) {
    AtomicInteger waited = new AtomicInteger();
    fixture.ticks.onWait =
        () -> {
          int n = waited.getAndIncrement();
          if (n < onWait.length) {
            onWait[n].run();
          }
          if (n == waits) {
            loop.stop(Ending.LEAVE);
          }
        };
    loop.run();
  }

  private long[] times() throws Exception {
    return Arrays.stream(fixture.stored("r").values().iterator().next().split(" "))
        .mapToLong(s -> Long.parseLong(s.substring(0, s.indexOf('='))))
        .toArray();
  }

  /** The offset of the group is the one that Prometheus 3.14 has for it. */
  @Test
  void spreadsGroupsOverTheIntervalByAHash() {
    Schedule schedule = Schedule.of("r.yml", "g", 15 * SECOND);
    assertThat(schedule.offset()).isEqualTo(2_184_147_877L);
    assertThat(Schedule.of("r.yml", "h", 15 * SECOND).offset()).isNotEqualTo(schedule.offset());
    long now = 1_000_000 * SECOND;
    long slot = schedule.slot(now);
    assertThat(slot).isBetween(now - 15 * SECOND + 1, now);
    assertThat(Math.floorMod(slot, 15 * SECOND)).isEqualTo(schedule.offset());
    assertThat(schedule.slot(slot)).isEqualTo(slot);
    assertThat(schedule.slot(slot - 1)).isEqualTo(slot - 15 * SECOND);
    assertThat(schedule.next(slot, slot + 15 * SECOND)).isEqualTo(slot + 15 * SECOND);
    assertThat(schedule.next(slot, slot + 44 * SECOND)).isEqualTo(slot + 30 * SECOND);
  }

  @Test
  void evaluatesAtEachTimeOfTheSchedule() throws Exception {
    run(new GroupLoop(fixture.group(RULES), fixture.ticks, false, null), 4);

    long[] times = times();
    assertThat(times).hasSize(4);
    assertThat(times[0]).isBetween(0L, 15L);
    assertThat(times[3] - times[0]).isEqualTo(45);
    assertThat(counter("prometheus_rule_group_iterations")).isEqualTo(4);
    assertThat(counter("prometheus_rule_group_iterations_missed")).isZero();
  }

  @Test
  void countsWhatItMissedAndGoesOnWithTheLatest() throws Exception {
    Runnable late = () -> fixture.ticks.pass(40 * SECOND);
    run(new GroupLoop(fixture.group(RULES), fixture.ticks, false, null), 3, () -> {}, late);

    long[] times = times();
    // Two times are over when it comes to itself.
    assertThat(times[1] - times[0]).isEqualTo(30);
    assertThat(times[2] - times[1]).isEqualTo(15);
    assertThat(counter("prometheus_rule_group_iterations_missed")).isEqualTo(1);
    assertThat(counter("prometheus_rule_group_iterations")).isEqualTo(4);
  }

  @Test
  void beginsANewScheduleWhenTheClockIsSetBack() throws Exception {
    Runnable back = () -> fixture.ticks.setWall(fixture.ticks.wallNanos() - 3600 * SECOND);
    AtomicInteger evaluations = new AtomicInteger();
    GroupLoop loop = new GroupLoop(fixture.group(RULES), fixture.ticks, false, null);
    run(loop, 5, () -> {}, back, evaluations::incrementAndGet);

    // It does not wait for an hour: samples are refused meanwhile, as those of others.
    assertThat(fixture.ticks.nanos()).isLessThan(120 * SECOND);
    assertThat(loop.view().rules().getFirst().lastError()).isNotEmpty();
  }

  @Test
  void restoresAfterTheSecondEvaluation() throws Exception {
    String alert =
        "groups:\n  - name: g\n    interval: 15s\n    rules:\n"
            + "      - {alert: A, expr: '1', for: 1h}";
    GroupLoop loop = new GroupLoop(fixture.group(alert, false), fixture.ticks, true, null);
    run(
        loop,
        3,
        () -> {},
        () -> {},
        () -> {
          try {
            assertThat(fixture.stored("ALERTS")).isEmpty();
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        });
    assertThat(fixture.stored("ALERTS")).hasSize(1);
  }

  @Test
  void restoresAfterAReloadThatCameTooEarlyForThat() throws Exception {
    String alert =
        "groups:\n  - name: g\n    interval: 15s\n    rules:\n"
            + "      - {alert: A, expr: '1', for: 1h}";
    long since = Fixture.T0 / 1000 - 1200;
    fixture.store(-60, since, "__name__", "ALERTS_FOR_STATE", "alertname", "A");
    GroupLoop first = new GroupLoop(fixture.group(alert, false), fixture.ticks, true, null);
    run(first, 1);
    // What is made after the start has nothing to be restored of its own.
    GroupLoop second =
        new GroupLoop(fixture.group(alert.replace("1h", "2h"), true), fixture.ticks, false, first);
    run(second, 1);
    GroupLoop third =
        new GroupLoop(fixture.group(alert.replace("1h", "3h"), true), fixture.ticks, false, second);
    run(third, 3);

    long activeAt = third.view().rules().getFirst().alerts().getFirst().activeAt().getEpochSecond();
    // But for the outage.
    assertThat(activeAt).isBetween(since + 60, since + 60 + 5 * 15);
    assertThat(fixture.stored("ALERTS_FOR_STATE").values().iterator().next())
        .endsWith("=" + (double) activeAt);
  }

  @Test
  void takesOverWhenTheLoopBeforeHasEnded() throws Exception {
    GroupLoop first = new GroupLoop(fixture.group(RULES), fixture.ticks, false, null);
    run(first, 2);
    GroupLoop second =
        new GroupLoop(fixture.group(RULES.replace("'1'", "'2'")), fixture.ticks, false, first);
    assertThat(second.view()).isEqualTo(first.view());
    assertThat(second.view().rules().getFirst().query()).isEqualTo("1");
    run(second, 2);
    assertThat(second.view().rules().getFirst().query()).isEqualTo("2");
    assertThat(fixture.stored("r").get("r")).endsWith("=2.0").doesNotContain("stale");
    assertThat(times()).hasSize(4);
  }

  @Test
  void marksSeriesAsEndedTwoIntervalsAfterItWasTakenAway() throws Exception {
    GroupLoop loop = new GroupLoop(fixture.group(RULES), fixture.ticks, false, null);
    AtomicInteger waited = new AtomicInteger();
    AtomicLong stopped = new AtomicLong();
    fixture.ticks.onWait =
        () -> {
          if (waited.getAndIncrement() == 2) {
            fixture.ticks.pass(5 * SECOND);
            stopped.set(fixture.ticks.nanos());
            loop.stop(Ending.MARK_STALE);
          }
        };
    loop.run();
    assertThat(fixture.ticks.nanos()).isEqualTo(stopped.get() + 30 * SECOND);
    assertThat(fixture.stored("r").get("r")).endsWith("stale");
  }

  @Test
  void leavesSeriesAloneWhenTheProcessEnds() throws Exception {
    GroupLoop loop = new GroupLoop(fixture.group(RULES), fixture.ticks, false, null);
    AtomicInteger waited = new AtomicInteger();
    fixture.ticks.onWait =
        () -> {
          if (waited.getAndIncrement() == 2) {
            loop.stop(Ending.MARK_STALE);
            loop.close();
          }
        };
    loop.run();
    assertThat(fixture.stored("r")).isEqualTo(Map.of("r", fixture.stored("r").get("r")));
    assertThat(fixture.stored("r").get("r")).doesNotContain("stale");
  }
}
