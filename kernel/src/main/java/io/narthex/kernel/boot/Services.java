package io.narthex.kernel.boot;

import io.narthex.api.service.Service;
import io.narthex.kernel.plugin.PluginHost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts and stops the services of plugins, in their order, and asks whether they are ready; every
 * call with a deadline. A service that fails marks its plugin as failed; the others go on.
 */
final class Services {
  private static final Logger log = LoggerFactory.getLogger(Services.class);
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  /** For questions that are to be answered at once. */
  private static final Duration SHORT = Duration.ofSeconds(2);

  private final PluginHost host;

  /** A service with what it said of itself when it was started, so that nobody need ask again. */
  private record Known(String plugin, Service service, String name, int order) {}

  private final List<Known> started = new CopyOnWriteArrayList<>();
  private final List<Known> mute = new CopyOnWriteArrayList<>();

  /**
   * Those that could not be started, which are not tried again until their plugin comes anew: it
   * would cost the others their deadline at each change of plugins. Names only, because the plugin
   * must not be kept in memory.
   */
  private final List<Failed> failed = new CopyOnWriteArrayList<>();

  private record Failed(String plugin, String type) {
    static Failed of(PluginHost.Owned<Service> owned) {
      return new Failed(owned.pluginId(), owned.extension().getClass().getName());
    }
  }

  private volatile Optional<String> notReady = Optional.empty();

  /** A plugin may still come while the process ends. Guarded by this. */
  private boolean stopped;

  Services(PluginHost host) {
    this.host = host;
  }

  /**
   * Starts the services that are not started yet: of all plugins, or of those that have come since.
   */
  synchronized void startAll() {
    if (stopped) {
      return;
    }
    List<Known> waiting = new ArrayList<>();
    for (PluginHost.Owned<Service> owned : host.owned(Service.class)) {
      if (!failed.contains(Failed.of(owned)) && started.stream().noneMatch(s -> isSame(s, owned))) {
        introduce(owned).ifPresent(waiting::add);
      }
    }
    waiting.sort(Comparator.comparingInt(Known::order));
    for (Known service : waiting) {
      try {
        Bounded.run("service " + service.name + ": start", PATIENCE, service.service::start);
        started.add(service);
      } catch (Bounded.Failed e) {
        failed.add(new Failed(service.plugin, service.service.getClass().getName()));
        report(service.plugin, e);
      }
    }
    askWhetherReady();
  }

  private static boolean isSame(Known known, PluginHost.Owned<Service> owned) {
    return known.plugin.equals(owned.pluginId())
        && known.service.getClass().equals(owned.extension().getClass());
  }

  private Optional<Known> introduce(PluginHost.Owned<Service> owned) {
    Service service = owned.extension();
    try {
      return Optional.of(
          Bounded.call(
              "service " + service.getClass().getName(),
              SHORT,
              () -> new Known(owned.pluginId(), service, service.name(), service.startOrder())));
    } catch (Bounded.Failed e) {
      failed.add(Failed.of(owned));
      report(owned.pluginId(), e);
      return Optional.empty();
    }
  }

  private void report(String plugin, Bounded.Failed failure) {
    log.debug("service failed plugin={}", plugin, failure);
    host.markFailed(plugin, failure.getMessage());
  }

  /** Stops the services of one plugin. */
  synchronized void stopOf(String plugin) {
    failed.removeIf(f -> f.plugin.equals(plugin));
    for (Known service : List.copyOf(started).reversed()) {
      if (service.plugin.equals(plugin)) {
        stop(service);
      }
    }
  }

  /** Stops all services, the last started first. None is started after that. */
  synchronized void stopAll() {
    stopped = true;
    for (Known service : List.copyOf(started).reversed()) {
      stop(service);
    }
  }

  private void stop(Known service) {
    started.remove(service);
    mute.remove(service);
    try {
      Bounded.run("service " + service.name + ": stop", PATIENCE, service.service::stop);
    } catch (Bounded.Failed e) {
      log.warn("Service was not stopped service={} reason={}", service.name, e.getMessage());
      log.debug("Service was not stopped", e);
    }
  }

  /**
   * Why the process is not ready, as of the last time that the services were asked; empty when it
   * is.
   */
  Optional<String> notReady() {
    return notReady;
  }

  /**
   * Asks all services whether they are ready. One that cannot say so marks its plugin as failed and
   * is not asked again, so that it does not keep the others from serving.
   */
  void askWhetherReady() {
    Optional<String> reason = Optional.empty();
    for (Known service : started) {
      if (mute.contains(service)) {
        continue;
      }
      try {
        Optional<String> own =
            Bounded.call(
                "service " + service.name + ": notReady",
                SHORT,
                () -> Objects.requireNonNull(service.service.notReady(), "notReady gave null"));
        reason = reason.isPresent() ? reason : own;
      } catch (Bounded.Failed e) {
        mute.add(service);
        report(service.plugin, e);
      }
    }
    notReady = reason;
  }
}
