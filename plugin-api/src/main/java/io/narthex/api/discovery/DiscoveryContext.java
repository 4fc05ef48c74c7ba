package io.narthex.api.discovery;

import io.narthex.api.Api;
import java.nio.file.Path;
import java.util.Objects;

/**
 * What a discoverer gets besides its configuration.
 *
 * @param pool the scrape job or {@code alertmanager/0} it works for, for messages and metrics
 * @param baseDirectory where relative file names start
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public record DiscoveryContext(String pool, Path baseDirectory) {
  public DiscoveryContext {
    Objects.requireNonNull(pool);
    Objects.requireNonNull(baseDirectory);
  }
}
