package io.narthex.alerting.sender;

import io.narthex.api.alert.Alert;
import io.narthex.api.model.Labels;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What waits for one Alertmanager, and the virtual thread that sends it there in batches, in order.
 * When more waits than there is room for, the oldest alerts are dropped: the newest say how things
 * are. A batch that was quickly refused is tried again twice, while newer ones wait; where an
 * Alertmanager lets us wait for its failure, others would be lost over more tries. Safe for any
 * number of threads.
 */
final class AlertQueue {
  private static final Logger LOG = LoggerFactory.getLogger(AlertQueue.class);

  /** Before the second and the third try. */
  private static final List<Duration> PAUSES =
      List.of(Duration.ofMillis(250), Duration.ofSeconds(1));

  /** A try that failed later than this is the last one. */
  private static final Duration QUICK = Duration.ofSeconds(1);

  /** For how long all queues together are waited for once they were interrupted. */
  private static final Duration INTERRUPTED = Duration.ofSeconds(1);

  private static final String FULL = "Alert notification queue full, dropping alerts";

  /** How long nothing is said of dropped alerts after something was. */
  private static final Duration SILENCE = Duration.ofMinutes(1);

  /** Of one request, more or less: a text of an alert may have millions. */
  private static final long BATCH_CHARACTERS = 4 << 20;

  /** Of all that waits; some ten thousand alerts of the usual length have a tenth of it. */
  private static final long WAITING_CHARACTERS = 64 << 20;

  private final String alertmanager;
  private final Delivery delivery;
  private final SendingConfig settings;
  private final SendingMetrics metrics;
  private final Thread thread;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** Guarded by {@link #lock}, as are those below. */
  private final ArrayDeque<Alert> waiting = new ArrayDeque<>();

  /** Of {@link #waiting}. */
  private long characters;

  /** Alerts that were dropped for want of room and that the log does not know of. */
  private int unsaid;

  /** When the log was told, as {@link System#nanoTime}; null before the first time. */
  private @Nullable Long saidAt;

  private boolean ending;
  private boolean draining;

  /**
   * Makes a queue and starts its thread.
   *
   * @param alertmanager what it is called in logs and metrics
   */
  AlertQueue(
      String alertmanager, Delivery delivery, SendingConfig settings, SendingMetrics metrics) {
    this.alertmanager = alertmanager;
    this.delivery = delivery;
    this.settings = settings;
    this.metrics = metrics;
    metrics.begin(alertmanager);
    thread = Thread.ofVirtual().name("alerts-" + alertmanager).start(this::run);
  }

  /** Takes alerts; never waits. */
  void add(List<Alert> alerts) {
    int dropped = 0;
    int said;
    lock.lock();
    try {
      if (ending) {
        return;
      }
      for (Alert alert : alerts) {
        waiting.add(alert);
        characters += characters(alert);
      }
      while (waiting.size() > settings.queueCapacity() || characters > WAITING_CHARACTERS) {
        characters -= characters(waiting.remove());
        dropped++;
      }
      unsaid += dropped;
      said = toSay();
      metrics.waiting(alertmanager, waiting.size());
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (dropped > 0) {
      metrics.dropped(alertmanager, dropped);
    }
    if (said > 0) {
      warn(FULL, said);
    }
  }

  /** How many dropped alerts the log is to be told of now; each rule that fires may drop some. */
  private int toSay() {
    long now = System.nanoTime();
    if (unsaid == 0 || (saidAt != null && now - saidAt < SILENCE.toNanos())) {
      return 0;
    }
    saidAt = now;
    int count = unsaid;
    unsaid = 0;
    return count;
  }

  private static long characters(Alert alert) {
    Labels labels = alert.labels();
    long sum = 0;
    for (int i = 0; i < labels.size(); i++) {
      sum += labels.name(i).length() + labels.value(i).length();
    }
    for (Map.Entry<String, String> annotation : alert.annotations().entrySet()) {
      sum += annotation.getKey().length() + annotation.getValue().length();
    }
    return sum;
  }

  private void warn(String message, int count) {
    LOG.atWarn()
        .setMessage(message)
        .addKeyValue("alertmanager", alertmanager)
        .addKeyValue("count", count)
        .log();
  }

  private void run() {
    try {
      while (true) {
        List<Alert> batch = next();
        if (batch.isEmpty()) {
          return;
        }
        send(batch);
      }
    } catch (InterruptedException e) {
      // Ended.
    }
  }

  /** The next batch; empty when there will be none. */
  private List<Alert> next() throws InterruptedException {
    int said = 0;
    lock.lockInterruptibly();
    try {
      while (waiting.isEmpty() && !ending) {
        changed.await();
      }
      if (ending && !draining) {
        return List.of();
      }
      List<Alert> batch = new ArrayList<>(Math.min(waiting.size(), settings.batchSize()));
      long taken = 0;
      for (Alert alert = waiting.peek();
          alert != null && batch.size() < settings.batchSize();
          alert = waiting.peek()) {
        long length = characters(alert);
        if (!batch.isEmpty() && taken + length > BATCH_CHARACTERS) {
          break;
        }
        batch.add(waiting.remove());
        taken += length;
      }
      characters -= taken;
      metrics.waiting(alertmanager, waiting.size());
      said = toSay();
      return batch;
    } finally {
      lock.unlock();
      if (said > 0) {
        warn(FULL, said);
      }
    }
  }

  private void send(List<Alert> batch) throws InterruptedException {
    for (int attempt = 0; ; attempt++) {
      boolean again = attempt < PAUSES.size();
      String reason;
      long begun = System.nanoTime();
      try {
        delivery.send(batch);
        metrics.sent(alertmanager, batch.size(), System.nanoTime() - begun);
        return;
      } catch (Delivery.RefusedException e) {
        reason = String.valueOf(e.getMessage());
        again = false;
      } catch (IOException | RuntimeException | Error e) {
        reason = e.getMessage() == null ? e.toString() : e.getMessage();
      } catch (InterruptedException e) {
        metrics.dropped(alertmanager, batch.size());
        throw e;
      }
      again = again && System.nanoTime() - begun < QUICK.toNanos();
      if (attempt == 0) {
        // Counted by alerts: errors / sent is then the part of them that met any.
        metrics.failed(alertmanager, batch.size());
      }
      try {
        if (again && pause(PAUSES.get(attempt))) {
          continue;
        }
      } catch (InterruptedException e) {
        giveUp(batch, attempt + 1, reason);
        throw e;
      }
      giveUp(batch, attempt + 1, reason);
      return;
    }
  }

  /** One line a batch, not one a try: whoever is woken by alerts has enough of them to read. */
  private void giveUp(List<Alert> batch, int tries, String reason) {
    metrics.dropped(alertmanager, batch.size());
    LOG.atError()
        .setMessage("Error sending alerts")
        .addKeyValue("alertmanager", alertmanager)
        .addKeyValue("count", batch.size())
        .addKeyValue("tries", tries)
        .addKeyValue("err", reason)
        .log();
  }

  /** Waits before another try; false when there is to be none because the queue ends. */
  private boolean pause(Duration pause) throws InterruptedException {
    long left = pause.toNanos();
    lock.lockInterruptibly();
    try {
      while (left > 0 && (!ending || draining)) {
        left = changed.awaitNanos(left);
      }
      return !ending || draining;
    } finally {
      lock.unlock();
    }
  }

  /** Takes no more alerts; what waits is sent first if so configured. */
  void end() {
    lock.lock();
    try {
      ending = true;
      draining = settings.drainOnShutdown();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until queues have ended, at most for a while; then those that have not are interrupted,
   * and what is left is dropped. Call {@link #end} of each first.
   *
   * @param deadline as {@link System#nanoTime}
   */
  static void await(Collection<AlertQueue> queues, long deadline) {
    boolean interrupted = join(queues, deadline);
    queues.forEach(queue -> queue.thread.interrupt());
    interrupted |= join(queues, System.nanoTime() + INTERRUPTED.toNanos());
    queues.forEach(AlertQueue::forget);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether somebody did not want to wait. */
  private static boolean join(Collection<AlertQueue> queues, long deadline) {
    try {
      for (AlertQueue queue : queues) {
        queue.thread.join(Duration.ofNanos(Math.max(1, deadline - System.nanoTime())));
      }
      return false;
    } catch (InterruptedException e) {
      return true;
    }
  }

  private void forget() {
    int left;
    int said;
    lock.lock();
    try {
      left = waiting.size();
      waiting.clear();
      said = unsaid;
      unsaid = 0;
    } finally {
      lock.unlock();
    }
    if (said > 0) {
      warn(FULL, said);
    }
    if (left > 0) {
      metrics.dropped(alertmanager, left);
      warn("Alert notification queue not drained on shutdown, dropping alerts", left);
    }
    metrics.end(alertmanager);
  }
}
