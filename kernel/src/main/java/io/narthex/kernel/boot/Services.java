package io.narthex.kernel.boot;

import io.narthex.api.service.Service;
import io.narthex.kernel.plugin.PluginHost;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts and stops the services of plugins, in their order, each with a deadline. A service that
 * fails marks its plugin as failed; the others go on.
 */
final class Services {
  private static final Logger log = LoggerFactory.getLogger(Services.class);
  private static final long DEADLINE_SECONDS = 15;

  private final PluginHost host;
  private final List<PluginHost.Owned<Service>> started = new ArrayList<>();

  Services(PluginHost host) {
    this.host = host;
  }

  /**
   * Starts the services that are not started yet: of all plugins, or of those that have come since.
   */
  synchronized void startAll() {
    List<PluginHost.Owned<Service>> waiting = new ArrayList<>(host.owned(Service.class));
    waiting.removeIf(s -> started.stream().anyMatch(other -> same(other, s)));
    waiting.sort(Comparator.comparingInt(s -> s.extension().startOrder()));
    for (PluginHost.Owned<Service> service : waiting) {
      Optional<String> failure = bounded("start", service, () -> start(service.extension()));
      if (failure.isEmpty()) {
        started.add(service);
      } else {
        host.markFailed(
            service.pluginId(),
            "cannot start service " + service.extension().name() + ": " + failure.get());
      }
    }
  }

  private static boolean same(PluginHost.Owned<Service> a, PluginHost.Owned<Service> b) {
    return a.pluginId().equals(b.pluginId())
        && a.extension().getClass().equals(b.extension().getClass());
  }

  private static Void start(Service service) throws Exception {
    service.start();
    return null;
  }

  /** Stops the services of one plugin. */
  synchronized void stopOf(String plugin) {
    for (PluginHost.Owned<Service> service : List.copyOf(started).reversed()) {
      if (service.pluginId().equals(plugin)) {
        stop(service);
      }
    }
  }

  /** Stops all services, the last started first. */
  synchronized void stopAll() {
    for (PluginHost.Owned<Service> service : List.copyOf(started).reversed()) {
      stop(service);
    }
  }

  private void stop(PluginHost.Owned<Service> service) {
    started.remove(service);
    bounded(
        "stop",
        service,
        () -> {
          service.extension().stop();
          return null;
        });
  }

  /** Why the process is not ready; empty when it is. */
  synchronized Optional<String> notReady() {
    for (PluginHost.Owned<Service> service : started) {
      Optional<String> reason = service.extension().notReady();
      if (reason.isPresent()) {
        return reason;
      }
    }
    return Optional.empty();
  }

  /**
   * Runs a call on a thread of its own, for so long and no longer; the reason of a failure, if any.
   */
  private static Optional<String> bounded(
      String what,
      PluginHost.Owned<Service> service,
      java.util.concurrent.Callable<@org.jspecify.annotations.Nullable Void> call) {
    String name = service.extension().name();
    FutureTask<@org.jspecify.annotations.Nullable Void> task = new FutureTask<>(call);
    Thread thread = Thread.ofVirtual().name("service-" + name).start(task);
    try {
      task.get(DEADLINE_SECONDS, TimeUnit.SECONDS);
      return Optional.empty();
    } catch (ExecutionException e) {
      log.error(
          "service failed service={} action={} reason={}",
          name,
          what,
          String.valueOf(e.getCause()));
      log.debug("service failed service={}", name, e.getCause());
      return Optional.of(String.valueOf(e.getCause()));
    } catch (TimeoutException e) {
      thread.interrupt();
      log.error(
          "service does not answer service={} action={} seconds={}", name, what, DEADLINE_SECONDS);
      return Optional.of("no answer within " + DEADLINE_SECONDS + " s");
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
      return Optional.of("interrupted");
    }
  }
}
