package io.narthex.web.api;

import io.narthex.api.access.Access;
import io.narthex.api.alert.RulesView;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryException;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What somebody may see of rules and alerts who sees a part of the series only.
 *
 * <p>A rule is evaluated over all series, and its text names what it reads. So a rule is shown when
 * its labels may be seen <em>and</em> it reads nothing but what may be seen: each of its selectors
 * asks at least for what the access asks for, and no template of it queries. An alert is shown when
 * its own labels may be seen. Where its rule reads more, its annotations and its value are not
 * told: they are made of what was read.
 */
final class SeenRules {
  /** The function that looks at series which the text does not name. */
  private static final Pattern INFO = Pattern.compile("\\binfo\\b", Pattern.CASE_INSENSITIVE);

  /** What a template calls that reads series of its own choice. */
  private static final Pattern QUERY = Pattern.compile("\\bquery\\b");

  private final Access access;
  private final QueryEngine engine;

  SeenRules(Access access, QueryEngine engine) {
    this.access = access;
    this.engine = engine;
  }

  /** The groups with those rules that may be seen; groups without any are left out. */
  List<RulesView.Group> groups(List<RulesView.Group> groups) {
    return groups.stream().map(this::seen).filter(group -> !group.rules().isEmpty()).toList();
  }

  private RulesView.Group seen(RulesView.Group group) {
    return new RulesView.Group(
        group.name(),
        group.file(),
        group.interval(),
        group.limit(),
        group.rules().stream()
            .filter(rule -> shows(rule) && readsWhatIsSeen(rule))
            .map(this::withSeenAlerts)
            .toList(),
        group.lastEvaluation(),
        group.evaluationTime());
  }

  /** The alerts of a rule that may be seen. */
  List<RulesView.ActiveAlert> alerts(RulesView.Rule rule) {
    List<RulesView.ActiveAlert> seen = rule.alerts().stream().filter(this::shows).toList();
    if (seen.isEmpty() || readsWhatIsSeen(rule)) {
      return seen;
    }
    return seen.stream()
        .map(alert ->
            new RulesView.ActiveAlert(
                alert.labels(),
                Map.of(),
                alert.state(),
                alert.activeAt(),
                alert.keepFiringSince(),
                Double.NaN))
        .toList();
  }

  private RulesView.Rule withSeenAlerts(RulesView.Rule r) {
    return new RulesView.Rule(
        r.name(),
        r.alerting(),
        r.query(),
        r.duration(),
        r.keepFiringFor(),
        r.labels(),
        r.annotations(),
        r.alerts().stream().filter(this::shows).toList(),
        r.health(),
        r.lastError(),
        r.lastEvaluation(),
        r.evaluationTime());
  }

  /** By the labels that all series have which it makes. */
  private boolean shows(RulesView.Rule rule) {
    Labels.Builder made = Labels.of(rule.labels()).toBuilder();
    if (rule.alerting()) {
      made.set("alertname", rule.name());
    }
    return SeenLabels.shows(access, made.build());
  }

  /** By those of its series {@code ALERTS}. */
  private boolean shows(RulesView.ActiveAlert alert) {
    return SeenLabels.shows(
        access, alert.labels().toBuilder().set("alertstate", alert.state()).build());
  }

  private boolean readsWhatIsSeen(RulesView.Rule rule) {
    if (INFO.matcher(rule.query()).find()
        || readsMore(rule.labels())
        || readsMore(rule.annotations())) {
      return false;
    }
    List<List<Matcher>> read;
    try {
      read = engine.parse(rule.query()).selectors();
    } catch (QueryException e) {
      // A rule of another engine, or of functions that have gone.
      return false;
    }
    return read.stream().allMatch(this::isWithin);
  }

  /**
   * Whether some of these may ask for series; what they ask for may be put together as they run.
   */
  private static boolean readsMore(Map<String, String> templates) {
    for (String text : templates.values()) {
      if (text.contains("{{") && QUERY.matcher(text).find()) {
        return true;
      }
    }
    return false;
  }

  private boolean isWithin(List<Matcher> query) {
    return access.selectors().stream()
        .anyMatch(selector ->
            selector.stream().allMatch(asked -> query.stream().anyMatch(m -> implies(m, asked))));
  }

  private static boolean implies(Matcher given, Matcher asked) {
    return given.equals(asked)
        || (given.type() == Matcher.Type.EQUAL
            && given.name().equals(asked.name())
            && asked.matches(given.value()));
  }
}
