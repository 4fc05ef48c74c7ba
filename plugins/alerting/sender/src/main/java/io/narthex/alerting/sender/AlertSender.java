package io.narthex.alerting.sender;

import io.narthex.api.alert.Alert;
import io.narthex.api.alert.AlertReceiver;
import io.narthex.api.alert.AlertSink;
import io.narthex.api.alert.AlertmanagersView;
import io.narthex.api.config.Defaults;
import io.narthex.api.discovery.DiscoverySupervisor;
import io.narthex.api.model.Labels;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.relabel.Relabeller;
import io.narthex.api.service.Service;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings alerts to all Alertmanagers: those of the section {@code alerting}, and those that are
 * plugins of this process. Safe for any number of threads.
 */
@Extension
public final class AlertSender implements AlertSink, AlertmanagersView, Service {
  private static final Logger LOG = LoggerFactory.getLogger(AlertSender.class);

  /** How long draining may take at the end of the process. */
  private static final Duration STOP_WITHIN = Duration.ofSeconds(10);

  /**
   * What becomes of alerts before they are sent.
   *
   * @param external labels that are added where an alert has none of that name
   */
  record Treatment(Labels external, Relabeller relabeller) {
    static final Treatment NONE = new Treatment(Labels.empty(), Relabeller.of(List.of()));
  }

  private final Extensions extensions;
  private final SendingMetrics metrics;
  private volatile SendingConfig settings = Defaults.of(SendingConfig.class);
  private volatile Treatment treatment = Treatment.NONE;

  /** Those in force, in the order of the configuration. */
  private volatile List<AlertmanagerSet> sets = List.of();

  /** Guarded by this, as are those below. */
  private final Map<AlertReceiver, AlertQueue> receivers = new HashMap<>();

  private boolean started;
  private @Nullable AutoCloseable subscription;

  @Inject
  public AlertSender(Extensions extensions, PrometheusRegistry registry) {
    this.extensions = extensions;
    this.metrics = new SendingMetrics(registry);
    metrics.capacity(settings.queueCapacity());
    GaugeWithCallback.builder()
        .name("prometheus_notifications_alertmanagers_discovered")
        .help("The number of alertmanagers discovered and active.")
        .callback(c -> c.call(active().size()))
        .register(registry);
    discoveryMetrics(registry);
  }

  private void discoveryMetrics(PrometheusRegistry registry) {
    GaugeWithCallback.builder()
        .name("prometheus_sd_discovered_targets")
        .help("Current number of discovered targets.")
        .labelNames("name", "config")
        .callback(c -> supervisors((name, s) -> c.call(s.targets(), "notify", name)))
        .register(registry);
    GaugeWithCallback.builder()
        .name("narthex_sd_failures")
        .help("Current number of reasons for which service discovery of a job fails.")
        .labelNames("name", "config")
        .callback(c -> supervisors((name, s) -> c.call(s.failures().size(), "notify", name)))
        .register(registry);
    GaugeWithCallback.builder()
        .name("prometheus_sd_failed_configs")
        .help("Current number of service discovery configurations that failed to load.")
        .labelNames("name")
        .callback(c -> c.call(sum(DiscoverySupervisor::failedConfigurations), "notify"))
        .register(registry);
    CounterWithCallback.builder()
        .name("prometheus_sd_received_updates_total")
        .help("Total number of update events received from the SD providers.")
        .labelNames("name")
        .callback(c -> c.call(sum(DiscoverySupervisor::updatesReceived), "notify"))
        .register(registry);
    CounterWithCallback.builder()
        .name("prometheus_sd_updates_total")
        .help("Total number of update events sent to the SD consumers.")
        .labelNames("name")
        .callback(c -> c.call(sum(DiscoverySupervisor::updatesDelivered), "notify"))
        .register(registry);
  }

  private void supervisors(BiConsumer<String, DiscoverySupervisor> action) {
    List<AlertmanagerSet> all = sets;
    for (int i = 0; i < all.size(); i++) {
      DiscoverySupervisor supervisor = all.get(i).supervisor();
      if (supervisor != null) {
        action.accept(AlertingSection.name(i), supervisor);
      }
    }
  }

  private long sum(ToLongFunction<DiscoverySupervisor> what) {
    long[] sum = new long[1];
    supervisors((name, supervisor) -> sum[0] += what.applyAsLong(supervisor));
    return sum[0];
  }

  @Override
  public String name() {
    return "alert-sender";
  }

  /** Before rules, and so stopped after them: the last alerts go out, too. */
  @Override
  public int startOrder() {
    return 40;
  }

  void settings(SendingConfig next) {
    settings = next;
    metrics.capacity(next.queueCapacity());
  }

  /** Those in force, for comparison with the next ones. */
  List<AlertmanagerSet> sets() {
    return sets;
  }

  /**
   * Takes over a configuration.
   *
   * @param next all sets; those in force that are not among them end
   */
  synchronized void apply(Treatment nextTreatment, List<AlertmanagerSet> next) {
    List<AlertmanagerSet> before = sets;
    treatment = nextTreatment;
    sets = List.copyOf(next);
    if (started) {
      next.stream()
          .filter(set -> !before.contains(set))
          .forEach(set -> set.start(settings, metrics));
    }
    before.stream().filter(set -> !next.contains(set)).forEach(AlertmanagerSet::retire);
  }

  @Override
  public synchronized void start() {
    if (started) {
      return;
    }
    started = true;
    subscription = extensions.onChange(this::receivers);
    receivers();
    sets.forEach(set -> set.start(settings, metrics));
  }

  /** Gives each Alertmanager of this process a queue, and ends those of plugins that are gone. */
  private void receivers() {
    List<AlertQueue> gone = new ArrayList<>();
    synchronized (this) {
      if (!started) {
        return;
      }
      List<AlertReceiver> present = extensions.all(AlertReceiver.class);
      receivers
          .entrySet()
          .removeIf(entry -> {
            if (present.contains(entry.getKey())) {
              return false;
            }
            entry.getValue().end();
            gone.add(entry.getValue());
            return true;
          });
      for (AlertReceiver receiver : present) {
        if (!receivers.containsKey(receiver)) {
          receivers.put(
              receiver, new AlertQueue(receiver.name(), receiver::receive, settings, metrics));
        }
      }
    }
    // Nobody is there who would take the rest.
    AlertQueue.await(gone, System.nanoTime());
  }

  @Override
  public void send(List<Alert> alerts) {
    Treatment current = treatment;
    List<Alert> treated = relabelled(alerts, current.external(), current.relabeller());
    if (treated.isEmpty()) {
      return;
    }
    sets.forEach(set -> set.send(treated));
    synchronized (this) {
      receivers.values().forEach(queue -> queue.add(treated));
    }
  }

  /** The alerts that relabelling keeps. */
  static List<Alert> relabelled(List<Alert> alerts, Labels external, Relabeller relabeller) {
    if (external.isEmpty() && relabeller.isEmpty()) {
      return alerts;
    }
    List<Alert> kept = new ArrayList<>(alerts.size());
    for (Alert alert : alerts) {
      Labels.Builder labels = alert.labels().toBuilder();
      external.forEach((name, value) -> {
        if (alert.labels().get(name).isEmpty()) {
          labels.set(name, value);
        }
      });
      if (relabeller.apply(labels)) {
        kept.add(
            new Alert(
                labels.build(),
                alert.annotations(),
                alert.startsAt(),
                alert.endsAt(),
                alert.generatorUrl()));
      }
    }
    return kept;
  }

  @Override
  public List<String> active() {
    return sets.stream().flatMap(set -> set.active().stream()).toList();
  }

  @Override
  public List<String> dropped() {
    return sets.stream().flatMap(set -> set.dropped().stream()).toList();
  }

  @Override
  public void stop() {
    List<AlertmanagerSet> stopping;
    List<AlertQueue> ending = new ArrayList<>();
    AutoCloseable closing;
    synchronized (this) {
      stopping = sets;
      sets = List.of();
      started = false;
      closing = subscription;
      subscription = null;
      ending.addAll(receivers.values());
      receivers.clear();
    }
    if (closing != null) {
      try {
        closing.close();
      } catch (Exception e) {
        LOG.atWarn().setMessage("Ending a subscription failed").setCause(e).log();
      }
    }
    ending.forEach(AlertQueue::end);
    stopping.forEach(set -> ending.addAll(set.stop()));
    AlertQueue.await(ending, System.nanoTime() + STOP_WITHIN.toNanos());
    stopping.forEach(AlertmanagerSet::close);
  }
}
