package io.narthex.exporter.node;

import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Gathers the samples of one scrape by family. Kept from scrape to scrape, so that its arrays are
 * allocated once. Not safe for several threads.
 */
final class Scrape {
  private static final class Points {
    final Family family;
    double[] values = new double[4];
    Labels[] labels = new Labels[4];
    int count;

    /** How many of them are of collectors that have succeeded. */
    int committed;

    Points(Family family) {
      this.family = family;
    }

    void add(double value, Labels of) {
      if (count == values.length) {
        values = Arrays.copyOf(values, count * 2);
        labels = Arrays.copyOf(labels, count * 2);
      }
      values[count] = value;
      labels[count++] = of;
    }

    MetricSnapshot snapshot() {
      try {
        return family.snapshot(values, labels, count);
      } catch (IllegalArgumentException e) {
        // Two samples of the same labels. A page that parses is worth more than the second of them.
        Map<Labels, Double> first = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
          first.putIfAbsent(labels[i], values[i]);
        }
        return family.snapshot(
            first.values().stream().mapToDouble(Double::doubleValue).toArray(),
            first.keySet().toArray(Labels[]::new),
            first.size());
      }
    }
  }

  private final Map<Family, Points> byFamily = new IdentityHashMap<>();
  private final List<Points> inOrder = new ArrayList<>();
  private long number;

  /** Forgets the samples of the last scrape. */
  void begin() {
    number++;
    for (int i = 0; i < inOrder.size(); i++) {
      Points points = inOrder.get(i);
      points.count = 0;
      points.committed = 0;
    }
  }

  /**
   * Which scrape this is, counted from 1. What two collectors read is read once for each number.
   */
  long number() {
    return number;
  }

  /** Adds a sample without labels. */
  void add(Family family, double value) {
    add(family, value, Labels.EMPTY);
  }

  /** Adds a sample. */
  void add(Family family, double value, Labels labels) {
    Points points = byFamily.get(family);
    if (points == null) {
      points = new Points(family);
      byFamily.put(family, points);
      inOrder.add(points);
    }
    points.add(value, labels);
  }

  /** Keeps what was added since the last commit. */
  void commit() {
    for (int i = 0; i < inOrder.size(); i++) {
      Points points = inOrder.get(i);
      points.committed = points.count;
    }
  }

  /** Drops what was added since the last commit. */
  void rollback() {
    for (int i = 0; i < inOrder.size(); i++) {
      Points points = inOrder.get(i);
      points.count = points.committed;
    }
  }

  /** All samples, sorted as client_java sorts them. Families without samples are left out. */
  MetricSnapshots snapshots() {
    List<MetricSnapshot> families = new ArrayList<>(inOrder.size());
    for (int i = 0; i < inOrder.size(); i++) {
      Points points = inOrder.get(i);
      if (points.count > 0) {
        families.add(points.snapshot());
      }
    }
    return new MetricSnapshots(families);
  }
}
