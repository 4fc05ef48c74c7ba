package io.narthex.api.query;

import io.narthex.api.Api;
import io.narthex.api.Provider;
import java.util.Optional;
import java.util.Set;

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

  /**
   * Names that no {@link FunctionProvider} may have: those of the functions and words that the
   * engine's language brings itself. Does not change.
   */
  default Set<String> ownFunctions() {
    return Set.of();
  }

  /**
   * What understands the engine's language where no engine runs: while a configuration with
   * expressions in it is read, and in commands. Empty when only an engine can tell.
   *
   * @param features the names given with {@code --enable-feature}
   */
  default Optional<ExpressionParser> parser(Set<String> features) {
    return Optional.empty();
  }

  /** The notation in which tests of the engine's language write series; empty when it has none. */
  default Optional<SeriesNotation> notation() {
    return Optional.empty();
  }
}
