package io.narthex.api.query;

import io.narthex.api.Api;
import java.nio.file.Path;
import java.util.Set;

/**
 * What an engine gets besides its configuration.
 *
 * @param directory for its own files (active queries); may not exist yet
 * @param features the names given with {@code --enable-feature}
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public record QueryEngineContext(Path directory, Set<String> features) {
  public QueryEngineContext {
    features = Set.copyOf(features);
  }
}
