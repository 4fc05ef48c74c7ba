package io.narthex.storage.tsdb.head;

import io.narthex.api.model.Matcher;
import io.narthex.api.model.Metadata;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.CardinalitySource;
import io.narthex.api.storage.ExemplarStorage;
import io.narthex.api.storage.SeriesKey;
import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.compact.CompactableHead;
import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.postings.Bitmap;
import io.narthex.storage.tsdb.postings.Matching;
import io.narthex.storage.tsdb.select.Intervals;
import io.narthex.storage.tsdb.select.Part;
import io.narthex.storage.tsdb.wal.HeadChunkFiles;
import io.narthex.storage.tsdb.wal.RecordBuffer;
import io.narthex.storage.tsdb.wal.Records;
import io.narthex.storage.tsdb.wal.TombstoneRecord;
import io.narthex.storage.tsdb.wal.WalWriter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The recent past, in memory: every series that had a sample since the last block, with its chunks.
 *
 * <p>Locks, in the order in which they may be taken: the commit lock (records, chunks, logs), then
 * the series lock (new series, label pairs). Readers take neither.
 */
public final class Head implements AutoCloseable {
  private static final int POOL = 32;

  private final Disk disk;
  private final HeadOptions options;
  private final Counters counters = new Counters();
  private final Slabs labelMemory = new Slabs();
  private final Slabs chunkMemory = new Slabs();
  private final LabelStore labels;
  private final SeriesTable table;
  private final Readers readers = new Readers();
  private final Commits commits;
  private final Exemplars exemplars;
  private final OutOfOrder outOfOrder;
  private final HistogramSeries histograms;
  private final Truncation truncation;
  private final ConcurrentHashMap<Integer, Metadata> metadata = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Integer, Intervals> deleted = new ConcurrentHashMap<>();
  private final ReentrantLock seriesLock = new ReentrantLock();
  private final ConcurrentLinkedQueue<Transaction> pool = new ConcurrentLinkedQueue<>();
  private final AtomicInteger pooled = new AtomicInteger();
  private final LabelsCache labelsCache = new LabelsCache();

  /** New series that no record tells of yet, as one record; under the series lock. */
  private RecordBuffer newSeries = new RecordBuffer();

  private int newSeriesCount;

  /** Series whose records are being written, or could not be; under the commit lock. */
  private RecordBuffer unloggedSeries = new RecordBuffer();

  private final RecordBuffer groupRecords = new RecordBuffer();

  private volatile @Nullable HeadChunkFiles files;
  private volatile @Nullable WalWriter wal;
  private volatile @Nullable WalWriter wbl;

  private volatile long minTime = Long.MAX_VALUE;
  private volatile long maxTime = Long.MIN_VALUE;
  private volatile long minValid = Long.MIN_VALUE;

  /** The earliest sample committed since {@link #beginMinTime}; under the commit lock. */
  private long earliestSince = Long.MAX_VALUE;

  private volatile long minOutOfOrder = Long.MAX_VALUE;
  private volatile long maxOutOfOrder = Long.MIN_VALUE;
  private volatile long window;

  /** Refs in the logs and files that are not their series' own, each with the one that is. */
  private long[] aliases = new long[0];

  /** Open appenders by the clean-up round in which they began. */
  private final TreeMap<Integer, Integer> openAppenders = new TreeMap<>();

  private int cleanUpRound = 1;
  private volatile Runnable afterCommit = () -> {};
  private volatile boolean closed;

  /** Makes an empty head that has no files yet; see {@link #use}. */
  public Head(Disk disk, HeadOptions options, long secret) {
    this.disk = disk;
    this.options = options;
    this.window = options.outOfOrderWindow();
    Hash hash = new Hash(secret);
    this.labels = new LabelStore(hash, labelMemory);
    this.table = new SeriesTable(hash, labelMemory, labels);
    this.outOfOrder = new OutOfOrder(options.starts());
    this.exemplars = new Exemplars(options.maxExemplars());
    this.commits = new Commits(this, chunkMemory, readers);
    this.histograms = new HistogramSeries(this);
    this.truncation = new Truncation(this);
  }

  /**
   * Gives the head its files.
   *
   * @param outOfOrderLog null while samples out of order are not taken
   */
  public void use(
      HeadChunkFiles chunkFiles, @Nullable WalWriter log, @Nullable WalWriter outOfOrderLog) {
    this.files = chunkFiles;
    this.wal = log;
    this.wbl = outOfOrderLog;
    if (log != null) {
      truncation.keepAliases(aliases, log.position().segment());
    }
    commits.use(chunkFiles);
  }

  // What the other classes of this room need

  public HeadOptions options() {
    return options;
  }

  public Counters counters() {
    return counters;
  }

  Disk disk() {
    return disk;
  }

  /** What compaction asks of the head. */
  public CompactableHead compactable() {
    return truncation;
  }

  SeriesTable table() {
    return table;
  }

  LabelStore labels() {
    return labels;
  }

  Slabs chunkMemory() {
    return chunkMemory;
  }

  Readers readers() {
    return readers;
  }

  Commits commits() {
    return commits;
  }

  Exemplars exemplars() {
    return exemplars;
  }

  OutOfOrder outOfOrder() {
    return outOfOrder;
  }

  HistogramSeries histograms() {
    return histograms;
  }

  LabelsCache labelsCache() {
    return labelsCache;
  }

  ReentrantLock seriesLock() {
    return seriesLock;
  }

  /** The files of full chunks. */
  public HeadChunkFiles files() {
    HeadChunkFiles f = files;
    if (f == null) {
      throw new IllegalStateException("the head has no files yet");
    }
    return f;
  }

  /** The files of chunks; null while there are none. */
  public @Nullable HeadChunkFiles openFiles() {
    return files;
  }

  /** The log of commits; null while there is none. */
  public @Nullable WalWriter wal() {
    return wal;
  }

  /** The log of samples out of order; null while there is none. */
  public @Nullable WalWriter wbl() {
    return wbl;
  }

  @Nullable Metadata metadata(int slot) {
    return metadata.get(slot);
  }

  void setMetadata(int slot, Metadata m) {
    if (options.logMetadata()) {
      metadata.put(slot, m);
    }
  }

  ConcurrentHashMap<Integer, Metadata> metadata() {
    return metadata;
  }

  /** Deleted ranges by slot. */
  ConcurrentHashMap<Integer, Intervals> deleted() {
    return deleted;
  }

  // Times

  /** Time of the earliest sample in order, in milliseconds; {@link Long#MAX_VALUE} without any. */
  public long minTime() {
    return minTime;
  }

  /** Time of the latest sample, in milliseconds; {@link Long#MIN_VALUE} without any. */
  public long maxTime() {
    return maxTime;
  }

  /** The earliest time out of order; {@link Long#MAX_VALUE} without any. */
  public long minOutOfOrder() {
    return minOutOfOrder;
  }

  /** The latest time out of order; {@link Long#MIN_VALUE} without any. */
  public long maxOutOfOrder() {
    return maxOutOfOrder;
  }

  /** Samples before this time belong to blocks and are not taken in order. */
  public long minValid() {
    return minValid;
  }

  /** Sets {@link #minValid}: the end of the newest block. */
  public void setMinValid(long time) {
    minValid = time;
  }

  public long outOfOrderWindow() {
    return window;
  }

  /** Changes how far behind samples may come, in milliseconds; 0 for not at all. */
  public void setOutOfOrderWindow(long millis) {
    window = millis;
  }

  /** Widens the head's range. Under the commit lock. */
  void spread(long from, long to) {
    earliestSince = Math.min(earliestSince, from);
    if (from < minTime) {
      minTime = from;
    }
    if (to > maxTime) {
      maxTime = to;
    }
  }

  void spreadOutOfOrder(long time) {
    if (time < minOutOfOrder) {
      minOutOfOrder = time;
    }
    if (time > maxOutOfOrder) {
      maxOutOfOrder = time;
    }
  }

  void setMinTime(long time) {
    minTime = time;
  }

  /** Begins to look through the series for their earliest sample. */
  void beginMinTime() {
    commits.lock().lock();
    try {
      earliestSince = Long.MAX_VALUE;
    } finally {
      commits.lock().unlock();
    }
  }

  /**
   * Moves the head's beginning up to the earliest sample that was found since {@link
   * #beginMinTime}, but not beyond one that was committed meanwhile: compaction would pass it over.
   */
  void endMinTime(long found) {
    commits.lock().lock();
    try {
      long time = Math.min(found, earliestSince);
      if (time != Long.MAX_VALUE && time > minTime) {
        minTime = time;
      }
    } finally {
      commits.lock().unlock();
    }
  }

  void setOutOfOrderRange(long from, long to) {
    minOutOfOrder = from;
    maxOutOfOrder = to;
  }

  /**
   * The earliest time that a transaction takes in order: half a chunk range before the newest
   * sample, but none that belongs to a block. The first transaction of all counts from its own
   * first sample.
   */
  long minValidFor(long[] times, int size) {
    long newest = maxTime;
    if (newest == Long.MIN_VALUE) {
      newest = size > 0 ? times[0] : 0;
    }
    return Math.max(minValid, newest - options.chunkRange() / 2);
  }

  // Appending

  /** Begins a transaction. */
  public Appender appender(AppendOptions appendOptions) {
    return new HeadAppender(this, appendOptions);
  }

  Transaction transaction() {
    Transaction tx = pool.poll();
    if (tx == null) {
      return new Transaction();
    }
    pooled.decrementAndGet();
    return tx;
  }

  void recycle(Transaction tx) {
    tx.clear();
    if (tx.slots.length <= 1 << 16 && pooled.get() < POOL) {
      pooled.incrementAndGet();
      pool.add(tx);
    }
  }

  /** Notes that an appender begins, and tells in which round: at once, lest one begins between. */
  synchronized int appenderOpened() {
    openAppenders.merge(cleanUpRound, 1, Integer::sum);
    return cleanUpRound;
  }

  synchronized void appenderClosed(int round) {
    openAppenders.computeIfPresent(round, (r, n) -> n == 1 ? null : n - 1);
    notifyAll();
  }

  /**
   * Waits until all appenders that are open now have ended.
   *
   * @return false when that took longer
   */
  synchronized boolean awaitAppenders(long millis) throws StorageException {
    int round = ++cleanUpRound;
    long deadline = System.nanoTime() + millis * 1_000_000;
    while (!openAppenders.isEmpty() && openAppenders.firstKey() < round) {
      if (readers.isStopped()) {
        return false;
      }
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return false;
      }
      try {
        wait(left);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new StorageException(
            StorageException.Kind.CLOSED, "cannot wait for appenders: interrupted", e);
      }
    }
    return true;
  }

  /**
   * Begins a clean-up.
   *
   * @return series which were touched in a round before this one may go
   */
  synchronized int beginCleanUp() {
    cleanUpRound++;
    return openAppenders.isEmpty() ? cleanUpRound : openAppenders.firstKey();
  }

  /**
   * Notes that an appender uses a series, so that no clean-up takes it away before the commit.
   *
   * @return false when one has taken it away already
   */
  boolean touch(int slot, int round) {
    MemorySegment page = table.page(slot);
    long at = SeriesTable.at(slot);
    if ((int) Layouts.INT_HANDLE.getVolatile(page, at + SeriesTable.TOUCHED) < round) {
      Layouts.INT_HANDLE.setVolatile(page, at + SeriesTable.TOUCHED, round);
    }
    return table.ref(slot) != 0;
  }

  /** The ref of a series, which is made when it does not exist. */
  long series(SeriesKey key, int round) throws StorageException {
    int count = key.size();
    if (count == 0) {
      throw new StorageException(
          StorageException.Kind.BAD_REQUEST, "cannot append: empty labelset: invalid sample");
    }
    byte[] packed = key.bytes();
    int length = key.length();
    int h = table.hash(packed, 0, length);
    // Without the lock the slot may go to another series between any two steps. A ref never does.
    long known = table.findRef(h, packed, 0, length, count);
    int slot = table.slot(known);
    if (slot >= 0 && touch(slot, round) && table.ref(slot) == known) {
      return known;
    }
    seriesLock.lock();
    try {
      slot = table.find(h, packed, 0, length, count);
      if (slot < 0 || !touch(slot, round)) {
        slot = table.add(h, packed, 0, length, count, 0);
        if (newSeriesCount++ == 0) {
          Records.beginSeries(newSeries);
        }
        Records.series(newSeries, table.ref(slot), count, packed, 0, length);
        counters.seriesCreated.increment();
        touch(slot, round);
      }
      return table.ref(slot);
    } finally {
      seriesLock.unlock();
    }
  }

  /** Whether the files are closed, or about to be. */
  boolean isClosed() {
    return closed;
  }

  void commit(Transaction tx) throws StorageException {
    if (closed) {
      throw new StorageException(StorageException.Kind.CLOSED, "the storage is closed");
    }
    commits.commit(tx);
    afterCommit.run();
  }

  /** Sets what runs after each commit; it must be quick. */
  public void onCommit(Runnable action) {
    afterCommit = action;
  }

  /** Whether samples out of order have a log. */
  public boolean hasOutOfOrderLog() {
    return wbl != null;
  }

  /** Gives samples out of order a log, which the head closes. */
  public void setOutOfOrderLog(WalWriter log) {
    commits.lock().lock();
    try {
      wbl = log;
    } finally {
      commits.lock().unlock();
    }
  }

  /** Ends all waiting of a compaction for readers and appenders: the head is going to be closed. */
  public void stopWaiting() {
    readers.stop();
    synchronized (this) {
      notifyAll();
    }
  }

  /** Gives back memory that no reader can see any more. */
  public void reclaim() {
    truncation.reclaim();
  }

  /** Writes the records of a group of transactions, and of new series before them. */
  void log(List<Transaction> group) throws IOException {
    WalWriter to = wal;
    if (to == null) {
      throw new IOException("the log is closed");
    }
    takeNewSeries();
    if (group.size() == 1 && unloggedSeries.isEmpty()) {
      to.log(group.getFirst().records.buffer);
    } else {
      groupRecords.clear();
      groupRecords.addAll(unloggedSeries);
      for (Transaction tx : group) {
        groupRecords.addAll(tx.records.buffer);
      }
      to.log(groupRecords);
      // Only now: after a failure the next commit must tell of them again.
      unloggedSeries.clear();
    }
  }

  private void takeNewSeries() {
    seriesLock.lock();
    try {
      if (newSeriesCount > 0) {
        Records.endSeries(newSeries);
        newSeriesCount = 0;
        if (unloggedSeries.isEmpty()) {
          RecordBuffer empty = unloggedSeries;
          unloggedSeries = newSeries;
          newSeries = empty;
        } else {
          unloggedSeries.addAll(newSeries);
          newSeries.clear();
        }
      }
    } finally {
      seriesLock.unlock();
    }
  }

  /** Writes late samples to the second log, too: a replay of the first one leaves them out. */
  void logLate(RecordBuffer records) throws IOException {
    WalWriter to = wbl;
    if (to != null) {
      to.log(records);
    }
  }

  // Reading

  /**
   * Begins to read what has been committed.
   *
   * @param from milliseconds, inclusive
   * @param to milliseconds, inclusive
   */
  public Part part(long from, long to) {
    return new HeadPart(this, readers.open(), from, to);
  }

  /**
   * Notes that samples were deleted, in memory and in the log: those of the series that there are
   * now, up to their latest sample, for later ones are not meant.
   *
   * @param from milliseconds, inclusive
   * @param to milliseconds, inclusive
   */
  public void delete(long from, long to, List<Matcher> matchers)
      throws IOException, StorageException {
    TombstoneRecord record = new TombstoneRecord();
    // While it is open no slot goes to another series.
    Readers.Ticket ticket = readers.open();
    try {
      delete(from, to, Matching.select(labels, matchers).toArray(), record);
    } finally {
      ticket.close();
    }
  }

  private void delete(long from, long to, int[] slots, TombstoneRecord record) throws IOException {
    commits.lock().lock();
    try {
      for (int slot : slots) {
        MemorySegment page = table.page(slot);
        long at = SeriesTable.at(slot);
        long max = page.get(Layouts.LONG, at + SeriesTable.MAX_TIME);
        if (outOfOrder.has(slot)) {
          max = Math.max(max, maxOutOfOrder);
        }
        long first = Math.max(from, Math.min(minTime, minOutOfOrder));
        long last = Math.min(to, max);
        long ref = table.ref(slot);
        if (first <= last && ref != 0) {
          record.add(ref, first, last);
          deleted.put(slot, deleted.getOrDefault(slot, Intervals.NONE).with(first, last));
        }
      }
      if (record.size > 0) {
        WalWriter log = wal;
        if (log != null) {
          groupRecords.clear();
          Records.tombstones(record, groupRecords);
          log.log(groupRecords);
        }
      }
    } finally {
      commits.lock().unlock();
    }
  }

  /** What the series are made of. */
  public CardinalitySource.Cardinality cardinality(int limit) {
    Readers.Ticket ticket = readers.open();
    try {
      return HeadCardinality.of(this, limit);
    } finally {
      ticket.close();
    }
  }

  /** The exemplars of the series that satisfy all matchers of one of the lists. */
  public List<ExemplarStorage.SeriesExemplars> exemplars(
      long from, long to, List<List<Matcher>> selectors) throws StorageException {
    List<ExemplarStorage.SeriesExemplars> out = new ArrayList<>();
    Readers.Ticket ticket = readers.open();
    try {
      Bitmap wanted = new Bitmap();
      for (List<Matcher> matchers : selectors) {
        wanted = wanted.or(Matching.select(labels, matchers));
      }
      Bitmap chosen = wanted;
      exemplars
          .within(from, to, chosen::contains)
          .forEach((slot, list) ->
              out.add(new ExemplarStorage.SeriesExemplars(table.labels(slot), list)));
    } finally {
      ticket.close();
    }
    out.sort((a, b) -> a.series().compareTo(b.series()));
    return out;
  }

  /** The exemplar buffer, for metrics. */
  public Exemplars exemplarBuffer() {
    return exemplars;
  }

  /** Chunks of all series, open ones among them. */
  public long chunkCount() {
    return counters.chunksCreated.sum()
        + counters.chunksLoaded.sum()
        - counters.chunksRemoved.sum();
  }

  /** Series that exist. */
  public int seriesCount() {
    return table.live();
  }

  /** Bytes outside of the Java heap that labels and open chunks take. */
  public long memoryReserved() {
    return labelMemory.reserved() + chunkMemory.reserved() + 96L * table.slotCount();
  }

  void setAliases(long[] pairs) {
    aliases = pairs;
  }

  @Override
  public void close() throws IOException {
    close(null);
  }

  /**
   * Closes logs and files; no commit succeeds any more.
   *
   * @param snapshots the folder that gets a snapshot of what is in memory, so that the logs need
   *     not be read at the next start; null for none
   */
  public void close(@Nullable Path snapshots) throws IOException {
    commits.lock().lock();
    try {
      closed = true;
      WalWriter log = wal;
      WalWriter.Position end = log == null ? null : log.position();
      IOException failure = null;
      for (AutoCloseable c : new @Nullable AutoCloseable[] {wal, wbl, files}) {
        if (c != null) {
          try {
            c.close();
          } catch (IOException e) {
            failure = e;
          } catch (Exception e) {
            failure = new IOException(e);
          }
        }
      }
      wal = null;
      wbl = null;
      if (failure != null) {
        throw failure;
      }
      if (snapshots != null && log != null && end != null) {
        // Closing the log has filled its page.
        HeadSnapshot.write(this, snapshots, end.pageEnd(), log.compression(), aliases);
      }
    } finally {
      commits.lock().unlock();
    }
  }
}
