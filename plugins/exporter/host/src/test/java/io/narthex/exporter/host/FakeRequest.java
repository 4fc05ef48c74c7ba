package io.narthex.exporter.host;

import io.narthex.api.web.WebRequest;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** A request without a network. */
final class FakeRequest implements WebRequest {
  private final String path;
  private final Map<String, List<String>> parameters = new HashMap<>();
  private final Map<String, String> headers = new HashMap<>();
  private final Map<String, String> pathParameters = new HashMap<>();

  FakeRequest(String path) {
    this.path = path;
  }

  FakeRequest with(String name, String value) {
    parameters.computeIfAbsent(name, key -> new ArrayList<>()).add(value);
    return this;
  }

  FakeRequest withHeader(String name, String value) {
    headers.put(name, value);
    return this;
  }

  FakeRequest withPath(String name, String value) {
    pathParameters.put(name, value);
    return this;
  }

  @Override
  public String method() {
    return "GET";
  }

  @Override
  public String path() {
    return path;
  }

  @Override
  public String pathParameter(String name) {
    return Objects.requireNonNull(pathParameters.get(name));
  }

  @Override
  public Map<String, List<String>> parameters() {
    return parameters;
  }

  @Override
  public Map<String, List<String>> queryParameters() {
    return parameters;
  }

  @Override
  public Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  @Override
  public InputStream body() {
    return new ByteArrayInputStream(new byte[0]);
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
}
