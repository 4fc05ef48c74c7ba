package io.narthex.rules.groups.eval;

import io.narthex.api.alert.Alert;
import io.narthex.api.config.ConfigSnapshot;
import io.narthex.api.config.Defaults;
import io.narthex.api.config.FakeSnapshot;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.NameScheme;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.model.StaleMarker;
import io.narthex.api.plugin.Current;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.plugin.FakeExtensions;
import io.narthex.api.plugin.RunningConfiguration;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryEngineContext;
import io.narthex.api.query.QueryEngineProvider;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.LabelResult;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageContext;
import io.narthex.api.storage.StorageException;
import io.narthex.api.storage.StorageProvider;
import io.narthex.kernel.config.RecordFiles;
import io.narthex.query.promql.PromqlConfig;
import io.narthex.query.promql.PromqlProvider;
import io.narthex.rules.groups.file.CheckedFile;
import io.narthex.rules.groups.file.GroupDefinition;
import io.narthex.rules.groups.file.RuleFileReader;
import io.narthex.storage.memory.MemoryStorageProvider;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Groups over a real engine and a real storage in memory, in a time that tests make pass. */
public final class Fixture implements AutoCloseable {
  /** When tests happen: a whole hour, in milliseconds. */
  public static final long T0 = 1_700_002_800_000L;

  public final FakeTicks ticks = new FakeTicks(T0);
  public final PrometheusRegistry registry = new PrometheusRegistry();
  public final FakeExtensions extensions = new FakeExtensions();
  public final List<Alert> sent = new ArrayList<>();
  public final List<String> changes = new ArrayList<>();
  public final Storage storage;
  public final QueryEngine engine;
  public final PromqlProvider provider;
  public final RuleMetrics metrics = new RuleMetrics(registry);
  public EvaluationSettings settings =
      new EvaluationSettings(
          Duration.ofHours(1), Duration.ofMinutes(10), Duration.ofMinutes(1), Permits.NONE);
  public Duration queryOffset = Duration.ZERO;
  public boolean storageIsThere = true;

  /** Called when a query selects series, on a thread of the engine. */
  public volatile Consumer<List<Matcher>> onSelect = matchers -> {};

  /** The storage as rules see it. */
  public final Storage watched = new Watched();

  private final List<QueryEngine> further = new ArrayList<>();

  public Fixture() throws Exception {
    // Far ahead, so that no sample of a test is in its future.
    Clock clock = Clock.fixed(Instant.ofEpochMilli(T0 + 86_400_000L * 30), ZoneOffset.UTC);
    storage = create(new MemoryStorageProvider(new PrometheusRegistry(), clock));
    storage.start();
    provider = provider(extensions);
    engine = create(provider);
    extensions.come(provider);
  }

  private static PromqlProvider provider(Extensions extensions) {
    return new PromqlProvider(extensions, new FakeConfiguration(), new PrometheusRegistry());
  }

  private static <C> QueryEngine create(QueryEngineProvider<C> provider) {
    return provider.create(
        Defaults.of(provider.configType()), new QueryEngineContext(Path.of("target"), Set.of()));
  }

  /** A further engine, whose queries may take so long. */
  public QueryEngine engine(Duration timeout) throws Exception {
    Path directory = Files.createTempDirectory(Path.of("target"), "engine");
    QueryEngine made =
        provider.create(
            Defaults.with(PromqlConfig.class, Map.of("timeout", timeout)),
            new QueryEngineContext(directory, Set.of()));
    further.add(made);
    return made;
  }

  private static <C> Storage create(StorageProvider<C> provider) {
    return provider.create(
        Defaults.of(provider.configType()), new StorageContext(Path.of(""), 10, Set.of()));
  }

  private record FakeConfiguration() implements RunningConfiguration {
    @Override
    public String yaml() {
      return "";
    }

    @Override
    public Map<String, String> flags() {
      return Map.of();
    }

    @Override
    public ConfigSnapshot snapshot() {
      return FakeSnapshot.in(Path.of(""));
    }

    @Override
    public Instant loadedAt() {
      return Instant.EPOCH;
    }

    @Override
    public boolean lastLoadSucceeded() {
      return true;
    }
  }

  /** Tells what is selected. */
  private final class Watched implements Storage {
    @Override
    public void start() {}

    @Override
    public Appender appender(AppendOptions options) throws StorageException {
      return storage.appender(options);
    }

    @Override
    public Querier querier(long minTime, long maxTime) throws StorageException {
      Querier querier = storage.querier(minTime, maxTime);
      return new Querier() {
        @Override
        public SeriesSet select(SelectRequest request, List<Matcher> matchers)
            throws StorageException {
          onSelect.accept(matchers);
          return querier.select(request, matchers);
        }

        @Override
        public LabelResult labelValues(String name, int limit, List<Matcher> matchers)
            throws StorageException {
          return querier.labelValues(name, limit, matchers);
        }

        @Override
        public LabelResult labelNames(int limit, List<Matcher> matchers) throws StorageException {
          return querier.labelNames(limit, matchers);
        }

        @Override
        public void close() {
          querier.close();
        }
      };
    }

    @Override
    public long minTime() {
      return storage.minTime();
    }

    @Override
    public long maxTime() {
      return storage.maxTime();
    }

    @Override
    public void close() {}
  }

  @Override
  public void close() throws Exception {
    for (QueryEngine one : further) {
      one.close();
    }
    engine.close();
    storage.close();
  }

  public Surroundings surroundings() {
    return surroundings(engine);
  }

  public Surroundings surroundings(QueryEngine evaluating) {
    Current<Storage> present = () -> storageIsThere ? Optional.of(watched) : Optional.empty();
    return new Surroundings(
        present,
        Current.of(evaluating),
        ticks,
        metrics,
        new AlertTemplates(extensions, () -> Map.of("dc", "x"), () -> "http://localhost:9090"),
        sent::addAll,
        (file, group, alert, labels, from, to, time, value) ->
            changes.add(alert + " " + from + "->" + to),
        () -> settings,
        () -> "http://localhost:9090",
        () -> queryOffset,
        true);
  }

  /** The groups that a file holds. */
  public List<GroupDefinition> read(String yaml) {
    CheckedFile file =
        reader(NameScheme.UTF8)
            .check("r.yml", yaml.getBytes(StandardCharsets.UTF_8), Duration.ofMinutes(1));
    if (!file.errors().isEmpty()) {
      throw new IllegalArgumentException(file.errors().toString());
    }
    return file.groups();
  }

  public RuleFileReader reader(NameScheme scheme) {
    return new RuleFileReader(new RecordFiles(), engine, (name, text) -> {}, scheme, false);
  }

  public Group group(String yaml) {
    return group(yaml, true);
  }

  public Group group(String yaml, boolean restored) {
    return new Group(read(yaml).getFirst(), surroundings(), restored);
  }

  /** Stores a native histogram. */
  public void store(long seconds, NativeHistogram value, String... labels) throws Exception {
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      AppendBatch batch = new AppendBatch(1);
      batch.add(appender.series(Labels.of(labels)), T0 + 1000 * seconds, value);
      append(appender, batch);
    }
  }

  /** Stores a sample. */
  public void store(long seconds, double value, String... labels) throws Exception {
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      AppendBatch batch = new AppendBatch(1);
      batch.add(appender.series(Labels.of(labels)), T0 + 1000 * seconds, value);
      append(appender, batch);
    }
  }

  private static void append(Appender appender, AppendBatch batch) throws Exception {
    AppendErrors errors = new AppendErrors();
    appender.append(batch, errors);
    if (!errors.isEmpty()) {
      throw new IllegalStateException(errors.text(0, batch));
    }
    appender.commit();
  }

  /** Stores as many series, with the label {@code n} from 0 on. */
  public void storeMany(String metric, int count, long seconds, double value) throws Exception {
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      AppendBatch batch = new AppendBatch(count);
      for (int i = 0; i < count; i++) {
        batch.add(
            appender.series(Labels.of("__name__", metric, "n", String.valueOf(i))),
            T0 + 1000 * seconds,
            value);
      }
      append(appender, batch);
    }
  }

  /** What a metric says of a group; by its name without {@code _total}. */
  public double metric(String name, String group) {
    for (MetricSnapshot snapshot : registry.scrape()) {
      if (snapshot.getMetadata().getName().equals(name)) {
        for (DataPointSnapshot point : snapshot.getDataPoints()) {
          if (group.equals(point.getLabels().get("rule_group"))) {
            return switch (point) {
              case CounterSnapshot.CounterDataPointSnapshot counter -> counter.getValue();
              case GaugeSnapshot.GaugeDataPointSnapshot gauge -> gauge.getValue();
              default -> throw new IllegalStateException(name);
            };
          }
        }
      }
    }
    throw new IllegalStateException("no " + name + " of " + group);
  }

  /** Evaluates at so many seconds after {@link #T0}. */
  public void evaluate(Group group, long seconds) {
    long time = (T0 + 1000 * seconds) * 1_000_000;
    ticks.reach(time);
    group.evaluate(time, 0, () -> false);
  }

  /** Everything stored under a name, as {@code series -> seconds=value ...}. */
  public Map<String, String> stored(String metric) throws Exception {
    Map<String, String> result = new TreeMap<>();
    try (Querier querier = storage.querier(0, Long.MAX_VALUE);
        SeriesSet set =
            querier.select(
                SelectRequest.range(0, Long.MAX_VALUE),
                List.of(Matcher.equal("__name__", metric)))) {
      SampleBatch batch = new SampleBatch(100);
      for (int s = 0; s < set.size(); s++) {
        List<String> samples = new ArrayList<>();
        SampleReader reader = set.samples(s, null);
        while (reader.read(batch) > 0) {
          for (int i = 0; i < batch.size; i++) {
            double v = batch.values[i];
            samples.add(
                (batch.timestamps[i] - T0) / 1000 + "=" + (StaleMarker.is(v) ? "stale" : v));
          }
        }
        result.put(set.labels(s).toSeriesString(), String.join(" ", samples));
      }
    }
    return result;
  }
}
