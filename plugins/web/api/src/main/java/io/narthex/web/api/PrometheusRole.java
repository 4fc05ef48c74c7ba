package io.narthex.web.api;

import io.narthex.api.service.Role;
import java.util.List;
import java.util.Map;
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
        "web.max-notifications-subscribers",
        "web.user-assets",
        "web.console.templates",
        "web.console.libraries",
        "web.search.max-limit",
        "storage.remote.flush-deadline",
        "storage.remote.read-sample-limit",
        "storage.remote.read-concurrent-limit",
        "storage.remote.read-max-bytes-in-frame",
        "rules.alert.for-outage-tolerance",
        "rules.alert.for-grace-period",
        "rules.alert.resend-delay",
        "rules.max-concurrent-evals",
        "alertmanager.notification-queue-capacity",
        "alertmanager.notification-batch-size",
        "alertmanager.drain-notification-queue-on-shutdown!");
  }

  @Override
  public List<String> knownSections() {
    return List.of(
        "runtime",
        "rule_files",
        "scrape_config_files",
        "scrape_configs",
        "alerting",
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
}
