package io.narthex.exporter.host;

/**
 * How metrics are served where the program is itself an exporter: what is kept of the configuration
 * between two reloads. The whole of it is not, because it has the configurations of exporters in
 * it, and these would keep a plugin in memory that has gone.
 *
 * @param path begins with a slash
 * @param withoutOwnMetrics whether the metrics of the process itself are left out
 * @param maxRequests how many scrapes may run at once, 0 for any number
 */
record Telemetry(String path, boolean withoutOwnMetrics, int maxRequests) {
  static Telemetry of(ExportersConfig config) {
    return new Telemetry(
        config.telemetryPath(), config.disableExporterMetrics(), config.maxRequests());
  }
}
