package io.narthex.ingest.scrape;

import io.narthex.api.discovery.DiscoverySupervisor;
import io.narthex.api.discovery.TargetGroup;
import io.narthex.api.model.Labels;
import io.narthex.api.scrape.TargetsView;
import java.net.URI;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The targets of one job and the loops that scrape them. Safe for several threads. */
final class ScrapePool {
  private static final Logger LOG = LoggerFactory.getLogger(ScrapePool.class);

  /** What users see of a target; the same target goes on when only internal labels change. */
  private record Identity(Labels labels, URI url) {
    static Identity of(Target target) {
      return new Identity(target.labels(), target.url());
    }
  }

  private final Surroundings around;
  private final DiscoverySupervisor supervisor;

  /** Guarded by this, as is all that follows. */
  private JobResources resources;

  private SeriesNaming naming;
  private TargetSet.Resolver resolver;
  private Map<Target.Key, ScrapeLoop> loops = new LinkedHashMap<>();

  /** Loops that were stopped and may still have stale markers to write. */
  private final List<ScrapeLoop> ending = new ArrayList<>();

  private List<TargetGroup> groups = List.of();
  private List<Labels> dropped = List.of();
  private int droppedCount;
  private boolean stopped;

  ScrapePool(Surroundings around, JobResources resources) {
    this.around = around;
    this.resources = resources;
    this.naming = new SeriesNaming(resources.job());
    this.resolver = new TargetSet.Resolver(resources.job());
    supervisor =
        new DiscoverySupervisor(
            resources.job().name(),
            resources.directory(),
            around.settings().get().discoveryReloadInterval(),
            this::sync);
    around.metrics().targetLimit.labelValues(name()).set(resources.job().targetLimit());
    around.metrics().symbolTableItems.labelValues(name()).set(0);
  }

  private String name() {
    return resources.job().name();
  }

  DiscoverySupervisor supervisor() {
    return supervisor;
  }

  synchronized Job job() {
    return resources.job();
  }

  void start() {
    supervisor.run(job().config().discovery());
  }

  /** Goes on with another configuration of the same job; what has not changed is kept. */
  void reload(JobResources next) {
    long start = around.time().nanos();
    JobResources before;
    List<ScrapeLoop> old;
    synchronized (this) {
      before = resources;
      old = users();
      resources = next;
      naming = new SeriesNaming(next.job());
      resolver = new TargetSet.Resolver(next.job());
      around.metrics().poolReloads.inc();
      around.metrics().targetLimit.labelValues(name()).set(next.job().targetLimit());
      apply(resolver.resolve(groups), true);
    }
    supervisor.run(next.job().config().discovery());
    release(before, old);
    around
        .metrics()
        .reloadLength
        .labelValues(GoText.duration(next.job().interval()))
        .observe((around.time().nanos() - start) / 1e9);
  }

  /** Takes over what was discovered. */
  synchronized void sync(List<TargetGroup> discovered) {
    if (stopped) {
      return;
    }
    long start = around.time().nanos();
    groups = List.copyOf(discovered);
    TargetSet targets = resolver.resolve(groups);
    for (String failure : targets.failures()) {
      LOG.atError()
          .setMessage("Creating target failed")
          .addKeyValue("scrape_pool", name())
          .addKeyValue("err", failure)
          .log();
    }
    around.metrics().syncFailed.labelValues(name()).inc(targets.failures().size());
    apply(targets, false);
    double seconds = (around.time().nanos() - start) / 1e9;
    around.metrics().syncLength.labelValues(name()).observe(seconds);
    around.metrics().syncHistogram.labelValues(name()).observe(seconds);
    around.metrics().poolSyncs.labelValues(name()).inc();
  }

  /**
   * Makes the loops those of a set of targets.
   *
   * @param restart whether loops of known targets are replaced too
   */
  private void apply(TargetSet targets, boolean restart) {
    Map<Target.Key, ScrapeLoop> now = new LinkedHashMap<>();
    List<Target> fresh = new ArrayList<>();
    for (Target target : targets.active().values()) {
      ScrapeLoop known = loops.get(target.key());
      if (known != null && !restart) {
        known.target().discovered(target.discovered());
        now.put(target.key(), known);
      } else {
        fresh.add(target);
      }
    }
    List<ScrapeLoop> replaced = new ArrayList<>();
    Map<Identity, Deque<ScrapeLoop>> byIdentity = new HashMap<>();
    loops.forEach((key, loop) -> {
      if (!now.containsKey(key)) {
        replaced.add(loop);
        if (!targets.active().containsKey(key)) {
          byIdentity
              .computeIfAbsent(Identity.of(loop.target()), i -> new ArrayDeque<>(1))
              .add(loop);
        }
      }
    });
    List<ScrapeLoop> starting = new ArrayList<>();
    for (Target target : fresh) {
      ScrapeLoop before = loops.get(target.key());
      if (before == null) {
        Deque<ScrapeLoop> alike = byIdentity.get(Identity.of(target));
        before = alike == null ? null : alike.pollFirst();
      }
      ScrapeLoop loop =
          new ScrapeLoop(
              around,
              resources.job(),
              naming,
              resources.callers().of(target),
              resources.failureLog(),
              target,
              before);
      now.put(target.key(), loop);
      starting.add(loop);
    }
    replaced.forEach(ScrapeLoop::stop);
    ending.removeIf(ScrapeLoop::isOver);
    ending.addAll(replaced);
    loops = now;
    resources
        .callers()
        .keepSockets(() ->
            users().stream()
                .filter(loop -> !loop.hasStopped())
                .map(loop -> loop.target().socket())
                .collect(Collectors.toSet()));
    dropped = targets.dropped();
    droppedCount = targets.droppedCount();
    around.metrics().targets.labelValues(name()).set(now.size());
    String tooMany = targetLimitError(now.size());
    now.values().forEach(loop -> loop.force(tooMany));
    starting.forEach(ScrapeLoop::start);
  }

  private @Nullable String targetLimitError(int targets) {
    long limit = resources.job().targetLimit();
    if (limit == 0 || targets <= limit) {
      return null;
    }
    around.metrics().exceededTargetLimit.inc();
    return "target_limit exceeded (number of targets: " + targets + ", limit: " + limit + ")";
  }

  /** All loops that scrape or may be in their last scrape. */
  private List<ScrapeLoop> users() {
    List<ScrapeLoop> all = new ArrayList<>(loops.values());
    all.addAll(ending);
    return all;
  }

  /** Closes connections as soon as loops that were stopped do not use them any more. */
  private static void release(JobResources resources, List<ScrapeLoop> users) {
    Thread.ofVirtual()
        .name("release-" + resources.job().name())
        .start(() -> {
          try {
            for (ScrapeLoop user : users) {
              user.awaitEnd();
            }
          } catch (InterruptedException e) {
            // Closed all the same.
          }
          resources.close();
        });
  }

  /** Ends the pool because its job has gone: scrapes end, then series are marked as ended. */
  List<ScrapeLoop> stop() {
    supervisor.close();
    synchronized (this) {
      stopped = true;
      loops.values().forEach(ScrapeLoop::stop);
      List<ScrapeLoop> last = users();
      release(resources, last);
      loops = new LinkedHashMap<>();
      around.metrics().remove(name());
      return last;
    }
  }

  /** Ends the pool because the process ends: scrapes are broken off, nothing is marked. */
  List<ScrapeLoop> shutDown() {
    supervisor.close();
    synchronized (this) {
      stopped = true;
      List<ScrapeLoop> last = users();
      last.forEach(ScrapeLoop::shutDown);
      loops = new LinkedHashMap<>();
      ending.clear();
      resources.close();
      return last;
    }
  }

  private synchronized List<ScrapeLoop> loops() {
    return List.copyOf(loops.values());
  }

  int metadataEntries() {
    return loops().stream().mapToInt(loop -> loop.families().size()).sum();
  }

  long metadataBytes() {
    return loops().stream().mapToLong(loop -> loop.families().bytes()).sum();
  }

  TargetsView.Pool view(GlobalUrls urls) {
    List<String> failures = supervisor.failures();
    String name;
    List<ScrapeLoop> scraped;
    List<Labels> unwanted;
    int unwantedCount;
    synchronized (this) {
      name = name();
      scraped = List.copyOf(loops.values());
      unwanted = dropped;
      unwantedCount = droppedCount;
    }
    // Without the lock: there may be much to show, and targets are not to wait for that.
    List<TargetsView.Target> active =
        scraped.stream()
            .map(loop -> view(loop, urls))
            .sorted(Comparator.comparing(TargetsView.Target::scrapeUrl))
            .toList();
    return new TargetsView.Pool(
        name,
        active,
        unwanted.stream().map(TargetsView.DroppedTarget::new).toList(),
        unwantedCount,
        failures);
  }

  private static TargetsView.Target view(ScrapeLoop loop, GlobalUrls urls) {
    Target target = loop.target();
    Target.Report report = target.report();
    return new TargetsView.Target(
        target.discovered(),
        target.labels(),
        target.url().toString(),
        urls.of(target.url()),
        report.error() == null ? "" : report.error(),
        Optional.ofNullable(report.start()),
        report.duration(),
        report.health(),
        target.interval(),
        target.timeout(),
        loop.families().list());
  }
}
