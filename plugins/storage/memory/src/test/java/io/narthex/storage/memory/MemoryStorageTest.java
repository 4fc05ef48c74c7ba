package io.narthex.storage.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.config.ByteSize;
import io.narthex.api.config.Defaults;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.model.StaleMarker;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendError;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageContext;
import io.narthex.api.storage.StorageContract;
import io.narthex.api.storage.StorageException;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MemoryStorageTest extends StorageContract {
  private static final Clock CLOCK =
      Clock.fixed(Instant.ofEpochMilli(T0).plus(Duration.ofDays(30)), ZoneOffset.UTC);

  private static MemoryStorage make(Map<String, ?> config) {
    return new MemoryStorage(Defaults.with(MemoryConfig.class, config), 100, CLOCK, 4L << 30);
  }

  private static MemoryStorage started(Map<String, ?> config) {
    MemoryStorage storage = make(config);
    storage.start();
    return storage;
  }

  @Override
  protected Storage create() {
    return make(Map.of());
  }

  @Override
  protected Storage createWithOutOfOrderWindow(Duration window) {
    return make(Map.of("outOfOrderTimeWindow", window));
  }

  @Override
  protected Storage createWithStartTimestamps() {
    return create();
  }

  @Override
  protected boolean forgetOldSeries(Storage storage) throws StorageException {
    add(storage, labels("new"), storage.maxTime() + 2 * 3_600_000, 1);
    return true;
  }

  private static AppendError add(Storage storage, Labels labels, long time, double value)
      throws StorageException {
    AppendBatch batch = new AppendBatch(1);
    AppendErrors errors = new AppendErrors();
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      batch.add(appender.series(labels), time, value);
      appender.append(batch, errors);
      appender.commit();
    }
    return errors.isEmpty() ? null : errors.error(0);
  }

  @Test
  void defaultsAreAnHourAndHalfAGigabyteOrAQuarterOfTheHeap() {
    MemoryConfig config = Defaults.of(MemoryConfig.class);
    assertThat(config.retention()).isEqualTo(Duration.ofHours(1));
    assertThat(config.maxBytes(8L << 30)).isEqualTo(512L << 20);
    assertThat(config.maxBytes(192L << 20)).isEqualTo(48L << 20);
    MemoryConfig own =
        Defaults.with(MemoryConfig.class, Map.of("maxBytes", ByteSize.parse("300MB")));
    assertThat(own.maxBytes(192L << 20)).isEqualTo(300L << 20);
    assertThat(config.outOfOrderTimeWindow()).isEqualTo(Duration.ZERO);
    assertThatThrownBy(
            () -> Defaults.with(MemoryConfig.class, Map.of("retention", Duration.ofSeconds(-1))))
        .hasMessageContaining("retention must not be negative");
  }

  @Test
  void isBroughtByItsProvider() throws Exception {
    PrometheusRegistry registry = new PrometheusRegistry();
    MemoryStorageProvider provider = new MemoryStorageProvider(registry, CLOCK);
    assertThat(provider.name()).isEqualTo("memory");
    Storage storage =
        provider.create(
            Defaults.of(MemoryConfig.class), new StorageContext(Path.of("data"), 0, Set.of()));
    storage.start();
    add(storage, labels("a"), T0, 1);
    assertThat(registry.scrape().stream().map(MetricSnapshot::getMetadata).map(m -> m.getName()))
        .contains("prometheus_tsdb_head_series", "prometheus_tsdb_head_samples_appended");
    storage.close();
  }

  @Test
  void dropsWhatIsOlderThanTheRetention() throws Exception {
    MemoryStorage storage = started(Map.of("retention", Duration.ofMinutes(10)));
    for (int i = 0; i <= 60; i++) {
      assertThat(add(storage, labels("a"), T0 + i * 60_000L, i)).isNull();
    }
    assertThat(storage.minTime()).isBetween(T0 + 48 * 60_000L, T0 + 50 * 60_000L);
    assertThat(add(storage, labels("late"), T0, 1)).isEqualTo(AppendError.OUT_OF_BOUNDS);
    assertThat(add(storage, labels("a"), T0 + 59 * 60_000L, 1))
        .isEqualTo(AppendError.DUPLICATE_TIMESTAMP);
    assertThat(add(storage, labels("a"), T0 + 59 * 60_000L + 1, 1))
        .isEqualTo(AppendError.OUT_OF_ORDER);
  }

  @Test
  void keepsEverythingWithoutRetention() throws Exception {
    MemoryStorage storage = started(Map.of("retention", Duration.ZERO));
    add(storage, labels("a"), T0, 1);
    add(storage, labels("a"), T0 + 365L * 86_400_000, 1);
    add(storage, labels("b"), T0 - 1, 1);
    assertThat(storage.minTime()).isEqualTo(T0 - 1);
  }

  @Test
  void aSampleFarInTheFutureDoesNotExpelThePresent() throws Exception {
    MemoryStorage storage = started(Map.of());
    long now = CLOCK.millis();
    add(storage, labels("a"), now, 1);
    add(storage, labels("b"), now + 100 * 86_400_000L, 1);
    assertThat(storage.minTime()).isEqualTo(now);
  }

  @Test
  void dropsTheOldestSamplesWhenFull() throws Exception {
    MemoryStorage storage =
        started(Map.of("maxBytes", new ByteSize(200_000), "retention", Duration.ofDays(100)));
    for (int i = 0; i < 40_000; i++) {
      assertThat(add(storage, labels("a", "i", String.valueOf(i % 10)), T0 + i * 100L, i)).isNull();
    }
    assertThat(storage.bytes()).isLessThan(250_000);
    assertThat(storage.minTime()).isGreaterThan(T0 + 2_000_000);
    assertThat(storage.maxTime()).isEqualTo(T0 + 3_999_900);
  }

  @Test
  void refusesNewSeriesWhenSeriesAloneFillIt() throws Exception {
    MemoryStorage storage = started(Map.of("maxBytes", new ByteSize(100_000)));
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 10_000; i++) {
                add(storage, labels("a", "i", String.valueOf(i)), T0, i);
              }
            })
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("the memory storage is full")
        .hasMessageContaining("storage.memory.max_bytes");
    assertThat(add(storage, labels("a", "i", "0"), T0 + 1, 1)).as("known ones go on").isNull();
  }

  @Test
  void forgetsSeriesThatHaveEndedForNewOnes() throws Exception {
    MemoryStorage storage = started(Map.of("maxBytes", new ByteSize(200_000)));
    for (int i = 0; i < 5_000; i++) {
      assertThat(add(storage, labels("a", "i", String.valueOf(i)), T0 + i * 4_000L, i)).isNull();
      add(storage, labels("steady"), T0 + i * 4_000L, i);
    }
    assertThat(storage.index().byLabels(labels("a", "i", "4999"))).isNotNull();
    assertThat(storage.index().byLabels(labels("a", "i", "4960"))).isNotNull();
    assertThat(storage.index().byLabels(labels("a", "i", "4000"))).isNull();
    assertThat(storage.bytes()).isLessThan(200_000);
    assertThat(storage.seriesRemoved.sum()).isGreaterThan(4_000);
  }

  @Test
  void forgetsSeriesThatAMarkerHasEndedAtOnce() throws Exception {
    MemoryStorage storage = started(Map.of("maxBytes", new ByteSize(200_000)));
    for (int i = 0; i < 1_000; i++) {
      Labels labels = labels("a", "i", String.valueOf(i));
      assertThat(add(storage, labels, T0 + i * 1_000L, i)).isNull();
      assertThat(add(storage, labels, T0 + i * 1_000L + 500, StaleMarker.value())).isNull();
    }
    assertThat(storage.index().byLabels(labels("a", "i", "960"))).isNotNull();
  }

  @Test
  void keepsRecentSamplesOfAllSeriesThatItTakes() throws Exception {
    MemoryStorage storage = started(Map.of("maxBytes", new ByteSize(300_000)));
    int n = 0;
    try {
      while (true) {
        add(storage, labels("a", "i", String.valueOf(n)), T0, n);
        n++;
      }
    } catch (StorageException e) {
      assertThat(e).hasMessageContaining("the memory storage is full");
    }
    for (int t = 1; t <= 100; t++) {
      for (int i = 0; i < n; i++) {
        assertThat(add(storage, labels("a", "i", String.valueOf(i)), T0 + t * 15_000L, i)).isNull();
      }
    }
    assertThat(storage.index().size()).isEqualTo(n);
    assertThat(storage.bytes()).isLessThan(330_000);
    assertThat(storage.maxTime() - storage.minTime()).isGreaterThan(10 * 15_000);
  }

  private static long used() {
    long used = Long.MAX_VALUE;
    for (int i = 0; i < 4; i++) {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      used = Math.min(used, runtime.totalMemory() - runtime.freeMemory());
    }
    return used;
  }

  @Test
  void countsAboutWhatItTakes() throws Exception {
    MemoryStorage storage = started(Map.of("maxBytes", new ByteSize(0)));
    long before = used();
    for (int t = 0; t < 20; t++) {
      AppendBatch batch = new AppendBatch(40_000);
      AppendErrors errors = new AppendErrors();
      try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
        for (int i = 0; i < 40_000; i++) {
          long ref =
              appender.series(
                  Labels.of(
                      "__name__",
                      new String("some_metric_total"),
                      "instance",
                      "host:9100",
                      "path",
                      "/api/v1/" + i,
                      "code",
                      String.valueOf(200 + i % 5)));
          batch.add(ref, T0 + t * 15_000L, i);
        }
        appender.append(batch, errors);
        appender.commit();
      }
      if (t == 0 || t == 19) {
        double ratio = (double) storage.bytes() / (used() - before);
        assertThat(ratio).as("counted to used after %d scrapes", t + 1).isBetween(0.8, 1.25);
      }
    }
    assertThat(storage.index().size()).isEqualTo(40_000);
  }

  @Test
  void countsNothingOnceAllIsForgotten() throws Exception {
    MemoryStorage storage = started(Map.of());
    for (int i = 0; i < 100; i++) {
      add(storage, labels("a", "i", String.valueOf(i)), T0 + i, i);
      add(storage, labels("a", "i", String.valueOf(i)), T0 + 1000 + i, i);
    }
    add(storage, labels("last"), T0, 1);
    long one = started(Map.of()).bytes();
    assertThat(one).isZero();
    forgetOldSeries(storage);
    MemoryStorage fresh = started(Map.of());
    add(fresh, labels("new"), T0, 1);
    assertThat(storage.bytes()).isEqualTo(fresh.bytes());
  }

  @Test
  void aSeriesWithPendingSamplesIsNotForgotten() throws Exception {
    MemoryStorage storage = started(Map.of());
    AppendBatch batch = new AppendBatch(1);
    AppendErrors errors = new AppendErrors();
    add(storage, labels("a"), T0, 1);
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      batch.add(appender.series(labels("a")), T0 + 3 * 3_600_000L, 2);
      appender.append(batch, errors);
      forgetOldSeries(storage);
      appender.commit();
    }
    try (Querier querier = storage.querier(T0, Long.MAX_VALUE);
        SeriesSet set =
            querier.select(
                SelectRequest.range(T0, Long.MAX_VALUE), List.of(Matcher.equal("__name__", "a")))) {
      SampleBatch read = new SampleBatch(10);
      assertThat(set.size()).isEqualTo(1);
      assertThat(set.samples(0, null).read(read)).isEqualTo(1);
      assertThat(read.values[0]).isEqualTo(2);
    }
  }

  @Test
  void givesStartTimestampsBackWhereAsked() throws Exception {
    MemoryStorage storage = started(Map.of());
    AppendBatch batch = new AppendBatch(2);
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      long ref = appender.series(labels("a"));
      batch.add(ref, T0, 1);
      batch.add(ref, T0 + 1, 2);
      batch.setStartTimestamp(T0 - 5);
      appender.append(batch, new AppendErrors());
      appender.commit();
    }
    SelectRequest request =
        new SelectRequest(T0, T0 + 1, true, 0, 0, 0, "", List.of(), false, 0, 0, true);
    try (Querier querier = storage.querier(T0, T0 + 1);
        SeriesSet set = querier.select(request, List.of(Matcher.equal("__name__", "a")))) {
      SampleBatch read = new SampleBatch(10);
      set.samples(0, null).read(read);
      assertThat(read.hasStartTimestamps).isTrue();
      assertThat(read.startTimestamps).startsWith(0, T0 - 5);
    }
  }

  @Test
  void doesNotWriteSnapshots() {
    assertThatThrownBy(() -> started(Map.of()).snapshot(false))
        .isInstanceOf(StorageException.class)
        .hasMessage("cannot write a snapshot: the memory storage keeps nothing on disk");
  }
}
