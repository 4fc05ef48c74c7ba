package io.narthex.ingest.scrape;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.config.ByteSize;
import io.narthex.api.config.Defaults;
import io.narthex.api.config.Secret;
import io.narthex.api.http.HttpCaller;
import io.narthex.api.http.HttpClientConfig;
import io.narthex.api.model.Labels;
import io.narthex.api.plugin.Current;
import io.narthex.api.service.Ticks;
import io.narthex.api.storage.Storage;
import io.narthex.format.prometheustext.PrometheusTextFormat;
import io.narthex.kernel.web.KernelHttpClients;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Targets that misbehave, over the real client: each costs itself alone, and says why. */
class ScrapeFaultsTest {
  private static final long HEAP = 128L << 20;

  private final ScrapeMetrics metrics = new ScrapeMetrics(new PrometheusRegistry());
  private final Negotiation negotiation = new Negotiation(List.of(new PrometheusTextFormat()), 1);
  private final ScrapeSettings settings = Defaults.of(ScrapeSettings.class);
  private final Workspace.Budget budget = Workspace.Budget.of(HEAP);
  private final FamilyCache.Shared families = FamilyCache.Shared.of(HEAP);
  private final Workspace.Pool workspaces = new Workspace.Pool(4, budget);
  private final KernelHttpClients clients =
      new KernelHttpClients("Prometheus/3.14.0", name -> null, Clock.systemUTC());
  private final List<HttpCaller> callers = new ArrayList<>();
  private HostileServer server;
  private Storage storage;
  private ScrapeLoop loop;

  @BeforeEach
  void open() throws Exception {
    server = new HostileServer();
    server.start();
    storage = Fakes.storage();
  }

  @AfterEach
  void close() throws Exception {
    callers.forEach(HttpCaller::close);
    clients.close();
    server.close();
    workspaces.close();
    assertThat(budget.used()).as("memory that nobody has given back").isZero();
  }

  private Surroundings around(Ticks time) {
    return new Surroundings(
        Current.of(storage),
        () -> negotiation,
        workspaces,
        metrics,
        time,
        () -> settings,
        ScrapeFeatures.NONE,
        families,
        "Prometheus/3.14.0",
        0);
  }

  private ScrapeLoop loop(Surroundings around, Job job, String address) throws Exception {
    HttpCaller caller = clients.create(job.config().http(), job.name(), Path.of(""));
    callers.add(caller);
    return new ScrapeLoop(
        around,
        job,
        new SeriesNaming(job),
        caller,
        FailureLog.NONE,
        Fakes.target(job, address),
        null);
  }

  /** Scrapes a path once and returns the error, null for none. */
  private String scrape(String path, Map<String, Object> config) throws Exception {
    Map<String, Object> all = new HashMap<>(config);
    all.put("metricsPath", path);
    Job job = Fakes.job(all);
    loop = loop(around(Ticks.of(Clock.systemUTC())), job, server.address());
    loop.scrape(Fakes.T0);
    return loop.target().report().error();
  }

  private static Map<String, Object> within(int millis) {
    return Map.of("scrapeTimeout", Duration.ofMillis(millis));
  }

  private static Map<String, Object> limit(long bytes) {
    return Map.of("bodySizeLimit", new ByteSize(bytes));
  }

  private String get(String path) {
    return "Get \"http://" + server.address() + path + "\": ";
  }

  private String stored(String metric) throws Exception {
    Labels labels = Labels.of("__name__", metric, "instance", server.address(), "job", "test");
    return Fakes.stored(storage).get(labels.toSeriesString());
  }

  private void answers(String type, byte[] body) {
    server.on("/own", (head, out) -> HostileServer.bytes(out, type, body));
  }

  private void answers(String body) {
    answers("text/plain", body.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aTargetThatHangsOrDripsCostsItsTimeout() throws Exception {
    assertThat(scrape("/hang", within(200))).isEqualTo(get("/hang") + "context deadline exceeded");
    assertThat(scrape("/drip", within(500))).isEqualTo("context deadline exceeded");
    assertThat(stored("up")).isEqualTo("0=0.0");
    assertThat(loop.target().report().health()).isEqualTo("down");
  }

  @Test
  void aBodyIsReadNoFurtherThanItsLimit() throws Exception {
    assertThat(scrape("/bomb", limit(1 << 20))).isEqualTo("body size limit exceeded");
    assertThat(scrape("/huge", limit(1 << 20))).isEqualTo("body size limit exceeded");
    assertThat(server.sent.get()).as("bytes sent of 2 GiB").isLessThan(64L << 20);
    assertThat(scrape("/endless", limit(1 << 20))).isEqualTo("body size limit exceeded");
    assertThat(metrics.exceededBodySizeLimit.get()).isEqualTo(3);
  }

  @Test
  void withoutALimitABodyEndsWhereMemoryDoes() throws Exception {
    for (String path : List.of("/bomb", "/huge", "/endless")) {
      assertThat(scrape(path, Map.of()))
          .startsWith(
              "cannot read the body: it is too large for the memory of this process; got more than "
                  + HEAP / 8);
    }
  }

  @Test
  void anAnswerThatBreaksOffIsNone() throws Exception {
    assertThat(scrape("/cut", Map.of())).isEqualTo("unexpected EOF");
    assertThat(scrape("/cut-gzip", Map.of())).isEqualTo("unexpected EOF");
    assertThat(scrape("/silent", Map.of())).isEqualTo(get("/silent") + "EOF");
    assertThat(scrape("/noise", Map.of()))
        .isEqualTo(
            get("/noise")
                + "net/http: HTTP/1.x transport connection broken: malformed HTTP response"
                + " \"what?\"");
    assertThat(stored("a")).as("nothing of what came before the end").isNull();
  }

  @Test
  void aContentTypeThatLiesIsSeenThrough() throws Exception {
    answers("application/json", "{}".getBytes(StandardCharsets.UTF_8));
    assertThat(scrape("/own", Map.of()))
        .isEqualTo(
            "received unsupported Content-Type \"application/json\" and no fallback_scrape_protocol"
                + " specified for target");
    answers("<html><body>Not found</body></html>\n");
    assertThat(scrape("/own", Map.of()))
        .isEqualTo("expected a valid start token, got \"<\" (\"INVALID\") while parsing: \"<\"");
    answers("text/plain", Fakes.gzip(new byte[100]));
    assertThat(scrape("/own", Map.of())).startsWith("expected a valid start token, got \"\\x1f\"");
    server.on(
        "/own",
        (head, out) -> {
          HostileServer.head(
              out, "Content-Type: text/plain\r\nContent-Encoding: gzip\r\nContent-Length: 12\r\n");
          out.write("a 1\nb 2\nc 3\n".getBytes(StandardCharsets.UTF_8));
          return true;
        });
    assertThat(scrape("/own", Map.of())).isEqualTo("gzip: invalid header");
  }

  @Test
  void redirectsEndAfterTenAndTakeNoCredentialsElsewhere() throws Exception {
    assertThat(scrape("/circle", Map.of()))
        .isEqualTo("Get \"/circle\": stopped after 10 redirects");
    List<String> heads = new CopyOnWriteArrayList<>();
    try (HostileServer other = new HostileServer()) {
      other.start();
      other.on(
          "/else",
          (head, out) -> {
            heads.add(head);
            return HostileServer.text(out, "a 1\n");
          });
      server.on(
          "/away",
          (head, out) -> {
            heads.add(head);
            out.write(
                ("HTTP/1.1 302 Found\r\nLocation: http://"
                        // Another name of the same machine is another host.
                        + other.address().replace("127.0.0.1", "localhost")
                        + "/else\r\nContent-Length: 0\r\n\r\n")
                    .getBytes(StandardCharsets.UTF_8));
            return true;
          });
      HttpClientConfig http =
          Defaults.with(
              HttpClientConfig.class,
              Map.of("basicAuth", new HttpClientConfig.BasicAuth("u", "", Secret.of("p"), "")));
      assertThat(scrape("/away", Map.of("http", http))).isNull();
    }
    assertThat(heads).hasSize(2);
    assertThat(heads.get(0)).contains("Authorization: Basic ");
    assertThat(heads.get(1)).doesNotContain("Authorization");
    assertThat(stored("a")).isEqualTo("0=1.0");
  }

  @Test
  void textThatIsNotUtf8FailsTheScrape() throws Exception {
    answers("text/plain", "a{x=\"\u00ff\"} 1\n".getBytes(StandardCharsets.ISO_8859_1));
    assertThat(scrape("/own", Map.of())).contains("invalid UTF-8 label value");
    assertThat(stored("up")).isEqualTo("0=0.0");
  }

  @Test
  void samplesThatCannotBeTakenCostThemselvesAlone() throws Exception {
    answers("a 1\na 2\nb 1\n");
    assertThat(scrape("/own", Map.of())).isNull();
    assertThat(metrics.duplicateTimestamp.get()).isEqualTo(1);
    assertThat(stored("a")).isEqualTo("0=1.0");
    assertThat(stored("b")).isEqualTo("0=1.0");
    assertThat(stored("up")).isEqualTo("0=1.0");
    storage = Fakes.storage();
    answers(
        "late 1 "
            + (Fakes.T0 + 5000)
            + "\nlate 2 "
            + Fakes.T0
            + "\nfuture 1 "
            + (Fakes.T0 + 3_600_000)
            + "\nb 1\n");
    loop(Map.of());
    loop.scrape(Fakes.T0);
    loop.scrape(Fakes.T0 + 10_000);
    assertThat(loop.target().report().error()).isNull();
    assertThat(metrics.outOfBounds.get()).isEqualTo(2);
    assertThat(metrics.outOfOrder.get()).isPositive();
    assertThat(stored("future")).isNull();
    assertThat(stored("late")).isEqualTo("5000=1.0");
    assertThat(stored("b")).isEqualTo("0=1.0 10000=1.0");
  }

  private void loop(Map<String, Object> config) throws Exception {
    Map<String, Object> all = new HashMap<>(config);
    all.put("metricsPath", "/own");
    loop = loop(around(Ticks.of(Clock.systemUTC())), Fakes.job(all), server.address());
  }

  /**
   * Two hundred of the worst among a thousand good ones, with the bodies of some unlimited, and a
   * few that keep the processor busy or fill the memory: no good one misses a scrape, nor fails
   * one.
   */
  @Test
  void hostileTargetsDoNotKeepHealthyOnesFromBeingScraped() throws Exception {
    Duration interval = Duration.ofSeconds(4);
    Surroundings around = around(Ticks.of(Clock.systemUTC()));
    String body = "# TYPE m gauge\n" + "m{x=\"%d\"} 1\n".repeat(20);
    server.on(
        "/ok",
        (head, out) -> {
          Object[] numbers = new Object[20];
          java.util.Arrays.setAll(numbers, i -> i);
          return HostileServer.text(out, String.format(body, numbers));
        });
    List<ScrapeLoop> healthy = new ArrayList<>();
    List<ScrapeLoop> all = new ArrayList<>();
    String[] hostile = {
      "/hang", "/drip", "/bomb", "/endless", "/cut", "/circle", "/huge", "/noise"
    };
    for (int i = 0; i < 1200; i++) {
      boolean good = i % 6 != 0;
      String path = good ? "/ok" : hostile[i / 6 % hostile.length];
      Map<String, Object> config = new HashMap<>();
      config.put("jobName", good ? "good" : "bad");
      config.put("metricsPath", path);
      config.put("params", Map.of("n", List.of(String.valueOf(i))));
      config.put("scrapeInterval", interval);
      if (!good && i % 4 == 0) {
        config.putAll(limit(1 << 20));
      }
      Job job = Fakes.job(config);
      ScrapeLoop l = loop(around, job, server.address());
      all.add(l);
      if (good) {
        healthy.add(l);
      }
    }
    List<ScrapeLoop> heavy = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      String path = List.of("/flood", "/clash", "/heavy", "/buckets", "/histograms").get(i % 5);
      Job job =
          Fakes.job(
              Map.of(
                  "jobName",
                  "bad",
                  "metricsPath",
                  path,
                  "params",
                  Map.of("n", List.of(String.valueOf(i))),
                  "scrapeInterval",
                  interval,
                  "sampleLimit",
                  1000L,
                  "convertClassicHistogramsToNhcb",
                  true));
      heavy.add(loop(around, job, server.address()));
    }
    all.addAll(heavy);
    all.forEach(ScrapeLoop::start);
    try {
      // How long it takes is not asked; a scrape that is left out shows in the times of the others.
      long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(2);
      while (!all(healthy, 3) || !all(heavy, 2)) {
        assertThat(System.nanoTime())
            .as("three scrapes of each within two minutes")
            .isLessThan(end);
        TimeUnit.MILLISECONDS.sleep(50);
      }
    } finally {
      all.forEach(ScrapeLoop::shutDown);
      for (ScrapeLoop l : all) {
        l.join(Duration.ofSeconds(10));
      }
    }
    assertThat(families.used())
        .as("bytes of metadata, with references of those that update it at the time")
        .isLessThan(HEAP / 8 + (1 << 20));
    for (ScrapeLoop l : healthy) {
      assertThat(l.target().report().error()).as(l.target().toString()).isNull();
      assertThat(l.missed()).as("ticks left out by %s", l.target()).isZero();
    }
  }

  private static boolean all(List<ScrapeLoop> loops, int scrapes) {
    for (ScrapeLoop l : loops) {
      if (l.scrapes() < scrapes) {
        return false;
      }
    }
    return true;
  }
}
