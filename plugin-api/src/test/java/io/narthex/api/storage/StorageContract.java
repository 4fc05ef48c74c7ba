package io.narthex.api.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.access.RestrictedStorageCheck;
import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.Metadata;
import io.narthex.api.model.MetricType;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.model.StaleMarker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What every storage must do. The test of a backend extends this class and says how to make one; it
 * is published as the test jar of plugin-api for backends outside of this repository.
 *
 * <p>All samples lie within an hour after {@link #T0}, in ascending order of time unless a test is
 * about something else, so a backend with a short retention can be tested too.
 */
public abstract class StorageContract {
  /** Where the tests' time starts: milliseconds since the epoch, a whole hour. */
  protected static final long T0 = 1_700_002_800_000L;

  /** A sample as tests compare it: bits of the float, or the histogram. */
  protected record Sample(long time, Object value) {
    static Sample of(long time, double value) {
      return new Sample(time, Double.doubleToRawLongBits(value));
    }
  }

  private final List<Storage> opened = new ArrayList<>();
  private Storage storage;

  /**
   * Makes a storage that takes no out-of-order samples, not started yet. If it is an {@link
   * ExemplarStorage}, it has room for at least 10 exemplars. Called once for each test.
   */
  protected abstract Storage create() throws Exception;

  /** The same with an out-of-order window; the tests of it are skipped where this returns null. */
  protected Storage createWithOutOfOrderWindow(Duration window) throws Exception {
    return null;
  }

  /**
   * The same, keeping the start timestamps of floats and histograms; the tests of them are skipped
   * where this returns null.
   */
  protected Storage createWithStartTimestamps() throws Exception {
    return null;
  }

  /**
   * Makes a storage that has committed a series of one old sample forget it.
   *
   * @return false when the backend has no way to; the tests of it are skipped
   */
  protected boolean forgetOldSeries(Storage storage) throws Exception {
    return false;
  }

  @BeforeEach
  void open() throws Exception {
    storage = start(create());
  }

  private Storage start(Storage made) throws Exception {
    opened.add(made);
    made.start();
    return made;
  }

  @AfterEach
  void close() throws Exception {
    for (Storage s : opened) {
      s.close();
      s.close();
    }
  }

  // Life cycle

  @Test
  void refusesWorkBeforeItIsStarted() throws Exception {
    Storage fresh = create();
    opened.add(fresh);
    assertThatThrownBy(() -> fresh.appender(AppendOptions.DEFAULT))
        .isInstanceOfSatisfying(
            StorageException.class,
            e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.NOT_READY));
    assertThatThrownBy(() -> fresh.querier(0, 1))
        .isInstanceOfSatisfying(
            StorageException.class,
            e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.NOT_READY));
  }

  @Test
  void refusesWorkAfterItIsClosed() throws Exception {
    storage.close();
    assertThatThrownBy(() -> storage.appender(AppendOptions.DEFAULT))
        .isInstanceOfSatisfying(
            StorageException.class,
            e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.CLOSED));
    assertThatThrownBy(() -> storage.querier(0, 1))
        .isInstanceOfSatisfying(
            StorageException.class,
            e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.CLOSED));
  }

  @Test
  void tellsItsTimeRange() throws Exception {
    assertThat(storage.minTime()).isEqualTo(Long.MAX_VALUE);
    assertThat(storage.maxTime()).isEqualTo(Long.MIN_VALUE);
    commit(labels("a"), T0 + 10, 1, T0 + 30, 2);
    commit(labels("b"), T0 + 20, 1);
    assertThat(storage.minTime()).isEqualTo(T0 + 10);
    assertThat(storage.maxTime()).isEqualTo(T0 + 30);
  }

  // Transactions

  @Test
  void givesBackWhatWasCommitted() throws Exception {
    commit(labels("a", "x", "1"), T0, 1.5, T0 + 1, -0.0, T0 + 2, Double.POSITIVE_INFINITY);
    assertThat(all(equal("__name__", "a")))
        .containsExactly(
            Map.entry(
                labels("a", "x", "1"),
                List.of(
                    Sample.of(T0, 1.5),
                    Sample.of(T0 + 1, -0.0),
                    Sample.of(T0 + 2, Double.POSITIVE_INFINITY))));
  }

  @Test
  void showsNothingBeforeTheCommit() throws Exception {
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      append(appender, appender.series(labels("a")), T0, 1);
      assertThat(all(equal("__name__", "a"))).isEmpty();
      assertThat(labelValues("__name__")).isEmpty();
      assertThat(storage.maxTime()).isEqualTo(Long.MIN_VALUE);
      appender.commit();
    }
    assertThat(all(equal("__name__", "a"))).hasSize(1);
    assertThat(labelValues("__name__")).containsExactly("a");
  }

  @Test
  void forgetsWhatWasRolledBack() throws Exception {
    Appender appender = storage.appender(AppendOptions.DEFAULT);
    append(appender, appender.series(labels("a")), T0, 1);
    appender.rollback();
    appender.rollback();
    assertThat(all(equal("__name__", "a"))).isEmpty();
    assertThat(labelValues("__name__")).isEmpty();
    commit(labels("a"), T0, 2);
    assertThat(samples(labels("a"))).containsExactly(Sample.of(T0, 2));
  }

  @Test
  void rollsBackWhatIsClosedWithoutCommit() throws Exception {
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      append(appender, appender.series(labels("a")), T0, 1);
    }
    assertThat(all(equal("__name__", "a"))).isEmpty();
  }

  @Test
  void closingAfterTheCommitKeepsIt() throws Exception {
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      append(appender, appender.series(labels("a")), T0, 1);
      appender.commit();
    }
    assertThat(samples(labels("a"))).containsExactly(Sample.of(T0, 1));
  }

  @Test
  void doesNotKeepTheCallersBatch() throws Exception {
    AppendBatch batch = new AppendBatch(1);
    AppendErrors errors = new AppendErrors();
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      long ref = appender.series(labels("a"));
      batch.add(ref, T0, 1);
      appender.append(batch, errors);
      batch.clear();
      batch.add(ref, T0 + 1, 2);
      appender.append(batch, errors);
      batch.clear();
      batch.add(ref, T0 + 77, 99);
      appender.commit();
    }
    assertThat(errors.isEmpty()).isTrue();
    assertThat(samples(labels("a"))).containsExactly(Sample.of(T0, 1), Sample.of(T0 + 1, 2));
  }

  @Test
  void anOpenQuerierSeesAllOrNothingOfALaterCommit() throws Exception {
    commit(labels("a"), T0, 1);
    commit(labels("b"), T0, 1);
    try (Querier before = storage.querier(T0, T0 + 100)) {
      try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
        for (String name : List.of("a", "b", "c")) {
          append(appender, appender.series(labels(name)), T0 + 1, 2);
        }
        appender.commit();
      }
      int seen = 0;
      for (String name : List.of("a", "b", "c")) {
        Map<Labels, List<Sample>> found = read(before, equal("__name__", name));
        seen += found.values().stream().anyMatch(l -> l.contains(Sample.of(T0 + 1, 2))) ? 1 : 0;
        if (!name.equals("c")) {
          assertThat(found.get(labels(name))).contains(Sample.of(T0, 1));
        }
      }
      assertThat(seen).isIn(0, 3);
    }
    assertThat(samples(labels("a"))).hasSize(2);
  }

  @Test
  void transactionsDoNotSeeOrDisturbEachOther() throws Exception {
    Appender one = storage.appender(AppendOptions.DEFAULT);
    Appender two = storage.appender(AppendOptions.DEFAULT);
    long refOne = one.series(labels("a"));
    long refTwo = two.series(labels("a"));
    assertThat(refTwo).isEqualTo(refOne);
    append(one, refOne, T0, 1);
    append(two, refTwo, T0 + 1, 2);
    one.rollback();
    two.commit();
    assertThat(samples(labels("a"))).containsExactly(Sample.of(T0 + 1, 2));
  }

  // References

  @Test
  void referencesArePositiveDistinctAndLasting() throws Exception {
    long a;
    long b;
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      a = appender.series(labels("a"));
      b = appender.series(labels("b"));
      assertThat(a).isPositive().isNotEqualTo(b);
      assertThat(b).isPositive();
      assertThat(appender.series(labels("a"))).isEqualTo(a);
      append(appender, a, T0, 1);
      append(appender, b, T0, 1);
      appender.commit();
    }
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      append(appender, a, T0 + 1, 2);
      assertThat(appender.series(labels("b"))).isEqualTo(b);
      appender.commit();
    }
    assertThat(samples(labels("a"))).hasSize(2);
  }

  @Test
  void refusesReferencesThatItNeverGave() throws Exception {
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      for (long ref : new long[] {0, -1, 123_456_789, Long.MAX_VALUE, Long.MIN_VALUE}) {
        assertThat(tryAppend(appender, ref, T0, 1)).isEqualTo(AppendError.UNKNOWN_SERIES);
      }
    }
  }

  @Test
  void refusesASeriesWithoutLabels() throws Exception {
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      assertThatThrownBy(() -> appender.series(Labels.empty()))
          .isInstanceOf(StorageException.class);
    }
  }

  @Test
  void aForgottenSeriesIsUnknownAndGetsAnotherReference() throws Exception {
    long old;
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      old = appender.series(labels("old"));
      append(appender, old, T0, 1);
      appender.commit();
    }
    Assumptions.assumeTrue(forgetOldSeries(storage), "this backend does not forget on demand");
    long later = storage.maxTime() + 1;
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      assertThat(tryAppend(appender, old, later, 2)).isEqualTo(AppendError.UNKNOWN_SERIES);
      long fresh = appender.series(labels("old"));
      assertThat(fresh).isNotEqualTo(old);
      append(appender, fresh, later, 2);
      appender.commit();
    }
    // A backend that persists has the old sample still; it has only forgotten the reference.
    assertThat(samples(labels("old"))).endsWith(Sample.of(later, 2));
  }

  // Order

  @Test
  void refusesOlderSamplesAndKeepsTheOthersOfTheBatch() throws Exception {
    commit(labels("a"), T0 + 10, 1);
    AppendBatch batch = new AppendBatch(4);
    AppendErrors errors = new AppendErrors();
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      long a = appender.series(labels("a"));
      long b = appender.series(labels("b"));
      batch.add(b, T0 + 5, 1);
      batch.add(a, T0 + 9, 2);
      batch.add(a, T0 + 11, 3);
      batch.add(b, T0 + 12, 4);
      appender.append(batch, errors);
      appender.commit();
    }
    assertThat(errors.size()).isEqualTo(1);
    assertThat(errors.index(0)).isEqualTo(1);
    assertThat(errors.error(0)).isEqualTo(AppendError.OUT_OF_ORDER);
    assertThat(samples(labels("a"))).containsExactly(Sample.of(T0 + 10, 1), Sample.of(T0 + 11, 3));
    assertThat(samples(labels("b"))).containsExactly(Sample.of(T0 + 5, 1), Sample.of(T0 + 12, 4));
  }

  @Test
  void takesTheSameSampleTwiceSilently() throws Exception {
    commit(labels("a"), T0, 1, T0 + 1, Double.NaN);
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      append(appender, appender.series(labels("a")), T0 + 1, Double.NaN);
      appender.commit();
    }
    assertThat(samples(labels("a")))
        .containsExactly(Sample.of(T0, 1), Sample.of(T0 + 1, Double.NaN));
  }

  @Test
  void refusesAnotherValueAtTheSameTime() throws Exception {
    commit(labels("a"), T0, 1);
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      long a = appender.series(labels("a"));
      assertThat(tryAppend(appender, a, T0, 2)).isEqualTo(AppendError.DUPLICATE_TIMESTAMP);
      AppendBatch batch = new AppendBatch(1);
      AppendErrors errors = new AppendErrors();
      batch.add(a, T0, histogram(1));
      appender.append(batch, errors);
      assertThat(errors.size()).isEqualTo(1);
      appender.commit();
    }
    assertThat(samples(labels("a"))).containsExactly(Sample.of(T0, 1));
  }

  @Test
  void tellsTheValueThatASampleIsADuplicateOf() throws Exception {
    commit(labels("a"), T0, 1);
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      AppendBatch batch = new AppendBatch(2);
      AppendErrors errors = new AppendErrors();
      batch.add(appender.series(labels("h")), T0, histogram(1));
      appender.append(batch, errors);
      appender.commit();
    }
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      AppendBatch batch = new AppendBatch(2);
      AppendErrors errors = new AppendErrors();
      batch.add(appender.series(labels("a")), T0, 2e6);
      batch.add(appender.series(labels("h")), T0, 2);
      batch.add(appender.series(labels("h")), T0, histogram(2));
      batch.add(appender.series(labels("h")), T0, histogram(1));
      appender.append(batch, errors);
      assertThat(errors.size()).isEqualTo(3);
      String duplicate = "duplicate sample for timestamp";
      assertThat(errors.text(0, batch))
          .isEqualTo(duplicate + " " + T0 + "; overrides not allowed: existing 1, new value 2e+06");
      assertThat(errors.text(1, batch))
          .isEqualTo(
              duplicate
                  + " "
                  + T0
                  + "; overrides not allowed: existing is a histogram, new value 2");
      assertThat(errors.text(2, batch)).isEqualTo(duplicate);
    }
  }

  @Test
  void keepsSamplesInOrderWithinATransaction() throws Exception {
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      long a = appender.series(labels("a"));
      append(appender, a, T0 + 5, 1);
      tryAppend(appender, a, T0 + 3, 2);
      tryAppend(appender, a, T0 + 5, 3);
      append(appender, a, T0 + 6, 4);
      appender.commit();
    }
    assertThat(samples(labels("a"))).containsExactly(Sample.of(T0 + 5, 1), Sample.of(T0 + 6, 4));
  }

  @Test
  void aSampleOvertakenByAnotherTransactionIsLeftOut() throws Exception {
    Appender slow = storage.appender(AppendOptions.DEFAULT);
    append(slow, slow.series(labels("a")), T0, 1);
    commit(labels("a"), T0 + 1, 2);
    slow.commit();
    List<Sample> samples = samples(labels("a"));
    assertThat(samples).contains(Sample.of(T0 + 1, 2));
    assertThat(samples).isSortedAccordingTo((x, y) -> Long.compare(x.time(), y.time()));
  }

  @Test
  void takesLateSamplesWithinTheWindow() throws Exception {
    storage = windowed(Duration.ofMinutes(10));
    commit(labels("a"), T0 + 1_000_000, 1, T0 + 1_000_010, 2);
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      long a = appender.series(labels("a"));
      assertThat(tryAppend(appender, a, T0 + 1_000_005, 3)).isNull();
      assertThat(tryAppend(appender, a, T0 + 900_000, 4)).isNull();
      assertThat(tryAppend(appender, a, T0 + 1_000_010 - 600_001, 5))
          .isEqualTo(AppendError.TOO_OLD);
      appender.commit();
    }
    assertThat(samples(labels("a")))
        .containsExactly(
            Sample.of(T0 + 900_000, 4),
            Sample.of(T0 + 1_000_000, 1),
            Sample.of(T0 + 1_000_005, 3),
            Sample.of(T0 + 1_000_010, 2));
  }

  @Test
  void refusesLateSamplesDespiteTheWindowWhereAsked() throws Exception {
    storage = windowed(Duration.ofMinutes(10));
    commit(labels("a"), T0 + 10, 1);
    try (Appender appender = storage.appender(new AppendOptions(true))) {
      assertThat(tryAppend(appender, appender.series(labels("a")), T0 + 9, 2))
          .isEqualTo(AppendError.OUT_OF_ORDER);
    }
  }

  @Test
  void anOpenQuerierDoesNotSeeALateSampleOfALaterCommitAlone() throws Exception {
    storage = windowed(Duration.ofMinutes(10));
    commit(labels("a"), T0 + 10, 1, T0 + 20, 2);
    try (Querier before = storage.querier(T0, T0 + 100)) {
      commit(labels("a"), T0 + 15, 3, T0 + 30, 4);
      List<Sample> seen = read(before, equal("__name__", "a")).get(labels("a"));
      assertThat(seen.contains(Sample.of(T0 + 15, 3)))
          .isEqualTo(seen.contains(Sample.of(T0 + 30, 4)));
    }
    assertThat(samples(labels("a"))).hasSize(4);
  }

  // Kinds of samples

  @Test
  void keepsStaleMarkersBitByBit() throws Exception {
    commit(labels("a"), T0, 1, T0 + 1, StaleMarker.value());
    commit(labels("a"), T0 + 2, Double.longBitsToDouble(StaleMarker.NORMAL_NAN_BITS));
    assertThat(samples(labels("a")))
        .containsExactly(
            Sample.of(T0, 1),
            new Sample(T0 + 1, StaleMarker.BITS),
            new Sample(T0 + 2, StaleMarker.NORMAL_NAN_BITS));
  }

  @Test
  void givesHistogramsBack() throws Exception {
    NativeHistogram integers = histogram(3);
    NativeHistogram floats =
        new NativeHistogram(
            false,
            NativeHistogram.ResetHint.GAUGE,
            -1,
            0.001,
            0.5,
            3.25,
            12.5,
            List.of(new NativeHistogram.Span(-2, 1), new NativeHistogram.Span(3, 2)),
            new double[] {0.5, 1, 0.25},
            List.of(new NativeHistogram.Span(0, 1)),
            new double[] {1},
            new double[0]);
    NativeHistogram custom =
        new NativeHistogram(
            true,
            NativeHistogram.ResetHint.UNKNOWN,
            NativeHistogram.CUSTOM_BUCKETS,
            0,
            0,
            4,
            9,
            List.of(new NativeHistogram.Span(0, 3)),
            new double[] {1, 2, 1},
            List.of(),
            new double[0],
            new double[] {0.5, 1});
    int i = 0;
    for (NativeHistogram h : List.of(integers, floats, custom)) {
      Labels series = labels("h", "kind", String.valueOf(i++));
      commitHistograms(series, T0, h);
      assertThat(samples(series)).containsExactly(new Sample(T0, h));
    }
  }

  @Test
  void beginsANewBatchWhereFloatsAndHistogramsSwitch() throws Exception {
    Labels series = labels("a");
    commit(series, T0, 1, T0 + 1, 2);
    commitHistograms(series, T0 + 2, histogram(1), histogram(2));
    commit(series, T0 + 4, 3);
    assertThat(samples(series))
        .containsExactly(
            Sample.of(T0, 1),
            Sample.of(T0 + 1, 2),
            new Sample(T0 + 2, histogram(1)),
            new Sample(T0 + 3, histogram(2)),
            Sample.of(T0 + 4, 3));
    try (Querier querier = storage.querier(T0, T0 + 100);
        SeriesSet set =
            querier.select(SelectRequest.range(T0, T0 + 100), List.of(equal("__name__", "a")))) {
      SampleBatch batch = new SampleBatch(100);
      SampleReader reader = set.samples(0, null);
      List<String> kinds = new ArrayList<>();
      while (reader.read(batch) > 0) {
        kinds.add(batch.kind + " " + batch.size);
      }
      assertThat(kinds).containsExactly("FLOAT 2", "HISTOGRAM 2", "FLOAT 1");
    }
  }

  @Test
  void refusesHistogramsThatContradictThemselves() throws Exception {
    NativeHistogram wrong =
        new NativeHistogram(
            true,
            NativeHistogram.ResetHint.UNKNOWN,
            0,
            0,
            0,
            1,
            1,
            List.of(new NativeHistogram.Span(0, 2)),
            new double[] {5, 5},
            List.of(),
            new double[0],
            new double[0]);
    AppendBatch batch = new AppendBatch(1);
    AppendErrors errors = new AppendErrors();
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      batch.add(appender.series(labels("a")), T0, wrong);
      appender.append(batch, errors);
    }
    assertThat(errors.size()).isEqualTo(1);
    assertThat(errors.error(0)).isEqualTo(AppendError.INVALID_HISTOGRAM);
  }

  @Test
  void takesMetadata() throws Exception {
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      long a = appender.series(labels("a"));
      append(appender, a, T0, 1);
      appender.updateMetadata(a, new Metadata(MetricType.COUNTER, "help", "unit"));
      appender.commit();
    }
    assertThat(samples(labels("a"))).hasSize(1);
  }

  @Test
  void keepsAnExemplarOnceThatIsScrapedAgainWithoutATimestamp() throws Exception {
    Assumptions.assumeTrue(storage instanceof ExemplarStorage, "this backend keeps no exemplars");
    ExemplarStorage exemplars = (ExemplarStorage) storage;
    Exemplar first = new Exemplar(Labels.of("trace_id", "1"), 5, T0, false);
    Exemplar again = new Exemplar(Labels.of("trace_id", "1"), 5, T0 + 5, false);
    Exemplar other = new Exemplar(Labels.of("trace_id", "2"), 5, T0 + 9, false);
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      long a = appender.series(labels("a"));
      append(appender, a, T0, 1);
      for (Exemplar e : List.of(first, again, other)) {
        assertThat(appender.appendExemplar(a, e)).isNull();
      }
      appender.commit();
    }
    assertThat(exemplars.exemplars(T0, T0 + 10, List.of(List.of(equal("__name__", "a")))))
        .singleElement()
        .satisfies(s ->
            assertThat(s.exemplars().stream().map(Exemplar::timestamp))
                .containsExactly(T0, T0 + 9));
  }

  @Test
  void givesExemplarsBack() throws Exception {
    Assumptions.assumeTrue(storage instanceof ExemplarStorage, "this backend keeps no exemplars");
    ExemplarStorage exemplars = (ExemplarStorage) storage;
    Exemplar first = new Exemplar(Labels.of("trace_id", "1"), 5, T0, true);
    Exemplar second = new Exemplar(Labels.of("trace_id", "2"), 6, T0 + 5, true);
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      long b = appender.series(labels("b"));
      long a = appender.series(labels("a"));
      append(appender, b, T0, 1);
      append(appender, a, T0, 1);
      assertThat(appender.appendExemplar(b, first)).isNull();
      assertThat(appender.appendExemplar(a, first)).isNull();
      assertThat(exemplars.exemplars(T0, T0 + 10, List.of(List.of(equal("__name__", "a")))))
          .isEmpty();
      appender.commit();
    }
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      long a = appender.series(labels("a"));
      assertThat(appender.appendExemplar(a, second)).isNull();
      appender.commit();
    }
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      long a = appender.series(labels("a"));
      assertThat(appender.appendExemplar(a, second)).as("the latest again").isNull();
      assertThat(appender.appendExemplar(a, first)).isEqualTo(AppendError.EXEMPLAR_OUT_OF_ORDER);
      assertThat(
              appender.appendExemplar(
                  a, new Exemplar(Labels.of("trace_id", "x".repeat(121)), 1, T0 + 9, true)))
          .isEqualTo(AppendError.EXEMPLAR_TOO_LONG);
      appender.commit();
    }
    assertThat(
            exemplars.exemplars(
                T0,
                T0 + 10,
                List.of(List.of(equal("__name__", "b")), List.of(equal("__name__", "a")))))
        .containsExactly(
            new ExemplarStorage.SeriesExemplars(labels("a"), List.of(first, second)),
            new ExemplarStorage.SeriesExemplars(labels("b"), List.of(first)));
    assertThat(exemplars.exemplars(T0 + 1, T0 + 4, List.of(List.of(equal("__name__", "a")))))
        .isEmpty();
  }

  // Selecting

  @Test
  void cutsSamplesToTheRangeInclusively() throws Exception {
    commit(labels("a"), T0, 0, T0 + 10, 1, T0 + 20, 2, T0 + 30, 3);
    try (Querier querier = storage.querier(T0 - 100, T0 + 100)) {
      assertThat(read(querier, T0 + 10, T0 + 20, equal("__name__", "a")).get(labels("a")))
          .containsExactly(Sample.of(T0 + 10, 1), Sample.of(T0 + 20, 2));
      assertThat(read(querier, T0 + 11, T0 + 19, equal("__name__", "a")).values())
          .allMatch(List::isEmpty);
    }
  }

  @Test
  void readsInBatchesOfTheCallersSize() throws Exception {
    Object[] pairs = new Object[2 * 1000];
    for (int i = 0; i < 1000; i++) {
      pairs[2 * i] = T0 + i * 1000L;
      pairs[2 * i + 1] = (double) i;
    }
    commit(labels("a"), pairs);
    for (int capacity : new int[] {1, 7, 120, 1000, 5000}) {
      try (Querier querier = storage.querier(T0, T0 + 3_600_000);
          SeriesSet set =
              querier.select(
                  SelectRequest.range(T0, T0 + 3_600_000), List.of(equal("__name__", "a")))) {
        SampleBatch batch = new SampleBatch(capacity);
        SampleReader reader = set.samples(0, null);
        int n = 0;
        for (int got = reader.read(batch); got > 0; got = reader.read(batch)) {
          assertThat(got).isEqualTo(batch.size).isLessThanOrEqualTo(capacity);
          for (int i = 0; i < got; i++, n++) {
            assertThat(batch.timestamps[i]).isEqualTo(T0 + n * 1000L);
            assertThat(batch.values[i]).isEqualTo(n);
          }
        }
        assertThat(n).isEqualTo(1000);
        assertThat(reader.read(batch)).isZero();
      }
    }
  }

  @Test
  void aReaderCanBeUsedAgain() throws Exception {
    commit(labels("a"), T0, 1);
    commit(labels("b"), T0, 2, T0 + 1, 3);
    try (Querier querier = storage.querier(T0, T0 + 10);
        SeriesSet set =
            querier.select(
                SelectRequest.range(T0, T0 + 10),
                List.of(matcher(Matcher.Type.REGEX, "__name__", "a|b")))) {
      SampleReader reader = null;
      List<Double> last = new ArrayList<>();
      SampleBatch batch = new SampleBatch(10);
      for (int i = 0; i < set.size(); i++) {
        reader = set.samples(i, reader);
        while (reader.read(batch) > 0) {
          last.add(batch.values[batch.size - 1]);
        }
      }
      assertThat(last).containsExactly(1.0, 3.0);
    }
  }

  @Test
  void matchersMeanWhatPrometheusMeans() throws Exception {
    Labels a = labels("m", "job", "x", "env", "prod");
    Labels b = labels("m", "job", "x");
    Labels c = labels("m", "job", "y", "env", "dev");
    Labels d = labels("n", "job", "x", "env", "prod");
    for (Labels l : List.of(a, b, c, d)) {
      commit(l, T0, 1);
    }
    Matcher m = equal("__name__", "m");
    assertThat(select(m)).containsExactlyInAnyOrder(b, a, c);
    assertThat(select(m, equal("env", "prod"))).containsExactlyInAnyOrder(a);
    assertThat(select(m, equal("env", "")))
        .as("no label is an empty one")
        .containsExactlyInAnyOrder(b);
    assertThat(select(m, matcher(Matcher.Type.NOT_EQUAL, "env", "prod")))
        .containsExactlyInAnyOrder(b, c);
    assertThat(select(m, matcher(Matcher.Type.NOT_EQUAL, "env", "")))
        .containsExactlyInAnyOrder(a, c);
    assertThat(select(m, matcher(Matcher.Type.REGEX, "env", "prod|dev")))
        .containsExactlyInAnyOrder(a, c);
    assertThat(select(m, matcher(Matcher.Type.REGEX, "env", "pro"))).as("anchored").isEmpty();
    assertThat(select(m, matcher(Matcher.Type.REGEX, "env", ".*")))
        .containsExactlyInAnyOrder(b, a, c);
    assertThat(select(m, matcher(Matcher.Type.REGEX, "env", ".+"))).containsExactlyInAnyOrder(a, c);
    assertThat(select(m, matcher(Matcher.Type.REGEX, "env", "|dev")))
        .containsExactlyInAnyOrder(b, c);
    assertThat(select(m, matcher(Matcher.Type.NOT_REGEX, "env", "p.*")))
        .containsExactlyInAnyOrder(b, c);
    assertThat(select(m, matcher(Matcher.Type.NOT_REGEX, "env", ".*"))).isEmpty();
    assertThat(select(m, matcher(Matcher.Type.NOT_REGEX, "env", ".+")))
        .containsExactlyInAnyOrder(b);
    assertThat(select(m, equal("nothing", ""))).containsExactlyInAnyOrder(b, a, c);
    assertThat(select(m, equal("nothing", "x"))).isEmpty();
    assertThat(select(matcher(Matcher.Type.REGEX, "job", "x|y")))
        .containsExactlyInAnyOrder(b, a, c, d);
    assertThat(select(matcher(Matcher.Type.NOT_EQUAL, "job", "x"))).containsExactlyInAnyOrder(c);
    assertThat(select(equal("job", "x"), equal("job", "y"))).isEmpty();
    assertThat(
            select(
                matcher(Matcher.Type.REGEX, "job", "x.*"),
                matcher(Matcher.Type.NOT_REGEX, "__name__", "n")))
        .containsExactlyInAnyOrder(b, a);
  }

  @Test
  void sortsAndLimitsSeries() throws Exception {
    List<String> names = new ArrayList<>(List.of("b", "a", "d", "c", "\uD83D\uDE00", "\uFFFD"));
    for (String name : names) {
      commit(labels("m", "x", name), T0, 1);
    }
    assertThat(select(equal("__name__", "m")).stream().map(l -> l.get("x")))
        .as("in the order of code points")
        .containsExactly("a", "b", "c", "d", "\uFFFD", "\uD83D\uDE00");
    try (Querier querier = storage.querier(T0, T0 + 1);
        SeriesSet set =
            querier.select(
                SelectRequest.seriesOnly(T0, T0 + 1, 2), List.of(equal("__name__", "m")))) {
      assertThat(set.size()).isEqualTo(2);
      assertThat(set.annotations()).hasSize(1);
    }
    try (Querier querier = storage.querier(T0, T0 + 1);
        SeriesSet set =
            querier.select(
                SelectRequest.seriesOnly(T0, T0 + 1, 6), List.of(equal("__name__", "m")))) {
      assertThat(set.size()).isEqualTo(6);
      assertThat(set.annotations()).isEmpty();
    }
  }

  @Test
  void shardsCoverAllSeriesOnce() throws Exception {
    for (int i = 0; i < 50; i++) {
      commit(labels("m", "i", String.valueOf(i)), T0, i);
    }
    List<Labels> found = new ArrayList<>();
    for (int shard = 0; shard < 3; shard++) {
      SelectRequest request =
          new SelectRequest(T0, T0 + 1, true, 0, 0, 0, "", List.of(), false, shard, 3, false);
      try (Querier querier = storage.querier(T0, T0 + 1);
          SeriesSet set = querier.select(request, List.of(equal("__name__", "m")))) {
        if (!set.sharded()) {
          assertThat(set.size()).isEqualTo(50);
          return;
        }
        IntStream.range(0, set.size()).mapToObj(set::labels).forEach(found::add);
      }
    }
    assertThat(found).hasSize(50).doesNotHaveDuplicates();
  }

  @Test
  void aRequestForTheLatestSamplesHasThemWhateverElseItLeavesOut() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Storage made = createWithOutOfOrderWindow(Duration.ofHours(1));
    if (made != null) {
      storage = start(made);
    }
    List<Querier> open = new ArrayList<>();
    try {
      for (int round = 0; round < 40; round++) {
        for (int i = 0; i < 8; i++) {
          // Those of low numbers have gaps, histograms and late samples.
          Labels series = labels("m", "i", String.valueOf(i));
          long time = T0 + 15_000L * round + i;
          if (random.nextInt(8) <= i) {
            if (i % 4 == 1 && random.nextBoolean()) {
              commitHistograms(series, time, histogram(round));
            } else {
              commit(
                  series, time, random.nextInt(9) == 0 ? StaleMarker.value() : random.nextInt(99));
            }
          }
          if (made != null && i == 2 && random.nextInt(4) == 0) {
            commit(series, time - 7_000, random.nextInt(99));
          }
        }
        if (round % 10 == 3 && storage instanceof StorageAdmin admin) {
          admin.delete(T0, T0 + 15_000L * random.nextInt(round), List.of(equal("i", "3")));
        }
        if (random.nextInt(6) == 0) {
          open.add(storage.querier(T0, T0 + 3_600_000));
        }
      }
      open.add(storage.querier(T0, T0 + 3_600_000));
      for (Querier querier : open) {
        for (int look = 0; look < 30; look++) {
          long from = T0 + random.nextInt(600_000);
          long to = from + random.nextInt(600_000);
          SelectRequest request = SelectRequest.range(from, to);
          List<Matcher> all = List.of(equal("__name__", "m"));
          assertThat(latest(querier, request.latestOnly(), all))
              .as("seed %d, from %d to %d", seed, from - T0, to - T0)
              .isEqualTo(latest(querier, request, all));
        }
      }
    } finally {
      open.forEach(Querier::close);
    }
  }

  @Test
  void selectsWhatTheMatchersSayAmongManyValues() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<Labels> made = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      Labels series =
          i % 5 == 0
              ? labels("m", "ns", "n" + i % 20, "id", String.valueOf(i))
              : labels("m", "ns", "n" + i % 20, "id", String.valueOf(i), "pod", "p-" + i % 390);
      commit(series, T0, i);
      made.add(series);
    }
    List<Matcher> all =
        List.of(
            equal("ns", "n7"),
            equal("ns", "n5"),
            matcher(Matcher.Type.REGEX, "pod", "p-.*7"),
            matcher(Matcher.Type.REGEX, "pod", "p-.*"),
            matcher(Matcher.Type.REGEX, "pod", ".*7|"),
            matcher(Matcher.Type.NOT_REGEX, "pod", "p-.*7"),
            matcher(Matcher.Type.NOT_REGEX, "pod", "|p-3.*"),
            matcher(Matcher.Type.NOT_EQUAL, "pod", ""),
            equal("pod", ""),
            matcher(Matcher.Type.REGEX, "nowhere", "x.*"),
            matcher(Matcher.Type.NOT_REGEX, "nowhere", "x.*"),
            matcher(Matcher.Type.NOT_EQUAL, "id", "27"));
    for (int round = 0; round < 300; round++) {
      List<Matcher> matchers = new ArrayList<>(List.of(equal("__name__", "m")));
      for (int k = random.nextInt(4); k > 0; k--) {
        matchers.add(all.get(random.nextInt(all.size())));
      }
      assertThat(select(matchers.toArray(Matcher[]::new)))
          .as("seed %d, %s", seed, matchers)
          .containsExactlyInAnyOrderElementsOf(
              made.stream().filter(l -> matchers.stream().allMatch(m -> m.matches(l))).toList());
    }
  }

  @Test
  void groupsAreThoseOfTheLabels() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 300; i++) {
      List<String> more = new ArrayList<>(List.of("id", String.valueOf(i)));
      for (String name : List.of("job", "env", "zone")) {
        if (random.nextInt(4) > 0) {
          more.addAll(List.of(name, "v" + random.nextInt(7)));
        }
      }
      commit(labels(i % 3 == 0 ? "m" : "n", more.toArray(String[]::new)), T0 + i, 1);
    }
    SelectRequest request =
        new SelectRequest(T0, T0 + 999, false, 0, 0, 0, "sum", List.of(), true, 0, 0, false);
    for (int round = 0; round < 60; round++) {
      Set<String> names = new TreeSet<>();
      for (String name : List.of("job", "env", "zone", "id", "__name__", "nowhere")) {
        if (random.nextBoolean()) {
          names.add(name);
        }
      }
      boolean by = random.nextBoolean();
      try (Querier querier = storage.querier(T0, T0 + 999);
          SeriesSet set = querier.select(request, List.of(equal("__name__", "m")))) {
        SeriesGroups groups = set.groups(names, by);
        assertThat(groups.group()).hasSize(100);
        assertThat(groups.labels()).doesNotHaveDuplicates();
        for (int s = 0; s < set.size(); s++) {
          Labels labels = set.labels(s);
          assertThat(groups.labels().get(groups.group()[s]))
              .as("seed %d, %s %s of %s", seed, by ? "by" : "without", names, labels)
              .isEqualTo(by ? labels.retain(names) : labels.without(names));
        }
      }
    }
  }

  @Test
  void whoSeesAPartSeesWhatThereWouldBeWithoutTheRest() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Set<Labels> series = new TreeSet<>();
    for (int i = 0; i < 60; i++) {
      series.add(RestrictedStorageCheck.randomSeries(random));
    }
    for (Labels one : series) {
      commit(one, T0, 1);
    }
    new RestrictedStorageCheck(storage, series, T0, T0 + 999, seed).run(300);
  }

  /** By series, the last sample that is read; series without any are left out. */
  private static Map<Labels, String> latest(
      Querier querier, SelectRequest request, List<Matcher> matchers) throws StorageException {
    Map<Labels, String> found = new TreeMap<>();
    try (SeriesSet set = querier.select(request, matchers)) {
      SampleBatch batch = new SampleBatch(7);
      SampleReader reader = null;
      for (int s = 0; s < set.size(); s++) {
        reader = set.samples(s, reader);
        while (reader.read(batch) > 0) {
          int last = batch.size - 1;
          found.put(
              set.labels(s),
              batch.timestamps[last]
                  + " "
                  + (batch.kind == SampleBatch.Kind.FLOAT
                      ? Long.toHexString(Double.doubleToRawLongBits(batch.values[last]))
                      : "h" + batch.histograms[last].count()));
        }
      }
    }
    return found;
  }

  @Test
  void listsNewLabelValuesAmongOldOnesInTheOrderOfCodePoints() throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    TreeSet<String> want = new TreeSet<>(Labels::compareCodePoints);
    for (int round = 0; round < 12; round++) {
      for (int i = 0; i < 20; i++) {
        StringBuilder value = new StringBuilder("v");
        for (int c = random.nextInt(4); c >= 0; c--) {
          value.appendCodePoint(
              new int[] {'a', 'b', 0xe9, 0x20ac, 0xfffd, 0x1f600, '9'}[random.nextInt(7)]);
        }
        want.add(value.toString());
        commit(labels("m", "l", value.toString(), "k", String.valueOf(i % 2)), T0 + round, 1);
      }
      assertThat(labelValues("l")).as("seed %d", seed).containsExactlyElementsOf(want);
      try (Querier querier = storage.querier(T0, T0 + 3_600_000)) {
        assertThat(querier.labelValues("l", 3, List.of()).items())
            .as("seed %d", seed)
            .containsExactlyElementsOf(want.stream().limit(3).toList());
        assertThat(querier.labelValues("l", 0, List.of(equal("__name__", "m"))).items())
            .as("seed %d", seed)
            .containsExactlyElementsOf(want);
      }
    }
  }

  @Test
  void listsLabelNamesAndValues() throws Exception {
    commit(labels("m", "job", "x", "env", "prod"), T0, 1);
    commit(labels("m", "job", "y"), T0, 1);
    commit(labels("n", "zone", "1"), T0, 1);
    try (Querier querier = storage.querier(T0, T0 + 1)) {
      assertThat(querier.labelNames(0, List.of()).items())
          .containsExactly("__name__", "env", "job", "zone");
      assertThat(querier.labelNames(0, List.of(equal("job", "y"))).items())
          .containsExactly("__name__", "job");
      assertThat(querier.labelValues("job", 0, List.of()).items()).containsExactly("x", "y");
      assertThat(querier.labelValues("job", 0, List.of(equal("env", "prod"))).items())
          .containsExactly("x");
      assertThat(querier.labelValues("nothing", 0, List.of()).items()).isEmpty();
      LabelResult cut = querier.labelNames(2, List.of());
      assertThat(cut.items()).containsExactly("__name__", "env");
      assertThat(cut.annotations()).hasSize(1);
      assertThat(querier.labelValues("job", 2, List.of()).annotations()).isEmpty();
    }
  }

  @Test
  void asksATestWhichValuesAreWanted() throws Exception {
    for (int i = 0; i < 9; i++) {
      commit(labels("m", "l", "v" + i, "k", String.valueOf(i % 2)), T0, 1);
    }
    try (Querier querier = storage.querier(T0, T0 + 1)) {
      assertThat(querier.labelValues("l", 0, List.of(), v -> v.compareTo("v6") > 0).items())
          .containsExactly("v7", "v8");
      LabelResult cut = querier.labelValues("l", 2, List.of(equal("k", "1")), v -> !v.equals("v1"));
      assertThat(cut.items()).containsExactly("v3", "v5");
      assertThat(cut.annotations()).hasSize(1);
      List<String> asked = new ArrayList<>();
      LabelResult none =
          querier.labelValues(
              "l",
              1,
              List.of(equal("k", "0")),
              v -> {
                asked.add(v);
                return false;
              });
      assertThat(none.items()).isEmpty();
      assertThat(none.annotations()).isEmpty();
      assertThat(asked).contains("v0", "v2", "v4", "v6", "v8").doesNotContain("v1", "v3");
      assertThatThrownBy(() ->
              querier.labelValues(
                  "l",
                  0,
                  List.of(),
                  v -> {
                    throw new IllegalStateException("enough");
                  }))
          .hasMessage("enough");
    }
  }

  @Test
  void takesNamesAndValuesOfAllOfUnicode() throws Exception {
    Labels series =
        Labels.of(
            "__name__",
            "http.server.dauer\u00df",
            "k.\u00e4",
            "\n\"\\\u0000\uD83D\uDE00",
            "z",
            " ");
    commit(series, T0, 1);
    assertThat(select(equal("k.\u00e4", "\n\"\\\u0000\uD83D\uDE00"))).containsExactly(series);
    assertThat(select(matcher(Matcher.Type.REGEX, "__name__", "http\\.server\\..*")))
        .containsExactly(series);
    assertThat(labelValues("k.\u00e4")).containsExactly("\n\"\\\u0000\uD83D\uDE00");
  }

  @Test
  void takesLongLabels() throws Exception {
    Labels series = labels("m", "long", "x".repeat(100_000));
    commit(series, T0, 1);
    assertThat(select(equal("__name__", "m"))).containsExactly(series);
  }

  // Deleting

  @Test
  void deletesSamplesOfARange() throws Exception {
    Assumptions.assumeTrue(storage instanceof StorageAdmin, "this backend cannot delete");
    StorageAdmin admin = (StorageAdmin) storage;
    commit(labels("a"), T0, 1, T0 + 1, 2, T0 + 2, 3, T0 + 3, 4);
    commit(labels("b"), T0, 1);
    admin.delete(T0 + 1, T0 + 2, List.of(equal("__name__", "a")));
    assertThat(samples(labels("a"))).containsExactly(Sample.of(T0, 1), Sample.of(T0 + 3, 4));
    assertThat(samples(labels("b"))).hasSize(1);
    admin.cleanTombstones();
    assertThat(samples(labels("a"))).hasSize(2);
    admin.delete(Long.MIN_VALUE, Long.MAX_VALUE, List.of(equal("__name__", "a")));
    assertThat(all(equal("__name__", "a")).values()).allMatch(List::isEmpty);
    commit(labels("a"), T0 + 10, 9);
    assertThat(samples(labels("a"))).containsExactly(Sample.of(T0 + 10, 9));
  }

  @Test
  void countsItsSeries() throws Exception {
    Assumptions.assumeTrue(storage instanceof CardinalitySource, "this backend does not count");
    commit(labels("a", "x", "1"), T0, 1);
    commit(labels("a", "x", "2"), T0, 1);
    commit(labels("b", "x", "2"), T0, 1);
    CardinalitySource.Cardinality c = ((CardinalitySource) storage).cardinality(1);
    assertThat(c.series()).isEqualTo(3);
    assertThat(c.labelPairs()).isEqualTo(4);
    assertThat(c.seriesByMetricName()).containsExactly(new CardinalitySource.Count("a", 2));
    assertThat(c.valuesByLabelName()).hasSize(1);
    assertThat(c.seriesByLabelPair()).hasSize(1);
  }

  // Much at once

  @Test
  void takesALargeBatch() throws Exception {
    int series = 2000;
    int each = 50;
    AppendBatch batch = new AppendBatch(16);
    AppendErrors errors = new AppendErrors();
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      long[] refs = new long[series];
      for (int i = 0; i < series; i++) {
        refs[i] = appender.series(labels("m", "i", String.valueOf(i)));
      }
      for (int t = 0; t < each; t++) {
        for (int i = 0; i < series; i++) {
          batch.add(refs[i], T0 + t * 1000L, i + t);
        }
      }
      appender.append(batch, errors);
      assertThat(errors.isEmpty()).isTrue();
      appender.commit();
    }
    Map<Labels, List<Sample>> found = all(equal("__name__", "m"));
    assertThat(found).hasSize(series);
    found.forEach((labels, samples) -> {
      int i = Integer.parseInt(labels.get("i"));
      assertThat(samples).hasSize(each);
      assertThat(samples.get(each - 1)).isEqualTo(Sample.of(T0 + (each - 1) * 1000L, i + each - 1));
    });
  }

  @Test
  void behavesLikeAListOfSamples() throws Exception {
    long seed = 20261120;
    Random random = new Random(seed);
    Map<Labels, TreeMap<Long, Double>> model = new TreeMap<>();
    for (int round = 0; round < 200; round++) {
      boolean commit = random.nextInt(4) > 0;
      Map<Labels, TreeMap<Long, Double>> pending = new TreeMap<>();
      try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
        for (int i = random.nextInt(20); i > 0; i--) {
          Labels series = labels("m", "i", String.valueOf(random.nextInt(8)));
          long time = T0 + round * 1000L - random.nextInt(3) * 1000L;
          double value = random.nextInt(3);
          TreeMap<Long, Double> known = new TreeMap<>(model.getOrDefault(series, new TreeMap<>()));
          known.putAll(pending.getOrDefault(series, new TreeMap<>()));
          AppendError error = tryAppend(appender, appender.series(series), time, value);
          if (known.isEmpty() || time > known.lastKey()) {
            assertThat(error).as("seed %d", seed).isNull();
            pending.computeIfAbsent(series, s -> new TreeMap<>()).put(time, value);
          }
        }
        if (commit) {
          appender.commit();
          pending.forEach((series, samples) ->
              model.computeIfAbsent(series, s -> new TreeMap<>()).putAll(samples));
        }
      }
    }
    Map<Labels, List<Sample>> expected = new TreeMap<>();
    model.forEach((series, samples) ->
        expected.put(
            series,
            samples.entrySet().stream().map(e -> Sample.of(e.getKey(), e.getValue())).toList()));
    assertThat(all(equal("__name__", "m"))).as("seed %d", seed).isEqualTo(expected);
  }

  @Test
  void writersAndReadersDoNotDisturbEachOther() throws Exception {
    int writers = 3;
    int commits = 150;
    int seriesEach = 20;
    AtomicBoolean stop = new AtomicBoolean();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Void>> writing = new ArrayList<>();
      for (int w = 0; w < writers; w++) {
        String writer = String.valueOf(w);
        writing.add(
            threads.submit(
                (Callable<Void>)
                    () -> {
                      for (int c = 0; c < commits; c++) {
                        try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
                          AppendBatch batch = new AppendBatch(seriesEach);
                          for (int i = 0; i < seriesEach; i++) {
                            batch.add(
                                appender.series(
                                    labels("m", "writer", writer, "i", String.valueOf(i))),
                                T0 + c * 100L,
                                c);
                          }
                          AppendErrors errors = new AppendErrors();
                          appender.append(batch, errors);
                          assertThat(errors.isEmpty()).isTrue();
                          appender.commit();
                        }
                      }
                      return null;
                    }));
      }
      Future<Integer> reading =
          threads.submit(() -> {
            int looks = 0;
            while (!stop.get() || looks == 0) {
              for (int w = 0; w < writers; w++) {
                Matcher ofWriter = equal("writer", String.valueOf(w));
                try (Querier querier = storage.querier(T0, T0 + 3_600_000)) {
                  long[] sizes =
                      read(querier, ofWriter).values().stream()
                          .mapToLong(List::size)
                          .filter(n -> n > 0)
                          .toArray();
                  // Each commit has one sample of each of its series.
                  assertThat(Arrays.stream(sizes).distinct().count()).isLessThanOrEqualTo(1);
                  assertThat(sizes.length).isIn(0, seriesEach);
                }
                looks++;
              }
            }
            return looks;
          });
      for (Future<Void> w : writing) {
        w.get();
      }
      stop.set(true);
      assertThat(reading.get()).isPositive();
    }
    Map<Labels, List<Sample>> found = all(equal("__name__", "m"));
    assertThat(found).hasSize(writers * seriesEach);
    assertThat(found.values()).allMatch(samples -> samples.size() == commits);
  }

  // Start timestamps

  @Test
  void givesBackStartTimestamps() throws Exception {
    Storage made = createWithStartTimestamps();
    Assumptions.assumeTrue(made != null, "this backend keeps no start timestamps");
    storage = start(made);
    int n = 300;
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      AppendBatch batch = new AppendBatch(16);
      long same = appender.series(labels("same"));
      long some = appender.series(labels("some"));
      long none = appender.series(labels("none"));
      long histograms = appender.series(labels("histograms"));
      for (int i = 0; i < n; i++) {
        batch.clear();
        batch.add(same, T0 + i * 1000L, i);
        batch.setStartTimestamp(T0 - 5);
        batch.add(none, T0 + i * 1000L, i);
        batch.add(some, T0 + i * 1000L, i);
        batch.setStartTimestamp(startOfSome(i));
        batch.add(histograms, T0 + i * 1000L, histogram(i));
        batch.setStartTimestamp(T0 - 1 - i / 100);
        AppendErrors errors = new AppendErrors();
        appender.append(batch, errors);
        assertThat(errors.size()).isZero();
      }
      appender.commit();
    }
    assertThat(starts("same", false)).hasSize(n).containsOnly(T0 - 5);
    assertThat(starts("none", false)).hasSize(n).containsOnly(0L);
    assertThat(starts("some", false))
        .isEqualTo(IntStream.range(0, n).mapToObj(StorageContract::startOfSome).toList());
    assertThat(starts("histograms", false))
        .isEqualTo(IntStream.range(0, n).mapToObj(i -> T0 - 1 - i / 100).toList());
    assertThat(starts("same", true).getLast()).isEqualTo(T0 - 5);
    assertThat(starts("none", true).getLast()).isZero();
    assertThat(starts("some", true).getLast()).isEqualTo(startOfSome(n - 1));
    assertThat(starts("histograms", true).getLast()).isEqualTo(T0 - 1 - (n - 1) / 100);
  }

  private static long startOfSome(int i) {
    return i % 7 == 0 ? 0 : T0 + i / 50 * 1000L;
  }

  private List<Long> starts(String metric, boolean latest) throws StorageException {
    SelectRequest request =
        new SelectRequest(
            T0, T0 + 3_600_000, true, 0, 0, 0, "", List.of(), false, 0, 0, true, latest);
    List<Long> found = new ArrayList<>();
    try (Querier querier = storage.querier(T0, T0 + 3_600_000);
        SeriesSet set = querier.select(request, List.of(equal("__name__", metric)))) {
      assertThat(set.size()).isEqualTo(1);
      SampleBatch batch = new SampleBatch(13);
      SampleReader reader = set.samples(0, null);
      while (reader.read(batch) > 0) {
        for (int i = 0; i < batch.size; i++) {
          found.add(batch.hasStartTimestamps ? batch.startTimestamps[i] : 0);
        }
      }
    }
    return found;
  }

  // Words of the tests

  private Storage windowed(Duration window) throws Exception {
    Storage made = createWithOutOfOrderWindow(window);
    Assumptions.assumeTrue(made != null, "this backend has no out-of-order window");
    return start(made);
  }

  /** Labels of a metric. */
  protected static Labels labels(String metric, String... more) {
    Labels.Builder builder = Labels.builder().set("__name__", metric);
    for (int i = 0; i < more.length; i += 2) {
      builder.set(more[i], more[i + 1]);
    }
    return builder.build();
  }

  /** An integer histogram with {@code n} observations. */
  protected static NativeHistogram histogram(int n) {
    return new NativeHistogram(
        true,
        NativeHistogram.ResetHint.UNKNOWN,
        3,
        1e-128,
        0,
        n,
        2.5 * n,
        List.of(new NativeHistogram.Span(1, 1), new NativeHistogram.Span(2, 1)),
        new double[] {n, 0},
        List.of(),
        new double[0],
        new double[0]);
  }

  /** A storage that has compared a histogram with the one before may say that nothing was reset. */
  private static NativeHistogram plain(NativeHistogram h) {
    return h.resetHint() != NativeHistogram.ResetHint.NOT_RESET
        ? h
        : h.withResetHint(NativeHistogram.ResetHint.UNKNOWN);
  }

  private static Matcher equal(String name, String value) {
    return Matcher.equal(name, value);
  }

  private static Matcher matcher(Matcher.Type type, String name, String value) {
    return Matcher.of(type, name, value);
  }

  private static AppendError tryAppend(Appender appender, long ref, long time, double value)
      throws StorageException {
    AppendBatch batch = new AppendBatch(1);
    AppendErrors errors = new AppendErrors();
    batch.add(ref, time, value);
    appender.append(batch, errors);
    return errors.isEmpty() ? null : errors.error(0);
  }

  private static void append(Appender appender, long ref, long time, double value)
      throws StorageException {
    assertThat(tryAppend(appender, ref, time, value)).isNull();
  }

  /** Commits floats of one series: times and values in turn. */
  private void commit(Labels series, Object... timesAndValues) throws StorageException {
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      AppendBatch batch = new AppendBatch(timesAndValues.length / 2);
      long ref = appender.series(series);
      for (int i = 0; i < timesAndValues.length; i += 2) {
        batch.add(
            ref,
            ((Number) timesAndValues[i]).longValue(),
            ((Number) timesAndValues[i + 1]).doubleValue());
      }
      AppendErrors errors = new AppendErrors();
      appender.append(batch, errors);
      assertThat(errors.size()).isZero();
      appender.commit();
    }
  }

  private void commitHistograms(Labels series, long firstTime, NativeHistogram... histograms)
      throws StorageException {
    try (Appender appender = storage.appender(AppendOptions.DEFAULT)) {
      AppendBatch batch = new AppendBatch(histograms.length);
      long ref = appender.series(series);
      for (int i = 0; i < histograms.length; i++) {
        batch.add(ref, firstTime + i, histograms[i]);
      }
      AppendErrors errors = new AppendErrors();
      appender.append(batch, errors);
      assertThat(errors.size()).isZero();
      appender.commit();
    }
  }

  private Map<Labels, List<Sample>> all(Matcher... matchers) throws StorageException {
    try (Querier querier = storage.querier(T0 - 3_600_000, T0 + 200 * 3_600_000L)) {
      return read(querier, matchers);
    }
  }

  private List<Sample> samples(Labels series) throws StorageException {
    List<Matcher> matchers = new ArrayList<>();
    series.forEach((name, value) -> matchers.add(equal(name, value)));
    return all(matchers.toArray(new Matcher[0])).getOrDefault(series, List.of());
  }

  private static Map<Labels, List<Sample>> read(Querier querier, Matcher... matchers)
      throws StorageException {
    return read(querier, T0 - 3_600_000, T0 + 200 * 3_600_000L, matchers);
  }

  private static Map<Labels, List<Sample>> read(
      Querier querier, long from, long to, Matcher... matchers) throws StorageException {
    Map<Labels, List<Sample>> result = new TreeMap<>();
    try (SeriesSet set = querier.select(SelectRequest.range(from, to), List.of(matchers))) {
      SampleBatch batch = new SampleBatch(13);
      for (int s = 0; s < set.size(); s++) {
        List<Sample> samples = new ArrayList<>();
        SampleReader reader = set.samples(s, null);
        while (reader.read(batch) > 0) {
          for (int i = 0; i < batch.size; i++) {
            samples.add(
                batch.kind == SampleBatch.Kind.FLOAT
                    ? Sample.of(batch.timestamps[i], batch.values[i])
                    : new Sample(batch.timestamps[i], plain(batch.histograms[i])));
          }
        }
        assertThat(result.put(set.labels(s), samples)).as("a series twice").isNull();
      }
    }
    return result;
  }

  private List<Labels> select(Matcher... matchers) throws StorageException {
    try (Querier querier = storage.querier(T0, T0 + 3_600_000);
        SeriesSet set =
            querier.select(SelectRequest.range(T0, T0 + 3_600_000), List.of(matchers))) {
      return IntStream.range(0, set.size()).mapToObj(set::labels).toList();
    }
  }

  private List<String> labelValues(String name) throws StorageException {
    try (Querier querier = storage.querier(T0, T0 + 3_600_000)) {
      return querier.labelValues(name, 0, List.of()).items();
    }
  }
}
