package io.narthex.kernel.boot;

import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** The metric that tells which version runs. */
final class BuildInfo {
  private BuildInfo() {}

  /** Registers {@code <role>_build_info}, as the program that is stood in for has it. */
  static void register(PrometheusRegistry registry, RunningProgram program) {
    String role = program.role().isEmpty() ? "narthex" : program.role();
    if (role.equals("node_exporter")) {
      // The exporter's plugin has it among its own metrics.
      return;
    }
    Gauge.builder()
        .name(role + "_build")
        .help(
            "A metric with a constant '1' value labeled by version, revision, branch, goversion"
                + " from which "
                + role
                + " was built, and the goos and goarch for the build.")
        .labelNames(
            "version", "revision", "branch", "goversion", "goos", "goarch", "tags", "narthex")
        .register(registry)
        .labelValues(
            program.standsInFor(),
            program.revision(),
            "",
            "java" + Runtime.version().feature(),
            "linux",
            System.getProperty("os.arch", ""),
            "",
            program.version())
        .set(1);
  }
}
