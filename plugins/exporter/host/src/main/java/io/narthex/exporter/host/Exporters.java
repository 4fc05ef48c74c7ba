package io.narthex.exporter.host;

import io.narthex.api.exporter.ExporterProvider;
import io.narthex.api.plugin.Extensions;
import io.prometheus.metrics.model.registry.PrometheusScrapeRequest;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.pf4j.Extension;
import org.pf4j.ExtensionPoint;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The exporters that run now. Safe for any number of threads. */
@Extension
public final class Exporters implements ExtensionPoint {
  private static final Logger log = LoggerFactory.getLogger(Exporters.class);

  private volatile List<RunningExporter> running = List.of();

  /** Watches for plugins that leave, so that what they made goes with them. */
  @Inject
  public Exporters(Extensions extensions) {
    extensions.onChange(() -> dropThoseOfStoppedPlugins(extensions));
  }

  List<RunningExporter> running() {
    return running;
  }

  Optional<RunningExporter> find(String name) {
    return running.stream().filter(e -> e.name().equals(name)).findFirst();
  }

  /** Replaces the exporters; those that are not among the new ones are closed. */
  void replace(List<RunningExporter> next) {
    List<RunningExporter> before = running;
    running = List.copyOf(next);
    before.stream().filter(e -> !next.contains(e)).forEach(RunningExporter::close);
  }

  private synchronized void dropThoseOfStoppedPlugins(Extensions extensions) {
    @SuppressWarnings("rawtypes")
    List<ExporterProvider> present = extensions.all(ExporterProvider.class);
    List<RunningExporter> kept = new ArrayList<>();
    for (RunningExporter exporter : running) {
      if (present.stream().anyMatch(exporter::isMadeBy)) {
        kept.add(exporter);
      } else {
        log.info("exporter is gone with its plugin exporter={}", exporter.name());
      }
    }
    if (kept.size() != running.size()) {
      replace(kept);
    }
  }

  /**
   * Asks exporters, all at once, each on a virtual thread of its own.
   *
   * @throws CollectException when one fails, is too slow, or two expose the same family
   */
  static MetricSnapshots collect(
      List<RunningExporter> exporters, PrometheusScrapeRequest request, Duration deadline)
      throws CollectException, InterruptedException {
    Map<RunningExporter, FutureTask<MetricSnapshots>> tasks = new HashMap<>();
    for (RunningExporter exporter : exporters) {
      Callable<MetricSnapshots> call = () -> exporter.collector().collect(request);
      FutureTask<MetricSnapshots> task = new FutureTask<>(call);
      tasks.put(exporter, task);
      Thread.ofVirtual().name("exporter-" + exporter.name()).start(task);
    }
    long end = System.nanoTime() + deadline.toNanos();
    Map<String, String> ownerByFamily = new HashMap<>();
    MetricSnapshots.Builder all = MetricSnapshots.builder();
    try {
      for (RunningExporter exporter : exporters) {
        MetricSnapshots snapshots = await(exporter, Objects.requireNonNull(tasks.get(exporter)), end, deadline);
        for (MetricSnapshot snapshot : snapshots) {
          String family = snapshot.getMetadata().getPrometheusName();
          String other = ownerByFamily.putIfAbsent(family, exporter.name());
          if (other != null) {
            throw new CollectException(
                500, "exporters " + other + " and " + exporter.name() + " both expose " + family);
          }
          all.metricSnapshot(snapshot);
        }
      }
    } finally {
      tasks.values().forEach(task -> task.cancel(true));
    }
    return all.build();
  }

  private static MetricSnapshots await(
      RunningExporter exporter, FutureTask<MetricSnapshots> task, long end, Duration deadline)
      throws CollectException, InterruptedException {
    try {
      return task.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new CollectException(
          503,
          "exporter " + exporter.name() + " has not answered within " + deadline.toMillis() + "ms");
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof IllegalArgumentException) {
        // The request's parameters are wrong: collect[] with an unknown name, for one.
        throw new CollectException(400, String.valueOf(cause.getMessage()));
      }
      log.warn("exporter failed exporter={} reason=\"{}\"", exporter.name(), String.valueOf(cause));
      log.debug("exporter failed exporter={}", exporter.name(), cause);
      throw new CollectException(500, "exporter " + exporter.name() + " failed: " + cause);
    }
  }
}
