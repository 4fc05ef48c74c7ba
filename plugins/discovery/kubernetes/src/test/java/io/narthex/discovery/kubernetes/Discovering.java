package io.narthex.discovery.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.config.Defaults;
import io.narthex.api.discovery.Discoverer;
import io.narthex.api.discovery.TargetGroup;
import io.narthex.api.discovery.TargetSink;
import io.narthex.api.http.HttpClientConfig;
import io.narthex.api.http.JdkCaller;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** A discoverer that runs, and what it has said; for tests. */
final class Discovering implements TargetSink, AutoCloseable {
  static final KubernetesConfig.AttachMetadata NOTHING =
      new KubernetesConfig.AttachMetadata(false, false, false, false, false);

  private final PrometheusRegistry registry;
  private final Map<String, TargetGroup> groups = new TreeMap<>();
  private final List<List<TargetGroup>> updates = new ArrayList<>();
  private final Thread thread;
  private String failing = "";
  private Throwable ended = new AssertionError("runs");

  Discovering(KubernetesConfig config) {
    this(config, ServiceAccount.ofThisPod(), Duration.ofMinutes(3));
  }

  Discovering(KubernetesConfig config, ServiceAccount account, Duration silence) {
    this(new PrometheusRegistry(), config, account, silence);
  }

  private Discovering(
      PrometheusRegistry registry,
      KubernetesConfig config,
      ServiceAccount account,
      Duration silence) {
    this(registry, discoveries(registry, account, silence).discoverer(config, Path.of("")));
  }

  Discovering(PrometheusRegistry registry, Discoverer discoverer) {
    this.registry = registry;
    thread =
        Thread.ofVirtual()
            .start(() -> {
              try {
                discoverer.run(this);
              } catch (Throwable e) {
                synchronized (this) {
                  ended = e;
                }
              }
            });
  }

  /** Discoveries that do not wait for long. */
  static SharedDiscoveries discoveries(
      PrometheusRegistry registry, ServiceAccount account, Duration silence) {
    KubernetesMetrics metrics = new KubernetesMetrics(registry);
    return new SharedDiscoveries((config, baseDirectory) ->
        new KubernetesDiscoverer(
            config,
            baseDirectory,
            JdkCaller.clients(),
            metrics,
            account,
            failures -> Thread.sleep(Duration.ofMillis(Math.min(100, 10L * failures))),
            silence));
  }

  /** A configuration with a server, a role, and nothing else. */
  static KubernetesConfig config(String server, String role) {
    return config(server, role, List.of(), NOTHING, List.of());
  }

  static KubernetesConfig config(
      String server,
      String role,
      List<String> namespaces,
      KubernetesConfig.AttachMetadata attach,
      List<KubernetesConfig.Selector> selectors) {
    return new KubernetesConfig(
        server,
        role,
        "",
        Defaults.of(HttpClientConfig.class),
        new KubernetesConfig.Namespaces(false, namespaces),
        selectors,
        attach);
  }

  @Override
  public synchronized void update(List<TargetGroup> changed) {
    take(changed);
    failing = "";
  }

  @Override
  public synchronized void updatePartly(List<TargetGroup> changed, String reason) {
    take(changed);
    failing = reason;
  }

  private void take(List<TargetGroup> changed) {
    updates.add(changed);
    for (TargetGroup group : changed) {
      if (group.targets().isEmpty()) {
        groups.remove(group.source());
      } else {
        groups.put(group.source(), group);
      }
    }
  }

  @Override
  public synchronized void failing(String reason) {
    failing = reason;
  }

  /** The groups at present, by their source. */
  synchronized Map<String, TargetGroup> groups() {
    return new TreeMap<>(groups);
  }

  /** What each update has brought. */
  synchronized List<List<TargetGroup>> updates() {
    return List.copyOf(updates);
  }

  /** Why it fails at present; empty when it does not. */
  synchronized String failing() {
    return failing;
  }

  synchronized Throwable ended() {
    return ended;
  }

  /** The addresses of all targets, by group. */
  Map<String, List<String>> addresses() {
    Map<String, List<String>> addresses = new TreeMap<>();
    groups()
        .forEach((source, group) ->
            addresses.put(
                source,
                group.targets().stream().map(target -> target.get("__address__")).toList()));
    return addresses;
  }

  double counter(String name, String... labels) {
    return registry.scrape(name::equals).stream()
        .filter(CounterSnapshot.class::isInstance)
        .flatMap(snapshot -> ((CounterSnapshot) snapshot).getDataPoints().stream())
        .filter(point -> point.getLabels().equals(Labels.of(labels)))
        .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
        .sum();
  }

  /** Waits until something is as it should be. */
  <T> void await(Supplier<T> actual, T expected) throws InterruptedException {
    BooleanSupplier met = () -> expected.equals(actual.get());
    long deadline = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!met.getAsBoolean() && thread.isAlive() && System.nanoTime() < deadline) {
      Thread.sleep(5);
    }
    if (!met.getAsBoolean() && !thread.isAlive()) {
      throw new AssertionError("the discoverer has ended", ended());
    }
    assertThat(actual.get()).as("after 30 s; failing: %s", failing()).isEqualTo(expected);
  }

  /** Waits until it has ended by itself, and says why. */
  Throwable awaitEnd() throws InterruptedException {
    assertThat(thread.join(Duration.ofSeconds(30))).as("has ended").isTrue();
    return ended();
  }

  @Override
  public void close() throws InterruptedException {
    thread.interrupt();
    assertThat(thread.join(Duration.ofSeconds(30))).as("has ended").isTrue();
  }
}
