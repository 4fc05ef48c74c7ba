package io.narthex.storage.tsdb.block;

import io.narthex.api.model.Matcher;
import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.file.OutputFile;
import io.narthex.storage.tsdb.postings.MatchCache;
import io.narthex.storage.tsdb.postings.SeriesIds;
import io.narthex.storage.tsdb.select.ChunkList;
import io.narthex.storage.tsdb.select.Intervals;
import io.narthex.storage.tsdb.select.Part;
import io.narthex.storage.tsdb.select.SortedPart;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A block on disk, open for reading: a folder with {@code meta.json}, {@code index}, {@code
 * chunks/} and {@code tombstones}. Its files are mapped until it has been closed and the last part
 * that reads it too. Safe for several threads.
 */
public final class Block implements AutoCloseable {
  private static final int VALUE_CACHE_BITS = 13;
  private static final int NAME_CACHE_BITS = 8;
  private static final long MATCH_CACHE_BYTES = 1 << 20;

  private final Disk disk;
  private final Path directory;
  private final IndexReader index;
  private final ChunkSegments chunks;
  private final AtomicInteger users = new AtomicInteger(1);
  private final Object deletion = new Object();
  private volatile BlockMeta meta;
  private volatile Tombstones tombstones;
  private volatile long size;

  private final MatchCache matches = new MatchCache(MATCH_CACHE_BYTES);

  /** Strings of this block; made when first asked for, which compaction never does. */
  private volatile @Nullable SymbolCache values;

  private volatile @Nullable SymbolCache names;
  private volatile @Nullable Runnable last;
  private volatile boolean closed;

  private Block(
      Disk disk,
      Path directory,
      BlockMeta meta,
      IndexReader index,
      ChunkSegments chunks,
      Tombstones tombstones)
      throws IOException {
    this.disk = disk;
    this.directory = directory;
    this.meta = meta;
    this.index = index;
    this.chunks = chunks;
    this.tombstones = tombstones;
    this.size = measure();
  }

  /**
   * Opens a block.
   *
   * @throws CorruptionException when one of its files is not what it should be
   */
  public static Block open(Disk disk, Path directory) throws IOException {
    BlockMeta meta = BlockMeta.read(disk, directory);
    Tombstones tombstones = Tombstones.read(disk, directory);
    ChunkSegments chunks = ChunkSegments.open(disk, directory.resolve(BlockWriter.CHUNKS));
    try {
      IndexReader index = IndexReader.open(disk, directory.resolve(IndexReader.FILE_NAME));
      try {
        return new Block(disk, directory, meta, index, chunks, tombstones);
      } catch (IOException | RuntimeException e) {
        index.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      chunks.close();
      throw e;
    }
  }

  /**
   * Repairs a block of Prometheus 2.1, which wrote the index's version into {@code meta.json} and
   * the other way round: meta version 2 becomes 1, index version 1 becomes 2. To be called before
   * {@link #open}.
   *
   * @return whether there was something to repair
   */
  public static boolean repair(Disk disk, Path directory) throws IOException {
    Path metaPath = directory.resolve(BlockMeta.FILE_NAME);
    byte[] content = disk.read(metaPath);
    BlockMeta meta;
    try {
      meta = BlockMeta.parse(metaPath, content, 2);
    } catch (CorruptionException e) {
      // Of the right version or beyond repair: opening it will tell.
      return false;
    }
    Path path = directory.resolve(IndexReader.FILE_NAME);
    Path repaired = directory.resolve("index.repaired");
    byte[] index = disk.read(path);
    if (index.length < IndexReader.HEADER) {
      throw new CorruptionException(path, 0, "got " + index.length + " bytes, want at least 5");
    }
    index[4] = IndexReader.V2;
    try {
      try (OutputFile out = disk.create(repaired)) {
        out.write(ByteBuffer.wrap(index));
        out.sync();
      }
      disk.move(repaired, path);
    } finally {
      disk.delete(repaired);
    }
    meta.write(disk, directory);
    return true;
  }

  private long measure() throws IOException {
    return chunks.size()
        + index.size()
        + disk.size(directory.resolve(Tombstones.FILE_NAME))
        + disk.size(directory.resolve(BlockMeta.FILE_NAME));
  }

  public Path directory() {
    return directory;
  }

  public BlockMeta meta() {
    return meta;
  }

  public Tombstones tombstones() {
    return tombstones;
  }

  /** The index, for statistics; not to be closed by the caller, nor used after the block is. */
  public IndexReader index() {
    return index;
  }

  /** Bytes of its files. */
  public long size() {
    return size;
  }

  /** One more user, who will call {@link #release}; false when it has been closed. */
  public boolean retain() {
    for (; ; ) {
      int n = users.get();
      // A reader that comes while it is being closed may still get in: it is counted.
      if (closed || n == 0) {
        return false;
      }
      if (users.compareAndSet(n, n + 1)) {
        return true;
      }
    }
  }

  /** One user less; the last one unmaps the files. */
  public void release() {
    int n = users.decrementAndGet();
    if (n == 0) {
      index.close();
      chunks.close();
      Runnable after = last;
      if (after != null) {
        after.run();
      }
    } else if (n < 0) {
      throw new IllegalStateException(
          "cannot release " + directory + ": released more often than retained");
    }
  }

  /** Closes: no new reader gets in, those that are in stay. May be called twice. */
  @Override
  public void close() {
    close(() -> {});
  }

  /**
   * As {@link #close()}.
   *
   * @param whenUnused runs, on whatever thread, when the last reader has gone: deletes the folder,
   *     for one
   */
  public void close(Runnable whenUnused) {
    synchronized (deletion) {
      if (closed) {
        return;
      }
      closed = true;
    }
    last = whenUnused;
    release();
  }

  /**
   * The block as one reader sees it, with what is deleted now. The caller closes it.
   *
   * @param minTime first millisecond of interest, inclusive
   * @param maxTime last millisecond of interest, inclusive
   * @throws StorageException when the block has been closed
   */
  public Part part(long minTime, long maxTime) throws StorageException {
    retainOrThrow();
    BlockMeta m = meta;
    return new BlockPart(
        this,
        index,
        chunks,
        tombstones,
        Math.max(minTime, m.minTime()),
        Math.min(maxTime, m.maxTime() - 1));
  }

  /**
   * The series in the order of labels, for compaction. The caller closes it.
   *
   * @throws StorageException when the block has been closed, or cannot be read
   */
  public SortedPart sorted() throws StorageException {
    retainOrThrow();
    try {
      return new SortedBlock(this, index, chunks, tombstones);
    } catch (CorruptionException e) {
      release();
      throw Failures.of(e);
    }
  }

  private void retainOrThrow() throws StorageException {
    if (!retain()) {
      throw new StorageException(
          StorageException.Kind.CLOSED, "cannot read " + directory + ": the block is closed");
    }
  }

  /** What regular expressions have found in this block. */
  MatchCache matches() {
    return matches;
  }

  SymbolCache values() {
    SymbolCache cache = values;
    if (cache == null) {
      int bits = 32 - Integer.numberOfLeadingZeros(index.symbols().count());
      cache = new SymbolCache(index.symbols(), Math.clamp(bits, 1, VALUE_CACHE_BITS), false);
      values = cache;
    }
    return cache;
  }

  SymbolCache names() {
    SymbolCache cache = names;
    if (cache == null) {
      cache = new SymbolCache(index.symbols(), NAME_CACHE_BITS, true);
      names = cache;
    }
    return cache;
  }

  /**
   * Deletes samples: remembers the ranges in {@code tombstones}, durably when this returns.
   *
   * @param minTime first millisecond, inclusive
   * @param maxTime last millisecond, inclusive
   * @param matchers which series
   * @return the number of series that had chunks in the range
   */
  public int delete(long minTime, long maxTime, List<Matcher> matchers)
      throws IOException, StorageException {
    synchronized (deletion) {
      Map<Integer, Intervals> stones = new HashMap<>();
      try (Part part = part(Long.MIN_VALUE, Long.MAX_VALUE)) {
        SeriesIds ids = part.select(matchers);
        SeriesEntry entry = new SeriesEntry();
        for (int id : ids.toArray()) {
          index.series(id, entry);
          for (int i = 0; i < entry.chunkCount; i++) {
            if (entry.minTimes[i] <= maxTime && minTime <= entry.maxTimes[i]) {
              // Not beyond what the series has.
              long from = Math.max(minTime, entry.minTimes[0]);
              long to = Math.min(maxTime, entry.maxTimes[entry.chunkCount - 1]);
              stones.put(id, Intervals.of(from, to));
              break;
            }
          }
        }
      }
      if (stones.isEmpty()) {
        return 0;
      }
      Tombstones all = tombstones.with(stones);
      all.write(disk, directory);
      tombstones = all;
      BlockMeta next = meta.withStats(meta.stats().withTombstones(all.count()));
      next.write(disk, directory);
      meta = next;
      size = measure();
      return stones.size();
    }
  }

  /** Remembers, durably, that compacting this block has failed. */
  public void markCompactionFailed() throws IOException {
    BlockMeta.Compaction c = meta.compaction();
    rewrite(
        new BlockMeta.Compaction(
            c.level(), c.sources(), c.deletable(), c.parents(), true, c.hints()));
  }

  /** Remembers, durably, that this block may be deleted. */
  public void markDeletable() throws IOException {
    BlockMeta.Compaction c = meta.compaction();
    rewrite(
        new BlockMeta.Compaction(c.level(), c.sources(), true, c.parents(), c.failed(), c.hints()));
  }

  private void rewrite(BlockMeta.Compaction compaction) throws IOException {
    synchronized (deletion) {
      BlockMeta next = meta.withCompaction(compaction);
      next.write(disk, directory);
      meta = next;
      size = measure();
    }
  }

  /**
   * Puts the block into another folder of the same file system by hard links; {@code tombstones}
   * and {@code meta.json} are copied as they are now.
   *
   * @param parent gets a folder of the block's name
   */
  public void snapshot(Path parent) throws IOException {
    Path to = parent.resolve(meta.ulid().toString());
    Path chunksTo = to.resolve(BlockWriter.CHUNKS);
    disk.createDirectories(chunksTo);
    disk.link(directory.resolve(IndexReader.FILE_NAME), to.resolve(IndexReader.FILE_NAME));
    for (Path chunk : disk.list(directory.resolve(BlockWriter.CHUNKS))) {
      disk.link(chunk, chunksTo.resolve(chunk.getFileName().toString()));
    }
    synchronized (deletion) {
      tombstones.write(disk, to);
      meta.write(disk, to);
    }
    disk.syncDirectory(chunksTo);
    disk.syncDirectory(to);
    disk.syncDirectory(parent);
  }

  /**
   * Reads everything and compares all checksums.
   *
   * @throws CorruptionException at the first thing that is not what it should be
   */
  public void verify() throws IOException, StorageException {
    retainOrThrow();
    try {
      index.verifyPostings();
      SeriesEntry entry = new SeriesEntry();
      ChunkList list = new ChunkList();
      byte[] scratch = new byte[4096];
      for (int id : index.all().toArray()) {
        index.series(id, entry);
        for (int i = 0; i < 2 * entry.labelCount; i++) {
          index.symbol(entry.labels[i]);
        }
        list.clear();
        for (int i = 0; i < entry.chunkCount; i++) {
          chunks.add(
              entry.references[i],
              entry.minTimes[i],
              entry.maxTimes[i],
              Intervals.NONE,
              scratch,
              list);
        }
      }
    } finally {
      release();
    }
  }

  @Override
  public String toString() {
    return meta.ulid().toString();
  }
}
