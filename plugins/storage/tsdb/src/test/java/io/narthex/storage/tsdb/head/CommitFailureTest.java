package io.narthex.storage.tsdb.head;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.file.FailingDisk;
import io.narthex.storage.tsdb.file.OutputFile;
import io.narthex.storage.tsdb.file.RealDisk;
import io.narthex.storage.tsdb.select.MergedQuerier;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commits of which something fails. */
class CommitFailureTest {
  private static final long T0 = 1_700_002_800_000L;

  @TempDir private Path directory;

  private static void commit(
      Head head, String metric, long time, double value, @Nullable NativeHistogram histogram)
      throws Exception {
    AppendBatch batch = new AppendBatch(1);
    AppendErrors errors = new AppendErrors();
    try (Appender appender = head.appender(AppendOptions.DEFAULT)) {
      long ref = appender.series(Labels.of("__name__", metric));
      if (histogram == null) {
        batch.add(ref, time, value);
      } else {
        batch.add(ref, time, histogram);
      }
      appender.append(batch, errors);
      appender.commit();
    }
    assertThat(errors.isEmpty()).isTrue();
  }

  private static Map<Long, Double> floats(Head head, String metric) throws Exception {
    Map<Long, Double> out = new TreeMap<>();
    try (Querier querier =
            new MergedQuerier(
                List.of(head.part(Long.MIN_VALUE, Long.MAX_VALUE)),
                Long.MIN_VALUE,
                Long.MAX_VALUE);
        SeriesSet set =
            querier.select(
                SelectRequest.range(Long.MIN_VALUE, Long.MAX_VALUE),
                List.of(Matcher.equal("__name__", metric)))) {
      SampleBatch batch = new SampleBatch(100);
      for (int i = 0; i < set.size(); i++) {
        SampleReader reader = set.samples(i, null);
        while (reader.read(batch) > 0) {
          for (int k = 0; k < batch.size; k++) {
            if (batch.kind == SampleBatch.Kind.FLOAT) {
              out.put(batch.timestamps[k], batch.values[k]);
            }
          }
        }
      }
    }
    return out;
  }

  /** A disk whose files throw what no disk throws, once {@code armed}. */
  private static Disk throwing(AtomicBoolean armed) {
    Disk disk = new RealDisk();
    return (Disk)
        Proxy.newProxyInstance(
            Disk.class.getClassLoader(),
            new Class<?>[] {Disk.class},
            (proxy, method, arguments) -> {
              Object out = call(disk, method, arguments);
              return out instanceof OutputFile file
                  ? Proxy.newProxyInstance(
                      Disk.class.getClassLoader(),
                      new Class<?>[] {OutputFile.class},
                      (p, m, a) -> {
                        if (m.getName().equals("write") && armed.getAndSet(false)) {
                          throw new IllegalStateException("out of order");
                        }
                        return call(file, m, a);
                      })
                  : out;
            });
  }

  private static @Nullable Object call(
      Object on, java.lang.reflect.Method method, @Nullable Object[] arguments) throws Throwable {
    try {
      return method.invoke(on, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  @Test
  void aGroupOfWhichTheLogBreaksInAnUnforeseenWayIsAcknowledgedToNobody() throws Exception {
    AtomicBoolean armed = new AtomicBoolean();
    try (Head head = HeadFixture.open(throwing(armed), directory, HeadOptions.defaults())) {
      commit(head, "a", T0, 1, null);
      armed.set(true);
      List<FutureTask<Void>> tasks = new java.util.ArrayList<>();
      head.commits().lock().lock();
      try {
        for (String metric : new String[] {"a", "b", "c"}) {
          FutureTask<Void> task =
              new FutureTask<>(() -> {
                commit(head, metric, T0 + 1000, 2, null);
                return null;
              });
          tasks.add(task);
          Thread.ofPlatform().daemon().start(task);
        }
        while (head.commits().lock().getQueueLength() < 3) {
          Thread.onSpinWait();
        }
      } finally {
        head.commits().lock().unlock();
      }
      for (FutureTask<Void> task : tasks) {
        assertThatThrownBy(task::get).hasCauseInstanceOf(StorageException.class);
      }
      assertThat(floats(head, "a")).containsOnlyKeys(T0);
      commit(head, "a", T0 + 2000, 3, null);
      assertThat(floats(head, "a")).containsOnlyKeys(T0, T0 + 2000);
    }
  }

  @Test
  void anInterruptedThreadCommitsAndIsInterruptedStill() throws Exception {
    try (Head head = HeadFixture.open(new RealDisk(), directory, HeadOptions.defaults())) {
      Thread.currentThread().interrupt();
      try {
        commit(head, "a", T0, 1, null);
      } finally {
        assertThat(Thread.interrupted()).isTrue();
      }
      assertThat(floats(head, "a")).containsOnlyKeys(T0);
    }
  }

  @Test
  void aChangeOfKindWhileChunksCannotBeWrittenLeavesTheOpenChunkWhole() throws Exception {
    FailingDisk disk = new FailingDisk();
    NativeHistogram histogram =
        new NativeHistogram(
            true,
            NativeHistogram.ResetHint.UNKNOWN,
            1,
            0.001,
            1,
            3,
            7.5,
            List.of(new NativeHistogram.Span(0, 2)),
            new double[] {1, 1},
            List.of(),
            new double[0],
            new double[0]);
    try (Head head = HeadFixture.open(disk, directory, HeadOptions.defaults())) {
      commit(head, "a", T0, 1, null);
      commit(head, "a", T0 + 10_000, 2, null);
      disk.fail(
          FailingDisk.Call.CREATE,
          p -> p.toString().contains("chunks_head"),
          0,
          100,
          "No space left on device");
      assertThatThrownBy(() -> commit(head, "a", T0 + 20_000, 0, histogram))
          .isInstanceOf(StorageException.class);
      commit(head, "a", T0 + 30_000, 3, null);
      assertThat(floats(head, "a")).isEqualTo(Map.of(T0, 1.0, T0 + 10_000, 2.0, T0 + 30_000, 3.0));
      disk.heal();
      commit(head, "a", T0 + 40_000, 0, histogram);
      commit(head, "a", T0 + 50_000, 4, null);
      assertThat(floats(head, "a"))
          .isEqualTo(Map.of(T0, 1.0, T0 + 10_000, 2.0, T0 + 30_000, 3.0, T0 + 50_000, 4.0));
    }
  }
}
