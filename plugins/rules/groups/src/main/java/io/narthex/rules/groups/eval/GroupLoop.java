package io.narthex.rules.groups.eval;

import io.narthex.api.alert.RulesView;
import io.narthex.api.service.Ticks;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Evaluates a group again and again, on a virtual thread that waits most of the time. After a
 * reload, the loop of a changed group waits until the one before has ended, so that both never
 * write at once.
 */
public final class GroupLoop {
  private static final Logger LOG = LoggerFactory.getLogger(GroupLoop.class);

  /** What becomes of a group's series when it is stopped. */
  public enum Ending {
    /** They stay: the process ends, or another group goes on with them. */
    LEAVE,
    /** They get stale markers, once other rules have had time to take them over. */
    MARK_STALE
  }

  private final Group group;
  private final Ticks ticks;
  private final Schedule schedule;
  private final CountDownLatch ended = new CountDownLatch(1);

  /** Whether alerts are still to get back what they had before a restart. */
  private volatile boolean restore;

  /** Null once its state was taken over. */
  private volatile @Nullable GroupLoop before;

  private volatile boolean stopping;
  private volatile Ending ending = Ending.LEAVE;

  /** Whether nothing at all is to be done any more. */
  private volatile boolean closed;

  private volatile @Nullable Thread thread;

  /**
   * Makes one that does not run.
   *
   * @param restore whether alerts get back what they had before a restart
   * @param before the loop of the same group before a reload, which is stopped or will be; null for
   *     none
   */
  public GroupLoop(Group group, Ticks ticks, boolean restore, @Nullable GroupLoop before) {
    this.group = group;
    this.ticks = ticks;
    this.restore = restore;
    this.before = before;
    this.schedule =
        Schedule.of(
            group.definition().file(),
            group.definition().name(),
            group.definition().interval().toNanos());
  }

  public Group group() {
    return group;
  }

  /**
   * Begins.
   *
   * @param whenOver called on its thread when it does nothing any more
   */
  public void start(Runnable whenOver) {
    thread =
        Thread.ofVirtual()
            .name("rules-" + group.definition().name())
            .start(() -> {
              try {
                run();
              } finally {
                whenOver.run();
              }
            });
  }

  /** Has it end after the rule that is evaluated now. Returns at once. */
  public void stop(Ending how) {
    ending = how;
    stopping = true;
    wake();
  }

  /** Has it end as soon as possible, without stale markers. Returns at once. */
  public void close() {
    closed = true;
    stopping = true;
    wake();
  }

  private void wake() {
    Thread running = thread;
    if (running != null) {
      LockSupport.unpark(running);
    }
  }

  /** Waits until it has ended, but no longer than until {@code deadline} of {@code nanoTime}. */
  public boolean awaitEnd(long deadline) throws InterruptedException {
    return ended.await(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
  }

  /** Has queries that run now end early. */
  public void cancel() {
    group.cancel();
  }

  /** As pages show it: as it was before, until that has been taken over. */
  public RulesView.Group view() {
    GroupLoop previous = before;
    return previous == null ? group.view() : previous.view();
  }

  void run() {
    try {
      takeOver();
      evaluateUntilStopped();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      LOG.error(
          "Evaluation of rule group ended file={} group={}",
          group.definition().file(),
          group.definition().name(),
          e);
      throw e;
    } finally {
      ended.countDown();
    }
    if (ending == Ending.MARK_STALE && !closed) {
      markStale();
    }
  }

  private void takeOver() throws InterruptedException {
    GroupLoop previous = before;
    if (previous != null) {
      previous.ended.await();
      if (previous.restore) {
        // A reload soon after a start must not cost alerts their time.
        restore = true;
        group.awaitRestoration();
      }
      group.takeOver(previous.group);
      before = null;
    }
  }

  private void evaluateUntilStopped() {
    long slot = schedule.slot(ticks.wallNanos());
    int evaluations = 0;
    while (true) {
      long next = awaitAfter(slot);
      if (stopping || Thread.currentThread().isInterrupted()) {
        return;
      }
      long missed = Math.max(0, (next - slot) / schedule.interval() - 1);
      slot = next;
      group.evaluate(slot, missed, () -> stopping);
      evaluations++;
      // At the second one, what alerts depend on has been scraped and recorded again.
      if (restore && evaluations == 2 && !stopping) {
        group.restore();
        restore = false;
      }
    }
  }

  /** Waits for the next time of the schedule, or the last of several that are over already. */
  private long awaitAfter(long slot) {
    long last = slot;
    while (!stopping && !Thread.currentThread().isInterrupted()) {
      long now = ticks.wallNanos();
      long ahead = last + schedule.interval() - now;
      if (ahead <= 0) {
        return schedule.next(last, now);
      }
      if (ahead > 2 * schedule.interval()) {
        // The clock was set back.
        last = schedule.slot(now);
      } else {
        ticks.waitUntil(ticks.nanos() + ahead, () -> stopping);
      }
    }
    return slot;
  }

  /** Two intervals later a rule that was renamed or moved goes on with its series elsewhere. */
  private void markStale() {
    long now = ticks.wallNanos();
    ticks.waitUntil(ticks.nanos() + 2 * schedule.interval(), () -> closed);
    if (!closed && !Thread.currentThread().isInterrupted()) {
      group.endSeries(now);
    }
  }
}
