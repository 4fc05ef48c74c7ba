package io.narthex.exporter.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.config.Configured;
import io.narthex.api.exporter.ExporterContext;
import io.narthex.api.exporter.ExporterProvider;
import io.narthex.api.web.FakeRequest;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class PluginLeavesTest {
  private final Bench bench = new Bench("node_exporter");

  @Test
  void closesItsExportersAndKeepsTheOthers() throws Exception {
    FakeExporter stays = bench.plugin("stays");
    Other leaves = new Other();
    bench.extensions.come(leaves);
    bench.run(stays.configured(1), leaves.configured());

    bench.extensions.go(leaves);

    assertThat(leaves.closed.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(stays.collector().isOpen()).isTrue();
    assertThat(bench.scrape("stays")).isEqualTo("stays_value=1");
    assertThatThrownBy(() -> bench.scrape("other"))
        .hasMessage("no exporter \"other\" is configured");
  }

  @Test
  void forgetsItsMetrics() throws Exception {
    FakeExporter leaves = bench.plugin("leaves");
    bench.run(leaves.configured(1));
    bench.scrape("leaves");
    assertThat(exportersInMetrics()).contains("leaves");

    bench.extensions.go(leaves);

    assertThat(exportersInMetrics()).isEmpty();
  }

  private List<String> exportersInMetrics() {
    List<String> found = new ArrayList<>();
    for (MetricSnapshot snapshot : bench.registry.scrape()) {
      snapshot.getDataPoints().forEach(point -> found.add(point.getLabels().get("exporter")));
    }
    return found;
  }

  /** What is kept of a plugin keeps its class loader, and so all of its classes. */
  @Test
  void keepsNothingOfIt() throws Exception {
    List<WeakReference<?>> references = useAndLeave();

    for (int i = 0; i < 100 && references.stream().anyMatch(r -> r.get() != null); i++) {
      System.gc();
      Thread.onSpinWait();
    }
    assertThat(references).allSatisfy(reference -> assertThat(reference.get()).isNull());
    assertThat(bench.section.telemetry()).isPresent();
  }

  private List<WeakReference<?>> useAndLeave() throws Exception {
    FakeExporter leaves = bench.plugin("leaves");
    var configured = leaves.configured(1);
    bench.section.start();
    bench.apply(Bench.config(Map.of("servers", List.of(Bench.server(":1", "leaves"))), configured));
    assertThat(bench.get("/metrics", FakeRequest.get("/metrics"))).contains("leaves_value=1");
    assertThat(bench.host.open.get(0).get("/metrics").text()).isEqualTo("leaves_value=1");
    List<WeakReference<?>> references =
        List.of(
            new WeakReference<>(leaves),
            new WeakReference<>(leaves.collector()),
            new WeakReference<>(configured),
            new WeakReference<>(configured.config()));
    bench.extensions.go(leaves);
    assertThat(leaves.collector().isClosed()).isTrue();
    return references;
  }

  /** Of another class than {@link FakeExporter}: exporters are told apart by their classes. */
  private static final class Other implements ExporterProvider<Other.Config> {
    record Config() {}

    final CountDownLatch closed = new CountDownLatch(1);

    Configured<ExporterProvider<?>> configured() {
      return new Configured<>(this, new Config());
    }

    @Override
    public String name() {
      return "other";
    }

    @Override
    public Class<Config> configType() {
      return Config.class;
    }

    @Override
    public MultiCollector create(Config config, ExporterContext context) {
      return new Collector();
    }

    private final class Collector implements MultiCollector, AutoCloseable {
      @Override
      public MetricSnapshots collect() {
        return FakeExporter.gauge("other_value", 1);
      }

      @Override
      public void close() {
        closed.countDown();
      }
    }
  }
}
