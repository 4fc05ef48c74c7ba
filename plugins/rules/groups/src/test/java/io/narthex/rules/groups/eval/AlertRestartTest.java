package io.narthex.rules.groups.eval;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.alert.Alert;
import io.narthex.rules.groups.eval.GroupLoop.Ending;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Restarts, reloads and clocks that jump, in each state that an alert may have. The outage
 * tolerance is an hour, the grace period ten minutes, as by default.
 */
class AlertRestartTest {
  private static final long SECOND = 1_000_000_000L;

  private static final String RULE =
      """
      groups:
        - name: g
          interval: 1m
          rules:
            - {alert: Down, expr: up == 0, for: 30m, keep_firing_for: 20m}
      """;

  private Fixture fixture;

  @BeforeEach
  void open() throws Exception {
    fixture = new Fixture();
  }

  @AfterEach
  void close() throws Exception {
    fixture.close();
  }

  /** A scrape of {@code job="a"} and an evaluation; {@code -} for no scrape. */
  private void step(Group group, long minute, char up) throws Exception {
    if (up != '-') {
      fixture.store(60 * minute, up - '0', "__name__", "up", "job", "a");
    }
    fixture.evaluate(group, 60 * minute);
  }

  private void run(Group group, long fromMinute, String ups) throws Exception {
    for (int i = 0; i < ups.length(); i++) {
      step(group, fromMinute + i, ups.charAt(i));
    }
  }

  private static List<String> alerts(Group group) {
    return group.view().rules().getFirst().alerts().stream()
        .map(a -> a.labels().get("job") + " " + a.state() + "@" + minute(a.activeAt()))
        .toList();
  }

  private static String minute(Instant at) {
    Duration since = Duration.between(Instant.ofEpochMilli(Fixture.T0), at);
    return since.toSecondsPart() == 0
        ? since.toMinutes() + "m"
        : since.toMinutes() + "m" + since.toSecondsPart() + "s";
  }

  private Group restarted(String rule) throws Exception {
    return fixture.group(rule, false);
  }

  /** The states in which a restart finds an alert, and what it makes of them. */
  @ParameterizedTest
  @CsvSource({
    // Inactive: nothing is restored, and nothing begins.
    "1, 1, '', ''",
    // Inactive before, and gone while the server was away.
    "1, 0, a pending@NEW, a pending@NEW",
    // Pending for two minutes; those of the outage do not count.
    "000, 0, a pending@5m, a pending@5m",
    "000, 1, '', ''",
    // Firing.
    "0x, 0, a pending@0m, a firing@0m",
    "0x, 1, '', ''",
    // Its series has gone, but it fires on: that is forgotten, as upstream forgets it.
    "0x1, 1, '', ''",
    // The same, and its series is there again: it has been active all the time.
    "0x1, 0, a pending@0m, a firing@0m",
    // Resolved: receivers are not told again, and a new one begins anew.
    "0x1y, 1, '', ''",
    "0x1y, 0, a pending@NEW, a pending@NEW",
  })
  void aRestartInEachState(String before, char after, String atFirst, String restored)
      throws Exception {
    Group group = fixture.group(RULE);
    long at = 0;
    for (char step : before.toCharArray()) {
      switch (step) {
        // Long enough to fire.
        case 'x' -> {
          run(group, at, "0".repeat(30));
          at += 30;
        }
        // Long enough to fire no more.
        case 'y' -> {
          run(group, at, "1".repeat(21));
          at += 21;
        }
        default -> step(group, at++, step);
      }
    }
    List<String> state = alerts(group);
    int sent = fixture.sent.size();
    fixture.changes.clear();
    String expected = atFirst.replace("NEW", (at + 3) + "m");
    String then = restored.replace("NEW", (at + 3) + "m");

    // Three minutes away; the state is restored after the second evaluation.
    Group again = restarted(RULE);
    run(again, at + 3, "" + after + after);
    assertThat(fixture.sent).as("before it is restored").hasSize(sent);
    again.restore();
    assertThat(alerts(again)).as("%s, then %s", state, after).isEqualTo(list(expected));
    step(again, at + 5, after);
    assertThat(alerts(again)).as("%s, then %s", state, after).isEqualTo(list(then));

    // Firing ones are sent at once, with the time at which this process saw them fire.
    List<Alert> told = fixture.sent.subList(sent, fixture.sent.size());
    if (then.contains("firing")) {
      assertThat(told).hasSize(1);
      assertThat(minute(told.getFirst().startsAt())).isEqualTo((at + 5) + "m");
    } else {
      assertThat(told).isEmpty();
    }
  }

  private static List<String> list(String text) {
    return text.isEmpty() ? List.of() : List.of(text);
  }

  /** How long ago the last sample may be; restored at second 10,000. */
  @ParameterizedTest
  @CsvSource({"6400, true", "6399, false", "6401, true", "10000, true"})
  void anAlertMayHaveBeenActiveAsLongAgoAsTheToleranceAndNoLonger(long second, boolean restored)
      throws Exception {
    Group again = pendingAndRestored(second, Fixture.T0 / 1000.0 + second - 60, 10_000);
    assertThat(alerts(again))
        .containsExactly(
            restored
                ? "a pending@" + minute(Instant.ofEpochMilli(Fixture.T0 + 1000 * (10_000 - 60)))
                : "a pending@" + minute(Instant.ofEpochMilli(Fixture.T0 + 1000 * 10_000)));
  }

  /** A sample after the time of restoration, such as a clock that was ahead leaves behind. */
  @Test
  void samplesOfTheFutureAreNotLookedAt() throws Exception {
    Group again = pendingAndRestored(0, Fixture.T0 / 1000.0 - 600, 60, false);
    fixture.store(3000, Fixture.T0 / 1000.0 + 2900, labels());
    again.restore();
    assertThat(alerts(again)).containsExactly("a pending@-9m");
  }

  private static String[] labels() {
    return new String[] {"__name__", "ALERTS_FOR_STATE", "alertname", "Down", "job", "a"};
  }

  /** An alert that is found at a time, and restored from one sample. */
  private Group pendingAndRestored(long sampleSecond, double activeAt, long nowSecond)
      throws Exception {
    return pendingAndRestored(sampleSecond, activeAt, nowSecond, true);
  }

  private Group pendingAndRestored(
      long sampleSecond, double activeAt, long nowSecond, boolean restore) throws Exception {
    fixture.store(sampleSecond, activeAt, labels());
    Group again = restarted(RULE);
    fixture.store(nowSecond, 0, "__name__", "up", "job", "a");
    fixture.evaluate(again, nowSecond);
    if (restore) {
      again.restore();
    }
    return again;
  }

  /**
   * It was active for so many of its 30 minutes when the server went, an hour less a minute before.
   */
  @ParameterizedTest
  @CsvSource({
    // More than the grace period is left: the time of the outage does not count.
    "1140, 40m",
    "1199, 39m1s",
    // Exactly the grace period is left: both ways say the same.
    "1200, 39m",
    // Less is left: it fires after the grace period.
    "1201, 39m",
    "1799, 39m",
    // Nothing is left: it fires at once.
    "1800, -30m",
    "1801, -30m-1s",
  })
  void anAlertWaitsAtLeastForTheGracePeriodUnlessItFired(long activeSeconds, String since)
      throws Exception {
    Group again = pendingAndRestored(0, Fixture.T0 / 1000.0 - activeSeconds, 59 * 60);
    assertThat(alerts(again)).containsExactly("a pending@" + since);
    // An evaluation just before, and at, the time at which it fires.
    long firesAt = activeSeconds >= 1800 ? 59 * 60 + 1 : firing(activeSeconds);
    fixture.store(firesAt - 1, 0, "__name__", "up", "job", "a");
    if (activeSeconds < 1800) {
      fixture.evaluate(again, firesAt - 1);
      assertThat(alerts(again)).containsExactly("a pending@" + since);
    }
    fixture.evaluate(again, firesAt);
    assertThat(alerts(again)).containsExactly("a firing@" + since);
  }

  /** When the outage counts for nothing, but after the grace period at the earliest. */
  private static long firing(long activeSeconds) {
    return 59 * 60 + Math.max(600, 1800 - activeSeconds);
  }

  @ParameterizedTest
  @CsvSource({"10m, true", "9m59s, false"})
  void aRuleThatWaitsForLessThanTheGracePeriodBeginsAnew(String holdFor, boolean restored)
      throws Exception {
    String rule = RULE.replace("for: 30m", "for: " + holdFor);
    Group group = fixture.group(rule);
    run(group, 0, "00");
    Group again = restarted(rule);
    run(again, 4, "00");
    again.restore();
    // Nine minutes were left: less than the grace period, which it waits for from minute 5 on.
    assertThat(alerts(again)).containsExactly(restored ? "a pending@5m" : "a pending@4m");
  }

  @Test
  void ofTwoSeriesTheOneThatIsThereIsRestoredAndTheOtherStaysAway() throws Exception {
    Group group = fixture.group(RULE);
    for (int minute = 0; minute < 5; minute++) {
      fixture.store(60L * minute, 0, "__name__", "up", "job", "b");
      step(group, minute, '0');
    }
    assertThat(alerts(group)).containsExactlyInAnyOrder("a pending@0m", "b pending@0m");

    Group again = restarted(RULE);
    run(again, 10, "00");
    again.restore();
    assertThat(alerts(again)).containsExactly("a pending@7m");
    step(again, 12, '0');
    assertThat(alerts(again)).containsExactly("a pending@7m");

    Map<String, String> states = fixture.stored("ALERTS_FOR_STATE");
    String since = String.valueOf(Fixture.T0 / 1000.0);
    assertThat(states.get("ALERTS_FOR_STATE{alertname=\"Down\", job=\"a\"}"))
        .endsWith("240=" + since + " 720=" + (Fixture.T0 / 1000.0 + 420));
    // Of the other one no marker is written: this process knows nothing of it.
    assertThat(states.get("ALERTS_FOR_STATE{alertname=\"Down\", job=\"b\"}"))
        .endsWith("240=" + since);

    // When it comes back it is a new one: its state is restored once, after the start.
    fixture.store(60 * 13, 0, "__name__", "up", "job", "b");
    step(again, 13, '0');
    assertThat(alerts(again)).containsExactly("a pending@7m", "b pending@13m");
  }

  @Test
  void aReloadBeforeTheStateIsRestoredDoesNotLoseIt() throws Exception {
    Group group = fixture.group(RULE);
    run(group, 0, "00000");

    Group again = restarted(RULE);
    step(again, 6, '0');
    // Changed after the first evaluation.
    Group changed = restarted(RULE.replace("interval: 1m", "interval: 30s"));
    changed.takeOver(again);
    run(changed, 7, "00");
    assertThat(fixture.stored("ALERTS_FOR_STATE").values())
        .singleElement()
        .asString()
        .endsWith("240=" + Fixture.T0 / 1000.0);
    changed.restore();
    assertThat(alerts(changed)).containsExactly("a pending@4m");
  }

  /** What a reload finds: the state, and how the rule has changed. */
  @ParameterizedTest
  @CsvSource({
    // Firing, and to wait for longer: pending again, and it fires later.
    "for: 30m, for: 40m, 31, 0, a pending@0m",
    // Firing, and to wait for as long as it has been active.
    "for: 30m, for: 31m, 31, 0, a firing@0m",
    // Pending, and to wait no longer.
    "for: 30m, for: 10m, 20, 0, a firing@0m",
    // Fires on without its series, and no longer is to.
    "keep_firing_for: 20m, keep_firing_for: 0s, 31, 11, ''",
    // The same, for less time than has passed, and for more.
    "keep_firing_for: 20m, keep_firing_for: 2m, 31, 11, ''",
    "keep_firing_for: 20m, keep_firing_for: 3m, 31, 11, a firing@0m",
    // Resolved: stays so.
    "for: 30m, for: 0s, 31, 1111111111111111111111111, ''",
  })
  void aReloadInEachState(String from, String to, int down, String up, String expected)
      throws Exception {
    Group group = fixture.group(RULE);
    run(group, 0, "0".repeat(down));
    String ups = up.equals("0") ? "" : up;
    run(group, down, ups);

    Group changed = fixture.group(RULE.replace(from, to));
    changed.takeOver(group);
    step(changed, down + ups.length(), up.charAt(0));
    assertThat(alerts(changed)).isEqualTo(list(expected));
  }

  @Test
  void aResolvedAlertIsToldOfAfterAReloadForTheRestOfTheQuarterOfAnHour() throws Exception {
    String rule = RULE.replace("for: 30m, keep_firing_for: 20m", "for: 0s");
    Group group = fixture.group(rule);
    run(group, 0, "01111");
    Group changed = fixture.group(rule.replace("interval: 1m", "interval: 2m"));
    changed.takeOver(group);
    fixture.sent.clear();
    for (int minute = 6; minute < 40; minute += 2) {
      step(changed, minute, '1');
    }
    // It ended at minute 1: told up to minute 16.
    assertThat(fixture.sent).isNotEmpty().hasSize(6);
    assertThat(fixture.sent)
        .allSatisfy(alert -> assertThat(minute(alert.endsAt())).isEqualTo("1m"));
  }

  private List<Long> times() throws Exception {
    List<Long> times = new ArrayList<>();
    for (String sample : fixture.stored("r").get("r").split(" ")) {
      times.add(Long.valueOf(sample.substring(0, sample.indexOf('='))));
    }
    return times;
  }

  /** Runs a loop of 15 s until it has waited so often, with something done at one of the waits. */
  private GroupLoop loop(String rule, int waits, int at, Runnable jump) throws Exception {
    GroupLoop loop =
        new GroupLoop(
            fixture.group(
                "groups: [{name: g, interval: 15s, rules: [{record: r, expr: '1'}, "
                    + rule
                    + "]}]"),
            fixture.ticks,
            false,
            null);
    AtomicInteger waited = new AtomicInteger();
    fixture.ticks.onWait =
        () -> {
          int n = waited.getAndIncrement();
          if (n == at) {
            jump.run();
          }
          if (n == waits) {
            loop.stop(Ending.LEAVE);
          }
        };
    loop.run();
    return loop;
  }

  private void shift(long seconds) {
    fixture.ticks.setWall(fixture.ticks.wallNanos() + seconds * SECOND);
  }

  private double iterations(String suffix) {
    return fixture.metric("prometheus_rule_group_iterations" + suffix, "r.yml;g");
  }

  /** As a time server corrects it: by less than an interval. */
  @ParameterizedTest
  @CsvSource({"-1", "-14", "1", "14"})
  void aClockThatIsSetByLessThanAnIntervalChangesNoTimes(long seconds) throws Exception {
    GroupLoop loop = loop("{alert: A, expr: '1', for: 30s}", 8, 3, () -> shift(seconds));

    List<Long> times = times();
    for (int i = 1; i < times.size(); i++) {
      assertThat(times.get(i) - times.get(i - 1)).isEqualTo(15);
    }
    assertThat(iterations("_missed")).isZero();
    assertThat(loop.view().rules()).allMatch(rule -> rule.health().equals("ok"));
    assertThat(loop.view().rules().get(1).alerts().getFirst().state()).isEqualTo("firing");
  }

  @Test
  void aClockThatIsSetAheadMissesThoseTimesAndWhatWaitedFires() throws Exception {
    GroupLoop loop = loop("{alert: A, expr: '1', for: 45m}", 4, 2, () -> shift(3000));

    List<Long> times = times();
    assertThat(times).hasSize(4);
    assertThat(times.get(2) - times.get(1)).isEqualTo(3000 + 15);
    assertThat(times.get(3) - times.get(2)).isEqualTo(15);
    assertThat(iterations("_missed")).isEqualTo(3000 / 15);
    assertThat(iterations("")).isEqualTo(4 + 3000 / 15);
    assertThat(loop.view().rules().get(1).alerts().getFirst().state()).isEqualTo("firing");
  }

  /** Source of the rule: an alert that fires must not end since somebody mended the clock. */
  @ParameterizedTest
  @CsvSource({"0s", "30s"})
  void aFiringAlertFiresOnAndIsSentAgainWhenTheClockIsSetBack(String holdFor) throws Exception {
    AtomicInteger sent = new AtomicInteger();
    GroupLoop loop =
        loop(
            "{alert: A, expr: '1', for: " + holdFor + "}",
            12,
            6,
            () -> {
              sent.set(fixture.sent.size());
              shift(-3600);
            });

    assertThat(loop.view().rules().get(1).alerts().getFirst().state()).isEqualTo("firing");
    List<Alert> after = fixture.sent.subList(sent.get(), fixture.sent.size());
    assertThat(after).isNotEmpty();
    // By the clock as it is now.
    Instant now = Instant.ofEpochMilli(fixture.ticks.wallNanos() / 1_000_000);
    assertThat(after.getFirst().endsAt()).isBetween(now, now.plusSeconds(600));
    // What is stored already is not stored again; that is no reason to say nothing.
    assertThat(loop.view().rules().get(1).health()).isEqualTo("err");
  }

  @Test
  void anAlertThatEndsAfterTheClockWasSetBackIsToldToHaveEnded() throws Exception {
    String rule = RULE.replace("for: 30m, keep_firing_for: 20m", "for: 0s");
    Group group = fixture.group(rule);
    run(group, 60, "00");
    assertThat(alerts(group)).containsExactly("a firing@60m");
    fixture.sent.clear();

    // Nearly an hour back: the past is seen, in which nothing was down.
    fixture.evaluate(group, 60);
    assertThat(alerts(group)).isEmpty();
    assertThat(fixture.sent).hasSize(1);
    assertThat(minute(fixture.sent.getLast().endsAt())).isEqualTo("1m");
    // Told again as ever, by the clock as it is now.
    for (int minute = 2; minute < 6; minute++) {
      fixture.evaluate(group, 60L * minute);
    }
    assertThat(fixture.sent).hasSize(3);
  }
}
