package io.narthex.kernel.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BoundedTest {
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration SHORT = Duration.ofMillis(50);

  @Test
  void givesWhatTheCallGives() throws Exception {
    assertThat(Bounded.call("role x", LONG, () -> "answer")).isEqualTo("answer");
  }

  @Test
  void runsWhatGivesNothingBack() throws Exception {
    AtomicBoolean ran = new AtomicBoolean();
    Bounded.run("service x: start", LONG, () -> ran.set(true));
    assertThat(ran).isTrue();
  }

  @Test
  void callsOnAPlatformDaemonThreadWithANameThatSaysWhatItDoes() throws Exception {
    Thread thread = Bounded.call("service x: start", LONG, Thread::currentThread);
    assertThat(thread.isVirtual()).isFalse();
    assertThat(thread.isDaemon()).isTrue();
    assertThat(thread.getName()).isEqualTo("service x: start");
  }

  @Test
  void saysWhatAnExceptionSaid() {
    assertThatExceptionOfType(Bounded.Failed.class)
        .isThrownBy(() ->
            Bounded.run(
                "service x: start",
                LONG,
                () -> {
                  throw new IOException("no luck today");
                }))
        .withMessage("service x: start failed: java.io.IOException: no luck today")
        .withCauseInstanceOf(IOException.class);
  }

  @Test
  void errorsAreFailuresTooAndNoThreadDiesOfThem() {
    assertThatExceptionOfType(Bounded.Failed.class)
        .isThrownBy(() ->
            Bounded.run(
                "routes of x",
                LONG,
                () -> {
                  throw new NoSuchMethodError("a method of a later version");
                }))
        .withMessageContaining("NoSuchMethodError: a method of a later version");
    assertThatExceptionOfType(Bounded.Failed.class)
        .isThrownBy(() -> Bounded.call("routes of x", LONG, () -> deeper(0)))
        .withMessageContaining("StackOverflowError")
        .withCauseInstanceOf(StackOverflowError.class);
  }

  private static int deeper(int depth) {
    return depth < 0 ? 0 : deeper(depth + 1) + 1;
  }

  @Test
  void leavesACallThatDoesNotReturnInTimeAndInterruptsIt() throws Exception {
    CountDownLatch never = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    assertThatExceptionOfType(Bounded.Failed.class)
        .isThrownBy(() ->
            Bounded.run(
                "service x: start",
                SHORT,
                () -> {
                  try {
                    never.await();
                  } catch (InterruptedException e) {
                    interrupted.countDown();
                  }
                }))
        .withMessage("service x: start did not return within 0.05 s");
    assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void leavesACallThatComputesForEver() {
    AtomicBoolean enough = new AtomicBoolean();
    try {
      assertThatExceptionOfType(Bounded.Failed.class)
          .isThrownBy(() ->
              Bounded.run(
                  "service x: notReady",
                  SHORT,
                  () -> {
                    while (!enough.get()) {
                      Thread.onSpinWait();
                    }
                  }))
          .withMessageContaining("did not return within");
    } finally {
      enough.set(true);
    }
  }

  @Test
  void aCallerThatIsInterruptedStaysInterrupted() throws Exception {
    CountDownLatch inside = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    AtomicReference<String> seen = new AtomicReference<>("");
    Thread caller =
        Thread.ofPlatform()
            .start(() -> {
              try {
                Bounded.run(
                    "service x: stop",
                    LONG,
                    () -> {
                      inside.countDown();
                      never.await();
                    });
              } catch (Bounded.Failed e) {
                seen.set(e.getMessage() + " " + Thread.currentThread().isInterrupted());
              }
            });
    assertThat(inside.await(30, TimeUnit.SECONDS)).isTrue();
    caller.interrupt();
    caller.join();
    assertThat(seen).hasValue("service x: stop was interrupted true");
  }
}
