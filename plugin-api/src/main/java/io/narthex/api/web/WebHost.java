package io.narthex.api.web;

import io.narthex.api.Api;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;

/**
 * Opens further web servers besides the main one (which takes {@link Routes}); a service of the
 * kernel.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface WebHost {
  /**
   * Where clients reach the main server, with the route prefix, as {@code --web.external-url} says;
   * ends without a slash.
   */
  URI externalUrl();

  /** The addresses that the main server listens on; empty before it does. */
  List<InetSocketAddress> addresses();

  /** What the title of each page ends with, as {@code --web.page-title} says; a plain text. */
  default String pageTitle() {
    return "Narthex";
  }

  /** The entries of the menu, of all plugins, in order. */
  List<Routes.MenuEntry> menu();

  /**
   * The routes that the main server answers at this moment, the kernel's own too. Of several for
   * the same path and method only the one that answers is there.
   */
  default List<Route> routes() {
    return List.of();
  }

  /**
   * Opens a server of its own. It has the main server's limits, metrics and graceful stop.
   *
   * @throws IOException when an address cannot be bound; the message names it and the reason
   */
  Server open(ServerConfig config, List<Route> routes) throws IOException;

  /**
   * A further server.
   *
   * @param name in logs and metrics
   * @param listenAddresses {@code host:port} or {@code :port}; port 0 for any free one
   * @param webConfigFile file with TLS and authentication, empty for none
   * @since 0.1
   */
  record ServerConfig(String name, List<String> listenAddresses, String webConfigFile) {
    public ServerConfig {
      listenAddresses = List.copyOf(listenAddresses);
    }
  }

  /** A running server. */
  interface Server extends AutoCloseable {
    /** The addresses it listens on. */
    List<InetSocketAddress> addresses();

    /** Stops it; lets running requests end for a few seconds. May be called twice. */
    @Override
    void close();
  }
}
