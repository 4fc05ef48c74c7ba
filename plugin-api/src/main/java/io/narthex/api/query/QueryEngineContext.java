package io.narthex.api.query;

import io.narthex.api.Api;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * What an engine gets besides its configuration.
 *
 * @param directory for its own files (active queries); may not exist yet
 * @param features the names given with {@code --enable-feature}
 * @param subqueryStep of subqueries that name none; empty for what the running configuration says
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public record QueryEngineContext(
    Path directory, Set<String> features, Optional<Duration> subqueryStep) {
  public QueryEngineContext {
    features = Set.copyOf(features);
  }

  /** For an engine that goes by the running configuration. */
  public QueryEngineContext(Path directory, Set<String> features) {
    this(directory, features, Optional.empty());
  }
}
