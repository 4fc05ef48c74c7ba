package io.narthex.ingest.otlp;

import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** A request and its answer, without a network. */
final class Exchange implements WebRequest {
  private final Map<String, String> requestHeaders = new HashMap<>();
  private final byte[] content;
  private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
  final Map<String, String> headers = new HashMap<>();
  int status = 200;

  Exchange(byte[] content) {
    this.content = content;
  }

  Exchange with(String name, String value) {
    requestHeaders.put(name.toLowerCase(Locale.ROOT), value);
    return this;
  }

  /** Status and body. */
  String answer() {
    return status + " " + sent.toString(StandardCharsets.UTF_8);
  }

  @Override
  public String method() {
    return "POST";
  }

  @Override
  public String path() {
    return "/api/v1/otlp/v1/metrics";
  }

  @Override
  public String pathParameter(String name) {
    throw new IllegalArgumentException(name);
  }

  @Override
  public Map<String, List<String>> parameters() {
    return Map.of();
  }

  @Override
  public Map<String, List<String>> queryParameters() {
    return Map.of();
  }

  @Override
  public Optional<String> header(String name) {
    return Optional.ofNullable(requestHeaders.get(name.toLowerCase(Locale.ROOT)));
  }

  @Override
  public InputStream body() {
    return new ByteArrayInputStream(content);
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return new InetSocketAddress("127.0.0.1", 1);
  }

  @Override
  public Optional<String> user() {
    return Optional.empty();
  }

  @Override
  public String externalPathPrefix() {
    return "";
  }

  @Override
  public void onDisconnect(Runnable action) {}

  /** What the handler writes to. */
  WebResponse response() {
    return new WebResponse() {
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
        return header(name, value);
      }

      @Override
      public OutputStream body() {
        return sent;
      }

      @Override
      public boolean isCommitted() {
        return false;
      }
    };
  }
}
