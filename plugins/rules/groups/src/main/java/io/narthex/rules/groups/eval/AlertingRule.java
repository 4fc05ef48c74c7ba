package io.narthex.rules.groups.eval;

import io.narthex.api.alert.Alert;
import io.narthex.api.alert.RulesView;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.narthex.api.service.Ticks;
import io.narthex.rules.groups.eval.ActiveAlert.State;
import io.narthex.rules.groups.file.AlertText;
import io.narthex.rules.groups.file.GroupDefinition;
import io.narthex.rules.groups.file.RuleDefinition;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Has an alert for each series of its expression. An alert is pending at first, fires when its
 * series has been there for as long as {@code for} says, and when the series is there no more it
 * ends, after {@code keep_firing_for} if that is set. One that has fired is remembered for a
 * quarter of an hour, so that receivers which did not hear of its end hear of it again. Source:
 * Prometheus 3.14, {@code rules/alerting.go}.
 */
final class AlertingRule extends Rule {
  /** How long an alert that has ended is remembered. */
  static final long RESOLVED_RETENTION = Duration.ofMinutes(15).toNanos();

  private final GroupDefinition group;
  private final AlertTemplates.Texts texts;
  private final AlertWatcher watcher;
  private final long holdFor;
  private final long keepFiringFor;

  /** Path of the page with its expression. */
  private final String link;

  /** Labels that its series have unless the alert says otherwise. */
  private final Labels baseLabels;

  /**
   * Guarded by itself, as are the alerts in it. Of a rule that takes over from another it is the
   * other's from then on: who still looks at that one waits for the same lock.
   */
  private volatile Map<Labels, ActiveAlert> active = new LinkedHashMap<>();

  /**
   * Whether the state of before the start has been restored; nothing is stored before, since it
   * would take the place of what is to be restored.
   */
  private volatile boolean restored;

  /**
   * Makes one.
   *
   * @param group that it stands in
   * @param restored whether there is nothing to be restored
   */
  AlertingRule(
      RuleDefinition definition,
      WrittenSeries written,
      GroupDefinition group,
      AlertTemplates templates,
      AlertWatcher watcher,
      boolean restored) {
    super(definition, written);
    this.group = group;
    texts = templates.of(definition.name());
    this.watcher = watcher;
    this.restored = restored;
    holdFor = definition.holdFor().toNanos();
    keepFiringFor = definition.keepFiringFor().toNanos();
    link = link(definition.query());
    baseLabels =
        Labels.of(definition.labels()).toBuilder()
            .set(ActiveAlert.ALERT_NAME, definition.name())
            .build();
  }

  @Override
  Vector evaluate(Due due, Queries queries) throws RuleFailure {
    Vector result = queries.evaluate(definition.query(), due.queryTime(), due.options());
    Map<Labels, ActiveAlert> found = found(due, result, queries);
    Map<Labels, ActiveAlert> alerts = active;
    synchronized (alerts) {
      merge(alerts, found);
      return advance(due, alerts, found);
    }
  }

  /** An alert for each series. */
  private Map<Labels, ActiveAlert> found(Due due, Vector result, Queries queries)
      throws RuleFailure {
    Map<Labels, ActiveAlert> found = LinkedHashMap.newLinkedHashMap(result.size());
    texts.begin(due, queries);
    Labels.Builder builder = Labels.builder();
    for (int i = 0; i < result.size(); i++) {
      Labels series = result.labels(i);
      texts.series(series, result.value(i), result.histogram(i));
      SortedMap<String, String> annotations = new TreeMap<>();
      definition.annotations().forEach((name, text) -> annotations.put(name, texts.expand(text)));
      builder.reset(series).remove(LabelNames.METRIC_NAME);
      definition.labels().forEach((name, text) -> builder.set(name, texts.expand(text)));
      builder.set(ActiveAlert.ALERT_NAME, definition.name());
      Labels labels = builder.build();
      ActiveAlert alert = new ActiveAlert(labels, annotations, result.value(i), due.time());
      if (found.put(labels, alert) != null) {
        throw new RuleFailure(
            "vector contains metrics with the same labelset after applying alert labels");
      }
    }
    return found;
  }

  private static void merge(Map<Labels, ActiveAlert> alerts, Map<Labels, ActiveAlert> found) {
    found.forEach((labels, alert) -> {
      ActiveAlert known = alerts.get(labels);
      if (known != null && known.state != State.INACTIVE) {
        known.value = alert.value;
        known.annotations = alert.annotations;
      } else {
        alerts.put(labels, alert);
      }
    });
  }

  private Vector advance(Due due, Map<Labels, ActiveAlert> alerts, Map<Labels, ActiveAlert> found)
      throws RuleFailure {
    Vector stored = new Vector(due.queryTime());
    int count = 0;
    for (Iterator<ActiveAlert> all = alerts.values().iterator(); all.hasNext(); ) {
      ActiveAlert alert = all.next();
      // One that is new was not there before, whatever it is now.
      boolean isNew = found.get(alert.labels) == alert;
      State before = isNew ? State.INACTIVE : alert.state;
      if (found.containsKey(alert.labels)) {
        alert.keepFiringSince = ActiveAlert.NEVER;
      } else if (!keepsFiring(alert, due.time())) {
        end(alert, due.time(), all);
        tell(alert, before, due.time());
        continue;
      }
      count++;
      long held = due.time() - alert.activeAt;
      if (alert.state == State.PENDING && held >= holdFor) {
        alert.state = State.FIRING;
        alert.firedAt = due.time();
      } else if (alert.state == State.FIRING && held >= 0 && held < holdFor) {
        // A reload has made it wait for longer. A clock that was set back has not.
        alert.state = State.PENDING;
        alert.firedAt = ActiveAlert.NEVER;
        alert.lastSentAt = ActiveAlert.NEVER;
        alert.keepFiringSince = ActiveAlert.NEVER;
      }
      tell(alert, before, due.time());
      if (restored) {
        stored.add(alert.series(baseLabels), 1);
        stored.add(alert.forStateSeries(baseLabels), Math.floorDiv(alert.activeAt, 1_000_000_000L));
      }
    }
    if (due.limit() > 0 && count > due.limit()) {
      alerts.clear();
      throw new RuleFailure("exceeded limit of " + due.limit() + " with " + count + " alerts");
    }
    return stored;
  }

  /** Whether an alert fires on though its series has gone. */
  private boolean keepsFiring(ActiveAlert alert, long now) {
    if (alert.state != State.FIRING || keepFiringFor == 0) {
      return false;
    }
    if (alert.keepFiringSince == ActiveAlert.NEVER) {
      alert.keepFiringSince = now;
    }
    return now - alert.keepFiringSince < keepFiringFor;
  }

  /** Ends an alert, or forgets it. */
  private static void end(ActiveAlert alert, long now, Iterator<ActiveAlert> place) {
    boolean longEnded =
        alert.resolvedAt != ActiveAlert.NEVER && now - alert.resolvedAt > RESOLVED_RETENTION;
    if (alert.state == State.PENDING || longEnded) {
      place.remove();
    }
    if (alert.state != State.INACTIVE) {
      alert.state = State.INACTIVE;
      alert.resolvedAt = now;
    }
  }

  private void tell(ActiveAlert alert, State before, long now) {
    if (alert.state != before) {
      watcher.changed(
          group.file(),
          group.name(),
          definition.name(),
          alert.labels,
          before.toString(),
          alert.state.toString(),
          now,
          alert.value);
    }
  }

  /**
   * The alerts that receivers must hear of at {@code now}, which are taken to be sent.
   *
   * @param interval of the group, nanoseconds
   * @param resendDelay nanoseconds
   * @param externalUrl of this server
   */
  List<Alert> toSend(long now, long interval, long resendDelay, String externalUrl) {
    List<Alert> due = new ArrayList<>();
    String generator = externalUrl + link;
    // Two evaluations or transmissions may fail before receivers take it for over.
    Instant validUntil = Ticks.instant(now + 4 * Math.max(interval, resendDelay));
    forEach(alert -> {
      if (!alert.needsSending(now, resendDelay)) {
        return;
      }
      alert.lastSentAt = now;
      boolean over = alert.resolvedAt != ActiveAlert.NEVER;
      due.add(
          new Alert(
              alert.labels,
              alert.annotations,
              Ticks.instant(alert.firedAt),
              over ? Ticks.instant(alert.resolvedAt) : validUntil,
              generator));
    });
    return due;
  }

  /** The page with the table of an expression. */
  private static String link(String query) {
    return "/graph?g0.expr=" + escape(query) + "&g0.tab=1";
  }

  /** As Go's {@code url.QueryEscape} does. */
  private static String escape(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("*", "%2A").replace("%7E", "~");
  }

  /** Takes over the alerts of the same rule of before a reload, which is not evaluated any more. */
  void takeOver(AlertingRule before) {
    active = before.active;
  }

  long holdFor() {
    return holdFor;
  }

  void restored() {
    restored = true;
  }

  void awaitRestoration() {
    restored = false;
  }

  /** Does something with each alert, none of which changes meanwhile. */
  void forEach(Consumer<ActiveAlert> action) {
    Map<Labels, ActiveAlert> alerts = active;
    synchronized (alerts) {
      alerts.values().forEach(action);
    }
  }

  /** The labels with which its series begin; texts that are templates among them. */
  Labels baseLabels() {
    return baseLabels;
  }

  /** Those of the labels that all its series have. */
  Labels fixedLabels() {
    return baseLabels.filter(
        name -> name.equals(ActiveAlert.ALERT_NAME) || !AlertText.isTemplate(baseLabels.get(name)));
  }

  @Override
  RulesView.Rule view() {
    List<RulesView.ActiveAlert> shown = new ArrayList<>();
    forEach(alert -> {
      if (alert.resolvedAt == ActiveAlert.NEVER) {
        shown.add(
            new RulesView.ActiveAlert(
                alert.labels,
                alert.annotations,
                alert.state.toString(),
                Ticks.instant(alert.activeAt),
                alert.keepFiringSince == ActiveAlert.NEVER
                    ? Optional.empty()
                    : Optional.of(Ticks.instant(alert.keepFiringSince)),
                alert.value));
      }
    });
    return view(shown);
  }
}
