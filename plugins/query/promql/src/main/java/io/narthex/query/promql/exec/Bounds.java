package io.narthex.query.promql.exec;

import io.narthex.api.config.Durations;
import io.narthex.api.model.Quoting;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.QueryOptions;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How many samples a query may hold at once, and how long it may take: the least of what the
 * engine, the request and the user's own limits allow.
 *
 * @param maxSamples the most samples and points to hold at once
 * @param timeout waiting included
 * @param ownSamples says that the number is the user's, for the message; empty where it is not
 * @param ownTime says that the time is the user's; empty where it is not
 */
public record Bounds(long maxSamples, Duration timeout, String ownSamples, String ownTime) {
  /** Those of an engine alone. */
  public Bounds(long maxSamples, Duration timeout) {
    this(maxSamples, timeout, "", "");
  }

  /** Those of a query, by an engine that has these. */
  public Bounds of(QueryOptions options) {
    Duration time = least(timeout, options.timeout());
    Duration ownTimeout = options.limits().timeout();
    boolean lessTime = least(time, ownTimeout).compareTo(time) < 0;
    long samples = options.limits().maxSamples();
    boolean fewer = samples > 0 && samples < maxSamples;
    return new Bounds(
        fewer ? samples : maxSamples,
        lessTime ? ownTimeout : time,
        fewer ? limit(options.user(), String.valueOf(samples)) : "",
        lessTime ? limit(options.user(), text(ownTimeout)) : "");
  }

  /** Of the second, zero stands for none. */
  private static Duration least(Duration one, Duration other) {
    return other.isZero() || other.compareTo(one) > 0 ? one : other;
  }

  private static String limit(String user, String value) {
    return ": the limit"
        + (user.isEmpty() ? "" : " of user " + Quoting.quote(user))
        + " is "
        + value;
  }

  private static String text(Duration duration) {
    return duration.toMillis() == 0 ? duration.toString() : Durations.format(duration);
  }

  /** Too many samples are, or would be, held. */
  public QueryException tooManySamples(@Nullable Throwable cause) {
    return new QueryException(
        QueryException.Kind.EXECUTION,
        "query processing would load too many samples into memory in query execution" + ownSamples,
        cause);
  }

  /**
   * Time is over. Where it is the user's own that is no overload of the server, so it is a failure
   * of the query.
   *
   * @param where what the query was doing
   */
  public QueryException timedOut(String where, @Nullable Throwable cause) {
    return new QueryException(
        ownTime.isEmpty() ? QueryException.Kind.TIMEOUT : QueryException.Kind.EXECUTION,
        "query timed out in " + where + ownTime,
        cause);
  }
}
