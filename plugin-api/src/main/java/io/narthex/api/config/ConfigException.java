package io.narthex.api.config;

import io.narthex.api.Api;
import org.jspecify.annotations.Nullable;

/**
 * A configuration that was bound but cannot be used. The message is shown to the user as it is; the
 * kernel adds file and line where it knows them.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String path;

  /**
   * A problem of the whole section.
   *
   * @param message what is wrong, and what would be right
   */
  public ConfigException(String message) {
    this("", message, null);
  }

  /**
   * A problem at a place of the section.
   *
   * @param path the key below the section's own, as {@code [2].relabel_configs[0].regex}; empty for
   *     the section itself
   * @param message what is wrong, and what would be right
   * @param cause may be null
   */
  public ConfigException(String path, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.path = path;
  }

  /** The key below the section's own; empty for the section itself. */
  public String path() {
    return path;
  }
}
