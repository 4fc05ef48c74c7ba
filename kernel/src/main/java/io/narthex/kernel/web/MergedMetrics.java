package io.narthex.kernel.web;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.StateSetSnapshot;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Metrics of several registries as one. A name that stands in two of them (every discovery
 * mechanism counts its refreshes) becomes one metric with the data points of both, when types agree
 * and no two points have the same labels.
 */
final class MergedMetrics {
  private final Map<String, MetricSnapshot> byName = new TreeMap<>();

  /** Adds a metric; false when it contradicts one that is there, and was left out. */
  boolean add(MetricSnapshot metric) {
    String name = metric.getMetadata().getPrometheusName();
    MetricSnapshot before = byName.get(name);
    if (before == null) {
      byName.put(name, metric);
      return true;
    }
    if (before.getClass() != metric.getClass()) {
      return false;
    }
    Set<Labels> seen = new HashSet<>();
    for (DataPointSnapshot point : before.getDataPoints()) {
      seen.add(point.getLabels());
    }
    for (DataPointSnapshot point : metric.getDataPoints()) {
      if (!seen.add(point.getLabels())) {
        return false;
      }
    }
    byName.put(name, merge(before, metric));
    return true;
  }

  private static <D> List<D> both(List<? extends D> a, List<? extends D> b) {
    return Stream.<D>concat(a.stream(), b.stream()).toList();
  }

  private static MetricSnapshot merge(MetricSnapshot a, MetricSnapshot b) {
    MetricMetadata data = a.getMetadata();
    return switch (a) {
      case CounterSnapshot c ->
          new CounterSnapshot(data, both(c.getDataPoints(), ((CounterSnapshot) b).getDataPoints()));
      case GaugeSnapshot c ->
          new GaugeSnapshot(data, both(c.getDataPoints(), ((GaugeSnapshot) b).getDataPoints()));
      case HistogramSnapshot c ->
          new HistogramSnapshot(
              c.isGaugeHistogram(),
              data,
              both(c.getDataPoints(), ((HistogramSnapshot) b).getDataPoints()));
      case SummarySnapshot c ->
          new SummarySnapshot(data, both(c.getDataPoints(), ((SummarySnapshot) b).getDataPoints()));
      case InfoSnapshot c ->
          new InfoSnapshot(data, both(c.getDataPoints(), ((InfoSnapshot) b).getDataPoints()));
      case StateSetSnapshot c ->
          new StateSetSnapshot(
              data, both(c.getDataPoints(), ((StateSetSnapshot) b).getDataPoints()));
      case UnknownSnapshot c ->
          new UnknownSnapshot(data, both(c.getDataPoints(), ((UnknownSnapshot) b).getDataPoints()));
      default -> throw new IllegalArgumentException("cannot merge metrics of " + a.getClass());
    };
  }

  /** All of them, sorted by name. */
  MetricSnapshots all() {
    return new MetricSnapshots(new ArrayList<>(byName.values()));
  }
}
