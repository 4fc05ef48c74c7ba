package io.narthex.query.promql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.query.InstantQuery;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.QueryOptions;
import io.narthex.api.query.QueryResult;
import io.narthex.api.query.RangeQuery;
import io.narthex.query.promql.exec.Budget;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LimitsTest {
  private static final Duration LOOKBACK = Duration.ofMinutes(5);

  private static Queries queries(Duration timeout, int concurrency, long samples) {
    return new Queries(
        Engines.engine(new PromqlConfig(LOOKBACK, timeout, concurrency, samples), false));
  }

  private static void assertFails(
      QueryException.Kind kind,
      String message,
      org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .hasMessage(message)
        .isInstanceOfSatisfying(QueryException.class, e -> assertThat(e.kind()).isEqualTo(kind));
  }

  @Test
  void refusesToHoldMoreSamplesThanAllowed() throws Exception {
    Queries queries = queries(Duration.ofMinutes(1), 1, 100).load(1000, "m 0+1x200", "n 0+1x50");
    String message = "query processing would load too many samples into memory in query execution";
    assertFails(
        QueryException.Kind.EXECUTION,
        message,
        () -> queries.at(200_000, "sum_over_time(m[200s])"));
    assertFails(QueryException.Kind.EXECUTION, message, () -> queries.range(0, 200_000, 1000, "m"));
    assertFails(QueryException.Kind.EXECUTION, message, () -> queries.at(0, "vector(1)[1d:1ms]"));
    // One after the other is fine: nothing is held that is done with.
    assertThat(queries.at(50_000, "sum_over_time(n[50s]) + sum_over_time(n[50s])")).hasSize(1);
    assertThat(queries.storage.open).isZero();
  }

  @Test
  void endsWhenTimeIsOver() {
    long[] now = {0};
    Budget budget = new Budget(1000, Duration.ofSeconds(1), () -> now[0]);
    now[0] = 1_000_000_000;
    assertFails(
        QueryException.Kind.TIMEOUT,
        "query timed out in expression evaluation",
        () -> budget.check("expression evaluation"));
  }

  private static InstantQuery query() {
    return new InstantQuery("m", 0, QueryOptions.DEFAULT);
  }

  @Test
  void letsQueriesWaitForTheirTurnNoLongerThanTheTimeout() throws Exception {
    Queries queries = queries(Duration.ofMillis(20), 1, 1000).load(1000, "m 1");
    QueryResult first = queries.engine.instant(queries.storage, query());
    assertFails(
        QueryException.Kind.TIMEOUT, "query timed out in query queue", () -> queries.at(0, "m"));
    first.close();
    first.close();
    assertThat(queries.at(0, "m")).hasSize(1);
  }

  @Test
  void isCanceledByAnInterrupt() {
    Queries queries = queries(Duration.ofMinutes(1), 1, 1000).load(1000, "m 1");
    Thread.currentThread().interrupt();
    try {
      assertFails(
          QueryException.Kind.CANCELED,
          "query was canceled in query queue",
          () -> queries.at(0, "m"));
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void isCanceledByTheEndOfTheEngine() throws Exception {
    Queries queries = queries(Duration.ofMinutes(1), 2, 50_000_000);
    for (int i = 0; i < 300; i++) {
      queries.load(1000, "m{i=\"" + i + "\"} 0+1x3");
    }
    RangeQuery big = new RangeQuery("m", 0, 9_999, 1, QueryOptions.DEFAULT);
    try (QueryResult result = queries.engine.range(queries.storage, big)) {
      assertThat(result.next()).isTrue();
      queries.engine.close();
      queries.engine.close();
      assertFails(
          QueryException.Kind.CANCELED,
          "query was canceled in expression evaluation",
          () -> {
            while (result.next()) {
              assertThat(result.floats().size).isPositive();
            }
          });
    }
    assertFails(
        QueryException.Kind.CANCELED,
        "query was canceled in expression evaluation",
        () -> queries.at(0, "m"));
  }

  @Test
  void givesPermitsBackWhenQueriesFail() {
    Queries queries =
        queries(Duration.ofMillis(100), 1, 1000).load(1000, "m{x=\"1\"} 1", "n{x=\"1\"} 1");
    for (int i = 0; i < 3; i++) {
      assertFails(
          QueryException.Kind.EXECUTION,
          "vector cannot contain metrics with the same labelset",
          () -> queries.at(0, "-{x=\"1\"}"));
      assertFails(
          QueryException.Kind.BAD_DATA,
          "invalid expression type \"range vector\" for range query, must be Scalar or instant"
              + " Vector",
          () -> queries.range(0, 1, 1, "m[5m]"));
    }
  }
}
