package io.narthex.query.promql;

import io.narthex.api.query.QueryException;
import io.narthex.api.query.QueryResult;
import io.narthex.query.promql.exec.Budget;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * The threads that parse and evaluate: platform threads, because what computes on the carriers of
 * virtual threads stops everything else that the server does; and with deep stacks, because syntax
 * trees may be deep. They begin with the first work, and end when there is none for a while. Safe
 * for any number of threads.
 *
 * <p>There are as many as there are cores, so that work is done in the order in which it comes,
 * with little in memory at once. Work that takes long is beyond that number: else a few slow
 * queries would keep all others waiting.
 */
final class Workers implements AutoCloseable {
  /** Address space in bytes; memory is used only as far as a query is deep. */
  private static final long STACK = 64L << 20;

  private static final long IDLE_SECONDS = 30;
  private static final long CLOSE_SECONDS = 5;

  /** How long a caller waits at least before it looks again, in nanoseconds. */
  private static final long SHORTEST = 1_000_000;

  /** What is to be done. */
  interface Work<T> {
    T run() throws QueryException;
  }

  private final ThreadPoolExecutor pool;
  private final int threads;
  private final int most;
  private final long patience;
  private final BooleanSupplier roomy;
  private final Set<Task<?>> running = ConcurrentHashMap.newKeySet();

  /**
   * Makes workers.
   *
   * @param threads how many there are as long as nothing takes long
   * @param most how many there may be besides, in place of those that take long
   * @param patience how long work goes on before it takes long
   * @param roomy whether there is memory for more work at once
   */
  Workers(int threads, int most, Duration patience, BooleanSupplier roomy) {
    this(
        threads,
        most,
        patience,
        roomy,
        Thread.ofPlatform().daemon().name("promql-", 0).stackSize(STACK).factory());
  }

  /** The same with threads of another make. */
  Workers(int threads, int most, Duration patience, BooleanSupplier roomy, ThreadFactory factory) {
    this.threads = threads;
    this.most = most;
    this.patience = patience.toNanos();
    this.roomy = roomy;
    pool =
        new ThreadPoolExecutor(
            threads, threads, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory);
    pool.allowCoreThreadTimeOut(true);
  }

  /**
   * Has work done, and waits for it. When time is over or this thread is interrupted, it waits no
   * longer: work that has not begun never will, the other ends at the next check of its budget.
   *
   * @param end called once, when nothing more will be done: on the worker, or here if work does not
   *     begin
   */
  <T> T call(Budget budget, Work<T> work, Runnable end) throws QueryException {
    Task<T> task = new Task<>(work, end);
    try {
      resize();
      pool.execute(task);
    } catch (RejectedExecutionException e) {
      end.run();
      throw canceled("expression evaluation", e);
    } catch (OutOfMemoryError e) {
      // The system gives no thread; what was taken for the query must not be taken for ever.
      if (task.begun.compareAndSet(false, true)) {
        pool.remove(task);
        end.run();
        throw new QueryException(
            QueryException.Kind.EXECUTION, "no thread to evaluate the expression: " + e, e);
      }
    }
    try {
      long left = budget.remainingNanos();
      long deadline = System.nanoTime() + left;
      while (!task.begun.get() && left > patience) {
        try {
          return task.result.get(Math.max(patience, SHORTEST), TimeUnit.NANOSECONDS);
        } catch (TimeoutException _) {
          resize();
        }
        left = deadline - System.nanoTime();
      }
      return task.result.get(left, TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      budget.cancel();
      task.discard();
      throw budget.timedOut(leave(task), e);
    } catch (InterruptedException e) {
      budget.cancel();
      task.discard();
      Thread.currentThread().interrupt();
      throw canceled(leave(task), e);
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case QueryException cause -> throw cause;
        case RuntimeException cause -> throw cause;
        case Error cause -> throw cause;
        case null, default -> throw new IllegalStateException(e);
      }
    }
  }

  /**
   * Lets a thread that has nothing to do work on a part of a query.
   *
   * @return false where all are busy: then the work is not done
   */
  boolean help(Runnable work) {
    if (pool.getActiveCount() >= threads || !pool.getQueue().isEmpty()) {
      return false;
    }
    try {
      pool.execute(work);
      return true;
    } catch (RejectedExecutionException e) {
      return false;
    }
  }

  /** Whether work waits for a thread, or for a core. */
  boolean wanted() {
    return !pool.getQueue().isEmpty() || pool.getActiveCount() > threads;
  }

  /** Makes as many threads as there should be now. */
  private synchronized void resize() {
    int size = pool.getMaximumPoolSize();
    long now = System.nanoTime();
    long slow = running.stream().filter(task -> now - task.started >= patience).count();
    int wanted = threads + (int) Math.min(most, slow);
    if (wanted > size && roomy.getAsBoolean()) {
      pool.setMaximumPoolSize(wanted);
      try {
        pool.setCorePoolSize(wanted);
      } catch (OutOfMemoryError _) {
        // Has begun threads for what waits, as far as the system gave any.
      }
    } else if (wanted < size) {
      pool.setCorePoolSize(wanted);
      pool.setMaximumPoolSize(wanted);
    }
  }

  private static QueryException canceled(String where, Exception cause) {
    return new QueryException(
        QueryException.Kind.CANCELED, "query was canceled in " + where, cause);
  }

  /** Gives up a task; says where it was. */
  private String leave(Task<?> task) {
    if (!task.begun.compareAndSet(false, true)) {
      return "expression evaluation";
    }
    pool.remove(task);
    task.end.run();
    return "query queue";
  }

  /** Waits a little for work that was cancelled, so that storage may be closed behind it. */
  @Override
  public void close() {
    pool.shutdown();
    try {
      pool.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Task<T> implements Runnable {
    private final Work<T> work;
    private final Runnable end;

    /** As {@link System#nanoTime}; set before it is among those that run. */
    private long started;

    private final AtomicBoolean begun = new AtomicBoolean();
    private final CompletableFuture<T> result = new CompletableFuture<>();

    Task(Work<T> work, Runnable end) {
      this.work = work;
      this.end = end;
    }

    /** Nobody wants the result any more: what it holds is let go of, now or when it is there. */
    void discard() {
      result.thenAccept(value -> {
        if (value instanceof QueryResult unwanted) {
          unwanted.close();
        }
      });
    }

    @Override
    public void run() {
      if (!begun.compareAndSet(false, true)) {
        return;
      }
      T value = null;
      Throwable failure = null;
      started = System.nanoTime();
      running.add(this);
      try {
        value = work.run();
      } catch (StackOverflowError e) {
        failure =
            new QueryException(
                QueryException.Kind.EXECUTION, "expression is nested too deeply to be evaluated");
      } catch (OutOfMemoryError e) {
        // What it held is garbage by now; the others go on.
        failure =
            new QueryException(
                QueryException.Kind.EXECUTION,
                "query processing would load too many samples into memory in query execution",
                e);
      } catch (Throwable e) {
        failure = e;
      } finally {
        running.remove(this);
        resize();
        end.run();
      }
      if (failure == null) {
        result.complete(value);
      } else {
        result.completeExceptionally(failure);
      }
    }
  }
}
