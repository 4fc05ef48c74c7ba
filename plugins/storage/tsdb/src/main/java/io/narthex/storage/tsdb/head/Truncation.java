package io.narthex.storage.tsdb.head;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.StaleMarker;
import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.compact.CompactableHead;
import io.narthex.storage.tsdb.select.Intervals;
import io.narthex.storage.tsdb.select.SortedPart;
import io.narthex.storage.tsdb.wal.Checkpoint;
import io.narthex.storage.tsdb.wal.Segments;
import io.narthex.storage.tsdb.wal.WalWriter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What compaction does with the head: reads ranges in order, then makes the head forget them.
 *
 * <p>Forgetting waits for the readers that began before the new block could be seen. Records change
 * under the commit lock, some thousand at a time. A series without samples goes if no appender that
 * is open has asked for it; its memory is given back once the readers of that moment have ended.
 */
final class Truncation implements CompactableHead {
  private static final Logger log = LoggerFactory.getLogger(Truncation.class);

  /** Records changed at one go, so that commits do not wait long. */
  private static final int SLICE = 2048;

  /** How long readers and appenders are waited for. */
  private static final long PATIENCE = 10 * 60 * 1000L;

  private final Head head;
  private final Readers.Limbo<SeriesTable.Removed> limbo = new Readers.Limbo<>();

  /**
   * How long the log may still speak of a ref that no series has.
   *
   * @param segment the last one that may
   * @param time of its last sample: checkpoints keep samples from their own time on, wherever these
   *     stood
   */
  private record Expiry(int segment, long time) {
    boolean isPast(int checkpointed, long minTime) {
      return segment <= checkpointed && time < minTime;
    }
  }

  /** Refs of removed series, and those that are not their series' own. */
  private final Map<Long, Expiry> expiries = new ConcurrentHashMap<>();

  Truncation(Head head) {
    this.head = head;
  }

  @Override
  public long minTime() {
    return head.minTime();
  }

  @Override
  public long maxTime() {
    return head.maxTime();
  }

  @Override
  public int seriesCount() {
    return head.seriesCount();
  }

  @Override
  public int staleSeriesCount() {
    int n = 0;
    for (int slot : head.labels().all().toArray()) {
      if (isStale(slot)) {
        n++;
      }
    }
    return n;
  }

  private boolean isStale(int slot) {
    MemorySegment page = head.table().page(slot);
    long at = SeriesTable.at(slot);
    if (page.get(Layouts.LONG, at + SeriesTable.MAX_TIME) == Long.MIN_VALUE
        || page.get(Layouts.LONG, at + SeriesTable.REF) == 0) {
      return false;
    }
    NativeHistogram last = head.histograms().last(slot);
    return last != null
        ? last.isStale()
        : page.get(Layouts.LONG, at + SeriesTable.LAST_BITS) == StaleMarker.BITS;
  }

  @Override
  public long diskSize() throws IOException {
    WalWriter wal = head.wal();
    WalWriter wbl = head.wbl();
    return (wal == null ? 0 : wal.size()) + (wbl == null ? 0 : wbl.size()) + head.files().size();
  }

  @Override
  public SortedPart sorted(long minTime, long maxTime) throws StorageException {
    // Nobody begins to write into a range that lies half a chunk range and more behind the newest
    // sample; those who have begun end first. A range up to now, as of a snapshot, goes on growing.
    if (!head.awaitAppenders(PATIENCE)) {
      if (head.readers().isStopped()) {
        throw closing();
      }
      throw new StorageException(
          StorageException.Kind.IO,
          "cannot compact the head: an append transaction has been open for 10 minutes");
    }
    HeadPart part = new HeadPart(head, head.readers().open(), minTime, maxTime);
    return inOrder(part, slot -> part.hasInOrder(slot, minTime, maxTime));
  }

  /** What {@code part} sees of some series. Closes the part also when sorting fails. */
  private SortedPart inOrder(HeadPart part, IntPredicate wanted) {
    boolean made = false;
    try {
      SortedPart sorted = new HeadSorted(head, wanted, part::inOrder, part::close);
      made = true;
      return sorted;
    } finally {
      if (!made) {
        part.close();
      }
    }
  }

  @Override
  public void forget(long time) throws IOException, StorageException {
    head.counters().truncations.increment();
    long from = System.nanoTime();
    head.setMinTime(Math.max(head.minTime(), time));
    head.setMinValid(Math.max(head.minValid(), time));
    awaitReaders();
    drop(time, slot -> true);
    head.counters().collections.increment();
    head.counters().collectionNanos.add(System.nanoTime() - from);
  }

  private static StorageException closing() {
    return new StorageException(StorageException.Kind.CLOSED, "the storage is being closed");
  }

  private void awaitReaders() throws StorageException {
    try {
      if (!head.readers().awaitGone(head.readers().mark(), PATIENCE)) {
        if (head.readers().isStopped()) {
          throw closing();
        }
        log.warn("a query has been reading for more than 10 minutes, the head is truncated now");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StorageException(
          StorageException.Kind.CLOSED, "cannot truncate the head: interrupted", e);
    }
  }

  /** Drops in-order samples before a time of some series, and series that have none left. */
  private void drop(long time, IntPredicate wanted) throws IOException {
    reclaim();
    SeriesTable table = head.table();
    head.beginMinTime();
    int[] slots = head.labels().all().toArray();
    int[] empty = new int[64];
    int n = 0;
    long minTime = Long.MAX_VALUE;
    int oldestFile = Integer.MAX_VALUE;
    for (int i = 0; i < slots.length; i += SLICE) {
      head.commits().lock().lock();
      try {
        for (int k = i; k < Math.min(slots.length, i + SLICE); k++) {
          int slot = slots[k];
          if (table.ref(slot) == 0) {
            continue;
          }
          if (wanted.test(slot)) {
            dropChunks(slot, time);
          }
          MemorySegment page = table.page(slot);
          long at = SeriesTable.at(slot);
          long first = firstTime(page, at, slot);
          if (first == Long.MAX_VALUE) {
            if (wanted.test(slot) && !head.outOfOrder().has(slot)) {
              if (n == empty.length) {
                empty = Arrays.copyOf(empty, 2 * n);
              }
              empty[n++] = slot;
            }
          } else {
            minTime = Math.min(minTime, first);
          }
          int[] file = {oldestFile};
          FileChunks.forEach(
              head.chunkMemory(),
              page.get(Layouts.INT, at + SeriesTable.CHUNKS),
              (min, max, ref) -> file[0] = Math.min(file[0], (int) (ref >>> 32)));
          oldestFile = file[0];
        }
      } finally {
        head.commits().lock().unlock();
      }
    }
    remove(empty, n);
    head.endMinTime(minTime);
    if (oldestFile == Integer.MAX_VALUE) {
      oldestFile = head.files().lastFile();
    }
    head.files().truncate(oldestFile);
  }

  private void dropChunks(int slot, long time) {
    SeriesTable table = head.table();
    Slabs memory = head.chunkMemory();
    MemorySegment page = table.page(slot);
    long at = SeriesTable.at(slot);
    int version = page.get(Layouts.INT, at + SeriesTable.VERSION);
    Layouts.INT_HANDLE.setOpaque(page, at + SeriesTable.VERSION, version + 1);
    VarHandle.storeStoreFence();
    try {
      int list = page.get(Layouts.INT, at + SeriesTable.CHUNKS);
      int had = FileChunks.count(memory, list);
      list = FileChunks.dropBefore(memory, list, time);
      page.set(Layouts.INT, at + SeriesTable.CHUNKS, list);
      int dropped = had - FileChunks.count(memory, list);
      int buffer = page.get(Layouts.INT, at + SeriesTable.BUFFER);
      long max = page.get(Layouts.LONG, at + SeriesTable.MAX_TIME);
      if (buffer != 0 && max < time) {
        memory.free(buffer, memory.segment(buffer).get(Layouts.INT, Slabs.offset(buffer)));
        page.set(Layouts.INT, at + SeriesTable.BUFFER, 0);
        dropped++;
      }
      if ((page.get(Layouts.SHORT, at + SeriesTable.FLAGS) & SeriesTable.HAS_HISTOGRAMS) != 0) {
        head.histograms().dropBefore(slot, time);
      }
      if (dropped > 0) {
        head.counters().chunksRemoved.add(dropped);
      }
    } finally {
      Layouts.INT_HANDLE.setRelease(page, at + SeriesTable.VERSION, version + 2);
    }
    Intervals gone = head.deleted().get(slot);
    if (gone != null) {
      Intervals rest = gone.after(time - 1);
      if (rest.isEmpty()) {
        head.deleted().remove(slot);
      } else {
        head.deleted().put(slot, rest);
      }
    }
  }

  /** The first in-order time that the series still has; {@link Long#MAX_VALUE} when it has none. */
  private long firstTime(MemorySegment page, long at, int slot) {
    long[] first = {Long.MAX_VALUE};
    FileChunks.forEach(
        head.chunkMemory(),
        page.get(Layouts.INT, at + SeriesTable.CHUNKS),
        (min, max, ref) -> first[0] = Math.min(first[0], min));
    if (first[0] != Long.MAX_VALUE) {
      return first[0];
    }
    if (page.get(Layouts.INT, at + SeriesTable.BUFFER) != 0) {
      return page.get(Layouts.LONG, at + SeriesTable.OPEN_MIN);
    }
    return head.histograms().minTime(slot);
  }

  private void remove(int[] empty, int count) {
    if (count == 0) {
      return;
    }
    int untouchedSince = head.beginCleanUp();
    SeriesTable table = head.table();
    WalWriter wal = head.wal();
    int segment = wal == null ? 0 : wal.position().segment();
    head.commits().lock().lock();
    head.seriesLock().lock();
    try {
      int[] gone = new int[count];
      int n = 0;
      for (int i = 0; i < count; i++) {
        int slot = empty[i];
        MemorySegment page = table.page(slot);
        long at = SeriesTable.at(slot);
        if (firstTime(page, at, slot) != Long.MAX_VALUE
            || head.outOfOrder().has(slot)
            || touched(page, at) >= untouchedSince) {
          continue;
        }
        long ref = table.hide(slot);
        if (touched(page, at) >= untouchedSince) {
          // An appender has asked for it at this very moment.
          table.show(slot, ref);
          continue;
        }
        table.forget(ref);
        expiries.put(ref, new Expiry(segment, page.get(Layouts.LONG, at + SeriesTable.MAX_TIME)));
        head.metadata().remove(slot);
        head.deleted().remove(slot);
        head.histograms().remove(slot);
        gone[n++] = slot;
      }
      if (n > 0) {
        Arrays.sort(gone, 0, n);
        int removed = n;
        head.exemplars().forget(slot -> Arrays.binarySearch(gone, 0, removed, slot) >= 0);
        limbo.add(head.readers(), () -> table.remove(gone, removed));
        table.sweepRefs();
        head.counters().seriesRemoved.add(n);
      }
    } finally {
      head.seriesLock().unlock();
      head.commits().lock().unlock();
    }
    reclaim();
  }

  /**
   * Notes that the logs before a segment speak of series by other refs than their own: checkpoints
   * keep the records that explain them.
   *
   * @param aliases pairs of such a ref and the series' own
   */
  void keepAliases(long[] aliases, int segment) {
    for (int i = 0; i < aliases.length; i += 2) {
      expiries.put(aliases[i], new Expiry(segment, head.maxTime()));
    }
  }

  private static int touched(MemorySegment page, long at) {
    return (int) Layouts.INT_HANDLE.getVolatile(page, at + SeriesTable.TOUCHED);
  }

  /** Frees what no reader can see any more. */
  void reclaim() {
    SeriesTable.Removed removed;
    while ((removed = limbo.poll(head.readers())) != null) {
      head.seriesLock().lock();
      try {
        head.table().reclaim(removed);
      } finally {
        head.seriesLock().unlock();
      }
    }
  }

  @Override
  public void truncateLog(long time) throws IOException, StorageException {
    WalWriter wal = head.wal();
    if (wal == null) {
      return;
    }
    long began = System.nanoTime();
    head.counters().logTruncations.increment();
    try {
      List<Segments.Segment> segments = Segments.list(head.disk(), wal.directory());
      wal.nextSegment();
      if (segments.isEmpty()) {
        return;
      }
      int first = segments.getFirst().index();
      // The segment that was written to just now stays, and so does the newer third.
      int last = segments.getLast().index() - 1;
      if (last < 0) {
        return;
      }
      last = first + (last - first) * 2 / 3;
      if (last <= first) {
        return;
      }
      int checkpointed = last;
      head.counters().checkpoints.increment();
      try {
        Checkpoint.create(
            head.disk(),
            wal.directory(),
            first,
            last,
            ref -> {
              if (head.table().slot(ref) >= 0) {
                return true;
              }
              Expiry until = expiries.get(ref);
              return until != null && !until.isPast(checkpointed, time);
            },
            time,
            wal.compression());
      } catch (IOException e) {
        head.counters().checkpointFailures.increment();
        throw e;
      }
      wal.truncate(last + 1);
      expiries.values().removeIf(until -> until.isPast(checkpointed, time));
      try {
        Checkpoint.deleteBefore(head.disk(), wal.directory(), last);
      } catch (IOException e) {
        head.counters().checkpointDeletionFailures.increment();
        log.error("cannot delete old checkpoints err=\"{}\"", e.getMessage());
      }
    } catch (IOException e) {
      head.counters().logTruncationFailures.increment();
      throw e;
    } finally {
      head.counters().logTruncationNanos.add(System.nanoTime() - began);
    }
  }

  // Out of order

  @Override
  public @Nullable Cut outOfOrder() throws IOException, StorageException {
    if (head.outOfOrder().isEmpty()) {
      return null;
    }
    int keepFrom;
    head.commits().lock().lock();
    try {
      head.outOfOrder().seal();
      WalWriter wbl = head.wbl();
      keepFrom = wbl == null ? 0 : wbl.nextSegment();
    } finally {
      head.commits().lock().unlock();
    }
    long min = head.outOfOrder().minTime();
    long max = head.outOfOrder().maxTime();
    return new Cut() {
      @Override
      public long minTime() {
        return min;
      }

      @Override
      public long maxTime() {
        return max;
      }

      @Override
      public long nextTime(long from) {
        return head.outOfOrder().sealedFrom(from);
      }

      @Override
      public SortedPart sorted(long from, long to) {
        return new HeadSorted(
            head,
            slot -> head.outOfOrder().has(slot),
            (slot, a, b, into) -> {
              int first = into.size;
              head.outOfOrder().sealed(slot, a, b, into);
              Intervals gone = head.deleted().get(slot);
              if (gone != null) {
                into.setDeleted(first, gone);
              }
            },
            () -> {});
      }

      @Override
      public void drop() throws IOException, StorageException {
        awaitReaders();
        head.commits().lock().lock();
        try {
          head.outOfOrder().dropSealed();
          head.setOutOfOrderRange(head.outOfOrder().minTime(), head.outOfOrder().maxTime());
        } finally {
          head.commits().lock().unlock();
        }
        WalWriter wbl = head.wbl();
        if (wbl != null) {
          wbl.truncate(keepFrom);
        }
      }

      @Override
      public void close() {}
    };
  }

  // Stale series

  @Override
  public @Nullable Cut stale() throws IOException, StorageException {
    if (!head.awaitAppenders(PATIENCE)) {
      return null;
    }
    int[] slots =
        Arrays.stream(head.labels().all().toArray())
            .filter(slot -> isStale(slot) && !head.outOfOrder().has(slot))
            .toArray();
    if (slots.length == 0) {
      return null;
    }
    long min = Long.MAX_VALUE;
    long max = Long.MIN_VALUE;
    long[] ends = new long[slots.length];
    for (int i = 0; i < slots.length; i++) {
      MemorySegment page = head.table().page(slots[i]);
      long at = SeriesTable.at(slots[i]);
      ends[i] = page.get(Layouts.LONG, at + SeriesTable.MAX_TIME);
      max = Math.max(max, ends[i]);
      min = Math.min(min, firstTime(page, at, slots[i]));
    }
    long minTime = min;
    long maxTime = max;
    IntPredicate chosen = slot -> Arrays.binarySearch(slots, slot) >= 0;
    return new Cut() {
      @Override
      public long minTime() {
        return minTime;
      }

      @Override
      public long maxTime() {
        return maxTime;
      }

      @Override
      public SortedPart sorted(long from, long to) {
        HeadPart part = new HeadPart(head, head.readers().open(), from, to);
        return inOrder(part, chosen);
      }

      @Override
      public void drop() throws IOException, StorageException {
        awaitReaders();
        Truncation.this.drop(
            Long.MAX_VALUE,
            slot -> {
              int i = Arrays.binarySearch(slots, slot);
              return i >= 0
                  && head.table()
                          .page(slot)
                          .get(Layouts.LONG, SeriesTable.at(slot) + SeriesTable.MAX_TIME)
                      == ends[i];
            });
      }

      @Override
      public void close() {}
    };
  }
}
