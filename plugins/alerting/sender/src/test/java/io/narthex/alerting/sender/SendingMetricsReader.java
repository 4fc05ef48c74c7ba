package io.narthex.alerting.sender;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads metrics as a scraper would. */
final class SendingMetricsReader {
  private SendingMetricsReader() {}

  /** The sum of a metric's values; counters without {@code _total}. */
  static double value(PrometheusRegistry registry, String name) {
    double sum = 0;
    for (MetricSnapshot metric : registry.scrape()) {
      if (metric.getMetadata().getName().equals(name)) {
        for (DataPointSnapshot point : metric.getDataPoints()) {
          sum +=
              switch (point) {
                case CounterSnapshot.CounterDataPointSnapshot counter -> counter.getValue();
                case GaugeSnapshot.GaugeDataPointSnapshot gauge -> gauge.getValue();
                default -> throw new AssertionError(point);
              };
        }
      }
    }
    return sum;
  }

  /** The metrics that tell of an Alertmanager. */
  static List<String> labelled(PrometheusRegistry registry) {
    return registry.scrape().stream()
        .filter(
            m -> m.getDataPoints().stream().anyMatch(p -> p.getLabels().contains("alertmanager")))
        .map(m -> m.getMetadata().getName())
        .toList();
  }

  /** The Alertmanagers that metrics tell of. */
  static Set<String> labels(PrometheusRegistry registry) {
    return registry.scrape().stream()
        .flatMap(m -> m.getDataPoints().stream())
        .filter(p -> p.getLabels().contains("alertmanager"))
        .map(p -> p.getLabels().get("alertmanager"))
        .collect(Collectors.toSet());
  }
}
