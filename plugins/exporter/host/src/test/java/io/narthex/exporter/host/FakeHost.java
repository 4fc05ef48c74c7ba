package io.narthex.exporter.host;

import io.narthex.api.web.FakeRequest;
import io.narthex.api.web.FakeResponse;
import io.narthex.api.web.Route;
import io.narthex.api.web.Routes;
import io.narthex.api.web.WebHost;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Servers without a network; addresses can be occupied. */
final class FakeHost implements WebHost {
  final List<Open> open = new ArrayList<>();
  final Set<String> occupied = new HashSet<>();
  int attempts;

  List<String> addressesInUse() {
    return open.stream().flatMap(o -> o.config.listenAddresses().stream()).toList();
  }

  @Override
  public URI externalUrl() {
    return URI.create("http://h:9090");
  }

  @Override
  public List<InetSocketAddress> addresses() {
    return List.of();
  }

  @Override
  public List<Routes.MenuEntry> menu() {
    return List.of();
  }

  @Override
  public Server open(ServerConfig config, List<Route> routes) throws IOException {
    attempts++;
    for (String address : config.listenAddresses()) {
      if (occupied.contains(address)) {
        throw new IOException("listen tcp " + address + ": bind: address already in use");
      }
    }
    Open server = new Open(config, routes);
    open.add(server);
    return server;
  }

  /** A server that is open. */
  final class Open implements Server {
    final ServerConfig config;
    final List<Route> routes;

    Open(ServerConfig config, List<Route> routes) {
      this.config = config;
      this.routes = routes;
    }

    FakeResponse get(String path) throws Exception {
      return FakeRequest.get(path).send(routes);
    }

    @Override
    public List<InetSocketAddress> addresses() {
      return List.of(new InetSocketAddress("127.0.0.1", 1));
    }

    @Override
    public void close() {
      open.remove(this);
    }
  }
}
