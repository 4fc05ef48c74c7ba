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
   * The bound section of a key, when some plugin declares it and its shape is {@code type}.
   *
   * @param key as {@link ConfigSection#key}
   */
  <C> Optional<C> section(String key, Class<C> type);

  /**
   * Whether the configuration says anything at a key, be it nothing but {@code null} or an empty
   * object, and whoever owns the key or nobody: the file, the environment, the command line or the
   * role's base.
   *
   * @param key a top-level one, {@code web}, or one below such a one, {@code web.access}
   */
  default boolean isGiven(String key) {
    return false;
  }

  /** The {@code global} section. */
  GlobalConfig global();

  /**
   * The directory that relative file names of the configuration start from: that of the file, else
   * the working one.
   */
  Path baseDirectory();

  /**
   * The base directory as files in it are shown to users: relative to where the process runs when
   * the configuration file was named so, and empty when it is that place. Not for opening files.
   */
  default Path shownDirectory() {
    return baseDirectory();
  }

  /** A file name of the configuration as a path. */
  default Path resolve(String fileName) {
    return baseDirectory().resolve(fileName);
  }
}
