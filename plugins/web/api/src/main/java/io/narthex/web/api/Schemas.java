package io.narthex.web.api;

import io.narthex.api.web.Schema;

/**
 * What stands in the {@code data} of answers, each thing once. A key is listed in the order in
 * which it is written, by {@code with} when it is always there and by {@code may} when it is not.
 */
final class Schemas {
  static final Schema TEXTS = Schema.array(Schema.string());
  static final Schema DATE = Schema.string().plus("format", "date-time");
  static final Schema SECONDS = Schema.number().described("Seconds");
  static final Schema MILLIS = Schema.integer().described("Milliseconds since 1970");

  static final Schema LABELS =
      Schema.map(Schema.string()).described("Labels by name").named("Labels");

  private static final Schema TIME = Schema.number().described("Unix seconds");

  private static final Schema VALUE =
      Schema.string().described("A number, +Inf, -Inf or NaN, as Go writes it");

  private static final Schema POINT =
      Schema.tuple(TIME, VALUE).described("Time and value").named("Point");

  private static final Schema HISTOGRAM =
      Schema.object()
          .with("count", VALUE)
          .with("sum", VALUE)
          .may(
              "buckets",
              Schema.array(
                      Schema.tuple(
                          Schema.integer()
                              .plus("minimum", 0)
                              .plus("maximum", 3)
                              .described(
                                  "Which bounds belong to the bucket: 0 the upper, 1 the lower, 2"
                                      + " none, 3 both"),
                          VALUE.described("Lower bound"),
                          VALUE.described("Upper bound"),
                          VALUE.described("Count")))
                  .described("Ascending, without those that are empty"))
          .described("A native histogram")
          .named("Histogram");

  private static final Schema HISTOGRAM_POINT =
      Schema.tuple(TIME, HISTOGRAM).described("Time and histogram").named("HistogramPoint");

  private static final Schema STEP_COUNTS =
      Schema.array(Schema.tuple(TIME, Schema.integer())).described("With stats=all, by step");

  private static final Schema STATISTICS =
      Schema.object()
          .with(
              "timings",
              Schema.map(Schema.number())
                  .may("evalTotalTime", SECONDS)
                  .may("resultSortTime", SECONDS)
                  .may("queryPreparationTime", SECONDS)
                  .may("innerEvalTime", SECONDS)
                  .may("execQueueTime", SECONDS)
                  .may("execTotalTime", SECONDS))
          .with(
              "samples",
              Schema.object()
                  .may("totalQueryableSamplesPerStep", STEP_COUNTS)
                  .with("totalQueryableSamples", Schema.integer())
                  .may("samplesReadPerStep", STEP_COUNTS)
                  .with("samplesRead", Schema.integer())
                  .with("peakSamples", Schema.integer()))
          .described("With the parameter stats")
          .named("QueryStatistics");

  private static final Schema PLAN_STEP =
      Schema.object()
          .with("operator", Schema.string())
          .with("details", Schema.string())
          .may("series", Schema.integer())
          .may("points", Schema.integer())
          .may("samples", Schema.integer().described("Read from storage"))
          .may("seconds", Schema.number().described("With its inputs, of all threads"))
          .with("inputs", Schema.array(Schema.reference("PlanStep")))
          .named("PlanStep");

  private static final Schema PLAN =
      Schema.object()
          .with("text", Schema.string())
          .with("tree", PLAN_STEP)
          .described("With explain=true")
          .named("Plan");

  private static Schema result(String type, Schema result) {
    return Schema.object()
        .with("resultType", Schema.constant(type))
        .with("result", result)
        .may("stats", STATISTICS)
        .may("explain", PLAN);
  }

  private static final Schema VECTOR =
      result(
              "vector",
              Schema.array(
                  Schema.object()
                      .with("metric", LABELS)
                      .may("value", POINT)
                      .may("histogram", HISTOGRAM_POINT)
                      .plus("minProperties", 2)
                      .plus("maxProperties", 2)
                      .named("Sample")))
          .named("Vector");

  private static final Schema MATRIX =
      result(
              "matrix",
              Schema.array(
                  Schema.object()
                      .with("metric", LABELS)
                      .may("values", Schema.array(POINT))
                      .may("histograms", Schema.array(HISTOGRAM_POINT))
                      .named("Series")))
          .named("Matrix");

  private static final Schema SCALAR = result("scalar", POINT).named("Scalar");

  private static final Schema TEXT =
      result("string", Schema.tuple(TIME, Schema.string())).named("Text");

  static final Schema INSTANT_RESULT =
      Schema.anyOf(VECTOR, MATRIX, SCALAR, TEXT).named("InstantResult");

  static final Schema RANGE_RESULT = MATRIX;

  static final Schema SYNTAX =
      Schema.object()
          .with("type", Schema.string())
          .plus("additionalProperties", true)
          .described("A node of the syntax tree; what else it has depends on its type")
          .named("SyntaxNode");

  static final Schema FUNCTIONS =
      Schema.array(
          Schema.object()
              .with("name", Schema.string())
              .with("arguments", Schema.array(valueType()).described("In order"))
              .with("fewest", Schema.integer())
              .with("most", Schema.integer().described("-1 for any number"))
              .with("result", valueType())
              .with("description", Schema.string())
              .with("builtIn", Schema.truth())
              .named("Function"));

  private static Schema valueType() {
    return Schema.values("scalar", "vector", "matrix", "string");
  }

  static final Schema EXEMPLARS =
      Schema.array(
          Schema.object()
              .with("seriesLabels", LABELS)
              .with(
                  "exemplars",
                  Schema.array(
                      Schema.object()
                          .with("labels", LABELS)
                          .with("value", VALUE)
                          .with("timestamp", TIME)
                          .named("Exemplar")))
              .named("SeriesExemplars"));

  static final Schema TARGETS =
      Schema.object()
          .with(
              "activeTargets",
              Schema.array(
                  Schema.object()
                      .with("discoveredLabels", LABELS)
                      .with("labels", LABELS)
                      .with("scrapePool", Schema.string())
                      .with("scrapeUrl", Schema.string())
                      .with("globalUrl", Schema.string())
                      .with("lastError", Schema.string())
                      .with("lastScrape", DATE)
                      .with("lastScrapeDuration", SECONDS)
                      .with("health", Schema.values("up", "down", "unknown"))
                      .with("scrapeInterval", Schema.string())
                      .with("scrapeTimeout", Schema.string())
                      .named("Target")))
          .with(
              "droppedTargets",
              Schema.array(
                  Schema.object()
                      .with("discoveredLabels", LABELS)
                      .with("scrapePool", Schema.string())
                      .named("DroppedTarget")))
          .with("droppedTargetCounts", Schema.map(Schema.integer()).described("By pool").nullable())
          .may(
              "discoveryErrors",
              Schema.map(TEXTS).described("While discovery fails: reasons by pool"))
          .named("Targets");

  private static Schema metadata(Schema object) {
    return object
        .with(
            "type",
            Schema.values(
                "counter",
                "gauge",
                "histogram",
                "gaugehistogram",
                "summary",
                "info",
                "stateset",
                "unknown"))
        .with("help", Schema.string())
        .with("unit", Schema.string());
  }

  static final Schema TARGET_METADATA =
      Schema.array(
          metadata(Schema.object().with("target", LABELS).may("metric", Schema.string()))
              .named("TargetMetadata"));

  static final Schema METADATA =
      Schema.map(Schema.array(metadata(Schema.object()).named("Metadata"))).described("By metric");

  private static final Schema RELABEL_RULE =
      Schema.object()
          .may("source_labels", TEXTS)
          .may("separator", Schema.string())
          .may("regex", Schema.string())
          .may("modulus", Schema.integer())
          .may("target_label", Schema.string())
          .may("replacement", Schema.string())
          .may("action", Schema.string())
          .named("RelabelRule");

  static final Schema RELABEL_STEPS =
      Schema.object()
          .with(
              "steps",
              Schema.array(
                  Schema.object()
                      .with("rule", RELABEL_RULE)
                      .with("output", LABELS)
                      .with("keep", Schema.truth())
                      .named("RelabelStep")))
          .named("RelabelSteps");

  static final Schema SCRAPE_POOLS =
      Schema.object().with("scrapePools", TEXTS).named("ScrapePools");

  static final Schema YAML = Schema.object().with("yaml", Schema.string()).named("Yaml");

  private static final Schema ALERT =
      Schema.object()
          .with("labels", LABELS)
          .with("annotations", LABELS)
          .with("state", Schema.values("inactive", "pending", "firing"))
          .with("activeAt", DATE)
          .may("keepFiringSince", DATE)
          .with("value", Schema.string())
          .named("Alert");

  private static final Schema HEALTH = Schema.values("ok", "err", "unknown");

  private static final Schema ALERTING_RULE =
      Schema.object()
          .with("state", Schema.values("unknown", "inactive", "pending", "firing"))
          .with("name", Schema.string())
          .with("query", Schema.string())
          .with("duration", SECONDS)
          .with("keepFiringFor", SECONDS)
          .with("labels", LABELS)
          .with("annotations", LABELS)
          .with("alerts", Schema.array(ALERT).nullable())
          .with("health", HEALTH)
          .may("lastError", Schema.string())
          .with("evaluationTime", SECONDS)
          .with("lastEvaluation", DATE)
          .with("type", Schema.constant("alerting"))
          .named("AlertingRule");

  private static final Schema RECORDING_RULE =
      Schema.object()
          .with("name", Schema.string())
          .with("query", Schema.string())
          .with("labels", LABELS)
          .with("health", HEALTH)
          .may("lastError", Schema.string())
          .with("evaluationTime", SECONDS)
          .with("lastEvaluation", DATE)
          .with("type", Schema.constant("recording"))
          .named("RecordingRule");

  static final Schema RULES =
      Schema.object()
          .with(
              "groups",
              Schema.array(
                  Schema.object()
                      .with("name", Schema.string())
                      .with("file", Schema.string())
                      .with("rules", Schema.array(Schema.anyOf(ALERTING_RULE, RECORDING_RULE)))
                      .with("interval", SECONDS)
                      .with("limit", Schema.integer())
                      .with("evaluationTime", SECONDS)
                      .with("lastEvaluation", DATE)
                      .named("RuleGroup")))
          .may("groupNextToken", Schema.string().described("When there are more groups"))
          .named("Rules");

  static final Schema ALERTS = Schema.object().with("alerts", Schema.array(ALERT)).named("Alerts");

  private static final Schema URLS =
      Schema.array(Schema.object().with("url", Schema.string()).named("Alertmanager"));

  static final Schema ALERTMANAGERS =
      Schema.object()
          .with("activeAlertmanagers", URLS)
          .with("droppedAlertmanagers", URLS)
          .named("Alertmanagers");

  static final Schema BUILD =
      Schema.object()
          .with("version", Schema.string())
          .with("revision", Schema.string())
          .with("branch", Schema.string())
          .with("buildUser", Schema.string())
          .with("buildDate", Schema.string())
          .with("goVersion", Schema.string())
          .named("BuildInformation");

  static final Schema RUNTIME =
      Schema.object()
          .with("startTime", DATE)
          .with("CWD", Schema.string())
          .with("hostname", Schema.string())
          .with("serverTime", DATE)
          .with("reloadConfigSuccess", Schema.truth())
          .with("lastConfigTime", DATE)
          .with("corruptionCount", Schema.integer())
          .with("goroutineCount", Schema.integer())
          .with("GOMAXPROCS", Schema.integer())
          .with("GOMEMLIMIT", Schema.integer())
          .with("GOGC", Schema.string())
          .with("GODEBUG", Schema.string())
          .with("storageRetention", Schema.string())
          .named("RuntimeInformation");

  static final Schema FLAGS = Schema.map(Schema.string()).described("Flags by name");

  private static final Schema COUNTS =
      Schema.array(
          Schema.object()
              .with("name", Schema.string())
              .with("value", Schema.integer())
              .named("Count"));

  static final Schema HEAD =
      Schema.object()
          .with(
              "headStats",
              Schema.object()
                  .with("numSeries", Schema.integer())
                  .with("numLabelPairs", Schema.integer())
                  .with("chunkCount", Schema.integer())
                  .with("minTime", MILLIS)
                  .with("maxTime", MILLIS))
          .with("seriesCountByMetricName", COUNTS)
          .with("labelValueCountByLabelName", COUNTS)
          .with("memoryInBytesByLabelName", COUNTS)
          .with("seriesCountByLabelValuePair", COUNTS)
          .named("StorageCounts");

  static final Schema BLOCKS =
      Schema.object()
          .with(
              "blocks",
              Schema.array(
                  Schema.object()
                      .with("ulid", Schema.string())
                      .with("minTime", MILLIS)
                      .with("maxTime", MILLIS)
                      .with(
                          "stats",
                          Schema.object()
                              .may("numSamples", Schema.integer())
                              .may("numFloatSamples", Schema.integer())
                              .may("numHistogramSamples", Schema.integer())
                              .may("numSeries", Schema.integer())
                              .may("numChunks", Schema.integer())
                              .may("numTombstones", Schema.integer()))
                      .with(
                          "compaction",
                          Schema.object()
                              .with("level", Schema.integer())
                              .may("sources", TEXTS)
                              .may("deletable", Schema.truth())
                              .may(
                                  "parents",
                                  Schema.array(
                                      Schema.object()
                                          .with("ulid", Schema.string())
                                          .with("minTime", MILLIS)
                                          .with("maxTime", MILLIS)))
                              .may("failed", Schema.truth())
                              .may("hints", TEXTS))
                      .with("version", Schema.integer())
                      .named("Block")))
          .named("Blocks");

  static final Schema REPLAY =
      Schema.object()
          .with("min", Schema.integer())
          .with("max", Schema.integer())
          .with("current", Schema.integer())
          .described("Segments of the log")
          .named("Replay");

  static final Schema SNAPSHOT = Schema.object().with("name", Schema.string()).named("Snapshot");

  static final Schema NOTIFICATION =
      Schema.object()
          .with("text", Schema.string())
          .with("date", DATE)
          .with("active", Schema.truth())
          .named("Notification");

  static final Schema PLUGINS =
      Schema.object()
          .with(
              "plugins",
              Schema.array(
                  Schema.object()
                      .with("id", Schema.string())
                      .with("version", Schema.string())
                      .with("state", Schema.string())
                      .with("reason", Schema.string())
                      .with("description", Schema.string())
                      .with("provider", Schema.string())
                      .with("bundled", Schema.truth())
                      .with("extensions", TEXTS)
                      .named("Plugin")))
          .named("Plugins");

  static final Schema FEATURES =
      Schema.map(Schema.map(Schema.truth()))
          .described("Whether it is switched on, by group and name");

  private static final Schema PROTOBUF_NUMBER =
      Schema.anyOf(Schema.number(), Schema.values("NaN", "Infinity", "-Infinity"))
          .named("ProtobufNumber");

  private static final Schema PROTOBUF_INTEGER =
      Schema.string().plus("pattern", "^-?[0-9]+$").named("ProtobufInteger");

  private static final Schema PROTOBUF_LABELS =
      Schema.array(
          Schema.object()
              .with("name", Schema.string())
              .with("value", Schema.string())
              .named("ProtobufLabel"));

  private static final Schema PROTOBUF_EXEMPLAR =
      Schema.object()
          .may("label", PROTOBUF_LABELS)
          .with("value", PROTOBUF_NUMBER)
          .may("timestamp", DATE)
          .named("ProtobufExemplar");

  private static final Schema PROTOBUF_VALUE = Schema.object().with("value", PROTOBUF_NUMBER);

  private static final Schema PROTOBUF_SPANS =
      Schema.array(
          Schema.object().with("offset", Schema.integer()).with("length", Schema.integer()));

  static final Schema SELF_METRICS =
      Schema.array(
          Schema.object()
              .with("name", Schema.string())
              .with("help", Schema.string())
              .with(
                  "type",
                  Schema.values(
                      "COUNTER", "GAUGE", "SUMMARY", "UNTYPED", "HISTOGRAM", "GAUGE_HISTOGRAM"))
              .with(
                  "metric",
                  Schema.array(
                      Schema.object()
                          .may("label", PROTOBUF_LABELS)
                          .may(
                              "counter",
                              PROTOBUF_VALUE
                                  .may("exemplar", PROTOBUF_EXEMPLAR)
                                  .may("createdTimestamp", DATE))
                          .may("gauge", PROTOBUF_VALUE)
                          .may("untyped", PROTOBUF_VALUE)
                          .may(
                              "summary",
                              Schema.object()
                                  .may("sampleCount", PROTOBUF_INTEGER)
                                  .may("sampleSum", PROTOBUF_NUMBER)
                                  .may(
                                      "quantile",
                                      Schema.array(
                                          Schema.object()
                                              .with("quantile", PROTOBUF_NUMBER)
                                              .with("value", PROTOBUF_NUMBER)))
                                  .may("createdTimestamp", DATE))
                          .may(
                              "histogram",
                              Schema.object()
                                  .may("sampleCount", PROTOBUF_INTEGER)
                                  .may("sampleSum", PROTOBUF_NUMBER)
                                  .may(
                                      "bucket",
                                      Schema.array(
                                          Schema.object()
                                              .with("cumulativeCount", PROTOBUF_INTEGER)
                                              .with("upperBound", PROTOBUF_NUMBER)
                                              .may("exemplar", PROTOBUF_EXEMPLAR)))
                                  .may("createdTimestamp", DATE)
                                  .may("schema", Schema.integer())
                                  .may("zeroThreshold", PROTOBUF_NUMBER)
                                  .may("zeroCount", PROTOBUF_INTEGER)
                                  .may("negativeSpan", PROTOBUF_SPANS)
                                  .may("negativeDelta", Schema.array(PROTOBUF_INTEGER))
                                  .may("positiveSpan", PROTOBUF_SPANS)
                                  .may("positiveDelta", Schema.array(PROTOBUF_INTEGER)))
                          .may("timestampMs", PROTOBUF_INTEGER)
                          .named("ProtobufMetric")))
              .may("unit", Schema.string())
              .described("io.prometheus.client.MetricFamily as protobuf's JSON")
              .named("MetricFamily"));

  static final Schema ERROR =
      Schema.object()
          .with("status", Schema.constant("error"))
          .with(
              "errorType",
              Schema.values(
                  "timeout",
                  "canceled",
                  "execution",
                  "bad_data",
                  "internal",
                  "unavailable",
                  "too_many_requests",
                  "not_found",
                  "not_acceptable"))
          .with("error", Schema.string())
          .named("Error");

  private Schemas() {}

  /** The envelope of a success. */
  static Schema success(Schema data) {
    return Schema.object()
        .with("status", Schema.constant("success"))
        .with("data", data)
        .may("warnings", TEXTS)
        .may("infos", TEXTS);
  }

  /**
   * A line of what a search found, or the last line.
   *
   * @param results what stands in the list of a line
   */
  static Schema searchLine(Schema results) {
    return Schema.anyOf(
        Schema.object().with("results", Schema.array(results)).may("warnings", TEXTS),
        Schema.object()
            .with("status", Schema.constant("success"))
            .with("has_more", Schema.truth())
            .named("SearchEnd"));
  }
}
