package io.narthex.exporter.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.web.HttpError;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.SummarySnapshot;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TelemetryTest {
  private final Bench bench = new Bench("node_exporter");
  private final FakeExporter a = bench.plugin("a");
  private final FakeExporter b = bench.plugin("b");

  private String metrics() throws Exception {
    return bench.get("/metrics", new FakeRequest("/metrics"));
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

    assertThat(bench.get("/*path", new FakeRequest("/probe/me"))).startsWith("a_value=1");
    fails(this::metrics, 404, "404 page not found");
    assertThat(bench.get("/", new FakeRequest("/"))).contains("<a href=\"./probe/me\">Metrics</a>");
  }

  @Test
  void mayHaveTheMetricsInPlaceOfTheLandingPage() throws Exception {
    bench.apply(Bench.config(Map.of("telemetryPath", "/"), a.configured(1)));

    assertThat(bench.get("/", new FakeRequest("/"))).startsWith("a_value=1");
  }

  @Test
  void hasALandingPage() throws Exception {
    bench.run(a.configured(1));

    assertThat(bench.get("/", new FakeRequest("/")))
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
        new FakeRequest("/x").withPath("name", "a").with("collect[]", "cpu").with("q", "1"));

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
        () -> bench.get("/metrics", new FakeRequest("/metrics").with("collect[]", "foo")),
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
                new FakeRequest("/x")
                    .withPath("name", "a")
                    .withHeader("X-Prometheus-Scrape-Timeout-Seconds", "0.02")),
        503,
        "exporter a has not answered within 20ms");
    assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "soon", "-1", "NaN", "1e9"})
  void takesTheUsualTimeWhenTheScrapersMakesNoSense(String seconds) throws Exception {
    bench.run(a.configured(1));

    assertThat(
            bench.scrape(
                new FakeRequest("/x")
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
          metrics.handle(new FakeRequest("/metrics"), response);
          return response.answer();
        });
    Thread.ofVirtual().start(first);
    begun.await();
    // A reload that changes nothing here does not forget the scrape that runs.
    bench.apply(Bench.config(Map.of("maxRequests", 1), a.configured(1), b.configured(1)));

    fails(
        () -> metrics.handle(new FakeRequest("/metrics"), new FakeResponse()),
        503,
        "Limit of concurrent requests reached (1), try again later.");
    end.countDown();
    assertThat(first.get(10, TimeUnit.SECONDS)).isEqualTo("process_open_fds=3");
    FakeResponse later = new FakeResponse();
    metrics.handle(new FakeRequest("/metrics"), later);
    assertThat(later.answer()).contains("b_value=1");
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
