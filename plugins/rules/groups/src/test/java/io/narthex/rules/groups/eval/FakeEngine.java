package io.narthex.rules.groups.eval;

import io.narthex.api.model.Matcher;
import io.narthex.api.query.InstantQuery;
import io.narthex.api.query.QueryEngine;
import io.narthex.api.query.QueryException;
import io.narthex.api.query.QueryOrigin;
import io.narthex.api.query.QueryResult;
import io.narthex.api.query.RangeQuery;
import io.narthex.api.storage.Storage;
import java.util.List;

/** Does something before it asks another engine. */
public abstract class FakeEngine implements QueryEngine {
  private final QueryEngine engine;

  protected FakeEngine(QueryEngine engine) {
    this.engine = engine;
  }

  protected abstract void before(String query, QueryOrigin source) throws QueryException;

  /** A query that fails. */
  protected void failed(QueryException e) {}

  @Override
  public ParsedQuery parse(String query) throws QueryException {
    return engine.parse(query);
  }

  @Override
  public QueryResult instant(Storage storage, InstantQuery query) throws QueryException {
    before(query.query(), query.options().source());
    try {
      return engine.instant(storage, query);
    } catch (QueryException e) {
      failed(e);
      throw e;
    }
  }

  @Override
  public QueryResult range(Storage storage, RangeQuery query) throws QueryException {
    return engine.range(storage, query);
  }

  @Override
  public List<Matcher> parseSelector(String selector) throws QueryException {
    return engine.parseSelector(selector);
  }

  @Override
  public void close() {}
}
