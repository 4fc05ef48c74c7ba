package io.narthex.rules.groups;

import io.narthex.api.plugin.Current;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.web.Route;
import io.narthex.api.web.Routes;
import io.narthex.rules.groups.history.HistoryRoutes;
import jakarta.inject.Inject;
import java.util.List;
import org.pf4j.Extension;

/** The endpoint {@code /api/v1/alerts/history}. */
@Extension
public final class AlertHistoryRoutes implements Routes {
  private final HistoryRoutes routes;

  @Inject
  public AlertHistoryRoutes(RuleService service, Current<QueryEngine> engine) {
    routes = new HistoryRoutes(service.history(), engine);
  }

  @Override
  public List<Route> routes() {
    return routes.routes();
  }
}
