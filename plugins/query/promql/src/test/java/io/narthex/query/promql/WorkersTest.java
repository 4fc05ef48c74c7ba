package io.narthex.query.promql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.query.QueryException;
import io.narthex.query.promql.exec.Budget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class WorkersTest {
  private static final Duration NEVER = Duration.ofDays(1);

  private final CountDownLatch begun = new CountDownLatch(2);
  private final CountDownLatch release = new CountDownLatch(1);
  private final List<FutureTask<String>> slow = new ArrayList<>();

  private static Budget budget() {
    return new Budget(1000, Duration.ofMinutes(1), System::nanoTime);
  }

  private static String call(Workers workers, Workers.Work<String> work) throws Exception {
    return workers.call(budget(), work, () -> {});
  }

  /** Takes both threads, until they are released. */
  private void occupy(Workers workers) throws Exception {
    for (int i = 0; i < 2; i++) {
      FutureTask<String> task =
          new FutureTask<>(() ->
              call(
                  workers,
                  () -> {
                    begun.countDown();
                    awaitRelease();
                    return "slow";
                  }));
      slow.add(task);
      Thread.ofVirtual().start(task);
    }
    begun.await();
  }

  private void awaitRelease() {
    try {
      release.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @AfterEach
  void end() throws Exception {
    release.countDown();
    for (FutureTask<String> task : slow) {
      assertThat(task.get()).isEqualTo("slow");
    }
  }

  @Test
  void slowWorkKeepsNoOtherWaiting() throws Exception {
    try (Workers workers = new Workers(2, 5, Duration.ZERO, () -> true)) {
      occupy(workers);
      assertThat(call(workers, () -> "quick")).isEqualTo("quick");
      // Nobody helps where cores are taken.
      assertThat(workers.help(() -> {})).isFalse();
      release.countDown();
    }
  }

  @Test
  void whatWasTakenIsGivenBackWhereTheSystemGivesNoThread() throws Exception {
    AtomicBoolean poor = new AtomicBoolean(true);
    AtomicInteger ended = new AtomicInteger();
    try (Workers workers =
        new Workers(
            2,
            5,
            Duration.ZERO,
            () -> true,
            work -> {
              if (poor.get()) {
                throw new OutOfMemoryError("unable to create native thread");
              }
              return Thread.ofPlatform().daemon().unstarted(work);
            })) {
      assertThatThrownBy(() -> workers.call(budget(), () -> "lost", ended::incrementAndGet))
          .isInstanceOf(QueryException.class)
          .hasMessageContaining("unable to create native thread");
      assertThat(ended).hasValue(1);
      poor.set(false);
      assertThat(workers.call(budget(), () -> "again", ended::incrementAndGet)).isEqualTo("again");
      assertThat(ended).hasValue(2);
    }
  }

  @Test
  void workWaitsBehindThatWhichDoesNotTakeLong() throws Exception {
    try (Workers workers = new Workers(2, 5, NEVER, () -> true)) {
      occupy(workers);
      AtomicBoolean ran = new AtomicBoolean();
      FutureTask<String> other =
          new FutureTask<>(() ->
              call(
                  workers,
                  () -> {
                    ran.set(true);
                    return "other";
                  }));
      Thread.ofVirtual().start(other);
      while (!workers.wanted()) {
        Thread.onSpinWait();
      }
      assertThat(ran).isFalse();
      release.countDown();
      assertThat(other.get()).isEqualTo("other");
    }
  }

  @Test
  void slowWorkIsWaitedForWhereThereIsNoRoomForMore() throws Exception {
    AtomicBoolean roomy = new AtomicBoolean();
    try (Workers workers = new Workers(2, 5, Duration.ZERO, roomy::get)) {
      occupy(workers);
      FutureTask<String> other = new FutureTask<>(() -> call(workers, () -> "other"));
      Thread.ofVirtual().start(other);
      while (!workers.wanted()) {
        Thread.onSpinWait();
      }
      assertThat(other.isDone()).isFalse();
      roomy.set(true);
      assertThat(other.get()).isEqualTo("other");
      release.countDown();
    }
  }
}
