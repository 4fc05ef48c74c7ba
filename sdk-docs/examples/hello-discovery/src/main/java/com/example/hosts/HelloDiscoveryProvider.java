package com.example.hosts;

import io.narthex.api.discovery.Discoverer;
import io.narthex.api.discovery.DiscoveryContext;
import io.narthex.api.discovery.DiscoveryProvider;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import jakarta.inject.Inject;
import org.pf4j.Extension;

/** Makes {@code hello_sd_configs} known wherever targets are discovered. */
@Extension
public final class HelloDiscoveryProvider implements DiscoveryProvider<HostsConfig> {
  private final Counter failures;

  /** Made by the kernel. What is registered here shows at /metrics until the plugin is stopped. */
  @Inject
  public HelloDiscoveryProvider(PrometheusRegistry registry) {
    failures =
        Counter.builder()
            .name("hello_sd_read_failures_total")
            .help("How often a file of hosts could not be read.")
            .labelNames("pool")
            .register(registry);
  }

  @Override
  public String name() {
    return "hello";
  }

  @Override
  public Class<HostsConfig> configType() {
    return HostsConfig.class;
  }

  @Override
  public Discoverer create(HostsConfig config, DiscoveryContext context) {
    return new HostsDiscoverer(
        context.baseDirectory().resolve(config.file()),
        config.refreshInterval(),
        failures.labelValues(context.pool()),
        Thread::sleep);
  }
}
