package io.narthex.kernel.boot;

import io.narthex.api.web.MetricsPage;
import io.narthex.api.web.Route;
import io.narthex.api.web.Routes;
import io.narthex.api.web.WebHost;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import io.narthex.kernel.web.WebServer;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The web server for those who are made before it is. */
final class LateWeb implements WebHost, MetricsPage {
  private volatile @Nullable WebServer actual;

  void set(WebServer server) {
    actual = server;
  }

  Optional<WebServer> find() {
    return Optional.ofNullable(actual);
  }

  private WebServer actual() {
    return find().orElseThrow(() -> new IllegalStateException("the web server is not there yet"));
  }

  /** {@code https} or {@code http}. */
  String scheme() {
    return actual().isTls() ? "https" : "http";
  }

  /** The path below which everything is served; empty for the root. */
  String routePrefix() {
    return actual().routePrefix();
  }

  @Override
  public URI externalUrl() {
    return actual().externalUrl();
  }

  @Override
  public String pageTitle() {
    return actual().pageTitle();
  }

  @Override
  public List<InetSocketAddress> addresses() {
    return actual().addresses();
  }

  @Override
  public List<Routes.MenuEntry> menu() {
    return actual().menu();
  }

  @Override
  public List<Route> routes() {
    return actual().routes();
  }

  @Override
  public Server open(ServerConfig config, List<Route> routes) throws IOException {
    return actual().open(config, routes);
  }

  @Override
  public MetricSnapshots own() throws InterruptedException {
    return actual().metricsPage().own();
  }

  @Override
  public void send(WebRequest request, WebResponse response, MetricSnapshots snapshots)
      throws IOException {
    actual().metricsPage().send(request, response, snapshots);
  }
}
