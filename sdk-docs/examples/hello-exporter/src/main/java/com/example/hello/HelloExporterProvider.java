package com.example.hello;

import io.narthex.api.exporter.ExporterContext;
import io.narthex.api.exporter.ExporterProvider;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import org.pf4j.Extension;

/** Makes {@code exporters.hello} known. */
@Extension
public final class HelloExporterProvider implements ExporterProvider<HelloConfig> {
  @Override
  public String name() {
    return "hello";
  }

  @Override
  public Class<HelloConfig> configType() {
    return HelloConfig.class;
  }

  @Override
  public MultiCollector create(HelloConfig config, ExporterContext context) {
    return () -> {
      GaugeSnapshot.Builder greetings =
          GaugeSnapshot.builder().name("hello_warmth").help("How warm the greeting is.");
      for (String name : config.names()) {
        greetings.dataPoint(
            GaugeSnapshot.GaugeDataPointSnapshot.builder()
                .labels(Labels.of("name", name))
                .value(config.warmth())
                .build());
      }
      return new MetricSnapshots(greetings.build());
    };
  }
}
