package io.narthex.ingest.scrape;

import io.narthex.api.web.Route;
import io.narthex.api.web.Routes.MenuEntry;
import io.narthex.api.web.WebHost;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;

/** A server that others reach under another name. */
record FakeHost(URI externalUrl, List<InetSocketAddress> addresses) implements WebHost {
  /** Listens on 9090. */
  static FakeHost at(String externalUrl) {
    return new FakeHost(
        URI.create(externalUrl), List.of(InetSocketAddress.createUnresolved("0.0.0.0", 9090)));
  }

  @Override
  public List<MenuEntry> menu() {
    return List.of();
  }

  @Override
  public Server open(ServerConfig config, List<Route> routes) {
    throw new UnsupportedOperationException("scraping opens no servers");
  }
}
