package io.narthex.exporter.host;

import io.narthex.api.exporter.ExporterProvider;
import io.narthex.api.plugin.Calls;
import io.narthex.api.plugin.Extensions;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Summary;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.registry.PrometheusScrapeRequest;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import org.pf4j.Extension;
import org.pf4j.ExtensionPoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The exporters that run now. Safe for any number of threads. */
@Extension
public final class Exporters implements ExtensionPoint {
  private static final Logger log = LoggerFactory.getLogger(Exporters.class);
  private static final double NANOS = 1e9;

  private final Summary duration;
  private final Counter failures;

  /** What failed at the last scrape, by exporter: what repeats is counted and not logged. */
  private final Set<String> failing = ConcurrentHashMap.newKeySet();

  private volatile List<RunningExporter> running = List.of();

  /** Watches for plugins that leave, so that what they made goes with them. */
  @Inject
  public Exporters(Extensions extensions, PrometheusRegistry registry) {
    duration =
        Summary.builder()
            .name("narthex_exporter_collect_duration_seconds")
            .help("Time that an exporter took to answer a scrape.")
            .labelNames("exporter")
            .register(registry);
    failures =
        Counter.builder()
            .name("narthex_exporter_collect_failures_total")
            .help("Scrapes in which an exporter failed, was too slow, or was left out in part.")
            .labelNames("exporter")
            .register(registry);
    extensions.onChange(() -> dropThoseOfStoppedPlugins(extensions));
  }

  List<RunningExporter> running() {
    return running;
  }

  Optional<RunningExporter> find(String name) {
    return running.stream().filter(e -> e.name().equals(name)).findFirst();
  }

  /** Replaces the exporters; those that are not among the new ones are closed. */
  synchronized void replace(List<RunningExporter> next) {
    List<RunningExporter> before = running;
    running = List.copyOf(next);
    for (RunningExporter exporter : running) {
      duration.initLabelValues(exporter.name());
      failures.initLabelValues(exporter.name());
      if (!before.contains(exporter)) {
        log.info("exporter runs exporter={}", exporter.name());
      }
    }
    for (RunningExporter old : before) {
      if (!running.contains(old)) {
        old.close();
        if (find(old.name()).isEmpty()) {
          failing.remove(old.name());
          duration.remove(old.name());
          failures.remove(old.name());
          log.info("exporter has ended exporter={}", old.name());
        }
      }
    }
  }

  private synchronized void dropThoseOfStoppedPlugins(Extensions extensions) {
    @SuppressWarnings("rawtypes")
    List<ExporterProvider> present = extensions.all(ExporterProvider.class);
    List<RunningExporter> kept = new ArrayList<>();
    for (RunningExporter exporter : running) {
      if (present.stream().anyMatch(exporter::isMadeBy)) {
        kept.add(exporter);
      }
    }
    if (kept.size() != running.size()) {
      replace(kept);
    }
  }

  /**
   * Asks exporters, all at once, each on a thread of its own. Of several, those that fail, do not
   * come in time or have not come back from an earlier scrape are left out, and so are families
   * that another one has given already.
   *
   * @param request what they are asked for
   * @param withParameters whether the request has parameters that an exporter may refuse
   * @param deadline for all of them together
   * @throws CollectException when an exporter refuses the parameters, or none has an answer
   */
  MetricSnapshots collect(
      List<RunningExporter> exporters,
      PrometheusScrapeRequest request,
      boolean withParameters,
      Duration deadline)
      throws CollectException, InterruptedException {
    long end = System.nanoTime() + deadline.toNanos();
    List<Calls.Call<MetricSnapshots>> calls = new ArrayList<>(exporters.size());
    Map<String, String> ownerByFamily = new HashMap<>();
    MetricSnapshots.Builder all = MetricSnapshots.builder();
    CollectException first = null;
    int answered = 0;
    try {
      for (RunningExporter exporter : exporters) {
        calls.add(
            exporter.calls().call("exporter-" + exporter.name(), () -> timed(exporter, request)));
      }
      for (int i = 0; i < calls.size(); i++) {
        String name = exporters.get(i).name();
        try {
          MetricSnapshots snapshots = await(name, calls.get(i), withParameters, end, deadline);
          add(name, snapshots, ownerByFamily, all);
          answered++;
        } catch (CollectException e) {
          if (e.status() == CollectException.BAD_REQUEST) {
            throw e;
          }
          failed(name, e.getMessage());
          first = first == null ? e : first;
        }
      }
    } finally {
      calls.forEach(Calls.Call::end);
    }
    if (answered == 0 && first != null) {
      throw first;
    }
    return all.build();
  }

  private MetricSnapshots timed(RunningExporter exporter, PrometheusScrapeRequest request) {
    long start = System.nanoTime();
    try {
      return exporter.collector().collect(request);
    } finally {
      // One that has gone meanwhile must not come back into the metrics.
      if (running.contains(exporter)) {
        duration.labelValues(exporter.name()).observe((System.nanoTime() - start) / NANOS);
      }
    }
  }

  private void add(
      String name,
      MetricSnapshots snapshots,
      Map<String, String> ownerByFamily,
      MetricSnapshots.Builder all) {
    String clash = "";
    for (MetricSnapshot snapshot : snapshots) {
      String family = snapshot.getMetadata().getPrometheusName();
      String other = ownerByFamily.putIfAbsent(family, name);
      if (other == null) {
        all.metricSnapshot(snapshot);
      } else {
        clash = "exporters " + other + " and " + name + " both expose " + family;
      }
    }
    if (!clash.isEmpty()) {
      failed(name, clash);
    } else if (failing.remove(name)) {
      log.info("exporter answers again exporter={}", name);
    }
  }

  private void failed(String name, String reason) {
    if (find(name).isEmpty()) {
      return;
    }
    failures.labelValues(name).inc();
    if (failing.add(name)) {
      log.warn("exporter failed exporter={} reason=\"{}\"", name, reason);
    }
  }

  private static MetricSnapshots await(
      String name,
      Calls.Call<MetricSnapshots> call,
      boolean withParameters,
      long end,
      Duration deadline)
      throws CollectException, InterruptedException {
    try {
      MetricSnapshots answer = call.await(end);
      if (answer == null) {
        throw new CollectException(500, "exporter " + name + " failed: it has returned nothing");
      }
      return answer;
    } catch (TimeoutException e) {
      throw new CollectException(
          503, "exporter " + name + " has not answered within " + deadline.toMillis() + "ms");
    } catch (Calls.StillRunningException e) {
      throw new CollectException(503, "exporter " + name + " is still running: " + e.getMessage());
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (withParameters && cause instanceof IllegalArgumentException) {
        // The request's parameters are wrong: collect[] with an unknown name, for one.
        throw new CollectException(
            CollectException.BAD_REQUEST, String.valueOf(cause.getMessage()));
      }
      log.debug("exporter failed exporter={}", name, cause);
      throw new CollectException(500, "exporter " + name + " failed: " + cause);
    }
  }
}
