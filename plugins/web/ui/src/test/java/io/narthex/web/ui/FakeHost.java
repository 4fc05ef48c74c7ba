package io.narthex.web.ui;

import io.narthex.api.web.Route;
import io.narthex.api.web.Routes.MenuEntry;
import io.narthex.api.web.WebHost;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/** A host with nothing but a menu. */
final class FakeHost implements WebHost {
  final List<MenuEntry> entries = new ArrayList<>();
  String title = "Narthex";

  @Override
  public URI externalUrl() {
    return URI.create("http://localhost:9090");
  }

  @Override
  public String pageTitle() {
    return title;
  }

  @Override
  public List<InetSocketAddress> addresses() {
    return List.of();
  }

  @Override
  public List<MenuEntry> menu() {
    return entries;
  }

  @Override
  public Server open(ServerConfig config, List<Route> routes) {
    throw new UnsupportedOperationException("pages open no servers");
  }
}
