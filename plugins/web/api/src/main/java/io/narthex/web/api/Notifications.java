package io.narthex.web.api;

import io.narthex.api.plugin.RunningConfiguration;
import io.narthex.api.service.Service;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;

/**
 * What operators should know of at this moment: that the process starts, that the configuration
 * could not be loaded. It starts as long as this service has not been started. Safe for any number
 * of threads.
 */
@Extension
public final class Notifications implements Service {
  static final String STARTING = "Prometheus is starting and replaying the write-ahead log (WAL).";
  static final String RELOAD_FAILED = "Configuration reload has failed.";
  static final String STOPPING =
      "Prometheus is shutting down and gracefully stopping all operations.";

  /** How long a change of the configuration may stay unseen. */
  private static final long LOOK_MILLIS = 1_000;

  /**
   * A notification.
   *
   * @param text for people
   * @param date when it began to be true
   * @param active whether it still is
   */
  record Notification(String text, Instant date, boolean active) {}

  private final RunningConfiguration configuration;
  private final Clock clock;
  private final Instant made;
  private final Gauge subscribers;
  private final Counter sent;

  private volatile NotificationSettings settings = new NotificationSettings(16);
  private volatile boolean started;
  private int followed;

  /** Takes what it looks at. */
  @Inject
  public Notifications(
      RunningConfiguration configuration, PrometheusRegistry registry, Clock clock) {
    this.configuration = configuration;
    this.clock = clock;
    made = clock.instant();
    subscribers =
        Gauge.builder()
            .name("prometheus_api_notification_active_subscribers")
            .help("The current number of active notification subscribers.")
            .register(registry);
    sent =
        Counter.builder()
            .name("prometheus_api_notification_updates_sent_total")
            .help("Total number of notification updates sent.")
            .register(registry);
  }

  void settings(NotificationSettings changed) {
    settings = changed;
  }

  @Override
  public String name() {
    return "notifications";
  }

  /** After all others: only then nothing starts any more. */
  @Override
  public int startOrder() {
    return Integer.MAX_VALUE;
  }

  @Override
  public void start() {
    started = true;
  }

  @Override
  public void stop() {}

  /** Those that are active. */
  List<Notification> current() {
    List<Notification> current = new ArrayList<>();
    if (!started) {
      current.add(new Notification(STARTING, made, true));
    }
    configuration
        .failedAt()
        .ifPresent(date -> current.add(new Notification(RELOAD_FAILED, date, true)));
    return current;
  }

  /** A client that follows; null when there are as many as there may be. Close it. */
  synchronized @Nullable Subscription subscribe() {
    if (followed >= settings.maxSubscribers()) {
      return null;
    }
    followed++;
    subscribers.set(followed);
    return new Subscription();
  }

  private synchronized void unsubscribe() {
    followed--;
    subscribers.set(followed);
  }

  /** What one client has been told. Belongs to one thread but for {@link #end}. */
  final class Subscription implements AutoCloseable {
    private List<Notification> told = List.of();
    private boolean ending;
    private boolean saidSo;

    /** Has {@link #next} tell that the server stops, and then nothing more. */
    synchronized void end() {
      ending = true;
      notifyAll();
    }

    /**
     * What has changed since the last call, waiting for it: all that is active at the first, what
     * is new, and what is no longer true. Empty at the end.
     */
    synchronized List<Notification> next() throws InterruptedException {
      List<Notification> news = news();
      while (news.isEmpty() && !saidSo) {
        wait(LOOK_MILLIS);
        news = news();
      }
      sent.inc(news.size());
      return news;
    }

    private List<Notification> news() {
      if (saidSo) {
        return List.of();
      }
      List<Notification> now = current();
      List<Notification> news = new ArrayList<>();
      for (Notification old : told) {
        if (now.stream().noneMatch(n -> n.text().equals(old.text()))) {
          news.add(new Notification(old.text(), old.date(), false));
        }
      }
      now.stream().filter(n -> !told.contains(n)).forEach(news::add);
      told = now;
      if (ending) {
        news.add(new Notification(STOPPING, clock.instant(), true));
        saidSo = true;
      }
      return news;
    }

    @Override
    public void close() {
      unsubscribe();
    }
  }
}
