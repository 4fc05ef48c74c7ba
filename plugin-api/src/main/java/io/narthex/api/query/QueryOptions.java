package io.narthex.api.query;

import io.narthex.api.Api;
import io.narthex.api.access.QueryLimits;
import java.time.Duration;
import java.util.Objects;

/**
 * Limits and extras of one query; the engine's own limits hold besides.
 *
 * @param timeout zero for the engine's
 * @param lookbackDelta zero for the engine's
 * @param statistics how much is counted
 * @param origin where it comes from, in words: a client's address, or a rule's group and name
 * @param source where it comes from, for the query log
 * @param explain whether the result tells its plan, with what each step cost
 * @param user who asks, for the query log and for messages; empty for nobody in particular
 * @param limits what a query of that user may cost. Where one of them ends a query, the failure is
 *     one of kind {@link QueryException.Kind#EXECUTION} that tells whose limit it was. How many
 *     there are at a time is the caller's to heed
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public record QueryOptions(
    Duration timeout,
    Duration lookbackDelta,
    StatisticsLevel statistics,
    String origin,
    QueryOrigin source,
    boolean explain,
    String user,
    QueryLimits limits) {
  /** How much is counted. */
  public enum StatisticsLevel {
    NONE,
    /** Totals. */
    TOTALS,
    /** Totals, and samples for each step. */
    PER_STEP
  }

  /** The engine's limits, no statistics. */
  public static final QueryOptions DEFAULT =
      new QueryOptions(Duration.ZERO, Duration.ZERO, StatisticsLevel.NONE, "");

  public QueryOptions {
    Objects.requireNonNull(timeout);
    Objects.requireNonNull(lookbackDelta);
    Objects.requireNonNull(statistics);
    Objects.requireNonNull(origin);
    Objects.requireNonNull(source);
    Objects.requireNonNull(user);
    Objects.requireNonNull(limits);
  }

  /** Options of a query that has the limits of the engine alone. */
  public QueryOptions(
      Duration timeout,
      Duration lookbackDelta,
      StatisticsLevel statistics,
      String origin,
      QueryOrigin source,
      boolean explain) {
    this(timeout, lookbackDelta, statistics, origin, source, explain, "", QueryLimits.NONE);
  }

  /** Options of a query whose source is not told. */
  public QueryOptions(
      Duration timeout, Duration lookbackDelta, StatisticsLevel statistics, String origin) {
    this(timeout, lookbackDelta, statistics, origin, QueryOrigin.UNKNOWN);
  }

  /** Options of a query that is not to be explained. */
  public QueryOptions(
      Duration timeout,
      Duration lookbackDelta,
      StatisticsLevel statistics,
      String origin,
      QueryOrigin source) {
    this(timeout, lookbackDelta, statistics, origin, source, false);
  }

  /** The same, with the plan of the query in its result. */
  public QueryOptions explained() {
    return new QueryOptions(timeout, lookbackDelta, statistics, origin, source, true, user, limits);
  }

  /**
   * The same for a user.
   *
   * @param name empty for nobody in particular
   * @param own what a query of that user may cost
   */
  public QueryOptions of(String name, QueryLimits own) {
    return new QueryOptions(timeout, lookbackDelta, statistics, origin, source, explain, name, own);
  }
}
