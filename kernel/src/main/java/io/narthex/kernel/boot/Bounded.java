package io.narthex.kernel.boot;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Calls code of plugins, which may throw anything and may never return: each call on a platform
 * daemon thread of its own, for so long and no longer. (A virtual thread that computes for ever
 * would keep one of the few carriers.)
 */
final class Bounded {
  private Bounded() {}

  /** A call that threw or did not return; the message is for users. */
  static final class Failed extends Exception {
    private static final long serialVersionUID = 1L;

    Failed(String message, Throwable cause) {
      super(message, cause);
    }

    @Override
    public String getMessage() {
      return String.valueOf(super.getMessage());
    }
  }

  /**
   * Calls.
   *
   * @param what the subject of the message: {@code service x: start}
   * @throws Failed when it throws, does not return in time, or the caller is interrupted
   */
  static <T> T call(String what, Duration limit, Callable<T> action) throws Failed {
    FutureTask<T> task = new FutureTask<>(action);
    Thread.ofPlatform().daemon().name(what).start(task);
    try {
      return task.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new Failed(what + " failed: " + cause, cause);
    } catch (TimeoutException e) {
      task.cancel(true);
      throw new Failed(what + " did not return within " + limit.toMillis() / 1000.0 + " s", e);
    } catch (InterruptedException e) {
      task.cancel(true);
      Thread.currentThread().interrupt();
      throw new Failed(what + " was interrupted", e);
    }
  }

  /** As {@link #call}, for what gives nothing back. */
  static void run(String what, Duration limit, Action action) throws Failed {
    call(
        what,
        limit,
        () -> {
          action.run();
          return what;
        });
  }

  /** Something that may fail. */
  @FunctionalInterface
  interface Action {
    /** Does it. */
    void run() throws Exception;
  }
}
