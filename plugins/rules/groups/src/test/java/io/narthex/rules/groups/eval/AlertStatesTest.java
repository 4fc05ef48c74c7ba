package io.narthex.rules.groups.eval;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.alert.Alert;
import io.narthex.api.alert.RulesView;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of alerts, step by step: through evaluations, reloads and restarts. */
class AlertStatesTest {
  private static final String RULE =
      """
      groups:
        - name: g
          interval: 1m
          rules:
            - alert: Down
              expr: up == 0
              for: 2m
              labels: {severity: page}
              annotations: {text: it is down}
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

  /** Scrapes and evaluates, a minute after the other; {@code 1} for up, {@code 0} for down. */
  private void run(Group group, int fromMinute, String ups) throws Exception {
    for (int i = 0; i < ups.length(); i++) {
      step(group, fromMinute + i, ups.charAt(i));
    }
  }

  private void step(Group group, int minute, char up) throws Exception {
    if (up != '-') {
      fixture.store(60L * minute, up - '0', "__name__", "up", "job", "a");
    }
    fixture.evaluate(group, 60L * minute);
  }

  private static RulesView.Rule rule(Group group) {
    return group.view().rules().getFirst();
  }

  /** {@code pending@1m} for an alert that is active since minute 1. */
  private static List<String> alerts(Group group) {
    return rule(group).alerts().stream()
        .map(a -> a.state() + "@" + minute(a.activeAt()) + "m")
        .toList();
  }

  private static long minute(Instant at) {
    return Duration.between(Instant.ofEpochMilli(Fixture.T0), at).toMinutes();
  }

  @Test
  void goesFromInactiveToPendingToFiringAndBack() throws Exception {
    Group group = fixture.group(RULE);
    assertThat(rule(group).health()).isEqualTo("unknown");

    step(group, 0, '1');
    assertThat(alerts(group)).isEmpty();
    step(group, 1, '0');
    assertThat(alerts(group)).containsExactly("pending@1m");
    step(group, 2, '0');
    assertThat(alerts(group)).containsExactly("pending@1m");
    step(group, 3, '0');
    assertThat(alerts(group)).containsExactly("firing@1m");
    step(group, 4, '1');
    assertThat(alerts(group)).isEmpty();

    assertThat(rule(group).health()).isEqualTo("ok");
    assertThat(fixture.stored("ALERTS"))
        .containsEntry(
            "ALERTS{alertname=\"Down\", alertstate=\"pending\", job=\"a\", severity=\"page\"}",
            "60=1.0 120=1.0 180=stale")
        .containsEntry(
            "ALERTS{alertname=\"Down\", alertstate=\"firing\", job=\"a\", severity=\"page\"}",
            "180=1.0 240=stale")
        .hasSize(2);
    double since = Fixture.T0 / 1000.0 + 60;
    assertThat(fixture.stored("ALERTS_FOR_STATE"))
        .containsExactly(
            java.util.Map.entry(
                "ALERTS_FOR_STATE{alertname=\"Down\", job=\"a\", severity=\"page\"}",
                "60=" + since + " 120=" + since + " 180=" + since + " 240=stale"));
    assertThat(fixture.changes)
        .containsExactly("Down inactive->pending", "Down pending->firing", "Down firing->inactive");
  }

  @Test
  void forgetsAPendingAlertAtOnce() throws Exception {
    Group group = fixture.group(RULE);
    run(group, 0, "00100");

    assertThat(alerts(group)).containsExactly("pending@3m");
    assertThat(fixture.sent).isEmpty();
  }

  @Test
  void sendsFiringAlertsAgainAndTheirEndForAQuarterOfAnHour() throws Exception {
    Group group = fixture.group(RULE);
    run(group, 0, "000000");

    // Fires at minute 2; after the delay of a minute, so in each second evaluation.
    assertThat(fixture.sent).hasSize(2);
    Alert first = fixture.sent.getFirst();
    assertThat(first.labels()).hasToString("{alertname=\"Down\", job=\"a\", severity=\"page\"}");
    assertThat(first.annotations()).isEqualTo(Map.of("text", "it is down"));
    assertThat(minute(first.startsAt())).isEqualTo(2);
    assertThat(minute(first.endsAt())).isEqualTo(2 + 4);
    assertThat(first.generatorUrl())
        .isEqualTo("http://localhost:9090/graph?g0.expr=up+%3D%3D+0&g0.tab=1");
    assertThat(minute(fixture.sent.get(1).endsAt())).isEqualTo(4 + 4);

    fixture.sent.clear();
    step(group, 6, '1');
    assertThat(fixture.sent).hasSize(1);
    assertThat(minute(fixture.sent.getFirst().startsAt())).isEqualTo(2);
    assertThat(minute(fixture.sent.getFirst().endsAt())).isEqualTo(6);

    for (int minute = 7; minute < 30; minute++) {
      step(group, minute, '1');
    }
    // The last one is at minute 20: at 22 it is forgotten.
    assertThat(fixture.sent).hasSize(8);
    assertThat(fixture.sent).allSatisfy(a -> assertThat(minute(a.endsAt())).isEqualTo(6));
  }

  @Test
  void firesAgainAsANewAlert() throws Exception {
    Group group = fixture.group(RULE);
    run(group, 0, "0001000");

    assertThat(alerts(group)).containsExactly("firing@4m");
    assertThat(minute(fixture.sent.getLast().startsAt())).isEqualTo(6);
  }

  @Test
  void firesOnForAsLongAsItIsToldTo() throws Exception {
    Group group = fixture.group(RULE.replace("for: 2m", "for: 0s\n        keep_firing_for: 3m"));
    run(group, 0, "01");
    assertThat(alerts(group)).containsExactly("firing@0m");
    assertThat(rule(group).alerts().getFirst().keepFiringSince())
        .contains(Instant.ofEpochMilli(Fixture.T0 + 60_000));
    run(group, 2, "0");
    assertThat(rule(group).alerts().getFirst().keepFiringSince()).isEmpty();
    run(group, 3, "111");
    assertThat(alerts(group)).containsExactly("firing@0m");
    run(group, 6, "1");
    assertThat(alerts(group)).isEmpty();
    assertThat(minute(fixture.sent.getLast().endsAt())).isEqualTo(6);
  }

  @Test
  void keepsItsStateWhenTheGroupChanges() throws Exception {
    for (String before : List.of("1", "10", "100", "1000", "10001")) {
      try (Fixture own = new Fixture()) {
        fixture.close();
        fixture = own;
        Group old = fixture.group(RULE);
        run(old, 0, before);
        List<String> then = alerts(old);

        Group changed = fixture.group(RULE.replace("interval: 1m", "interval: 30s"));
        changed.takeOver(old);
        assertThat(alerts(changed)).as(before).isEqualTo(then);
        assertThat(changed.view().lastEvaluation()).isEqualTo(old.view().lastEvaluation());

        Group unchanged = fixture.group(RULE);
        unchanged.takeOver(old);
        int sent = fixture.sent.size();
        run(unchanged, before.length(), "0");
        assertThat(alerts(unchanged))
            .as(before)
            .isEqualTo(
                switch (before) {
                  case "1" -> List.of("pending@1m");
                  case "10" -> List.of("pending@1m");
                  case "100", "1000" -> List.of("firing@1m");
                  default -> List.of("pending@5m");
                });
        // One that fired goes on where it was with what receivers have heard.
        if (before.equals("1000")) {
          assertThat(fixture.sent).hasSize(sent);
        }
      }
    }
  }

  @Test
  void waitsAgainWhenAReloadMakesItWaitForLonger() throws Exception {
    Group old = fixture.group(RULE);
    run(old, 0, "000");
    assertThat(alerts(old)).containsExactly("firing@0m");
    Group longer = fixture.group(RULE.replace("for: 2m", "for: 5m"));
    longer.takeOver(old);
    // It is a new alert to receivers, however lately they have heard of it.
    fixture.settings =
        new EvaluationSettings(
            Duration.ofHours(1), Duration.ofMinutes(10), Duration.ofHours(1), Permits.NONE);

    run(longer, 3, "0");
    assertThat(alerts(longer)).containsExactly("pending@0m");
    run(longer, 4, "00");
    assertThat(alerts(longer)).containsExactly("firing@0m");
    assertThat(minute(fixture.sent.getLast().startsAt())).isEqualTo(5);
  }

  @Test
  void losesItsStateWhenItsLabelsChange() throws Exception {
    Group old = fixture.group(RULE);
    run(old, 0, "000");
    Group other = fixture.group(RULE.replace("severity: page", "severity: mail"));
    other.takeOver(old);

    run(other, 3, "0");
    assertThat(alerts(other)).containsExactly("pending@3m");
    assertThat(fixture.stored("ALERTS"))
        .containsEntry(
            "ALERTS{alertname=\"Down\", alertstate=\"firing\", job=\"a\", severity=\"page\"}",
            "120=1.0 180=stale");
  }

  /** Waits for half an hour; the grace period is ten minutes. */
  private static final String PATIENT = RULE.replace("for: 2m", "for: 30m");

  private Group restarted(String rule, int downForMinutes, int fromMinute) throws Exception {
    Group again = fixture.group(rule, false);
    int minute = fromMinute + downForMinutes;
    run(again, minute, "00");
    again.restore();
    return again;
  }

  @Test
  void doesNotCountTheTimeOfAnOutage() throws Exception {
    Group group = fixture.group(PATIENT);
    run(group, 0, "00000");
    assertThat(alerts(group)).containsExactly("pending@0m");

    // Away from minute 4 to 15: 11 minutes and the first evaluation at 14 do not count.
    Group again = restarted(PATIENT, 9, 5);
    assertThat(alerts(again)).containsExactly("pending@11m");
    // Nothing was stored before the state was restored.
    assertThat(fixture.stored("ALERTS_FOR_STATE").values().iterator().next())
        .endsWith("240=" + Fixture.T0 / 1000.0);
    run(again, 16, "0");
    assertThat(fixture.stored("ALERTS_FOR_STATE").values().iterator().next())
        .endsWith("960=" + (Fixture.T0 / 1000.0 + 660));
  }

  @Test
  void waitsForTheGracePeriodWhenItWouldSoonHaveFired() throws Exception {
    Group group = fixture.group(PATIENT);
    run(group, 0, "0".repeat(26));

    // 25 of 30 minutes are over; restored at minute 31, it fires at 41.
    Group again = restarted(PATIENT, 4, 26);
    assertThat(alerts(again)).containsExactly("pending@11m");
    run(again, 32, "0".repeat(9));
    assertThat(alerts(again)).containsExactly("pending@11m");
    run(again, 41, "0");
    assertThat(alerts(again)).containsExactly("firing@11m");
  }

  @Test
  void firesAtOnceWhenItFiredBefore() throws Exception {
    Group group = fixture.group(PATIENT);
    run(group, 0, "0".repeat(32));
    assertThat(alerts(group)).containsExactly("firing@0m");

    Group again = restarted(PATIENT, 4, 32);
    assertThat(alerts(again)).containsExactly("pending@0m");
    run(again, 38, "0");
    assertThat(alerts(again)).containsExactly("firing@0m");
  }

  @Test
  void beginsAnewAfterTooLongAnOutageAndWhereItHadEndedAndWhenItWaitsShortly() throws Exception {
    Group group = fixture.group(PATIENT);
    run(group, 0, "000");
    Group late = restarted(PATIENT, 62, 3);
    assertThat(alerts(late)).containsExactly("pending@65m");

    run(late, 67, "01");
    Group afterwards = restarted(PATIENT, 5, 69);
    assertThat(alerts(afterwards)).containsExactly("pending@74m");

    run(afterwards, 76, "0");
    String shortly = PATIENT.replace("for: 30m", "for: 9m");
    Group impatient = restarted(shortly, 3, 77);
    assertThat(alerts(impatient)).containsExactly("pending@80m");
    run(impatient, 82, "0");
    assertThat(fixture.stored("ALERTS_FOR_STATE").values().iterator().next())
        .endsWith(60 * 82 + "=" + (Fixture.T0 / 1000.0 + 80 * 60));
  }

  @Test
  void restoresAlertsWhoseLabelsAreTemplates() throws Exception {
    fixture.extensions.come(new PlainTemplates());
    String rule = PATIENT.replace("severity: page", "where: 'at {{ $labels.job }}'");
    Group group = fixture.group(rule);
    run(group, 0, "00000");
    Group again = restarted(rule, 1, 5);
    assertThat(alerts(again)).containsExactly("pending@3m");
  }

  @Test
  void hasNoMoreAlertsThanTheLimit() throws Exception {
    Group group = fixture.group(RULE.replace("interval: 1m", "limit: 1"));
    fixture.store(0, 0, "__name__", "up", "job", "b");
    step(group, 0, '0');

    assertThat(rule(group).health()).isEqualTo("err");
    assertThat(rule(group).lastError()).isEqualTo("exceeded limit of 1 with 2 alerts");
    assertThat(alerts(group)).isEmpty();
    assertThat(fixture.stored("ALERTS")).isEmpty();
  }

  @Test
  void refusesAlertsThatLabelsMakeTheSame() throws Exception {
    Group group = fixture.group(RULE.replace("severity: page", "job: all"));
    fixture.store(0, 0, "__name__", "up", "job", "b");
    step(group, 0, '0');

    assertThat(rule(group).lastError())
        .isEqualTo("vector contains metrics with the same labelset after applying alert labels");
  }

  @Test
  void expandsLabelsAndAnnotations() throws Exception {
    fixture.extensions.come(new PlainTemplates());
    Group group =
        fixture.group(
            RULE.replace("severity: page", "where: 'at {{ $labels.job }}'")
                .replace("it is down", "'{{ broken }}'"));
    step(group, 0, '0');

    RulesView.ActiveAlert alert = rule(group).alerts().getFirst();
    assertThat(alert.labels().get("where")).isEqualTo("at a");
    assertThat(alert.annotations().get("text"))
        .isEqualTo(
            "<error expanding template: error executing template __alert_Down: template:"
                + " __alert_Down:1:2: executing \"__alert_Down\": broken>");
  }

  @Test
  void saysThatATemplateEngineIsMissing() throws Exception {
    Group group = fixture.group(RULE.replace("it is down", "'{{ $value }}'"));
    step(group, 0, '0');

    assertThat(rule(group).alerts().getFirst().annotations().get("text"))
        .isEqualTo(
            "<error expanding template: no template engine is installed (plugin"
                + " template-gotemplate)>");
    assertThat(rule(group).health()).isEqualTo("ok");
  }
}
