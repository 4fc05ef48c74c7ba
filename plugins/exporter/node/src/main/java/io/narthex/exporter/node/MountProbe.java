package io.narthex.exporter.node;

import io.narthex.exporter.node.SystemCalls.FileSystemStatus;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks mounts for their status, of which any may hang for ever. One thread of the executor asks one
 * after the other, which is all it takes while they answer; when they are slow, others help. A
 * mount that does not answer in time is given up together with the thread that waits for it, and
 * not asked again until that thread comes back.
 */
final class MountProbe {
  /** The error of a mount that did not answer. */
  static final String TIMEOUT = "mountpoint timeout";

  /** How long one thread works alone before others help, in nanoseconds. */
  private static final long ALONE = 10_000_000;

  /**
   * What a mount answered.
   *
   * @param status null when there is an error
   * @param error empty when there is a status
   */
  record Answer(@Nullable FileSystemStatus status, String error) {
    static final Answer TIMED_OUT = new Answer(null, TIMEOUT);
  }

  private final SystemCalls calls;
  private final Executor threads;
  private final LongSupplier nanoTime;
  private final long timeout;
  private final int workers;

  /** The mount points that a thread still waits for. */
  private final Set<String> stuck = ConcurrentHashMap.newKeySet();

  MountProbe(CollectorContext context) {
    this.calls = context.calls();
    this.threads = context.blocking();
    this.nanoTime = context.nanoTime();
    this.timeout = context.config().filesystem().mountTimeout().toNanos();
    this.workers = context.config().filesystem().statWorkers();
  }

  /**
   * Asks all mounts. Returns within twice the timeout, whatever they do.
   *
   * @return the answers, in the order of the mounts
   */
  Answer[] ask(List<Mount> mounts) {
    Round round = new Round(mounts);
    round.run();
    return round.answers;
  }

  /** Asks all mounts once. Its fields are guarded by itself. */
  private final class Round {
    private final List<Mount> mounts;
    private final Answer[] answers;

    /** When the mount was asked; 0 when it was not. */
    private final long[] asked;

    private int next;
    private int open;
    private int working;
    private boolean over;

    Round(List<Mount> mounts) {
      this.mounts = mounts;
      this.answers = new Answer[mounts.size()];
      this.asked = new long[mounts.size()];
      this.open = mounts.size();
    }

    synchronized void run() {
      for (int i = 0; i < answers.length; i++) {
        if (!stuck.isEmpty() && stuck.contains(mounts.get(i).mountPoint())) {
          answer(i, Answer.TIMED_OUT);
        }
      }
      if (open == 0) {
        return;
      }
      long start = nanoTime.getAsLong();
      help();
      boolean interrupted = false;
      while (open > 0) {
        long now = nanoTime.getAsLong();
        if (working == 0 || now - start >= 2 * timeout || interrupted) {
          // Without threads (each waits for a mount) or without time: what is open counts as stuck.
          giveUp(now, Long.MIN_VALUE);
          break;
        }
        if (now - start >= ALONE) {
          giveUp(now, timeout);
          while (open > 0 && working < workers && next < answers.length) {
            if (!help()) {
              break;
            }
          }
        }
        long wait = now - start < ALONE ? ALONE - (now - start) : untilTimeout(now);
        try {
          if (open > 0 && working > 0) {
            // At least 1 ms, and not more than the clock that is asked above may jump.
            wait(Math.clamp(wait / 1_000_000, 1, 1_000));
          }
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      over = true;
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    private boolean help() {
      try {
        working++;
        threads.execute(this::work);
        return true;
      } catch (RejectedExecutionException e) {
        working--;
        return false;
      }
    }

    private long untilTimeout(long now) {
      long least = timeout;
      for (int i = 0; i < next; i++) {
        if (answers[i] == null && asked[i] != 0) {
          least = Math.min(least, timeout - (now - asked[i]));
        }
      }
      return least;
    }

    /**
     * Gives up the mounts that were asked {@code limit} ago or earlier; with the least limit, all
     * that are open.
     */
    private void giveUp(long now, long limit) {
      for (int i = 0; i < answers.length; i++) {
        if (answers[i] != null) {
          continue;
        }
        if (asked[i] != 0 && now - asked[i] >= limit) {
          stuck.add(mounts.get(i).mountPoint());
          working--;
          answer(i, Answer.TIMED_OUT);
        } else if (limit == Long.MIN_VALUE) {
          answer(i, Answer.TIMED_OUT);
        }
      }
    }

    private void answer(int index, Answer answer) {
      answers[index] = answer;
      open--;
      if (open == 0) {
        notifyAll();
      }
    }

    private void work() {
      int mine = take();
      while (mine >= 0) {
        Answer answer = call(mounts.get(mine));
        mine = deliver(mine, answer) ? take() : -1;
      }
    }

    private synchronized int take() {
      while (!over && next < answers.length && answers[next] != null) {
        next++;
      }
      if (over || next == answers.length) {
        working--;
        return -1;
      }
      long now = nanoTime.getAsLong();
      asked[next] = now == 0 ? 1 : now;
      return next++;
    }

    /**
     * Gives the answer; false when it is too late, and another thread has taken this one's place.
     */
    private synchronized boolean deliver(int index, Answer answer) {
      if (answers[index] != null) {
        stuck.remove(mounts.get(index).mountPoint());
        return false;
      }
      answer(index, answer);
      return true;
    }

    private Answer call(Mount mount) {
      try {
        return new Answer(calls.statfs(mount.path()), "");
      } catch (KernelException e) {
        return new Answer(null, e.text());
      } catch (RuntimeException | LinkageError e) {
        return new Answer(null, e.toString());
      }
    }
  }
}
