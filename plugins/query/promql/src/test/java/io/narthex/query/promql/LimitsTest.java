package io.narthex.query.promql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.access.QueryLimits;
import io.narthex.api.query.InstantQuery;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.QueryOptions;
import io.narthex.api.query.QueryResult;
import io.narthex.api.query.RangeQuery;
import io.narthex.query.promql.exec.Bounds;
import io.narthex.query.promql.exec.Budget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LimitsTest {
  private static final Duration LOOKBACK = Duration.ofMinutes(5);

  private static Queries queries(Duration timeout, int concurrency, long samples) {
    return new Queries(
        Engines.engine(new PromqlConfig(LOOKBACK, timeout, concurrency, samples), Set.of()));
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

  private static QueryOptions ann(long samples, Duration timeout) {
    return QueryOptions.DEFAULT.of("ann", new QueryLimits(samples, timeout, 0));
  }

  @Test
  void aUserMayHoldFewerSamplesThanTheEngineAllows() throws Exception {
    Queries queries = queries(Duration.ofMinutes(1), 1, 100).load(1000, "m 0+1x200", "n 0+1x50");
    QueryOptions ten = ann(10, Duration.ZERO);
    String message = "query processing would load too many samples into memory in query execution";
    String own = message + ": the limit of user \"ann\" is 10";
    InstantQuery all = new InstantQuery("sum_over_time(n[50s])", 50_000, ten);
    assertFails(
        QueryException.Kind.EXECUTION, own, () -> queries.engine.instant(queries.storage, all));
    assertFails(
        QueryException.Kind.EXECUTION,
        own,
        () -> queries.engine.range(queries.storage, new RangeQuery("n", 0, 10_000, 1000, ten)));
    queries.engine.range(queries.storage, new RangeQuery("n", 0, 3_000, 1000, ten)).close();
    // That of the engine holds as well.
    assertFails(
        QueryException.Kind.EXECUTION,
        message,
        () ->
            queries.engine.instant(
                queries.storage,
                new InstantQuery(
                    "sum_over_time(m[200s])", 200_000, ann(1_000_000, Duration.ZERO))));
    assertThat(queries.storage.open).isZero();
  }

  @Test
  void aQueryThatTakesLongerThanItsUserMayIsNoOverloadOfTheServer() throws Exception {
    for (int concurrency : new int[] {1, 20}) {
      Queries queries = queries(Duration.ofSeconds(30), concurrency, 1000).load(1000, "m 1");
      CountDownLatch go = new CountDownLatch(1);
      List<Future<List<String>>> first = new ArrayList<>();
      for (int i = 0; i < Math.min(2, concurrency); i++) {
        first.add(blocked(queries, go));
      }
      InstantQuery hasty = new InstantQuery("m", 0, ann(0, Duration.ofMillis(20)));
      assertFails(
          QueryException.Kind.EXECUTION,
          "query timed out in query queue: the limit of user \"ann\" is 20ms",
          () -> queries.engine.instant(queries.storage, hasty));
      go.countDown();
      for (Future<List<String>> query : first) {
        assertThat(query.get()).hasSize(1);
      }
    }
  }

  @Test
  void theLeastLimitHoldsAndSaysWhoseItIs() {
    Bounds engine = new Bounds(100, Duration.ofSeconds(10));
    assertThat(engine.of(QueryOptions.DEFAULT)).isEqualTo(engine);
    assertThat(engine.of(ann(0, Duration.ZERO))).isEqualTo(engine);
    assertThat(engine.of(ann(100, Duration.ofSeconds(10)))).isEqualTo(engine);
    assertThat(engine.of(ann(101, Duration.ofSeconds(11)))).isEqualTo(engine);
    assertThat(engine.of(ann(99, Duration.ofSeconds(9))))
        .isEqualTo(
            new Bounds(
                99,
                Duration.ofSeconds(9),
                ": the limit of user \"ann\" is 99",
                ": the limit of user \"ann\" is 9s"));
    QueryOptions asked =
        new QueryOptions(
            Duration.ofSeconds(5), Duration.ZERO, QueryOptions.StatisticsLevel.NONE, "");
    assertThat(engine.of(asked.of("ann", new QueryLimits(0, Duration.ofSeconds(5), 0))))
        .isEqualTo(new Bounds(100, Duration.ofSeconds(5)));
    assertThat(engine.of(asked.of("", new QueryLimits(7, Duration.ofSeconds(4), 0))))
        .isEqualTo(new Bounds(7, Duration.ofSeconds(4), ": the limit is 7", ": the limit is 4s"));
  }

  @Test
  void countsThePlacesOfSparseSeries() {
    Queries queries = queries(Duration.ofMinutes(1), 1, 20_000);
    for (int i = 0; i < 100; i++) {
      queries.load(1000, "m{x=\"" + i + "\"} 1 stale", "n{x=\"" + i + "\"} 1 stale");
    }
    // 100 points each, but columns of 1,000 places.
    for (String query : List.of("m * n", "topk(1, m)", "quantile(0.5, m)")) {
      assertFails(
          QueryException.Kind.EXECUTION,
          "query processing would load too many samples into memory in query execution",
          () -> queries.range(0, 999_000, 1000, query));
    }
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

  /** Starts a query that waits in storage until {@code go}; gives its end once it is there. */
  private static Future<List<String>> blocked(Queries queries, CountDownLatch go)
      throws InterruptedException {
    CountDownLatch there = new CountDownLatch(1);
    queries.storage.atSelect =
        () -> {
          there.countDown();
          try {
            go.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        };
    FutureTask<List<String>> query = new FutureTask<>(() -> queries.at(0, "m"));
    Thread.ofVirtual().start(query);
    there.await();
    queries.storage.atSelect = () -> {};
    return query;
  }

  @Test
  void letsNotAnyNumberOfQueriesWaitForTheirTurn() throws Exception {
    Queries queries = queries(Duration.ofMinutes(1), 1, 1000).load(1000, "m 1");
    CountDownLatch go = new CountDownLatch(1);
    List<Future<List<String>>> all = new ArrayList<>(List.of(blocked(queries, go)));
    for (int i = 0; i < PromqlEngine.MAX_WAITING; i++) {
      FutureTask<List<String>> query = new FutureTask<>(() -> queries.at(0, "m"));
      all.add(query);
      Thread.ofVirtual().start(query);
    }
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (((PromqlEngine) queries.engine).waiting() < PromqlEngine.MAX_WAITING) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
    assertThatThrownBy(() -> queries.at(0, "m"))
        .isInstanceOfSatisfying(
            QueryException.class, e -> assertThat(e.kind()).isEqualTo(QueryException.Kind.TIMEOUT))
        .hasMessage("query queue is full: 1000 queries wait already");
    go.countDown();
    for (Future<List<String>> query : all) {
      assertThat(query.get(30, TimeUnit.SECONDS)).hasSize(1);
    }
    assertThat(queries.at(0, "m")).hasSize(1);
  }

  @Test
  void letsQueriesWaitForTheirTurnNoLongerThanTheTimeout() throws Exception {
    for (int concurrency : new int[] {1, 20}) {
      // The first queries fill the engine, be it its permits or its two threads.
      Queries queries = queries(Duration.ofSeconds(30), concurrency, 1000).load(1000, "m 1");
      CountDownLatch go = new CountDownLatch(1);
      List<Future<List<String>>> first = new ArrayList<>();
      for (int i = 0; i < Math.min(2, concurrency); i++) {
        first.add(blocked(queries, go));
      }
      InstantQuery hasty =
          new InstantQuery(
              "m",
              0,
              new QueryOptions(
                  Duration.ofMillis(20), Duration.ZERO, QueryOptions.StatisticsLevel.NONE, ""));
      assertFails(
          QueryException.Kind.TIMEOUT,
          "query timed out in query queue",
          () -> queries.engine.instant(queries.storage, hasty));
      go.countDown();
      for (Future<List<String>> query : first) {
        assertThat(query.get()).hasSize(1);
      }
      assertThat(queries.at(0, "m")).hasSize(1);
    }
  }

  @Test
  void doesNotWaitForThoseWhoDoNotReadTheirResults() throws Exception {
    Queries queries = queries(Duration.ofSeconds(10), 1, 50_000_000);
    for (int i = 0; i < 300; i++) {
      queries.load(1000, "m{i=\"" + (100 + i) + "\"} 0+1x3");
    }
    RangeQuery big = new RangeQuery("m", 0, 9_999, 1, QueryOptions.DEFAULT);
    try (QueryResult slow = queries.engine.range(queries.storage, big);
        QueryResult other = queries.engine.range(queries.storage, big)) {
      assertThat(queries.storage.open).isZero();
      assertThat(Queries.read(other)).hasSize(300);
      assertThat(Queries.read(slow)).hasSize(300);
    }
  }

  @Test
  void computesOnThreadsOfItsOwn() throws Exception {
    Queries queries = queries(Duration.ofSeconds(10), 5, 1000).load(1000, "m 1");
    List<Thread> threads = new CopyOnWriteArrayList<>();
    queries.storage.atSelect = () -> threads.add(Thread.currentThread());
    Thread caller =
        Thread.ofVirtual()
            .unstarted(() -> {
              try {
                queries.at(0, "m");
              } catch (QueryException e) {
                throw new AssertionError(e);
              }
            });
    caller.start();
    caller.join();
    assertThat(threads).hasSize(1);
    assertThat(threads.getFirst().isVirtual()).isFalse();
    assertThat(threads.getFirst().isDaemon()).isTrue();
    queries.engine.close();
    threads.getFirst().join();
  }

  @Test
  void isCanceledByAnInterruptWhileItIsEvaluated() throws Exception {
    Queries queries = queries(Duration.ofSeconds(30), 1, 1000).load(1000, "m 1");
    CountDownLatch there = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    queries.storage.atSelect =
        () -> {
          there.countDown();
          try {
            go.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        };
    FutureTask<List<String>> query = new FutureTask<>(() -> queries.at(0, "m"));
    Thread caller = Thread.ofVirtual().start(query);
    there.await();
    caller.interrupt();
    assertThatThrownBy(query::get)
        .cause()
        .hasMessage("query was canceled in expression evaluation");
    queries.storage.atSelect = () -> {};
    go.countDown();
    // The permit comes back.
    assertThat(queries.at(0, "m")).hasSize(1);
    assertThat(queries.storage.open).isZero();
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
    Queries queries = queries(Duration.ofMinutes(1), 2, 1000).load(1000, "m 1");
    CountDownLatch there = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    queries.storage.atSelect =
        () -> {
          there.countDown();
          try {
            go.await();
          } catch (InterruptedException e) {
            throw new AssertionError(e);
          }
        };
    FutureTask<List<String>> query = new FutureTask<>(() -> queries.at(0, "m"));
    Thread.ofVirtual().start(query);
    there.await();
    FutureTask<Void> closing =
        new FutureTask<>(() -> {
          queries.engine.close();
          queries.engine.close();
          return null;
        });
    Thread.ofVirtual().start(closing);
    String message = "query was canceled in expression evaluation";
    while (!closesToQueries(queries, message)) {
      Thread.onSpinWait();
    }
    go.countDown();
    closing.get();
    assertThatThrownBy(query::get).cause().hasMessage(message);
    assertThat(queries.storage.open).isZero();
  }

  /** Whether a new query is refused with the message. */
  private static boolean closesToQueries(Queries queries, String message) {
    queries.storage.atSelect = () -> {};
    try {
      queries.at(0, "m");
      return false;
    } catch (QueryException e) {
      assertThat(e).hasMessage(message);
      return true;
    }
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
