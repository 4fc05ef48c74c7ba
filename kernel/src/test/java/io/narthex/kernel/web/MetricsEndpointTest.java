package io.narthex.kernel.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.plugin.Calls;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class MetricsEndpointTest {
  /** Longer than anything here takes. */
  private static final Duration LONG = Duration.ofSeconds(20);

  private static PrometheusRegistry counting(String name, String label) {
    PrometheusRegistry registry = new PrometheusRegistry();
    Counter.builder()
        .name(name)
        .help("Help.")
        .labelNames("mechanism")
        .register(registry)
        .labelValues(label)
        .inc();
    return registry;
  }

  @Test
  void showsItselfAndThePluginsInOneValidExposition() throws Exception {
    try (Kit kit = new Kit()) {
      JvmMetrics.builder().register(kit.registry);
      kit.sources.add("file", counting("prometheus_sd_refresh_failures", "file"));
      kit.sources.add("http", counting("prometheus_sd_refresh_failures", "http"));
      kit.get("/metrics");
      HttpResponse<String> answer = kit.get("/metrics");
      assertThat(answer.headers().firstValue("Content-Type").orElse(""))
          .startsWith("text/plain; version=0.0.4");
      assertThat(answer.body())
          .contains("\nprometheus_sd_refresh_failures_total{mechanism=\"file\"} 1.0\n")
          .contains("\nprometheus_sd_refresh_failures_total{mechanism=\"http\"} 1.0\n")
          .contains("\nprometheus_ready 1.0\n")
          .contains("\nprometheus_http_requests_total{code=\"200\",handler=\"/metrics\"} 1.0\n")
          .contains("\npromhttp_metric_handler_requests_total{code=\"200\"} 1.0\n")
          .contains("\npromhttp_metric_handler_requests_total{code=\"503\"} 0.0\n")
          .contains("\nprocess_cpu_seconds_total ")
          .contains("\njvm_threads_current ");
      Set<String> seen = new HashSet<>();
      for (String line : answer.body().split("\n")) {
        if (line.startsWith("# TYPE ")) {
          assertThat(seen.add(line)).as(line).isTrue();
        }
      }
    }
  }

  @Test
  void answersInOpenMetricsWhenAsked() throws Exception {
    try (Kit kit = new Kit()) {
      HttpResponse<String> answer =
          kit.get(
              "/metrics",
              "Accept",
              "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                  + "text/plain;version=0.0.4;q=0.3");
      assertThat(answer.headers().firstValue("Content-Type").orElse(""))
          .startsWith("application/openmetrics-text; version=1.0.0");
      assertThat(answer.body()).endsWith("# EOF\n");
    }
  }

  @Test
  void answersInTextWhereProtobufIsWishedFor() throws Exception {
    String protobuf =
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
    try (Kit kit = new Kit()) {
      assertThat(type(kit, protobuf + ",text/plain;q=0.3")).startsWith("text/plain");
      assertThat(type(kit, protobuf)).startsWith("text/plain");
      assertThat(type(kit, protobuf + ",application/openmetrics-text;version=1.0.0;q=0.5"))
          .startsWith("application/openmetrics-text");
    }
  }

  private static String type(Kit kit, String accept) throws Exception {
    HttpResponse<String> answer = kit.get("/metrics", "Accept", accept);
    assertThat(answer.statusCode()).isEqualTo(200);
    return answer.headers().firstValue("Content-Type").orElse("");
  }

  @Test
  void leavesOutASourceThatFailsHangsOrContradicts() throws Exception {
    CountDownLatch forever = new CountDownLatch(1);
    MetricSources sources = new MetricSources();
    PrometheusRegistry registry = new PrometheusRegistry();
    sources.add("kernel", registry);
    Gauge.builder().name("same").help("h").register(registry).set(1);
    PrometheusRegistry contradicting = new PrometheusRegistry();
    Counter.builder().name("same").help("h").register(contradicting).inc();
    Gauge.builder().name("own").help("h").register(contradicting).set(1);
    sources.add("contradicts", contradicting);
    sources.add(
        "fails",
        (MultiCollector)
            () -> {
              throw new IllegalStateException("no");
            });
    MetricSources.Registration hangs =
        sources.add(
            "hangs",
            (MultiCollector)
                () -> {
                  try {
                    forever.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                  return new MetricSnapshots();
                });
    MetricsEndpoint endpoint =
        new MetricsEndpoint(sources, Duration.ofMillis(300), new PrometheusRegistry());
    assertThat(names(endpoint)).containsExactly("own", "same");
    hangs.close();
    hangs.close();
    assertThat(names(endpoint)).containsExactly("own", "same");
    forever.countDown();
  }

  /** A source that computes and does not care for interrupts until it is told to end. */
  private static final class Busy implements MultiCollector {
    final AtomicBoolean released = new AtomicBoolean();
    final List<Thread> threads = new CopyOnWriteArrayList<>();

    @Override
    public MetricSnapshots collect() {
      threads.add(Thread.currentThread());
      while (!released.get()) {
        Thread.onSpinWait();
      }
      return MetricSnapshots.of(GaugeSnapshot.builder().name("late").build());
    }
  }

  @Test
  void asksSourcesOnDaemonThreadsOfThePlatform() throws Exception {
    Busy source = new Busy();
    source.released.set(true);
    MetricSources sources = new MetricSources();
    sources.add("source", source);
    assertThat(names(new MetricsEndpoint(sources, LONG, new PrometheusRegistry())))
        .containsExactly("late");
    assertThat(source.threads.get(0).isVirtual()).isFalse();
    assertThat(source.threads.get(0).isDaemon()).isTrue();
  }

  @Test
  void doesNotAskASourceAgainThatHasNotComeBack() throws Exception {
    Busy hangs = new Busy();
    MetricSources sources = new MetricSources();
    sources.add("kernel", counting("works", "a"));
    sources.add("hangs", hangs);
    PrometheusRegistry registry = new PrometheusRegistry();
    MetricsEndpoint endpoint = new MetricsEndpoint(sources, LONG, registry);
    assertThat(endpoint.collect(Duration.ofMillis(100))).hasSize(1);

    long start = System.nanoTime();
    for (int i = 0; i < 20; i++) {
      assertThat(names(endpoint)).containsExactly("works");
    }
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(LONG);
    assertThat(hangs.threads).hasSize(1);
    assertThat(failures(registry)).isEqualTo(21);

    hangs.released.set(true);
    hangs.threads.get(0).join();
    assertThat(names(endpoint)).containsExactly("late", "works");
    assertThat(failures(registry)).isEqualTo(21);
  }

  private static double failures(PrometheusRegistry registry) {
    for (MetricSnapshot metric : registry.scrape()) {
      if (metric instanceof CounterSnapshot counter
          && metric.getMetadata().getName().equals("narthex_metric_source_failures")) {
        return counter.getDataPoints().stream().mapToDouble(p -> p.getValue()).sum();
      }
    }
    throw new AssertionError("no counter of failures");
  }

  @Test
  void servesManyScrapesOfAHealthySourceAtOnce() throws Exception {
    CountDownLatch several = new CountDownLatch(Calls.AT_ONCE);
    MetricSources sources = new MetricSources();
    sources.add(
        "slow",
        (MultiCollector)
            () -> {
              several.countDown();
              try {
                several.await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return MetricSnapshots.of(GaugeSnapshot.builder().name("slow").build());
            });
    MetricsEndpoint endpoint = new MetricsEndpoint(sources, LONG, new PrometheusRegistry());
    List<FutureTask<List<String>>> scrapes = new ArrayList<>();
    for (int i = 0; i < 5 * Calls.AT_ONCE; i++) {
      FutureTask<List<String>> scrape = new FutureTask<>(() -> names(endpoint));
      scrapes.add(scrape);
      Thread.ofVirtual().start(scrape);
    }
    for (FutureTask<List<String>> scrape : scrapes) {
      assertThat(scrape.get(20, TimeUnit.SECONDS)).containsExactly("slow");
    }
  }

  @Test
  void answersBeforeTheScraperGivesUp() throws Exception {
    Busy hangs = new Busy();
    try (Kit kit = new Kit()) {
      kit.sources.add("hangs", hangs);
      long start = System.nanoTime();
      HttpResponse<String> answer =
          kit.get("/metrics", "X-Prometheus-Scrape-Timeout-Seconds", "0.5");
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(8));
      assertThat(answer.body()).contains("prometheus_ready").doesNotContain("late");
      assertThat(kit.get("/metrics").body())
          .contains("narthex_metric_source_failures_total{source=\"hangs\"} 1.0");
    } finally {
      hangs.released.set(true);
    }
  }

  private static List<String> names(MetricsEndpoint endpoint) throws InterruptedException {
    return endpoint.own().stream().map(m -> m.getMetadata().getName()).toList();
  }
}
