package io.narthex.web.api;

import io.narthex.api.model.Annotation;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.Metadata;
import io.narthex.api.plugin.Current;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryException;
import io.narthex.api.scrape.TargetsView;
import io.narthex.api.storage.StorageException;
import io.narthex.api.web.Route;
import io.narthex.api.web.WebRequest;
import java.io.IOException;
import java.time.Clock;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * {@code metadata} and {@code targets/metadata}: what targets say of their metrics. Source:
 * Prometheus 3.14, {@code web/api/v1/api.go}.
 */
final class MetadataEndpoints {
  private final Current<QueryEngine> engine;
  private final Extensions extensions;
  private final SeenStorage storage;
  private final Clock clock;

  MetadataEndpoints(
      Current<QueryEngine> engine, Extensions extensions, SeenStorage storage, Clock clock) {
    this.engine = engine;
    this.extensions = extensions;
    this.storage = storage;
    this.clock = clock;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/api/v1/metadata", new Endpoint(this::metrics)),
        Route.get("/api/v1/targets/metadata", new Endpoint(this::targets)));
  }

  /** The targets that the sender of a request may see, without metadata that is hidden. */
  private List<TargetsView.Target> all(WebRequest request) throws ApiException, StorageException {
    return SeenMetadata.of(extensions, request, storage, clock.millis());
  }

  /** A number that may be left out, which is −1; others below 0 are as good as none too. */
  private static long number(Parameters p, String name) throws ApiException {
    String text = p.first(name);
    if (text.isEmpty()) {
      return -1;
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw ApiException.badData(name + " must be a number");
    }
  }

  private void metrics(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException, ApiException, StorageException {
    long limit = number(p, "limit");
    long perMetric = number(p, "limit_per_metric");
    String metric = p.first("metric");
    Map<String, Set<Metadata>> found = new TreeMap<>(Labels::compareCodePoints);
    for (TargetsView.Target target : all(request)) {
      for (TargetsView.FamilyMetadata family : target.metadata()) {
        if (metric.isEmpty() || metric.equals(family.name())) {
          Set<Metadata> known = found.computeIfAbsent(family.name(), name -> new LinkedHashSet<>());
          if (perMetric <= 0 || known.size() < perMetric) {
            known.add(family.metadata());
          }
        }
      }
    }
    json.beginObject();
    int told = 0;
    for (Map.Entry<String, Set<Metadata>> e : found.entrySet()) {
      if (limit >= 0 && told == limit) {
        break;
      }
      told++;
      json.key(e.getKey()).beginArray();
      for (Metadata metadata : e.getValue()) {
        json.beginObject();
        write(metadata, json);
        json.endObject();
      }
      json.endArray();
    }
    json.endObject();
  }

  private static void write(Metadata metadata, JsonStream json) throws IOException {
    json.key("type").value(metadata.type().text());
    json.key("help").value(metadata.help());
    json.key("unit").value(metadata.unit());
  }

  private void targets(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException, ApiException, StorageException {
    long limit = number(p, "limit");
    List<Matcher> matchers = matchers(p.first("match_target"));
    String metric = p.first("metric");
    json.beginArray();
    int told = 0;
    for (TargetsView.Target target : all(request)) {
      // Between targets alone, as Prometheus does: a target's list is never cut.
      if (limit >= 0 && told >= limit) {
        break;
      }
      if (!matches(target.labels(), matchers)) {
        continue;
      }
      for (TargetsView.FamilyMetadata family : target.metadata()) {
        if (metric.isEmpty() || metric.equals(family.name())) {
          told++;
          json.beginObject().key("target").labels(target.labels());
          if (metric.isEmpty()) {
            json.key("metric").value(family.name());
          }
          write(family.metadata(), json);
          json.endObject();
        }
      }
    }
    json.endArray();
  }

  private List<Matcher> matchers(String selector) throws ApiException {
    if (selector.isEmpty()) {
      return List.of();
    }
    try {
      return engine.get().parseSelector(selector);
    } catch (QueryException e) {
      throw ApiException.badParameter("match_target", String.valueOf(e.getMessage()));
    }
  }

  private static boolean matches(Labels labels, List<Matcher> matchers) {
    for (Matcher matcher : matchers) {
      if (!matcher.matches(labels.get(matcher.name()))) {
        return false;
      }
    }
    return true;
  }
}
