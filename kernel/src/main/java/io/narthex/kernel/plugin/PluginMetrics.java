package io.narthex.kernel.plugin;

import io.narthex.api.plugin.Plugins;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/** {@code narthex_plugin_*}. */
final class PluginMetrics {
  private final Counter loads;
  private final Counter failures;

  PluginMetrics(PrometheusRegistry registry, Supplier<List<Plugins.Status>> plugins) {
    loads =
        Counter.builder()
            .name("narthex_plugin_loads_total")
            .help("Plugins that were loaded and started, reloads among them.")
            .register(registry);
    failures =
        Counter.builder()
            .name("narthex_plugin_failures_total")
            .help("Plugins that failed to load or start, or failed later.")
            .register(registry);
    GaugeWithCallback.builder()
        .name("narthex_plugin_state")
        .help("1 for the state that a plugin is in, 0 for the others.")
        .labelNames("id", "state")
        .callback(callback ->
            byId(plugins.get())
                .forEach((id, status) -> {
                  for (Plugins.State state : Plugins.State.values()) {
                    callback.call(
                        state == status.state() ? 1 : 0, id, state.name().toLowerCase(Locale.ROOT));
                  }
                }))
        .register(registry);
    registry.register(
        new Collector() {
          @Override
          public MetricSnapshot collect() {
            InfoSnapshot.Builder info =
                InfoSnapshot.builder()
                    .name("narthex_plugin")
                    .help("Versions of the plugins; the value is always 1.");
            byId(plugins.get())
                .forEach((id, status) ->
                    info.dataPoint(
                        InfoSnapshot.InfoDataPointSnapshot.builder()
                            .labels(Labels.of("id", id, "version", status.version()))
                            .build()));
            return info.build();
          }

          @Override
          public String getPrometheusName() {
            return "narthex_plugin";
          }
        });
  }

  /** A second plugin of the same id, which was refused, has no series of its own. */
  private static Map<String, Plugins.Status> byId(List<Plugins.Status> all) {
    Map<String, Plugins.Status> byId = new LinkedHashMap<>();
    for (Plugins.Status status : all) {
      byId.merge(status.id(), status, (a, b) -> a.state() == Plugins.State.FAILED ? b : a);
    }
    return byId;
  }

  void loaded() {
    loads.inc();
  }

  void failed() {
    failures.inc();
  }
}
