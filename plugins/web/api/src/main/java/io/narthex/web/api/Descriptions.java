package io.narthex.web.api;

import io.narthex.api.web.Operation;
import io.narthex.api.web.Operation.Answer;
import io.narthex.api.web.Operation.Parameter;
import io.narthex.api.web.Operation.Place;
import io.narthex.api.web.Route;
import io.narthex.api.web.Schema;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * What the endpoints of this plugin say of themselves in {@code openapi.yaml}, by their path. A new
 * endpoint gets a line here; {@code OpenApiTest} fails until it has one, and where the line is not
 * true: parameters are compared with those that the handler looks for, and schemas with all answers
 * that the tests of this plugin see.
 */
final class Descriptions {
  private static final Schema TIME =
      Schema.anyOf(
              Schema.number(), Schema.string().described("RFC 3339").plus("format", "date-time"))
          .described("Unix seconds or RFC 3339")
          .named("Time");

  private static final Schema DURATION =
      Schema.anyOf(Schema.number(), Schema.string())
          .described("Seconds, or a duration as 1m30s")
          .named("Duration");

  private static final Schema COUNT = Schema.integer().plus("minimum", 0);
  private static final Schema TRUTH = Schema.truth().fallback(false);

  private static final Parameter QUERY =
      Parameter.of("query", "The expression, in PromQL").required();

  private static final Parameter MATCH =
      Parameter.of("match[]", "A selector; what one of them selects counts").repeated();

  private static final Parameter START =
      Parameter.of("start", "From when on; the beginning of time when left out", TIME);

  private static final Parameter END =
      Parameter.of("end", "Until when; the end of time when left out", TIME);

  private static final Parameter LIMIT =
      Parameter.of("limit", "How many at most, 0 for all", COUNT.fallback(0));

  private static final Parameter POOL =
      Parameter.of("scrapePool", "Name of a scrape pool, which is a job_name");

  private static final Parameter[] EVALUATION = {
    Parameter.of(
        "timeout", "After how long to give up; at most, and by default, --query.timeout", DURATION),
    Parameter.of(
        "lookback_delta",
        "How far back a sample counts; --query.lookback-delta when left out",
        DURATION),
    Parameter.of("limit", "How many series at most, 0 for all", COUNT.fallback(0)),
    Parameter.of("stats", "Any value for statistics, all for those of each step too"),
    Parameter.of("explain", "Whether to tell how it was evaluated; Narthex's own", TRUTH),
  };

  private static final Map<String, Operation> BY_PATH = new TreeMap<>();

  static {
    query();
    metadata();
    search();
    targets();
    rules();
    status();
    admin();
    describe(
        "openapi.yaml",
        Operation.of("status", "Describe this API")
            .with(
                Parameter.of(
                        "openapi_version",
                        "Which OpenAPI; 3.2 tells of notifications/live too",
                        Schema.values("3.1", "3.1.0", "3.2", "3.2.0").fallback("3.1"))
                    .in(Place.URL))
            .answers(Answer.of(200, "This document", "application/yaml")));
  }

  private Descriptions() {}

  /** The same routes, those of the API with what they say of themselves. */
  static List<Route> describe(List<Route> routes) {
    return routes.stream()
        .map(route -> route.describedBy(BY_PATH.getOrDefault(route.path(), Operation.UNDESCRIBED)))
        .toList();
  }

  /** The paths that are described. */
  static Set<String> paths() {
    return BY_PATH.keySet();
  }

  private static void describe(String path, Operation operation) {
    BY_PATH.put("/api/v1/" + path, operation);
  }

  /**
   * An operation with the API's envelope and errors.
   *
   * @param data named for what is told, so that the envelope has a name too
   */
  private static Operation of(String tag, String summary, String name, Schema data) {
    return Operation.of(tag, summary)
        .answers(
            Answer.json(200, "Success", Schemas.success(data).named(name + "Answer")), error());
  }

  private static Answer error() {
    return Answer.json(0, "An error", Schemas.ERROR);
  }

  private static void query() {
    describe(
        "query",
        of("query", "Evaluate an expression at one time", "Query", Schemas.INSTANT_RESULT)
            .with(QUERY, Parameter.of("time", "When; now when left out", TIME))
            .with(EVALUATION));
    describe(
        "query_range",
        of("query", "Evaluate an expression over a time", "QueryRange", Schemas.RANGE_RESULT)
            .with(
                QUERY,
                Parameter.of("start", "The first time", TIME).required(),
                Parameter.of("end", "The last time", TIME).required(),
                Parameter.of("step", "Between two times; 11,000 of them at most", DURATION)
                    .required())
            .with(EVALUATION));
    describe(
        "query_exemplars",
        of(
                "query",
                "List the exemplars of the series that an expression selects",
                "Exemplars",
                Schemas.EXEMPLARS)
            .with(QUERY, START, END)
            .answers(Answer.empty(204, "The expression selects nothing")));
    describe(
        "format_query",
        of("query", "Lay out an expression", "Format", Schema.string()).with(QUERY));
    describe(
        "parse_query",
        of("query", "Give the syntax tree of an expression", "Syntax", Schemas.SYNTAX).with(QUERY));
    describe(
        "functions",
        of("query", "List the functions of expressions", "Functions", Schemas.FUNCTIONS)
            .describedBy("Narthex's own. Those of plugins are among them."));
  }

  private static void metadata() {
    describe(
        "series",
        of("series", "List series", "Series", Schema.array(Schemas.LABELS))
            .with(MATCH.required(), START, END, LIMIT));
    describe(
        "labels",
        of("labels", "List names of labels", "LabelNames", Schemas.TEXTS)
            .with(MATCH, START, END, LIMIT));
    describe(
        "label/:name/values",
        of("labels", "List values of a label", "LabelValues", Schemas.TEXTS)
            .with(
                Parameter.of("name", "The label; one that does not fit a path as U__…")
                    .in(Place.PATH),
                MATCH,
                START,
                END,
                LIMIT));
    describe(
        "metadata",
        of("metadata", "Tell what targets say of their metrics", "Metadata", Schemas.METADATA)
            .with(
                Parameter.of("metric", "Of this metric alone"),
                Parameter.of("limit", "How many metrics at most", Schema.integer()),
                Parameter.of(
                    "limit_per_metric",
                    "How much of each metric at most, 0 for all",
                    Schema.integer())));
    describe(
        "targets/metadata",
        of(
                "targets",
                "Tell what each target says of its metrics",
                "TargetMetadata",
                Schemas.TARGET_METADATA)
            .with(
                Parameter.of("match_target", "A selector of targets; all when left out"),
                Parameter.of("metric", "Of this metric alone"),
                Parameter.of(
                    "limit", "After how many no further target is looked at", Schema.integer())));
  }

  private static void search() {
    Schema score = Schema.number().described("0 to 1");
    Schema name = Schema.object().with("name", Schema.string()).may("score", score);
    describe(
        "search/metric_names",
        search(
                "Look for names of metrics",
                name.may("type", Schema.string())
                    .may("help", Schema.string())
                    .may("unit", Schema.string())
                    .named("FoundMetric"))
            .with(
                Parameter.of(
                    "include_metadata", "Whether to tell type, help and unit as well", TRUTH)));
    describe("search/label_names", search("Look for names of labels", name.named("FoundLabel")));
    describe(
        "search/label_values",
        search(
                "Look for values of a label",
                Schema.object()
                    .with("value", Schema.string())
                    .may("score", score)
                    .named("FoundValue"))
            .with(Parameter.of("label", "The label").required()));
  }

  private static Operation search(String summary, Schema result) {
    Schema positive = Schema.integer().plus("minimum", 1);
    return Operation.of("search", summary)
        .describedBy("Needs --enable-feature=search-api. The answer is one JSON object a line.")
        .with(
            Parameter.of("search[]", "A term that what is found resembles; anything without one")
                .repeated(),
            Parameter.of(
                "fuzz_alg",
                "How terms are compared",
                Schema.values("subsequence", "jarowinkler").fallback("subsequence")),
            Parameter.of(
                "fuzz_threshold",
                "The least score, in hundredths",
                Schema.integer().plus("minimum", 0).plus("maximum", 100).fallback(0)),
            Parameter.of("case_sensitive", "Whether case counts", Schema.truth().fallback(true)),
            MATCH,
            Parameter.of("start", "From when on; an hour ago when left out", TIME),
            Parameter.of("end", "Until when; now when left out", TIME),
            Parameter.of("sort_by", "The order", Schema.values("alpha", "score").fallback("alpha")),
            Parameter.of(
                "sort_dir",
                "Which way, with sort_by=alpha",
                Schema.values("asc", "dsc").fallback("asc")),
            Parameter.of(
                "limit", "How many; --web.search.max-limit at most", positive.fallback(100)),
            Parameter.of("batch_size", "How many in a line; 1,000 at most", positive.fallback(100)),
            Parameter.of("include_score", "Whether to tell how well it fits", TRUTH))
        .answers(
            Answer.sequence(
                200, "What was found", "application/x-ndjson", Schemas.searchLine(result)),
            error());
  }

  private static void targets() {
    describe(
        "targets",
        of("targets", "List targets", "Targets", Schemas.TARGETS)
            .with(
                Parameter.of(
                    "state",
                    "Which of them",
                    Schema.values("active", "dropped", "any").fallback("any")),
                POOL));
    describe(
        "targets/relabel_steps",
        of("targets", "Relabel a target step by step", "RelabelSteps", Schemas.RELABEL_STEPS)
            .with(
                POOL.required(),
                Parameter.of("labels", "Its labels, as a JSON object of texts").required()));
    describe(
        "scrape_pools",
        of("targets", "List the names of scrape pools", "ScrapePools", Schemas.SCRAPE_POOLS));
    describe(
        "scrape_pools/config",
        of("targets", "Show the configuration of a scrape pool", "ScrapePoolConfig", Schemas.YAML)
            .describedBy("What comes from global is filled in, secrets are hidden.")
            .with(POOL.required()));
  }

  private static void rules() {
    describe(
        "rules",
        of("rules", "List rules by their groups", "Rules", Schemas.RULES)
            .with(
                Parameter.of("type", "Rules of this kind alone", Schema.values("alert", "record")),
                Parameter.of("rule_name[]", "Name of a rule").repeated(),
                Parameter.of("rule_group[]", "Name of a group").repeated(),
                Parameter.of("file[]", "File of a group").repeated(),
                Parameter.of("match[]", "A selector of a rule's own labels").repeated(),
                Parameter.of("exclude_alerts", "Whether to leave alerts out", TRUTH),
                Parameter.of(
                    "group_limit", "How many groups at most", Schema.integer().plus("minimum", 1)),
                Parameter.of(
                    "group_next_token", "Where to go on, as the answer before this one says")));
    describe("alerts", of("alerts", "List active alerts", "Alerts", Schemas.ALERTS));
    describe(
        "alertmanagers",
        of("alerts", "List Alertmanagers", "Alertmanagers", Schemas.ALERTMANAGERS));
  }

  private static void status() {
    describe(
        "status/buildinfo",
        of("status", "Tell which program this is", "BuildInformation", Schemas.BUILD));
    describe(
        "status/runtimeinfo",
        of("status", "Tell how the process is", "RuntimeInformation", Schemas.RUNTIME));
    describe(
        "status/config",
        of("status", "Show the configuration in force", "Config", Schemas.YAML)
            .describedBy("Secrets are hidden."));
    describe(
        "status/self_metrics",
        of("status", "Tell what /metrics tells, as JSON", "SelfMetrics", Schemas.SELF_METRICS)
            .with(
                Parameter.of(
                    "metric_name_pattern",
                    "A regular expression of whole names; all metrics when left out")));
    describe("features", of("features", "Tell what is switched on", "Features", Schemas.FEATURES));
    describe("status/flags", of("status", "List the flags in force", "Flags", Schemas.FLAGS));
    describe(
        "status/tsdb",
        of("status", "Tell what recent series are made of", "StorageCounts", Schemas.HEAD)
            .with(
                Parameter.of(
                    "limit",
                    "How many of each kind at most; 10,000 are the most",
                    Schema.integer().plus("minimum", 1).fallback(10))));
    describe(
        "status/tsdb/blocks",
        of("status", "List the blocks of the storage", "Blocks", Schemas.BLOCKS));
    describe(
        "status/walreplay",
        of("status", "Tell how far the storage has read its log", "Replay", Schemas.REPLAY));
    describe(
        "notifications",
        of(
            "notifications",
            "List what operators should know of now",
            "Notifications",
            Schema.array(Schemas.NOTIFICATION)));
    describe(
        "notifications/live",
        Operation.of("notifications", "Follow what operators should know of")
            .answers(
                Answer.sequence(
                    200,
                    "Server-sent events: what is to be known now, then each change",
                    "text/event-stream",
                    Schema.object()
                        .with(
                            "data",
                            Schema.string()
                                .plus("contentMediaType", "application/json")
                                .plus("contentSchema", Schemas.NOTIFICATION))),
                Answer.empty(204, "Too many clients follow already"),
                error()));
    describe(
        "plugins",
        of("status", "List plugins", "Plugins", Schemas.PLUGINS).describedBy("Narthex's own."));
  }

  private static void admin() {
    String needs = "Needs --web.enable-admin-api.";
    describe(
        "admin/tsdb/snapshot",
        of("admin", "Write a snapshot of the storage", "Snapshot", Schemas.SNAPSHOT)
            .describedBy(needs + " It stands in the directory snapshots of the storage.")
            .with(
                Parameter.of("skip_head", "Whether to leave recent samples out", TRUTH)
                    .in(Place.URL)));
    describe(
        "admin/tsdb/delete_series",
        Operation.of("admin", "Delete samples of series")
            .describedBy(needs)
            .with(MATCH.required().in(Place.URL), START.in(Place.URL), END.in(Place.URL))
            .answers(Answer.empty(204, "Deleted"), error()));
    describe(
        "admin/tsdb/clean_tombstones",
        Operation.of("admin", "Free the place of what was deleted")
            .describedBy(needs)
            .answers(Answer.empty(204, "Done"), error()));
  }
}
