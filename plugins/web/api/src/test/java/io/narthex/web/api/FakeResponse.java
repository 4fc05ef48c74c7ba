package io.narthex.web.api;

import io.narthex.api.web.WebResponse;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** An answer without a network. */
final class FakeResponse implements WebResponse {
  private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
  private boolean opened;
  final Map<String, String> headers = new HashMap<>();
  int status = 200;
  boolean closed;

  String answer() {
    return sent.toString(StandardCharsets.UTF_8);
  }

  @Override
  public WebResponse status(int code) {
    status = code;
    return this;
  }

  @Override
  public WebResponse header(String name, String value) {
    headers.put(name, value);
    return this;
  }

  @Override
  public WebResponse addHeader(String name, String value) {
    return this;
  }

  @Override
  public OutputStream body() {
    opened = true;
    return new OutputStream() {
      @Override
      public void write(int b) {
        sent.write(b);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) {
        sent.write(bytes, offset, length);
      }

      @Override
      public void close() {
        closed = true;
      }
    };
  }

  @Override
  public boolean isCommitted() {
    return opened;
  }
}
