package io.narthex.storage.tsdb.compact;

import io.narthex.api.model.Matcher;
import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.block.Block;
import io.narthex.storage.tsdb.block.BlockMeta;
import io.narthex.storage.tsdb.block.BlockMeta.Compaction;
import io.narthex.storage.tsdb.block.Ulid;
import io.narthex.storage.tsdb.block.UlidGenerator;
import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.select.SortedPart;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides when the head and blocks are compacted, and sees it through: samples of the head go to a
 * block once the head holds one and a half times a block's range; then out-of-order samples; then
 * blocks as {@link Planner} says. Nothing leaves the head, and no block goes, before the block that
 * has its samples is on disk and served; what fails is tried again later, with everything as it
 * was.
 *
 * <p>Has no thread of its own: one calls {@link #run} again and again. One thing at a time goes on
 * here, under a lock; the methods may be called by any thread and wait for each other.
 */
public final class Compactions {
  private static final Logger log = LoggerFactory.getLogger(Compactions.class);

  private static final long FIRST_BACKOFF = 1_000;
  private static final long LAST_BACKOFF = 60_000;

  /** A compaction of stale series is not begun when one of the head is due within this time. */
  private static final long SOON = Duration.ofMinutes(10).toMillis();

  /**
   * What does not change while the database is open.
   *
   * @param minBlock length of a block cut from the head, milliseconds
   * @param maxBlock length that blocks grow to, milliseconds
   * @param reloadInterval milliseconds between looks at the blocks on disk
   * @param delay milliseconds for which a compaction of the head waits when it could begin, so that
   *     not all servers begin at once; 0 for none
   */
  public record Settings(long minBlock, long maxBlock, long reloadInterval, long delay) {
    public Settings {
      if (minBlock <= 0) {
        throw new IllegalArgumentException(
            "cannot compact: got a block length of " + minBlock + " ms, want 1 or more");
      }
    }
  }

  private final Path directory;
  private final Blocks blocks;
  private final BlockCompactor compactor;
  private final UlidGenerator ulids;
  private final CompactableHead head;
  private final CompactionMetrics metrics;
  private final InstantSource clock;
  private final Settings settings;
  private final Planner planner;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile Retention retention = Retention.UNLIMITED;
  private volatile double staleThreshold;
  private volatile boolean vertical = true;
  private volatile Predicate<BlockMeta> heldBack = m -> false;
  private volatile boolean enabled = true;
  private volatile boolean cancelled;

  // Guarded by the lock; times by the clock, Long.MIN_VALUE for none.
  private long lastReload = Long.MIN_VALUE;
  private long lastHeadCompaction = Long.MIN_VALUE;
  private long delayedSince = Long.MIN_VALUE;
  private long pendingLogTruncation = Long.MIN_VALUE;

  /** Whether the head was compacted and its out-of-order samples have not followed yet. */
  private boolean outOfOrderDue;

  private long backoff;
  private long retryAt = Long.MIN_VALUE;
  private @Nullable String lastFailure;

  public Compactions(
      Path directory,
      Blocks blocks,
      BlockCompactor compactor,
      UlidGenerator ulids,
      CompactableHead head,
      CompactionMetrics metrics,
      InstantSource clock,
      Settings settings) {
    this.directory = directory;
    this.blocks = blocks;
    this.compactor = compactor;
    this.ulids = ulids;
    this.head = head;
    this.metrics = metrics;
    this.clock = clock;
    this.settings = settings;
    planner = new Planner(Planner.ranges(settings.minBlock, settings.maxBlock));
  }

  /** Sets what is kept, from the next reload on. */
  public void retention(Retention newRetention) {
    retention = newRetention;
  }

  /**
   * Sets the share of stale series, 0..1, from which on they are compacted at once; 0 for never.
   */
  public void staleThreshold(double share) {
    staleThreshold = share;
  }

  /** Says whether blocks that overlap are merged, which they are unless somebody else does it. */
  public void vertical(boolean merged) {
    vertical = merged;
  }

  /**
   * Says which blocks are not to be compacted yet, nor those that were made after one of them.
   *
   * @param test asked by the thread that compacts
   */
  public void holdBack(Predicate<BlockMeta> test) {
    heldBack = test;
  }

  /** Switches compaction off, as for backups, and on again. Reloads and retention go on. */
  public void enabled(boolean on) {
    enabled = on;
    log.info(on ? "Compactions enabled" : "Compactions disabled");
  }

  /** Ends the compaction that is going on, for good; its block is not written. */
  public void cancel() {
    cancelled = true;
  }

  /** Whether the head holds enough for a block: cheap enough to be asked at each commit. */
  public boolean headIsDue() {
    long min = head.minTime();
    long max = head.maxTime();
    // The margin of half a range is for samples that come late.
    return min <= max && max - min > settings.minBlock / 2 * 3;
  }

  /**
   * Does what is due: a reload with retention, a compaction of stale series, then of the head and
   * blocks. Tells the log what fails, and never throws it.
   *
   * @return milliseconds after which it is to be called again at the latest; earlier when {@link
   *     #headIsDue}, but not before {@link #pause}
   */
  public long run() {
    lock.lock();
    try {
      long now = clock.millis();
      if (lastReload == Long.MIN_VALUE || now - lastReload >= settings.reloadInterval) {
        lastReload = now;
        try {
          reload();
        } catch (IOException e) {
          log.atError().addKeyValue("err", e.getMessage()).log("reloadBlocks");
        }
        if (enabled && staleSeriesAreDue(now)) {
          compactStaleOrTell();
        }
      }
      if (!cancelled && pause() == 0) {
        compactOrTell();
      }
      long untilReload = lastReload + settings.reloadInterval - clock.millis();
      return Math.max(1, backoff > 0 ? Math.min(untilReload, pause()) : untilReload);
    } finally {
      lock.unlock();
    }
  }

  /** Milliseconds to wait for the next attempt after a failure; 0 when there was none. */
  public long pause() {
    return backoff == 0 ? 0 : Math.max(0, retryAt - clock.millis());
  }

  private void compactOrTell() {
    metrics.triggered.incrementAndGet();
    if (!enabled) {
      metrics.skipped.incrementAndGet();
      return;
    }
    try {
      compact();
      backoff = 0;
      if (lastFailure != null) {
        lastFailure = null;
        log.info("compaction works again");
      }
    } catch (BlockCompactor.CancelledException e) {
      log.debug("compaction cancelled");
    } catch (IOException | StorageException e) {
      metrics.failed.incrementAndGet();
      backoff = Math.min(LAST_BACKOFF, Math.max(FIRST_BACKOFF, 2 * backoff));
      retryAt = clock.millis() + backoff;
      String text = String.valueOf(e.getMessage());
      if (!text.equals(lastFailure)) {
        lastFailure = text;
        log.atError().addKeyValue("err", text).setCause(e).log("compaction failed");
      }
    }
  }

  /** Looks at the blocks on disk, and deletes what has expired or been replaced. */
  public void reload() throws IOException {
    lock.lock();
    try {
      blocks.reload(retention, head.diskSize());
    } finally {
      lock.unlock();
    }
  }

  /** Compacts what is due, whatever {@link #enabled} and {@link #pause} say. */
  public void compact() throws IOException, StorageException {
    lock.lock();
    try {
      long start = clock.millis();
      boolean compacted;
      try {
        compacted = compactHead();
      } finally {
        truncateLog();
      }
      long duration = clock.millis() - start;
      if (duration > settings.minBlock) {
        log.atWarn()
            .addKeyValue("duration", duration + "ms")
            .addKeyValue("block_range", settings.minBlock)
            .log(
                "Head compaction took longer than the block time range, compactions are falling"
                    + " behind and won't be able to catch up");
      }
      outOfOrderDue |= compacted;
      if (outOfOrderDue) {
        compactOutOfOrder();
      }
      compactBlocks();
    } finally {
      lock.unlock();
    }
  }

  /** Whether the delay, if any, is over; it begins when the head is due. */
  private boolean delayed() {
    return delayedSince != Long.MIN_VALUE && clock.millis() - delayedSince < settings.delay;
  }

  private boolean compactHead() throws IOException, StorageException {
    boolean compacted = false;
    while (!cancelled) {
      if (!headIsDue()) {
        delayedSince = Long.MIN_VALUE;
        return compacted;
      }
      if (delayedSince == Long.MIN_VALUE) {
        delayedSince = clock.millis();
      }
      if (delayed()) {
        return compacted;
      }
      long min = head.minTime();
      long max = endOfRange(min);
      lastHeadCompaction = clock.millis();
      List<Ulid> written = new ArrayList<>();
      try (SortedPart part = head.sorted(min, max - 1)) {
        write(part, min, max, written);
      }
      serve(written);
      head.forget(max);
      pendingLogTruncation = Math.max(pendingLogTruncation, max);
      compacted = true;
      if (head.minTime() <= min) {
        throw new StorageException(
            StorageException.Kind.IO,
            "cannot compact the head: it still begins at " + head.minTime() + " after compaction");
      }
    }
    return compacted;
  }

  private long endOfRange(long time) {
    return Math.floorDiv(time, settings.minBlock) * settings.minBlock + settings.minBlock;
  }

  private void truncateLog() throws IOException, StorageException {
    if (pendingLogTruncation != Long.MIN_VALUE) {
      head.truncateLog(pendingLogTruncation);
      pendingLogTruncation = Long.MIN_VALUE;
    }
  }

  /** Moves the out-of-order samples of the head to blocks, one for each range. */
  public void compactOutOfOrder() throws IOException, StorageException {
    lock.lock();
    try (CompactableHead.Cut cut = head.outOfOrder()) {
      if (cut == null) {
        outOfOrderDue = false;
        return;
      }
      log.info("out-of-order compaction started");
      long start = clock.millis();
      int n = writeCut(cut, BlockMeta.HINT_OUT_OF_ORDER);
      cut.drop();
      outOfOrderDue = false;
      log.atInfo()
          .addKeyValue("blocks", n)
          .addKeyValue("duration", (clock.millis() - start) + "ms")
          .log("out-of-order compaction completed");
    } finally {
      lock.unlock();
    }
  }

  private int writeCut(CompactableHead.Cut cut, String hint) throws IOException, StorageException {
    List<Ulid> written = new ArrayList<>();
    long last = cut.maxTime();
    long min = Math.floorDiv(cut.minTime(), settings.minBlock) * settings.minBlock;
    boolean complete = false;
    try {
      for (; min <= last; min += settings.minBlock) {
        // A sample of the far future is no reason to look at every range before it.
        long next = cut.nextTime(min);
        if (next > last) {
          break;
        }
        min = Math.floorDiv(next, settings.minBlock) * settings.minBlock;
        try (SortedPart part = cut.sorted(min, min + settings.minBlock - 1)) {
          write(part, min, min + settings.minBlock, written, hint);
        }
      }
      complete = true;
    } finally {
      if (!complete) {
        discard(written);
      }
    }
    serve(written);
    return written.size();
  }

  private void write(SortedPart part, long min, long max, List<Ulid> written, String... hints)
      throws IOException, StorageException {
    long start = clock.millis();
    Ulid ulid = ulids.next();
    BlockMeta meta =
        compactor.write(
            directory,
            BlockMeta.of(ulid, min, max, Compaction.first(ulid, hints)),
            List.of(part),
            () -> cancelled);
    if (meta == null) {
      log.atInfo()
          .addKeyValue("mint", min)
          .addKeyValue("maxt", max)
          .log("write block resulted in empty block");
      return;
    }
    written.add(ulid);
    log.atInfo()
        .addKeyValue("mint", min)
        .addKeyValue("maxt", max)
        .addKeyValue("ulid", ulid)
        .addKeyValue("duration", (clock.millis() - start) + "ms")
        .addKeyValue("ooo", meta.compaction().outOfOrder())
        .log("write block completed");
  }

  /** Makes new blocks visible, or removes them and throws. */
  private void serve(List<Ulid> written) throws IOException {
    if (written.isEmpty()) {
      return;
    }
    IOException failure = null;
    try {
      reload();
    } catch (IOException e) {
      failure = e;
    }
    for (Ulid ulid : written) {
      IOException why = blocks.setAside().get(directory.resolve(ulid.toString()));
      if (why != null) {
        discard(written);
        throw new IOException("cannot open the new block " + ulid + ": " + why.getMessage(), why);
      }
    }
    if (failure != null) {
      List<Ulid> served = blocks.current().stream().map(b -> b.meta().ulid()).toList();
      if (!served.containsAll(written)) {
        discard(written);
        throw failure;
      }
      // Only old blocks could not be deleted, which the next reload tries again.
      log.atError().addKeyValue("err", failure.getMessage()).log("reloadBlocks");
    }
  }

  private void discard(List<Ulid> written) {
    try {
      blocks.discard(written);
    } catch (IOException e) {
      log.atError()
          .addKeyValue("blocks", written)
          .addKeyValue("err", e.getMessage())
          .log("Blocks of a failed compaction could not be removed");
    }
  }

  private void compactBlocks() throws IOException, StorageException {
    while (!cancelled) {
      if (headIsDue() && !delayed()) {
        log.warn("aborting block compactions to persist the head block");
        return;
      }
      List<Planner.Candidate<Block>> candidates = new ArrayList<>();
      List<Block> byAge = new ArrayList<>(blocks.current());
      byAge.sort(Comparator.comparing(block -> block.meta().ulid()));
      long end = blocks.inOrderMaxTime().orElse(Long.MAX_VALUE);
      for (Block block : byAge) {
        BlockMeta m = block.meta();
        if (heldBack.test(m)) {
          break;
        }
        if (m.compaction().outOfOrder() && m.maxTime() > end) {
          // In one with others it would tell that its whole range has left the head, and a replay
          // would pass over what is only in the log. It waits until the head has got there.
          continue;
        }
        candidates.add(
            new Planner.Candidate<>(
                block,
                m.minTime(),
                m.maxTime(),
                m.compaction().failed(),
                m.compaction().staleSeries(),
                m.stats().series(),
                m.stats().tombstones()));
      }
      List<Block> plan = planner.plan(candidates, vertical);
      if (plan.isEmpty()) {
        return;
      }
      compactBlocks(plan);
    }
  }

  private void compactBlocks(List<Block> sources) throws IOException, StorageException {
    long start = clock.millis();
    Ulid ulid = ulids.next();
    BlockMeta planned = merged(ulid, sources.stream().map(Block::meta).toList());
    BlockMeta meta;
    try {
      meta = merge(planned, sources);
    } catch (BlockCompactor.CancelledException e) {
      throw e;
    } catch (IOException | StorageException e) {
      if (isCorruption(e)) {
        // It would fail in the same way for ever. A full disk is another matter.
        for (Block source : sources) {
          source.markCompactionFailed();
        }
      }
      throw e;
    }
    if (meta == null) {
      for (Block source : sources) {
        source.markDeletable();
      }
      log.atInfo()
          .addKeyValue("count", sources.size())
          .addKeyValue("sources", sources)
          .log("compact blocks resulted in empty block");
      reload();
      return;
    }
    serve(List.of(ulid));
    log.atInfo()
        .addKeyValue("count", sources.size())
        .addKeyValue("mint", meta.minTime())
        .addKeyValue("maxt", meta.maxTime())
        .addKeyValue("ulid", ulid)
        .addKeyValue("sources", sources)
        .addKeyValue("duration", (clock.millis() - start) + "ms")
        .log("compact blocks");
  }

  private static boolean isCorruption(Exception e) {
    return e instanceof CorruptionException
        || (e instanceof StorageException s && s.kind() == StorageException.Kind.CORRUPTION);
  }

  private @Nullable BlockMeta merge(BlockMeta planned, List<Block> sources)
      throws IOException, StorageException {
    List<SortedPart> parts = new ArrayList<>();
    try {
      long end = Long.MIN_VALUE;
      boolean overlapping = false;
      for (Block source : sources) {
        overlapping |= source.meta().minTime() < end;
        end = Math.max(end, source.meta().maxTime());
        parts.add(source.sorted());
      }
      if (overlapping) {
        metrics.verticalCompactions.incrementAndGet();
        log.atInfo()
            .addKeyValue("ulid", planned.ulid())
            .log("Found overlapping blocks during compaction");
      }
      return compactor.write(directory, planned, parts, () -> cancelled);
    } finally {
      parts.forEach(SortedPart::close);
    }
  }

  /**
   * What a block made from others is to say of itself. It is one of stale series, or out of order,
   * if all its sources are: dropping the latter, as upstream does, would let the logs be cut at its
   * end.
   */
  static BlockMeta merged(Ulid ulid, List<BlockMeta> sources) {
    long min = Long.MAX_VALUE;
    long max = Long.MIN_VALUE;
    int level = 0;
    TreeSet<Ulid> origins = new TreeSet<>();
    List<BlockMeta.Parent> parents = new ArrayList<>();
    boolean stale = true;
    boolean outOfOrder = true;
    for (BlockMeta source : sources) {
      Compaction c = source.compaction();
      min = Math.min(min, source.minTime());
      max = Math.max(max, source.maxTime());
      level = Math.max(level, c.level());
      origins.addAll(c.sources());
      parents.add(source.asParent());
      stale &= c.staleSeries();
      outOfOrder &= c.outOfOrder();
    }
    List<String> hints = new ArrayList<>();
    if (outOfOrder) {
      hints.add(BlockMeta.HINT_OUT_OF_ORDER);
    }
    if (stale) {
      hints.add(BlockMeta.HINT_STALE_SERIES);
    }
    return BlockMeta.of(
        ulid,
        min,
        max,
        new Compaction(level + 1, List.copyOf(origins), false, parents, false, hints));
  }

  private boolean staleSeriesAreDue(long now) {
    double threshold = staleThreshold;
    int series = head.seriesCount();
    if (threshold <= 0 || series == 0 || (double) head.staleSeriesCount() / series < threshold) {
      return false;
    }
    return lastHeadCompaction == Long.MIN_VALUE
        || now + SOON <= lastHeadCompaction + settings.minBlock;
  }

  private void compactStaleOrTell() {
    try {
      compactStale();
    } catch (BlockCompactor.CancelledException e) {
      log.debug("compaction cancelled");
    } catch (IOException | StorageException e) {
      log.atError()
          .addKeyValue("err", e.getMessage())
          .setCause(e)
          .log("immediate stale series compaction failed");
    }
  }

  /** Moves series that have ended from the head to blocks, one for each range. */
  public void compactStale() throws IOException, StorageException {
    lock.lock();
    long start = clock.millis();
    metrics.staleTriggered.incrementAndGet();
    boolean done = false;
    try (CompactableHead.Cut cut = head.stale()) {
      if (cut != null) {
        log.info("Starting stale series compaction");
        int n = writeCut(cut, BlockMeta.HINT_STALE_SERIES);
        cut.drop();
        long duration = clock.millis() - start;
        metrics.staleDuration.observe(duration / 1e3);
        log.atInfo()
            .addKeyValue("blocks", n)
            .addKeyValue("duration", duration + "ms")
            .log("Ending stale series compaction");
      }
      done = true;
    } finally {
      if (!done) {
        metrics.staleFailed.incrementAndGet();
      }
      lock.unlock();
    }
  }

  /** Something that must not happen beside a compaction. */
  @FunctionalInterface
  public interface Action {
    void run() throws IOException, StorageException;
  }

  /** Does something while no compaction and no reload goes on. */
  public void alone(Action action) throws IOException, StorageException {
    lock.lock();
    try {
      action.run();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Deletes samples from the blocks; the head is for its owner.
   *
   * @param minTime inclusive
   * @param maxTime inclusive
   */
  public void delete(long minTime, long maxTime, List<Matcher> matchers)
      throws IOException, StorageException {
    lock.lock();
    try {
      for (Block block : blocks.current()) {
        if (block.meta().overlaps(minTime, maxTime)) {
          block.delete(minTime, maxTime, matchers);
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Writes every block with deleted samples anew, without them. */
  public void cleanTombstones() throws IOException, StorageException {
    lock.lock();
    long start = clock.millis();
    try {
      for (Block block : List.copyOf(blocks.current())) {
        if (!block.tombstones().isEmpty()) {
          clean(block);
        }
      }
    } finally {
      metrics.tombstoneCleanup.observe((clock.millis() - start) / 1e3);
      lock.unlock();
    }
  }

  private void clean(Block block) throws IOException, StorageException {
    BlockMeta old = block.meta();
    Ulid ulid = ulids.next();
    Compaction c =
        new Compaction(
            1, List.of(ulid), false, List.of(old.asParent()), false, old.compaction().hints());
    BlockMeta meta =
        merge(
            new BlockMeta(ulid, old.minTime(), old.maxTime(), BlockMeta.Stats.NONE, c, old.other()),
            List.of(block));
    if (meta != null) {
      serve(List.of(ulid));
    } else if (!old.compaction().outOfOrder()
        && !old.compaction().staleSeries()
        && old.maxTime() == blocks.inOrderMaxTime().orElse(Long.MIN_VALUE)) {
      // Its end says which samples of the log are old: without it a restart would bring back what
      // was deleted. It goes when there is a newer one.
      log.atInfo()
          .addKeyValue("block", block)
          .log("Block of which all is deleted stays until a newer one is written");
    } else {
      block.markDeletable();
      reload();
    }
  }

  /**
   * Copies the blocks into another folder by hard links, and writes a block of what is in the head.
   * When it fails, the folder is left as it is.
   *
   * @param to a folder that does not exist yet
   */
  public void snapshot(Path to, boolean withHead) throws IOException, StorageException {
    lock.lock();
    try {
      blocks.snapshot(to);
      if (!withHead) {
        return;
      }
      long min = head.minTime();
      long max = head.maxTime();
      if (min <= max) {
        try (SortedPart part = head.visible(min, max)) {
          copy(part, to, min, max + 1);
        }
      }
      try (CompactableHead.Cut cut = head.outOfOrder()) {
        if (cut != null) {
          try (SortedPart part = cut.sorted(cut.minTime(), cut.maxTime())) {
            copy(part, to, cut.minTime(), cut.maxTime() + 1, BlockMeta.HINT_OUT_OF_ORDER);
          }
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private void copy(SortedPart part, Path to, long min, long max, String... hints)
      throws IOException, StorageException {
    Ulid ulid = ulids.next();
    compactor.write(
        to,
        BlockMeta.of(ulid, min, max, Compaction.first(ulid, hints)),
        List.of(part),
        () -> cancelled);
  }
}
