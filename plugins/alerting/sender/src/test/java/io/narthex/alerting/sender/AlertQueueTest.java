package io.narthex.alerting.sender;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.narthex.api.alert.Alert;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.LoggerFactory;

@Timeout(30)
class AlertQueueTest {
  private final Counts counts = new Counts();
  private final BlockingQueue<List<String>> batches = new LinkedBlockingQueue<>();

  /** What is thrown by the next tries; nothing when empty. */
  private final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();

  private final CountDownLatch gate = new CountDownLatch(1);
  private final Logger logger = (Logger) LoggerFactory.getLogger(AlertQueue.class);
  private final ListAppender<ILoggingEvent> seen = new ListAppender<>();
  private boolean gated;
  private AlertQueue queue;

  @BeforeEach
  void listen() {
    seen.start();
    logger.addAppender(seen);
  }

  @AfterEach
  void end() {
    gate.countDown();
    if (queue != null) {
      queue.end();
      AlertQueue.await(List.of(queue), in(5));
    }
    logger.detachAppender(seen);
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
    Throwable failure = failures.poll();
    switch (failure) {
      case null -> {}
      case IOException e -> throw e;
      case RuntimeException e -> throw e;
      case Error e -> throw e;
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
  void saysOnceInAWhileThatItIsFull() throws Exception {
    gated = true;
    start(1, 10, true);
    queue.add(Alerts.numbered(0, 1));
    assertThat(batches.take()).containsExactly("0");
    for (int i = 1; i <= 100; i++) {
      queue.add(Alerts.numbered(i, i + 1));
    }
    assertThat(counts.of("dropped")).isEqualTo(99);
    assertThat(counted()).containsExactly("1");
    gate.countDown();
    assertThat(batches.take()).containsExactly("100");
    end();
    queue = null;
    assertThat(counted()).containsExactly("1", "98");
  }

  private List<String> counted() {
    return seen.list.stream()
        .flatMap(event -> event.getKeyValuePairs().stream())
        .filter(pair -> pair.key.equals("count"))
        .map(pair -> String.valueOf(pair.value))
        .toList();
  }

  @Test
  void triesAgainWhatWasNotTaken() throws Exception {
    failures.add(new IOException("connection refused"));
    failures.add(new IllegalStateException("a defect"));
    start(10, 10, true);
    queue.add(Alerts.numbered(0, 2));

    counts.await("sent", 2);
    assertThat(batches).hasSize(3).allMatch(List.of("0", "1")::equals);
    assertThat(counts.of("errors")).isEqualTo(2);
    assertThat(counts.of("dropped")).isZero();
  }

  @Test
  void saysOnceWhatWasGivenUp() throws Exception {
    for (int i = 0; i < 3; i++) {
      failures.add(new IOException("connection refused " + i));
    }
    failures.add(new IOException("once"));
    start(10, 1, true);
    queue.add(Alerts.numbered(0, 2));
    counts.await("sent", 1);
    assertThat(seen.list)
        .singleElement()
        .extracting(event -> event.getKeyValuePairs().toString())
        .asString()
        .contains("count=\"1\"", "tries=\"3\"", "connection refused 2");
    assertThat(counts.of("errors")).isEqualTo(2);
    assertThat(counts.of("dropped")).isEqualTo(1);
  }

  @Test
  void goesOnAfterAnError() throws Exception {
    failures.add(new AssertionError("a mistake of a plugin"));
    failures.add(new StackOverflowError());
    failures.add(new NoSuchMethodError("x"));
    start(10, 1, true);
    queue.add(Alerts.numbered(0, 2));

    counts.await("sent", 1);
    assertThat(batches).hasSize(4).last().isEqualTo(List.of("1"));
    assertThat(counts.of("dropped")).isEqualTo(1);
  }

  /** Alerts with a text of a million characters each, which they share. */
  private static List<Alert> large(int from, int to) {
    String text = "x".repeat(1 << 20);
    return Alerts.numbered(from, to).stream()
        .map(a -> new Alert(a.labels(), Map.of("text", text), a.startsAt(), a.endsAt(), ""))
        .toList();
  }

  @Test
  void doesNotPutMoreIntoABatchThanThereIsMemoryFor() throws Exception {
    gated = true;
    start(100, 10, true);
    queue.add(Alerts.numbered(0, 1));
    batches.take();
    queue.add(large(1, 6));
    queue.add(Alerts.numbered(6, 8));
    queue.add(large(8, 9));
    gate.countDown();

    assertThat(batches.take()).containsExactly("1", "2", "3");
    assertThat(batches.take()).containsExactly("4", "5", "6", "7", "8");
  }

  @Test
  void dropsTheOldestWhenTheyAreTooLongTogether() throws Exception {
    gated = true;
    start(1000, 1000, true);
    queue.add(Alerts.numbered(0, 1));
    batches.take();
    queue.add(large(1, 101));

    assertThat(counts.of("queue_length")).isEqualTo(63);
    assertThat(counts.of("dropped")).isEqualTo(37);
    queue.add(Alerts.numbered(101, 102));
    assertThat(counts.of("queue_length")).isEqualTo(64);
    gate.countDown();
    assertThat(batches.take()).startsWith("38");
    counts.await("sent", 65);
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
    AlertQueue.await(List.of(queue), in(5));

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
    AlertQueue.await(List.of(queue), in(5));

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
    AlertQueue.await(List.of(queue), begun);

    assertThat(batches).isEmpty();
    assertThat(counts.all()).isEmpty();
    queue = null;
  }

  @Test
  void leavesNoMetricsBehindWhenItDoesNotEndAsItIsTold() throws Exception {
    CountDownLatch taken = new CountDownLatch(1);
    List<Thread> threads = new CopyOnWriteArrayList<>();
    AlertQueue deaf =
        new AlertQueue(
            "am",
            batch -> {
              threads.add(Thread.currentThread());
              taken.countDown();
              while (gate.getCount() > 0) {
                Thread.interrupted();
                LockSupport.parkNanos(1_000_000);
              }
            },
            new SendingConfig(10, 1, true),
            counts.metrics);
    deaf.add(Alerts.numbered(0, 3));
    taken.await();
    deaf.end();
    AlertQueue.await(List.of(deaf), System.nanoTime());
    gate.countDown();
    threads.getFirst().join();

    assertThat(counts.all()).isEmpty();
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
