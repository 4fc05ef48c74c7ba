package io.narthex.web.api;

import io.narthex.api.access.QueryTurns;
import io.narthex.api.config.ConfigFiles;
import io.narthex.api.plugin.Current;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.plugin.Features;
import io.narthex.api.plugin.Plugins;
import io.narthex.api.plugin.Program;
import io.narthex.api.plugin.RunningConfiguration;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.storage.Storage;
import io.narthex.api.web.MetricsPage;
import io.narthex.api.web.Route;
import io.narthex.api.web.Routes;
import io.narthex.api.web.WebHost;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import jakarta.inject.Inject;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.pf4j.Extension;

/** The endpoints of Prometheus's HTTP API. */
@Extension
public final class ApiRoutes implements Routes {
  private final List<Route> routes;

  /** Takes what the endpoints work with. */
  @Inject
  public ApiRoutes(
      Current<QueryEngine> engine,
      Current<Storage> storage,
      Extensions extensions,
      Features features,
      Plugins plugins,
      Program program,
      RunningConfiguration configuration,
      ConfigFiles files,
      Notifications notifications,
      MetricsPage metrics,
      PrometheusRegistry registry,
      WebHost host,
      Clock clock,
      QueryTurns turns) {
    SeenStorage seen = new SeenStorage(storage, turns);
    List<Route> all = new ArrayList<>();
    all.addAll(new QueryEndpoints(engine, seen, clock).routes());
    all.addAll(new SeriesEndpoints(engine, seen).routes());
    all.addAll(
        new SearchEndpoints(engine, seen, extensions, configuration, features, clock).routes());
    all.addAll(new TargetEndpoints(extensions, files).routes());
    all.addAll(new RuleEndpoints(extensions, engine).routes());
    all.addAll(new MetadataEndpoints(engine, extensions, seen, clock).routes());
    all.addAll(new StorageEndpoints(storage).routes());
    all.addAll(new AdminEndpoints(engine, storage, configuration).routes());
    all.addAll(new ExemplarEndpoint(engine, seen).routes());
    all.addAll(new StatusEndpoints(program, plugins, configuration, storage, clock).routes());
    all.addAll(new FeaturesEndpoint(engine, storage, extensions, configuration, features).routes());
    all.addAll(new SelfMetricsEndpoint(metrics).routes());
    all.addAll(new NotificationEndpoints(notifications).routes());
    all.addAll(new Federation(engine, seen, configuration, registry, clock).routes());
    all.addAll(new OpenApiEndpoint(host, program).routes());
    routes = Audiences.of(Descriptions.describe(all));
  }

  @Override
  public List<Route> routes() {
    return routes;
  }
}
