package io.narthex.exporter.node;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot.UnknownDataPointSnapshot;
import java.util.ArrayList;
import java.util.List;

/**
 * A metric family: name, help text and type, as node_exporter has them.
 *
 * <p>client_java's model keeps some suffixes for itself: a counter is named without {@code _total},
 * and only an info may be printed as {@code _info}. A family is declared here by the name that is
 * printed; it finds the form of the model that prints so. An info's value is always 1, which is
 * true of all of node_exporter's.
 *
 * <p>Immutable, compared by identity; a collector holds its families in static fields.
 */
final class Family {
  private static final String TOTAL = "_total";
  private static final String INFO = "_info";

  private enum Kind {
    COUNTER,
    GAUGE,
    INFO,
    UNTYPED
  }

  private final Kind kind;
  private final String name;
  private final MetricMetadata metadata;

  private Family(Kind kind, String name, String modelName, String help) {
    this.kind = kind;
    this.name = name;
    this.metadata = new MetricMetadata(modelName, help);
  }

  /** A counter; {@code name} ends in {@code _total}. */
  static Family counter(String name, String help) {
    if (!name.endsWith(TOTAL)) {
      throw new IllegalArgumentException(
          "cannot declare counter: got " + name + ", want a name that ends in _total");
    }
    return new Family(Kind.COUNTER, name, name.substring(0, name.length() - TOTAL.length()), help);
  }

  /** A gauge; one whose name ends in {@code _info} has the value 1 always. */
  static Family gauge(String name, String help) {
    return name.endsWith(INFO)
        ? new Family(Kind.INFO, name, name.substring(0, name.length() - INFO.length()), help)
        : new Family(Kind.GAUGE, name, name, help);
  }

  /** A family whose type is not known. */
  static Family untyped(String name, String help) {
    return new Family(Kind.UNTYPED, name, name, help);
  }

  /**
   * The family in client_java's model.
   *
   * @throws IllegalArgumentException when two samples have the same labels, or a counter is
   *     negative
   */
  MetricSnapshot snapshot(double[] values, Labels[] labels, int count) {
    return switch (kind) {
      case COUNTER -> {
        List<CounterDataPointSnapshot> points = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
          points.add(new CounterDataPointSnapshot(values[i], labels[i], null, 0L));
        }
        yield new CounterSnapshot(metadata, points);
      }
      case GAUGE -> {
        List<GaugeDataPointSnapshot> points = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
          points.add(new GaugeDataPointSnapshot(values[i], labels[i], null));
        }
        yield new GaugeSnapshot(metadata, points);
      }
      case INFO -> {
        List<InfoDataPointSnapshot> points = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
          points.add(new InfoDataPointSnapshot(labels[i]));
        }
        yield new InfoSnapshot(metadata, points);
      }
      case UNTYPED -> {
        List<UnknownDataPointSnapshot> points = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
          points.add(new UnknownDataPointSnapshot(values[i], labels[i], null));
        }
        yield new UnknownSnapshot(metadata, points);
      }
    };
  }

  @Override
  public String toString() {
    return name;
  }
}
