package io.narthex.web.api;

import io.narthex.api.access.Access;
import io.narthex.api.access.QueryTurns;
import io.narthex.api.model.Annotation;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.plugin.Current;
import io.narthex.api.query.FunctionDescription;
import io.narthex.api.query.InstantQuery;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.QueryExplanation;
import io.narthex.api.query.QueryOptions;
import io.narthex.api.query.QueryOrigin;
import io.narthex.api.query.QueryResult;
import io.narthex.api.query.QueryStatistics;
import io.narthex.api.query.RangeQuery;
import io.narthex.api.query.SyntaxView;
import io.narthex.api.query.ValueType;
import io.narthex.api.storage.Storage;
import io.narthex.api.web.Route;
import io.narthex.api.web.WebRequest;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;

/**
 * {@code query}, {@code query_range}, {@code format_query}, {@code parse_query} and {@code
 * functions}.
 */
final class QueryEndpoints {
  private static final long MAX_POINTS = 11_000;

  /** The step of an instant query. */
  private static final long NO_STEPS = 0;

  /** Stands for a timeout of zero and less, which engines take for none. */
  private static final Duration ELAPSED = Duration.ofMillis(-1);

  /** Names of timings in Prometheus's order; others come behind. */
  private static final List<String> TIMINGS =
      List.of(
          "evalTotalTime",
          "resultSortTime",
          "queryPreparationTime",
          "innerEvalTime",
          "execQueueTime",
          "execTotalTime");

  private final Current<QueryEngine> engine;
  private final SeenStorage storage;
  private final Clock clock;

  QueryEndpoints(Current<QueryEngine> engine, SeenStorage storage, Clock clock) {
    this.engine = engine;
    this.storage = storage;
    this.clock = clock;
  }

  List<Route> routes() {
    return List.of(
        Route.getOrPost("/api/v1/query", new Endpoint(this::instant)),
        Route.getOrPost("/api/v1/query_range", new Endpoint(this::range)),
        Route.getOrPost("/api/v1/format_query", new Endpoint(this::format)),
        Route.getOrPost("/api/v1/parse_query", new Endpoint(this::parse)),
        Route.get("/api/v1/functions", new Endpoint(this::functions)));
  }

  private void instant(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException, ApiException, QueryException {
    int limit = p.limit();
    long time = p.time("time", clock.millis());
    QueryOptions options = options(request, p);
    String query = p.first("query");
    QueryEngine current = ApiException.needed(engine);
    Storage data = storage.of(request);
    refuseElapsedTimeout(current, query, options);
    try (QueryTurns.Turn turn = storage.turn(request);
        QueryResult result =
            parsed(() -> current.instant(data, new InstantQuery(query, time, options)))) {
      write(result, limit, time, NO_STEPS, json, annotations);
    }
  }

  private void range(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException, ApiException, QueryException {
    int limit = p.limit();
    long start = p.time("start");
    long end = p.time("end");
    if (end < start) {
      throw ApiException.badParameter("end", "end timestamp must not be before start time");
    }
    long step = p.duration("step");
    if (step <= 0) {
      throw ApiException.badParameter(
          "step",
          "zero or negative query resolution step widths are not accepted. Try a positive integer");
    }
    long length = end - start;
    // From the beginning to the end of time is more than a long holds.
    if (length < 0 || length / step > MAX_POINTS) {
      throw ApiException.badData(
          "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query"
              + " resolution (?step=XX)");
    }
    QueryOptions options = options(request, p);
    String query = p.first("query");
    QueryEngine current = ApiException.needed(engine);
    Storage data = storage.of(request);
    refuseElapsedTimeout(current, query, options);
    try (QueryTurns.Turn turn = storage.turn(request);
        QueryResult result =
            parsed(() -> current.range(data, new RangeQuery(query, start, end, step, options)))) {
      write(result, limit, start, step, json, annotations);
    }
  }

  /**
   * A timeout that has passed before the query begins. For engines a timeout of zero means their
   * own, so it is refused here; an error of the expression comes first.
   */
  private static void refuseElapsedTimeout(QueryEngine engine, String query, QueryOptions options)
      throws ApiException, QueryException {
    if (options.timeout().isNegative()) {
      parsed(() -> engine.parse(query));
      throw new ApiException(ApiException.Type.TIMEOUT, "query timed out in query execution");
    }
  }

  private void format(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException, ApiException, QueryException {
    QueryEngine current = ApiException.needed(engine);
    json.value(parsed(() -> current.parse(p.first("query"))).format());
  }

  /** The syntax tree of an expression. */
  private void parse(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException, ApiException, QueryException {
    if (!(ApiException.needed(engine) instanceof SyntaxView view)) {
      throw new ApiException(
          ApiException.Type.SWITCHED_OFF, "the query engine in use shows no syntax trees");
    }
    SyntaxJson.write(parsed(() -> view.syntax(p.first("query"))), json);
  }

  /** What expressions can call, for editors. */
  private void functions(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException, ApiException {
    json.beginArray();
    for (FunctionDescription function : ApiException.needed(engine).functions()) {
      json.beginObject().key("name").value(function.name()).key("arguments").beginArray();
      for (ValueType argument : function.arguments()) {
        json.value(argument.text());
      }
      json.endArray().key("fewest").value(function.fewest());
      json.key("most").value(function.most() == Integer.MAX_VALUE ? -1 : function.most());
      json.key("result").value(function.result().text());
      json.key("description").value(function.description());
      json.key("builtIn").value(function.builtIn()).endObject();
    }
    json.endArray();
  }

  @FunctionalInterface
  private interface Evaluation<T> {
    T run() throws QueryException;
  }

  /** What the engine finds wrong with the text is a wrong parameter of the request. */
  private static <T> T parsed(Evaluation<T> evaluation) throws ApiException, QueryException {
    try {
      return evaluation.run();
    } catch (QueryException e) {
      if (e.kind() == QueryException.Kind.BAD_DATA) {
        throw ApiException.badParameter("query", String.valueOf(e.getMessage()));
      }
      throw e;
    }
  }

  private static QueryOptions options(WebRequest request, Parameters p) throws ApiException {
    QueryOptions.StatisticsLevel statistics =
        switch (p.first("stats")) {
          case "" -> QueryOptions.StatisticsLevel.NONE;
          case "all" -> QueryOptions.StatisticsLevel.PER_STEP;
          default -> QueryOptions.StatisticsLevel.TOTALS;
        };
    Duration timeout = p.timeout().map(t -> t.isPositive() ? t : ELAPSED).orElse(Duration.ZERO);
    String client = String.valueOf(request.remoteAddress().getHostString());
    boolean explain =
        switch (p.first("explain")) {
          case "", "false" -> false;
          case "true" -> true;
          default ->
              throw ApiException.badParameter("explain", "must be true or false, not other words");
        };
    Access access = request.access();
    String user = access.name().isEmpty() ? request.user().orElse("") : access.name();
    return new QueryOptions(
        timeout,
        p.lookbackDelta(),
        statistics,
        client,
        new QueryOrigin.HttpRequest(
            client, request.method(), request.externalPathPrefix() + request.path()),
        explain,
        user,
        access.limits());
  }

  /** A step of the plan, and those below it. */
  private static void explanation(QueryExplanation step, JsonStream json) throws IOException {
    json.beginObject().key("operator").value(step.operator()).key("details").value(step.details());
    if (step.measured()) {
      json.key("series").value(step.series()).key("points").value(step.points());
      json.key("samples").value(step.samples()).key("seconds").value(step.seconds());
    }
    json.key("inputs").beginArray();
    for (QueryExplanation input : step.inputs()) {
      explanation(input, json);
    }
    json.endArray().endObject();
  }

  /**
   * Writes the result.
   *
   * @param start time of the first, or only, evaluation
   * @param step between evaluations
   */
  private static void write(
      QueryResult result,
      int limit,
      long start,
      long step,
      JsonStream json,
      List<Annotation> annotations)
      throws IOException, QueryException {
    json.beginObject();
    json.key("resultType").value(result.type().text());
    json.key("result");
    switch (result.type()) {
      case STRING -> json.beginArray().shortTimestamp(start).value(result.string()).endArray();
      case SCALAR -> scalar(result, start, json);
      case VECTOR, MATRIX -> series(result, limit, new PointTimes(start, step), json, annotations);
    }
    if (result.statistics().isPresent()) {
      json.key("stats");
      statistics(result.statistics().get(), start, step, json);
    }
    if (result.explanation().isPresent()) {
      QueryExplanation plan = result.explanation().get();
      json.key("explain").beginObject().key("text").value(plan.text()).key("tree");
      explanation(plan, json);
      json.endObject();
    }
    json.endObject();
    annotations.addAll(result.annotations());
  }

  private static void scalar(QueryResult result, long time, JsonStream json)
      throws IOException, QueryException {
    json.beginArray();
    if (result.next() && result.floats().size > 0) {
      json.shortTimestamp(result.floats().timestamps[0]).scalarValue(result.floats().values[0]);
    } else {
      json.shortTimestamp(time).scalarValue(Double.NaN);
    }
    json.endArray();
  }

  private static void series(
      QueryResult result,
      int limit,
      PointTimes times,
      JsonStream json,
      List<Annotation> annotations)
      throws IOException, QueryException {
    boolean vector = result.type() == ValueType.VECTOR;
    json.beginArray();
    int count = 0;
    while (result.next()) {
      if (limit > 0 && count == limit) {
        annotations.add(Annotation.warning("results truncated due to limit"));
        break;
      }
      count++;
      json.beginObject().key("metric").labels(result.labels());
      SampleBatch floats = result.floats();
      SampleBatch histograms = result.histograms();
      if (floats.size > 0) {
        json.key(vector ? "value" : "values").points(floats, times, vector);
      }
      if (histograms.size > 0) {
        json.key(vector ? "histogram" : "histograms");
        if (!vector) {
          json.beginArray();
        }
        for (int i = 0; i < histograms.size; i++) {
          NativeHistogram histogram = Objects.requireNonNull(histograms.histograms[i]);
          json.beginArray().timestamp(histograms.timestamps[i]);
          HistogramJson.write(histogram, json);
          json.endArray();
        }
        if (!vector) {
          json.endArray();
        }
      }
      json.endObject();
    }
    json.endArray();
  }

  private static void statistics(QueryStatistics statistics, long start, long step, JsonStream json)
      throws IOException {
    json.beginObject().key("timings").beginObject();
    Map<String, Double> timings = statistics.timings();
    for (String name : TIMINGS) {
      json.key(name).value(timings.getOrDefault(name, 0.0));
    }
    for (String name : new TreeSet<>(timings.keySet())) {
      if (!TIMINGS.contains(name)) {
        json.key(name).value(Objects.requireNonNull(timings.get(name)));
      }
    }
    json.endObject().key("samples").beginObject();
    perStep("totalQueryableSamplesPerStep", statistics.samplesPerStep(), start, step, json);
    json.key("totalQueryableSamples").value(statistics.totalSamples());
    perStep("samplesReadPerStep", statistics.samplesReadPerStep(), start, step, json);
    json.key("samplesRead").value(statistics.samplesRead());
    json.key("peakSamples").value(statistics.peakSamples());
    json.endObject().endObject();
  }

  private static void perStep(String key, long[] counts, long start, long step, JsonStream json)
      throws IOException {
    if (counts.length == 0) {
      return;
    }
    json.key(key).beginArray();
    for (int i = 0; i < counts.length; i++) {
      json.beginArray().shortTimestamp(start + i * step).value(counts[i]).endArray();
    }
    json.endArray();
  }
}
