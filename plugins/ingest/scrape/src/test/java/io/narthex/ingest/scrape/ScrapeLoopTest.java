package io.narthex.ingest.scrape;

import static io.narthex.ingest.scrape.Fakes.T0;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.narthex.api.config.ByteSize;
import io.narthex.api.config.Defaults;
import io.narthex.api.format.ExpositionBatch;
import io.narthex.api.format.ExpositionException;
import io.narthex.api.format.ExpositionFormat;
import io.narthex.api.format.ExpositionOptions;
import io.narthex.api.format.ExpositionReader;
import io.narthex.api.http.HttpCaller;
import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.Metadata;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.plugin.Current;
import io.narthex.api.relabel.RelabelConfig;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendError;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageException;
import io.narthex.format.prometheustext.PrometheusTextFormat;
import io.narthex.ingest.scrape.Fakes.Answer;
import io.narthex.ingest.scrape.Fakes.FakeCaller;
import io.narthex.ingest.scrape.Fakes.FakeTime;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ScrapeLoopTest {
  private static final String OF_TARGET = "instance=\"host:80\", job=\"test\"}";

  private final FakeTime time = new FakeTime();
  private final FakeCaller caller = new FakeCaller();
  private final ScrapeMetrics metrics = new ScrapeMetrics(new PrometheusRegistry());
  private Negotiation negotiation = new Negotiation(List.of(new PrometheusTextFormat()), 1);
  private ScrapeSettings settings = Defaults.of(ScrapeSettings.class);
  private ScrapeFeatures features = ScrapeFeatures.NONE;
  private Storage storage;
  private ScrapeLoop loop;

  @BeforeEach
  void open() throws Exception {
    storage = Fakes.storage();
  }

  private Surroundings around() {
    return new Surroundings(
        Current.of(storage),
        () -> negotiation,
        new Workspace.Pool(2, Workspace.Budget.of(64 << 20)),
        metrics,
        time,
        () -> settings,
        features,
        FamilyCache.Shared.of(Runtime.getRuntime().maxMemory()),
        "Prometheus/3.14.0",
        0);
  }

  private ScrapeLoop loop(Map<String, Object> config) {
    return loop(Fakes.job(config), null);
  }

  private ScrapeLoop loop(Job job, ScrapeLoop before) {
    loop =
        new ScrapeLoop(
            around(),
            job,
            new SeriesNaming(job),
            caller,
            FailureLog.NONE,
            Fakes.target(job, "host:80"),
            before);
    return loop;
  }

  /** Scrapes once for each answer, ten seconds apart. */
  private Map<String, String> scrape(Map<String, Object> config, Object... answers)
      throws Exception {
    loop(config);
    return go(answers);
  }

  private Map<String, String> go(Object... answers) throws Exception {
    for (int i = 0; i < answers.length; i++) {
      caller.answers.clear();
      caller.answer(answers[i]);
      loop.scrape(T0 + 10_000L * i);
    }
    return Fakes.stored(storage);
  }

  private static String series(String metric, String... labels) {
    Labels.Builder b = Labels.builder().set("__name__", metric);
    b.set("instance", "host:80").set("job", "test");
    for (int i = 0; i < labels.length; i += 2) {
      b.set(labels[i], labels[i + 1]);
    }
    return b.build().toSeriesString();
  }

  private String error() {
    return loop.target().report().error();
  }

  // What is stored

  @Test
  void storesSamplesAndTellsOfTheScrape() throws Exception {
    caller.onSend = () -> time.pass(250_000_000);
    Map<String, String> stored = scrape(Map.of(), Answer.text("a 1\nb{x=\"y\"} 2.5\n"));
    assertThat(stored)
        .containsOnly(
            Map.entry(series("a"), "0=1.0"),
            Map.entry(series("b", "x", "y"), "0=2.5"),
            Map.entry(series("up"), "0=1.0"),
            Map.entry(series("scrape_duration_seconds"), "0=0.25"),
            Map.entry(series("scrape_samples_scraped"), "0=2.0"),
            Map.entry(series("scrape_samples_post_metric_relabeling"), "0=2.0"),
            Map.entry(series("scrape_series_added"), "0=2.0"));
    assertThat(stored.keySet()).allMatch(key -> key.endsWith(OF_TARGET) || key.contains("x="));
    assertThat(error()).isNull();
    assertThat(loop.target().report().health()).isEqualTo("up");
    assertThat(loop.target().report().duration()).isEqualTo(Duration.ofMillis(250));
  }

  @Test
  void countsNewSeriesOnlyOnce() throws Exception {
    Map<String, String> stored =
        scrape(Map.of(), Answer.text("a 1\n"), Answer.text("a 2\nb 1\n"), Answer.text("b 1\na 3"));
    assertThat(stored.get(series("scrape_series_added"))).isEqualTo("0=1.0 10000=1.0 20000=0.0");
    assertThat(stored.get(series("a"))).isEqualTo("0=1.0 10000=2.0 20000=3.0");
  }

  @Test
  void tellsMoreWhereAsked() throws Exception {
    Map<String, String> stored =
        scrape(Map.of("extraScrapeMetrics", true, "sampleLimit", 9L), Answer.text("a 1\n"));
    assertThat(stored)
        .containsEntry(series("scrape_timeout_seconds"), "0=10.0")
        .containsEntry(series("scrape_sample_limit"), "0=9.0")
        .containsEntry(series("scrape_body_size_bytes"), "0=4.0");
  }

  @Test
  void readsGzip() throws Exception {
    assertThat(scrape(Map.of(), Answer.text("a 1\n").gzipped()))
        .containsEntry(series("a"), "0=1.0");
  }

  @Test
  void keepsMetadataOfTheLastScrapes() throws Exception {
    Object[] answers = new Object[13];
    java.util.Arrays.fill(answers, Answer.text("# TYPE b gauge\nb 1\n"));
    answers[0] = Answer.text("# HELP a help\n# TYPE a counter\na 1\n");
    loop(Map.of());
    go(java.util.Arrays.copyOf(answers, 5));
    assertThat(
            loop.families().list().stream().map(f -> f.name() + " " + f.metadata().type().text()))
        .containsExactly("a counter", "b gauge");
    go(answers[1]);
    assertThat(loop.families().size()).isEqualTo(2);
    assertThat(loop.families().bytes()).isBetween(100L, 1000L);
    for (int i = 0; i < 10; i++) {
      go(answers[1]);
    }
    assertThat(loop.families().list().stream().map(f -> f.name())).containsExactly("b");
  }

  @Test
  void keepsNoMetadataOfAFailedScrape() throws Exception {
    scrape(
        Map.of("sampleLimit", 1L),
        Answer.text("# TYPE a counter\na 1\n"),
        Answer.text("# TYPE b gauge\nb 1\nc 1\n"));
    assertThat(error()).isEqualTo("sample limit exceeded");
    assertThat(loop.families().list().stream().map(f -> f.name())).containsExactly("a");
  }

  // Labels

  @Test
  void labelsThatClashAreExported() throws Exception {
    assertThat(scrape(Map.of(), Answer.text("a{job=\"x\",instance=\"y\",exported_job=\"z\"} 1\n")))
        .containsKey(
            series(
                "a", "exported_instance", "y", "exported_job", "z", "exported_exported_job", "x"));
  }

  @Test
  void labelsThatClashWinWhereHonoured() throws Exception {
    assertThat(scrape(Map.of("honorLabels", true), Answer.text("a{job=\"x\"} 1\n")))
        .containsKey(
            Labels.of("__name__", "a", "job", "x", "instance", "host:80").toSeriesString());
  }

  @Test
  void anEmptyLabelKeepsTheTargetsAwayWhereHonoured() throws Exception {
    assertThat(scrape(Map.of("honorLabels", true), Answer.text("a{instance=\"\"} 1\n")))
        .containsKey(Labels.of("__name__", "a", "job", "test").toSeriesString());
    assertThat(scrape(Map.of(), Answer.text("b{instance=\"\"} 1\n"))).containsKey(series("b"));
  }

  @Test
  void parsesAndRelabelsASeriesOnceAsLongAsItIsExposed() throws Exception {
    AtomicInteger parsed = new AtomicInteger();
    reads(reader ->
        new Watched(reader) {
          @Override
          public Labels labels(ExpositionBatch batch, int i) throws ExpositionException {
            parsed.incrementAndGet();
            return super.labels(batch, i);
          }
        });
    RelabelConfig rename =
        Defaults.with(
            RelabelConfig.class,
            Map.of(
                "sourceLabels",
                List.of("x"),
                "regex",
                "drop",
                "action",
                RelabelConfig.Action.DROP));
    String all = "a 1\nb{x=\"1\"} 2\nb{x=\"drop\"} 3\n";
    scrape(
        Map.of("metricRelabelConfigs", List.of(rename)),
        Answer.text(all),
        Answer.text(all),
        Answer.text("b{x=\"drop\"} 3\nb{x=\"1\"} 2\na 1\n"),
        Answer.text("a 1\n"));
    assertThat(parsed).hasValue(3);
    go(Answer.text(all));
    assertThat(parsed).as("two of them had gone").hasValue(5);
  }

  // Histograms and metadata

  private static final String CLASSIC =
      """
      # HELP h Some help.
      # TYPE h histogram
      h_bucket{le="1"} 2
      h_bucket{le="+Inf"} 3
      h_sum 4
      h_count 3
      g 1
      """;

  /** Makes a native histogram of each sample {@code native}, with so many buckets as its value. */
  private void bringNatives(int schema) {
    reads(reader ->
        new Watched(reader) {
          @Override
          public int read(ExpositionBatch batch) throws ExpositionException {
            int n = super.read(batch);
            for (int i = 0; i < n; i++) {
              if (batch.keyLengths[i] == 6) {
                batch.histograms[i] = HistogramLimitsTest.histogram(schema, (int) batch.values[i]);
              }
            }
            return n;
          }
        });
  }

  @Test
  void convertsClassicHistogramsWhereAsked() throws Exception {
    scrape(Map.of("convertClassicHistogramsToNhcb", true), Answer.text(CLASSIC));
    assertThat(Fakes.stored(storage).keySet())
        .contains(series("h"), series("g"))
        .doesNotContain(series("h_count"), series("h_bucket", "le", "1.0"));
    assertThat(Fakes.stored(storage)).containsEntry(series("scrape_samples_scraped"), "0=2.0");
    assertThat(histograms("h").get(0).customBounds()).containsExactly(1);
    assertThat(histograms("h").get(0).positiveBuckets()).containsExactly(2, 1);
    open();
    scrape(
        Map.of("convertClassicHistogramsToNhcb", true, "alwaysScrapeClassicHistograms", true),
        Answer.text(CLASSIC),
        Answer.text("g 1\n"));
    assertThat(Fakes.stored(storage).keySet())
        .contains(series("h"), series("h_count"), series("h_sum"));
    assertThat(Fakes.stored(storage).get(series("h"))).endsWith(" 10000=stale");
  }

  private List<NativeHistogram> histograms(String metric) throws Exception {
    List<NativeHistogram> all = new ArrayList<>();
    try (Querier querier = storage.querier(0, Long.MAX_VALUE);
        SeriesSet set =
            querier.select(
                SelectRequest.range(0, Long.MAX_VALUE),
                List.of(Matcher.of(Matcher.Type.EQUAL, "__name__", metric)))) {
      SampleBatch batch = new SampleBatch(10);
      SampleReader reader = set.samples(0, null);
      while (reader.read(batch) > 0) {
        for (int i = 0; i < batch.size && batch.kind == SampleBatch.Kind.HISTOGRAM; i++) {
          all.add(batch.histograms[i]);
        }
      }
    }
    return all;
  }

  @Test
  void makesFineHistogramsCoarserAsTheJobSays() throws Exception {
    bringNatives(3);
    scrape(Map.of("nativeHistogramBucketLimit", 10L), Answer.text("native 40\n"));
    assertThat(error()).isNull();
    assertThat(histograms("native").get(0).schema()).isEqualTo(1);
    open();
    scrape(Map.of("nativeHistogramMinBucketFactor", 1.9), Answer.text("native 3\n"));
    assertThat(histograms("native").get(0).schema()).isEqualTo(0);
  }

  @Test
  void exceedingTheBucketLimitFailsTheScrape() throws Exception {
    bringNatives(-4);
    Map<String, String> stored =
        scrape(Map.of("nativeHistogramBucketLimit", 2L), Answer.text("a 1\nnative 3\nb 1\n"));
    assertThat(error()).isEqualTo("histogram bucket limit exceeded");
    assertThat(stored)
        .containsEntry(series("scrape_samples_scraped"), "0=3.0")
        .containsEntry(series("scrape_samples_post_metric_relabeling"), "0=3.0")
        .containsEntry(series("scrape_series_added"), "0=1.0")
        .doesNotContainKey(series("a"));
    assertThat(metrics.exceededBucketLimit.get()).isEqualTo(1);
    scrape(
        Map.of("nativeHistogramBucketLimit", 2L, "sampleLimit", 1L),
        Answer.text("a 1\nnative 3\nb 1\n"));
    assertThat(error()).as("of both limits").isEqualTo("sample limit exceeded");
    assertThat(metrics.exceededBucketLimit.get()).isEqualTo(2);
  }

  @Test
  void makesUpStartTimestampsOfCountersWhereAsked() throws Exception {
    features = new ScrapeFeatures(false, true, false, false, false, true);
    Map<String, String> stored =
        scrape(
            Map.of(),
            Answer.text(COUNTED.formatted(100, 100, 7, 100)),
            Answer.text(COUNTED.formatted(103, 104, 8, 104)),
            Answer.text(COUNTED.formatted(110, 110, 9, 110)),
            Answer.text(COUNTED.formatted(4, 3, 10, 3)),
            Answer.text(COUNTED.formatted(6, 8, 11, 8)),
            Answer.text("other 1\n"),
            Answer.text(COUNTED.formatted(8, 9, 12, 9)),
            Answer.text(COUNTED.formatted(9, 10, 13, 10)));
    // The first sample is where counting starts; after a reset it starts from zero.
    assertThat(stored)
        .containsEntry(
            series("c_total"), "10000=3.0 20000=10.0 30000=4.0 40000=6.0 50000=stale 70000=1.0")
        .containsEntry(
            series("h_bucket", "le", "+Inf"),
            "10000=4.0 20000=10.0 30000=3.0 40000=8.0 50000=stale 70000=1.0")
        .containsEntry(
            series("g"),
            "0=7.0 10000=8.0 20000=9.0 30000=10.0 40000=11.0 50000=stale 60000=12.0 70000=13.0")
        .containsEntry(
            series("scrape_series_added"),
            "0=5.0 10000=0.0 20000=0.0 30000=0.0 40000=0.0 50000=1.0 60000=5.0 70000=0.0");
    assertThat(starts("c_total"))
        .containsExactly(T0, T0, T0 + 29_999, T0 + 29_999, 0L, T0 + 60_000);
    assertThat(starts("g")).containsOnly(0L);
    assertThat(error()).isNull();
  }

  private static final String COUNTED =
      """
      # TYPE c_total counter
      c_total %d
      # TYPE h histogram
      h_bucket{le="+Inf"} %d
      # TYPE g gauge
      g %d
      # TYPE s summary
      s_count 1
      # TYPE alien counter
      h_count %d
      """;

  @Test
  void aRefusedSampleBeginsTheCountingAnew() throws Exception {
    features = new ScrapeFeatures(false, true, false, false, false, true);
    String type = "# TYPE c_total counter\nc_total ";
    Map<String, String> stored =
        scrape(
            Map.of(),
            Answer.text(type + "100 " + T0 + "\n"),
            Answer.text(type + "101 " + (T0 + 10_000) + "\n"),
            Answer.text(type + "102 " + (T0 + 5_000) + "\n"),
            Answer.text(type + "103 " + (T0 + 30_000) + "\n"),
            Answer.text(type + "107 " + (T0 + 40_000) + "\n"),
            Answer.text("other 1\n"));
    // What was refused counts for not there, as of any series.
    assertThat(stored)
        .containsEntry(series("c_total"), "10000=1.0 20000=stale 40000=4.0 50000=stale");
    assertThat(starts("c_total")).containsExactly(T0, 0L, T0 + 30_000, 0L);
    assertThat(metrics.outOfOrder.get()).isEqualTo(1);
  }

  private List<Long> starts(String metric) throws Exception {
    SelectRequest request =
        new SelectRequest(
            T0, T0 + 1_000_000, true, 0, 0, 0, "", List.of(), false, 0, 0, true, false);
    List<Long> found = new ArrayList<>();
    try (Querier querier = storage.querier(T0, T0 + 1_000_000);
        SeriesSet set = querier.select(request, List.of(Matcher.equal("__name__", metric)))) {
      SampleBatch batch = new SampleBatch(64);
      SampleReader reader = set.samples(0, null);
      while (reader.read(batch) > 0) {
        for (int i = 0; i < batch.size; i++) {
          found.add(batch.hasStartTimestamps ? batch.startTimestamps[i] : 0);
        }
      }
    }
    return found;
  }

  @Test
  void tellsTheStorageOfNewMetadataWhereAsked() throws Exception {
    features = new ScrapeFeatures(false, false, false, false, true, false);
    List<String> told = new ArrayList<>();
    storage = new Faulty(storage, new AtomicInteger(), told);
    scrape(
        Map.of(),
        Answer.text("# HELP a Help.\n# TYPE a counter\na_total{x=\"1\"} 1\nother 2\n"),
        Answer.text("# HELP a Help.\n# TYPE a counter\na_total{x=\"1\"} 1\na_total{x=\"2\"} 1\n"),
        Answer.text("# HELP a Other.\n# TYPE a counter\na_total{x=\"1\"} 1\n"),
        Answer.text("# TYPE a counter\na_total{x=\"1\"} 1\n"));
    assertThat(told.stream().filter(t -> !t.contains("gauge")))
        .containsExactly(
            series("a_total", "x", "1") + " counter Help.",
            series("a_total", "x", "2") + " counter Help.",
            series("a_total", "x", "1") + " counter Other.");
    assertThat(told)
        .contains(
            series("up")
                + " gauge Health of the scrape target. 1 means the target is healthy, 0 if the"
                + " scrape failed.")
        .hasSize(8);
  }

  @Test
  void aSampleThatIsTooOldFailsTheScrape() throws Exception {
    storage = new Faulty(storage, new AtomicInteger(), new ArrayList<>());
    scrape(Map.of(), Answer.text("a 1 17\nb 1\n"));
    assertThat(error()).isEqualTo("too old sample");
    assertThat(Fakes.stored(storage)).containsEntry(series("up"), "0=0.0");
  }

  /** A reader whose methods a test may replace. */
  private static class Watched implements ExpositionReader {
    private final ExpositionReader reader;

    Watched(ExpositionReader reader) {
      this.reader = reader;
    }

    @Override
    public int read(ExpositionBatch batch) throws ExpositionException {
      return reader.read(batch);
    }

    @Override
    public Labels labels(ExpositionBatch batch, int i) throws ExpositionException {
      return reader.labels(batch, i);
    }

    @Override
    public List<Exemplar> exemplars(ExpositionBatch batch, int i) throws ExpositionException {
      return reader.exemplars(batch, i);
    }
  }

  private void reads(UnaryOperator<ExpositionReader> how) {
    PrometheusTextFormat text = new PrometheusTextFormat();
    negotiation =
        new Negotiation(
            List.of(
                new ExpositionFormat() {
                  @Override
                  public List<Protocol> protocols() {
                    return text.protocols();
                  }

                  @Override
                  public ExpositionReader open(
                      Protocol protocol, byte[] data, int length, ExpositionOptions options) {
                    return how.apply(text.open(protocol, data, length, options));
                  }
                }),
            1);
  }

  @Test
  void relabelsSeriesOnceAndDropsSome() throws Exception {
    RelabelConfig drop =
        Defaults.with(
            RelabelConfig.class,
            Map.of(
                "sourceLabels",
                List.of("__name__"),
                "regex",
                "b.*",
                "action",
                RelabelConfig.Action.DROP));
    RelabelConfig rename =
        Defaults.with(
            RelabelConfig.class, Map.of("targetLabel", "__name__", "replacement", "renamed"));
    Map<String, String> stored =
        scrape(
            Map.of("metricRelabelConfigs", List.of(drop, rename)),
            Answer.text("a 1\nb1 1\nb2 1\n"),
            Answer.text("a 2\nb1 1\n"));
    assertThat(stored)
        .containsEntry(series("renamed"), "0=1.0 10000=2.0")
        .containsEntry(series("scrape_samples_scraped"), "0=3.0 10000=2.0")
        .containsEntry(series("scrape_samples_post_metric_relabeling"), "0=1.0 10000=1.0")
        .containsEntry(series("scrape_series_added"), "0=1.0 10000=0.0")
        .hasSize(6);
  }

  @Test
  void refusesNamesThatAreNotLegacyWhereAsked() throws Exception {
    scrape(Map.of("metricNameValidationScheme", "legacy"), Answer.text("{\"http.requests\"} 1\n"));
    assertThat(error())
        .startsWith("invalid metric name or label names: {__name__=\"http.requests\"");
    assertThat(scrape(Map.of(), Answer.text("{\"http.requests\"} 1\n")))
        .containsKey(series("http.requests"));
  }

  // Time stamps and staleness

  @Test
  void marksSeriesThatVanish() throws Exception {
    Map<String, String> stored =
        scrape(
            Map.of(),
            Answer.text("a 1\nb 1\n"),
            Answer.text("a 1\n"),
            Answer.text("a 1\n"),
            Answer.text("a 1\nb 2\n"));
    assertThat(stored.get(series("b"))).isEqualTo("0=1.0 10000=stale 30000=2.0");
    assertThat(stored.get(series("a"))).doesNotContain("stale");
  }

  @Test
  void aFailedScrapeMarksAllSeriesOnce() throws Exception {
    Map<String, String> stored =
        scrape(
            Map.of(),
            Answer.text("a 1\n"),
            new IOException("connection refused"),
            new IOException("connection refused"),
            Answer.text("a 2\n"));
    assertThat(stored)
        .containsEntry(series("a"), "0=1.0 10000=stale 30000=2.0")
        .containsEntry(series("up"), "0=1.0 10000=0.0 20000=0.0 30000=1.0")
        .containsEntry(series("scrape_samples_scraped"), "0=1.0 10000=0.0 20000=0.0 30000=1.0");
  }

  @Test
  void anEmptyAnswerIsAGoodScrapeOfNothing() throws Exception {
    assertThat(scrape(Map.of(), Answer.text("a 1\n"), Answer.text("")))
        .containsEntry(series("a"), "0=1.0 10000=stale")
        .containsEntry(series("up"), "0=1.0 10000=1.0");
  }

  @Test
  void aMalformedExpositionIsDroppedAsAWhole() throws Exception {
    Map<String, String> stored =
        scrape(
            Map.of(),
            Answer.text("a 1\nb 1\n"),
            Answer.text("a 2\nnew 1\nb loss\n"),
            Answer.text("a 3\nb 3\n"));
    assertThat(stored)
        .containsEntry(series("a"), "0=1.0 10000=stale 20000=3.0")
        .containsEntry(series("b"), "0=1.0 10000=stale 20000=3.0")
        .doesNotContainKey(series("new"))
        .containsEntry(series("up"), "0=1.0 10000=0.0 20000=1.0");
    go(Answer.text("b loss\n"));
    assertThat(error())
        .isEqualTo(
            "strconv.ParseFloat: parsing \"loss\": invalid syntax while parsing: \"b loss\"");
  }

  @Test
  void usesExposedTimestampsAndDoesNotMarkTheirSeries() throws Exception {
    Map<String, String> stored =
        scrape(Map.of(), Answer.text("a 1 " + (T0 - 500) + "\n"), Answer.text("b 1\n"));
    assertThat(stored).containsEntry(series("a"), "-500=1.0");
  }

  @Test
  void marksSeriesWithTimestampsWhereAsked() throws Exception {
    Map<String, String> stored =
        scrape(
            Map.of("trackTimestampsStaleness", true),
            Answer.text("a 1 " + (T0 - 500) + "\n"),
            Answer.text("b 1\n"));
    assertThat(stored).containsEntry(series("a"), "-500=1.0 10000=stale");
  }

  @Test
  void ignoresExposedTimestampsWhereAsked() throws Exception {
    assertThat(scrape(Map.of("honorTimestamps", false), Answer.text("a 1 " + (T0 - 500) + "\n")))
        .containsEntry(series("a"), "0=1.0");
  }

  @Test
  void refusesTimestampsFarAhead() throws Exception {
    Map<String, String> stored = scrape(Map.of(), Answer.text("a 1 " + (T0 + 601_000) + "\nb 1\n"));
    assertThat(stored).doesNotContainKey(series("a")).containsKey(series("b"));
    assertThat(metrics.outOfBounds.get()).isEqualTo(1);
    assertThat(error()).isNull();
  }

  @Test
  void countsDuplicatesAndLateSamplesWithoutFailing() throws Exception {
    Map<String, String> stored =
        scrape(
            Map.of(),
            Answer.text("a 1\na 2\nb{x=\"1\"} 1\nb{x=\"1\",} 2\nc 1 " + T0 + "\n"),
            Answer.text("a 1\nc 1 " + (T0 - 5) + "\n"));
    assertThat(stored)
        .containsEntry(series("a"), "0=1.0 10000=1.0")
        .containsEntry(series("b", "x", "1"), "0=1.0 10000=stale")
        .containsEntry(series("c"), "0=1.0")
        .containsEntry(series("scrape_samples_scraped"), "0=5.0 10000=2.0")
        .containsEntry(series("scrape_samples_post_metric_relabeling"), "0=5.0 10000=2.0")
        .containsEntry(series("up"), "0=1.0 10000=1.0");
    assertThat(metrics.duplicateTimestamp.get()).isEqualTo(2);
    assertThat(metrics.outOfOrder.get()).isEqualTo(1);
  }

  @Test
  void textsOfTheSameLabelsAreOneSeries() throws Exception {
    Answer both =
        Answer.text("a{x=\"1\",y=\"2\"} 1\na{y=\"2\",x=\"1\"} 2\na{ y=\"2\",x=\"1\"} 1\n");
    Map<String, String> stored =
        scrape(Map.of(), both, both, Answer.text("a{y=\"2\",x=\"1\"} 3\n"), Answer.text("b 1\n"));
    assertThat(stored)
        .containsEntry(series("a", "x", "1", "y", "2"), "0=1.0 10000=1.0 20000=3.0 30000=stale")
        .containsEntry(
            series("scrape_samples_post_metric_relabeling"), "0=3.0 10000=3.0 20000=1.0 30000=1.0")
        .containsEntry(series("scrape_series_added"), "0=1.0 10000=0.0 20000=0.0 30000=1.0");
    assertThat(metrics.duplicateTimestamp.get()).isEqualTo(4);
  }

  @Test
  void resolvesSeriesAgainThatTheStorageHasForgotten() throws Exception {
    scrape(Map.of(), Answer.text("a 1\n"));
    long later = T0 + 3 * 3_600_000L;
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      AppendBatch batch = new AppendBatch(1);
      batch.add(appender.series(Labels.of("__name__", "other")), later, 1);
      appender.append(batch, new AppendErrors());
      appender.commit();
    }
    assertThat(Fakes.stored(storage)).hasSize(1);
    caller.answers.clear();
    caller.answer(Answer.text("a 2\n"));
    loop.scrape(later + 1);
    assertThat(Fakes.stored(storage, later))
        .containsEntry(series("a"), "1=2.0")
        .containsEntry(series("up"), "1=1.0");
    loop.scrape(later + 2);
    assertThat(Fakes.stored(storage, later)).containsEntry(series("a"), "1=2.0 2=2.0");
  }

  // Limits

  @Test
  void exceedingTheSampleLimitFailsTheScrape() throws Exception {
    Map<String, String> stored =
        scrape(
            Map.of("sampleLimit", 2L),
            Answer.text("a 1\nb 1\n"),
            Answer.text("a 1\nb 1\nc 1\nd 1\n"));
    assertThat(error()).isEqualTo("sample limit exceeded");
    assertThat(stored)
        .containsEntry(series("a"), "0=1.0 10000=stale")
        .containsEntry(series("up"), "0=1.0 10000=0.0")
        .containsEntry(series("scrape_samples_scraped"), "0=2.0 10000=4.0")
        .containsEntry(series("scrape_samples_post_metric_relabeling"), "0=2.0 10000=4.0")
        .doesNotContainKey(series("c"));
    assertThat(metrics.exceededSampleLimit.get()).isEqualTo(1);
  }

  @Test
  void exceedingALabelLimitFailsTheScrape() throws Exception {
    scrape(Map.of("labelLimit", 3L), Answer.text("a 1\nb{x=\"y\"} 1\n"));
    assertThat(error())
        .isEqualTo("label_limit exceeded (metric: b, number of labels: 4, limit: 3)");
    scrape(Map.of("labelNameLengthLimit", 8L), Answer.text("a{long_name=\"y\"} 1\n"));
    assertThat(error())
        .isEqualTo(
            "label_name_length_limit exceeded (metric: a, label name: long_name, length: 9,"
                + " limit: 8)");
    scrape(
        Map.of("labelValueLengthLimit", 8L),
        Answer.text("a{x=\"\u00e4\u00e4\u00e4\u00e4\u00e4\"} 1\n"));
    assertThat(error())
        .isEqualTo(
            "label_value_length_limit exceeded (metric: a, label name: x, value:"
                + " \"\u00e4\u00e4\u00e4\u00e4\u00e4\", length: 10, limit: 8)");
    assertThat(metrics.exceededLabelLimits.get()).isEqualTo(3);
  }

  @Test
  void exceedingTheBodySizeLimitFailsTheScrape() throws Exception {
    Map<String, String> stored =
        scrape(
            Map.of("bodySizeLimit", new ByteSize(4), "extraScrapeMetrics", true),
            Answer.text("a 1\n"));
    assertThat(error()).isEqualTo("body size limit exceeded");
    assertThat(stored)
        .containsEntry(series("up"), "0=0.0")
        .containsEntry(series("scrape_body_size_bytes"), "0=-1.0");
    assertThat(metrics.exceededBodySizeLimit.get()).isEqualTo(1);
  }

  @Test
  void aForcedErrorFailsEveryScrapeWithoutAsking() throws Exception {
    loop(Map.of()).force("target_limit exceeded (number of targets: 2, limit: 1)");
    go(Answer.text("a 1\n"));
    assertThat(caller.requests).isEmpty();
    assertThat(error()).startsWith("target_limit exceeded");
  }

  // Speaking with targets

  @Test
  void asksAsPrometheusDoes() throws Exception {
    scrape(
        Map.of("scrapeTimeout", Duration.ofMillis(2500), "metricsPath", "/x"),
        Answer.text("a 1\n"));
    HttpCaller.Request request = caller.requests.get(0);
    assertThat(request.method()).isEqualTo("GET");
    assertThat(request.uri()).hasToString("http://host:80/x");
    assertThat(request.timeout()).isEqualTo(Duration.ofMillis(2500));
    assertThat(request.headers())
        .containsOnly(
            Map.entry(
                "Accept",
                "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,"
                    + "*/*;q=0.4"),
            Map.entry("Accept-Encoding", "gzip"),
            Map.entry("User-Agent", "Prometheus/3.14.0"),
            Map.entry("X-Prometheus-Scrape-Timeout-Seconds", "2.5"));
    scrape(Map.of("enableCompression", false), Answer.text("a 1\n"));
    assertThat(caller.requests.getLast().headers()).containsEntry("Accept-Encoding", "identity");
  }

  @Test
  void saysWhyAScrapeFailed() throws Exception {
    scrape(Map.of(), new IOException("dial tcp 127.0.0.1:80: connect: connection refused"));
    assertThat(error())
        .isEqualTo(
            "Get \"http://host:80/metrics\": dial tcp 127.0.0.1:80: connect: connection refused");
    assertThat(loop.target().report().health()).isEqualTo("down");
    scrape(Map.of(), new IOException("Get \"http://host:80/metrics\": EOF"));
    assertThat(error()).isEqualTo("Get \"http://host:80/metrics\": EOF");
    scrape(Map.of(), new Answer(503, Map.of(), new byte[0]));
    assertThat(error()).isEqualTo("server returned HTTP status 503 Service Unavailable");
    scrape(Map.of(), new Answer(200, Map.of(), new byte[] {'a'}));
    assertThat(error()).startsWith("non-compliant scrape target sending blank Content-Type");
    scrape(Map.of(), Answer.text("abcdef 1234\n").withHeader("content-encoding", "gzip"));
    assertThat(error()).isEqualTo("gzip: invalid header");
    scrape(Map.of(), Answer.text("").withHeader("content-encoding", "gzip"));
    assertThat(error()).isEqualTo("EOF");
  }

  @Test
  void aMistakeInThisProgramIsAFailedScrapeAndTheLoopGoesOn() throws Exception {
    String log =
        logged(() -> {
          Map<String, String> stored =
              scrape(
                  Map.of(),
                  Answer.text("a 1\n"),
                  new IllegalArgumentException("port out of range:99999"),
                  new StackOverflowError(),
                  Answer.text("a 2\n"));
          assertThat(stored)
              .containsEntry(series("a"), "0=1.0 10000=stale 30000=2.0")
              .containsEntry(series("up"), "0=1.0 10000=0.0 20000=0.0 30000=1.0");
          go(new IllegalArgumentException("port out of range:99999"));
          assertThat(error())
              .isEqualTo(
                  "cannot fetch the exposition: java.lang.IllegalArgumentException: port out"
                      + " of range:99999");
        });
    assertThat(log.lines().filter(line -> line.contains("WARN")))
        .as("told twice: it was over in between")
        .hasSize(2);
    assertThat(log).contains("Over: Scrape failed for a reason that is a mistake");
  }

  /** A storage whose commits throw what no storage may. */
  private record Faulty(
      Storage delegate, AtomicInteger faults, List<String> told, Map<Long, Labels> named)
      implements Storage {
    Faulty(Storage delegate, AtomicInteger faults, List<String> told) {
      this(delegate, faults, told, new HashMap<>());
    }

    @Override
    public void start() {}

    @Override
    public Appender appender(AppendOptions options) throws StorageException {
      Appender appender = delegate.appender(options);
      return new Appender() {
        @Override
        public long series(Labels labels) throws StorageException {
          long ref = appender.series(labels);
          named.put(ref, labels);
          return ref;
        }

        @Override
        public void append(AppendBatch batch, AppendErrors errors) throws StorageException {
          for (int i = 0; i < batch.size; i++) {
            if (batch.timestamps[i] == 17) {
              errors.add(i, AppendError.TOO_OLD);
              return;
            }
          }
          appender.append(batch, errors);
        }

        @Override
        public AppendError appendExemplar(long series, Exemplar exemplar) throws StorageException {
          return appender.appendExemplar(series, exemplar);
        }

        @Override
        public void updateMetadata(long series, Metadata metadata) throws StorageException {
          told.add(
              named.get(series).toSeriesString()
                  + " "
                  + metadata.type().text()
                  + " "
                  + metadata.help());
          appender.updateMetadata(series, metadata);
        }

        @Override
        public void commit() throws StorageException {
          if (faults.getAndDecrement() > 0) {
            throw new IndexOutOfBoundsException("a mistake");
          }
          appender.commit();
        }

        @Override
        public void rollback() {
          appender.rollback();
        }
      };
    }

    @Override
    public Querier querier(long minTime, long maxTime) throws StorageException {
      return delegate.querier(minTime, maxTime);
    }

    @Override
    public long minTime() {
      return delegate.minTime();
    }

    @Override
    public long maxTime() {
      return delegate.maxTime();
    }

    @Override
    public void close() throws StorageException {
      delegate.close();
    }
  }

  @Test
  void aMistakeInTheStorageIsAFailedScrapeAndTheLoopGoesOn() throws Exception {
    AtomicInteger faults = new AtomicInteger();
    storage = new Faulty(storage, faults, new ArrayList<>());
    loop(Map.of());
    go(Answer.text("a 1\n"));
    faults.set(1);
    loop.scrape(T0 + 10_000);
    assertThat(error())
        .isEqualTo("cannot store the scrape: java.lang.IndexOutOfBoundsException: a mistake");
    faults.set(2);
    loop.scrape(T0 + 20_000);
    faults.set(0);
    loop.scrape(T0 + 30_000);
    assertThat(error()).isNull();
    assertThat(Fakes.stored(storage))
        .containsEntry(series("up"), "0=1.0 10000=0.0 30000=1.0")
        .containsEntry(series("a"), "0=1.0 30000=1.0");
  }

  private interface Action {
    void run() throws Exception;
  }

  /** What is logged meanwhile. */
  private static String logged(Action action) throws Exception {
    Logger logger = (Logger) LoggerFactory.getLogger(ScrapeLoop.class);
    ListAppender<ILoggingEvent> seen = new ListAppender<>();
    seen.start();
    logger.addAppender(seen);
    try {
      action.run();
    } finally {
      logger.detachAppender(seen);
    }
    StringBuilder out = new StringBuilder();
    for (ILoggingEvent e : seen.list) {
      out.append(e.getLevel()).append(' ').append(e.getMessage());
      out.append(' ').append(e.getKeyValuePairs()).append('\n');
    }
    return out.toString();
  }

  @Test
  void countsUpToTheMistakeAsPrometheusDoes() throws Exception {
    Map<String, String> expected =
        Map.of(
            "ok 1\nok2 1\nbad line here\nok3 1\n",
            "2 2",
            "ok 1\nok2 1\nbad line here",
            "2 2",
            "a{x=\"1\",x=\"2\"} 1\nb 1\n",
            "1 0",
            "a{x=\"\u00ff\"} 1\nb 1\n",
            "0 0",
            "ok 1\na{x=\"1\",x=\"2\"} 1\nbad line here\n",
            "2 1",
            "m 1\n".repeat(600) + "bad line here\n",
            "600 600");
    for (Map.Entry<String, String> e : expected.entrySet()) {
      open();
      Answer answer =
          new Answer(
              200,
              Map.of("content-type", "text/plain"),
              e.getKey().getBytes(StandardCharsets.ISO_8859_1));
      Map<String, String> stored = scrape(Map.of(), answer);
      assertThat(stored)
          .as(e.getKey())
          .containsEntry(series("up"), "0=0.0")
          .containsEntry(series("scrape_samples_scraped"), "0=" + e.getValue().split(" ")[0] + ".0")
          .containsEntry(
              series("scrape_samples_post_metric_relabeling"),
              "0=" + e.getValue().split(" ")[1] + ".0");
    }
    scrape(Map.of(), Answer.text("ok 1\na{x=\"1\",x=\"2\"} 1\nbad line here\n"));
    assertThat(error())
        .as("the first mistake of two")
        .isEqualTo("label name \"x\" is not unique: invalid sample");
  }

  @Test
  void logsDroppedSamplesOnlyWhenThatChanges() throws Exception {
    Answer twice = Answer.text("a 1\na 2\nb 1 " + (T0 + 10_000_000) + "\n");
    String log =
        logged(() -> scrape(Map.of(), twice, twice, Answer.text("a\n"), twice, Answer.text("a 1")));
    assertThat(metrics.duplicateTimestamp.get()).isEqualTo(3);
    assertThat(metrics.outOfBounds.get()).isEqualTo(3);
    assertThat(log.lines().filter(line -> !line.startsWith("DEBUG")))
        .satisfiesExactly(
            line -> assertThat(line).contains("WARN", "different value", "num_dropped=\"1\""),
            line -> assertThat(line).contains("WARN", "too far into the future"),
            line -> assertThat(line).contains("INFO", "Over: ", "different value"),
            line -> assertThat(line).contains("INFO", "Over: ", "too far into the future"));
  }

  @Test
  void relabelsByTheNamesThatTheJobAllows() throws Exception {
    RelabelConfig map =
        Defaults.with(
            RelabelConfig.class,
            Map.of(
                "action", RelabelConfig.Action.LABELMAP, "regex", "(x)", "replacement", "${1}.y"));
    RelabelConfig template =
        Defaults.with(
            RelabelConfig.class,
            Map.of(
                "sourceLabels",
                List.of("x"),
                "regex",
                "(.+)",
                "targetLabel",
                "l_$1",
                "replacement",
                "v"));
    Answer answer = Answer.text("a{x=\"b.c\"} 1\n");
    assertThat(scrape(Map.of("metricRelabelConfigs", List.of(template)), answer))
        .containsKey(series("a", "x", "b.c", "l_b.c", "v"));
    open();
    assertThat(
            scrape(
                Map.of(
                    "metricRelabelConfigs",
                    List.of(template),
                    "metricNameValidationScheme",
                    "legacy"),
                answer))
        .containsKey(series("a", "x", "b.c"));
    assertThatThrownBy(() ->
            Fakes.job(
                Map.of(
                    "metricRelabelConfigs", List.of(map), "metricNameValidationScheme", "legacy")))
        .hasMessage("\"${1}.y\" is invalid 'replacement' for labelmap action");
  }

  @Test
  void takesTheFallbackProtocol() throws Exception {
    assertThat(
            scrape(
                Map.of("fallbackScrapeProtocol", "PrometheusText0.0.4"),
                new Answer(
                    200, Map.of(), "a 1\n".getBytes(java.nio.charset.StandardCharsets.UTF_8))))
        .containsEntry(series("a"), "0=1.0");
  }

  @Test
  void withoutStorageAScrapeFailsAndTheLoopGoesOn() throws Exception {
    loop(Map.of());
    storage.close();
    caller.answer(Answer.text("a 1\n"));
    loop.scrape(T0);
    assertThat(error()).isEqualTo("cannot use the memory storage: it is closed");
  }

  // Time

  @Test
  void spreadsTargetsOverTheInterval() {
    long interval = 15_000_000_000L;
    int[] slots = new int[15];
    for (int i = 0; i < 1500; i++) {
      Target target = Fakes.target(Fakes.job(Map.of()), "host" + i + ":9100");
      long offset = ScrapeLoop.offset(T0 * 1_000_000 + 77, interval, target.hash(), 5);
      assertThat(offset).isBetween(0L, interval);
      slots[(int) (offset % interval / 1_000_000_000L)]++;
      long later = ScrapeLoop.offset(T0 * 1_000_000 + 77 + 1_000_000, interval, target.hash(), 5);
      assertThat(Math.floorMod(offset - later, interval))
          .as("the same time of the interval, whenever asked")
          .isEqualTo(1_000_000);
    }
    assertThat(java.util.Arrays.stream(slots).boxed()).allMatch(n -> n > 50 && n < 160);
  }

  @Test
  void alignsTimesThatAreNearTheGrid() {
    long interval = 10_000_000_000L;
    assertThat(ScrapeLoop.align(1_001_900_000L, 1_000_000_000L, interval, settings))
        .isEqualTo(1_000_000_000L);
    assertThat(ScrapeLoop.align(1_002_100_000L, 1_000_000_000L, interval, settings))
        .isEqualTo(1_002_100_000L);
    assertThat(ScrapeLoop.align(1_001_900_000L, 1_000_000_000L, 100_000_000L, settings))
        .as("at most 1 % of the interval")
        .isEqualTo(1_001_900_000L);
    settings = new ScrapeSettings(false, Duration.ofMillis(2), Duration.ofSeconds(5));
    assertThat(ScrapeLoop.align(1_001_900_000L, 1_000_000_000L, interval, settings))
        .isEqualTo(1_001_900_000L);
  }

  /** Runs a loop whose scrapes take a while, until it has asked so many times. */
  private long run(int scrapes, Runnable atEnd) {
    long[] first = new long[1];
    caller.onSend =
        () -> {
          if (caller.requests.size() == 1) {
            first[0] = time.wall / 1_000_000;
          }
          time.pass(1_500_000);
          if (caller.requests.size() == scrapes) {
            atEnd.run();
          }
        };
    loop.run();
    return first[0];
  }

  @Test
  void scrapesAtItsIntervalAndMarksItsSeriesWhenStopped() throws Exception {
    caller.answer(Answer.text("a 1\n"));
    loop(Map.of("scrapeInterval", Duration.ofSeconds(10)));
    long first = run(3, () -> loop.stop());
    assertThat(first).isBetween(T0, T0 + 10_000);
    Map<String, String> stored = Fakes.stored(storage, first);
    assertThat(stored)
        .containsEntry(series("a"), "0=1.0 10000=1.0 20000=1.0 30000=stale")
        .containsEntry(series("up"), "0=1.0 10000=1.0 20000=1.0 30000=stale");
    assertThat(time.wall / 1_000_000 - first)
        .as("two intervals and a tenth later")
        .isEqualTo(41_000);
  }

  @Test
  void marksNothingWhenTheProcessEnds() throws Exception {
    caller.answer(Answer.text("a 1\n"));
    loop(Map.of("scrapeInterval", Duration.ofSeconds(10)));
    long first = run(2, () -> loop.shutDown());
    assertThat(Fakes.stored(storage, first)).containsEntry(series("a"), "0=1.0 10000=1.0");
  }

  @Test
  void aSuccessorTakesOverWhatIsKnown() throws Exception {
    caller.answer(Answer.text("a 1\n"));
    ScrapeLoop old = loop(Map.of("scrapeInterval", Duration.ofSeconds(10)));
    ScrapeLoop[] next = new ScrapeLoop[1];
    long first =
        run(
            2,
            () -> {
              next[0] =
                  loop(
                      Fakes.job(
                          Map.of("scrapeInterval", Duration.ofSeconds(10), "sampleLimit", 5L)),
                      old);
              old.stop();
            });
    assertThat(next[0].target().report().health()).isEqualTo("up");
    int asked = caller.requests.size();
    caller.answers.clear();
    caller.answer(Answer.text("b 1\n"));
    caller.onSend =
        () -> {
          if (caller.requests.size() == asked + 1) {
            next[0].shutDown();
          }
        };
    next[0].run();
    Map<String, String> stored = Fakes.stored(storage, first);
    assertThat(stored.get(series("a"))).matches("0=1.0 10000=1.0 \\d+=stale");
    assertThat(stored.get(series("scrape_series_added"))).startsWith("0=1.0 10000=0.0");
  }

  /** Two scrapes, then a successor for each configuration, each stopped before it scrapes. */
  private Map<String, String> endUnscraped(List<Map<String, Object>> successors) throws Exception {
    caller.answer(Answer.text("a 1\n"));
    ScrapeLoop old = loop(Map.of("scrapeInterval", Duration.ofSeconds(10)));
    List<ScrapeLoop> next = new ArrayList<>();
    long first =
        run(
            2,
            () -> {
              ScrapeLoop before = old;
              for (Map<String, Object> config : successors) {
                before = loop(Fakes.job(config), before);
                next.add(before);
              }
              old.stop();
            });
    caller.onSend = () -> {};
    for (ScrapeLoop successor : next) {
      successor.stop();
      successor.run();
    }
    assertThat(caller.requests).hasSize(2);
    return Fakes.stored(storage, first);
  }

  @Test
  void aSuccessorThatNeverScrapesMarksWhatItTookOver() throws Exception {
    Map<String, Object> longer = Map.of("scrapeInterval", Duration.ofMinutes(10));
    Map<String, Object> same = Map.of("scrapeInterval", Duration.ofSeconds(10));
    for (List<Map<String, Object>> chain :
        List.of(List.of(same), List.of(longer), List.of(same, longer, same))) {
      open();
      caller.requests.clear();
      caller.answers.clear();
      long before = time.wall;
      assertThat(endUnscraped(chain))
          .as("%s", chain)
          .containsEntry(series("a"), "0=1.0 10000=1.0 20000=stale")
          .containsEntry(series("up"), "0=1.0 10000=1.0 20000=stale")
          .containsEntry(series("scrape_samples_scraped"), "0=1.0 10000=1.0 20000=stale");
      assertThat(time.wall - before)
          .as("the interval of what had scraped")
          .isLessThan(50_000_000_000L);
    }
  }

  @Test
  void aSuccessorThatNamesSeriesDifferentlyLeavesTheMarkersToTheOldLoop() throws Exception {
    RelabelConfig other =
        Defaults.with(RelabelConfig.class, Map.of("targetLabel", "x", "replacement", "y"));
    Map<String, Object> relabelled =
        Map.of("scrapeInterval", Duration.ofSeconds(10), "metricRelabelConfigs", List.of(other));
    for (List<Map<String, Object>> chain :
        List.of(
            List.of(relabelled),
            List.of(Map.<String, Object>of("scrapeInterval", Duration.ofSeconds(10)), relabelled),
            List.of(relabelled, relabelled))) {
      open();
      caller.requests.clear();
      caller.answers.clear();
      assertThat(endUnscraped(chain))
          .containsEntry(series("a"), "0=1.0 10000=1.0 20000=stale")
          .containsEntry(series("up"), "0=1.0 10000=1.0 20000=stale");
    }
  }

  @Test
  void aClockThatIsSetBackBeginsAnotherGrid() throws Exception {
    long interval = 10;
    assertThat(ScrapeLoop.grid(100, 109, interval)).isEqualTo(100);
    assertThat(ScrapeLoop.grid(100, 110, interval)).isEqualTo(110);
    assertThat(ScrapeLoop.grid(100, 1_000_000_000_000_000_009L, interval))
        .isEqualTo(1_000_000_000_000_000_000L);
    assertThat(ScrapeLoop.grid(100, 99, interval)).isEqualTo(99);
    caller.answer(Answer.text("a 1\n"));
    loop(Map.of("scrapeInterval", Duration.ofSeconds(10)));
    List<Long> told = new ArrayList<>();
    caller.onSend =
        () -> {
          told.add(time.wall / 1_000_000);
          if (told.size() == 1) {
            time.wall -= 3_600_000_000_000L;
          } else if (told.size() == 4) {
            loop.shutDown();
          }
        };
    loop.run();
    // What is before the newest sample is refused, instead of stored under a time to come.
    assertThat(Fakes.stored(storage, told.get(0))).containsEntry(series("a"), "0=1.0");
    assertThat(metrics.outOfOrder.get()).isEqualTo(3);
    assertThat(metrics.duplicateTimestamp.get()).isZero();
  }

  /** An answer whose rest never comes, or comes cut off. */
  private record Restless(InputStream body) implements HttpCaller.Response {
    @Override
    public int status() {
      return 500;
    }

    @Override
    public String statusText() {
      return "500 Internal Server Error";
    }

    @Override
    public Optional<String> header(String name) {
      return Optional.empty();
    }

    @Override
    public Map<String, List<String>> headers() {
      return Map.of();
    }

    @Override
    public void close() {
      try {
        body.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Test
  void theRestOfAnAnswerThatIsOfNoUseIsNotWaitedFor() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch rest = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(2);
    InputStream late =
        new InputStream() {
          @Override
          public int read() throws IOException {
            asked.countDown();
            try {
              rest.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
            throw new IOException("context deadline exceeded");
          }

          @Override
          public void close() {
            closed.countDown();
          }
        };
    scrape(Map.of(), new Restless(late));
    assertThat(error()).isEqualTo("server returned HTTP status 500 Internal Server Error");
    assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();
    rest.countDown();
    InputStream cut =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("unexpected EOF");
          }

          @Override
          public void close() {
            closed.countDown();
          }
        };
    scrape(Map.of(), new Restless(cut));
    assertThat(error()).isEqualTo("server returned HTTP status 500 Internal Server Error");
    assertThat(closed.await(30, TimeUnit.SECONDS)).as("both are closed").isTrue();
  }

  @Test
  void messagesNameTheWholeUrlWithoutCredentials() {
    URI url = URI.create("http://u:secret@host:80/p?module=x&y=z");
    String whole = "Get \"http://host:80/p?module=x&y=z\": ";
    assertThat(ScrapeLoop.located("EOF", url)).isEqualTo(whole + "EOF");
    assertThat(ScrapeLoop.located("Get \"http://host:80/p\": EOF", url)).isEqualTo(whole + "EOF");
    assertThat(ScrapeLoop.located("Get \"http://other/p\": EOF", url))
        .isEqualTo("Get \"http://other/p\": EOF");
    assertThat(ScrapeLoop.located("Get \"http://h/\": EOF", URI.create("http://h/")))
        .isEqualTo("Get \"http://h/\": EOF");
  }

  @Test
  void leavesOutTicksThatHavePassed() throws Exception {
    caller.answer(Answer.text("a 1\n"));
    loop(Map.of("scrapeInterval", Duration.ofSeconds(10)));
    long[] first = new long[1];
    caller.onSend =
        () -> {
          if (caller.requests.size() == 1) {
            first[0] = time.wall / 1_000_000;
            time.pass(25_000_000_000L);
          } else {
            loop.shutDown();
          }
        };
    loop.run();
    assertThat(Fakes.stored(storage, first[0])).containsEntry(series("a"), "0=1.0 30000=1.0");
  }
}
