package com.example.hello;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.config.Defaults;
import io.narthex.api.exporter.ExporterContext;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HelloExporterProviderTest {
  private final HelloExporterProvider provider = new HelloExporterProvider();

  @Test
  void greetsTheWorldWhenNothingIsConfigured() {
    MetricSnapshots snapshots = collect(Defaults.of(HelloConfig.class));

    GaugeSnapshot greeting = (GaugeSnapshot) snapshots.get(0);
    assertThat(greeting.getMetadata().getName()).isEqualTo("hello_warmth");
    assertThat(greeting.getDataPoints())
        .singleElement()
        .satisfies(point -> {
          assertThat(point.getLabels().get("name")).isEqualTo("world");
          assertThat(point.getValue()).isEqualTo(1.0);
        });
  }

  @Test
  void hasASeriesForEachName() {
    MetricSnapshots snapshots = collect(new HelloConfig(List.of("Ada", "Grace"), 36.6));

    assertThat(((GaugeSnapshot) snapshots.get(0)).getDataPoints())
        .extracting(point -> point.getLabels().get("name"), point -> point.getValue())
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("Ada", 36.6),
            org.assertj.core.groups.Tuple.tuple("Grace", 36.6));
  }

  @Test
  void refusesToGreetNobody() {
    assertThatThrownBy(() -> Defaults.with(HelloConfig.class, Map.of("names", List.of())))
        .hasMessageContaining("names is empty");
  }

  private MetricSnapshots collect(HelloConfig config) {
    return provider.create(config, new ExporterContext(Path.of("."))).collect();
  }
}
