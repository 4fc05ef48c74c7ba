package io.narthex.api.web;

import io.narthex.api.Api;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * An answer. Status and headers come first; they are sent with the first full buffer of the body.
 * Belongs to the thread that handles the request.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public interface WebResponse {
  /** Sets the status; 200 unless set. */
  WebResponse status(int status);

  /**
   * Sets a header.
   *
   * @throws IllegalArgumentException when name or value has a line end or another control character
   */
  WebResponse header(String name, String value);

  /** Adds a header, keeping those of the same name. */
  WebResponse addHeader(String name, String value);

  /**
   * The body, streamed with a buffer and compressed as the client wishes. Closing it ends the
   * answer; the kernel does so when the handler returns. Not to be flushed without need.
   */
  OutputStream body() throws IOException;

  /** Whether anything has been sent, so that status and headers can no longer change. */
  boolean isCommitted();

  /** Sends a whole body of a content type, such as {@code text/plain; charset=utf-8}. */
  default void send(String contentType, String text) throws IOException {
    send(contentType, text.getBytes(StandardCharsets.UTF_8));
  }

  /** Sends a whole body of a content type. */
  default void send(String contentType, byte[] content) throws IOException {
    header("Content-Type", contentType);
    try (OutputStream out = body()) {
      out.write(content);
    }
  }

  /**
   * Sends the client elsewhere with 302; {@code location} is a path of this server or one that the
   * handler has checked.
   */
  default void redirect(String location) throws IOException {
    status(302).header("Location", location);
    body().close();
  }
}
