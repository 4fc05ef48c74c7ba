package io.narthex.web.api;

import io.narthex.api.config.Durations;
import io.narthex.api.model.Annotation;
import io.narthex.api.model.Labels;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.scrape.TargetsView;
import io.narthex.api.web.Route;
import io.narthex.api.web.WebRequest;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** {@code targets} and {@code scrape_pools}. */
final class TargetEndpoints {
  /** What Go writes for the zero time: never scraped. */
  private static final String NEVER = "0001-01-01T00:00:00Z";

  private final Extensions extensions;

  TargetEndpoints(Extensions extensions) {
    this.extensions = extensions;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/api/v1/targets", new Endpoint(this::targets)),
        Route.get("/api/v1/scrape_pools", new Endpoint(this::pools)));
  }

  private List<TargetsView.Pool> all() {
    return extensions.all(TargetsView.class).stream()
        .flatMap(v -> v.pools().stream())
        .sorted((a, b) -> Labels.compareCodePoints(a.name(), b.name()))
        .toList();
  }

  private void pools(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException {
    json.beginObject()
        .key("scrapePools")
        .strings(all().stream().map(TargetsView.Pool::name).toList());
    json.endObject();
  }

  private void targets(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException {
    String state = p.first("state").toLowerCase(Locale.ROOT);
    boolean active = state.isEmpty() || state.equals("any") || state.equals("active");
    boolean dropped = state.isEmpty() || state.equals("any") || state.equals("dropped");
    String pool = p.first("scrapePool");
    List<TargetsView.Pool> all = all();
    List<TargetsView.Pool> pools =
        all.stream().filter(candidate -> pool.isEmpty() || candidate.name().equals(pool)).toList();
    json.beginObject().key("activeTargets").beginArray();
    for (TargetsView.Pool one : active ? pools : List.<TargetsView.Pool>of()) {
      for (TargetsView.Target target : one.active()) {
        active(one.name(), target, json);
      }
    }
    json.endArray().key("droppedTargets").beginArray();
    for (TargetsView.Pool one : dropped ? pools : List.<TargetsView.Pool>of()) {
      for (TargetsView.DroppedTarget target : one.dropped()) {
        json.beginObject();
        json.key("discoveredLabels").labels(target.discoveredLabels());
        json.key("scrapePool").value(one.name());
        json.endObject();
      }
    }
    json.endArray().key("droppedTargetCounts");
    if (dropped) {
      json.beginObject();
      // Of all pools, whichever was asked for: Prometheus does so.
      for (TargetsView.Pool one : all) {
        json.key(one.name()).value((long) one.droppedCount());
      }
      json.endObject();
    } else {
      json.nothing();
    }
    json.endObject();
  }

  private static void active(String pool, TargetsView.Target target, JsonStream json)
      throws IOException {
    json.beginObject();
    json.key("discoveredLabels").labels(target.discoveredLabels());
    json.key("labels").labels(target.labels());
    json.key("scrapePool").value(pool);
    json.key("scrapeUrl").value(target.scrapeUrl());
    json.key("globalUrl").value(target.globalUrl());
    json.key("lastError").value(target.lastError());
    json.key("lastScrape").value(instant(target.lastScrape()));
    json.key("lastScrapeDuration").value(seconds(target.lastDuration()));
    json.key("health").value(target.health());
    json.key("scrapeInterval").value(Durations.format(target.interval()));
    json.key("scrapeTimeout").value(Durations.format(target.timeout()));
    json.endObject();
  }

  private static String instant(Optional<Instant> instant) {
    return instant.map(Instant::toString).orElse(NEVER);
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }
}
