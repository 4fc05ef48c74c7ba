package io.narthex.api.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.narthex.api.access.QueryTurns.TooManyQueriesException;
import io.narthex.api.access.QueryTurns.TooMuchReadException;
import io.narthex.api.access.QueryTurns.Turn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class QueryTurnsTest {
  private final QueryTurns turns = new QueryTurns();

  private static Access of(String name, int most) {
    return new Access(name, List.of(), new QueryLimits(0, Duration.ZERO, most));
  }

  @Test
  void refusesMoreThanAUserMayHave() throws Exception {
    Access ann = of("ann", 2);
    Turn first = turns.begin(ann);
    try (Turn second = turns.begin(ann);
        Turn other = turns.begin(of("bob", 1))) {
      assertThatExceptionOfType(TooManyQueriesException.class)
          .isThrownBy(() -> turns.begin(ann))
          .withMessage(
              "too many queries at a time: the limit of user \"ann\" is 2, try again when one has"
                  + " ended");
      first.close();
      first.close();
      assertThat(turns.running("ann")).isEqualTo(1);
      turns.begin(ann).close();
    }
    assertThat(turns.running("ann") + turns.running("bob")).isZero();
  }

  @Test
  void thoseWithoutANameAreCountedTogether() throws Exception {
    try (Turn one = turns.begin(of("", 1))) {
      assertThatExceptionOfType(TooManyQueriesException.class)
          .isThrownBy(() -> turns.begin(of("", 1)))
          .withMessageContaining("the limit is 1,");
    }
  }

  @Test
  void tellsWhoReadsTooMuchOrForTooLong() throws Exception {
    Access ten = new Access("ann", List.of(), new QueryLimits(10, Duration.ZERO, 0));
    try (Turn turn = turns.begin(ten)) {
      turn.read(6);
      turn.read(4);
      turn.read(0);
      assertThatExceptionOfType(TooMuchReadException.class)
          .isThrownBy(() -> turn.read(1))
          .withMessage("too many samples: the limit of user \"ann\" is 10");
    }
    Access hasty = new Access("", List.of(), new QueryLimits(0, Duration.ofMillis(1), 0));
    try (Turn turn = turns.begin(hasty)) {
      long begin = System.nanoTime();
      while (System.nanoTime() - begin < 1_000_000) {
        Thread.onSpinWait();
      }
      assertThatExceptionOfType(TooMuchReadException.class)
          .isThrownBy(() -> turn.read(0))
          .withMessage("reading takes too long: the limit is 1ms");
    }
    try (Turn turn = turns.begin(Access.FULL)) {
      turn.read(Long.MAX_VALUE);
    }
  }

  @Test
  void aLimitThatAReloadBringsCountsWhatBeganBefore() throws Exception {
    List<Turn> before = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      before.add(turns.begin(of("ann", 0)));
    }
    assertThatExceptionOfType(TooManyQueriesException.class)
        .isThrownBy(() -> turns.begin(of("ann", 3)));
    turns.begin(of("ann", 4)).close();
    before.removeLast().close();
    turns.begin(of("ann", 3)).close();
    turns.begin(Access.FULL).close();
  }

  @Test
  void neverLetsTooManyThroughWhoeverComesAtOnce() throws Exception {
    int limit = 3;
    AtomicInteger within = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch go = new CountDownLatch(1);
    try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Void>> ends = new ArrayList<>();
      Callable<Void> client =
          () -> {
            go.await();
            for (int i = 0; i < 500; i++) {
              try (Turn turn = turns.begin(of("ann", limit))) {
                most.accumulateAndGet(within.incrementAndGet(), Math::max);
                Thread.yield();
                within.decrementAndGet();
              } catch (TooManyQueriesException e) {
                Thread.yield();
              }
            }
            return null;
          };
      for (int i = 0; i < 16; i++) {
        ends.add(executor.submit(client));
      }
      go.countDown();
      for (Future<Void> end : ends) {
        end.get();
      }
    }
    assertThat(most.get()).isBetween(1, limit);
    assertThat(turns.running("ann")).isZero();
  }
}
