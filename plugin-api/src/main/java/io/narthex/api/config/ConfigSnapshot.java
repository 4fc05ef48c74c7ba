package io.narthex.api.config;

import io.narthex.api.Api;
import java.nio.file.Path;
import java.util.Optional;

/**
 * All sections as bound in one round. Immutable.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public interface ConfigSnapshot {
  /**
   * The bound section of a top-level key, when some plugin declares it and its shape is {@code
   * type}.
   */
  <C> Optional<C> section(String key, Class<C> type);

  /** The {@code global} section. */
  GlobalConfig global();

  /**
   * The directory that relative file names of the configuration start from: that of the file, else
   * the working one.
   */
  Path baseDirectory();

  /** A file name of the configuration as a path. */
  default Path resolve(String fileName) {
    return baseDirectory().resolve(fileName);
  }
}
