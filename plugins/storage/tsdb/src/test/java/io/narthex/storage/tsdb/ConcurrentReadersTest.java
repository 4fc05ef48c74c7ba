package io.narthex.storage.tsdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.storage.tsdb.file.RealDisk;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Readers while others write and the head is compacted and truncated all the time: they see every
 * sample that was acknowledged before they began, once, and of each commit all or nothing.
 */
class ConcurrentReadersTest {
  private static final int WRITERS = 2;
  private static final int COMMITS = 15_000;
  private static final int SERIES = 5;
  private static final long T0 = 1_700_000_040_000L;

  @TempDir private Path directory;

  /** Milliseconds of the latest commit of each writer that was acknowledged. */
  private final AtomicLongArray acknowledged = new AtomicLongArray(WRITERS);

  /** Commits of each writer. */
  private final AtomicLongArray done = new AtomicLongArray(WRITERS);

  private final AtomicLong clock = new AtomicLong(T0);

  /** Times of a writer's commits, in ascending order; written before they are acknowledged. */
  private final List<SortedMap<Long, Boolean>> times =
      List.of(new ConcurrentSkipListMap<>(), new ConcurrentSkipListMap<>());

  private void write(Tsdb db, int writer) throws Exception {
    AppendBatch batch = new AppendBatch(16);
    AppendErrors errors = new AppendErrors();
    for (int n = 0; n < COMMITS; n++) {
      done.set(writer, n);
      while (n > done.get(1 - writer) + 50) {
        // The other one's samples would be refused, were it further behind.
        Thread.yield();
      }
      long time = clock.addAndGet(KillScript.STEP);
      boolean late = n % 3 == 0;
      batch.clear();
      try (Appender appender = db.appender(AppendOptions.DEFAULT)) {
        for (int i = 0; i < SERIES; i++) {
          Labels series = KillScript.series(writer, "float" + i);
          batch.add(appender.series(series), time, KillScript.value(KillScript.salt(series), time));
        }
        batch.add(
            appender.series(KillScript.series(writer, "histogram")),
            time,
            KillScript.histogram(writer, time));
        Labels fresh = KillScript.shortLived(writer, time);
        batch.add(appender.series(fresh), time, KillScript.value(KillScript.salt(fresh), time));
        if (late) {
          // Two series that go backwards within each hundred commits.
          long at = time - 2 * KillScript.STEP * (n % 100) - 1;
          for (int i = 0; i < 2; i++) {
            Labels series = KillScript.series(writer, "late" + i);
            batch.add(appender.series(series), at, KillScript.value(KillScript.salt(series), at));
          }
        }
        appender.append(batch, errors);
        if (!errors.isEmpty()) {
          throw new AssertionError(errors.error(0) + " " + errors.index(0));
        }
        appender.commit();
      }
      times.get(writer).put(time, late);
      acknowledged.set(writer, time);
    }
  }

  /** One query of a range; what it got is held against what was acknowledged before. */
  private int read(Tsdb db, Random random) throws Exception {
    int writer = random.nextInt(WRITERS);
    long until = acknowledged.get(writer);
    if (until == 0) {
      return 0;
    }
    long from =
        random.nextInt(3) == 0
            ? Long.MIN_VALUE
            : Math.max(T0, until - random.nextInt(4 * (int) KillScript.RANGE));
    SortedMap<Long, Boolean> want = times.get(writer).subMap(Math.max(T0, from), until + 1);
    Map<Labels, SortedMap<Long, Object>> got =
        Everything.of(db, from, Long.MAX_VALUE, Matcher.equal("writer", "w" + writer));
    String when = "from " + from + ", acknowledged until " + until;
    SortedMap<Long, Object> first =
        got.getOrDefault(KillScript.series(writer, "float0"), new TreeMap<>());
    for (long time : want.keySet()) {
      if (!first.containsKey(time)) {
        throw new AssertionError(when + ": float0 lacks " + time);
      }
    }
    int checked = 0;
    for (var series : got.entrySet()) {
      Labels labels = series.getKey();
      String name = labels.metricName();
      long salt = KillScript.salt(labels);
      for (var sample : series.getValue().entrySet()) {
        long time = sample.getKey();
        boolean right =
            name.equals("histogram")
                ? sample.getValue() instanceof NativeHistogram h
                    && KillScript.same(h, KillScript.histogram(writer, time))
                : sample.getValue() instanceof Double v
                    && Double.doubleToRawLongBits(v)
                        == Double.doubleToRawLongBits(KillScript.value(salt, time));
        if (!right) {
          throw new AssertionError(when + ": " + labels + " at " + time + " is " + sample);
        }
        checked++;
      }
      // All or nothing: the series of a writer have the same times, whatever was committed
      // since the query began.
      if ((name.startsWith("float") || name.equals("histogram"))
          && !series.getValue().keySet().equals(first.keySet())) {
        throw new AssertionError(
            when
                + ": "
                + labels
                + " has other times than float0, up to "
                + series.getValue().lastKey()
                + " and "
                + first.lastKey()
                + ", "
                + series.getValue().size()
                + " and "
                + first.size());
      }
    }
    for (long time : first.keySet()) {
      Labels fresh = KillScript.shortLived(writer, time);
      if (!got.getOrDefault(fresh, new TreeMap<>()).containsKey(time)) {
        throw new AssertionError(when + ": " + fresh + " lacks " + time);
      }
    }
    SortedMap<Long, Object> late =
        got.getOrDefault(KillScript.series(writer, "late0"), new TreeMap<>());
    SortedMap<Long, Object> other =
        got.getOrDefault(KillScript.series(writer, "late1"), new TreeMap<>());
    if (!late.keySet().equals(other.keySet())) {
      throw new AssertionError(
          when + ": late samples of one commit " + late.keySet() + " and " + other.keySet());
    }
    return checked;
  }

  @Test
  @Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void readersMissNothingWhileTheHeadIsCompactedAndTruncated() throws Exception {
    long seed = Long.getLong("tsdb.faults.seed", System.nanoTime());
    System.out.println("ConcurrentReadersTest seed " + seed);
    AtomicBoolean ended = new AtomicBoolean();
    AtomicInteger queries = new AtomicInteger();
    AtomicLong checked = new AtomicLong();
    try (Tsdb db = new Tsdb(directory, KillScript.settings(), new RealDisk(), Clock.systemUTC());
        var pool = Executors.newCachedThreadPool()) {
      db.start();
      List<Future<?>> writers = new ArrayList<>();
      List<Future<?>> others = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        int writer = i;
        writers.add(
            pool.submit(
                (Callable<Void>)
                    () -> {
                      try {
                        write(db, writer);
                      } finally {
                        done.set(writer, Long.MAX_VALUE / 2);
                      }
                      return null;
                    }));
      }
      for (int i = 0; i < 2; i++) {
        Random random = new Random(seed + i);
        others.add(
            pool.submit(
                (Callable<Void>)
                    () -> {
                      while (!ended.get()) {
                        int samples = read(db, random);
                        checked.addAndGet(samples);
                        if (samples > 0) {
                          queries.incrementAndGet();
                        } else {
                          Thread.yield();
                        }
                      }
                      return null;
                    }));
      }
      try {
        for (Future<?> writer : writers) {
          writer.get();
        }
      } finally {
        ended.set(true);
      }
      for (Future<?> other : others) {
        other.get();
      }
      Random random = new Random(seed);
      for (int i = 0; i < 10; i++) {
        checked.addAndGet(read(db, random));
      }
      assertThat(db.blockSet().current()).isNotEmpty();
      System.out.println(
          "ConcurrentReadersTest: "
              + queries
              + " queries, "
              + checked
              + " samples, "
              + db.head().counters().truncations.sum()
              + " truncations");
      assertThat(db.head().counters().truncations.sum()).isGreaterThan(5);
      assertThat(queries.get()).isGreaterThan(20);
    }
  }
}
