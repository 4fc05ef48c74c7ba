package io.narthex.api.plugin;

import io.narthex.api.Api;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The calls of one piece of a plugin's code that have begun and not ended. Each runs on a daemon
 * thread of its own, because a virtual thread that computes for ever would keep a carrier. While a
 * call goes on for which nobody waits any more, no further one begins: one that hangs costs one
 * thread, and not one with every scrape. Safe for any number of threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public final class Calls {
  /** Calls that run at once; further ones wait until it is their turn. */
  public static final int AT_ONCE = 4;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private int running;
  private int givenUp;

  /** Makes one without calls. */
  public Calls() {}

  /** An earlier call has not ended, though nobody waits for it any more. */
  public static final class StillRunningException extends Exception {
    private static final long serialVersionUID = 1L;

    StillRunningException() {
      super("an earlier call has not ended yet");
    }
  }

  /**
   * A call that begins at once when it may, else when it is waited for. {@link Call#end} it in any
   * case.
   *
   * @param thread name of its thread
   */
  public <T> Call<T> call(String thread, Callable<T> action) {
    Call<T> call = new Call<>(thread, new FutureTask<>(action));
    lock.lock();
    try {
      if (givenUp == 0 && running < AT_ONCE) {
        call.begin();
      }
    } finally {
      lock.unlock();
    }
    return call;
  }

  /** One call; belongs to the thread that made it. */
  public final class Call<T> {
    private final String name;
    private final FutureTask<T> task;
    private boolean begun;

    /** Whether the code still runs; guarded by the lock. */
    private boolean runs;

    /** Whether it is counted as given up; guarded by the lock. */
    private boolean isGivenUp;

    private Call(String name, FutureTask<T> task) {
      this.name = name;
      this.task = task;
    }

    private void begin() {
      Thread.ofPlatform()
          .daemon()
          .name(name)
          .inheritInheritableThreadLocals(false)
          .start(this::run);
      begun = true;
      runs = true;
      running++;
    }

    private void run() {
      try {
        task.run();
      } finally {
        lock.lock();
        try {
          runs = false;
          running--;
          if (isGivenUp) {
            givenUp--;
          }
          changed.signalAll();
        } finally {
          lock.unlock();
        }
      }
    }

    /**
     * Waits for the result.
     *
     * @param end in the time of {@link System#nanoTime}
     * @throws ExecutionException when the code throws
     * @throws TimeoutException when there is no result by then
     * @throws StillRunningException at once when it may not begin
     */
    public T await(long end)
        throws ExecutionException, TimeoutException, InterruptedException, StillRunningException {
      if (!begun) {
        beginInTurn(end);
      }
      return task.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    private void beginInTurn(long end)
        throws TimeoutException, InterruptedException, StillRunningException {
      lock.lockInterruptibly();
      try {
        while (!begun) {
          long left = end - System.nanoTime();
          if (givenUp > 0) {
            throw new StillRunningException();
          } else if (running < AT_ONCE) {
            begin();
          } else if (left <= 0) {
            throw new TimeoutException();
          } else {
            changed.awaitNanos(left);
          }
        }
      } finally {
        lock.unlock();
      }
    }

    /** Says that nobody waits any more; interrupts what has no result yet. May be called twice. */
    public void end() {
      lock.lock();
      try {
        if (runs && !isGivenUp && !task.isDone()) {
          isGivenUp = true;
          givenUp++;
          changed.signalAll();
        }
      } finally {
        lock.unlock();
      }
      task.cancel(true);
    }
  }
}
