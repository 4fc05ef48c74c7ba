package io.narthex.discovery.consul;

import io.narthex.api.config.ConfigException;
import io.narthex.api.discovery.Discoverer;
import io.narthex.api.discovery.TargetSink;
import io.narthex.api.http.HttpCaller;
import io.narthex.discovery.consul.ConsulApi.Indexed;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;

/**
 * Follows the catalog of services, and each service on a virtual thread of its own, by questions
 * that block until there is news.
 */
final class ConsulDiscoverer implements Discoverer {
  /** Makes the client, at the beginning of a run. */
  interface Clients {
    HttpCaller open() throws IOException;
  }

  /** Makes what asks with it. */
  interface Apis {
    ConsulApi with(HttpCaller caller);
  }

  /** A question that can be asked again for news. */
  private interface Question<T> {
    Indexed<T> ask(long index) throws IOException, ConfigException, InterruptedException;
  }

  private final ConsulConfig config;
  private final Clients clients;
  private final Apis apis;

  /** How long is waited after a failure at first, and at most. */
  private final Duration firstPause;

  private final Duration longestPause;

  ConsulDiscoverer(
      ConsulConfig config, Clients clients, Apis apis, Duration firstPause, Duration longestPause) {
    this.config = config;
    this.clients = clients;
    this.apis = apis;
    this.firstPause = firstPause;
    this.longestPause = longestPause;
  }

  @Override
  public void run(TargetSink sink) throws IOException, InterruptedException {
    try (HttpCaller caller = clients.open()) {
      ConsulApi api = apis.with(caller);
      ConsulTargets targets = new ConsulTargets(sink);
      targets.await(Set.of(ConsulTargets.CATALOG));
      String datacenter =
          config.datacenter().isEmpty() ? datacenter(api, targets) : config.datacenter();
      Watches watches = new Watches(api, targets, datacenter);
      try {
        if (config.needsCatalog()) {
          follow(ConsulTargets.CATALOG, targets, api::services, watches::update);
        } else {
          watches.update(namesOnly(config.services()));
          targets.answered(ConsulTargets.CATALOG);
          new CountDownLatch(1).await();
        }
      } finally {
        watches.close();
      }
    }
  }

  private static Map<String, List<String>> namesOnly(List<String> services) {
    Map<String, List<String>> names = new HashMap<>();
    services.forEach(service -> names.put(service, List.of()));
    return names;
  }

  private String datacenter(ConsulApi api, ConsulTargets targets) throws InterruptedException {
    Duration pause = firstPause;
    while (true) {
      try {
        return api.datacenter();
      } catch (IOException | ConfigException | RuntimeException e) {
        pause = pauseAfter(e, ConsulTargets.CATALOG, targets, pause);
      }
    }
  }

  /**
   * Asks for news without end.
   *
   * @param service what is asked for
   * @param news gets each answer that may be another than the one before
   */
  private <T> void follow(
      String service, ConsulTargets targets, Question<T> question, Consumer<T> news)
      throws InterruptedException {
    Pace pace = new Pace(config.refreshInterval(), System::nanoTime, Thread::sleep);
    Duration pause = firstPause;
    long index = 0;
    while (true) {
      pace.take();
      try {
        Indexed<T> answer = question.ask(index);
        pause = firstPause;
        if (answer.index() != index || index == 0) {
          news.accept(answer.value());
        }
        targets.answered(service);
        // Consul has lost a part of its history, as after a restore: what it says counts, but
        // waiting for the old index to be passed could take for ever.
        index = answer.index() < index ? 0 : answer.index();
      } catch (IOException | ConfigException | RuntimeException | Error e) {
        // Errors too: nobody else would hear of the end of this thread.
        pace.giveBack();
        pause = pauseAfter(e, service, targets, pause);
        // Whatever comes back is asked for its state, not for news.
        index = 0;
      }
    }
  }

  /** Tells of a failure and waits; how long to wait after the next. */
  private Duration pauseAfter(Throwable e, String service, ConsulTargets targets, Duration pause)
      throws InterruptedException {
    if (Thread.interrupted()) {
      throw (InterruptedException) new InterruptedException().initCause(e);
    }
    String message = e.getMessage();
    targets.failed(service, message == null || message.isEmpty() ? e.toString() : message);
    Thread.sleep(pause);
    Duration next = pause.multipliedBy(2);
    return next.compareTo(longestPause) > 0 ? longestPause : next;
  }

  /** The services that are followed. For one thread. */
  private final class Watches {
    private final ConsulApi api;
    private final ConsulTargets targets;
    private final String datacenter;
    private final Map<String, Thread> threads = new HashMap<>();

    Watches(ConsulApi api, ConsulTargets targets, String datacenter) {
      this.api = api;
      this.targets = targets;
      this.datacenter = datacenter;
    }

    /** Follows the services that are wanted of these, and no others any more. */
    void update(Map<String, List<String>> services) {
      Set<String> wanted = new TreeSet<>();
      services.forEach((name, tags) -> {
        if (!config.needsCatalog() || config.wants(name, tags)) {
          wanted.add(name);
        }
      });
      Set<String> ended = new HashSet<>(threads.keySet());
      ended.removeAll(wanted);
      for (String name : ended) {
        stop(List.of(threads.remove(name)));
        targets.gone(name);
      }
      wanted.removeAll(threads.keySet());
      if (threads.isEmpty()) {
        targets.await(wanted);
      }
      for (String name : wanted) {
        threads.put(
            name, Thread.ofVirtual().name("discovery-consul-service").start(() -> watch(name)));
      }
    }

    private void watch(String name) {
      try {
        follow(
            name,
            targets,
            index -> api.service(name, index),
            instances ->
                targets.found(
                    name, ConsulTargets.group(name, datacenter, config.tagSeparator(), instances)));
      } catch (InterruptedException e) {
        // Nobody wants it any more.
      }
    }

    /** Ends threads and waits for them, so that they tell nothing afterwards. */
    private void stop(Iterable<Thread> ending) {
      ending.forEach(Thread::interrupt);
      boolean interrupted = false;
      for (Thread thread : ending) {
        try {
          thread.join(Duration.ofSeconds(5));
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }

    void close() {
      stop(threads.values());
      threads.clear();
    }
  }
}
