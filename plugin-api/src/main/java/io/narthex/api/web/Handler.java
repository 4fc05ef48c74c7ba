package io.narthex.api.web;

import io.narthex.api.Api;
import java.io.IOException;

/**
 * Answers requests. Called on a virtual thread for each request; may block.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
@FunctionalInterface
public interface Handler {
  /**
   * Answers one request.
   *
   * @throws HttpError to answer with a status and a plain text
   * @throws IOException when the client is gone; any other exception becomes a 500 (when nothing
   *     was sent yet), and is logged
   */
  void handle(WebRequest request, WebResponse response) throws IOException, InterruptedException;
}
