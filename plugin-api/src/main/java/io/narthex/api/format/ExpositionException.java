package io.narthex.api.format;

import io.narthex.api.Api;

/**
 * A malformed exposition. The message is that of Prometheus where its users know one; it is shown
 * as the target's last error.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public final class ExpositionException extends Exception {
  private static final long serialVersionUID = 1L;

  public ExpositionException(String message) {
    super(message);
  }
}
