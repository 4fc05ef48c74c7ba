package io.narthex.storage.tsdb;

import io.narthex.api.model.Matcher;
import io.narthex.api.plugin.FeaturesView;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.BlocksView;
import io.narthex.api.storage.CardinalitySource;
import io.narthex.api.storage.ExemplarStorage;
import io.narthex.api.storage.Querier;
import io.narthex.api.storage.ReplayProgress;
import io.narthex.api.storage.Storage;
import io.narthex.api.storage.StorageAdmin;
import io.narthex.api.storage.StorageException;
import io.narthex.api.storage.StorageStatus;
import io.narthex.storage.tsdb.block.UlidGenerator;
import io.narthex.storage.tsdb.compact.BlockCompactor;
import io.narthex.storage.tsdb.compact.Blocks;
import io.narthex.storage.tsdb.compact.CompactionMetrics;
import io.narthex.storage.tsdb.compact.Compactions;
import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.head.Head;
import io.narthex.storage.tsdb.head.HeadOptions;
import io.narthex.storage.tsdb.select.MergedQuerier;
import io.narthex.storage.tsdb.select.Part;
import io.narthex.storage.tsdb.wal.Snapshot;
import io.narthex.storage.tsdb.wal.WalMetrics;
import io.narthex.storage.tsdb.wal.WalWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The time series database: a Prometheus data directory, opened.
 *
 * <p>What was written goes to the head ({@link Head}), and from there to blocks, which one thread
 * sees to ({@link Compactions}). A query reads the blocks that its time range meets, and the head.
 */
public final class Tsdb
    implements Storage,
        ExemplarStorage,
        StorageAdmin,
        CardinalitySource,
        BlocksView,
        ReplayProgress,
        StorageStatus,
        FeaturesView {
  private static final Logger log = LoggerFactory.getLogger(Tsdb.class);

  private static final DateTimeFormatter SNAPSHOT =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  /** How often the background thread looks, at the latest. */
  private static final long LOOK = 60_000;

  private enum Phase {
    NEW,
    OPEN,
    CLOSED
  }

  private final Path directory;
  private final TsdbSettings settings;
  private final Disk disk;
  private final Clock clock;
  private final SecureRandom random = new SecureRandom();
  private final CompactionMetrics compactionMetrics = new CompactionMetrics();
  private final WalMetrics walMetrics = new WalMetrics();
  private final WalMetrics wblMetrics = new WalMetrics();
  private final ReplayState replayed = new ReplayState(ReplayBar.ofTerminal());
  private final UlidGenerator ulids;
  private final Blocks blocks;
  private final Head head;
  private final Compactions compactions;

  /** Makes what was written durable in its own time, so that no commit waits for it. */
  private final Background closer = new Background("tsdb-sync");

  private volatile Phase phase = Phase.NEW;
  private volatile TsdbSettings.Live live;
  private @Nullable DirectoryLock lock;
  private boolean cleanStart = true;

  private final ReentrantLock lifeCycle = new ReentrantLock();
  private final Object wake = new Object();
  private boolean due;
  private @Nullable Thread thread;

  /**
   * Makes a database that is not open yet.
   *
   * @param directory need not exist
   */
  public Tsdb(Path directory, TsdbSettings settings, Disk disk, Clock clock) {
    this.directory = directory;
    this.settings = settings;
    this.disk = disk;
    this.clock = clock;
    this.live = settings.live();
    ulids = new UlidGenerator(clock, random);
    blocks = new Blocks(disk, directory, compactionMetrics);
    head = new Head(disk, settings.head(), random.nextLong());
    compactions =
        new Compactions(
            directory,
            blocks,
            new BlockCompactor(disk, compactionMetrics, settings.chunkSegmentBytes()),
            ulids,
            head.compactable(),
            compactionMetrics,
            clock,
            new Compactions.Settings(
                settings.head().chunkRange(),
                settings.maxBlock(),
                settings.reloadInterval(),
                settings.compactionDelay() == 0
                    ? 0
                    : random.nextLong(settings.compactionDelay() + 1)));
    apply(settings.live());
  }

  // For those who measure

  public Path directory() {
    return directory;
  }

  public TsdbSettings settings() {
    return settings;
  }

  public Head head() {
    return head;
  }

  public Blocks blockSet() {
    return blocks;
  }

  public Compactions compactions() {
    return compactions;
  }

  public CompactionMetrics compactionMetrics() {
    return compactionMetrics;
  }

  public WalMetrics walMetrics() {
    return walMetrics;
  }

  public WalMetrics wblMetrics() {
    return wblMetrics;
  }

  /** Whether the process before had closed the database. */
  public boolean cleanStart() {
    return cleanStart;
  }

  /** What is in force now of what a reload may change. */
  public TsdbSettings.Live live() {
    return live;
  }

  /** Changes what may be changed while the database is open. */
  public void reconfigure(TsdbSettings.Live changed) {
    lifeCycle.lock();
    try {
      boolean loggable = true;
      if (phase == Phase.OPEN && changed.outOfOrderWindow() > 0 && !head.hasOutOfOrderLog()) {
        // First the log, then the window: nothing is to be taken that no log has.
        try {
          head.setOutOfOrderLog(openLog("wbl", wblMetrics));
        } catch (IOException e) {
          loggable = false;
          log.error("cannot take samples out of order err=\"{}\"", e.getMessage());
        }
      }
      apply(changed);
      if (!loggable) {
        head.setOutOfOrderWindow(0);
      }
    } finally {
      lifeCycle.unlock();
    }
    wake();
  }

  private void apply(TsdbSettings.Live changed) {
    live = changed;
    compactions.retention(changed.retention());
    compactions.staleThreshold(changed.staleThreshold());
    head.setOutOfOrderWindow(changed.outOfOrderWindow());
  }

  // Life cycle

  @Override
  public void start() throws StorageException, InterruptedException {
    lifeCycle.lock();
    try {
      if (phase != Phase.NEW) {
        throw new StorageException(
            StorageException.Kind.CLOSED, "cannot open " + directory + " twice");
      }
      openOrRelease();
      phase = Phase.OPEN;
      Thread t = new Thread(this::background, "tsdb");
      t.setDaemon(true);
      thread = t;
      t.start();
    } finally {
      lifeCycle.unlock();
    }
  }

  private void openOrRelease() throws StorageException, InterruptedException {
    boolean opened = false;
    try {
      open();
      opened = true;
    } catch (IOException e) {
      throw new StorageException(
          e instanceof CorruptionException
              ? StorageException.Kind.CORRUPTION
              : StorageException.Kind.IO,
          "opening storage failed: " + e.getMessage(),
          e);
    } finally {
      if (!opened) {
        // What was released cannot be opened again.
        phase = Phase.CLOSED;
        release();
      }
    }
  }

  private void open() throws IOException, StorageException, InterruptedException {
    disk.createDirectories(directory);
    if (settings.lockFile()) {
      DirectoryLock taken = DirectoryLock.take(directory);
      lock = taken;
      if (taken.wasThere()) {
        cleanStart = false;
        log.warn(
            "A lockfile from a previous execution already existed. It was replaced file={}",
            directory.resolve(DirectoryLock.FILE));
      }
    }
    blocks.clean();
    blocks.reload(
        live.retention(),
        disk.size(directory.resolve("wal"))
            + disk.size(directory.resolve("wbl"))
            + disk.size(directory.resolve("chunks_head")));
    head.setMinValid(blocks.inOrderMaxTime().orElse(Long.MIN_VALUE));
    boolean snapshots = settings.snapshotOnShutdown();
    HeadOpening.open(
        disk, directory, directory.resolve("chunks_head"), true, snapshots, head, closer, replayed);
    if (!snapshots) {
      // The log goes on without it: in time it would give refs that mean other series by then.
      Snapshot.deleteOthers(disk, directory, null);
    }
    WalWriter wal = openLog("wal", walMetrics);
    // At once, so that it is closed if something goes wrong from here on.
    head.use(head.files(), wal, null);
    WalWriter wbl =
        live.outOfOrderWindow() > 0 || disk.exists(directory.resolve("wbl"))
            ? openLog("wbl", wblMetrics)
            : null;
    head.use(head.files(), wal, wbl);
    head.onCommit(this::afterCommit);
  }

  private WalWriter openLog(String name, WalMetrics metrics) throws IOException {
    return WalWriter.open(
        disk,
        directory.resolve(name),
        settings.compression(),
        settings.segmentBytes(),
        settings.sync(),
        closer,
        metrics);
  }

  private void release() {
    try {
      head.close();
    } catch (IOException e) {
      log.warn("closing the head failed err=\"{}\"", e.getMessage());
    }
    blocks.close();
    closer.close();
    DirectoryLock held = lock;
    lock = null;
    if (held != null) {
      try {
        held.close();
      } catch (IOException e) {
        log.warn("releasing the lock failed err=\"{}\"", e.getMessage());
      }
    }
  }

  @Override
  public void close() throws StorageException {
    Thread running;
    lifeCycle.lock();
    try {
      if (phase == Phase.CLOSED) {
        return;
      }
      boolean wasOpen = phase == Phase.OPEN;
      phase = Phase.CLOSED;
      if (!wasOpen) {
        return;
      }
      running = thread;
    } finally {
      lifeCycle.unlock();
    }
    compactions.cancel();
    head.stopWaiting();
    wake();
    if (running != null) {
      try {
        running.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    StorageException failure = null;
    try {
      head.close(settings.snapshotOnShutdown() ? directory : null);
    } catch (IOException e) {
      failure =
          new StorageException(
              StorageException.Kind.IO, "closing the head failed: " + e.getMessage(), e);
    }
    release();
    if (failure != null) {
      throw failure;
    }
  }

  private void checkOpen() throws StorageException {
    switch (phase) {
      case NEW -> throw new StorageException(StorageException.Kind.NOT_READY, "TSDB not ready");
      case CLOSED ->
          throw new StorageException(StorageException.Kind.CLOSED, "the storage is closed");
      case OPEN -> {}
    }
  }

  // Background

  private void afterCommit() {
    if (compactions.headIsDue() && compactions.pause() == 0) {
      wake();
    }
  }

  private void wake() {
    synchronized (wake) {
      due = true;
      wake.notifyAll();
    }
  }

  private void background() {
    while (phase == Phase.OPEN) {
      long wait = LOOK;
      try {
        head.reclaim();
        wait = Math.min(LOOK, compactions.run());
      } catch (RuntimeException | Error e) {
        log.error("background work of the database failed", e);
      }
      synchronized (wake) {
        long until = System.nanoTime() + wait * 1_000_000;
        while (!due && phase == Phase.OPEN) {
          long left = (until - System.nanoTime()) / 1_000_000;
          if (left <= 0) {
            break;
          }
          try {
            wake.wait(left);
          } catch (InterruptedException e) {
            return;
          }
        }
        due = false;
      }
    }
  }

  // Storage

  @Override
  public Appender appender(AppendOptions options) throws StorageException {
    checkOpen();
    return head.appender(options);
  }

  @Override
  public Querier querier(long minTime, long maxTime) throws StorageException {
    checkOpen();
    List<Part> parts = new ArrayList<>();
    // The head first: what leaves it meanwhile is then seen in a block.
    Part headPart = head.part(minTime, maxTime);
    try {
      parts.addAll(blocks.parts(minTime, maxTime));
      parts.add(headPart);
      return new MergedQuerier(parts, minTime, maxTime);
    } catch (StorageException | RuntimeException e) {
      parts.forEach(Part::close);
      headPart.close();
      throw e;
    }
  }

  @Override
  public long minTime() {
    long min = Math.min(head.minTime(), head.minOutOfOrder());
    for (var block : blocks.current()) {
      min = Math.min(min, block.meta().minTime());
    }
    return min;
  }

  @Override
  public long maxTime() {
    long max = Math.max(head.maxTime(), head.maxOutOfOrder());
    for (var block : blocks.current()) {
      max = Math.max(max, block.meta().maxTime() - 1);
    }
    return max;
  }

  // Abilities

  @Override
  public List<SeriesExemplars> exemplars(long minTime, long maxTime, List<List<Matcher>> selectors)
      throws StorageException {
    checkOpen();
    return head.exemplars(minTime, maxTime, selectors);
  }

  @Override
  public Cardinality cardinality(int limit) throws StorageException {
    checkOpen();
    return head.cardinality(limit);
  }

  @Override
  public Map<String, Map<String, Boolean>> features() {
    return Map.of(
        "tsdb",
        Map.of(
            "delayed_compaction",
            settings.compactionDelay() > 0,
            "exemplar_storage",
            settings.head().maxExemplars() > 0,
            "histograms_st_encoding",
            settings.head().starts() == HeadOptions.Starts.ALL,
            "isolation",
            true,
            "native_histograms",
            true,
            "st_storage",
            settings.head().starts() != HeadOptions.Starts.NONE,
            "use_uncached_io",
            false,
            "xor2_encoding",
            settings.head().xor2()));
  }

  @Override
  public String retention() {
    return live.retention().text();
  }

  @Override
  public long corruptions() {
    return head.counters().logCorruptions.sum();
  }

  @Override
  public Progress replay() {
    return replayed.progress();
  }

  @Override
  public List<Block> blocks() throws StorageException {
    checkOpen();
    return BlockViews.of(blocks.current());
  }

  @Override
  public void delete(long minTime, long maxTime, List<Matcher> matchers) throws StorageException {
    checkOpen();
    try {
      // Between the two nothing may go from the head to a block.
      compactions.alone(() -> {
        compactions.delete(minTime, maxTime, matchers);
        head.delete(minTime, maxTime, matchers);
      });
    } catch (IOException e) {
      throw failed("cannot delete series", e);
    }
  }

  @Override
  public void cleanTombstones() throws StorageException {
    checkOpen();
    try {
      compactions.cleanTombstones();
    } catch (IOException e) {
      throw failed("cannot clean tombstones", e);
    }
  }

  @Override
  public String snapshot(boolean skipHead) throws StorageException {
    checkOpen();
    String name =
        SNAPSHOT.format(Instant.ofEpochMilli(clock.millis()))
            + "-"
            + String.format(java.util.Locale.ROOT, "%016x", random.nextLong());
    Path to = directory.resolve("snapshots").resolve(name);
    try {
      compactions.snapshot(to, !skipHead);
      return name;
    } catch (IOException e) {
      throw failed("cannot make a snapshot", e);
    }
  }

  private static StorageException failed(String what, IOException e) {
    return new StorageException(
        e instanceof CorruptionException
            ? StorageException.Kind.CORRUPTION
            : StorageException.Kind.IO,
        what + ": " + e.getMessage(),
        e);
  }
}
