package io.narthex.kernel.config;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * The thread on which the sections of one reload are prepared and applied, one after the other. A
 * section that does not come back in time is left alone on its thread, and the next one gets a new
 * one. It is a daemon thread, because a virtual one that computes for ever would keep a carrier.
 */
final class Round implements AutoCloseable {
  private final Duration patience;
  private ExecutorService thread = newThread();

  Round(Duration patience) {
    this.patience = patience;
  }

  private static ExecutorService newThread() {
    return Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("config").factory());
  }

  /**
   * Calls a section.
   *
   * @param tooLate gets the result when it comes after the time is over
   * @throws ExecutionException when the section throws
   * @throws TimeoutException when it does not come back
   */
  <T> T call(Callable<T> section, Consumer<T> tooLate)
      throws ExecutionException, TimeoutException, InterruptedException {
    AtomicBoolean over = new AtomicBoolean();
    Future<T> future =
        thread.submit(() -> {
          T result = section.call();
          if (!over.compareAndSet(false, true)) {
            tooLate.accept(result);
          }
          return result;
        });
    try {
      return future.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException | InterruptedException e) {
      if (!over.compareAndSet(false, true) && future.isDone()) {
        return future.get();
      }
      thread.shutdownNow();
      thread = newThread();
      throw e;
    }
  }

  @Override
  public void close() {
    thread.shutdown();
  }
}
