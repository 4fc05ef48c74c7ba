package io.narthex.rules.groups;

import io.narthex.api.plugin.Extensions;
import io.narthex.api.query.ExpressionParser;
import io.narthex.api.query.QueryEngine.ParsedQuery;
import io.narthex.api.query.QueryEngineProvider;
import io.narthex.api.query.QueryException;
import java.util.Optional;
import java.util.Set;

/**
 * Understands expressions as the installed query engines do, whether one runs or not: rule files
 * are read before the engine is made, and by commands. Where several are installed, it does for one
 * of them to understand.
 */
final class Expressions implements ExpressionParser {
  private final Extensions extensions;
  private final Set<String> features;

  Expressions(Extensions extensions, Set<String> features) {
    this.extensions = extensions;
    this.features = features;
  }

  @Override
  public ParsedQuery parse(String query) throws QueryException {
    QueryException refusal = null;
    for (QueryEngineProvider<?> provider : extensions.all(QueryEngineProvider.class)) {
      Optional<ExpressionParser> parser = provider.parser(features);
      if (parser.isEmpty()) {
        continue;
      }
      try {
        return parser.get().parse(query);
      } catch (QueryException e) {
        refusal = refusal == null ? e : refusal;
      }
    }
    if (refusal != null) {
      throw refusal;
    }
    throw new QueryException(
        QueryException.Kind.BAD_DATA, "no query engine is installed that understands expressions");
  }
}
