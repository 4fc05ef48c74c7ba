package io.narthex.api.web;

import io.narthex.api.Api;
import java.io.IOException;

/**
 * Ends a request with a status and a plain text.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public final class HttpError extends IOException {
  private static final long serialVersionUID = 1L;

  private final int status;

  /**
   * Makes one.
   *
   * @param status 400..599
   * @param message the body, shown to the client
   */
  public HttpError(int status, String message) {
    super(message);
    this.status = status;
  }

  public int status() {
    return status;
  }
}
