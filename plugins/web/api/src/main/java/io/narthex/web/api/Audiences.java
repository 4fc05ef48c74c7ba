package io.narthex.web.api;

import io.narthex.api.web.Route;
import java.util.List;
import java.util.Set;

/**
 * Which endpoints somebody may ask who sees a part of the series only: all that matters is on one
 * page. What is not named here is for those who see everything.
 */
final class Audiences {
  /** Endpoints that leave out what is hidden from the sender. */
  private static final Set<String> FILTERED =
      Set.of(
          "/api/v1/query",
          "/api/v1/query_range",
          "/api/v1/query_exemplars",
          "/api/v1/series",
          "/api/v1/labels",
          "/api/v1/label/:name/values",
          "/api/v1/search/metric_names",
          "/api/v1/search/label_names",
          "/api/v1/search/label_values",
          "/api/v1/metadata",
          "/api/v1/targets",
          "/api/v1/targets/metadata",
          "/api/v1/scrape_pools",
          "/api/v1/rules",
          "/api/v1/alerts",
          "/federate");

  /** Endpoints that tell nothing of series, targets, rules and the configuration. */
  private static final Set<String> ALL =
      Set.of(
          "/version",
          "/api/v1/openapi.yaml",
          "/api/v1/status/buildinfo",
          "/api/v1/status/walreplay",
          "/api/v1/format_query",
          "/api/v1/parse_query",
          "/api/v1/functions",
          "/api/v1/notifications",
          "/api/v1/notifications/live");

  private Audiences() {}

  /** The same endpoints; those that say themselves who may ask keep what they say. */
  static List<Route> of(List<Route> routes) {
    return routes.stream().map(Audiences::of).toList();
  }

  private static Route of(Route route) {
    if (FILTERED.contains(route.path())) {
      return route.audience(Route.Audience.FILTERED);
    }
    return ALL.contains(route.path()) ? route.audience(Route.Audience.ALL) : route;
  }
}
