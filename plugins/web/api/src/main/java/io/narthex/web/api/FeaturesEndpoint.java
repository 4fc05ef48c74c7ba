package io.narthex.web.api;

import io.narthex.api.discovery.DiscoveryProvider;
import io.narthex.api.model.Annotation;
import io.narthex.api.model.Labels;
import io.narthex.api.plugin.Current;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.plugin.Features;
import io.narthex.api.plugin.FeaturesView;
import io.narthex.api.plugin.RunningConfiguration;
import io.narthex.api.query.FunctionDescription;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.storage.Storage;
import io.narthex.api.web.Route;
import io.narthex.api.web.WebRequest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * {@code features}: what this process can do, by Prometheus's names, as far as it is known here:
 * what the API has, what plugins, storage and engine tell ({@link FeaturesView}), and which
 * functions and mechanisms of discovery are there at this moment.
 */
final class FeaturesEndpoint {
  private final Current<QueryEngine> engine;
  private final Current<Storage> storage;
  private final Extensions extensions;
  private final RunningConfiguration configuration;
  private final Features features;

  FeaturesEndpoint(
      Current<QueryEngine> engine,
      Current<Storage> storage,
      Extensions extensions,
      RunningConfiguration configuration,
      Features features) {
    this.engine = engine;
    this.storage = storage;
    this.extensions = extensions;
    this.configuration = configuration;
    this.features = features;
  }

  List<Route> routes() {
    return List.of(
        Route.get("/api/v1/features", new Endpoint(this::features)).audience(Route.Audience.ALL));
  }

  private void features(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException {
    json.beginObject();
    for (Map.Entry<String, Map<String, Boolean>> group : all().entrySet()) {
      json.key(group.getKey()).beginObject();
      for (Map.Entry<String, Boolean> feature : group.getValue().entrySet()) {
        json.key(feature.getKey()).value(feature.getValue());
      }
      json.endObject();
    }
    json.endObject();
  }

  private Map<String, Map<String, Boolean>> all() {
    Map<String, Map<String, Boolean>> all = new TreeMap<>(Labels::compareCodePoints);
    add(all, Map.of("api", api(), "prometheus", program()));
    List<FeaturesView> views = new ArrayList<>(extensions.all(FeaturesView.class));
    storage
        .find()
        .filter(FeaturesView.class::isInstance)
        .map(FeaturesView.class::cast)
        .ifPresent(views::add);
    engine
        .find()
        .filter(FeaturesView.class::isInstance)
        .map(FeaturesView.class::cast)
        .ifPresent(views::add);
    for (FeaturesView view : views) {
      add(all, view.features());
    }
    Map<String, Boolean> functions = new TreeMap<>();
    engine.find().map(QueryEngine::functions).orElse(List.of()).stream()
        .map(FunctionDescription::name)
        .forEach(name -> functions.put(name, true));
    Map<String, Boolean> mechanisms = new TreeMap<>();
    for (DiscoveryProvider<?> provider : extensions.all(DiscoveryProvider.class)) {
      mechanisms.put(provider.name(), true);
    }
    add(all, Map.of("promql_functions", functions, "service_discovery_providers", mechanisms));
    return all;
  }

  private static void add(
      Map<String, Map<String, Boolean>> all, Map<String, Map<String, Boolean>> more) {
    more.forEach((group, names) -> {
      Map<String, Boolean> known =
          all.computeIfAbsent(group, name -> new TreeMap<>(Labels::compareCodePoints));
      names.forEach((name, enabled) -> known.merge(name, enabled, Boolean::logicalOr));
    });
  }

  private Map<String, Boolean> api() {
    Map<String, Boolean> api = new TreeMap<>();
    api.put("admin", flag("web.enable-admin-api"));
    api.put("lifecycle", flag("web.enable-lifecycle"));
    api.put("otlp_write_receiver", flag("web.enable-otlp-receiver"));
    api.put("remote_write_receiver", flag("web.enable-remote-write-receiver"));
    api.put("search", features.enabled(SearchEndpoints.FEATURE));
    for (SearchTerms.Algorithm algorithm : SearchTerms.Algorithm.values()) {
      api.put("search_fuzz_alg_" + algorithm.text(), true);
    }
    for (String always :
        List.of(
            "exclude_alerts",
            "label_values_match",
            "openapi_3.1",
            "openapi_3.2",
            "query_stats",
            "query_warnings",
            "time_range_labels",
            "time_range_series")) {
      api.put(always, true);
    }
    return api;
  }

  private Map<String, Boolean> program() {
    return Map.of(
        "agent_mode",
        false,
        "auto_reload_config",
        features.enabled("auto-reload-config") || flag("config.auto-reload"),
        "server_mode",
        true);
  }

  private boolean flag(String name) {
    return "true".equals(configuration.flags().get(name));
  }
}
