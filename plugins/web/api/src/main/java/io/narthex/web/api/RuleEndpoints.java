package io.narthex.web.api;

import io.narthex.api.alert.AlertmanagersView;
import io.narthex.api.alert.RulesView;
import io.narthex.api.model.Annotation;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.Quoting;
import io.narthex.api.plugin.Current;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.web.Route;
import io.narthex.api.web.WebRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;

/**
 * {@code rules}, {@code alerts} and {@code alertmanagers}: what the {@link RulesView}s tell.
 * Without one there are none, as on a server without rules.
 */
final class RuleEndpoints {
  private final Extensions extensions;
  private final Current<QueryEngine> engine;

  RuleEndpoints(Extensions extensions, Current<QueryEngine> engine) {
    this.extensions = extensions;
    this.engine = engine;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/api/v1/rules", new Endpoint(this::rules)),
        Route.get("/api/v1/alerts", new Endpoint(this::alerts)),
        Route.get("/api/v1/alertmanagers", new Endpoint(this::alertmanagers)));
  }

  private List<RulesView.Group> groups() {
    return all(RulesView.class, RulesView::groups);
  }

  private List<RulesView.Group> seenGroups(WebRequest request) throws ApiException {
    return request.access().isRestricted() ? seen(request).groups(groups()) : groups();
  }

  private SeenRules seen(WebRequest request) throws ApiException {
    return new SeenRules(request.access(), ApiException.needed(engine));
  }

  private <V, T> List<T> all(Class<V> view, Function<V, List<T>> what) {
    return extensions.all(view).stream().flatMap(v -> what.apply(v).stream()).toList();
  }

  /** A group with those of its rules that were asked for. */
  private record Chosen(RulesView.Group group, List<RulesView.Rule> rules) {}

  private void rules(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException, ApiException {
    // What can be wrong with a request is looked for in Prometheus's order.
    Predicates wanted = new Predicates(p, engine);
    boolean excludeAlerts = excludeAlerts(p.first("exclude_alerts").toLowerCase(Locale.ROOT));
    Page page = Page.of(p);
    List<Chosen> chosen = new ArrayList<>();
    String next = "";
    boolean begun = page.token().isEmpty();
    for (RulesView.Group group : seenGroups(request)) {
      begun = begun || page.token().equals(token(group));
      if (!begun || !wanted.accepts(group)) {
        continue;
      }
      List<RulesView.Rule> rules = group.rules().stream().filter(wanted::accepts).toList();
      if (rules.isEmpty()) {
        continue;
      }
      if (chosen.size() == page.limit()) {
        next = token(group);
        break;
      }
      chosen.add(new Chosen(group, rules));
    }
    if (!begun) {
      throw ApiException.badParameter(
          "group_next_token",
          "invalid group_next_token '" + page.token() + "'. were rule groups changed?");
    }
    json.beginObject().key("groups").beginArray();
    for (Chosen one : chosen) {
      group(one, excludeAlerts, json);
    }
    json.endArray();
    if (!next.isEmpty()) {
      json.key("groupNextToken").value(next);
    }
    json.endObject();
  }

  private static boolean excludeAlerts(String text) throws ApiException {
    try {
      return !text.isEmpty() && Parameters.parseBool(text);
    } catch (IllegalArgumentException e) {
      throw ApiException.badParameter(
          "exclude_alerts", "error converting exclude_alerts: " + e.getMessage());
    }
  }

  /** Names a group in {@code group_next_token}; only equality counts. */
  private static String token(RulesView.Group group) {
    try {
      byte[] name = (group.file() + ";" + group.name()).getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(name));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("a JVM without SHA-1", e);
    }
  }

  /**
   * Which groups are told.
   *
   * @param limit how many at most; −1 for all
   * @param token of the first group; empty for the very first
   */
  private record Page(int limit, String token) {
    static Page of(Parameters p) throws ApiException {
      String limit = p.first("group_limit");
      String token = p.first("group_next_token");
      if (limit.isEmpty()) {
        if (!token.isEmpty()) {
          throw ApiException.badParameter(
              "group_next_token",
              "group_limit needs to be present in order to paginate over the groups");
        }
        return new Page(-1, "");
      }
      int number;
      try {
        number = Parameters.parseInt(limit);
      } catch (IllegalArgumentException e) {
        throw ApiException.badParameter(
            "group_limit", "group_limit needs to be a valid number: " + e.getMessage());
      }
      if (number <= 0) {
        throw ApiException.badParameter("group_limit", "group_limit needs to be greater than 0");
      }
      return new Page(number, token);
    }
  }

  /** What a request asks of groups and rules; an empty set asks nothing. */
  private static final class Predicates {
    private final Set<String> names;
    private final Set<String> groups;
    private final Set<String> files;
    private final List<List<Matcher>> selectors;
    private final String type;

    Predicates(Parameters p, Current<QueryEngine> engine) throws ApiException {
      names = Set.copyOf(p.all("rule_name[]"));
      groups = Set.copyOf(p.all("rule_group[]"));
      files = Set.copyOf(p.all("file[]"));
      selectors = p.all("match[]").isEmpty() ? List.of() : p.selectors(ApiException.needed(engine));
      type = p.first("type").toLowerCase(Locale.ROOT);
      if (!type.isEmpty() && !type.equals("alert") && !type.equals("record")) {
        throw ApiException.badParameter("type", "not supported value " + Quoting.quote(type));
      }
    }

    boolean accepts(RulesView.Group group) {
      return (groups.isEmpty() || groups.contains(group.name()))
          && (files.isEmpty() || files.contains(group.file()));
    }

    boolean accepts(RulesView.Rule rule) {
      return (type.isEmpty() || type.equals("alert") == rule.alerting())
          && (names.isEmpty() || names.contains(rule.name()))
          && (selectors.isEmpty() || isSelected(Labels.of(rule.labels())));
    }

    private boolean isSelected(Labels labels) {
      return selectors.stream().anyMatch(s -> s.stream().allMatch(m -> m.matches(labels)));
    }
  }

  private static void group(Chosen chosen, boolean excludeAlerts, JsonStream json)
      throws IOException {
    RulesView.Group group = chosen.group();
    json.beginObject();
    json.key("name").value(group.name());
    json.key("file").value(group.file());
    json.key("rules").beginArray();
    for (RulesView.Rule rule : chosen.rules()) {
      rule(rule, excludeAlerts, json);
    }
    json.endArray();
    json.key("interval").value(seconds(group.interval()));
    json.key("limit").value(group.limit());
    json.key("evaluationTime").value(seconds(group.evaluationTime()));
    json.key("lastEvaluation").value(GoTime.text(group.lastEvaluation()));
    json.endObject();
  }

  private static void rule(RulesView.Rule rule, boolean excludeAlerts, JsonStream json)
      throws IOException {
    json.beginObject();
    if (rule.alerting()) {
      json.key("state").value(state(rule));
    }
    json.key("name").value(rule.name());
    json.key("query").value(rule.query());
    if (rule.alerting()) {
      json.key("duration").value(seconds(rule.duration()));
      json.key("keepFiringFor").value(seconds(rule.keepFiringFor()));
    }
    json.key("labels").texts(rule.labels());
    if (rule.alerting()) {
      json.key("annotations").texts(rule.annotations());
      json.key("alerts");
      if (excludeAlerts) {
        json.nothing();
      } else {
        alerts(rule.alerts(), json.beginArray());
        json.endArray();
      }
    }
    json.key("health").value(rule.health());
    if (!rule.lastError().isEmpty()) {
      json.key("lastError").value(rule.lastError());
    }
    json.key("evaluationTime").value(seconds(rule.evaluationTime()));
    json.key("lastEvaluation").value(GoTime.text(rule.lastEvaluation()));
    json.key("type").value(rule.alerting() ? "alerting" : "recording");
    json.endObject();
  }

  /** That of the alert that has come the farthest. */
  private static String state(RulesView.Rule rule) {
    if (rule.lastEvaluation().isEmpty()) {
      return "unknown";
    }
    if (rule.alerts().stream().anyMatch(alert -> alert.state().equals("firing"))) {
      return "firing";
    }
    return rule.alerts().isEmpty() ? "inactive" : "pending";
  }

  private void alerts(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException, ApiException {
    json.beginObject().key("alerts").beginArray();
    for (RulesView.Group group : groups()) {
      for (RulesView.Rule rule : group.rules()) {
        boolean all = !request.access().isRestricted();
        alerts(all ? rule.alerts() : seen(request).alerts(rule), json);
      }
    }
    json.endArray().endObject();
  }

  private static void alerts(List<RulesView.ActiveAlert> alerts, JsonStream json)
      throws IOException {
    for (RulesView.ActiveAlert alert : alerts) {
      json.beginObject();
      json.key("labels").labels(alert.labels());
      json.key("annotations").texts(alert.annotations());
      json.key("state").value(alert.state());
      json.key("activeAt").value(GoTime.text(alert.activeAt()));
      if (alert.keepFiringSince().isPresent()) {
        json.key("keepFiringSince").value(GoTime.text(alert.keepFiringSince()));
      }
      json.key("value").value(GoNumbers.withExponent(alert.value()));
      json.endObject();
    }
  }

  private void alertmanagers(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException {
    json.beginObject();
    urls("activeAlertmanagers", all(AlertmanagersView.class, AlertmanagersView::active), json);
    urls("droppedAlertmanagers", all(AlertmanagersView.class, AlertmanagersView::dropped), json);
    json.endObject();
  }

  private static void urls(String key, List<String> urls, JsonStream json) throws IOException {
    json.key(key).beginArray();
    for (String url : urls) {
      json.beginObject().key("url").value(url).endObject();
    }
    json.endArray();
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }
}
