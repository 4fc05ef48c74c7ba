package io.narthex.exporter.node;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.registry.PrometheusScrapeRequest;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Metrics of this machine. At each scrape the collectors that are on are asked one after the other,
 * in the thread of the scrape; scrapes that come at the same time wait for each other. A collector
 * that fails is reported as failed and does not keep the others from reporting.
 *
 * <p>The parameters {@code collect[]} and {@code exclude[]} of the request choose collectors, as
 * node_exporter has it.
 */
final class NodeExporter implements MultiCollector, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(NodeExporter.class);

  private static final Family DURATION =
      Family.gauge(
          "node_scrape_collector_duration_seconds",
          "node_exporter: Duration of a collector scrape.");
  private static final Family SUCCESS =
      Family.gauge(
          "node_scrape_collector_success", "node_exporter: Whether a collector succeeded.");
  private static final Family BUILD_INFO =
      Family.gauge(
          "node_exporter_build_info",
          "A metric with a constant '1' value labeled by version, revision, branch, goversion from"
              + " which node_exporter was built, and the goos and goarch for the build.");

  /**
   * The node_exporter that this one is the same as, for those who ask by {@code
   * node_exporter_build_info}.
   */
  private static final String STANDS_IN_FOR = "1.12.1";

  /** How many calls may hang at once, beyond those that are at work. */
  private static final int MAX_HANGING = 64;

  /** A collector that is on. */
  private static final class Enabled {
    final String name;
    final Collector collector;
    final Labels labels;
    boolean failed;

    Enabled(String name, Collector collector) {
      this.name = name;
      this.collector = collector;
      this.labels = Labels.of("collector", name);
    }
  }

  private final List<Enabled> enabled = new ArrayList<>();
  private final ExecutorService blocking;
  private final ProcStat procStat;
  private final LongSupplier nanoTime;
  private final Labels build;

  /** Guards all below, and the collectors. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Scrape scrape = new Scrape();
  private boolean closed;

  NodeExporter(
      NodeExporterConfig config,
      String version,
      SystemCalls calls,
      InstantSource clock,
      LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.build = build(version);
    this.blocking =
        new ThreadPoolExecutor(
            0,
            config.filesystem().statWorkers() + MAX_HANGING,
            1,
            TimeUnit.MINUTES,
            new SynchronousQueue<>(),
            // Daemons, as a call that hangs must not keep the process from ending; no virtual
            // threads, as a call
            // into the C library keeps their carrier.
            Thread.ofPlatform().daemon().name("node-filesystem-", 0).factory());
    ReadBuffer buffer = new ReadBuffer();
    this.procStat = new ProcStat(new KernelFile(Path.of(config.path().procfs(), "stat"), buffer));
    CollectorContext context =
        new CollectorContext(config, buffer, procStat, calls, clock, nanoTime, blocking);
    for (CollectorCatalog.Entry entry : CollectorCatalog.ENTRIES) {
      if (entry.isOn(config)) {
        enabled.add(new Enabled(entry.name(), entry.factory().apply(context)));
      }
    }
  }

  private static Labels build(String version) {
    String arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    return Labels.of(
        "version",
        STANDS_IN_FOR,
        "revision",
        "",
        "branch",
        "",
        "goversion",
        "java" + Runtime.version().feature(),
        "goos",
        "linux",
        "goarch",
        arch.equals("aarch64") ? "arm64" : arch,
        "tags",
        "narthex-" + version);
  }

  /** The names of the collectors that are on, sorted. */
  List<String> collectors() {
    return enabled.stream().map(e -> e.name).toList();
  }

  @Override
  public MetricSnapshots collect() {
    return collect(name -> true, new String[0]);
  }

  @Override
  public MetricSnapshots collect(@Nullable PrometheusScrapeRequest request) {
    if (request == null) {
      return collect();
    }
    String[] collect = orNone(request.getParameterValues("collect[]"));
    String[] exclude = orNone(request.getParameterValues("exclude[]"));
    if (collect.length > 0 && exclude.length > 0) {
      throw new IllegalArgumentException("Combined collect and exclude queries are not allowed.");
    }
    if (exclude.length > 0) {
      Set<String> without = Set.copyOf(Arrays.asList(exclude));
      return collect(name -> !without.contains(name), collect);
    }
    if (collect.length > 0) {
      Set<String> only = Set.copyOf(Arrays.asList(collect));
      return collect(only::contains, collect);
    }
    return collect();
  }

  private static String[] orNone(String @Nullable [] values) {
    return values == null ? new String[0] : values;
  }

  private MetricSnapshots collect(Predicate<String> chosen, String[] mustBeOn) {
    for (String name : mustBeOn) {
      check(name);
    }
    try {
      // Not for ever: when a file of the kernel's hangs, the scrapes behind it are given up by
      // their deadlines.
      lock.lockInterruptibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(
          "cannot collect: interrupted while it waited for another scrape", e);
    }
    try {
      if (closed) {
        throw new IllegalStateException("cannot collect: the node exporter is closed");
      }
      scrape.begin();
      scrape.add(BUILD_INFO, 1, build);
      scrape.commit();
      for (Enabled one : enabled) {
        if (chosen.test(one.name)) {
          collect(one);
        }
      }
      return scrape.snapshots();
    } finally {
      lock.unlock();
    }
  }

  private void check(String name) {
    for (Enabled one : enabled) {
      if (one.name.equals(name)) {
        return;
      }
    }
    boolean known = CollectorCatalog.ENTRIES.stream().anyMatch(entry -> entry.name().equals(name));
    throw new IllegalArgumentException(
        "Couldn't create filtered metrics handler: couldn't create collector: "
            + (known ? "disabled" : "missing")
            + " collector: "
            + name);
  }

  private void collect(Enabled one) {
    long start = nanoTime.getAsLong();
    boolean success = false;
    try {
      one.collector.collect(scrape);
      success = true;
      if (one.failed) {
        one.failed = false;
        log.info("collector succeeds again name={}", one.name);
      }
    } catch (IOException | RuntimeException | LinkageError e) {
      // A C library without one of the calls is an Error; it is of the one collector all the same.
      scrape.rollback();
      if (!one.failed) {
        one.failed = true;
        log.warn("collector failed name={} err=\"{}\"", one.name, text(e));
      }
    }
    scrape.add(DURATION, (nanoTime.getAsLong() - start) / 1e9, one.labels);
    scrape.add(SUCCESS, success ? 1 : 0, one.labels);
    scrape.commit();
  }

  /**
   * The messages of java.nio.file are file names alone; their class says what is wrong with the
   * file.
   */
  private static String text(Throwable e) {
    return e instanceof FileSystemException || !(e instanceof IOException)
        ? e.toString()
        : String.valueOf(e.getMessage());
  }

  /** Closes all files. Calls that hang are left to themselves. May be called twice. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      for (Enabled one : enabled) {
        one.collector.close();
      }
      procStat.close();
      blocking.shutdownNow();
    } finally {
      lock.unlock();
    }
  }
}
