package io.narthex.api.query;

import io.narthex.api.Api;
import io.narthex.api.Provider;

/**
 * Brings a query engine, selected by {@code query.engine}; configured under {@code query.<name>}.
 *
 * @param <C> its configuration
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public interface QueryEngineProvider<C> extends Provider<C> {
  /** Makes the engine. Its constructor returns at once. */
  QueryEngine create(C config, QueryEngineContext context);
}
