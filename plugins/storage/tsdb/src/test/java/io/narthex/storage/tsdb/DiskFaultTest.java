package io.narthex.storage.tsdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.file.FailingDisk;
import io.narthex.storage.tsdb.file.RealDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A database over a disk that is full, or fails: whoever appends is told, queries go on with all
 * that was acknowledged, and once the disk works again so does the database, without a restart and
 * without a loss.
 */
class DiskFaultTest {
  private static final long T0 = 1_700_000_040_000L;

  @TempDir private Path root;

  private final AtomicLong now = new AtomicLong(T0);
  private final FailingDisk disk = new FailingDisk();
  private final Map<Labels, SortedMap<Long, Object>> model = new TreeMap<>();

  /** What a failed commit may have left: its samples were not acknowledged. */
  private final Map<Labels, SortedMap<Long, Object>> perhaps = new TreeMap<>();

  private Random random = new Random(0);
  private long time = T0;
  private int failures;

  private final class TestClock extends Clock {
    @Override
    public ZoneId getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }

    @Override
    public Instant instant() {
      return Instant.ofEpochMilli(now.get());
    }
  }

  private Tsdb open(Path directory) throws Exception {
    Tsdb db = new Tsdb(directory, KillScript.settings(), disk, new TestClock());
    db.start();
    return db;
  }

  private static void note(
      Map<Labels, SortedMap<Long, Object>> in, Labels series, long at, Object value) {
    in.computeIfAbsent(series, s -> new TreeMap<>()).putIfAbsent(at, value);
  }

  /** Commits a few samples; whether that succeeded. */
  private boolean commit(Tsdb db) throws StorageException {
    time += KillScript.STEP * (1 + random.nextInt(20));
    Map<Labels, SortedMap<Long, Object>> batchModel = new TreeMap<>();
    AppendBatch batch = new AppendBatch(8);
    AppendErrors errors = new AppendErrors();
    boolean late = random.nextInt(4) == 0;
    try (Appender appender = db.appender(AppendOptions.DEFAULT)) {
      for (int i = 0; i < 4; i++) {
        Labels series = KillScript.series(0, "float" + i);
        double value = random.nextInt(1000) / 4.0;
        batch.add(appender.series(series), time, value);
        note(batchModel, series, time, value);
      }
      Labels fresh = KillScript.shortLived(0, time);
      batch.add(appender.series(fresh), time, 1);
      note(batchModel, fresh, time, 1.0);
      Labels h = KillScript.series(0, "histogram");
      NativeHistogram histogram = KillScript.histogram(0, time);
      batch.add(appender.series(h), time, histogram);
      note(batchModel, h, time, histogram);
      if (late) {
        Labels jumping = KillScript.series(0, "late");
        // Its own residue, so that no in-order sample has its time.
        long at = time - random.nextInt((int) KillScript.RANGE) + random.nextInt(2);
        batch.add(appender.series(jumping), at, at / 8.0);
        note(batchModel, jumping, at, at / 8.0);
      }
      appender.append(batch, errors);
      assertThat(errors.isEmpty())
          .as(
              "%s",
              errors.isEmpty()
                  ? ""
                  : errors.error(0) + " at " + batch.timestamps[errors.index(0)] + ", now " + time)
          .isTrue();
      appender.commit();
    } catch (StorageException e) {
      assertThat(e.kind()).isEqualTo(StorageException.Kind.IO);
      assertThat(e.getMessage()).containsAnyOf("No space left on device", "Input/output error");
      failures++;
      batchModel.forEach((series, samples) ->
          samples.forEach((at, value) -> {
            // What was not written to the log must not be seen; late samples have two logs.
            if (e.getMessage().contains("out of order")) {
              note(perhaps, series, at, value);
            }
          }));
      return false;
    }
    batchModel.forEach(
        (series, samples) -> samples.forEach((at, value) -> note(model, series, at, value)));
    return true;
  }

  private void check(Tsdb db, String when) throws StorageException {
    Map<Labels, SortedMap<Long, Object>> got = Everything.of(db);
    model.forEach((series, samples) -> {
      SortedMap<Long, Object> its = got.getOrDefault(series, new TreeMap<>());
      samples.forEach((at, value) -> {
        if (!same(value, its.get(at))) {
          throw new AssertionError(
              when + ": " + series + " at " + at + " got " + its.get(at) + ", want " + value);
        }
      });
    });
    got.forEach((series, samples) ->
        samples.forEach((at, value) -> {
          if (!same(value, model.getOrDefault(series, new TreeMap<>()).get(at))
              && !same(value, perhaps.getOrDefault(series, new TreeMap<>()).get(at))) {
            throw new AssertionError(when + ": " + series + " at " + at + " got " + value);
          }
        }));
  }

  private static boolean same(Object a, @org.jspecify.annotations.Nullable Object b) {
    return (a instanceof NativeHistogram x && b instanceof NativeHistogram y)
        ? KillScript.same(x, y)
        : a.equals(b);
  }

  private void compact(Tsdb db, String when) {
    try {
      db.compactions().compact();
    } catch (IOException | StorageException e) {
      failures++;
      assertThat(e.getMessage())
          .as(when)
          .containsAnyOf("No space left on device", "Input/output error");
    }
  }

  private void noJunk(Path directory, String when) throws IOException {
    try (Stream<Path> all = Files.walk(directory)) {
      assertThat(all.map(p -> directory.relativize(p).toString()))
          .as(when)
          .noneMatch(p -> p.contains(".tmp"));
    }
  }

  private interface Fault {
    void begin();
  }

  /** Some hundred commits with faults in between, and compactions in good and bad times. */
  private void run(String what, long seed, Fault fault) throws Exception {
    random = new Random(seed);
    model.clear();
    perhaps.clear();
    time = T0;
    Path directory = root.resolve("data");
    Tsdb db = open(directory);
    try {
      for (int round = 0; round < 6; round++) {
        String when = what + ", seed " + seed + ", round " + round;
        for (int i = 0; i < 20 + random.nextInt(80); i++) {
          assertThat(commit(db)).as(when).isTrue();
        }
        fault.begin();
        for (int i = 0; i < 20 + random.nextInt(60); i++) {
          commit(db);
        }
        check(db, when + ", during the fault");
        if (random.nextBoolean()) {
          compact(db, when);
          check(db, when + ", after a compaction during the fault");
        }
        commit(db);
        if (random.nextInt(4) == 0) {
          // The process ends in bad times.
          try {
            db.close();
          } catch (StorageException e) {
            assertThat(e.kind()).isEqualTo(StorageException.Kind.IO);
          }
          disk.heal();
          db = open(directory);
          check(db, when + ", opened again");
        }
        disk.heal();
        now.addAndGet(3_600_000);
        assertThat(commit(db)).as(when).isTrue();
        check(db, when + ", after the fault");
        db.compactions().compact();
        check(db, when + ", compacted after the fault");
        db.compactions().reload();
      }
    } finally {
      disk.heal();
      db.close();
    }
    db = open(directory);
    try {
      check(db, what + ", seed " + seed + ", opened again");
      assertThat(db.head().counters().logCorruptions.sum()).isZero();
    } finally {
      db.close();
    }
    // Not while the database is open: a compaction may be under way.
    noJunk(directory, what + ", seed " + seed);
    new RealDisk().delete(directory);
  }

  private static long seed() {
    long seed = Long.getLong("tsdb.faults.seed", System.nanoTime());
    System.out.println("DiskFaultTest seed " + seed);
    return seed;
  }

  @Test
  void aFullDiskLosesNothingAndIsSurvived() throws Exception {
    long seed = seed();
    for (int i = 0; i < 12; i++) {
      run("full", seed + i, () -> disk.spaceLeft(random.nextInt(1 << random.nextInt(18))));
    }
    assertThat(failures).isPositive();
  }

  @Test
  void callsThatFailLoseNothingAndAreSurvived() throws Exception {
    long seed = seed();
    FailingDisk.Call[] calls = FailingDisk.Call.values();
    for (FailingDisk.Call call : calls) {
      run(
          call.toString(),
          seed + call.ordinal(),
          () ->
              disk.fail(
                  call,
                  p -> true,
                  random.nextInt(4),
                  1 + random.nextInt(20),
                  "Input/output error"));
    }
    assertThat(failures).isPositive();
  }
}
