package io.narthex.storage.tsdb.head;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.model.StaleMarker;
import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.chunk.ChunkDecoder;
import io.narthex.storage.tsdb.chunk.Encoding;
import io.narthex.storage.tsdb.chunk.FloatChunkBuilder;
import io.narthex.storage.tsdb.chunk.Xor2Appender;
import io.narthex.storage.tsdb.chunk.XorAppender;
import io.narthex.storage.tsdb.chunk.XorState;
import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.wal.HeadChunk;
import io.narthex.storage.tsdb.wal.HeadChunkFiles;
import io.narthex.storage.tsdb.wal.HistogramRecord;
import io.narthex.storage.tsdb.wal.RecordBuffer;
import io.narthex.storage.tsdb.wal.Records;
import io.narthex.storage.tsdb.wal.SampleRecord;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Where transactions become part of the head, one after the other.
 *
 * <p>Whoever holds the lock does the work of all that wait for it: their records go to the log in
 * one write, then their samples are applied in the order of the log, so that a replay comes to the
 * same result. Commits are numbered in that order; a number becomes visible to readers when all of
 * its samples are in place.
 *
 * <p>One lock for all series, not one for each shard: what happens under it costs some 30 to 60 ns
 * a sample, so it carries tens of millions of samples a second, more than any log takes.
 */
final class Commits {
  /** Data of an open chunk begin behind the piece's capacity, an int, and four unused bytes. */
  static final int DATA = 8;

  private static final int FIRST_CAPACITY = 56;

  /** As {@link #DATA}, where the chunk has start timestamps and the appender's state before it. */
  private static final int DATA_WITH_STARTS = DATA + Xor2Appender.STATE;

  /** Chunks are not made longer than this, which keeps their copies cheap. */
  private static final int MAX_BYTES = 1024 - 20;

  private final Head head;
  private final SeriesTable table;
  private final Slabs memory;
  private final Readers readers;
  private final Counters counters;
  private final ReentrantLock lock = new ReentrantLock();
  private final ConcurrentLinkedQueue<Transaction> queue = new ConcurrentLinkedQueue<>();
  private final List<Transaction> group = new ArrayList<>();
  private final XorState xor = new XorState();
  private final SampleRecord lateFloats = new SampleRecord();
  private final HistogramRecord lateHistograms = new HistogramRecord();
  private final RecordBuffer lateRecords = new RecordBuffer();
  private final long chunkRange;
  private final int target;
  private final @Nullable FloatChunkBuilder xor2;

  /** Whether open chunks of floats are XOR2 with start timestamps. */
  private final boolean starts;

  private final long[] side = new long[3];
  private long last;

  /** Whether the thread that works has been interrupted, which it will be told at the end. */
  private boolean interrupted;

  private @Nullable HeadChunkFiles files;

  Commits(Head head, Slabs memory, Readers readers) {
    this.head = head;
    this.table = head.table();
    this.memory = memory;
    this.readers = readers;
    this.counters = head.counters();
    this.chunkRange = head.options().chunkRange();
    this.target = head.options().samplesPerChunk();
    this.starts = head.options().starts().any();
    this.xor2 = head.options().xor2() && !starts ? new FloatChunkBuilder(Encoding.XOR2) : null;
  }

  void use(HeadChunkFiles chunkFiles) {
    this.files = chunkFiles;
  }

  /** The lock under which records change. */
  ReentrantLock lock() {
    return lock;
  }

  /** Writes a transaction to the log, applies it and makes it visible. */
  void commit(Transaction tx) throws StorageException {
    tx.records.encode(tx);
    if (head.options().logMetadata()) {
      tx.records.encodeMetadata(tx);
    }
    queue.add(tx);
    lock.lock();
    // To an interrupted thread files close as it writes, and others' samples are among these.
    interrupted = Thread.interrupted();
    try {
      if (!tx.done) {
        run();
      }
    } finally {
      boolean interruptedMeanwhile = interrupted;
      lock.unlock();
      if (interruptedMeanwhile) {
        Thread.currentThread().interrupt();
      }
    }
    StorageException failure = tx.failure;
    if (failure != null) {
      throw failure;
    }
  }

  private void run() {
    group.clear();
    Transaction next;
    while ((next = queue.poll()) != null) {
      group.add(next);
    }
    try {
      log();
    } catch (IOException | RuntimeException | Error e) {
      // Whatever it was: the others of the group must not believe that they are in the log.
      StorageException failure =
          new StorageException(
              StorageException.Kind.IO,
              "cannot commit: the write-ahead log cannot be written: "
                  + (e instanceof IOException ? e.getMessage() : e),
              e);
      counters.logFailures.increment();
      for (Transaction tx : group) {
        tx.failure = failure;
        tx.done = true;
      }
      if (e instanceof Error error) {
        throw error;
      }
      return;
    }
    for (Transaction tx : group) {
      try {
        apply(tx);
      } catch (RuntimeException | OutOfMemoryError e) {
        // The samples are in the log; what was not applied will be there after a restart.
        tx.failure =
            new StorageException(
                StorageException.Kind.IO, "cannot commit: a sample was not applied: " + e, e);
      }
      tx.done = true;
    }
    if (lateFloats.size > 0 || lateHistograms.size > 0) {
      logLate();
    }
  }

  private void log() throws IOException {
    try {
      head.log(group);
    } catch (ClosedByInterruptException e) {
      interrupted |= Thread.interrupted();
      head.log(group);
    }
  }

  private void logLate() {
    lateRecords.clear();
    Records.samples(lateFloats, lateRecords);
    Records.histograms(lateHistograms, lateHistograms.hasStarts, lateRecords);
    lateFloats.clear();
    lateHistograms.clear();
    try {
      head.logLate(lateRecords);
    } catch (IOException e) {
      counters.logFailures.increment();
      StorageException failure =
          new StorageException(
              StorageException.Kind.IO,
              "cannot commit: the log of samples out of order cannot be written: " + e.getMessage(),
              e);
      for (Transaction tx : group) {
        if (tx.late && tx.failure == null) {
          tx.failure = failure;
        }
      }
    }
  }

  private void apply(Transaction tx) {
    long commit = ++last;
    long oldest = readers.oldest();
    long minTime = Long.MAX_VALUE;
    long maxTime = Long.MIN_VALUE;
    int floats = 0;
    int histograms = 0;
    int late = 0;
    for (int i = 0; i < tx.size; i++) {
      int slot = tx.slots[i];
      MemorySegment page = table.page(slot);
      long at = SeriesTable.at(slot);
      long time = tx.times[i];
      long max = page.get(Layouts.LONG, at + SeriesTable.MAX_TIME);
      NativeHistogram histogram = tx.histogram(i);
      double value = tx.values[i];
      int flags = page.get(Layouts.SHORT, at + SeriesTable.FLAGS);
      if (histogram == null
          && (flags & SeriesTable.LAST_IS_HISTOGRAM) != 0
          && StaleMarker.is(value)) {
        histogram = head.histograms().staleAfter(slot);
      }
      if (time <= max || time < tx.minValid) {
        if (late(tx, i, page, at, time, value, histogram, max, commit, oldest)) {
          late++;
        }
        continue;
      }
      int version = page.get(Layouts.INT, at + SeriesTable.VERSION);
      Layouts.INT_HANDLE.setOpaque(page, at + SeriesTable.VERSION, version + 1);
      VarHandle.storeStoreFence();
      long before = page.get(Layouts.LONG, at + SeriesTable.SEQ);
      if (before != commit) {
        if (before > oldest) {
          readers.remember(slot, before, page.get(Layouts.LONG, at + SeriesTable.BEFORE));
        }
        page.set(Layouts.LONG, at + SeriesTable.SEQ, commit);
        page.set(Layouts.LONG, at + SeriesTable.BEFORE, max);
      }
      try {
        boolean taken =
            histogram == null
                ? appendFloat(
                    page, at, slot, tx.refs[i], time, value, starts ? tx.start(i) : 0, max)
                : head.histograms()
                    .append(page, at, slot, time, histogram, starts ? tx.start(i) : 0, max);
        if (!taken) {
          // It is in the log, and so will be there after a restart.
          tx.failure =
              new StorageException(
                  StorageException.Kind.IO,
                  "cannot commit: the chunks of the head cannot be written");
          continue;
        }
        if (histogram == null) {
          floats++;
        } else {
          histograms++;
        }
        page.set(Layouts.LONG, at + SeriesTable.MAX_TIME, time);
        page.set(Layouts.LONG, at + SeriesTable.LAST_BITS, Double.doubleToRawLongBits(value));
      } finally {
        Layouts.INT_HANDLE.setRelease(page, at + SeriesTable.VERSION, version + 2);
      }
      minTime = Math.min(minTime, time);
      maxTime = Math.max(maxTime, time);
    }
    for (Transaction.PendingExemplar e : tx.exemplars) {
      head.exemplars().add(e.slot(), e.exemplar());
    }
    for (Transaction.PendingMetadata m : tx.metadata) {
      head.setMetadata(m.slot(), m.metadata());
    }
    counters.appended(floats, histograms, late);
    if (minTime <= maxTime) {
      head.spread(minTime, maxTime);
    }
    readers.publish(commit);
  }

  /** A sample that is not newer than its series' latest. Whether it was taken out of order. */
  private boolean late(
      Transaction tx,
      int i,
      MemorySegment page,
      long at,
      long time,
      double value,
      @Nullable NativeHistogram histogram,
      long max,
      long commit,
      long oldest) {
    if (time == max && time >= tx.minValid) {
      // The same sample again is no news; another one at its time was told of before, or has been
      // overtaken just now.
      return false;
    }
    if (time < tx.lateFrom) {
      counters.overtaken();
      return false;
    }
    int slot = tx.slots[i];
    long start = starts ? tx.start(i) : 0;
    if (!head.outOfOrder().add(slot, time, value, start, histogram, commit, oldest)) {
      return false;
    }
    tx.late = true;
    if (histogram != null) {
      lateHistograms.add(tx.refs[i], time, histogram, start);
    } else if (start != 0) {
      lateFloats.add(tx.refs[i], time, value, start);
    } else {
      lateFloats.add(tx.refs[i], time, value);
    }
    int flags = page.get(Layouts.SHORT, at + SeriesTable.FLAGS);
    page.set(Layouts.SHORT, at + SeriesTable.FLAGS, (short) (flags | SeriesTable.HAS_OUT_OF_ORDER));
    head.spreadOutOfOrder(time);
    return true;
  }

  /** How open chunks of floats are encoded. */
  Encoding openEncoding() {
    return starts ? Encoding.XOR2 : Encoding.XOR;
  }

  /** Where the data of an open chunk of floats begin in its piece of memory. */
  int openData() {
    return starts ? DATA_WITH_STARTS : DATA;
  }

  /** The start timestamp of an open chunk's last sample; 0 if unknown. */
  long lastStart(int buffer) {
    return starts
        ? Xor2Appender.lastStart(memory.segment(buffer), Slabs.offset(buffer) + DATA_WITH_STARTS)
        : 0;
  }

  /**
   * Appends to the open chunk, or begins one. The record's version is odd.
   *
   * @param start start timestamp, 0 if unknown or where they are not kept
   * @param max time of the series' latest sample
   * @return false when the chunk before it must be written to a file and cannot be; all is as it
   *     was then
   */
  boolean appendFloat(
      MemorySegment page,
      long at,
      int slot,
      long ref,
      long time,
      double value,
      long start,
      long max) {
    int flags = page.get(Layouts.SHORT, at + SeriesTable.FLAGS);
    if ((flags & SeriesTable.LAST_IS_HISTOGRAM) != 0) {
      if (!head.histograms().close(page, at, slot)) {
        counters.overtaken();
        return false;
      }
      page.set(
          Layouts.SHORT, at + SeriesTable.FLAGS, (short) (flags & ~SeriesTable.LAST_IS_HISTOGRAM));
    }
    XorState s = xor;
    int buffer = page.get(Layouts.INT, at + SeriesTable.BUFFER);
    int bits = 0;
    int samples = 0;
    if (buffer != 0) {
      bits = page.get(Layouts.INT, at + SeriesTable.BITS);
      samples = page.get(Layouts.SHORT, at + SeriesTable.SAMPLES) & 0xffff;
      long cutAt = page.get(Layouts.LONG, at + SeriesTable.CUT_AT);
      if (samples == target / 4) {
        cutAt = evenEnd(page.get(Layouts.LONG, at + SeriesTable.OPEN_MIN), max, cutAt);
        page.set(Layouts.LONG, at + SeriesTable.CUT_AT, cutAt);
      }
      if (time >= cutAt || samples >= 2 * target || (bits + 7) >>> 3 > MAX_BYTES) {
        if (cutFloat(page, at, ref, max)) {
          buffer = 0;
        } else if (samples >= 60_000) {
          // The files cannot be written and the chunk is as long as the format allows.
          counters.overtaken();
          return false;
        }
      }
    }
    int data = openData();
    if (buffer == 0) {
      int capacity = Slabs.capacity(FIRST_CAPACITY + data - DATA);
      buffer = memory.allocate(capacity);
      memory.segment(buffer).set(Layouts.INT, Slabs.offset(buffer), capacity);
      s.clear();
      counters.chunksCreated.increment();
      page.set(Layouts.LONG, at + SeriesTable.OPEN_MIN, time);
      page.set(Layouts.LONG, at + SeriesTable.CUT_AT, rangeEnd(time, chunkRange));
      page.set(Layouts.INT, at + SeriesTable.BUFFER, buffer);
    } else {
      s.time = max;
      s.delta = page.get(Layouts.LONG, at + SeriesTable.DELTA);
      s.valueBits = page.get(Layouts.LONG, at + SeriesTable.LAST_BITS);
      s.leading = page.get(Layouts.BYTE, at + SeriesTable.LEADING) & 0xff;
      s.trailing = page.get(Layouts.BYTE, at + SeriesTable.TRAILING) & 0xff;
      s.memory = page.get(Layouts.SHORT, at + SeriesTable.MEMORY) & 0xffff;
      s.samples = samples;
      s.bits = bits;
      MemorySegment segment = memory.segment(buffer);
      int capacity = segment.get(Layouts.INT, Slabs.offset(buffer));
      int length = (bits + 7) >>> 3;
      if (capacity - data - length < (starts ? Xor2Appender.SLACK : XorAppender.SLACK)) {
        // Those with starts begin larger: by smaller steps they stay about as large.
        int larger = Slabs.capacity(capacity + Math.max(32, capacity >> (starts ? 2 : 1)));
        int grown = memory.allocate(larger);
        MemorySegment to = memory.segment(grown);
        MemorySegment.copy(
            segment,
            Slabs.offset(buffer) + DATA,
            to,
            Slabs.offset(grown) + DATA,
            data - DATA + length);
        to.set(Layouts.INT, Slabs.offset(grown), larger);
        memory.free(buffer, capacity);
        buffer = grown;
        page.set(Layouts.INT, at + SeriesTable.BUFFER, buffer);
      }
    }
    long base = Slabs.offset(buffer) + data;
    if (starts) {
      Xor2Appender.append(memory.segment(buffer), base, s, time, value, start);
    } else {
      XorAppender.append(memory.segment(buffer), base, s, time, value);
    }
    store(page, at, s);
    return true;
  }

  /**
   * Takes over an open chunk of floats from a snapshot, for a series that has none.
   *
   * @param chunk of {@link #openEncoding}
   */
  void restore(MemorySegment page, long at, HeadChunk chunk) throws CorruptionException {
    XorState s = xor;
    long lastBits;
    if (starts) {
      lastBits = Xor2Appender.resume(chunk.bytes(), chunk.offset, chunk.length, s, side);
    } else {
      XorAppender.resume(chunk.bytes(), chunk.offset, chunk.length, s);
      lastBits = s.valueBits;
    }
    if (s.samples == 0 || s.time != chunk.maxTime) {
      throw new CorruptionException(null, -1, "snapshot: got a chunk of other times than it says");
    }
    int data = openData();
    int slack = starts ? Xor2Appender.SLACK : XorAppender.SLACK;
    int capacity =
        Slabs.capacity(Math.max(FIRST_CAPACITY + data - DATA, data + s.length() + slack));
    int buffer = memory.allocate(capacity);
    MemorySegment segment = memory.segment(buffer);
    segment.set(Layouts.INT, Slabs.offset(buffer), capacity);
    if (starts) {
      MemorySegment.copy(side, 0, segment, Layouts.LONG, Slabs.offset(buffer) + DATA, side.length);
    }
    MemorySegment.copy(
        chunk.segment(), chunk.offset, segment, Slabs.offset(buffer) + data, s.length());
    long cutAt = rangeEnd(chunk.minTime, chunkRange);
    if (s.samples > target / 4 && target >= 8) {
      // About what was decided when a quarter was full.
      long quarter =
          chunk.minTime + (chunk.maxTime - chunk.minTime) * (target / 4 - 1) / (s.samples - 1);
      cutAt = evenEnd(chunk.minTime, quarter, cutAt);
    }
    counters.chunksCreated.increment();
    page.set(Layouts.LONG, at + SeriesTable.OPEN_MIN, chunk.minTime);
    page.set(Layouts.LONG, at + SeriesTable.CUT_AT, cutAt);
    page.set(Layouts.LONG, at + SeriesTable.LAST_BITS, lastBits);
    page.set(Layouts.INT, at + SeriesTable.BUFFER, buffer);
    store(page, at, s);
  }

  private static void store(MemorySegment page, long at, XorState s) {
    page.set(Layouts.LONG, at + SeriesTable.DELTA, s.delta);
    page.set(Layouts.INT, at + SeriesTable.BITS, s.bits);
    page.set(Layouts.SHORT, at + SeriesTable.SAMPLES, (short) s.samples);
    page.set(Layouts.BYTE, at + SeriesTable.LEADING, (byte) s.leading);
    page.set(Layouts.BYTE, at + SeriesTable.TRAILING, (byte) s.trailing);
    page.set(Layouts.SHORT, at + SeriesTable.MEMORY, (short) s.memory);
  }

  /**
   * Writes the open chunk of floats to a file and frees its memory. False when that failed; the
   * chunk stays as it is then.
   */
  boolean cutFloat(MemorySegment page, long at, long ref, long max) {
    int buffer = page.get(Layouts.INT, at + SeriesTable.BUFFER);
    MemorySegment segment = memory.segment(buffer);
    long from = Slabs.offset(buffer);
    int length = (page.get(Layouts.INT, at + SeriesTable.BITS) + 7) >>> 3;
    if (xor2 != null) {
      if (!writeAsXor2(xor2, page, at, ref, max, segment, from + DATA, length)) {
        return false;
      }
    } else if (!write(
        page,
        at,
        ref,
        page.get(Layouts.LONG, at + SeriesTable.OPEN_MIN),
        max,
        openEncoding().code(),
        segment,
        from + openData(),
        length)) {
      return false;
    }
    memory.free(buffer, segment.get(Layouts.INT, from));
    page.set(Layouts.INT, at + SeriesTable.BUFFER, 0);
    return true;
  }

  private boolean writeAsXor2(
      FloatChunkBuilder builder,
      MemorySegment page,
      long at,
      long ref,
      long max,
      MemorySegment data,
      long offset,
      int length) {
    byte[] bytes = new byte[length];
    MemorySegment.copy(data, Layouts.BYTE, offset, bytes, 0, length);
    builder.reset();
    try {
      ChunkDecoder decoder = new ChunkDecoder();
      SampleBatch batch = new SampleBatch(256);
      decoder.reset(Encoding.XOR.code(), bytes, 0, length);
      while (decoder.read(batch) > 0) {
        for (int i = 0; i < batch.size; i++) {
          builder.append(batch.timestamps[i], batch.values[i]);
        }
      }
    } catch (CorruptionException e) {
      throw new IllegalStateException("cannot read back an open chunk", e);
    }
    return write(
        page,
        at,
        ref,
        page.get(Layouts.LONG, at + SeriesTable.OPEN_MIN),
        max,
        Encoding.XOR2.code(),
        MemorySegment.ofArray(builder.bytes()),
        0,
        builder.length());
  }

  /** Writes a chunk to a file and notes it in the record. */
  boolean write(
      MemorySegment page,
      long at,
      long ref,
      long minTime,
      long maxTime,
      byte encoding,
      MemorySegment data,
      long offset,
      int length) {
    HeadChunkFiles to = files;
    if (to == null) {
      throw new IllegalStateException("cannot write a chunk: the head is not open");
    }
    try {
      long chunk = to.write(ref, minTime, maxTime, encoding, false, data, offset, length);
      int list = page.get(Layouts.INT, at + SeriesTable.CHUNKS);
      page.set(
          Layouts.INT,
          at + SeriesTable.CHUNKS,
          FileChunks.add(memory, list, minTime, maxTime, chunk));
      return true;
    } catch (IOException e) {
      counters.chunkWriteFailed(e);
      return false;
    }
  }

  /** The end of the aligned range that a time lies in. */
  static long rangeEnd(long time, long range) {
    return Math.floorDiv(time, range) * range + range;
  }

  /**
   * The time at which a chunk of which a quarter is full should end, so that the chunks up to
   * {@code end} come out equally long.
   */
  static long evenEnd(long start, long now, long end) {
    long n = (end - start) / ((now - start + 1) * 4);
    return n <= 1 ? end : start + (end - start) / n;
  }
}
