package io.narthex.web.api;

import io.narthex.api.web.WebResponse;
import java.io.IOException;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Opens a response's body with the first bytes: until then a failure can still become an answer of
 * its own. Writers hold the first 64 KiB back.
 */
final class DeferredBody extends OutputStream {
  private final WebResponse response;
  private final String contentType;
  private @Nullable OutputStream opened;

  DeferredBody(WebResponse response, String contentType) {
    this.response = response;
    this.contentType = contentType;
  }

  @Override
  public void write(int b) throws IOException {
    open().write(b);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    open().write(bytes, offset, length);
  }

  /** Whether something was written, so that there is no way back. */
  boolean isOpen() {
    return opened != null;
  }

  /** Closes the body, which is empty when nothing was written. */
  void finish() throws IOException {
    open().close();
  }

  private OutputStream open() throws IOException {
    OutputStream out = opened;
    if (out == null) {
      // Not before: an answer without content has no type.
      out = response.header("Content-Type", contentType).body();
      opened = out;
    }
    return out;
  }
}
