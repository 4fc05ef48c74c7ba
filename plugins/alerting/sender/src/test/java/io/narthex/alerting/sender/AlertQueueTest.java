package io.narthex.alerting.sender;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.alert.Alert;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class AlertQueueTest {
  private final Counts counts = new Counts();
  private final BlockingQueue<List<String>> batches = new LinkedBlockingQueue<>();

  /** What is thrown by the next tries; nothing when empty. */
  private final BlockingQueue<Exception> failures = new LinkedBlockingQueue<>();

  private final CountDownLatch gate = new CountDownLatch(1);
  private boolean gated;
  private AlertQueue queue;

  @AfterEach
  void end() {
    gate.countDown();
    if (queue != null) {
      queue.end();
      queue.await(in(5));
    }
  }

  private static long in(int seconds) {
    return System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
  }

  private void start(int capacity, int batch, boolean drain) {
    queue =
        new AlertQueue("am", this::take, new SendingConfig(capacity, batch, drain), counts.metrics);
  }

  private void take(List<Alert> batch) throws IOException, InterruptedException {
    batches.add(Alerts.names(batch));
    if (gated) {
      gate.await();
    }
    Exception failure = failures.poll();
    switch (failure) {
      case null -> {}
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      default -> throw new AssertionError(failure);
    }
  }

  @Test
  void sendsInOrderAndInBatches() throws Exception {
    gated = true;
    start(100, 3, true);
    queue.add(Alerts.numbered(0, 1));
    assertThat(batches.take()).containsExactly("0");
    queue.add(Alerts.numbered(1, 3));
    queue.add(Alerts.numbered(3, 6));
    assertThat(counts.of("queue_length")).isEqualTo(5);
    gate.countDown();

    assertThat(batches.take()).containsExactly("1", "2", "3");
    assertThat(batches.take()).containsExactly("4", "5");
    counts.await("sent", 6);
    assertThat(counts.of("queue_length")).isZero();
    assertThat(counts.of("errors")).isZero();
    assertThat(counts.of("dropped")).isZero();
  }

  @Test
  void dropsTheOldestOfTooMany() throws Exception {
    gated = true;
    start(4, 10, true);
    queue.add(Alerts.numbered(0, 1));
    assertThat(batches.take()).containsExactly("0");
    queue.add(Alerts.numbered(1, 4));
    queue.add(Alerts.numbered(4, 6));
    assertThat(counts.of("dropped")).isEqualTo(1);
    queue.add(Alerts.numbered(10, 16));
    // Two of the six themselves, and the four that waited.
    assertThat(counts.of("dropped")).isEqualTo(7);
    gate.countDown();

    assertThat(batches.take()).containsExactly("12", "13", "14", "15");
  }

  @Test
  void triesAgainWhatWasNotTaken() throws Exception {
    failures.add(new IOException("connection refused"));
    failures.add(new IllegalStateException("a defect"));
    start(10, 10, true);
    queue.add(Alerts.numbered(0, 2));

    counts.await("sent", 2);
    assertThat(batches).hasSize(3).allMatch(List.of("0", "1")::equals);
    assertThat(counts.of("errors")).isEqualTo(4);
    assertThat(counts.of("dropped")).isZero();
  }

  @Test
  void givesUpAfterThreeTriesAndGoesOn() throws Exception {
    for (int i = 0; i < 3; i++) {
      failures.add(new IOException("connection refused"));
    }
    start(10, 1, true);
    queue.add(Alerts.numbered(0, 2));

    counts.await("sent", 1);
    assertThat(batches).containsExactly(List.of("0"), List.of("0"), List.of("0"), List.of("1"));
    assertThat(counts.of("dropped")).isEqualTo(1);
  }

  @Test
  void doesNotTryAgainWhatIsRefused() throws Exception {
    failures.add(new Delivery.RefusedException("bad response status 400 Bad Request"));
    start(10, 1, true);
    queue.add(Alerts.numbered(0, 2));

    counts.await("sent", 1);
    assertThat(batches).containsExactly(List.of("0"), List.of("1"));
    assertThat(counts.of("errors")).isEqualTo(1);
    assertThat(counts.of("dropped")).isEqualTo(1);
  }

  @Test
  void sendsWhatWaitsBeforeItEnds() throws Exception {
    gated = true;
    start(10, 1, true);
    queue.add(Alerts.numbered(0, 3));
    batches.take();
    queue.end();
    queue.add(Alerts.numbered(7, 8));
    gate.countDown();
    queue.await(in(5));

    assertThat(batches).containsExactly(List.of("1"), List.of("2"));
    assertThat(counts.all()).isEmpty();
  }

  @Test
  void dropsWhatWaitsWhenToldNotToDrain() throws Exception {
    gated = true;
    start(10, 1, false);
    queue.add(Alerts.numbered(0, 3));
    batches.take();
    queue.end();
    gate.countDown();
    queue.await(in(5));

    assertThat(batches).isEmpty();
  }

  @Test
  void doesNotWaitForEver() throws Exception {
    gated = true;
    start(10, 1, true);
    queue.add(Alerts.numbered(0, 3));
    batches.take();
    queue.end();
    long begun = System.nanoTime();
    queue.await(begun);

    assertThat(batches).isEmpty();
    assertThat(counts.all()).isEmpty();
    queue = null;
  }

  @Test
  void manyThreadsAddAtOnce() throws Exception {
    start(100_000, 256, true);
    BlockingQueue<Thread> threads = new ArrayBlockingQueue<>(8);
    for (int t = 0; t < 8; t++) {
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                for (int i = 0; i < 100; i++) {
                  queue.add(Alerts.numbered(0, 10));
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    counts.await("sent", 8_000);
    assertThat(counts.of("dropped")).isZero();
  }

  /** The metrics, read as a scraper would. */
  private static final class Counts {
    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final SendingMetrics metrics = new SendingMetrics(registry);

    double of(String name) {
      return SendingMetricsReader.value(registry, "prometheus_notifications_" + name);
    }

    List<String> all() {
      return SendingMetricsReader.labelled(registry);
    }

    void await(String name, double wanted) throws InterruptedException {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (of(name) != wanted) {
        assertThat(System.nanoTime()).as(name + " is " + of(name)).isLessThan(end);
        Thread.sleep(2);
      }
    }
  }
}
