package io.narthex.exporter.host;

import io.narthex.api.web.WebResponse;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** An answer without a network. */
final class FakeResponse implements WebResponse {
  private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
  final Map<String, String> headers = new HashMap<>();

  String answer() {
    return sent.toString(StandardCharsets.UTF_8);
  }

  @Override
  public WebResponse status(int code) {
    return this;
  }

  @Override
  public WebResponse header(String name, String value) {
    headers.put(name, value);
    return this;
  }

  @Override
  public WebResponse addHeader(String name, String value) {
    return header(name, value);
  }

  @Override
  public OutputStream body() {
    return sent;
  }

  @Override
  public boolean isCommitted() {
    return sent.size() > 0;
  }
}
