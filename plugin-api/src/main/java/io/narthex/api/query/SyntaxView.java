package io.narthex.api.query;

import io.narthex.api.Api;

/**
 * The ability of a {@link QueryEngine} to show the syntax tree of an expression; {@code
 * /api/v1/parse_query} and trees on pages are made of it. Safe for any number of threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface SyntaxView {
  /**
   * The tree of an expression, with the names that Prometheus's {@code parse_query} has. It may be
   * some thousand levels deep, so go through it without recursion.
   *
   * @throws QueryException as {@link QueryEngine#parse}
   */
  SyntaxValue syntax(String query) throws QueryException;
}
