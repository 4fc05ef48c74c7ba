package io.narthex.rules.groups.history;

import io.narthex.api.access.Access;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.Quoting;
import io.narthex.api.plugin.Current;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryException;
import io.narthex.api.web.Operation;
import io.narthex.api.web.Operation.Parameter;
import io.narthex.api.web.Route;
import io.narthex.api.web.Schema;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * {@code GET /api/v1/alerts/history}: the latest changes of alerts, latest first. Parameters:
 * {@code start} and {@code end} (seconds since the epoch or RFC 3339), {@code alert[]}, {@code
 * rule_group[]}, {@code file[]}, {@code match[]} on the labels of alerts, {@code state} (into which
 * an alert changed), {@code limit} (1,000 at most, which is the default).
 */
public final class HistoryRoutes {
  private static final int MOST = 1000;

  private static final List<String> STATES = List.of("inactive", "pending", "firing");

  /** Not all that Java takes for a number, as {@code 1d}, {@code 0x1p3} or {@code NaN}. */
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?[0-9]*\\.?[0-9]*(?:[eE][-+]?[0-9]+)?");

  private final AlertHistory history;
  private final Current<QueryEngine> engine;

  /** Makes the routes. */
  public HistoryRoutes(AlertHistory history, Current<QueryEngine> engine) {
    this.history = history;
    this.engine = engine;
  }

  /** The endpoint. */
  public List<Route> routes() {
    return List.of(
        Route.get("/api/v1/alerts/history", this::answer)
            .audience(Route.Audience.FILTERED)
            .describedBy(operation()));
  }

  private static Operation operation() {
    Schema state = Schema.values(STATES.toArray(String[]::new));
    Schema change =
        Schema.object()
            .with("time", Schema.integer().described("Milliseconds since the epoch"))
            .with("file", Schema.string())
            .with("group", Schema.string())
            .with("alert", Schema.string())
            .with("labels", Schema.map(Schema.string()))
            .with("from", state)
            .with("to", state)
            .with("value", Schema.string().described("Of the expression"));
    return Operation.of("alerts", "List changes of alerts, latest first")
        .with(
            Parameter.of("start", "First time, seconds since the epoch or RFC 3339"),
            Parameter.of("end", "Last time, inclusive"),
            Parameter.of("alert[]", "Names of alerts; all when left out").repeated(),
            Parameter.of("rule_group[]", "Names of groups; all when left out").repeated(),
            Parameter.of("file[]", "Files of groups; all when left out").repeated(),
            Parameter.of("match[]", "Selectors of the labels of alerts").repeated(),
            Parameter.of("state", "What alerts changed into; anything when left out", state),
            Parameter.of("limit", "How many at most; 1000, and no more", Schema.integer()))
        .answers(
            Operation.Answer.json(
                200,
                "The changes",
                Schema.object()
                    .with("status", Schema.constant("success"))
                    .with("data", Schema.object().with("changes", Schema.array(change)))),
            Operation.Answer.json(
                400,
                "A parameter makes no sense",
                Schema.object()
                    .with("status", Schema.constant("error"))
                    .with("errorType", Schema.constant("bad_data"))
                    .with("error", Schema.string())));
  }

  private void answer(WebRequest request, WebResponse response) throws IOException {
    Predicate<AlertChange> wanted;
    int limit;
    try {
      wanted = wanted(request);
      limit = limit(request.parameter("limit"));
    } catch (IllegalArgumentException e) {
      StringBuilder out = new StringBuilder("{\"status\":\"error\",\"errorType\":\"bad_data\",");
      out.append("\"error\":");
      Quoting.json(String.valueOf(e.getMessage()), out);
      response.status(400).send("application/json", out.append('}').toString());
      return;
    }
    StringBuilder out = new StringBuilder("{\"status\":\"success\",\"data\":{\"changes\":[");
    String separator = "";
    boolean bare = request.access().isRestricted();
    for (AlertChange change : history.latest(wanted, limit)) {
      out.append(separator);
      (bare ? change.bare() : change).json(out);
      separator = ",";
    }
    response.send("application/json", out.append("]}}").toString());
  }

  private Predicate<AlertChange> wanted(WebRequest request) throws IOException {
    long start = time("start", request.parameter("start"), Long.MIN_VALUE);
    long end = time("end", request.parameter("end"), Long.MAX_VALUE);
    if (end < start) {
      throw new IllegalArgumentException(
          "invalid parameter \"end\": end timestamp must not be before start timestamp");
    }
    Set<String> alerts = all(request, "alert[]");
    Set<String> groups = all(request, "rule_group[]");
    Set<String> files = all(request, "file[]");
    String state = request.parameter("state");
    if (!state.isEmpty() && !STATES.contains(state)) {
      throw new IllegalArgumentException(
          "invalid parameter \"state\": not supported value "
              + Quoting.quote(state)
              + ", want one of "
              + String.join(", ", STATES));
    }
    List<List<Matcher>> selectors = selectors(request);
    Access access = request.access();
    Predicate<AlertChange> asked =
        change ->
            change.time() >= start
                && change.time() <= end
                && (alerts.isEmpty() || alerts.contains(change.alert()))
                && (groups.isEmpty() || groups.contains(change.group()))
                && (files.isEmpty() || files.contains(change.file()))
                && (state.isEmpty() || state.equals(change.to()))
                && (selectors.isEmpty() || matches(selectors, Labels.of(change.labels())));
    // What is asked is asked of that alone which is told: else it could be guessed.
    return access.isRestricted()
        ? change -> shows(access, change) && asked.test(change.bare())
        : asked;
  }

  /** An alert is shown to whoever may see the series that tells its state. */
  private static boolean shows(Access access, AlertChange change) {
    return access.shows(
        Labels.of(change.labels()).toBuilder()
            .set("__name__", "ALERTS")
            .set("alertstate", change.to())
            .build());
  }

  private static boolean matches(List<List<Matcher>> selectors, Labels labels) {
    for (List<Matcher> selector : selectors) {
      boolean all = true;
      for (Matcher matcher : selector) {
        all &= matcher.matches(labels);
      }
      if (all) {
        return true;
      }
    }
    return false;
  }

  private List<List<Matcher>> selectors(WebRequest request) throws IOException {
    List<List<Matcher>> selectors = new ArrayList<>();
    for (String text : request.parameters().getOrDefault("match[]", List.of())) {
      try {
        QueryEngine asked =
            engine
                .find()
                .orElseThrow(() -> new IllegalArgumentException("no query engine is available"));
        selectors.add(asked.parseSelector(text));
      } catch (QueryException e) {
        throw new IllegalArgumentException("invalid parameter \"match[]\": " + e.getMessage(), e);
      }
    }
    return selectors;
  }

  private static Set<String> all(WebRequest request, String name) throws IOException {
    return new HashSet<>(request.parameters().getOrDefault(name, List.of()));
  }

  private static int limit(String text) {
    if (text.isEmpty()) {
      return MOST;
    }
    try {
      int limit = Integer.parseInt(text);
      if (limit > 0) {
        return Math.min(limit, MOST);
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "invalid parameter \"limit\": got " + Quoting.quote(text) + ", want a number", e);
    }
    throw new IllegalArgumentException("invalid parameter \"limit\": want 1 or more");
  }

  /** Milliseconds since the epoch. */
  private static long time(String name, String text, long otherwise) {
    if (text.isEmpty()) {
      return otherwise;
    }
    try {
      return NUMBER.matcher(text).matches()
          ? Math.round(Double.parseDouble(text) * 1000)
          : OffsetDateTime.parse(text).toInstant().toEpochMilli();
    } catch (NumberFormatException | DateTimeException e) {
      throw new IllegalArgumentException(
          "invalid parameter "
              + Quoting.quote(name)
              + ": cannot parse "
              + Quoting.quote(text)
              + " to a valid timestamp",
          e);
    }
  }
}
