package io.narthex.web.api;

import io.narthex.api.access.QueryTurns;
import io.narthex.api.model.Annotation;
import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Matcher;
import io.narthex.api.plugin.Current;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryException;
import io.narthex.api.storage.ExemplarStorage;
import io.narthex.api.storage.StorageException;
import io.narthex.api.web.Route;
import io.narthex.api.web.WebRequest;
import java.io.IOException;
import java.util.List;

/** {@code query_exemplars}: the exemplars of all series that an expression selects. */
final class ExemplarEndpoint {
  private final Current<QueryEngine> engine;
  private final SeenStorage storage;

  ExemplarEndpoint(Current<QueryEngine> engine, SeenStorage storage) {
    this.engine = engine;
    this.storage = storage;
  }

  List<Route> routes() {
    return List.of(Route.getOrPost("/api/v1/query_exemplars", new Endpoint(this::exemplars)));
  }

  private void exemplars(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException, ApiException, StorageException, Endpoint.NothingException {
    long start = p.time("start", Parameters.MIN_TIME);
    long end = p.time("end", Parameters.MAX_TIME);
    if (end < start) {
      throw ApiException.badData("end timestamp must not be before start timestamp");
    }
    List<List<Matcher>> selectors;
    try {
      selectors = ApiException.needed(engine).parse(p.first("query")).selectors();
    } catch (QueryException e) {
      throw ApiException.badData(String.valueOf(e.getMessage()));
    }
    if (selectors.isEmpty()) {
      throw new Endpoint.NothingException();
    }
    try (QueryTurns.Turn turn = storage.turn(request)) {
      write(
          storage.of(request) instanceof ExemplarStorage exemplars
              ? exemplars.exemplars(start, end, selectors)
              : List.of(),
          json);
    }
  }

  private static void write(List<ExemplarStorage.SeriesExemplars> found, JsonStream json)
      throws IOException {
    json.beginArray();
    for (ExemplarStorage.SeriesExemplars series : found) {
      json.beginObject();
      json.key("seriesLabels").labels(series.series());
      json.key("exemplars").beginArray();
      for (Exemplar exemplar : series.exemplars()) {
        json.beginObject();
        json.key("labels").labels(exemplar.labels());
        json.key("value").sampleValue(exemplar.value());
        json.key("timestamp").timestamp(exemplar.timestamp());
        json.endObject();
      }
      json.endArray().endObject();
    }
    json.endArray();
  }
}
