package io.narthex.storage.tsdb;

import io.prometheus.metrics.model.snapshots.MetricMetadata;
import java.lang.reflect.Field;

/** Names of metrics as client_java's model wants them. */
final class MetricNames {
  private static final String TOTAL = "_total";

  /**
   * A suffix that client_java keeps for itself, for the time at which a counter began. Prometheus
   * has a counter that is called so, {@code prometheus_tsdb_head_series_created_total}, and every
   * dashboard of it shows that one.
   */
  private static final String CREATED = "_created";

  private MetricNames() {}

  /** Of a counter, which the model names without {@code _total}. */
  static MetricMetadata counter(String name, String help) {
    if (!name.endsWith(TOTAL)) {
      throw new IllegalArgumentException(
          "cannot declare counter: got " + name + ", want a name that ends in _total");
    }
    return metadata(name.substring(0, name.length() - TOTAL.length()), help);
  }

  /** Of any metric. */
  static MetricMetadata metadata(String name, String help) {
    if (!name.endsWith(CREATED)) {
      return new MetricMetadata(name, help);
    }
    // The rule is checked by the constructor alone; both writers print such a name as it is.
    MetricMetadata metadata = new MetricMetadata(name + '_', help);
    try {
      for (String component : new String[] {"name", "prometheusName"}) {
        Field field = MetricMetadata.class.getDeclaredField(component);
        field.setAccessible(true);
        field.set(metadata, name);
      }
    } catch (ReflectiveOperationException | RuntimeException e) {
      throw new IllegalStateException("cannot name a metric " + name, e);
    }
    return metadata;
  }
}
