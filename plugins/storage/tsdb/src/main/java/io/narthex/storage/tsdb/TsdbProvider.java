package io.narthex.storage.tsdb;

import io.narthex.api.storage.Reconfigurable;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageContext;
import io.narthex.api.storage.StorageProvider;
import io.narthex.storage.tsdb.file.RealDisk;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import jakarta.inject.Inject;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings the storage {@code tsdb}, which keeps its data in a Prometheus data directory. */
@Extension
public final class TsdbProvider implements StorageProvider<TsdbConfig>, Reconfigurable<TsdbConfig> {
  private static final Logger log = LoggerFactory.getLogger(TsdbProvider.class);

  private final PrometheusRegistry registry;
  private final Clock clock;

  // Guarded by this. What the storage that was made last was made of; its metrics.
  private @Nullable TsdbConfig begun;
  private long begunExemplars;
  private List<String> told = List.of();
  private @Nullable TsdbMetrics metrics;

  @Inject
  public TsdbProvider(PrometheusRegistry registry, Clock clock) {
    this.registry = registry;
    this.clock = clock;
  }

  @Override
  public String name() {
    return "tsdb";
  }

  @Override
  public Class<TsdbConfig> configType() {
    return TsdbConfig.class;
  }

  @Override
  public synchronized Storage create(TsdbConfig config, StorageContext context) {
    warn(config, context.features());
    Tsdb tsdb =
        new Tsdb(
            context.directory(),
            Choices.settings(config, context.maxExemplars(), context.features()),
            new RealDisk(),
            clock);
    tsdb.compactions().vertical(config.allowOverlappingCompaction());
    String uploads = config.delayCompactFile().path();
    if (!uploads.isEmpty()) {
      log.info(
          "Compactions will be delayed for blocks not marked as uploaded in the file tracking"
              + " uploads path={}",
          uploads);
      tsdb.compactions().holdBack(new Uploads(Path.of(uploads), clock));
    }
    TsdbMetrics before = metrics;
    if (before != null) {
      registry.unregister(before);
    }
    TsdbMetrics made = new TsdbMetrics(tsdb);
    registry.register(made);
    metrics = made;
    begun = config;
    begunExemplars = context.maxExemplars();
    told = List.of();
    return tsdb;
  }

  private static void warn(TsdbConfig config, Set<String> features) {
    if (!Choices.retentionSaid(config)) {
      log.info(
          "No time, size or percentage retention was set so using the default time retention"
              + " duration=15d");
    }
    if (config.blockReloadInterval().toMillis() < 1000) {
      log.warn(
          "The option --storage.tsdb.block-reload-interval is set to a value less than 1s. Setting"
              + " it to 1s to avoid overload.");
    }
    int percent = config.delayedCompaction().maxPercent();
    if (features.contains("delayed-compaction") && (percent < 1 || percent > 100)) {
      log.warn(
          "The --storage.tsdb.delayed-compaction.max-percent should have a value between 1 and 100."
              + " Using default default=10");
    }
    if (features.contains("histograms-st-encoding") && !features.contains("st-storage")) {
      log.warn(
          "A feature has no effect without another feature=histograms-st-encoding"
              + " needs=st-storage");
    }
  }

  @Override
  public synchronized void reconfigure(Storage storage, TsdbConfig config, StorageContext context) {
    if (!(storage instanceof Tsdb tsdb)) {
      throw new IllegalArgumentException(
          "cannot reconfigure " + storage.getClass().getName() + ": it is no tsdb");
    }
    tsdb.reconfigure(Choices.live(config));
    TsdbConfig first = begun;
    if (first == null) {
      return;
    }
    List<String> later = new ArrayList<>(first.changedForNextStart(config));
    if (context.maxExemplars() != begunExemplars) {
      later.add("storage.exemplars.max_exemplars");
    }
    if (!later.isEmpty() && !later.equals(told)) {
      log.warn("Some changed keys take effect at the next start keys={}", String.join(",", later));
    }
    told = List.copyOf(later);
  }
}
