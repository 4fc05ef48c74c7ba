package io.narthex.query.promql;

import io.narthex.api.model.Matcher;
import io.narthex.api.plugin.FeaturesView;
import io.narthex.api.query.FunctionDescription;
import io.narthex.api.query.InstantQuery;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.QueryOptions;
import io.narthex.api.query.QueryResult;
import io.narthex.api.query.QueryStatistics;
import io.narthex.api.query.RangeQuery;
import io.narthex.api.query.SyntaxValue;
import io.narthex.api.query.SyntaxView;
import io.narthex.api.query.ValueType;
import io.narthex.api.storage.Storage;
import io.narthex.query.promql.column.Timeline;
import io.narthex.query.promql.exec.Bounds;
import io.narthex.query.promql.exec.Budget;
import io.narthex.query.promql.exec.Evaluator;
import io.narthex.query.promql.exec.MemoryPool;
import io.narthex.query.promql.exec.QueryMeter;
import io.narthex.query.promql.exec.Settings;
import io.narthex.query.promql.parse.Expr;
import io.narthex.query.promql.parse.FunctionSignature;
import io.narthex.query.promql.parse.ParseException;
import io.narthex.query.promql.parse.PrettyPrinter;
import io.narthex.query.promql.parse.PromqlParser;
import io.narthex.query.promql.parse.SyntaxTree;
import io.narthex.query.promql.parse.VectorSelector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Parses and evaluates PromQL. Queries are evaluated to their end on threads of the engine, in the
 * order in which they came, while the caller waits; what a result is read from is in memory. Short
 * texts are parsed on the caller's thread, which may be a virtual one.
 */
final class PromqlEngine implements QueryEngine, SyntaxView, FeaturesView {
  private static final double NANOS = 1e9;

  /** How deep trees may be on the threads of the engine; {@code a + a + ...} counts each. */
  private static final int MAX_DEPTH = 10_000;

  /** Most queries take less; those that take longer keep nobody waiting. */
  private static final Duration PATIENCE = Duration.ofMillis(200);

  /** Characters of a text that is parsed where it is asked for. */
  private static final int SHORT_TEXT = 16_384;

  /**
   * How many queries may wait for their turn: each holds a thread, a connection and its syntax
   * tree, and would most likely wait until its time is over.
   */
  static final int MAX_WAITING = 1000;

  private final PromqlConfig config;

  /** For the stacks of callers. */
  private final PromqlParser parser;

  /** For the stacks of workers. */
  private final PromqlParser deepParser;

  private final Workers workers;
  private final Evaluator evaluator;
  private final Supplier<Duration> subqueryStep;
  private final Set<String> features;
  private final EngineMetrics metrics;
  private final Observation observation;
  private final long maxMemory;
  private final MemoryPool memory;
  private final LongSupplier nanoTime;
  private final Semaphore permits;
  private final AtomicInteger waiting = new AtomicInteger();
  private final Set<Budget> running = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /**
   * Makes an engine.
   *
   * @param subqueryStep the step of subqueries that name none
   * @param features the features that are switched on
   * @param nanoTime as {@link System#nanoTime}
   * @param threads how many queries compute at the same time
   */
  PromqlEngine(
      PromqlConfig config,
      PromqlParser parser,
      Evaluator evaluator,
      Supplier<Duration> subqueryStep,
      Set<String> features,
      Observation observation,
      LongSupplier nanoTime,
      int threads) {
    this.config = config;
    this.parser = parser;
    deepParser = parser.withMaxDepth(MAX_DEPTH);
    this.evaluator = evaluator;
    this.subqueryStep = subqueryStep;
    this.features = Set.copyOf(features);
    this.observation = observation;
    metrics = observation.metrics();
    this.nanoTime = nanoTime;
    permits = new Semaphore(config.maxConcurrency(), true);
    metrics.concurrency(config.maxConcurrency());
    long heap = Runtime.getRuntime().maxMemory();
    maxMemory = config.maxMemory(heap);
    long total = config.maxMemoryTotal(heap);
    // All permits together exceed the bound by a quarter at most.
    memory = new MemoryPool(total, total / 4 / config.maxConcurrency());
    // Where memory is short, queries one after the other get done, and beside each other fail.
    workers =
        new Workers(threads, config.maxConcurrency(), PATIENCE, () -> memory.used() <= total / 8);
    evaluator.spare(workers::help, workers::wanted);
  }

  @Override
  public ParsedQuery parse(String query) throws QueryException {
    if (query.length() <= SHORT_TEXT) {
      try {
        Expr expr = parser.parse(query);
        return parsed(expr);
      } catch (ParseException e) {
        if (!e.tooDeep()) {
          throw badData(e);
        }
      }
    }
    return onWorker(() -> {
      try {
        // Trees of ordinary depth are laid out; indenting deep ones takes quadratic space.
        Expr expr = parser.parse(query);
        return parsed(expr);
      } catch (ParseException e) {
        if (!e.tooDeep()) {
          throw badData(e);
        }
      }
      Expr expr = parsedDeeply(query);
      return new Parsed(type(expr), expr.toString(), expr.toString(), selectors(expr));
    });
  }

  @Override
  public SyntaxValue syntax(String query) throws QueryException {
    if (query.length() <= SHORT_TEXT) {
      try {
        return SyntaxTree.of(parser.parse(query));
      } catch (ParseException e) {
        if (!e.tooDeep()) {
          throw badData(e);
        }
      }
    }
    return onWorker(() -> SyntaxTree.of(parsedDeeply(query)));
  }

  @Override
  public List<Matcher> parseSelector(String selector) throws QueryException {
    try {
      return parser.parseSelector(selector);
    } catch (ParseException e) {
      throw badData(e);
    }
  }

  @Override
  public List<FunctionDescription> functions() {
    List<FunctionDescription> functions = new ArrayList<>();
    for (FunctionSignature function : parser.functions()) {
      functions.add(
          new FunctionDescription(
              function.name(),
              function.argTypes().stream().map(PromqlEngine::type).toList(),
              function.fewest(),
              function.most(),
              type(function.returnType()),
              function.description(),
              function.builtIn()));
    }
    return List.copyOf(functions);
  }

  @Override
  public Map<String, Map<String, Boolean>> features() {
    return LanguageFeatures.of(features);
  }

  @Override
  public QueryResult instant(Storage storage, InstantQuery query) throws QueryException {
    Expr expr = parsed(query.query());
    Timeline timeline = Timeline.at(query.time());
    return run(storage, query.query(), expr, timeline, query.time(), true, query.options());
  }

  @Override
  public QueryResult range(Storage storage, RangeQuery query) throws QueryException {
    Expr expr = parsed(query.query());
    if (expr.type() != io.narthex.query.promql.parse.ValueType.VECTOR
        && expr.type() != io.narthex.query.promql.parse.ValueType.SCALAR) {
      throw new QueryException(
          QueryException.Kind.BAD_DATA,
          "invalid expression type \""
              + expr.type().documentedName()
              + "\" for range query, must be Scalar or instant Vector");
    }
    long steps = (query.end() - query.start()) / query.step() + 1;
    Bounds bounds = bounds().of(query.options());
    if (steps > Math.min(Integer.MAX_VALUE, bounds.maxSamples())) {
      throw bounds.tooManySamples(null);
    }
    Timeline timeline = new Timeline(query.start(), query.step(), (int) steps);
    return run(storage, query.query(), expr, timeline, query.end(), false, query.options());
  }

  /** Those of the engine. */
  private Bounds bounds() {
    return new Bounds(config.maxSamples(), config.timeout());
  }

  private static QueryException badData(ParseException e) {
    return new QueryException(QueryException.Kind.BAD_DATA, String.valueOf(e.getMessage()), e);
  }

  private Expr parsed(String query) throws QueryException {
    if (query.length() <= SHORT_TEXT) {
      try {
        return parser.parse(query);
      } catch (ParseException e) {
        if (!e.tooDeep()) {
          throw badData(e);
        }
      }
    }
    return onWorker(() -> parsedDeeply(query));
  }

  private Expr parsedDeeply(String query) throws QueryException {
    try {
      return deepParser.parse(query);
    } catch (ParseException e) {
      throw badData(e);
    }
  }

  private <T> T onWorker(Workers.Work<T> work) throws QueryException {
    return workers.call(
        new Budget(config.maxSamples(), config.timeout(), nanoTime), work, () -> {});
  }

  /** Bytes that queries, and results that nobody has closed, have reserved. */
  long memoryInUse() {
    return memory.used();
  }

  private QueryResult run(
      Storage storage,
      String text,
      Expr expr,
      Timeline timeline,
      long end,
      boolean instant,
      QueryOptions options)
      throws QueryException {
    Duration lookback =
        options.lookbackDelta().isZero() ? config.lookbackDelta() : options.lookbackDelta();
    Settings settings =
        new Settings(
            lookback.toMillis(),
            subqueryStep.get().toMillis(),
            features.contains("promql-delayed-name-removal"),
            features.contains("use-start-timestamps"),
            features.contains("type-and-unit-labels"));
    // Prometheus, too, tells them only where the feature is on and the query asks for them.
    boolean perStep =
        options.statistics() == QueryOptions.StatisticsLevel.PER_STEP
            && features.contains("promql-per-step-stats");
    QueryMeter meter = new QueryMeter(nanoTime, perStep ? timeline.count() : 0);
    Budget budget = new Budget(bounds().of(options), maxMemory, memory, nanoTime, meter);
    Run run = new Run(text, budget, timeline, end, instant, options);
    QueryException failure = null;
    try {
      return run.evaluate(storage, expr, settings);
    } catch (QueryException e) {
      failure = e;
      throw e;
    } finally {
      run.log(failure);
    }
  }

  /** How many queries wait for their turn. */
  int waiting() {
    return waiting.get();
  }

  private void acquire(Budget budget) throws QueryException {
    if (waiting.incrementAndGet() > MAX_WAITING) {
      waiting.decrementAndGet();
      throw new QueryException(
          QueryException.Kind.TIMEOUT,
          "query queue is full: " + MAX_WAITING + " queries wait already");
    }
    try {
      if (!permits.tryAcquire(budget.remainingNanos(), TimeUnit.NANOSECONDS)) {
        throw budget.timedOut("query queue", null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new QueryException(
          QueryException.Kind.CANCELED, "query was canceled in query queue", e);
    } finally {
      waiting.decrementAndGet();
    }
  }

  @Override
  public void close() {
    closed = true;
    running.forEach(Budget::cancel);
    workers.close();
    observation.active().close();
  }

  private static ValueType type(Expr expr) {
    return type(expr.type());
  }

  private static ValueType type(io.narthex.query.promql.parse.ValueType type) {
    return switch (type) {
      case SCALAR -> ValueType.SCALAR;
      case STRING -> ValueType.STRING;
      case MATRIX -> ValueType.MATRIX;
      case VECTOR, NONE -> ValueType.VECTOR;
    };
  }

  private static List<List<Matcher>> selectors(Expr expr) {
    List<List<Matcher>> found = new ArrayList<>();
    List<Expr> open = new ArrayList<>(List.of(expr));
    List<VectorSelector> selectors = new ArrayList<>();
    while (!open.isEmpty()) {
      Expr next = open.removeLast();
      if (next instanceof VectorSelector selector) {
        selectors.add(selector);
      }
      open.addAll(next.children());
    }
    selectors.sort((a, b) -> Integer.compare(a.position().start(), b.position().start()));
    for (VectorSelector selector : selectors) {
      found.add(selector.matchers());
    }
    return List.copyOf(found);
  }

  /** What is told of an expression of ordinary depth. */
  static ParsedQuery parsed(Expr expr) {
    return new Parsed(type(expr), PrettyPrinter.print(expr), expr.toString(), selectors(expr));
  }

  private record Parsed(ValueType type, String format, String text, List<List<Matcher>> selectors)
      implements ParsedQuery {}

  /** A query on its way. */
  private final class Run {
    private final String text;
    private final Budget budget;
    private final QueryMeter meter;
    private final Timeline timeline;
    private final long end;
    private final boolean instant;
    private final QueryOptions options;
    private final long created = nanoTime.getAsLong();
    private int place = -1;

    Run(
        String text,
        Budget budget,
        Timeline timeline,
        long end,
        boolean instant,
        QueryOptions options) {
      this.text = text;
      this.budget = budget;
      this.timeline = timeline;
      this.end = end;
      this.instant = instant;
      this.options = options;
      meter = budget.meter();
    }

    QueryResult evaluate(Storage storage, Expr expr, Settings settings) throws QueryException {
      metrics.started();
      running.add(budget);
      try {
        acquire(budget);
      } catch (QueryException e) {
        running.remove(budget);
        metrics.queued(nanoTime.getAsLong() - created);
        metrics.ended(0, 0);
        throw e;
      }
      place = observation.active().insert(text);
      if (closed) {
        budget.cancel();
      }
      Evaluator.Query query =
          new Evaluator.Query(
              text, expr, timeline, end, instant, options.explain(), this::askedStatistics);
      return workers.call(
          budget,
          () -> {
            meter.begin();
            QueryResult result = null;
            try {
              result = evaluator.evaluate(storage, query, settings, budget);
              return new ReleasingResult(result, budget);
            } finally {
              if (result == null) {
                budget.close();
              }
            }
          },
          this::end);
    }

    private Optional<QueryStatistics> askedStatistics() {
      return options.statistics() == QueryOptions.StatisticsLevel.NONE
          ? Optional.empty()
          : Optional.of(statistics());
    }

    private QueryStatistics statistics() {
      long now = nanoTime.getAsLong();
      long evaluating = meter.isBegun() ? now - meter.begun() : 0;
      Map<String, Double> timings =
          Map.of(
              "evalTotalTime",
              evaluating / NANOS,
              "resultSortTime",
              meter.sorting() / NANOS,
              "queryPreparationTime",
              meter.preparing(now) / NANOS,
              "innerEvalTime",
              meter.evaluating(now) / NANOS,
              "execQueueTime",
              (now - created - evaluating) / NANOS,
              "execTotalTime",
              (now - created) / NANOS);
      return new QueryStatistics(
          timings,
          meter.samples(),
          budget.peak(),
          meter.samplesPerStep(),
          meter.samplesRead(),
          meter.samplesReadPerStep());
    }

    /** Called once, when nothing more will be computed. */
    private void end() {
      observation.active().delete(place);
      permits.release();
      running.remove(budget);
      long now = nanoTime.getAsLong();
      metrics.queued((meter.isBegun() ? meter.begun() : now) - created);
      if (meter.isBegun()) {
        metrics.prepared(meter.preparing(now));
        metrics.evaluated(meter.evaluating(now));
        if (meter.sorting() > 0) {
          metrics.sorted(meter.sorting());
        }
      }
      metrics.ended(meter.samples(), meter.samplesRead());
    }

    private void log(@Nullable QueryException failure) {
      if (observation.log().isOn()) {
        observation
            .log()
            .write(
                new QueryLog.Entry(
                    text,
                    timeline.start(),
                    end,
                    instant ? 0 : timeline.step(),
                    failure,
                    statistics(),
                    options.source(),
                    options.user()));
      }
    }
  }
}
