package io.narthex.storage.tsdb.head;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.storage.SeriesGroups;
import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.postings.Bitmap;
import io.narthex.storage.tsdb.postings.Matching;
import io.narthex.storage.tsdb.postings.SeriesIds;
import io.narthex.storage.tsdb.select.ChunkList;
import io.narthex.storage.tsdb.select.Intervals;
import io.narthex.storage.tsdb.select.LatestSample;
import io.narthex.storage.tsdb.select.Part;
import io.narthex.storage.tsdb.wal.HeadChunk;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

/** The head as one reader sees it. */
final class HeadPart implements Part {
  private final Head head;
  private final SeriesTable table;
  private final Readers.Ticket ticket;
  private final long minTime;
  private final long maxTime;
  private final AtomicBoolean closed = new AtomicBoolean();

  HeadPart(Head head, Readers.Ticket ticket, long from, long to) {
    this.head = head;
    this.table = head.table();
    this.ticket = ticket;
    // As it is now: a compaction moves the beginning before it waits for this reader, who does not
    // see the new block.
    this.minTime = Math.max(from, Math.min(head.minTime(), head.minOutOfOrder()));
    this.maxTime = Math.min(to, Math.max(head.maxTime(), head.maxOutOfOrder()));
  }

  @Override
  public long minTime() {
    return minTime;
  }

  @Override
  public long maxTime() {
    return maxTime;
  }

  @Override
  public SeriesIds select(List<Matcher> matchers) throws StorageException {
    return Matching.select(new HeadIndex(head.labels(), table), matchers);
  }

  @Override
  public boolean sortedIds() {
    return false;
  }

  @Override
  public Labels labels(int id) {
    long ref = table.ref(id);
    Labels cached = ref == 0 ? null : head.labelsCache().get(id, ref);
    if (cached != null) {
      return cached;
    }
    Labels made = table.labels(id);
    if (ref != 0) {
      // A series on its way out has no ref that would tell it from another one of its slot.
      head.labelsCache().put(id, ref, made);
    }
    return made;
  }

  @Override
  public boolean labelsAtHand() {
    return true;
  }

  @Override
  public SeriesGroups groups(int[] ids, Set<String> names, boolean by) {
    return new HeadGroups(head.labels(), table, names, by).of(ids);
  }

  @Override
  public void chunks(int id, long minTime, long maxTime, ChunkList into) throws StorageException {
    chunks(id, minTime, maxTime, true, into);
  }

  /** As {@link #chunks}, without what came out of order. */
  void inOrder(int id, long minTime, long maxTime, ChunkList into) throws StorageException {
    chunks(id, minTime, maxTime, false, into);
  }

  private void chunks(int id, long minTime, long maxTime, boolean late, ChunkList into)
      throws StorageException {
    int earlier = into.size;
    Intervals gone = deleted(id);
    for (int attempt = 0; ; attempt++) {
      MemorySegment page = table.page(id);
      long at = SeriesTable.at(id);
      int version = (int) Layouts.INT_HANDLE.getAcquire(page, at + SeriesTable.VERSION);
      if ((version & 1) == 0) {
        try {
          copy(page, at, id, minTime, maxTime, late, gone, into);
        } catch (IndexOutOfBoundsException | IllegalStateException | StorageException e) {
          if (version == (int) Layouts.INT_HANDLE.getVolatile(page, at + SeriesTable.VERSION)) {
            throw e;
          }
        }
        VarHandle.loadLoadFence();
        if (version == (int) Layouts.INT_HANDLE.getVolatile(page, at + SeriesTable.VERSION)) {
          return;
        }
        into.truncate(earlier);
      }
      pause(attempt);
    }
  }

  private Intervals deleted(int id) {
    // Mostly nothing is, and the look-up would make an object for each series.
    return head.deleted().isEmpty()
        ? Intervals.NONE
        : head.deleted().getOrDefault(id, Intervals.NONE);
  }

  @Override
  public boolean latest(int id, long minTime, long maxTime, LatestSample into) {
    if (!deleted(id).isEmpty()) {
      return false;
    }
    MemorySegment page = table.page(id);
    long at = SeriesTable.at(id);
    int version = (int) Layouts.INT_HANDLE.getAcquire(page, at + SeriesTable.VERSION);
    long time = page.get(Layouts.LONG, at + SeriesTable.MAX_TIME);
    into.time = time;
    into.value = Double.longBitsToDouble(page.get(Layouts.LONG, at + SeriesTable.LAST_BITS));
    int buffer = page.get(Layouts.INT, at + SeriesTable.BUFFER);
    boolean known =
        page.get(Layouts.LONG, at + SeriesTable.REF) != 0
            && buffer != 0
            && (page.get(Layouts.SHORT, at + SeriesTable.FLAGS)
                    & (SeriesTable.LAST_IS_HISTOGRAM | SeriesTable.HAS_OUT_OF_ORDER))
                == 0
            && page.get(Layouts.LONG, at + SeriesTable.SEQ) <= ticket.sees
            && time >= minTime
            && time <= maxTime;
    if (known) {
      into.start = head.commits().lastStart(buffer);
    }
    VarHandle.loadLoadFence();
    return known
        && (version & 1) == 0
        && version == (int) Layouts.INT_HANDLE.getVolatile(page, at + SeriesTable.VERSION);
  }

  private static void pause(int attempt) {
    if (attempt < 100) {
      Thread.onSpinWait();
    } else {
      Thread.yield();
    }
  }

  private void copy(
      MemorySegment page,
      long at,
      int id,
      long minTime,
      long maxTime,
      boolean late,
      Intervals gone,
      ChunkList into)
      throws StorageException {
    if (page.get(Layouts.LONG, at + SeriesTable.REF) == 0) {
      return;
    }
    Slabs memory = head.chunkMemory();
    long end =
        head.readers()
            .end(
                id,
                ticket.sees,
                page.get(Layouts.LONG, at + SeriesTable.SEQ),
                page.get(Layouts.LONG, at + SeriesTable.BEFORE));
    long last = Math.min(maxTime, end);
    int list = page.get(Layouts.INT, at + SeriesTable.CHUNKS);
    if (list != 0) {
      FileChunkReader reader = new FileChunkReader(minTime, last, end, gone, into);
      FileChunks.forEach(memory, list, reader);
      if (reader.failure != null) {
        throw reader.failure;
      }
    }
    int flags = page.get(Layouts.SHORT, at + SeriesTable.FLAGS);
    int buffer = page.get(Layouts.INT, at + SeriesTable.BUFFER);
    if (buffer != 0) {
      long openMin = page.get(Layouts.LONG, at + SeriesTable.OPEN_MIN);
      long openMax = page.get(Layouts.LONG, at + SeriesTable.MAX_TIME);
      if (openMin <= last && openMax >= minTime) {
        int length = (page.get(Layouts.INT, at + SeriesTable.BITS) + 7) >>> 3;
        into.addCopy(
            openMin,
            Math.min(openMax, end),
            head.commits().openEncoding().code(),
            memory.segment(buffer),
            Slabs.offset(buffer) + head.commits().openData(),
            length,
            gone);
        into.open[into.size - 1] = true;
      }
    }
    if ((flags & SeriesTable.HAS_HISTOGRAMS) != 0) {
      head.histograms().chunks(id, minTime, last, end, gone, into);
    }
    if (late && (flags & SeriesTable.HAS_OUT_OF_ORDER) != 0) {
      int first = into.size;
      head.outOfOrder().chunks(id, minTime, maxTime, ticket.sees, into);
      if (!gone.isEmpty()) {
        into.setDeleted(first, gone);
      }
    }
  }

  private final class FileChunkReader implements FileChunks.Sink {
    private final long minTime;
    private final long last;
    private final long end;
    private final Intervals gone;
    private final ChunkList into;
    private @org.jspecify.annotations.Nullable HeadChunk chunk;
    private @org.jspecify.annotations.Nullable StorageException failure;

    FileChunkReader(long minTime, long last, long end, Intervals gone, ChunkList into) {
      this.minTime = minTime;
      this.last = last;
      this.end = end;
      this.gone = gone;
      this.into = into;
    }

    @Override
    public void chunk(long chunkMin, long chunkMax, long ref) {
      if (chunkMin > last || chunkMax < minTime || failure != null) {
        return;
      }
      try {
        HeadChunk read = chunk;
        if (read == null) {
          read = new HeadChunk();
          chunk = read;
        }
        head.files().read(ref, read);
        into.addCopy(
            chunkMin,
            Math.min(chunkMax, end),
            read.encoding,
            read.segment(),
            read.offset,
            read.length,
            gone);
      } catch (java.io.IOException e) {
        failure =
            head.isClosed()
                ? new StorageException(
                    StorageException.Kind.CLOSED, "cannot read: the storage is closed", e)
                : new StorageException(
                    StorageException.Kind.CORRUPTION, String.valueOf(e.getMessage()), e);
      }
    }
  }

  @Override
  public boolean hasChunks(int id, long minTime, long maxTime) {
    return hasInOrder(id, minTime, maxTime)
        || (!head.outOfOrder().isEmpty()
            && head.outOfOrder().has(id)
            && head.outOfOrder().overlaps(id, minTime, maxTime));
  }

  /** As {@link #hasChunks}, without what came out of order. */
  boolean hasInOrder(int id, long minTime, long maxTime) {
    for (int attempt = 0; ; attempt++) {
      MemorySegment page = table.page(id);
      long at = SeriesTable.at(id);
      int version = (int) Layouts.INT_HANDLE.getAcquire(page, at + SeriesTable.VERSION);
      if ((version & 1) == 0) {
        boolean has = false;
        try {
          has = has(page, at, id, minTime, maxTime);
        } catch (IndexOutOfBoundsException | IllegalStateException e) {
          if (version == (int) Layouts.INT_HANDLE.getVolatile(page, at + SeriesTable.VERSION)) {
            throw e;
          }
        }
        VarHandle.loadLoadFence();
        if (version == (int) Layouts.INT_HANDLE.getVolatile(page, at + SeriesTable.VERSION)) {
          return has;
        }
      }
      pause(attempt);
    }
  }

  private boolean has(MemorySegment page, long at, int id, long minTime, long maxTime) {
    if (page.get(Layouts.LONG, at + SeriesTable.REF) == 0) {
      return false;
    }
    Intervals gone = deleted(id);
    long end =
        head.readers()
            .end(
                id,
                ticket.sees,
                page.get(Layouts.LONG, at + SeriesTable.SEQ),
                page.get(Layouts.LONG, at + SeriesTable.BEFORE));
    long last = Math.min(maxTime, end);
    int flags = page.get(Layouts.SHORT, at + SeriesTable.FLAGS);
    if (page.get(Layouts.INT, at + SeriesTable.BUFFER) != 0
        || (flags & SeriesTable.LAST_IS_HISTOGRAM) != 0) {
      long openMin = page.get(Layouts.LONG, at + SeriesTable.OPEN_MIN);
      long openMax = Math.min(end, page.get(Layouts.LONG, at + SeriesTable.MAX_TIME));
      if (openMin <= last && openMax >= minTime && !gone.covers(openMin, openMax)) {
        return true;
      }
    }
    int list = page.get(Layouts.INT, at + SeriesTable.CHUNKS);
    if (list != 0) {
      boolean[] found = {false};
      FileChunks.forEach(
          head.chunkMemory(),
          list,
          (chunkMin, chunkMax, ref) -> {
            if (chunkMin <= last && chunkMax >= minTime && !gone.covers(chunkMin, chunkMax)) {
              found[0] = true;
            }
          });
      return found[0];
    }
    return false;
  }

  @Override
  public List<String> labelValues(
      String name, List<Matcher> matchers, int limit, Predicate<String> test)
      throws StorageException {
    LabelStore labels = head.labels();
    LabelStore.Name n = labels.name(name);
    if (n == null) {
      return List.of();
    }
    Bitmap wanted =
        matchers.isEmpty() ? null : Matching.select(new HeadIndex(labels, table), matchers);
    List<String> out = new ArrayList<>();
    String before = "";
    for (int pair : labels.sortedPairs(n)) {
      if (wanted == null ? labels.seriesCount(pair) > 0 : wanted.intersects(labels.series(pair))) {
        String value = labels.value(pair);
        // A list read while it changes may have a pair twice.
        if (!value.equals(before)) {
          before = value;
          if (test.test(value)) {
            out.add(value);
            if (limit > 0 && out.size() > limit) {
              break;
            }
          }
        }
      }
    }
    return out;
  }

  @Override
  public List<String> labelNames(List<Matcher> matchers, int limit) throws StorageException {
    LabelStore labels = head.labels();
    TreeSet<String> out = new TreeSet<>(Labels::compareCodePoints);
    if (matchers.isEmpty()) {
      for (LabelStore.Name n : labels.names()) {
        if (n.count > 0) {
          out.add(n.text);
        }
      }
    } else {
      int[][] pairs = {new int[32]};
      java.util.BitSet seen = new java.util.BitSet();
      Matching.select(new HeadIndex(labels, table), matchers)
          .forEach(slot -> {
            pairs[0] = table.pairs(slot, pairs[0]);
            int count = table.labelCount(slot);
            for (int i = 0; i < count; i++) {
              seen.set(labels.nameOf(pairs[0][i]).id);
            }
          });
      for (LabelStore.Name n : labels.names()) {
        if (seen.get(n.id)) {
          out.add(n.text);
        }
      }
    }
    List<String> list = new ArrayList<>(out);
    return limit > 0 && list.size() > limit + 1 ? list.subList(0, limit + 1) : list;
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      ticket.close();
    }
  }
}
