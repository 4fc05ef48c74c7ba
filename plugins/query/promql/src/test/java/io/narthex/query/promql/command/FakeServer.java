package io.narthex.query.promql.command;

import com.sun.net.httpserver.HttpServer;
import io.narthex.api.config.ConfigException;
import io.narthex.api.config.ConfigFiles;
import io.narthex.api.config.ConfigShape;
import io.narthex.api.http.HttpCaller;
import io.narthex.api.http.HttpClientConfig;
import io.narthex.api.http.HttpClients;
import io.narthex.api.http.JdkCaller;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/** An HTTP server on loopback that gives the answers it was told, and notes what it was asked. */
final class FakeServer implements HttpClients, ConfigFiles, AutoCloseable {
  private record Answer(int status, String body) {}

  private final HttpServer server;
  private final Queue<Answer> answers = new ArrayDeque<>();

  /** Method, path and parameters of each request. */
  final List<String> asked = new ArrayList<>();

  /** The header {@code X-Test} of each request. */
  final List<String> headers = new ArrayList<>();

  /** What clients were made with. */
  final List<HttpClientConfig> configs = new ArrayList<>();

  /** What is read from any file. */
  HttpClientConfig fromFile;

  FakeServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          String query = exchange.getRequestURI().getRawQuery();
          String all = body.isEmpty() ? query == null ? "" : query : body;
          asked.add(
              exchange.getRequestMethod()
                  + " "
                  + exchange.getRequestURI().getPath()
                  + " "
                  + URLDecoder.decode(all, StandardCharsets.UTF_8));
          headers.add(String.valueOf(exchange.getRequestHeaders().getFirst("X-Test")));
          Answer answer = answers.isEmpty() ? new Answer(404, "nothing here\n") : answers.poll();
          byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
  }

  String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  /** The next answer. */
  FakeServer answer(int status, String body) {
    answers.add(new Answer(status, body));
    return this;
  }

  /** The next answer is a success with this data. */
  FakeServer data(String data) {
    return answer(200, "{\"status\":\"success\",\"data\":" + data + "}");
  }

  @Override
  public <R> R read(Path file, Class<R> record) throws ConfigException {
    if (fromFile == null) {
      throw new ConfigException(file.getFileName() + ":1:1: bad");
    }
    return record.cast(fromFile);
  }

  @Override
  public <C> C parse(String name, byte[] content, ConfigShape<C> shape, Syntax syntax) {
    throw new UnsupportedOperationException();
  }

  @Override
  public HttpCaller create(HttpClientConfig config, String name, Path baseDirectory) {
    configs.add(config);
    return new JdkCaller(config);
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
