package io.narthex.api.config;

import io.narthex.api.Api;
import java.util.Optional;

/**
 * A section that is ready to be switched on. Exactly one of {@link #apply} and {@link #discard} is
 * called, once.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public interface Prepared {
  /** Nothing to switch on. */
  Prepared NOTHING = () -> {};

  /**
   * Switches it on. It must not fail: everything that can fail belongs into {@link
   * ConfigSection#prepare}.
   */
  void apply();

  /**
   * The section as pages show it, where that is more than what was bound: with what it takes from
   * other sections. Called before {@link #apply}, at most once.
   *
   * @return records as the section's shape has them, or a list or map of such; empty for what was
   *     bound
   */
  default Optional<Object> shown() {
    return Optional.empty();
  }

  /** Another section failed: releases what was made ready. */
  default void discard() {}
}
