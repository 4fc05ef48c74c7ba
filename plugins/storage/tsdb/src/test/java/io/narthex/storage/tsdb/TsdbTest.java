package io.narthex.storage.tsdb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.file.RealDisk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TsdbTest {
  private static final long T0 = 1_700_002_800_000L;
  private static final long HOUR = Duration.ofHours(1).toMillis();

  @TempDir private Path directory;
  private Tsdb tsdb;

  @AfterEach
  void close() throws Exception {
    if (tsdb != null) {
      tsdb.close();
    }
  }

  private Tsdb open() throws Exception {
    return open(Duration.ZERO);
  }

  private Tsdb open(Duration window) throws Exception {
    tsdb = new Tsdb(directory, TsdbFixture.settings(window), new RealDisk(), Clock.systemUTC());
    tsdb.start();
    return tsdb;
  }

  /** All samples of all series, by labels and time. */
  private static Map<Labels, Map<Long, Double>> all(Querier from) throws Exception {
    Map<Labels, Map<Long, Double>> out = new TreeMap<>();
    try (Querier querier = from;
        SeriesSet set =
            querier.select(
                SelectRequest.range(Long.MIN_VALUE, Long.MAX_VALUE),
                java.util.List.of(Matcher.of(Matcher.Type.REGEX, "__name__", ".+")))) {
      SampleBatch batch = new SampleBatch(100);
      for (int i = 0; i < set.size(); i++) {
        Map<Long, Double> samples = new TreeMap<>();
        SampleReader reader = set.samples(i, null);
        while (reader.read(batch) > 0) {
          for (int k = 0; k < batch.size; k++) {
            assertThat(samples.put(batch.timestamps[k], batch.values[k])).isNull();
          }
        }
        out.put(set.labels(i), samples);
      }
    }
    return out;
  }

  private Map<Labels, Map<Long, Double>> all() throws Exception {
    return all(tsdb.querier(Long.MIN_VALUE, Long.MAX_VALUE));
  }

  /** Ten hours of three series, one sample in 15 seconds. */
  private Map<Labels, Map<Long, Double>> fill(Tsdb into, int hours) throws Exception {
    Map<Labels, Map<Long, Double>> out = new TreeMap<>();
    for (long t = T0; t < T0 + hours * HOUR; t += 15_000) {
      for (String metric : new String[] {"a", "b", "c"}) {
        double value = (t - T0) / 15_000.0 * metric.charAt(0) % 977;
        TsdbFixture.commit(into, metric, t, value);
        out.computeIfAbsent(Labels.of("__name__", metric), l -> new TreeMap<>()).put(t, value);
      }
    }
    return out;
  }

  @Test
  void aRestartKeepsEverything() throws Exception {
    Map<Labels, Map<Long, Double>> written = fill(open(), 1);
    assertThat(all()).isEqualTo(written);
    tsdb.close();
    open();
    assertThat(all()).isEqualTo(written);
    assertThat(tsdb.cleanStart()).isTrue();
    TsdbFixture.commit(tsdb, "a", T0 + 2 * HOUR, 1);
    assertThat(all().get(Labels.of("__name__", "a"))).containsEntry(T0 + 2 * HOUR, 1.0);
  }

  @Test
  void compactionAndTruncationKeepEverything() throws Exception {
    Map<Labels, Map<Long, Double>> written = fill(open(), 10);
    tsdb.compactions().compact();
    assertThat(tsdb.blockSet().current()).hasSizeGreaterThanOrEqualTo(2);
    assertThat(tsdb.head().minTime()).isGreaterThan(T0 + 6 * HOUR);
    assertThat(all()).isEqualTo(written);
    tsdb.close();
    open();
    assertThat(all()).isEqualTo(written);
  }

  @Test
  void samplesOutOfOrderSurviveRestartAndCompaction() throws Exception {
    Map<Labels, Map<Long, Double>> written = fill(open(Duration.ofHours(20)), 6);
    Map<Long, Double> a = written.get(Labels.of("__name__", "a"));
    for (int i = 0; i < 700; i++) {
      long t = T0 + (i * 37_003L) % (5 * HOUR) + 1;
      TsdbFixture.commit(tsdb, "a", t, i);
      a.put(t, (double) i);
    }
    assertThat(all()).isEqualTo(written);
    tsdb.close();
    open(Duration.ofHours(20));
    assertThat(all()).isEqualTo(written);
    tsdb.compactions().compact();
    tsdb.compactions().compactOutOfOrder();
    assertThat(all()).isEqualTo(written);
    tsdb.close();
    open(Duration.ofHours(20));
    assertThat(all()).isEqualTo(written);
  }

  @Test
  void whatIsDeletedStaysDeleted() throws Exception {
    Map<Labels, Map<Long, Double>> written = fill(open(), 8);
    tsdb.compactions().compact();
    tsdb.delete(T0 + HOUR, T0 + 7 * HOUR, java.util.List.of(Matcher.equal("__name__", "b")));
    written
        .get(Labels.of("__name__", "b"))
        .keySet()
        .removeIf(t -> t >= T0 + HOUR && t <= T0 + 7 * HOUR);
    assertThat(all()).isEqualTo(written);
    tsdb.close();
    open();
    assertThat(all()).isEqualTo(written);
    tsdb.cleanTombstones();
    assertThat(all()).isEqualTo(written);
  }

  @Test
  void aSnapshotIsADataDirectory() throws Exception {
    Map<Labels, Map<Long, Double>> written = fill(open(), 5);
    tsdb.compactions().compact();
    Path snapshot = directory.resolve("snapshots").resolve(tsdb.snapshot(false));
    // Nothing of a snapshot keeps scrapes out that are a little late.
    TsdbFixture.commit(tsdb, "late", T0 + 5 * HOUR - 60_000, 1);
    tsdb.close();
    tsdb =
        new Tsdb(snapshot, TsdbFixture.settings(Duration.ZERO), new RealDisk(), Clock.systemUTC());
    tsdb.start();
    assertThat(all()).isEqualTo(written);
  }

  @Test
  void readsADirectoryThatAServerIsUsing() throws Exception {
    Map<Labels, Map<Long, Double>> written = fill(open(), 5);
    tsdb.compactions().compact();
    Path sandbox = Files.createTempDirectory(directory.getParent(), "sandbox");
    try (ReadOnlyTsdb reader = ReadOnlyTsdb.open(new RealDisk(), directory, sandbox)) {
      assertThat(all(reader.querier(Long.MIN_VALUE, Long.MAX_VALUE))).isEqualTo(written);
    }
    assertThat(sandbox).doesNotExist();
    assertThat(all()).isEqualTo(written);
  }

  @Test
  void closesAlthoughACompactionWaitsForAnAppender() throws Exception {
    open();
    Appender forgotten = tsdb.appender(AppendOptions.DEFAULT);
    forgotten.series(Labels.of("__name__", "forgotten"));
    // Due now: the background thread begins to compact, and waits for the appender to end.
    TsdbFixture.commit(tsdb, "a", T0, 1);
    TsdbFixture.commit(tsdb, "a", T0 + 4 * HOUR, 2);
    tsdb.close();
    forgotten.rollback();
    open();
    assertThat(all().get(Labels.of("__name__", "a"))).hasSize(2);
  }

  @Test
  void keepsASecondProcessOut() throws Exception {
    open();
    Tsdb second =
        new Tsdb(directory, TsdbFixture.settings(Duration.ZERO), new RealDisk(), Clock.systemUTC());
    assertThatThrownBy(second::start)
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("lock DB directory");
    TsdbFixture.commit(tsdb, "a", T0, 1);
    assertThat(all()).hasSize(1);
  }

  @Test
  void aSecondStartLeavesTheDatabaseOpen() throws Exception {
    open();
    TsdbFixture.commit(tsdb, "a", T0, 1);
    assertThatThrownBy(tsdb::start).isInstanceOf(StorageException.class);
    TsdbFixture.commit(tsdb, "a", T0 + 1, 2);
    assertThat(all().get(Labels.of("__name__", "a"))).hasSize(2);
  }

  @Test
  void aSeriesThatCameBackOutlivesCheckpoints() throws Exception {
    fill(open(), 10);
    // "once" goes with its block and comes back with another ref; the log speaks of both.
    tsdb.close();
    open();
    TsdbFixture.commit(tsdb, "once", T0 + 10 * HOUR, 1);
    tsdb.head().compactable().truncateLog(T0);
    long from = T0 + 10 * HOUR;
    for (int i = 1; i <= 60; i++) {
      TsdbFixture.commit(tsdb, "d", from + i * 300_000L, i);
    }
    tsdb.compactions().compact();
    assertThat(tsdb.head().seriesCount()).isEqualTo(1);
    long late = from + 61 * 300_000L;
    TsdbFixture.commit(tsdb, "once", late, 2);
    for (int restart = 0; restart < 3; restart++) {
      tsdb.close();
      open();
      for (int i = 0; i < 6; i++) {
        tsdb.head().compactable().truncateLog(tsdb.head().minTime());
      }
      assertThat(all().get(Labels.of("__name__", "once"))).containsEntry(late, 2.0);
    }
  }

  @Test
  void aSampleOfTheFarFutureDoesNotHoldUpThoseOutOfOrder() throws Exception {
    open(Duration.ofMinutes(30));
    long future = 9_000_000_000_000_000L;
    TsdbFixture.commit(tsdb, "a", T0, 1);
    TsdbFixture.commit(tsdb, "a", T0 - 1000, 2);
    TsdbFixture.commit(tsdb, "b", future, 3);
    TsdbFixture.commit(tsdb, "b", future - 1000, 4);
    Map<Labels, Map<Long, Double>> written = all();
    assertThat(written).hasSize(2);
    // Between the two are more ranges than can be looked at one by one.
    tsdb.compactions().compact();
    tsdb.compactions().compactOutOfOrder();
    assertThat(tsdb.head().minOutOfOrder()).isEqualTo(Long.MAX_VALUE);
    assertThat(all()).isEqualTo(written);
  }

  @Test
  void whatIsDeletedAsAWholeDoesNotComeBackFromTheLog() throws Exception {
    fill(open(), 6);
    tsdb.compactions().compact();
    tsdb.delete(
        Long.MIN_VALUE,
        Long.MAX_VALUE,
        java.util.List.of(Matcher.of(Matcher.Type.REGEX, "__name__", ".+")));
    assertThat(all()).isEmpty();
    tsdb.cleanTombstones();
    assertThat(all()).isEmpty();
    tsdb.close();
    open();
    assertThat(all()).isEmpty();
  }

  @Test
  void whoReadsAfterTheEndIsToldSo() throws Exception {
    fill(open(), 1);
    try (Querier querier = tsdb.querier(T0, T0 + HOUR);
        SeriesSet set =
            querier.select(
                SelectRequest.range(T0, T0 + HOUR),
                java.util.List.of(Matcher.equal("__name__", "a")))) {
      tsdb.close();
      assertThatThrownBy(() -> set.samples(0, null).read(new SampleBatch(10)))
          .isInstanceOf(StorageException.class)
          .hasMessageContaining("closed");
    }
  }
}
