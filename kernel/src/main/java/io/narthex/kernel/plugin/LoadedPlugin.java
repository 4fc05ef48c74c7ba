package io.narthex.kernel.plugin;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/** A plugin between its load and its unload. Changed by {@link PluginHost}'s thread only. */
final class LoadedPlugin {
  private final Found found;
  private final PluginFiles files;
  private final ClassLoader loader;
  private final PrometheusRegistry registry = new PrometheusRegistry();

  /** What it asked to be told; added to by threads of the plugin too. */
  private final List<AutoCloseable> subscriptions = new CopyOnWriteArrayList<>();

  private List<Object> instances = List.of();
  private Set<String> names = Set.of();
  private boolean announced;
  private String fault = "";

  LoadedPlugin(Found found, PluginFiles files, ClassLoader loader) {
    this.found = found;
    this.files = files;
    this.loader = loader;
  }

  String id() {
    return found.id();
  }

  Found found() {
    return found;
  }

  PluginFiles files() {
    return files;
  }

  ClassLoader loader() {
    return loader;
  }

  PrometheusRegistry registry() {
    return registry;
  }

  List<AutoCloseable> subscriptions() {
    return subscriptions;
  }

  /** Its extensions, one of each class. */
  List<Object> instances() {
    return instances;
  }

  /** The names that its extensions claim, see {@link UniqueNames}. */
  Set<String> names() {
    return names;
  }

  void made(List<Object> extensions, Set<String> claimed) {
    instances = extensions;
    names = claimed;
  }

  /** Whether the listener knows of it. */
  boolean announced() {
    return announced;
  }

  void announce() {
    announced = true;
  }

  /** Why it is shown as failed although it runs; empty when it is not. */
  String fault() {
    return fault;
  }

  void fail(String reason) {
    fault = reason;
  }

  /** Lets go of what is its own. */
  void forget() {
    instances = List.of();
    registry.clear();
  }
}
