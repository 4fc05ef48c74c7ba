package io.narthex.kernel.web;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private final Turns turns = new Turns(3, 5);
  private final List<String> order = Collections.synchronizedList(new ArrayList<>());

  /** A thread that waits for its turn. */
  private Thread waiter(String client, String name) {
    int before = turns.waiting();
    Thread thread =
        Thread.ofVirtual()
            .start(() -> {
              if (turns.take(client)) {
                order.add(name);
                turns.pass();
              } else {
                order.add(name + " refused");
              }
            });
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (turns.waiting() == before && thread.isAlive()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
    return thread;
  }

  private static void join(List<Thread> threads) throws InterruptedException {
    for (Thread thread : threads) {
      assertThat(thread.join(Duration.ofSeconds(20))).isTrue();
    }
  }

  @Test
  void letsClientsTakeTurns() throws Exception {
    assertThat(turns.take("a")).isTrue();
    List<Thread> threads = new ArrayList<>();
    for (String name : List.of("a1", "a2", "a3", "b1", "c1")) {
      threads.add(waiter(name.substring(0, 1), name));
    }
    turns.pass();
    join(threads);
    assertThat(order).containsExactly("a1", "b1", "c1", "a2", "a3");
    assertThat(turns.take("a")).isTrue();
  }

  @Test
  void refusesWhenTooManyOfAClientOrOfAllWait() throws Exception {
    assertThat(turns.take("a")).isTrue();
    List<Thread> threads = new ArrayList<>();
    for (String name : List.of("a1", "a2", "a3", "a4", "b1", "b2", "b3")) {
      threads.add(waiter(name.substring(0, 1), name));
    }
    assertThat(order).containsExactly("a4 refused", "b3 refused");
    turns.pass();
    join(threads);
    assertThat(order).containsExactly("a4 refused", "b3 refused", "a1", "b1", "a2", "b2", "a3");
  }

  @Test
  void forgetsThoseWhoGiveUp() throws Exception {
    assertThat(turns.take("a")).isTrue();
    Thread gone = waiter("b", "b1");
    Thread stays = waiter("b", "b2");
    gone.interrupt();
    join(List.of(gone));
    assertThat(turns.waiting()).isEqualTo(1);
    turns.pass();
    join(List.of(stays));
    assertThat(order).containsExactly("b1 refused", "b2");
    assertThat(turns.waiting()).isZero();
  }
}
