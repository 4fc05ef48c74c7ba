package io.narthex.rules.groups;

import io.narthex.api.web.Route;
import io.narthex.api.web.Routes;
import io.narthex.api.web.WebHost;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;

/** Says where it is, and nothing else. */
final class FakeWebHost implements WebHost {
  @Override
  public URI externalUrl() {
    return URI.create("http://here:9090/x");
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
  public Server open(ServerConfig config, List<Route> routes) {
    throw new UnsupportedOperationException();
  }
}
