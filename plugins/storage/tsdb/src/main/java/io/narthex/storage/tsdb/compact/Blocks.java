package io.narthex.storage.tsdb.compact;

import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.block.Block;
import io.narthex.storage.tsdb.block.BlockMeta;
import io.narthex.storage.tsdb.block.BlockWriter;
import io.narthex.storage.tsdb.block.Ulid;
import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.select.Part;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open blocks of a data directory. {@link #reload} makes the set what is on disk; readers that
 * took {@link #parts} keep them until they close them.
 *
 * <p>A block that cannot be opened is set aside: it stays on disk as it is, untouched, the others
 * are served, and each reload tries it again. (Prometheus refuses to start.) It is deleted only
 * when a block made from it is served.
 *
 * <p>A block that is to go, because it has expired or another was made from it, leaves the set
 * first, is then renamed to {@code <ulid>.tmp-for-deletion}, and deleted when its last reader has
 * gone. A folder of that name, and others half made, are removed by {@link #clean} at the start.
 *
 * <p>Safe for several threads.
 */
public final class Blocks implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Blocks.class);

  private static final String DELETION_SUFFIX = ".tmp-for-deletion";

  /** What folders ended in before Prometheus 2.21, and what checkpoints in the making end in. */
  private static final String OLD_SUFFIX = ".tmp";

  private final Disk disk;
  private final Path directory;
  private final CompactionMetrics metrics;

  /** By first time. Replaced as a whole. */
  private volatile List<Block> open = List.of();

  /** Folders that cannot be opened, and why. Replaced as a whole. */
  private volatile Map<Path, IOException> setAside = Map.of();

  /** Folders renamed for deletion that readers still hold or whose deletion failed. */
  private final Set<Path> leaving = ConcurrentHashMap.newKeySet();

  private final Set<Path> stuck = ConcurrentHashMap.newKeySet();
  private boolean closed;

  public Blocks(Disk disk, Path directory, CompactionMetrics metrics) {
    this.disk = disk;
    this.directory = directory;
    this.metrics = metrics;
  }

  /**
   * Removes what a crash has left: folders of blocks half written or half deleted, of chunk
   * snapshots half written, and temporary checkpoints. To be called at the start, with the
   * directory locked.
   */
  public void clean() throws IOException {
    for (Path folder : List.of(directory, directory.resolve("wal"))) {
      for (Path path : disk.list(folder)) {
        String name = path.getFileName().toString();
        if (isTemporary(name) && disk.isDirectory(path)) {
          log.atInfo().addKeyValue("dir", path).log("Found and deleted tmp dir");
          disk.delete(path);
        }
      }
    }
    for (Path path : blockFolders()) {
      try {
        if (Block.repair(disk, path)) {
          log.atWarn().addKeyValue("dir", path).log("Repaired the version of the block's index");
        }
      } catch (IOException e) {
        // Opening it will tell.
        log.atDebug().addKeyValue("dir", path).setCause(e).log("Block not looked at for repair");
      }
    }
  }

  private static boolean isTemporary(String name) {
    for (String suffix : List.of(DELETION_SUFFIX, BlockWriter.TEMPORARY_SUFFIX, OLD_SUFFIX)) {
      if (name.endsWith(suffix)) {
        String stem = name.substring(0, name.length() - suffix.length());
        if (Ulid.parse(stem) != null
            || stem.startsWith("chunk_snapshot.")
            || (suffix.equals(OLD_SUFFIX) && stem.startsWith("checkpoint."))) {
          return true;
        }
      }
    }
    return false;
  }

  private List<Path> blockFolders() throws IOException {
    List<Path> out = new ArrayList<>();
    for (Path path : disk.list(directory)) {
      if (Ulid.parse(path.getFileName().toString()) != null && disk.isDirectory(path)) {
        out.add(path);
      }
    }
    return out;
  }

  /**
   * Opens blocks that have come, closes those that have gone, deletes those that have expired or
   * been replaced.
   *
   * @param retention what is kept
   * @param otherBytes size of the logs and head chunks, which counts for retention
   * @throws IOException if the directory cannot be read, or a block not be deleted; the set is
   *     consistent all the same
   */
  public synchronized void reload(Retention retention, long otherBytes) throws IOException {
    if (closed) {
      return;
    }
    metrics.reloads.incrementAndGet();
    try {
      if (!load(retention, otherBytes)) {
        metrics.reloadFailures.incrementAndGet();
      }
    } catch (IOException e) {
      metrics.reloadFailures.incrementAndGet();
      throw e;
    }
  }

  private boolean load(Retention retention, long otherBytes) throws IOException {
    for (Path path : stuck) {
      disk.delete(path);
      stuck.remove(path);
    }
    Map<Path, Block> known = new HashMap<>();
    for (Block block : open) {
      known.put(block.directory(), block);
    }
    List<Block> found = new ArrayList<>();
    List<Block> fresh = new ArrayList<>();
    Map<Path, IOException> corrupt = new TreeMap<>();
    for (Path path : blockFolders()) {
      Block block = known.get(path);
      if (block == null) {
        try {
          block = Block.open(disk, path);
          fresh.add(block);
        } catch (IOException e) {
          corrupt.put(path, e);
          continue;
        }
      }
      found.add(block);
    }

    Set<Ulid> replaced = new HashSet<>();
    for (Block block : found) {
      block.meta().compaction().parents().forEach(parent -> replaced.add(parent.ulid()));
    }
    Set<Block> going = expired(found, retention, otherBytes);
    for (Block block : found) {
      BlockMeta meta = block.meta();
      if (meta.compaction().deletable() || replaced.contains(meta.ulid())) {
        going.add(block);
      }
    }
    List<Path> replacedCorrupt = new ArrayList<>();
    for (Path path : corrupt.keySet()) {
      if (replaced.contains(Ulid.parse(path.getFileName().toString()))) {
        replacedCorrupt.add(path);
      }
    }
    replacedCorrupt.forEach(corrupt::remove);

    List<Block> next = new ArrayList<>(found);
    next.removeAll(going);
    next.sort(
        Comparator.<Block>comparingLong(b -> b.meta().minTime())
            .thenComparing(b -> b.meta().ulid()));
    List<Block> old = open;
    open = List.copyOf(next);
    tell(corrupt);
    metrics.blockBytes.set(next.stream().mapToLong(Block::size).sum());

    IOException failure = null;
    for (Block block : going) {
      try {
        delete(block);
      } catch (IOException e) {
        // It is found, and tried, again.
        block.close();
        failure = first(failure, e);
      }
    }
    for (Path path : replacedCorrupt) {
      try {
        Path doomed = doomed(path);
        disk.move(path, doomed);
        disk.delete(doomed);
        log.atWarn()
            .addKeyValue("block", path.getFileName())
            .log("Deleted corrupted block that has been replaced by a compacted one");
      } catch (IOException e) {
        failure = first(failure, e);
      }
    }
    for (Block block : old) {
      // What someone has removed by hand.
      if (!found.contains(block)) {
        block.close();
      }
    }
    if (failure != null) {
      throw failure;
    }
    return corrupt.isEmpty();
  }

  private static IOException first(@Nullable IOException earlier, IOException later) {
    if (earlier == null) {
      return later;
    }
    earlier.addSuppressed(later);
    return earlier;
  }

  private Set<Block> expired(List<Block> blocks, Retention retention, long otherBytes)
      throws IOException {
    List<Retention.Candidate<Block>> candidates = new ArrayList<>();
    for (Block block : blocks) {
      candidates.add(new Retention.Candidate<>(block, block.meta().maxTime(), block.size()));
    }
    long space = retention.maxPercentage() > 0 ? disk.totalSpace(directory) : 0;
    Retention.Expired<Block> expired =
        retention.expired(candidates, otherBytes, retention.limit(space));
    if (!expired.byTime().isEmpty()) {
      metrics.timeRetentions.incrementAndGet();
    }
    if (!expired.bySize().isEmpty()) {
      metrics.sizeRetentions.incrementAndGet();
    }
    Set<Block> out = new HashSet<>(expired.byTime());
    out.addAll(expired.bySize());
    return out;
  }

  private void tell(Map<Path, IOException> corrupt) {
    Map<Path, IOException> before = setAside;
    corrupt.forEach((path, e) -> {
      IOException known = before.get(path);
      if (known == null || !String.valueOf(known.getMessage()).equals(e.getMessage())) {
        log.atError()
            .addKeyValue("block", path.getFileName())
            .addKeyValue("err", e.getMessage())
            .log("Block cannot be opened, it is set aside and the others are served");
      }
    });
    for (Path path : before.keySet()) {
      if (!corrupt.containsKey(path)) {
        log.atInfo().addKeyValue("block", path.getFileName()).log("Block is no longer set aside");
      }
    }
    setAside = Map.copyOf(corrupt);
    metrics.setAside.set(corrupt.size());
  }

  private Path doomed(Path folder) {
    return directory.resolve(folder.getFileName() + DELETION_SUFFIX);
  }

  /** The block is no longer in the set, but readers may hold it. */
  private void delete(Block block) throws IOException {
    Path doomed = doomed(block.directory());
    disk.delete(doomed);
    disk.move(block.directory(), doomed);
    log.atInfo().addKeyValue("block", block).log("Deleting obsolete block");
    leaving.add(doomed);
    block.close(() -> {
      leaving.remove(doomed);
      try {
        disk.delete(doomed);
      } catch (IOException e) {
        stuck.add(doomed);
        log.atWarn()
            .addKeyValue("dir", doomed)
            .addKeyValue("err", e.getMessage())
            .log("Obsolete block could not be deleted, it will be tried again");
      }
    });
  }

  /**
   * Deletes blocks that were written but are not to be served after all, because others written
   * with them failed. Leaves alone what is open.
   */
  synchronized void discard(List<Ulid> ulids) throws IOException {
    for (Ulid ulid : ulids) {
      Path path = directory.resolve(ulid.toString());
      if (open.stream().noneMatch(b -> b.directory().equals(path)) && disk.exists(path)) {
        Path doomed = doomed(path);
        disk.move(path, doomed);
        disk.delete(doomed);
      }
    }
  }

  /** The blocks now, by first time. For whoever keeps reloads away; others {@link #retain}. */
  public List<Block> current() {
    return open;
  }

  /**
   * The parts of the blocks that may have samples in a range, by first time; the caller closes
   * them. A query takes its view of the head first: then what leaves the head meanwhile is seen in
   * a block.
   *
   * @param minTime inclusive
   * @param maxTime inclusive
   */
  public List<Part> parts(long minTime, long maxTime) throws StorageException {
    for (; ; ) {
      List<Block> seen = open;
      List<Part> out = new ArrayList<>();
      try {
        for (Block block : seen) {
          if (block.meta().overlaps(minTime, maxTime)) {
            out.add(block.part(minTime, maxTime));
          }
        }
        return out;
      } catch (StorageException e) {
        out.forEach(Part::close);
        // A block has been replaced since the set was read: now there is another set.
        if (e.kind() != StorageException.Kind.CLOSED || open.equals(seen)) {
          throw e;
        }
      } catch (RuntimeException e) {
        out.forEach(Part::close);
        throw e;
      }
    }
  }

  /**
   * The blocks that overlap a range, each of which the caller releases. They stay readable, but
   * once one has left the set no new part of it can be had: for samples take {@link #parts}.
   *
   * @param minTime inclusive
   * @param maxTime inclusive
   */
  public List<Block> retain(long minTime, long maxTime) {
    for (; ; ) {
      List<Block> out = new ArrayList<>();
      boolean complete = true;
      for (Block block : open) {
        if (!block.meta().overlaps(minTime, maxTime)) {
          continue;
        }
        if (!block.retain()) {
          complete = false;
          break;
        }
        out.add(block);
      }
      if (complete) {
        return out;
      }
      out.forEach(Block::release);
      Thread.onSpinWait();
    }
  }

  /** Folders of blocks that cannot be opened, and why. */
  public Map<Path, IOException> setAside() {
    return setAside;
  }

  /** First time of the oldest block. */
  public OptionalLong minTime() {
    List<Block> now = open;
    return now.isEmpty() ? OptionalLong.empty() : OptionalLong.of(now.getFirst().meta().minTime());
  }

  /**
   * The greatest end, exclusive, of blocks that were not made of out-of-order samples or stale
   * series alone: before it the logs have nothing that counts.
   */
  public OptionalLong inOrderMaxTime() {
    return open.stream()
        .map(Block::meta)
        .filter(m -> !m.compaction().outOfOrder() && !m.compaction().staleSeries())
        .mapToLong(BlockMeta::maxTime)
        .max();
  }

  /**
   * Copies all blocks into another folder, by hard links.
   *
   * @param to exists or not; its parent is on the same file system
   */
  synchronized void snapshot(Path to) throws IOException {
    disk.createDirectories(to);
    for (Block block : open) {
      log.atInfo().addKeyValue("block", block).log("Snapshotting block");
      block.snapshot(to);
    }
  }

  /** Closes all blocks; readers finish with those that they hold. May be called twice. */
  @Override
  public synchronized void close() {
    closed = true;
    List<Block> old = open;
    open = List.of();
    old.forEach(Block::close);
  }
}
