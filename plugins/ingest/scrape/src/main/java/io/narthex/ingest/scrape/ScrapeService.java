package io.narthex.ingest.scrape;

import io.narthex.api.config.Defaults;
import io.narthex.api.format.ExpositionFormat;
import io.narthex.api.plugin.Current;
import io.narthex.api.plugin.Extensions;
import io.narthex.api.plugin.Features;
import io.narthex.api.plugin.Program;
import io.narthex.api.scrape.TargetsView;
import io.narthex.api.service.Service;
import io.narthex.api.service.Ticks;
import io.narthex.api.storage.Storage;
import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import jakarta.inject.Inject;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the pools of all jobs. Safe for several threads. */
@Extension
public final class ScrapeService implements Service {
  private static final Logger LOG = LoggerFactory.getLogger(ScrapeService.class);
  private static final Duration STOP_WITHIN = Duration.ofSeconds(5);

  /** Workspaces that are kept though nobody uses them. */
  private static final int IDLE_WORKSPACES = 64;

  private final Extensions extensions;
  private final Ticks time;
  private final ScrapeMetrics metrics;
  private final Current<Storage> storage;
  private final Workspace.Pool workspaces =
      new Workspace.Pool(IDLE_WORKSPACES, Workspace.Budget.of(Runtime.getRuntime().maxMemory()));

  /** Asked when pools start: the role is not chosen yet when plugins are made. */
  private final Supplier<String> userAgent;

  private final ScrapeFeatures features;
  private final FamilyCache.Shared families =
      FamilyCache.Shared.of(Runtime.getRuntime().maxMemory());

  private volatile ScrapeSettings settings = Defaults.of(ScrapeSettings.class);
  private volatile Negotiation negotiation = new Negotiation(List.of(), 0);

  /** Guarded by this, as is all that follows. */
  private final Map<String, ScrapePool> pools = new LinkedHashMap<>();

  private final List<ScrapeLoop> ending = new ArrayList<>();
  private List<JobResources> jobs = List.of();
  private long offsetSeed;
  private boolean started;
  private @Nullable AutoCloseable subscription;

  @Inject
  public ScrapeService(
      Current<Storage> storage,
      Extensions extensions,
      Program program,
      Features features,
      Clock clock,
      PrometheusRegistry registry) {
    this(
        storage,
        extensions,
        () -> "Prometheus/" + program.standsInFor(),
        ScrapeFeatures.of(features),
        Ticks.of(clock),
        registry);
  }

  ScrapeService(
      Current<Storage> storage,
      Extensions extensions,
      Supplier<String> userAgent,
      ScrapeFeatures features,
      Ticks time,
      PrometheusRegistry registry) {
    this.features = features;
    this.storage = storage;
    this.extensions = extensions;
    this.userAgent = userAgent;
    this.time = time;
    this.metrics = new ScrapeMetrics(registry);
    register(registry);
  }

  @Override
  public String name() {
    return "scrape";
  }

  /** After what scrapes may be sent on by. */
  @Override
  public int startOrder() {
    return 100;
  }

  void settings(ScrapeSettings newSettings) {
    settings = newSettings;
  }

  /** The jobs in force, for comparison with the next ones. */
  synchronized Map<String, JobResources> jobs() {
    Map<String, JobResources> byName = new LinkedHashMap<>();
    jobs.forEach(j -> byName.put(j.job().name(), j));
    return byName;
  }

  /**
   * Takes over a configuration.
   *
   * @param next all jobs; those equal to the ones in force are given as {@code unchanged}
   * @param unchanged names of jobs that go on as they are
   */
  synchronized void apply(List<JobResources> next, List<String> unchanged, long seed) {
    Map<String, JobResources> before = new LinkedHashMap<>();
    jobs.forEach(j -> before.put(j.job().name(), j));
    List<JobResources> all = new ArrayList<>();
    for (String name : unchanged) {
      JobResources kept = before.get(name);
      if (kept != null) {
        all.add(kept);
      }
    }
    all.addAll(next);
    jobs = List.copyOf(all);
    offsetSeed = seed;
    if (started) {
      reconcile(next, unchanged);
    } else {
      // Not in use yet.
      before.forEach((name, resources) -> {
        if (!unchanged.contains(name)) {
          resources.close();
        }
      });
    }
  }

  private void reconcile(List<JobResources> changed, List<String> unchanged) {
    List<String> names = new ArrayList<>(unchanged);
    changed.forEach(j -> names.add(j.job().name()));
    pools
        .entrySet()
        .removeIf(entry -> {
          if (names.contains(entry.getKey())) {
            return false;
          }
          ending.removeIf(ScrapeLoop::isOver);
          ending.addAll(entry.getValue().stop());
          return true;
        });
    for (JobResources resources : changed) {
      ScrapePool pool = pools.get(resources.job().name());
      if (pool != null) {
        pool.reload(resources);
      } else {
        startPool(resources);
      }
    }
  }

  private void startPool(JobResources resources) {
    metrics.pools.inc();
    Surroundings around =
        new Surroundings(
            storage,
            () -> negotiation,
            workspaces,
            metrics,
            time,
            () -> settings,
            features,
            families,
            userAgent.get(),
            offsetSeed);
    ScrapePool pool = new ScrapePool(around, resources);
    pools.put(resources.job().name(), pool);
    pool.start();
  }

  @Override
  public synchronized void start() {
    if (started) {
      return;
    }
    started = true;
    subscription = extensions.onChange(this::renegotiate);
    renegotiate();
    jobs.forEach(this::startPool);
  }

  private synchronized void renegotiate() {
    negotiation =
        new Negotiation(extensions.all(ExpositionFormat.class), negotiation.version() + 1);
  }

  @Override
  public void stop() {
    List<ScrapeLoop> loops = new ArrayList<>();
    List<ScrapePool> stopping;
    synchronized (this) {
      if (!started) {
        jobs.forEach(JobResources::close);
        jobs = List.of();
        return;
      }
      started = false;
      stopping = List.copyOf(pools.values());
      pools.clear();
      loops.addAll(ending);
      ending.clear();
      jobs = List.of();
      close(subscription);
      subscription = null;
      negotiation = new Negotiation(List.of(), negotiation.version() + 1);
    }
    loops.forEach(ScrapeLoop::shutDown);
    stopping.forEach(pool -> loops.addAll(pool.shutDown()));
    long end = System.nanoTime() + STOP_WITHIN.toNanos();
    try {
      for (ScrapeLoop loop : loops) {
        loop.join(Duration.ofNanos(Math.max(1, end - System.nanoTime())));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    workspaces.close();
  }

  private static void close(@Nullable AutoCloseable subscription) {
    if (subscription != null) {
      try {
        subscription.close();
      } catch (Exception e) {
        LOG.atWarn().setMessage("Ending a subscription failed").setCause(e).log();
      }
    }
  }

  /** What pages show. */
  List<TargetsView.Pool> view(GlobalUrls urls) {
    return pools().stream()
        .map(pool -> pool.view(urls))
        .sorted(Comparator.comparing(TargetsView.Pool::name))
        .toList();
  }

  private synchronized List<ScrapePool> pools() {
    return List.copyOf(pools.values());
  }

  private void register(PrometheusRegistry registry) {
    GaugeWithCallback.builder()
        .name("prometheus_target_metadata_cache_entries")
        .help("Total number of metric metadata entries in the cache.")
        .labelNames("scrape_job")
        .callback(c -> pools().forEach(p -> c.call(p.metadataEntries(), p.job().name())))
        .register(registry);
    GaugeWithCallback.builder()
        .name("prometheus_target_metadata_cache_bytes")
        .help(
            "The number of bytes that are currently used for storing metric metadata in the cache.")
        .labelNames("scrape_job")
        .callback(c -> pools().forEach(p -> c.call(p.metadataBytes(), p.job().name())))
        .register(registry);
    GaugeWithCallback.builder()
        .name("prometheus_sd_discovered_targets")
        .help("Current number of discovered targets.")
        .labelNames("name", "config")
        .callback(
            c -> pools().forEach(p -> c.call(p.supervisor().targets(), "scrape", p.job().name())))
        .register(registry);
    GaugeWithCallback.builder()
        .name("prometheus_sd_failed_configs")
        .help("Current number of service discovery configurations that failed to load.")
        .labelNames("name")
        .callback(c ->
            c.call(
                pools().stream().mapToInt(p -> p.supervisor().failedConfigurations()).sum(),
                "scrape"))
        .register(registry);
    GaugeWithCallback.builder()
        .name("narthex_sd_failures")
        .help("Current number of reasons for which service discovery of a job fails.")
        .labelNames("name", "config")
        .callback(c ->
            pools()
                .forEach(p -> c.call(p.supervisor().failures().size(), "scrape", p.job().name())))
        .register(registry);
    CounterWithCallback.builder()
        .name("prometheus_sd_received_updates_total")
        .help("Total number of update events received from the SD providers.")
        .labelNames("name")
        .callback(c ->
            c.call(
                pools().stream().mapToLong(p -> p.supervisor().updatesReceived()).sum(), "scrape"))
        .register(registry);
    CounterWithCallback.builder()
        .name("prometheus_sd_updates_total")
        .help("Total number of update events sent to the SD consumers.")
        .labelNames("name")
        .callback(c ->
            c.call(
                pools().stream().mapToLong(p -> p.supervisor().updatesDelivered()).sum(), "scrape"))
        .register(registry);
  }
}
