package io.narthex.exporter.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.plugin.Calls;
import io.narthex.api.web.FakeRequest;
import io.narthex.api.web.FakeResponse;
import io.narthex.api.web.HttpError;
import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TelemetryTest {
  private final Bench bench = new Bench("node_exporter");
  private final FakeExporter a = bench.plugin("a");
  private final FakeExporter b = bench.plugin("b");

  private String metrics() throws Exception {
    return bench.get("/metrics", FakeRequest.get("/metrics"));
  }

  private void fails(Call call, int status, String message) {
    assertThatThrownBy(call::run)
        .hasMessage(message)
        .asInstanceOf(InstanceOfAssertFactories.type(HttpError.class))
        .returns(status, HttpError::status);
  }

  @FunctionalInterface
  private interface Call {
    void run() throws Exception;
  }

  @Test
  void showsAllExportersAndTheProcessItself() throws Exception {
    bench.run(a.configured(1), b.configured(2));

    assertThat(metrics()).isEqualTo("a_value=1 b_value=2 process_open_fds=3");
    assertThat(bench.scrape("a")).as("one alone").isEqualTo("a_value=1");
  }

  @Test
  void leavesOutTheProcessWhenToldSo() throws Exception {
    bench.apply(Bench.config(Map.of("disableExporterMetrics", true), a.configured(1)));

    assertThat(metrics()).isEqualTo("a_value=1");
  }

  @Test
  void whatAnExporterSaysOfTheProcessComesFirst() throws Exception {
    a.answer = () -> FakeExporter.gauge("process_open_fds", 7);
    bench.run(a.configured(1));

    assertThat(metrics()).isEqualTo("process_open_fds=7");
  }

  @Test
  void followsTheTelemetryPath() throws Exception {
    bench.apply(Bench.config(Map.of("telemetryPath", "/probe/me"), a.configured(1)));

    assertThat(bench.get("/*path", FakeRequest.get("/probe/me"))).startsWith("a_value=1");
    fails(this::metrics, 404, "404 page not found");
    assertThat(bench.get("/", FakeRequest.get("/"))).contains("<a href=\"./probe/me\">Metrics</a>");
  }

  @Test
  void mayHaveTheMetricsInPlaceOfTheLandingPage() throws Exception {
    bench.apply(Bench.config(Map.of("telemetryPath", "/"), a.configured(1)));

    assertThat(bench.get("/", FakeRequest.get("/"))).startsWith("a_value=1");
  }

  @Test
  void hasALandingPage() throws Exception {
    bench.run(a.configured(1));

    assertThat(bench.get("/", FakeRequest.get("/")))
        .contains("<h1>Node Exporter</h1>", "<a href=\"./metrics\">Metrics</a>");
  }

  @Test
  void isNotReadyBeforeItIsConfigured() {
    fails(this::metrics, 503, "Service Unavailable");
  }

  @Test
  void leavesTheMainServerToPrometheusWhereThatRuns() {
    assertThat(new Bench("prometheus").routes.routes())
        .extracting(route -> route.path())
        .containsExactly("/exporters/:name/metrics");
  }

  @Test
  void handsParametersToTheExporter() throws Exception {
    bench.run(a.configured(1));

    bench.scrape(
        FakeRequest.get("/x").withPath("name", "a").with("collect[]", "cpu").with("q", "1"));

    assertThat(Objects.requireNonNull(a.request).getParameterValues("collect[]"))
        .containsExactly("cpu");
    assertThat(a.request.getParameterValues("exclude[]")).isNull();
    assertThat(a.request.getRequestPath()).isEqualTo("/x");
  }

  @Test
  void tellsThatParametersAreWrong() throws Exception {
    String text =
        "Couldn't create filtered metrics handler: couldn't create collector: missing"
            + " collector: foo";
    a.answer =
        () -> {
          throw new IllegalArgumentException(text);
        };
    bench.run(a.configured(1), b.configured(1));

    fails(
        () -> bench.get("/metrics", FakeRequest.get("/metrics").with("collect[]", "foo")),
        400,
        text);
  }

  @Test
  void anIllegalArgumentWithoutParametersIsTheExportersFault() throws Exception {
    a.answer =
        () -> {
          throw new IllegalArgumentException("x: duplicate metric name");
        };
    bench.run(a.configured(1));

    fails(
        () -> bench.scrape("a"),
        500,
        "exporter a failed: java.lang.IllegalArgumentException: x: duplicate metric name");
  }

  @Test
  void failsWhenTheExporterDoes() throws Exception {
    bench.run(a.configured(1));

    a.answer =
        () -> {
          throw new IllegalStateException("oops");
        };
    fails(() -> bench.scrape("a"), 500, "exporter a failed: java.lang.IllegalStateException: oops");
    a.answer =
        () -> {
          throw new StackOverflowError();
        };
    fails(() -> bench.scrape("a"), 500, "exporter a failed: java.lang.StackOverflowError");
    a.answer = () -> nothing();
    fails(() -> bench.scrape("a"), 500, "exporter a failed: it has returned nothing");
    assertThat(failures("a")).isEqualTo(3);

    a.answer = null;
    assertThat(bench.scrape("a")).isEqualTo("a_value=1");
  }

  @SuppressWarnings("NullAway") // An exporter that breaks its contract.
  private static MetricSnapshots nothing() {
    return null;
  }

  @Test
  void leavesOutOneOfSeveralThatFails() throws Exception {
    a.answer =
        () -> {
          throw new IllegalStateException("oops");
        };
    bench.run(a.configured(1), b.configured(2));

    assertThat(metrics()).isEqualTo("b_value=2 process_open_fds=3");
    assertThat(failures("a")).isEqualTo(1);
    assertThat(failures("b")).isZero();
  }

  @Test
  void leavesOutAFamilyThatAnotherHasGiven() throws Exception {
    b.answer =
        () ->
            MetricSnapshots.of(
                FakeExporter.gauge("a_value", 9).get(0), FakeExporter.gauge("more", 5).get(0));
    bench.run(a.configured(1), b.configured(2));

    assertThat(metrics()).isEqualTo("a_value=1 more=5 process_open_fds=3");
    assertThat(failures("b")).isEqualTo(1);
  }

  @Test
  void doesNotWaitLongerThanTheScraperDoes() throws Exception {
    CountDownLatch interrupted = new CountDownLatch(1);
    a.answer =
        () -> {
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            interrupted.countDown();
          }
          return MetricSnapshots.of();
        };
    bench.run(a.configured(1));

    fails(
        () ->
            bench.scrape(
                FakeRequest.get("/x")
                    .withPath("name", "a")
                    .withHeader("X-Prometheus-Scrape-Timeout-Seconds", "0.02")),
        503,
        "exporter a has not answered within 18ms");
    assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void asksExportersOnDaemonThreadsOfThePlatform() throws Exception {
    List<Thread> threads = new CopyOnWriteArrayList<>();
    CountDownLatch closed = new CountDownLatch(1);
    a.answer =
        () -> {
          threads.add(Thread.currentThread());
          return MetricSnapshots.of();
        };
    b.creation =
        () -> {
          threads.add(Thread.currentThread());
          return new Closing(threads, closed);
        };
    bench.run(a.configured(1), b.configured(1));
    bench.scrape("a");
    bench.run(a.configured(1));

    assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(threads)
        .hasSize(3)
        .allMatch(thread -> !thread.isVirtual() && thread.isDaemon(), "daemon of the platform");
  }

  @Test
  void doesNotAskAnExporterAgainThatHasNotComeBack() throws Exception {
    AtomicBoolean released = new AtomicBoolean();
    List<Thread> threads = new CopyOnWriteArrayList<>();
    a.answer =
        () -> {
          threads.add(Thread.currentThread());
          // Computes, and does not care for interrupts.
          while (!released.get()) {
            Thread.onSpinWait();
          }
          return FakeExporter.gauge("a_value", 1);
        };
    bench.run(a.configured(1), b.configured(2));
    fails(
        () ->
            bench.scrape(
                FakeRequest.get("/x")
                    .withPath("name", "a")
                    .withHeader("X-Prometheus-Scrape-Timeout-Seconds", "0.02")),
        503,
        "exporter a has not answered within 18ms");

    long start = System.nanoTime();
    for (int i = 0; i < 10; i++) {
      assertThat(metrics()).isEqualTo("b_value=2 process_open_fds=3");
      fails(
          () -> bench.scrape("a"),
          503,
          "exporter a is still running: an earlier call has not ended yet");
    }
    assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(9));
    assertThat(threads).hasSize(1);
    assertThat(failures("a")).isEqualTo(21);

    released.set(true);
    threads.get(0).join();
    assertThat(bench.scrape("a")).isEqualTo("a_value=1");
  }

  @Test
  void answersManyScrapesOfAHealthyExporterAtOnce() throws Exception {
    CountDownLatch several = new CountDownLatch(Calls.AT_ONCE);
    a.answer =
        () -> {
          several.countDown();
          several.await();
          return FakeExporter.gauge("a_value", 1);
        };
    bench.run(a.configured(1));
    List<FutureTask<String>> scrapes = new ArrayList<>();
    for (int i = 0; i < 5 * Calls.AT_ONCE; i++) {
      FutureTask<String> scrape = new FutureTask<>(() -> bench.scrape("a"));
      scrapes.add(scrape);
      Thread.ofVirtual().start(scrape);
    }

    for (FutureTask<String> scrape : scrapes) {
      assertThat(scrape.get(20, TimeUnit.SECONDS)).isEqualTo("a_value=1");
    }
    assertThat(failures("a")).isZero();
  }

  @Test
  void doesNotWaitForTheProcessItselfLongerThanTheScraperDoes() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    bench.page.delay = never::await;
    bench.run(a.configured(1));

    assertThat(
            bench.get(
                "/metrics",
                FakeRequest.get("/metrics")
                    .withHeader("X-Prometheus-Scrape-Timeout-Seconds", "0.5")))
        .isEqualTo("a_value=1");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "soon", "-1", "NaN", "1e9"})
  void takesTheUsualTimeWhenTheScrapersMakesNoSense(String seconds) throws Exception {
    bench.run(a.configured(1));

    assertThat(
            bench.scrape(
                FakeRequest.get("/x")
                    .withPath("name", "a")
                    .withHeader("X-Prometheus-Scrape-Timeout-Seconds", seconds)))
        .isEqualTo("a_value=1");
  }

  @Test
  void limitsScrapesThatRunAtOnce() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    a.answer =
        () -> {
          begun.countDown();
          end.await();
          return MetricSnapshots.of();
        };
    bench.apply(Bench.config(Map.of("maxRequests", 1), a.configured(1)));
    var metrics = bench.route("/metrics").handler();
    FutureTask<String> first =
        new FutureTask<>(() -> {
          FakeResponse response = new FakeResponse();
          metrics.handle(FakeRequest.get("/metrics"), response);
          return response.text();
        });
    Thread.ofVirtual().start(first);
    begun.await();
    // A reload that changes nothing here does not forget the scrape that runs.
    bench.apply(Bench.config(Map.of("maxRequests", 1), a.configured(1), b.configured(1)));

    fails(
        () -> metrics.handle(FakeRequest.get("/metrics"), new FakeResponse()),
        503,
        "Limit of concurrent requests reached (1), try again later.");
    end.countDown();
    assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo("process_open_fds=3");
    FakeResponse later = new FakeResponse();
    metrics.handle(FakeRequest.get("/metrics"), later);
    assertThat(later.text()).contains("b_value=1");
  }

  @Test
  void measuresHowLongExportersTake() throws Exception {
    bench.run(a.configured(1));
    bench.scrape("a");
    bench.scrape("a");

    List<String> counts = new ArrayList<>();
    for (MetricSnapshot snapshot : bench.registry.scrape()) {
      if (snapshot instanceof SummarySnapshot summary) {
        assertThat(summary.getMetadata().getName())
            .isEqualTo("narthex_exporter_collect_duration_seconds");
        summary
            .getDataPoints()
            .forEach(p -> counts.add(p.getLabels().get("exporter") + " " + p.getCount()));
      }
    }
    assertThat(counts).containsExactly("a 2");
  }

  /** Remembers which thread closed it. */
  private record Closing(List<Thread> threads, CountDownLatch closed)
      implements MultiCollector, AutoCloseable {
    @Override
    public MetricSnapshots collect() {
      return MetricSnapshots.of();
    }

    @Override
    public void close() {
      threads.add(Thread.currentThread());
      closed.countDown();
    }
  }

  private double failures(String exporter) {
    for (MetricSnapshot snapshot : bench.registry.scrape()) {
      if (snapshot instanceof CounterSnapshot counter) {
        return counter.getDataPoints().stream()
            .filter(p -> exporter.equals(p.getLabels().get("exporter")))
            .mapToDouble(p -> p.getValue())
            .sum();
      }
    }
    throw new AssertionError("no counter of failures");
  }
}
