package io.narthex.kernel.web;

import io.narthex.api.config.ConfigException;
import io.narthex.api.model.Regex;
import io.narthex.api.plugin.Program;
import io.narthex.api.web.MetricsPage;
import io.narthex.api.web.Route;
import io.narthex.api.web.Routes;
import io.narthex.api.web.WebHost;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process's main web server, and the maker of further ones. Serves health, life cycle and
 * metrics pages, and the routes that plugins bring. Routes may come and go while it runs. Safe for
 * any number of threads.
 */
public final class WebServer implements WebHost, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WebServer.class);
  private static final Duration METRICS_DEADLINE = Duration.ofSeconds(9);
  private static final String KERNEL = "kernel";

  private final WebConfig config;
  private final Settings settings;
  private final @Nullable Security security;
  private final URI externalUrl;
  private final String pageTitle;
  private final String prefix;
  private final Site site;
  private final HttpServer server;
  private final @Nullable HttpMetrics metrics;
  private final MetricsEndpoint metricsPage;
  private final List<Router.Entry> kernelRoutes = new ArrayList<>();
  private final List<Brought> brought = new ArrayList<>();
  private final List<HttpServer> further = new CopyOnWriteArrayList<>();
  private final Object routesLock = new Object();
  private volatile List<Routes.MenuEntry> menu = List.of();
  private volatile List<Route> routes = List.of();

  /**
   * What the server is told by the process.
   *
   * @param program for titles
   * @param defaultListenAddress the role's, when the configuration names none
   * @param workingDirectory where {@code --web.config.file} starts
   * @param webFiles reads web configuration files
   * @param registry the kernel's own; the server's metrics are registered there
   * @param sources what {@code /metrics} shows; the kernel's registry must be among them
   * @param metricsNamespace what the names of HTTP metrics begin with; empty for none of them
   * @param lifecycle of the process
   * @param access decides what requests to the main server may see
   */
  public record Settings(
      Program program,
      String defaultListenAddress,
      Path workingDirectory,
      WebFileBinder webFiles,
      PrometheusRegistry registry,
      MetricSources sources,
      String metricsNamespace,
      Lifecycle lifecycle,
      AccessControls access) {
    public Settings {
      Objects.requireNonNull(program);
      Objects.requireNonNull(defaultListenAddress);
      Objects.requireNonNull(workingDirectory);
      Objects.requireNonNull(webFiles);
      Objects.requireNonNull(registry);
      Objects.requireNonNull(sources);
      Objects.requireNonNull(metricsNamespace);
      Objects.requireNonNull(lifecycle);
      Objects.requireNonNull(access);
    }
  }

  /** Routes in force; closing takes them away. May be closed twice. */
  public interface Registration extends AutoCloseable {
    /** What is wrong with them: a route that another plugin has already. Empty when all is well. */
    List<String> problems();

    @Override
    void close();
  }

  /** What one plugin brought; equal to itself alone. */
  private static final class Brought {
    final String owner;
    final List<Route> routes;
    final List<Routes.MenuEntry> menu;

    Brought(String owner, List<Route> routes, List<Routes.MenuEntry> menu) {
      this.owner = owner;
      this.routes = List.copyOf(routes);
      this.menu = List.copyOf(menu);
    }
  }

  /**
   * Makes one; nothing is opened yet, but the web configuration file is read.
   *
   * @throws ConfigException when the configuration cannot be used
   * @throws IOException when the web configuration file, or a file that it names, cannot be read
   */
  public WebServer(WebConfig config, Settings settings) throws ConfigException, IOException {
    this.config = config;
    this.settings = settings;
    this.security = security(config.configFile());
    List<ListenAddress> addresses = listenAddresses();
    boolean tls = security != null && security.isTls();
    this.pageTitle = config.pageTitle();
    this.externalUrl = externalUrl(config.externalUrl(), addresses.get(0).port(), tls);
    String path = externalUrl.getRawPath() == null ? "" : externalUrl.getRawPath();
    this.prefix = config.routePrefix().isEmpty() ? path : trimmed(config.routePrefix());
    this.metrics =
        settings.metricsNamespace().isEmpty()
            ? null
            : new HttpMetrics(settings.registry(), settings.metricsNamespace());
    this.site =
        new Site(
            prefix,
            path,
            Regex.compile(config.corsOrigin()),
            metrics,
            settings.lifecycle()::state,
            new Gate(settings.access()),
            crossSite(security));
    this.server = new HttpServer("main", addresses, limits(), security, site);
    kernel(KernelRoutes.of(settings.program(), config.enableLifecycle(), settings.lifecycle()));
    this.metricsPage =
        new MetricsEndpoint(settings.sources(), METRICS_DEADLINE, settings.registry());
    kernel(List.of(Route.get("/metrics", metricsPage)));
    if (!settings.metricsNamespace().isEmpty()) {
      GaugeWithCallback.builder()
          .name(settings.metricsNamespace() + "_ready")
          .help("Whether startup was fully completed and the server is ready.")
          .callback(callback ->
              callback.call(settings.lifecycle().state() == Lifecycle.State.READY ? 1 : 0))
          .register(settings.registry());
    }
    rebuild();
  }

  /** Origins that may read everything by default may not therefore do everything. */
  private CrossSite crossSite(@Nullable Security tls) {
    boolean any = config.corsOrigin().equals(Site.ANY_ORIGIN);
    return new CrossSite(
        config.externalUrl().isEmpty() ? null : externalUrl,
        machine(),
        any ? null : Regex.compile(config.corsOrigin()),
        tls != null && tls.isTls());
  }

  private static String machine() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }

  private void kernel(List<Route> routes) {
    routes.forEach(route -> kernelRoutes.add(new Router.Entry(route, KERNEL, true)));
  }

  private HttpServer.Limits limits() {
    return new HttpServer.Limits(
        config.readTimeout(), config.maxConnections(), config.shutdownTimeout());
  }

  private List<ListenAddress> listenAddresses() {
    List<String> texts =
        config.listenAddress().isEmpty()
            ? List.of(settings.defaultListenAddress())
            : config.listenAddress();
    return texts.stream().map(ListenAddress::parse).toList();
  }

  private @Nullable Security security(String fileName) throws ConfigException, IOException {
    if (fileName.isEmpty()) {
      return null;
    }
    Path file = settings.workingDirectory().resolve(fileName);
    try {
      return new Security(file, settings.webFiles(), new SecureRandom());
    } catch (IOException e) {
      throw new IOException("cannot use web configuration file " + file + ": " + Causes.of(e), e);
    }
  }

  /** A path with a slash in front and none behind; empty for the root. */
  private static String trimmed(String path) {
    int from = 0;
    int to = path.length();
    while (from < to && path.charAt(from) == '/') {
      from++;
    }
    while (to > from && path.charAt(to - 1) == '/') {
      to--;
    }
    return from == to ? "" : "/" + path.substring(from, to);
  }

  static URI externalUrl(String text, int port, boolean tls) throws ConfigException {
    String given = text;
    if (given.isEmpty()) {
      return URI.create((tls ? "https" : "http") + "://" + machine() + ":" + port);
    }
    if ("\"'".indexOf(given.charAt(0)) >= 0
        || "\"'".indexOf(given.charAt(given.length() - 1)) >= 0) {
      throw new ConfigException(
          "parse external URL \"" + given + "\": URL must not begin or end with quotes");
    }
    try {
      URI uri = new URI(given);
      if (uri.getScheme() == null && uri.getAuthority() == null) {
        // Only a path: links are then relative to whatever name the client uses.
        uri = new URI(null, null, given.startsWith("/") ? given : "/" + given, null);
      }
      String path = trimmed(uri.getRawPath() == null ? "" : uri.getRawPath());
      return URI.create(
          (uri.getScheme() == null ? "" : uri.getScheme() + "://")
              + (uri.getRawAuthority() == null ? "" : uri.getRawAuthority())
              + path);
    } catch (URISyntaxException e) {
      throw new ConfigException("", "parse external URL \"" + given + "\": " + e.getReason(), e);
    }
  }

  /**
   * Listens.
   *
   * @throws IOException when an address cannot be bound; the message names it and the reason
   */
  public void start() throws IOException {
    server.start();
  }

  /**
   * Puts a plugin's routes into force.
   *
   * @param owner the plugin's id
   */
  public Registration add(String owner, Routes routes) {
    return add(owner, routes.routes(), routes.menu());
  }

  /**
   * Puts routes into force.
   *
   * @param owner in messages: the plugin's id
   */
  public Registration add(String owner, List<Route> routes, List<Routes.MenuEntry> entries) {
    Brought mine = new Brought(owner, routes, entries);
    List<String> problems;
    synchronized (routesLock) {
      brought.add(mine);
      problems = rebuild(mine);
    }
    for (String problem : problems) {
      LOG.atWarn().addKeyValue("plugin", owner).addKeyValue("reason", problem).log("Route refused");
    }
    return new Registration() {
      @Override
      public List<String> problems() {
        return problems;
      }

      @Override
      public void close() {
        synchronized (routesLock) {
          if (brought.remove(mine)) {
            rebuild();
          }
        }
      }
    };
  }

  private void rebuild() {
    Router router = router();
    site.routes(router);
    routes = router.routes();
    menu =
        brought.stream()
            .flatMap(b -> b.menu.stream())
            .sorted(Comparator.comparingInt(Routes.MenuEntry::order))
            .toList();
  }

  private List<String> rebuild(Brought mine) {
    Router router = router();
    rebuild();
    return router.conflicts().stream()
        .filter(c -> mine.routes.contains(c.second().route()))
        .map(c ->
            "cannot serve "
                + c.method()
                + " "
                + c.second().route().path()
                + ": plugin "
                + c.first().owner()
                + " serves it already")
        .toList();
  }

  private Router router() {
    List<Router.Entry> all = new ArrayList<>();
    for (Brought b : brought) {
      b.routes.forEach(route -> all.add(new Router.Entry(route, b.owner, false)));
    }
    all.addAll(kernelRoutes);
    return new Router(all);
  }

  /** Whether the main server speaks TLS. */
  public boolean isTls() {
    return security != null && security.isTls();
  }

  /** The path below which everything is served; empty for the root. */
  public String routePrefix() {
    return prefix;
  }

  /** Writes expositions, for plugins. */
  public MetricsPage metricsPage() {
    return metricsPage;
  }

  @Override
  public URI externalUrl() {
    return externalUrl;
  }

  @Override
  public String pageTitle() {
    return pageTitle;
  }

  @Override
  public List<InetSocketAddress> addresses() {
    return server.addresses();
  }

  @Override
  public List<Routes.MenuEntry> menu() {
    return menu;
  }

  @Override
  public List<Route> routes() {
    return routes;
  }

  @Override
  public Server open(ServerConfig wanted, List<Route> routes) throws IOException {
    Security own;
    try {
      own = security(wanted.webConfigFile());
    } catch (ConfigException e) {
      throw new IOException(e.getMessage(), e);
    }
    Gate open = new Gate(AccessControls.NONE);
    Site pages = new Site("", "", null, metrics, () -> Lifecycle.State.READY, open, crossSite(own));
    pages.routes(
        new Router(
            routes.stream().map(route -> new Router.Entry(route, wanted.name(), false)).toList()));
    List<ListenAddress> at;
    try {
      at = wanted.listenAddresses().stream().map(ListenAddress::parse).toList();
    } catch (IllegalArgumentException e) {
      throw new IOException("cannot open server " + wanted.name() + ": " + e.getMessage(), e);
    }
    HttpServer opened = new HttpServer(wanted.name(), at, limits(), own, pages);
    opened.start();
    further.add(opened);
    return new Server() {
      @Override
      public List<InetSocketAddress> addresses() {
        return opened.addresses();
      }

      @Override
      public void close() {
        opened.close();
        further.remove(opened);
      }
    };
  }

  /** Stops listening, lets running requests end, then closes. May be called twice. */
  @Override
  public void close() {
    further.forEach(HttpServer::close);
    further.clear();
    server.close();
  }
}
