package io.narthex.web.api;

import io.narthex.api.model.Annotation;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.query.FunctionDescription;
import io.narthex.api.query.InstantQuery;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.QueryExplanation;
import io.narthex.api.query.QueryResult;
import io.narthex.api.query.QueryStatistics;
import io.narthex.api.query.RangeQuery;
import io.narthex.api.query.SyntaxValue;
import io.narthex.api.query.SyntaxView;
import io.narthex.api.query.ValueType;
import io.narthex.api.storage.Storage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Knows the expressions that a test has taught it; all others do not parse. */
final class FakeEngine implements QueryEngine, SyntaxView {
  final Map<String, SyntaxValue> trees = new HashMap<>();
  final Map<String, Result> results = new HashMap<>();
  final Map<String, List<Matcher>> selectors = new HashMap<>();
  final List<FunctionDescription> functions = new ArrayList<>();
  @Nullable Storage storage;
  @Nullable InstantQuery instant;
  @Nullable RangeQuery range;

  /** Teaches an expression; fill the result afterwards. */
  Result answer(String query, ValueType type) {
    Result result = new Result(type);
    results.put(query, result);
    return result;
  }

  private Result find(String query) throws QueryException {
    Result found = results.get(query);
    if (found == null) {
      throw new QueryException(
          QueryException.Kind.BAD_DATA, "1:1: parse error: unexpected \"" + query + "\"");
    }
    if (found.refusal != null) {
      throw found.refusal;
    }
    return found;
  }

  @Override
  public ParsedQuery parse(String query) throws QueryException {
    Result found = find(query);
    return new ParsedQuery() {
      @Override
      public ValueType type() {
        return found.type();
      }

      @Override
      public String format() {
        return "formatted " + query;
      }

      @Override
      public List<List<Matcher>> selectors() {
        return found.selectors;
      }
    };
  }

  @Override
  public SyntaxValue syntax(String query) throws QueryException {
    SyntaxValue tree = trees.get(query);
    if (tree == null) {
      find(query);
      throw new AssertionError("no tree of " + query);
    }
    return tree;
  }

  @Override
  public QueryResult instant(Storage storage, InstantQuery query) throws QueryException {
    this.storage = storage;
    instant = query;
    return find(query.query());
  }

  @Override
  public QueryResult range(Storage storage, RangeQuery query) throws QueryException {
    this.storage = storage;
    range = query;
    return find(query.query());
  }

  @Override
  public List<Matcher> parseSelector(String selector) throws QueryException {
    List<Matcher> found = selectors.get(selector);
    if (found == null) {
      throw new QueryException(
          QueryException.Kind.BAD_DATA, "1:1: parse error: unexpected \"" + selector + "\"");
    }
    return found;
  }

  @Override
  public List<FunctionDescription> functions() {
    return functions;
  }

  @Override
  public void close() {}

  /** A result that a test has made. */
  static final class Result implements QueryResult {
    private record Series(Labels labels, SampleBatch floats, SampleBatch histograms) {}

    private final ValueType type;
    private final List<Series> series = new ArrayList<>();
    private int at = -1;
    final List<Annotation> annotations = new ArrayList<>();
    Optional<QueryStatistics> statistics = Optional.empty();
    Optional<QueryExplanation> explanation = Optional.empty();
    String string = "";
    List<List<Matcher>> selectors = List.of();
    @Nullable QueryException refusal;
    @Nullable QueryException failure;
    @Nullable RuntimeException defect;
    boolean closed;

    Result(ValueType type) {
      this.type = type;
    }

    Result series(Labels labels) {
      SampleBatch histograms = new SampleBatch(4);
      histograms.clear(SampleBatch.Kind.HISTOGRAM);
      series.add(new Series(labels, new SampleBatch(4), histograms));
      return this;
    }

    /** Has the latest series come again and again, as if it were many. */
    Result times(int times) {
      for (int i = 1; i < times; i++) {
        series.add(series.getLast());
      }
      return this;
    }

    Result add(long timestamp, double value) {
      series.getLast().floats.add(timestamp, value);
      return this;
    }

    Result add(long timestamp, NativeHistogram value) {
      series.getLast().histograms.add(timestamp, value);
      return this;
    }

    @Override
    public ValueType type() {
      return type;
    }

    @Override
    public boolean next() throws QueryException {
      if (at + 1 < series.size()) {
        at++;
        return true;
      }
      if (failure != null) {
        throw failure;
      }
      if (defect != null) {
        throw defect;
      }
      return false;
    }

    @Override
    public Labels labels() {
      return series.get(at).labels;
    }

    @Override
    public SampleBatch floats() {
      return series.get(at).floats;
    }

    @Override
    public SampleBatch histograms() {
      return series.get(at).histograms;
    }

    @Override
    public String string() {
      return string;
    }

    @Override
    public List<Annotation> annotations() {
      return annotations;
    }

    @Override
    public Optional<QueryExplanation> explanation() {
      return explanation;
    }

    @Override
    public Optional<QueryStatistics> statistics() {
      return statistics;
    }

    @Override
    public void close() {
      closed = true;
    }
  }
}
