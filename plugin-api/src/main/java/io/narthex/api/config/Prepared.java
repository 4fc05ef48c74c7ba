package io.narthex.api.config;

import io.narthex.api.Api;

/**
 * A section that is ready to be switched on. Exactly one of the two methods is called, once.
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

  /** Another section failed: releases what was made ready. */
  default void discard() {}
}
