package io.narthex.kernel.plugin;

import com.google.inject.AbstractModule;
import com.google.inject.Guice;
import com.google.inject.Injector;
import io.narthex.api.plugin.Features;
import io.narthex.api.plugin.Plugins;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/** An installation in a temporary directory, and a host for it. */
final class HostFixture implements AutoCloseable {
  static final String VERSION = "0.1.0";

  final Path root;
  final Path plugins;
  final PrometheusRegistry metrics = new PrometheusRegistry();
  final List<String> events = Collections.synchronizedList(new ArrayList<>());
  final List<PrometheusRegistry> registries = Collections.synchronizedList(new ArrayList<>());
  PluginSettings settings;
  PluginHost host;

  HostFixture(Path root) throws IOException {
    this.root = root.toRealPath();
    plugins = Files.createDirectories(this.root.resolve("home/plugins"));
    settings =
        PluginSettings.of(
                PluginSettings.ALL, VERSION, this.root.resolve("home"), this.root.resolve("data"))
            .withDeadline(Duration.ofSeconds(20))
            .withPollInterval(Duration.ofMillis(50));
  }

  static Injector kernel() {
    return Guice.createInjector(
        new AbstractModule() {
          @Override
          protected void configure() {
            bind(Clock.class).toInstance(Clock.fixed(Instant.EPOCH, ZoneOffset.UTC));
            bind(Features.class).toInstance(new Features(Set.of()));
          }
        });
  }

  HostFixture open() {
    return open("");
  }

  HostFixture open(String classPath) {
    host =
        new PluginHost(
            settings,
            new PluginListener() {
              @Override
              public void registryAdded(String id, PrometheusRegistry registry) {
                events.add("registry " + id);
                registries.add(registry);
              }

              @Override
              public void afterStart(String id) {
                events.add("started " + id);
              }

              @Override
              public void beforeStop(String id) {
                events.add("stopping " + id);
              }

              @Override
              public void registryRemoved(String id, PrometheusRegistry registry) {
                events.add("gone " + id);
                registries.remove(registry);
              }
            },
            metrics,
            classPath);
    host.open(kernel());
    return this;
  }

  /** Two looks: one to see, one to see that it has not changed. */
  void settle() {
    host.poll();
    host.poll();
  }

  Plugins.Status status(String id) {
    List<Plugins.Status> found =
        host.all().stream().filter(status -> status.id().equals(id)).toList();
    if (found.size() != 1) {
      throw new AssertionError("want one plugin " + id + ", got " + host.all());
    }
    return found.getFirst();
  }

  Plugins.State state(String id) {
    return status(id).state();
  }

  String reason(String id) {
    return status(id).reason();
  }

  List<String> ids() {
    return host.all().stream().map(Plugins.Status::id).toList();
  }

  @Override
  public void close() {
    if (host != null) {
      host.close();
    }
  }
}
