package io.narthex.kernel.web;

import io.narthex.api.plugin.Calls;
import io.narthex.api.web.Handler;
import io.narthex.api.web.MetricsPage;
import io.narthex.api.web.WebRequest;
import io.narthex.api.web.WebResponse;
import io.prometheus.metrics.config.EscapingScheme;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process's own metrics. Each source is asked on a thread of its own; one that throws, does not
 * answer in time, or has not come back from an earlier scrape, is left out and counted, and logged
 * when that begins and ends.
 */
final class MetricsEndpoint implements Handler, MetricsPage {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsEndpoint.class);

  /** What is left of a scraper's patience for writing and for the network, at most. */
  private static final Duration MARGIN = Duration.ofMillis(500);

  private final MetricSources sources;
  private final Duration deadline;
  private final ExpositionFormats formats = ExpositionFormats.init();
  private final Set<String> failing = ConcurrentHashMap.newKeySet();
  private final Counter requests;
  private final Gauge inFlight;
  private final Counter failures;

  /**
   * Makes one.
   *
   * @param deadline for all sources together, where the scraper does not wait for a shorter time
   * @param registry for the endpoint's own metrics, under the names of Go's {@code promhttp}
   */
  MetricsEndpoint(MetricSources sources, Duration deadline, PrometheusRegistry registry) {
    this.sources = sources;
    this.deadline = deadline;
    requests =
        Counter.builder()
            .name("promhttp_metric_handler_requests_total")
            .help("Total number of scrapes by HTTP status code.")
            .labelNames("code")
            .register(registry);
    for (String code : List.of("200", "500", "503")) {
      requests.initLabelValues(code);
    }
    inFlight =
        Gauge.builder()
            .name("promhttp_metric_handler_requests_in_flight")
            .help("Current number of scrapes being served.")
            .register(registry);
    failures =
        Counter.builder()
            .name("narthex_metric_source_failures_total")
            .help("Number of scrapes in which a source of metrics failed or did not answer.")
            .labelNames("source")
            .register(registry);
  }

  @Override
  public void handle(WebRequest request, WebResponse response)
      throws IOException, InterruptedException {
    send(request, response, collect(deadline(request)));
  }

  /** Prometheus tells how long it waits; an answer after that is of no use. */
  private Duration deadline(WebRequest request) {
    try {
      double seconds =
          Double.parseDouble(request.header("X-Prometheus-Scrape-Timeout-Seconds").orElse(""));
      if (seconds > 0 && seconds < 3600) {
        Duration patience = Duration.ofNanos((long) (seconds * 1e9));
        Duration tenth = patience.dividedBy(10);
        Duration useful = patience.minus(tenth.compareTo(MARGIN) < 0 ? tenth : MARGIN);
        return useful.compareTo(deadline) < 0 ? useful : deadline;
      }
    } catch (NumberFormatException e) {
      // No such header, or one without sense; the scrape itself is in order.
      return deadline;
    }
    return deadline;
  }

  @Override
  public void send(WebRequest request, WebResponse response, MetricSnapshots snapshots)
      throws IOException {
    inFlight.inc();
    String code = "500";
    try {
      String accept = request.header("Accept").orElse("");
      ExpositionFormatWriter writer = writer(accept);
      EscapingScheme escaping = EscapingScheme.fromAcceptHeader(accept);
      response.header("Content-Type", writer.getContentType() + escaping.toHeaderFormat());
      writer.write(response.body(), writable(snapshots, escaping), escaping);
      code = "200";
    } finally {
      inFlight.dec();
      requests.labelValues(code).inc();
    }
  }

  /**
   * Without those whose names this escaping would have client_java check again: it refuses the
   * suffix, which a counter of Prometheus has all the same.
   */
  private static MetricSnapshots writable(MetricSnapshots all, EscapingScheme escaping) {
    if (escaping != EscapingScheme.DOTS_ESCAPING) {
      return all;
    }
    return new MetricSnapshots(
        all.stream().filter(m -> !m.getMetadata().getName().endsWith("_created")).toList());
  }

  /** The writer that a client wishes; text where protobuf is wished for and not on board. */
  private ExpositionFormatWriter writer(String accept) {
    ExpositionFormatWriter wished = formats.findWriter(accept);
    if (wished.isAvailable()) {
      return wished;
    }
    return accept.contains("application/openmetrics-text")
        ? formats.getOpenMetricsTextFormatWriter()
        : formats.getPrometheusTextFormatWriter();
  }

  @Override
  public MetricSnapshots own() throws InterruptedException {
    return collect(deadline);
  }

  /**
   * Asks all sources at once.
   *
   * @param within for all of them together
   */
  MetricSnapshots collect(Duration within) throws InterruptedException {
    long end = System.nanoTime() + within.toNanos();
    List<MetricSources.Source> all = sources.all();
    List<Calls.Call<MetricSnapshots>> calls = new ArrayList<>(all.size());
    MergedMetrics merged = new MergedMetrics();
    try {
      for (MetricSources.Source source : all) {
        calls.add(source.calls().call("metrics-" + source.name(), source.collector()::collect));
      }
      for (int i = 0; i < calls.size(); i++) {
        String name = all.get(i).name();
        try {
          add(name, calls.get(i).await(end), merged);
        } catch (ExecutionException e) {
          problem(name, String.valueOf(e.getCause()));
        } catch (TimeoutException e) {
          problem(name, "no answer within " + within.toMillis() + "ms");
        } catch (Calls.StillRunningException e) {
          problem(name, "still running: " + e.getMessage());
        } catch (RuntimeException e) {
          problem(name, e.toString());
        }
      }
    } finally {
      calls.forEach(Calls.Call::end);
    }
    return merged.all();
  }

  private void add(String source, MetricSnapshots metrics, MergedMetrics merged) {
    String clash = "";
    for (MetricSnapshot metric : metrics) {
      if (!merged.add(metric)) {
        clash = metric.getMetadata().getName();
      }
    }
    if (!clash.isEmpty()) {
      problem(
          source,
          "metric " + clash + " is another plugin's already, with another type or the same labels");
    } else if (failing.remove(source)) {
      LOG.atInfo().addKeyValue("source", source).log("Metrics of a source are complete again");
    }
  }

  private void problem(String source, String reason) {
    failures.labelValues(source).inc();
    if (failing.add(source)) {
      LOG.atWarn()
          .addKeyValue("source", source)
          .addKeyValue("reason", reason)
          .log("Metrics of a source are left out");
    }
  }
}
