package io.narthex.kernel.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

class RoundTest {
  /**
   * A virtual thread that computes for ever would keep a carrier; one of no daemon, the process.
   */
  @Test
  void callsSectionsOnDaemonThreadsOfThePlatform() throws Exception {
    try (Round round = new Round(Duration.ofSeconds(20))) {
      Thread thread = round.call(Thread::currentThread, late -> {});
      assertThat(thread.isVirtual()).isFalse();
      assertThat(thread.isDaemon()).isTrue();
    }
  }

  @Test
  void goesOnWithAnotherThreadWhenASectionDoesNotComeBack() throws Exception {
    CountDownLatch release = new CountDownLatch(1);
    try (Round round = new Round(Duration.ofMillis(100))) {
      assertThatThrownBy(() ->
              round.call(
                  () -> {
                    while (release.getCount() > 0) {
                      Thread.onSpinWait();
                    }
                    return "";
                  },
                  late -> {}))
          .isInstanceOf(TimeoutException.class);
      assertThat(round.call(() -> "next", late -> {})).isEqualTo("next");
    } finally {
      release.countDown();
    }
  }
}
