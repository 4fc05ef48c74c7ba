package io.narthex.api.notify;

import io.narthex.api.Api;
import java.time.Duration;
import java.util.Objects;

/**
 * Delivers notifications to one integration of one receiver. Called on a virtual thread, which is
 * interrupted at the deadline; never twice at once for one group.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface Notifier extends AutoCloseable {
  /**
   * Delivers one notification. An exception is taken as {@link Outcome.Retryable}.
   *
   * @throws InterruptedException when the deadline has passed
   */
  Outcome notify(Notification notification) throws InterruptedException;

  /** Whether resolved alerts are sent. */
  boolean sendsResolved();

  @Override
  default void close() {}

  /** What became of a delivery. */
  sealed interface Outcome {
    /**
     * It arrived.
     *
     * @since 0.1
     */
    record Delivered() implements Outcome {}

    /**
     * It did not, and trying again may help.
     *
     * @param reason for logs and pages; no secrets
     * @param after the least time to wait, zero for the caller's choice
     * @since 0.1
     */
    record Retryable(String reason, Duration after) implements Outcome {
      public Retryable {
        Objects.requireNonNull(reason);
        Objects.requireNonNull(after);
      }
    }

    /**
     * It did not, and trying again is of no use.
     *
     * @param reason for logs and pages; no secrets
     * @since 0.1
     */
    record Permanent(String reason) implements Outcome {
      public Permanent {
        Objects.requireNonNull(reason);
      }
    }
  }
}
