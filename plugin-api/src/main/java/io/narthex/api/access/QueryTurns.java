package io.narthex.api.access;

import io.narthex.api.Api;
import io.narthex.api.config.Durations;
import io.narthex.api.model.Quoting;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Counts the queries that are at hand for each user, so that nobody has more at a time than {@link
 * QueryLimits#maxConcurrency} says. The process has one, which extensions may ask for in their
 * constructors: whatever reads samples for a request begins a turn, and ends it when the answer is
 * complete, or has failed.
 *
 * <p>Queries are counted by {@link Access#name}; those who have none are counted together. Each
 * query looks at the limit that it brings along: after a reload of the configuration the new limit
 * counts for those that begin, together with those that began before. Safe for any number of
 * threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public final class QueryTurns {
  private final ConcurrentMap<String, Integer> running = new ConcurrentHashMap<>();

  /** Makes one without queries at hand. */
  public QueryTurns() {}

  /**
   * Begins a query. Never waits.
   *
   * @return to be closed when the query is over, whatever its end was
   * @throws TooManyQueriesException when as many are at hand as the user may have
   */
  public Turn begin(Access access) throws TooManyQueriesException {
    int limit = access.limits().maxConcurrency();
    String name = access.name();
    boolean[] begun = {false};
    // Counted without a limit too: a reload may bring one.
    running.compute(
        name,
        (key, before) -> {
          int now = before == null ? 0 : before;
          begun[0] = limit == 0 || now < limit;
          return begun[0] ? Integer.valueOf(now + 1) : before;
        });
    if (!begun[0]) {
      throw new TooManyQueriesException(name, limit);
    }
    return new Turn(access);
  }

  /** How many queries of a user are at hand. */
  public int running(String name) {
    return running.getOrDefault(name, 0);
  }

  private void end(String name) {
    running.computeIfPresent(name, (key, now) -> now == 1 ? null : now - 1);
  }

  /** What a message says of a limit. */
  private static String limit(String name, Object limit) {
    return "the limit" + (name.isEmpty() ? "" : " of user " + Quoting.quote(name)) + " is " + limit;
  }

  /**
   * A query that is at hand.
   *
   * @since 0.1
   */
  public final class Turn implements AutoCloseable {
    private final String name;
    private final QueryLimits limits;
    private final long began = System.nanoTime();
    private final AtomicLong samples = new AtomicLong();
    private final AtomicBoolean ended = new AtomicBoolean();

    private Turn(Access access) {
      name = access.name();
      limits = access.limits();
    }

    /**
     * Counts samples that were read without a query engine, which has the limits of the user by
     * itself. To be called from time to time, also where none were read.
     *
     * @throws TooMuchReadException when there are more than the user may have, or time is over
     */
    public void read(long more) throws TooMuchReadException {
      long all = samples.addAndGet(more);
      if (limits.maxSamples() > 0 && all > limits.maxSamples()) {
        throw new TooMuchReadException("too many samples: " + limit(name, limits.maxSamples()));
      }
      Duration most = limits.timeout();
      if (!most.isZero() && System.nanoTime() - began > nanos(most)) {
        throw new TooMuchReadException(
            "reading takes too long: " + limit(name, Durations.format(most)));
      }
    }

    private static long nanos(Duration duration) {
      try {
        return duration.toNanos();
      } catch (ArithmeticException e) {
        return Long.MAX_VALUE;
      }
    }

    /** The query is over. May be called twice, and by any thread. */
    @Override
    public void close() {
      if (ended.compareAndSet(false, true)) {
        end(name);
      }
    }
  }

  /**
   * A user has as many queries at hand as are allowed. The message is shown to users; HTTP has 429
   * for it.
   *
   * @since 0.1
   */
  public static final class TooManyQueriesException extends Exception {
    private static final long serialVersionUID = 1L;

    TooManyQueriesException(String name, int limit) {
      super("too many queries at a time: " + limit(name, limit) + ", try again when one has ended");
    }
  }

  /**
   * More was read for a user than is allowed, or for longer. The message is shown to users; HTTP
   * has 422 for it.
   *
   * @since 0.1
   */
  public static final class TooMuchReadException extends Exception {
    private static final long serialVersionUID = 1L;

    TooMuchReadException(String message) {
      super(message);
    }
  }
}
