package io.narthex.web.api;

import io.narthex.api.model.Metadata;
import io.narthex.api.plugin.Current;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.plugin.Features;
import io.narthex.api.plugin.RunningConfiguration;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.scrape.TargetsView;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.StorageException;
import io.narthex.api.web.Route;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code search/metric_names}, {@code search/label_names} and {@code search/label_values}: names
 * that resemble terms. Answers are lines of JSON, some results in each, with a last one that tells
 * whether there is more; a failure comes before the first. Source: Prometheus 3.14, {@code
 * web/api/v1/search.go}.
 */
final class SearchEndpoints {
  static final String FEATURE = "search-api";

  /** Pages search at every stroke of a key; looking through thousands of targets takes time. */
  private static final long FRESH_MILLIS = 5_000;

  private static final String LINES = "application/x-ndjson; charset=utf-8";

  private final Current<QueryEngine> engine;
  private final SeenStorage storage;
  private final Extensions extensions;
  private final RunningConfiguration configuration;
  private final boolean enabled;
  private final Clock clock;
  private volatile @Nullable Remembered remembered;

  /** What all targets said at a time. */
  private record Remembered(long millis, MetricMetadata metadata) {}

  SearchEndpoints(
      Current<QueryEngine> engine,
      SeenStorage storage,
      Extensions extensions,
      RunningConfiguration configuration,
      Features features,
      Clock clock) {
    this.engine = engine;
    this.storage = storage;
    this.extensions = extensions;
    this.configuration = configuration;
    enabled = features.enabled(FEATURE);
    this.clock = clock;
  }

  List<Route> routes() {
    return List.of(
        Route.getOrPost("/api/v1/search/metric_names", Endpoint.whole(this::metricNames)),
        Route.getOrPost("/api/v1/search/label_names", Endpoint.whole(this::labelNames)),
        Route.getOrPost("/api/v1/search/label_values", Endpoint.whole(this::labelValues)));
  }

  private SearchRequest asked(Parameters p) throws ApiException {
    SearchSettings settings =
        configuration
            .snapshot()
            .section(SearchSettingsSection.KEY, SearchSettings.class)
            .orElse(SearchSettings.DEFAULT);
    return SearchRequest.of(p, ApiException.needed(engine), settings, clock.millis());
  }

  private void requireEnabled() throws ApiException {
    if (!enabled) {
      throw new ApiException(ApiException.Type.SWITCHED_OFF, "search API disabled");
    }
  }

  private void metricNames(WebRequest request, WebResponse response)
      throws IOException, ApiException, StorageException, InterruptedException {
    requireEnabled();
    Parameters p = Parameters.of(request);
    SearchRequest asked = asked(p);
    boolean metadata = SearchRequest.bool(p, "include_metadata", false);
    SearchRequest.checkOrder(p, "metric_names");
    SearchResults found = new SearchResults(asked);
    try (Querier querier = querier(request, asked)) {
      found.labelValues(querier, "__name__");
    }
    MetricMetadata known = metadata && !found.best().isEmpty() ? metadata(request) : null;
    write(response, asked, found, "name", known);
  }

  private void labelNames(WebRequest request, WebResponse response)
      throws IOException, ApiException, StorageException, InterruptedException {
    requireEnabled();
    Parameters p = Parameters.of(request);
    SearchRequest asked = asked(p);
    SearchRequest.checkOrder(p, "label_names");
    SearchResults found = new SearchResults(asked);
    try (Querier querier = querier(request, asked)) {
      found.labelNames(querier);
    }
    write(response, asked, found, "name", null);
  }

  private void labelValues(WebRequest request, WebResponse response)
      throws IOException, ApiException, StorageException, InterruptedException {
    requireEnabled();
    Parameters p = Parameters.of(request);
    SearchRequest asked = asked(p);
    String label = p.first("label");
    if (label.isEmpty()) {
      throw ApiException.badData("missing required parameter \"label\"");
    }
    SearchRequest.checkOrder(p, "label_values");
    SearchResults found = new SearchResults(asked);
    try (Querier querier = querier(request, asked)) {
      found.labelValues(querier, label);
    }
    write(response, asked, found, "value", null);
  }

  private Querier querier(WebRequest request, SearchRequest asked)
      throws ApiException, StorageException {
    return storage.of(request).querier(asked.start(), asked.end());
  }

  /** What targets say that the sender may see; that of all of them is remembered for a while. */
  private MetricMetadata metadata(WebRequest request) throws ApiException, StorageException {
    boolean all = !request.access().isRestricted();
    Remembered before = remembered;
    long now = clock.millis();
    if (all && before != null && now - before.millis() < FRESH_MILLIS) {
      return before.metadata();
    }
    MetricMetadata known = new MetricMetadata();
    for (TargetsView.Target target : SeenMetadata.of(extensions, request, storage, now)) {
      target.metadata().forEach(known::add);
    }
    if (all) {
      remembered = new Remembered(now, known);
    }
    return known;
  }

  private static void write(
      WebResponse response,
      SearchRequest asked,
      SearchResults found,
      String key,
      @Nullable MetricMetadata known)
      throws IOException {
    List<SearchResults.Result> results = found.best();
    List<String> warnings = found.warnings();
    response.header("Content-Type", LINES);
    try (OutputStream out = response.body()) {
      int from = 0;
      do {
        int to = Math.min(results.size(), from + asked.batch());
        JsonStream json = new JsonStream(out);
        json.beginObject().key("results").beginArray();
        for (SearchResults.Result result : results.subList(from, to)) {
          json.beginObject().key(key).value(result.value());
          if (asked.includeScore()) {
            json.key("score").value(result.score());
          }
          Metadata metadata = known == null ? null : known.find(result.value());
          if (metadata != null) {
            text(json, "type", metadata.type().text());
            text(json, "help", metadata.help());
            text(json, "unit", metadata.unit());
          }
          json.endObject();
        }
        json.endArray();
        if (from == 0 && !warnings.isEmpty()) {
          json.key("warnings").strings(warnings);
        }
        end(json.endObject(), out);
        from = to;
      } while (from < results.size());
      JsonStream json = new JsonStream(out);
      json.beginObject().key("status").value("success");
      end(json.key("has_more").value(found.hasMore()).endObject(), out);
    }
  }

  private static void text(JsonStream json, String key, String value) throws IOException {
    if (!value.isEmpty()) {
      json.key(key).value(value);
    }
  }

  private static void end(JsonStream json, OutputStream out) throws IOException {
    json.flush();
    out.write('\n');
  }
}
