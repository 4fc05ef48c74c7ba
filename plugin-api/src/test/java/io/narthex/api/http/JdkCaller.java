package io.narthex.api.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Sends requests by the JDK's client, for tests over a server on loopback without the kernel's. Of
 * a configuration it knows {@code authorization} alone; it believes every certificate.
 */
public final class JdkCaller implements HttpCaller {
  private final HttpClientConfig config;
  private final HttpClient client;
  private volatile boolean closed;

  /** Makes a client. */
  public JdkCaller(HttpClientConfig config) {
    this.config = config;
    try {
      SSLContext tls = SSLContext.getInstance("TLS");
      tls.init(null, new TrustManager[] {new Trusting()}, null);
      client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).sslContext(tls).build();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Makes such clients. */
  public static HttpClients clients() {
    return (config, name, baseDirectory) -> new JdkCaller(config);
  }

  /** Whether it was closed. */
  public boolean isClosed() {
    return closed;
  }

  @Override
  public Response send(Request request) throws IOException, InterruptedException {
    byte[] body = request.body();
    HttpRequest.Builder to =
        HttpRequest.newBuilder(request.uri())
            .method(
                request.method(),
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofByteArray(body));
    if (request.timeout().isPositive()) {
      to.timeout(request.timeout());
    }
    request
        .headers()
        .forEach((name, value) -> {
          // The JDK's client sets that one itself.
          if (!name.equalsIgnoreCase("Origin")) {
            to.setHeader(name, value);
          }
        });
    HttpClientConfig.Authorization authorization = config.authorization();
    if (authorization != null) {
      String credentials =
          authorization.credentialsFile().isEmpty()
              ? authorization.credentials().reveal()
              : Files.readString(Path.of(authorization.credentialsFile())).strip();
      to.setHeader("Authorization", authorization.type() + " " + credentials);
    }
    try {
      return new Received(client.send(to.build(), HttpResponse.BodyHandlers.ofInputStream()));
    } catch (IOException e) {
      throw new IOException("Get \"" + request.uri().getPath() + "\": " + e, e);
    }
  }

  @Override
  public void close() {
    closed = true;
    client.shutdownNow();
  }

  private record Received(HttpResponse<InputStream> response) implements Response {
    @Override
    public int status() {
      return response.statusCode();
    }

    @Override
    public Optional<String> header(String name) {
      return response.headers().firstValue(name);
    }

    @Override
    public Map<String, List<String>> headers() {
      return response.headers().map();
    }

    @Override
    public InputStream body() {
      return response.body();
    }

    @Override
    public void close() {
      try {
        response.body().close();
      } catch (IOException e) {
        // It is no longer wanted.
      }
    }
  }

  private static final class Trusting extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
