package io.narthex.api.service;

import io.narthex.api.Api;
import java.util.Optional;
import org.pf4j.ExtensionPoint;

/**
 * A part of the process that works in the background. Started after the configuration was applied
 * for the first time and the storage has been opened, in ascending {@link #startOrder}; stopped in
 * the opposite order before the storage is closed.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public interface Service extends ExtensionPoint {
  /** For logs and pages. */
  String name();

  /** Position among all services: lower ones are started first and stopped last. */
  default int startOrder() {
    return 0;
  }

  /**
   * Starts working; returns soon. A failure marks the plugin as failed and nothing else.
   *
   * @throws Exception with a message that says what, where and why
   */
  void start() throws Exception;

  /**
   * Ends the work and waits for it, for a few seconds at most. May be called twice, and without a
   * start.
   */
  void stop();

  /** Why the process is not ready yet, as far as this service is concerned; empty when it is. */
  default Optional<String> notReady() {
    return Optional.empty();
  }
}
