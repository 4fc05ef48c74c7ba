package io.narthex.exporter.host;

import io.narthex.api.web.Handler;
import io.narthex.api.web.HttpError;
import io.narthex.api.web.MetricsPage;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import io.prometheus.metrics.model.registry.PrometheusScrapeRequest;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Answers a scrape of one or several exporters. */
final class TelemetryHandler implements Handler {
  /**
   * A scrape that says nothing of its timeout is given this long; Prometheus's own default is the
   * same.
   */
  private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

  /** What is left of a scraper's patience for writing and for the network, at most. */
  private static final Duration MARGIN = Duration.ofMillis(500);

  private static final Logger log = LoggerFactory.getLogger(TelemetryHandler.class);

  /** Which exporters a request is for. */
  @FunctionalInterface
  interface Choice {
    /**
     * Chooses.
     *
     * @throws HttpError when there is none
     */
    List<RunningExporter> of(WebRequest request) throws HttpError;
  }

  private final Exporters exporters;
  private final MetricsPage page;
  private final Choice choice;
  private final boolean withOwnMetrics;
  private final int maxRequests;
  private final @Nullable Semaphore slots;

  /**
   * Makes one.
   *
   * @param choice which exporters a request asks for
   * @param withOwnMetrics whether the process's own metrics are added
   * @param maxRequests how many scrapes may run at once, 0 for any number
   */
  TelemetryHandler(
      Exporters exporters,
      MetricsPage page,
      Choice choice,
      boolean withOwnMetrics,
      int maxRequests) {
    this.exporters = exporters;
    this.page = page;
    this.choice = choice;
    this.withOwnMetrics = withOwnMetrics;
    this.maxRequests = maxRequests;
    this.slots = maxRequests == 0 ? null : new Semaphore(maxRequests);
  }

  @Override
  public void handle(WebRequest request, WebResponse response)
      throws IOException, InterruptedException {
    if (slots != null && !slots.tryAcquire()) {
      throw new HttpError(
          503, "Limit of concurrent requests reached (" + maxRequests + "), try again later.");
    }
    try {
      page.send(request, response, collect(request));
    } catch (CollectException e) {
      throw new HttpError(e.status(), e.getMessage());
    } finally {
      if (slots != null) {
        slots.release();
      }
    }
  }

  private MetricSnapshots collect(WebRequest request)
      throws CollectException, HttpError, InterruptedException {
    Parameters parameters = new Parameters(request);
    List<RunningExporter> chosen = choice.of(request);
    Duration deadline = deadline(request);
    if (!withOwnMetrics) {
      return exporters.collect(chosen, parameters, !parameters.values().isEmpty(), deadline);
    }
    long end = System.nanoTime() + deadline.toNanos();
    // Beside the exporters, so that neither takes the other's time. It is the kernel's code, which
    // waits: a virtual thread will do.
    FutureTask<MetricSnapshots> own = new FutureTask<>(page::own);
    Thread.ofVirtual().name("exporter-own-metrics").start(own);
    try {
      return merged(
          exporters.collect(chosen, parameters, !parameters.values().isEmpty(), deadline),
          own(own, end));
    } finally {
      own.cancel(true);
    }
  }

  /** The process's own metrics; none when they do not come in time. */
  private static MetricSnapshots own(FutureTask<MetricSnapshots> task, long end)
      throws InterruptedException {
    try {
      return task.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      log.debug("own metrics are left out: they did not come in time");
    } catch (ExecutionException e) {
      log.warn("own metrics are left out reason=\"{}\"", String.valueOf(e.getCause()));
    }
    return MetricSnapshots.of();
  }

  private static MetricSnapshots merged(MetricSnapshots collected, MetricSnapshots own) {
    Set<String> families = new HashSet<>();
    MetricSnapshots.Builder all = MetricSnapshots.builder();
    for (MetricSnapshot snapshot : collected) {
      families.add(snapshot.getMetadata().getPrometheusName());
      all.metricSnapshot(snapshot);
    }
    for (MetricSnapshot snapshot : own) {
      if (families.add(snapshot.getMetadata().getPrometheusName())) {
        all.metricSnapshot(snapshot);
      }
    }
    return all.build();
  }

  /** Prometheus tells how long it will wait; an answer after that is of no use. */
  private static Duration deadline(WebRequest request) {
    Duration patience = timeout(request);
    Duration tenth = patience.dividedBy(10);
    return patience.minus(tenth.compareTo(MARGIN) < 0 ? tenth : MARGIN);
  }

  private static Duration timeout(WebRequest request) {
    Optional<String> seconds = request.header("X-Prometheus-Scrape-Timeout-Seconds");
    if (seconds.isPresent()) {
      try {
        double value = Double.parseDouble(seconds.get());
        if (value > 0 && value < 3600) {
          return Duration.ofMillis(Math.max(1, (long) (value * 1000)));
        }
      } catch (NumberFormatException e) {
        // Whoever sends such a header gets the default; the scrape itself is in order.
        return DEFAULT_TIMEOUT;
      }
    }
    return DEFAULT_TIMEOUT;
  }

  /** The request as collectors see it. */
  private record Parameters(String path, Map<String, List<String>> values)
      implements PrometheusScrapeRequest {
    Parameters(WebRequest request) {
      this(request.path(), request.queryParameters());
    }

    @Override
    public String getRequestPath() {
      return path;
    }

    @Override
    public String @Nullable [] getParameterValues(String name) {
      List<String> found = values.get(name);
      return found == null ? null : found.toArray(String[]::new);
    }
  }
}
