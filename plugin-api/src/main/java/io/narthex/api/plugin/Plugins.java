package io.narthex.api.plugin;

import io.narthex.api.Api;
import java.util.List;

/**
 * The plugins of this process and how they are. Safe for any number of threads; what it returns is
 * a copy.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public interface Plugins {
  /** All plugins that were found, failed ones among them, sorted by id. */
  List<Status> all();

  /** What a plugin does. */
  enum State {
    /** Works. */
    STARTED,
    /** Was stopped, and is going to be removed or replaced. */
    STOPPED,
    /** Switched off by the configuration or {@code plugin disable}. */
    DISABLED,
    /** Could not be loaded or started. */
    FAILED
  }

  /**
   * A plugin.
   *
   * @param id its id
   * @param version its version, empty when it could not be read
   * @param state what it does
   * @param reason why it failed; empty otherwise
   * @param description in a sentence
   * @param provider who made it
   * @param path where it lies
   * @param bundled whether it came with the installation
   * @param extensions class names of its extensions
   * @since 0.1
   */
  record Status(
      String id,
      String version,
      State state,
      String reason,
      String description,
      String provider,
      String path,
      boolean bundled,
      List<String> extensions) {
    public Status {
      extensions = List.copyOf(extensions);
    }
  }
}
