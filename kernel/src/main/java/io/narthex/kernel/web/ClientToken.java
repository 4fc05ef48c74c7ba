package io.narthex.kernel.web;

import io.narthex.api.http.HttpClientConfig;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An OAuth 2.0 token by client credentials, fetched when needed and kept until shortly before it
 * expires. Source: RFC 6749, section 4.4.
 */
final class ClientToken implements AutoCloseable {
  private static final int MAX_ANSWER = 1 << 20;
  private static final long EARLY_SECONDS = 10;

  private final HttpClientConfig.OAuth2 config;
  private final ClientTransport transport;
  private final Path baseDirectory;
  private final Clock clock;
  private final JsonMapper json = JsonMapper.builder().build();
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Kept kept;
  private boolean inForm;

  private record Kept(String header, String secret, @Nullable Instant expires) {}

  ClientToken(
      HttpClientConfig.OAuth2 config, ClientTransport transport, Path baseDirectory, Clock clock) {
    this.config = config;
    this.transport = transport;
    this.baseDirectory = baseDirectory;
    this.clock = clock;
  }

  /** The value of {@code Authorization}. */
  String header(ClientTransport.Call call) throws IOException, InterruptedException {
    lock.lockInterruptibly();
    try {
      String secret =
          config.clientSecretFile().isEmpty()
              ? config.clientSecret().reveal()
              : SecretFile.read(baseDirectory.resolve(config.clientSecretFile()));
      Kept current = kept;
      if (current == null
          || !current.secret().equals(secret)
          || (current.expires() != null && !clock.instant().isBefore(current.expires()))) {
        current = fetch(secret, call);
        kept = current;
      }
      return current.header();
    } finally {
      lock.unlock();
    }
  }

  private Kept fetch(String secret, ClientTransport.Call call)
      throws IOException, InterruptedException {
    try {
      return fetch(secret, inForm, call);
    } catch (Refused e) {
      // Servers differ in where they want the secret; a header is what the standard prefers.
      Kept other = fetch(secret, !inForm, call);
      inForm = !inForm;
      return other;
    }
  }

  private static final class Refused extends IOException {
    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }

  private Kept fetch(String secret, boolean form, ClientTransport.Call call)
      throws IOException, InterruptedException {
    Map<String, String> fields = new LinkedHashMap<>();
    fields.put("grant_type", "client_credentials");
    if (!config.scopes().isEmpty()) {
      fields.put("scope", String.join(" ", config.scopes()));
    }
    fields.putAll(config.endpointParams());
    Map<String, List<String>> headers = new LinkedHashMap<>();
    headers.put("Content-Type", List.of("application/x-www-form-urlencoded"));
    headers.put("Accept", List.of("application/json"));
    if (form) {
      fields.put("client_id", config.clientId());
      fields.put("client_secret", secret);
    } else {
      String pair = encode(config.clientId()) + ":" + encode(secret);
      headers.put(
          "Authorization",
          List.of(
              "Basic "
                  + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8))));
    }
    StringBuilder body = new StringBuilder();
    fields.forEach((name, value) ->
        body.append(body.isEmpty() ? "" : "&")
            .append(encode(name))
            .append('=')
            .append(encode(value)));
    URI uri;
    try {
      uri = URI.create(config.tokenUrl());
    } catch (IllegalArgumentException e) {
      throw new IOException("oauth2: cannot fetch token: token_url is no URL", e);
    }
    ClientTransport.Answer answer;
    try {
      answer =
          transport.send(
              "POST", uri, headers, body.toString().getBytes(StandardCharsets.UTF_8), call);
    } catch (IOException e) {
      throw new IOException("oauth2: cannot fetch token: " + e.getMessage(), e);
    }
    byte[] text;
    try {
      text = answer.body().readNBytes(MAX_ANSWER);
    } finally {
      answer.close();
    }
    if (answer.status() < 200 || answer.status() > 299) {
      String message = "oauth2: cannot fetch token: " + answer.status() + " " + answer.reason();
      if (answer.status() == 400 || answer.status() == 401) {
        throw new Refused(message.trim());
      }
      throw new IOException(message.trim());
    }
    return parse(text, secret);
  }

  private Kept parse(byte[] text, String secret) throws IOException {
    JsonNode tree;
    try {
      tree = json.readTree(text);
    } catch (JacksonException e) {
      throw new IOException("oauth2: cannot parse json", e);
    }
    String token = tree.path("access_token").asString("");
    if (token.isEmpty()) {
      throw new IOException("oauth2: server response missing access_token");
    }
    String type = tree.path("token_type").asString("");
    long seconds = tree.path("expires_in").asLong(0);
    return new Kept(
        (type.isEmpty() || type.equalsIgnoreCase("bearer") ? "Bearer" : type) + " " + token,
        secret,
        seconds > 0 ? clock.instant().plusSeconds(Math.max(0, seconds - EARLY_SECONDS)) : null);
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    transport.close();
  }
}
