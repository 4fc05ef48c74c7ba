package io.narthex.exporter.host;

import io.narthex.api.config.Configured;
import io.narthex.api.config.Default;
import io.narthex.api.config.Flag;
import io.narthex.api.config.Help;
import io.narthex.api.config.ProviderKeys;
import io.narthex.api.exporter.ExporterProvider;
import java.util.List;

/**
 * The {@code exporters} section: which exporters run, and where they are served besides {@code
 * /exporters/<name>/metrics} of the main server.
 */
record ExportersConfig(
    @Flag(
            value = "web.telemetry-path",
            help = "Path under which to expose metrics.",
            roles = "node_exporter")
        @Default("/metrics")
        String telemetryPath,
    @Flag(
            value = "web.disable-exporter-metrics",
            help = "Exclude metrics about the exporter itself (promhttp_*, process_*, jvm_*).",
            roles = "node_exporter")
        boolean disableExporterMetrics,
    @Flag(
            value = "web.max-requests",
            help = "Maximum number of parallel scrape requests. Use 0 to disable.",
            roles = "node_exporter")
        @Default("40")
        int maxRequests,
    @Help("Further web servers for exporters, as their own programs would have.")
        List<Server> servers,
    @ProviderKeys(ExporterProvider.class) List<Configured<ExporterProvider<?>>> exporters) {

  ExportersConfig {
    requirePath(telemetryPath);
    if (maxRequests < 0) {
      throw new IllegalArgumentException(
          "cannot limit requests: got max_requests " + maxRequests + ", want 0 or more");
    }
    servers = List.copyOf(servers);
    exporters = List.copyOf(exporters);
  }

  /** Routes give a meaning to segments that begin with a colon or an asterisk. */
  private static void requirePath(String path) {
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException(
          "cannot serve metrics: got telemetry_path \"" + path + "\", want one that begins with /");
    }
    if (path.contains("/:") || path.contains("/*")) {
      throw new IllegalArgumentException(
          "cannot serve metrics: got telemetry_path \""
              + path
              + "\", want one without segments that begin with : or *");
    }
  }

  /**
   * A web server of its own.
   *
   * @param listenAddresses {@code host:port} or {@code :port}
   * @param telemetryPath where the metrics are
   * @param exporters names; empty for all
   * @param webConfigFile TLS and authentication, empty for none
   */
  record Server(
      @Help("Addresses to listen on, host:port or :port.") List<String> listenAddresses,
      @Help("Path of the metrics.") @Default("/metrics") String telemetryPath,
      @Help("Names of the exporters that are served; all when empty.") List<String> exporters,
      @Help("File with TLS and authentication; none when empty.") String webConfigFile) {
    Server {
      listenAddresses = List.copyOf(listenAddresses);
      exporters = List.copyOf(exporters);
      if (listenAddresses.isEmpty()) {
        throw new IllegalArgumentException(
            "cannot open a server for exporters: listen_addresses is empty, want for example"
                + " [\":9100\"]");
      }
      requirePath(telemetryPath);
    }
  }
}
