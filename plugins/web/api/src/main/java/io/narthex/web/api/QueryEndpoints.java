package io.narthex.web.api;

import io.narthex.api.model.Annotation;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.plugin.Current;
import io.narthex.api.query.InstantQuery;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.QueryOptions;
import io.narthex.api.query.QueryResult;
import io.narthex.api.query.QueryStatistics;
import io.narthex.api.query.RangeQuery;
import io.narthex.api.query.ValueType;
import io.narthex.api.storage.Storage;
import io.narthex.api.web.Route;
import io.narthex.api.web.WebRequest;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.Objects;

/** {@code query}, {@code query_range} and {@code format_query}. */
final class QueryEndpoints {
  private static final long MAX_POINTS = 11_000;

  private final Current<QueryEngine> engine;
  private final Current<Storage> storage;
  private final Clock clock;

  QueryEndpoints(Current<QueryEngine> engine, Current<Storage> storage, Clock clock) {
    this.engine = engine;
    this.storage = storage;
    this.clock = clock;
  }

  List<Route> routes() {
    return List.of(
        Route.getOrPost("/api/v1/query", new Endpoint(this::instant)),
        Route.getOrPost("/api/v1/query_range", new Endpoint(this::range)),
        Route.getOrPost("/api/v1/format_query", new Endpoint(this::format)));
  }

  private void instant(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException, ApiException, QueryException {
    int limit = p.limit();
    long time = p.time("time", clock.millis());
    QueryOptions options = options(request, p);
    String query = p.first("query");
    try (QueryResult result =
        parsed(() -> engine.get().instant(storage.get(), new InstantQuery(query, time, options)))) {
      write(result, limit, time, json, annotations);
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
    if ((end - start) / step > MAX_POINTS) {
      throw ApiException.badData(
          "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query"
              + " resolution (?step=XX)");
    }
    QueryOptions options = options(request, p);
    String query = p.first("query");
    try (QueryResult result =
        parsed(() ->
            engine.get().range(storage.get(), new RangeQuery(query, start, end, step, options)))) {
      write(result, limit, end, json, annotations);
    }
  }

  private void format(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException, ApiException, QueryException {
    json.value(parsed(() -> engine.get().parse(p.first("query"))).format());
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
    return new QueryOptions(
        p.optionalDuration("timeout"),
        p.optionalDuration("lookback_delta"),
        statistics,
        String.valueOf(request.remoteAddress().getHostString()));
  }

  private static void write(
      QueryResult result, int limit, long time, JsonStream json, List<Annotation> annotations)
      throws IOException, QueryException {
    json.beginObject();
    json.key("resultType").value(result.type().text());
    json.key("result");
    switch (result.type()) {
      case STRING -> json.beginArray().timestamp(time).value(result.string()).endArray();
      case SCALAR -> scalar(result, time, json);
      case VECTOR, MATRIX -> series(result, limit, json, annotations);
    }
    if (result.statistics().isPresent()) {
      json.key("stats");
      statistics(result.statistics().get(), json);
    }
    json.endObject();
    annotations.addAll(result.annotations());
  }

  private static void scalar(QueryResult result, long time, JsonStream json)
      throws IOException, QueryException {
    json.beginArray();
    if (result.next() && result.floats().size > 0) {
      json.timestamp(result.floats().timestamps[0]).sampleValue(result.floats().values[0]);
    } else {
      json.timestamp(time).sampleValue(Double.NaN);
    }
    json.endArray();
  }

  private static void series(
      QueryResult result, int limit, JsonStream json, List<Annotation> annotations)
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
        json.key(vector ? "value" : "values");
        if (!vector) {
          json.beginArray();
        }
        for (int i = 0; i < floats.size; i++) {
          json.beginArray()
              .timestamp(floats.timestamps[i])
              .sampleValue(floats.values[i])
              .endArray();
        }
        if (!vector) {
          json.endArray();
        }
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

  private static void statistics(QueryStatistics statistics, JsonStream json) throws IOException {
    json.beginObject().key("timings").beginObject();
    for (String name : statistics.timings().keySet().stream().sorted().toList()) {
      json.key(name).value(Objects.requireNonNull(statistics.timings().get(name)));
    }
    json.endObject().key("samples").beginObject();
    json.key("totalQueryableSamples").value(statistics.totalSamples());
    json.key("peakSamples").value(statistics.peakSamples());
    json.endObject().endObject();
  }
}
