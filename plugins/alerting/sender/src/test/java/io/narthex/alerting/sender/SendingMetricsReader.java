package io.narthex.alerting.sender;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.List;

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
}
