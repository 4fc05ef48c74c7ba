package io.narthex.api.plugin;

import io.narthex.api.Api;
import java.nio.file.Path;
import java.util.Objects;

/**
 * What a plugin knows of itself.
 *
 * @param id its id
 * @param version its version
 * @param dataDirectory a directory of its own for what must survive a restart; may not exist yet
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public record PluginContext(String id, String version, Path dataDirectory) {
  public PluginContext {
    Objects.requireNonNull(id);
    Objects.requireNonNull(version);
    Objects.requireNonNull(dataDirectory);
  }
}
