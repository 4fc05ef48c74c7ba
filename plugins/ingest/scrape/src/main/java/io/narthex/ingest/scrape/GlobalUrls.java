package io.narthex.ingest.scrape;

import io.narthex.api.web.WebHost;
import java.net.URI;
import java.util.Set;

/**
 * The URLs of targets as others can reach them: a target on this machine is shown under the host of
 * the server's external URL, and the server itself under the whole of it. Source: Prometheus 3.14,
 * {@code web/api/v1/api.go}.
 */
final class GlobalUrls {
  private static final Set<String> LOCAL = Set.of("127.0.0.1", "localhost", "[::1]");

  private final WebHost web;

  GlobalUrls(WebHost web) {
    this.web = web;
  }

  String of(URI url) {
    String host = url.getHost();
    if (host == null || !LOCAL.contains(host)) {
      return url.toString();
    }
    URI external = web.externalUrl();
    int port = url.getPort();
    if (web.addresses().stream().anyMatch(address -> address.getPort() == port)) {
      return at(external.getScheme(), external.getHost(), external.getPort(), url);
    }
    // The host of this server is the best guess for its neighbours.
    return at(url.getScheme(), external.getHost(), port, url);
  }

  private static String at(String scheme, String host, int port, URI rest) {
    String query = rest.getRawQuery();
    return scheme
        + "://"
        + host
        + (port < 0 ? "" : ":" + port)
        + rest.getRawPath()
        + (query == null ? "" : "?" + query);
  }
}
