package io.narthex.kernel.web;

import io.narthex.api.config.Default;
import io.narthex.api.config.Flag;
import io.narthex.api.config.Help;
import io.narthex.api.model.Regex;
import java.time.Duration;
import java.util.List;

/**
 * The {@code web} section: where and how the main server listens. Flags are those of Prometheus
 * 3.14.
 *
 * @param listenAddress {@code host:port} or {@code :port}; empty for the role's own address
 * @param configFile file with TLS, headers and users ({@link WebFile}); empty for none
 * @param readTimeout longest time that a request may take to arrive, and that a connection may be
 *     idle; more than 0
 * @param maxConnections connections at a time; further ones wait unaccepted; more than 0
 * @param externalUrl where clients reach the server; empty for this machine's name and the first
 *     port
 * @param routePrefix path below which everything is served; empty for the external URL's path
 * @param enableLifecycle whether {@code /-/reload} and {@code /-/quit} work
 * @param enableAdminApi whether plugins offer operations that change or delete data
 * @param corsOrigin which origins may read answers from a browser
 * @param pageTitle title of the pages
 * @param shutdownTimeout how long running requests may take to end when the server stops
 */
public record WebConfig(
    @Flag(
            value = "web.listen-address",
            help =
                "Address to listen on for UI, API, and telemetry. Can be repeated. Without it, the"
                    + " program's own port on all addresses.")
        List<String> listenAddress,
    @Flag(
            value = "web.config.file",
            help = "Path to configuration file that can enable TLS or authentication.")
        String configFile,
    @Flag(
            value = "web.read-timeout",
            roles = "prometheus",
            help =
                "Maximum duration before timing out read of the request, and closing idle"
                    + " connections.")
        @Default("5m")
        Duration readTimeout,
    @Flag(
            value = "web.max-connections",
            roles = "prometheus",
            help = "Maximum number of simultaneous connections of each listening address.")
        @Default("512")
        int maxConnections,
    @Flag(
            value = "web.external-url",
            roles = {"prometheus", "alertmanager", "pushgateway"},
            help =
                "The URL under which this server is externally reachable (for example, if it is"
                    + " served via a reverse proxy). Used for links back to the server itself. If"
                    + " the URL has a path portion, it will be used to prefix all HTTP endpoints."
                    + " If omitted, relevant URL components will be derived automatically.")
        String externalUrl,
    @Flag(
            value = "web.route-prefix",
            roles = {"prometheus", "alertmanager", "pushgateway"},
            help = "Prefix for the internal routes of web endpoints. Defaults to path of the URL.")
        String routePrefix,
    @Flag(
            value = "web.enable-lifecycle",
            roles = {"prometheus", "pushgateway"},
            help = "Enable shutdown and reload via HTTP request.")
        boolean enableLifecycle,
    @Flag(
            value = "web.enable-admin-api",
            roles = {"prometheus", "pushgateway"},
            help = "Enable API endpoints for admin control actions.")
        boolean enableAdminApi,
    @Flag(
            value = "web.cors.origin",
            roles = "prometheus",
            help =
                "Regex for CORS origin. It is fully anchored. Example:"
                    + " 'https?://(domain1|domain2)\\.com'")
        @Default(".*")
        String corsOrigin,
    @Flag(value = "web.page-title", roles = "prometheus", help = "Document title of the pages.")
        @Default("Narthex")
        String pageTitle,
    @Help("How long running requests may take to end when the server stops.") @Default("30s")
        Duration shutdownTimeout) {

  /** Checks bounds; addresses and the URL are checked where they are used, with the role known. */
  public WebConfig {
    listenAddress = List.copyOf(listenAddress);
    if (readTimeout.isZero() || readTimeout.isNegative()) {
      throw new IllegalArgumentException(
          "web read timeout out of range; got " + readTimeout + ", want more than 0");
    }
    if (maxConnections <= 0) {
      throw new IllegalArgumentException(
          "web max connections out of range; got " + maxConnections + ", want more than 0");
    }
    if (shutdownTimeout.isNegative()) {
      throw new IllegalArgumentException(
          "web shutdown timeout out of range; got " + shutdownTimeout + ", want 0 or more");
    }
    for (String address : listenAddress) {
      ListenAddress.parse(address);
    }
    try {
      Regex.compile(corsOrigin);
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "could not compile CORS regex string \"" + corsOrigin + "\": " + e.getMessage(), e);
    }
  }
}
