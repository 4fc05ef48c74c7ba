package io.narthex.web.api;

import io.narthex.api.model.Annotation;
import io.narthex.api.model.Regex;
import io.narthex.api.web.MetricsPage;
import io.narthex.api.web.Route;
import io.narthex.api.web.WebRequest;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.io.IOException;
import java.util.List;

/** {@code status/self_metrics}: what {@code /metrics} tells of this process, as JSON. */
final class SelfMetricsEndpoint {
  private final MetricsPage metrics;

  SelfMetricsEndpoint(MetricsPage metrics) {
    this.metrics = metrics;
  }

  List<Route> routes() {
    return List.of(Route.get("/api/v1/status/self_metrics", new Endpoint(this::metrics)));
  }

  private void metrics(
      WebRequest request, Parameters p, JsonStream json, List<Annotation> annotations)
      throws IOException, ApiException, InterruptedException {
    String text = p.first("metric_name_pattern");
    Regex pattern;
    try {
      pattern = Regex.compile(text.isEmpty() ? ".*" : text);
    } catch (RuntimeException e) {
      throw ApiException.badParameter("metric_name_pattern", String.valueOf(e.getMessage()));
    }
    json.beginArray();
    for (MetricSnapshot metric : metrics.own()) {
      FamilyJson family = new FamilyJson(metric);
      if (pattern.matches(family.name())) {
        family.write(json);
      }
    }
    json.endArray();
  }
}
