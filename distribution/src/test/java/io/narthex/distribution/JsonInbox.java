package io.narthex.distribution;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Takes JSON on any path, as an Alertmanager takes alerts and a webhook notifications. */
final class JsonInbox implements AutoCloseable {
  private final HttpServer server;
  private final List<Received> received = new ArrayList<>();

  /**
   * What has come.
   *
   * @param at when, milliseconds since the epoch
   */
  record Received(long at, JsonNode body) {}

  JsonInbox() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String body =
              new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          synchronized (received) {
            received.add(
                new Received(System.currentTimeMillis(), JsonMapper.shared().readTree(body)));
          }
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    server.start();
  }

  String address() {
    return "127.0.0.1:" + server.getAddress().getPort();
  }

  /** All that has come, in its order. */
  List<Received> received() {
    synchronized (received) {
      return List.copyOf(received);
    }
  }

  /** The same without times. */
  List<JsonNode> bodies() {
    return received().stream().map(Received::body).toList();
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
