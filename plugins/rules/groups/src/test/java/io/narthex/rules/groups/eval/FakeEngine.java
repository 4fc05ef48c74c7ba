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
abstract class FakeEngine implements QueryEngine {
  private final QueryEngine engine;

  FakeEngine(QueryEngine engine) {
    this.engine = engine;
  }

  abstract void before(String query, QueryOrigin source) throws QueryException;

  @Override
  public ParsedQuery parse(String query) throws QueryException {
    return engine.parse(query);
  }

  @Override
  public QueryResult instant(Storage storage, InstantQuery query) throws QueryException {
    before(query.query(), query.options().source());
    return engine.instant(storage, query);
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
