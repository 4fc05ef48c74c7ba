package io.narthex.web.ui;

import io.narthex.api.web.WebResponse;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** Keeps what it is sent. */
final class FakeResponse implements WebResponse {
  int status = 200;
  final Map<String, String> headers = new LinkedHashMap<>();
  final ByteArrayOutputStream content = new ByteArrayOutputStream();

  String text() {
    return content.toString(StandardCharsets.UTF_8);
  }

  @Override
  public WebResponse status(int status) {
    this.status = status;
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
    return content;
  }

  @Override
  public boolean isCommitted() {
    return content.size() > 0;
  }
}
