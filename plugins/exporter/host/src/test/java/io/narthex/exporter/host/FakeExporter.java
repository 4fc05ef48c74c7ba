package io.narthex.exporter.host;

import io.narthex.api.config.Configured;
import io.narthex.api.exporter.ExporterContext;
import io.narthex.api.exporter.ExporterProvider;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusScrapeRequest;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An exporter that does what a test says; each of its collectors can be closed. */
final class FakeExporter implements ExporterProvider<FakeExporter.Config> {
  /**
   * Its configuration.
   *
   * @param value anything
   */
  record Config(int value) {}

  private final String name;
  final List<Collector> made = new ArrayList<>();

  /** What its collectors answer; a gauge {@code <name>_value} with the configured value if null. */
  @Nullable Callable<MetricSnapshots> answer;

  /** What happens instead of making a collector. */
  @Nullable Callable<MultiCollector> creation;

  ExporterContext context = new ExporterContext(java.nio.file.Path.of("none"));
  @Nullable PrometheusScrapeRequest request;

  FakeExporter(String name) {
    this.name = name;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Class<Config> configType() {
    return Config.class;
  }

  Configured<ExporterProvider<?>> configured(int value) {
    return new Configured<>(this, new Config(value));
  }

  /** The one that was made last. */
  Collector collector() {
    return made.getLast();
  }

  @Override
  public MultiCollector create(Config config, ExporterContext given) {
    context = given;
    if (creation != null) {
      try {
        return creation.call();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
    Collector collector = new Collector(config);
    made.add(collector);
    return collector;
  }

  static MetricSnapshots gauge(String family, double value) {
    return MetricSnapshots.of(
        GaugeSnapshot.builder()
            .name(family)
            .dataPoint(GaugeSnapshot.GaugeDataPointSnapshot.builder().value(value).build())
            .build());
  }

  /** What it made. */
  final class Collector implements MultiCollector, AutoCloseable {
    private final Config config;
    private final CountDownLatch closed = new CountDownLatch(1);

    Collector(Config config) {
      this.config = config;
    }

    boolean isOpen() {
      return closed.getCount() > 0;
    }

    /** Closing is done on a thread of its own; waits for it. */
    boolean isClosed() throws InterruptedException {
      return closed.await(10, TimeUnit.SECONDS);
    }

    @Override
    public MetricSnapshots collect() {
      if (answer == null) {
        return gauge(name + "_value", config.value());
      }
      try {
        return answer.call();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public MetricSnapshots collect(@Nullable PrometheusScrapeRequest given) {
      request = given;
      return collect();
    }

    @Override
    public void close() {
      closed.countDown();
    }
  }
}
