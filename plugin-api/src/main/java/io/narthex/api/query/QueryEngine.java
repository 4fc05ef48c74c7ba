package io.narthex.api.query;

import io.narthex.api.Api;
import io.narthex.api.model.Matcher;
import io.narthex.api.storage.Storage;
import java.util.List;

/**
 * Evaluates expressions over a storage. Safe for any number of threads. Evaluation happens on the
 * caller's thread and on workers of the engine; interrupting the caller's thread cancels the query.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public interface QueryEngine extends AutoCloseable, ExpressionParser {
  @Override
  ParsedQuery parse(String query) throws QueryException;

  /**
   * Evaluates at one time. The result must be closed.
   *
   * @throws QueryException when the query cannot be parsed or evaluated, is cancelled, or takes too
   *     long
   */
  QueryResult instant(Storage storage, InstantQuery query) throws QueryException;

  /** Evaluates at each step of a range; otherwise as {@link #instant}. */
  QueryResult range(Storage storage, RangeQuery query) throws QueryException;

  /**
   * Parses a selector of series, as {@code match[]} has them.
   *
   * @throws QueryException of kind {@code BAD_DATA} as {@link #parse}
   */
  List<Matcher> parseSelector(String selector) throws QueryException;

  /**
   * The functions that expressions can call at this moment, by name: those of the language and
   * those of plugins. For completion and documentation; an engine that lists none may have some.
   */
  default List<FunctionDescription> functions() {
    return List.of();
  }

  /** Cancels what is running. May be called twice. */
  @Override
  void close();

  /**
   * An expression that was understood.
   *
   * @since 0.1
   */
  interface ParsedQuery {
    /** The type of its result. */
    ValueType type();

    /** The expression in canonical form, over several lines where it is long. */
    String format();

    /** The expression in canonical form on one line; as {@link #format} where there is no other. */
    default String text() {
      return format();
    }

    /** The matchers of each selector, in the order of the text. */
    List<List<Matcher>> selectors();
  }
}
