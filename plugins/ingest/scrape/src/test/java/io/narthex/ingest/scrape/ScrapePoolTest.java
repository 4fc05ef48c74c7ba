package io.narthex.ingest.scrape;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.config.Defaults;
import io.narthex.api.discovery.TargetGroup;
import io.narthex.api.http.HttpCaller;
import io.narthex.api.http.HttpClientConfig;
import io.narthex.api.http.HttpClients;
import io.narthex.api.model.Labels;
import io.narthex.api.plugin.Current;
import io.narthex.api.relabel.RelabelConfig;
import io.narthex.api.service.Ticks;
import io.narthex.api.storage.Storage;
import io.narthex.format.prometheustext.PrometheusTextFormat;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of targets and their series when jobs and targets change; in real time. */
class ScrapePoolTest {
  private static final Duration INTERVAL = Duration.ofMillis(800);

  private final ScrapeMetrics metrics = new ScrapeMetrics(new PrometheusRegistry());
  private final Negotiation negotiation = new Negotiation(List.of(new PrometheusTextFormat()), 1);
  private final List<Client> clients = new CopyOnWriteArrayList<>();
  private final List<ScrapeLoop> ended = new ArrayList<>();

  /** Where requests wait while it is not open. */
  private volatile CountDownLatch gate = new CountDownLatch(0);

  private volatile CountDownLatch waiting = new CountDownLatch(1);
  private Storage storage;
  private ScrapePool pool;

  /** Answers with one sample; once closed, whoever waits is told so. */
  private final class Client implements HttpCaller {
    final String socket;
    final CountDownLatch closed = new CountDownLatch(1);

    Client(String socket) {
      this.socket = socket;
    }

    @Override
    public Response send(Request request) throws IOException, InterruptedException {
      CountDownLatch before = gate;
      if (before.getCount() > 0) {
        waiting.countDown();
        before.await();
      }
      if (closed.getCount() == 0) {
        throw new IOException("the client was closed");
      }
      return Fakes.Answer.text("a 1\n");
    }

    @Override
    public void close() {
      closed.countDown();
    }
  }

  private final class Clients implements HttpClients {
    @Override
    public HttpCaller create(HttpClientConfig config, String name, Path baseDirectory) {
      return client("");
    }

    @Override
    public HttpCaller create(HttpClientConfig config, String name, Path base, Path socket) {
      return client(socket.toString());
    }

    private Client client(String socket) {
      Client client = new Client(socket);
      clients.add(client);
      return client;
    }
  }

  @BeforeEach
  void open() throws Exception {
    storage = Fakes.storage(Clock.systemUTC());
  }

  @AfterEach
  void close() throws Exception {
    gate.countDown();
    List<ScrapeLoop> loops = new ArrayList<>(pool.shutDown());
    ended.forEach(ScrapeLoop::shutDown);
    loops.addAll(ended);
    for (ScrapeLoop loop : loops) {
      loop.join(Duration.ofSeconds(10));
    }
    storage.close();
  }

  private JobResources job(Map<String, Object> more, String... addresses) throws IOException {
    Map<String, Object> all = new HashMap<>(Map.of("scrapeInterval", INTERVAL));
    all.put("discovery", List.of(Fakes.statics(addresses)));
    all.putAll(more);
    Job job = Fakes.job(all);
    return new JobResources(
        job, Path.of(""), new Callers(job, new Clients(), Path.of("/run")), FailureLog.NONE);
  }

  private ScrapePool pool(JobResources resources) {
    Surroundings around =
        new Surroundings(
            Current.of(storage),
            () -> negotiation,
            new Workspace.Pool(2, Workspace.Budget.of(64 << 20)),
            metrics,
            Ticks.of(Clock.systemUTC()),
            () -> Defaults.of(ScrapeSettings.class),
            ScrapeFeatures.NONE,
            FamilyCache.Shared.of(Runtime.getRuntime().maxMemory()),
            "Prometheus/3.14.0",
            0);
    pool = new ScrapePool(around, resources);
    return pool;
  }

  private static String series(String metric, String instance, String... more) {
    Labels.Builder labels = Labels.of(more).toBuilder().set("__name__", metric);
    return labels.set("instance", instance).set("job", "test").build().toSeriesString();
  }

  private String samples(String series) throws Exception {
    return Fakes.stored(storage, 0).getOrDefault(series, "");
  }

  private static void await(String what, Callable<Boolean> condition) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!condition.call()) {
      assertThat(System.nanoTime()).as("%s within a minute", what).isLessThan(end);
      Thread.onSpinWait();
      Thread.yield();
    }
  }

  private void awaitMarker(String series) throws Exception {
    await("the end of " + series, () -> samples(series).endsWith("=stale"));
  }

  private static String values(String samples) {
    return samples.replaceAll("\\d+=", "");
  }

  @Test
  void aReloadThatRemovesATargetMarksItsSeries() throws Exception {
    pool(job(Map.of(), "kept:1", "gone:1")).start();
    await(
        "a scrape of each",
        () ->
            !samples(series("up", "gone:1")).isEmpty()
                && !samples(series("up", "kept:1")).isEmpty());
    pool.reload(job(Map.of(), "kept:1"));
    awaitMarker(series("up", "gone:1"));
    awaitMarker(series("a", "gone:1"));
    assertThat(samples(series("up", "kept:1"))).doesNotContain("stale");
    assertThat(samples(series("up", "gone:1"))).doesNotContain("=0.0");
  }

  @Test
  void endingAJobJustAfterAReloadMarksItsSeries() throws Exception {
    pool(job(Map.of(), "gone:1")).start();
    await("a scrape", () -> !samples(series("up", "gone:1")).isEmpty());
    pool.reload(job(Map.of("scrapeInterval", Duration.ofHours(1)), "gone:1"));
    ended.addAll(pool.stop());
    awaitMarker(series("up", "gone:1"));
    awaitMarker(series("a", "gone:1"));
  }

  @Test
  void aReloadWithAnotherIntervalLosesNothing() throws Exception {
    pool(job(Map.of(), "kept:1", "gone:1")).start();
    await(
        "a scrape of each",
        () ->
            !samples(series("a", "gone:1")).isEmpty() && !samples(series("a", "kept:1")).isEmpty());
    pool.reload(job(Map.of("scrapeInterval", Duration.ofMillis(500)), "kept:1"));
    awaitMarker(series("up", "gone:1"));
    String before = samples(series("up", "kept:1"));
    await("further scrapes", () -> samples(series("up", "kept:1")).length() > before.length());
    assertThat(values(samples(series("a", "kept:1")))).doesNotContain("stale");
    assertThat(values(samples(series("up", "kept:1")))).matches("1\\.0( 1\\.0)*");
  }

  @Test
  void aReloadDuringAScrapeLetsItEndAndRelabelsAnew() throws Exception {
    pool(job(Map.of(), "host:1")).start();
    await("a scrape", () -> !samples(series("a", "host:1")).isEmpty());
    gate = new CountDownLatch(1);
    assertThat(waiting.await(60, TimeUnit.SECONDS)).isTrue();
    RelabelConfig add =
        Defaults.with(RelabelConfig.class, Map.of("targetLabel", "x", "replacement", "y"));
    pool.reload(job(Map.of("metricRelabelConfigs", List.of(add)), "host:1"));
    // Were the connections not kept until then, the scrape would fail now.
    assertThat(clients.getFirst().closed.await(100, TimeUnit.MILLISECONDS)).isFalse();
    gate.countDown();
    await("the new name", () -> !samples(series("a", "host:1", "x", "y")).isEmpty());
    awaitMarker(series("a", "host:1"));
    assertThat(values(samples(series("up", "host:1")))).matches("1\\.0( 1\\.0)*");
    assertThat(clients.getFirst().closed.await(60, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void connectionsStayOpenForScrapesThatEndLater() throws Exception {
    for (boolean reload : new boolean[] {false, true}) {
      clients.clear();
      gate = new CountDownLatch(1);
      waiting = new CountDownLatch(1);
      String host = reload ? "r:1" : "s:1";
      pool(job(Map.of())).sync(List.of(Fakes.group(host)));
      assertThat(waiting.await(60, TimeUnit.SECONDS)).isTrue();
      pool.sync(List.of());
      if (reload) {
        pool.reload(job(Map.of("sampleLimit", 5L)));
      } else {
        ended.addAll(pool.stop());
      }
      assertThat(clients.getFirst().closed.await(100, TimeUnit.MILLISECONDS)).isFalse();
      gate.countDown();
      await("the scrape", () -> !samples(series("up", host)).isEmpty());
      assertThat(values(samples(series("up", host)))).startsWith("1.0");
      assertThat(clients.getFirst().closed.await(60, TimeUnit.SECONDS)).isTrue();
      pool.shutDown();
    }
  }

  private static TargetGroup bySocket(String... sockets) {
    List<Labels> targets = new ArrayList<>();
    for (String socket : sockets) {
      targets.add(Labels.of("__address__", "h:1", "__unix_socket__", socket, "s", socket));
    }
    return new TargetGroup("0", targets, Labels.empty());
  }

  @Test
  void socketsThatNoTargetUsesAnyMoreAreClosed() throws Exception {
    JobResources resources = job(Map.of());
    pool(resources);
    for (int i = 0; i < 20; i++) {
      pool.sync(List.of(bySocket("always", "s" + i)));
    }
    await(
        "the end of the others",
        () -> {
          pool.sync(List.of(bySocket("always", "s19")));
          return resources.callers().sockets() == 2;
        });
    assertThat(clients.stream().filter(c -> c.closed.getCount() > 0).map(c -> c.socket).toList())
        .containsExactly("", "/run/always", "/run/s19");
  }
}
