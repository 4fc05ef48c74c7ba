package io.narthex.web.api;

import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigFiles;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.config.Durations;
import io.narthex.api.model.Annotation;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Quoting;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.relabel.RelabelConfig;
import io.narthex.api.relabel.Relabeller;
import io.narthex.api.scrape.TargetsView;
import io.narthex.api.web.Route;
import io.narthex.api.web.WebRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * {@code targets}, {@code targets/relabel_steps}, {@code scrape_pools} and {@code
 * scrape_pools/config}.
 */
final class TargetEndpoints {
  private static final List<TargetsView.Pool> NO_POOLS = List.of();

  /** The {@code labels} of a request. */
  record Given(Map<String, String> labels) {}

  private final Extensions extensions;
  private final ConfigFiles files;

  TargetEndpoints(Extensions extensions, ConfigFiles files) {
    this.extensions = extensions;
    this.files = files;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/api/v1/targets", new Endpoint(this::targets)),
        Route.get("/api/v1/targets/relabel_steps", new Endpoint(this::relabelSteps)),
        Route.get("/api/v1/scrape_pools", new Endpoint(this::pools)),
        Route.get("/api/v1/scrape_pools/config", new Endpoint(this::configuration)));
  }

  /** The pools as the sender of a request sees them. */
  private List<TargetsView.Pool> all(WebRequest request) {
    List<TargetsView.Pool> pools =
        extensions.all(TargetsView.class).stream()
            .flatMap(v -> v.pools().stream())
            .sorted((a, b) -> Labels.compareCodePoints(a.name(), b.name()))
            .toList();
    return SeenTargets.of(pools, request.access());
  }

  private void pools(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException {
    json.beginObject()
        .key("scrapePools")
        .strings(all(request).stream().map(TargetsView.Pool::name).toList());
    json.endObject();
  }

  private void configuration(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException, ApiException {
    String pool = p.first("scrapePool");
    String yaml =
        extensions.all(TargetsView.class).stream()
            .flatMap(view -> view.configuration(pool).stream())
            .findFirst()
            .orElseThrow(() -> noPool(pool));
    json.beginObject().key("yaml").value(yaml).endObject();
  }

  private static ApiException noPool(String pool) {
    return ApiException.badData(
        "error retrieving scrape config: scrape pool " + Quoting.quote(pool) + " not found");
  }

  private void targets(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException {
    String state = p.first("state").toLowerCase(Locale.ROOT);
    boolean active = state.isEmpty() || state.equals("any") || state.equals("active");
    boolean dropped = state.isEmpty() || state.equals("any") || state.equals("dropped");
    String pool = p.first("scrapePool");
    List<TargetsView.Pool> all = all(request);
    List<TargetsView.Pool> pools =
        all.stream().filter(candidate -> pool.isEmpty() || candidate.name().equals(pool)).toList();
    json.beginObject().key("activeTargets").beginArray();
    for (TargetsView.Pool one : active ? pools : NO_POOLS) {
      for (TargetsView.Target target : one.active()) {
        active(one.name(), target, json);
      }
    }
    json.endArray().key("droppedTargets").beginArray();
    for (TargetsView.Pool one : dropped ? pools : NO_POOLS) {
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
      // Of all pools, whichever was asked for: Prometheus does so. Nobody says what is hidden of
      // it.
      for (TargetsView.Pool one : request.access().isRestricted() ? NO_POOLS : all) {
        json.key(one.name()).value((long) one.droppedCount());
      }
      json.endObject();
    } else {
      json.nothing();
    }
    if (active) {
      discoveryErrors(pools, json);
    }
    json.endObject();
  }

  /** Not in Prometheus, so it is there only when there is something to say. */
  private static void discoveryErrors(List<TargetsView.Pool> pools, JsonStream json)
      throws IOException {
    List<TargetsView.Pool> failing =
        pools.stream().filter(pool -> !pool.discoveryErrors().isEmpty()).toList();
    if (!failing.isEmpty()) {
      json.key("discoveryErrors").beginObject();
      for (TargetsView.Pool pool : failing) {
        json.key(pool.name()).strings(pool.discoveryErrors());
      }
      json.endObject();
    }
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
    json.key("lastScrape").value(GoTime.text(target.lastScrape()));
    json.key("lastScrapeDuration").value(seconds(target.lastDuration()));
    json.key("health").value(target.health());
    json.key("scrapeInterval").value(Durations.format(target.interval()));
    json.key("scrapeTimeout").value(Durations.format(target.timeout()));
    json.endObject();
  }

  private void relabelSteps(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException, ApiException {
    String pool = p.first("scrapePool");
    if (pool.isEmpty()) {
      throw ApiException.badData("no scrapePool parameter provided");
    }
    if (p.first("labels").isEmpty()) {
      throw ApiException.badData("no labels parameter provided");
    }
    Labels labels = labels(p.first("labels"));
    TargetsView.Relabelling relabelling =
        extensions.all(TargetsView.class).stream()
            .flatMap(view -> view.relabelling(pool).stream())
            .findFirst()
            .orElseThrow(() -> noPool(pool));
    Relabeller relabeller = Relabeller.of(relabelling.steps(), relabelling.names());
    json.beginObject().key("steps").beginArray();
    Labels.Builder changing = labels.toBuilder();
    boolean keep = true;
    for (int i = 0; i < relabeller.size(); i++) {
      keep = keep && relabeller.applyStep(i, changing);
      json.beginObject().key("rule");
      rule(relabelling.steps().get(i), json);
      // What a step has dropped, later ones do not bring back.
      json.key("output").labels(keep ? changing.build() : Labels.empty());
      json.key("keep").value(keep);
      json.endObject();
    }
    json.endArray().endObject();
  }

  private Labels labels(String text) throws ApiException {
    if (text.isBlank()) {
      throw ApiException.badData("error parsing labels: unexpected end of JSON input");
    }
    try {
      // As one field of a record, so that the values are bound to texts.
      byte[] record = ("{\"labels\":" + text + "}").getBytes(StandardCharsets.UTF_8);
      return Labels.of(
          files
              .parse("labels", record, ConfigShape.of(Given.class), ConfigFiles.Syntax.JSON)
              .labels());
    } catch (ConfigException | IllegalArgumentException e) {
      throw ApiException.badData("error parsing labels: " + e.getMessage());
    }
  }

  private static void rule(RelabelConfig rule, JsonStream json) throws IOException {
    json.beginObject();
    if (!rule.sourceLabels().isEmpty()) {
      json.key("source_labels").strings(rule.sourceLabels());
    }
    text(json, "separator", rule.separator());
    text(json, "regex", Objects.requireNonNullElse(rule.regex(), RelabelConfig.DEFAULT_REGEX));
    if (rule.modulus() != 0) {
      json.key("modulus").value(rule.modulus());
    }
    text(json, "target_label", rule.targetLabel());
    text(
        json,
        "replacement",
        Objects.requireNonNullElse(rule.replacement(), RelabelConfig.DEFAULT_REPLACEMENT));
    text(json, "action", rule.action().toString());
    json.endObject();
  }

  private static void text(JsonStream json, String key, String value) throws IOException {
    if (!value.isEmpty()) {
      json.key(key).value(value);
    }
  }

  private static double seconds(Duration duration) {
    return duration.toNanos() / 1e9;
  }
}
