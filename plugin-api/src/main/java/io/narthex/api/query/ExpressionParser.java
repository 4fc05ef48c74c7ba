package io.narthex.api.query;

import io.narthex.api.Api;

/**
 * Understands expressions. Safe for any number of threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
@FunctionalInterface
public interface ExpressionParser {
  /**
   * Checks an expression.
   *
   * @throws QueryException of kind {@code BAD_DATA}; the message is {@code line:column: parse
   *     error: ...}
   */
  QueryEngine.ParsedQuery parse(String query) throws QueryException;
}
