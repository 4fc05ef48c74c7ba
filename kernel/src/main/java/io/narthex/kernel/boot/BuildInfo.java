package io.narthex.kernel.boot;

import io.prometheus.metrics.core.metrics.Info;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** The metric that tells which version runs. */
final class BuildInfo {
  private BuildInfo() {}

  /**
   * Registers {@code <role>_build_info}, as the program that is stood in for has it, with Narthex's
   * own version as one more label.
   */
  static void register(PrometheusRegistry registry, RunningProgram program) {
    String role = program.role().isEmpty() ? "narthex" : program.role();
    if (role.equals("node_exporter")) {
      // The exporter's plugin has it among its own metrics.
      return;
    }
    Info.builder()
        .name(role + "_build_info")
        .help(
            "A metric with a constant '1' value labeled by version, revision, branch, goversion"
                + " from which "
                + role
                + " was built, and the goos and goarch for the build.")
        .labelNames(
            "version", "revision", "branch", "goversion", "goos", "goarch", "tags", "narthex")
        .register(registry)
        .addLabelValues(
            program.standsInFor(),
            program.revision(),
            "",
            "java" + Runtime.version().feature(),
            "linux",
            System.getProperty("os.arch", ""),
            "",
            program.version());
  }
}
