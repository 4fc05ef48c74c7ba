package io.narthex.kernel.web;

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
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The process's own metrics. Each source is asked on a virtual thread of its own; one that throws,
 * or does not answer in time, is left out, logged when that begins, and counted.
 */
final class MetricsEndpoint implements Handler, MetricsPage {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsEndpoint.class);

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
   * @param deadline for all sources together
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
    send(request, response, collect());
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
      writer.write(response.body(), snapshots, escaping);
      code = "200";
    } finally {
      inFlight.dec();
      requests.labelValues(code).inc();
    }
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
    return collect();
  }

  /** Asks all sources at once. */
  MetricSnapshots collect() throws InterruptedException {
    List<MetricSources.Source> all = sources.all();
    List<FutureTask<MetricSnapshots>> tasks = new ArrayList<>(all.size());
    for (MetricSources.Source source : all) {
      FutureTask<MetricSnapshots> task = new FutureTask<>(source.collector()::collect);
      tasks.add(task);
      Thread.ofVirtual().name("metrics-" + source.name()).start(task);
    }
    MergedMetrics merged = new MergedMetrics();
    long end = System.nanoTime() + deadline.toNanos();
    try {
      for (int i = 0; i < tasks.size(); i++) {
        String name = all.get(i).name();
        try {
          long left = Math.max(0, end - System.nanoTime());
          for (MetricSnapshot metric : tasks.get(i).get(left, TimeUnit.NANOSECONDS)) {
            if (!merged.add(metric)) {
              problem(
                  name,
                  "metric "
                      + metric.getMetadata().getName()
                      + " is another plugin's already, with another type or the same labels");
            }
          }
          failing.remove(name);
        } catch (ExecutionException e) {
          problem(name, String.valueOf(e.getCause()));
        } catch (TimeoutException e) {
          problem(name, "no answer within " + deadline.toSeconds() + "s");
        } catch (RuntimeException e) {
          problem(name, e.toString());
        }
      }
    } finally {
      tasks.forEach(task -> task.cancel(true));
    }
    return merged.all();
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
