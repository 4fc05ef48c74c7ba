package io.narthex.web.debug;

import io.narthex.api.web.HttpError;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;

/**
 * Something that only one request at a time may have, because it costs the whole process time. The
 * work is done on a platform thread of its own: calls into the virtual machine would hold up a
 * carrier of virtual threads, and with it other requests. Safe for any number of threads.
 */
final class Exclusive {
  private static final int TOO_MANY_REQUESTS = 429;

  private final String what;
  private final Semaphore permit = new Semaphore(1);

  /**
   * Makes one.
   *
   * @param what it is, in messages: {@code a thread dump}
   */
  Exclusive(String what) {
    this.what = what;
  }

  /** The only holder until it is closed. */
  Holder take() throws HttpError {
    if (!permit.tryAcquire()) {
      throw new HttpError(
          TOO_MANY_REQUESTS, what + " is being made for somebody else; try again later");
    }
    return new Holder();
  }

  /** May work. Belongs to one thread. */
  final class Holder implements AutoCloseable {
    private Holder() {}

    /**
     * Does a piece of work that ends by itself and soon, and waits for it, interrupted or not.
     *
     * @throws HttpError that of the work, or 500 when it fails
     */
    <T> T run(Callable<T> work) throws IOException {
      FutureTask<T> task = new FutureTask<>(work);
      Thread.ofPlatform().daemon().name("debug").start(task);
      boolean interrupted = false;
      try {
        while (true) {
          try {
            return task.get();
          } catch (InterruptedException e) {
            interrupted = true;
          }
        }
      } catch (ExecutionException e) {
        if (e.getCause() instanceof HttpError refusal) {
          throw refusal;
        }
        HttpError error = new HttpError(500, "cannot make " + what + ": " + e.getCause());
        error.initCause(e.getCause());
        throw error;
      } finally {
        if (interrupted) {
          Thread.currentThread().interrupt();
        }
      }
    }

    @Override
    public void close() {
      permit.release();
    }
  }
}
