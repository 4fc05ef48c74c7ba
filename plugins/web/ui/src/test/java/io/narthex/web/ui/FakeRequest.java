package io.narthex.web.ui;

import io.narthex.api.web.WebRequest;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A GET request with what a test gives it. */
final class FakeRequest implements WebRequest {
  final Map<String, String> pathParameters = new LinkedHashMap<>();
  final Map<String, List<String>> query = new LinkedHashMap<>();
  final Map<String, String> headers = new LinkedHashMap<>();
  String prefix = "";

  @Override
  public String method() {
    return "GET";
  }

  @Override
  public String path() {
    return "/";
  }

  @Override
  public String pathParameter(String name) {
    String value = pathParameters.get(name);
    if (value == null) {
      throw new IllegalArgumentException(name);
    }
    return value;
  }

  @Override
  public Map<String, List<String>> parameters() {
    return query;
  }

  @Override
  public Map<String, List<String>> queryParameters() {
    return query;
  }

  @Override
  public Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  @Override
  public InputStream body() {
    return InputStream.nullInputStream();
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return new InetSocketAddress(0);
  }

  @Override
  public Optional<String> user() {
    return Optional.empty();
  }

  @Override
  public String externalPathPrefix() {
    return prefix;
  }

  @Override
  public void onDisconnect(Runnable action) {}
}
