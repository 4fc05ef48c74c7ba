package io.narthex.web.api;

import io.narthex.api.model.Annotation;
import io.narthex.api.model.LabelNames;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.Quoting;
import io.narthex.api.plugin.Current;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.storage.LabelResult;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.StorageException;
import io.narthex.api.web.Route;
import io.narthex.api.web.WebRequest;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/** {@code series}, {@code labels} and {@code label/:name/values}. */
final class SeriesEndpoints {
  private static final String TRUNCATED = "results truncated due to limit";

  private final Current<QueryEngine> engine;
  private final SeenStorage storage;

  SeriesEndpoints(Current<QueryEngine> engine, SeenStorage storage) {
    this.engine = engine;
    this.storage = storage;
  }

  List<Route> routes() {
    return List.of(
        Route.getOrPost("/api/v1/labels", new Endpoint(this::labelNames)),
        Route.get("/api/v1/label/:name/values", new Endpoint(this::labelValues)),
        Route.getOrPost("/api/v1/series", new Endpoint(this::series)));
  }

  @FunctionalInterface
  private interface Lookup {
    LabelResult find(Querier querier, int limit, List<Matcher> matchers) throws StorageException;
  }

  private void labelNames(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException, ApiException, StorageException {
    strings(request, p, json, annotations, Querier::labelNames);
  }

  private void labelValues(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException, ApiException, StorageException {
    String name = LabelEscaping.unescape(request.pathParameter("name"));
    if (!LabelNames.isValid(name)) {
      throw ApiException.badData("invalid label name: " + Quoting.quote(name));
    }
    strings(
        request, p, json, annotations, (querier, limit, m) -> querier.labelValues(name, limit, m));
  }

  private void strings(
      WebRequest request,
      Parameters p,
      JsonStream json,
      List<Annotation> annotations,
      Lookup lookup)
      throws IOException, ApiException, StorageException {
    int limit = p.limit();
    // One more than wanted tells whether there are more.
    int ask = limit == 0 || limit == Integer.MAX_VALUE ? 0 : limit + 1;
    long start = p.time("start", Parameters.MIN_TIME);
    long end = p.time("end", Parameters.MAX_TIME);
    List<List<Matcher>> selectors = p.selectors(ApiException.needed(engine));
    Collection<String> items;
    try (Querier querier = storage.of(request).querier(start, end)) {
      if (selectors.size() <= 1) {
        LabelResult result =
            lookup.find(querier, ask, selectors.isEmpty() ? List.of() : selectors.get(0));
        annotations.addAll(result.annotations());
        items = result.items();
      } else {
        TreeSet<String> union = new TreeSet<>(Labels::compareCodePoints);
        for (List<Matcher> matchers : selectors) {
          LabelResult result = lookup.find(querier, ask, matchers);
          annotations.addAll(result.annotations());
          union.addAll(result.items());
        }
        items = union;
      }
    }
    annotations.removeIf(a -> a.message().equals(TRUNCATED));
    boolean cut = limit > 0 && items.size() > limit;
    if (cut) {
      annotations.add(Annotation.warning(TRUNCATED));
    }
    json.strings(cut ? items.stream().limit(limit).toList() : items);
  }

  private void series(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException, ApiException, StorageException {
    if (p.all("match[]").isEmpty()) {
      throw ApiException.badData("no match[] parameter provided");
    }
    int limit = p.limit();
    int ask = limit == 0 || limit == Integer.MAX_VALUE ? 0 : limit + 1;
    long start = p.time("start", Parameters.MIN_TIME);
    long end = p.time("end", Parameters.MAX_TIME);
    List<List<Matcher>> selectors;
    QueryEngine current = ApiException.needed(engine);
    try {
      selectors = p.selectors(current);
    } catch (ApiException e) {
      throw ApiException.badParameter("match[]", e.getMessage());
    }
    SelectRequest select = SelectRequest.seriesOnly(start, end, ask);
    try (Querier querier = storage.of(request).querier(start, end)) {
      if (selectors.size() == 1) {
        try (SeriesSet set = querier.select(select, selectors.get(0))) {
          annotations.addAll(set.annotations());
          write(set.size(), set::labels, limit, json, annotations);
        }
        return;
      }
      TreeSet<Labels> union = new TreeSet<>();
      for (List<Matcher> matchers : selectors) {
        try (SeriesSet set = querier.select(select, matchers)) {
          annotations.addAll(set.annotations());
          for (int i = 0; i < set.size(); i++) {
            union.add(set.labels(i));
          }
        }
      }
      List<Labels> all = List.copyOf(union);
      write(all.size(), all::get, limit, json, annotations);
    }
  }

  @FunctionalInterface
  private interface LabelsAt {
    Labels get(int i);
  }

  private static void write(
      int size, LabelsAt at, int limit, JsonStream json, List<Annotation> annotations)
      throws IOException {
    annotations.removeIf(a -> a.message().equals(TRUNCATED));
    int n = size;
    if (limit > 0 && size > limit) {
      n = limit;
      annotations.add(Annotation.warning(TRUNCATED));
    }
    json.beginArray();
    for (int i = 0; i < n; i++) {
      json.labels(at.get(i));
    }
    json.endArray();
  }
}
