package io.narthex.api.plugin;

import io.narthex.api.Api;
import io.narthex.api.config.ConfigSnapshot;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * The configuration in force. Safe for any number of threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface RunningConfiguration {
  /** All sections as YAML with defaults filled in, secrets as {@code <secret>}. */
  String yaml();

  /**
   * All flags by name (without dashes), those not given with their defaults; secrets as {@code
   * <secret>}.
   */
  Map<String, String> flags();

  /** The sections. */
  ConfigSnapshot snapshot();

  /** When it was loaded. */
  Instant loadedAt();

  /** Whether the last attempt to load succeeded. */
  boolean lastLoadSucceeded();

  /** When the last attempt to load failed; empty where it succeeded. */
  default Optional<Instant> failedAt() {
    return Optional.empty();
  }
}
