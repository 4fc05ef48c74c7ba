package io.narthex.web.api;

import io.narthex.api.service.Role;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.pf4j.Extension;

/** The program {@code prometheus}: its defaults, and which of its flags and keys need no plugin. */
@Extension
public final class PrometheusRole implements Role {
  @Override
  public String name() {
    return "prometheus";
  }

  @Override
  public String title() {
    return "Prometheus Server";
  }

  @Override
  public String standsInFor() {
    return "3.14.0";
  }

  @Override
  public int order() {
    return 0;
  }

  @Override
  public String defaultListenAddress() {
    return "0.0.0.0:9090";
  }

  @Override
  public String defaultConfigFile() {
    return "prometheus.yml";
  }

  @Override
  public Map<String, String> flagAliases() {
    return Map.of("storage.tsdb.path", "data.path");
  }

  /** A flag is dropped from here when a plugin declares it: a declared one wins. */
  @Override
  public List<String> flagsWithoutEffect() {
    return List.of(
        // Of Go's run time.
        "auto-gomaxprocs!",
        "auto-gomemlimit!",
        "auto-gomemlimit.ratio",
        "auto-gomemlimit.refresh-interval",
        // Of parts that come with plugins of their own.
        "storage.remote.flush-deadline");
  }

  @Override
  public List<String> knownSections() {
    return List.of(
        "runtime",
        "scrape_config_files",
        "scrape_configs",
        "remote_write",
        "remote_read",
        "tracing");
  }

  @Override
  public List<String> knownFeatures() {
    return List.of(
        "auto-reload-config",
        "concurrent-rule-eval",
        "created-timestamp-zero-ingestion",
        "delayed-compaction",
        "exemplar-storage",
        "extra-scrape-metrics",
        "fast-startup",
        "histograms-st-encoding",
        "memory-snapshot-on-shutdown",
        "metadata-wal-records",
        "native-histograms",
        "old-ui",
        "ooo-native-histograms",
        "otlp-deltatocumulative",
        "otlp-native-delta-ingestion",
        "promql-binop-fill-modifiers",
        "promql-delayed-name-removal",
        "promql-duration-expr",
        "promql-experimental-functions",
        "promql-extended-range-selectors",
        "promql-per-step-stats",
        "search-api",
        "st-storage",
        "st-synthesis",
        "type-and-unit-labels",
        "use-start-timestamps",
        "use-uncached-io",
        "xor2-encoding");
  }

  @Override
  public Map<String, String> featureRemarks() {
    return Map.of(
        "extra-scrape-metrics",
        "This option for --enable-feature is being phased out. It currently changes the default"
            + " for the extra_scrape_metrics config setting to true, but will become a no-op in a"
            + " future version. Stop using this option and set extra_scrape_metrics in the config"
            + " instead.",
        "native-histograms",
        "This option for --enable-feature is a no-op. To scrape native histograms, set the"
            + " scrape_native_histograms scrape config setting to true.",
        "ooo-native-histograms",
        "This option for --enable-feature is now permanently enabled and therefore a no-op.");
  }

  @Override
  public Map<String, String> refusedFlags() {
    Map<String, String> refused = new HashMap<>();
    refused.put("agent", "agent mode is not there yet; this is a server with storage and queries");
    for (String flag :
        List.of(
            "storage.agent.path",
            "storage.agent.wal-segment-size",
            "storage.agent.wal-compression",
            "no-storage.agent.wal-compression",
            "storage.agent.wal-compression-type",
            "storage.agent.wal-truncate-frequency",
            "storage.agent.retention.min-time",
            "storage.agent.retention.max-time",
            "storage.agent.checkpoint-from-in-memory-series",
            "no-storage.agent.checkpoint-from-in-memory-series",
            "storage.agent.checkpoint-batch-size",
            "storage.agent.no-lockfile")) {
      refused.put(flag, "it belongs to agent mode, which is not there yet");
    }
    return refused;
  }

  @Override
  public List<String> knownProviderKeys() {
    return Stream.of(
            "aws",
            "azure",
            "consul",
            "digitalocean",
            "dns",
            "docker",
            "dockerswarm",
            "ec2",
            "ecs",
            "elasticache",
            "eureka",
            "file",
            "gce",
            "hetzner",
            "http",
            "ionos",
            "kubernetes",
            "kuma",
            "lightsail",
            "linode",
            "marathon",
            "msk",
            "nerve",
            "nomad",
            "oci",
            "openstack",
            "outscale",
            "ovhcloud",
            "puppetdb",
            "rds",
            "scaleway",
            "serverset",
            "stackit",
            "triton",
            "uyuni",
            "vultr")
        .map(mechanism -> mechanism + "_sd_configs")
        .toList();
  }
}
