package io.narthex.ingest.scrape;

import io.narthex.api.format.ExpositionBatch;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendErrors;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * The buffers of one scrape at work. A target has none while it waits, so there are as many as
 * scrapes at a time, not as targets.
 */
final class Workspace {
  /** Samples that are parsed and appended at once: about what the first-level cache holds. */
  static final int BATCH = 512;

  private static final int FIRST_BODY = 64 * 1024;
  private static final int CHUNK = 16 * 1024;

  /**
   * Up to this length a buffer grows by doubling. What comes beyond is kept in segments until its
   * length is known: doubling would leave as much garbage as the body is long, twice over, in
   * arrays that the collector does not look at before the heap is half full.
   */
  private static final int LARGEST_DOUBLED = 4 * 1024 * 1024;

  /** With its header just within whole regions of the heap. */
  private static final int SEGMENT = LARGEST_DOUBLED - 64;

  /** So many bytes are inflated before others may run. */
  private static final int AT_ONCE = 512 * 1024;

  /** How often it is looked whether there are more than needed: half a minute, in nanoseconds. */
  private static final long LOOK_EVERY = 30_000_000_000L;

  /** Larger buffers are not kept for the next scrape. */
  private static final int KEPT_BODY = 1024 * 1024;

  /** A body that is longer than allowed. */
  static final class BodyTooLargeException extends IOException {
    private static final long serialVersionUID = 1L;

    BodyTooLargeException(String message) {
      super(message);
    }
  }

  /**
   * How much memory bodies may take, in bytes: what a target sends must not end the process. Each
   * workspace's first {@value #FIRST_BODY} bytes are not counted. Where there is not enough for
   * all, the largest body has to go, not the one that comes last: a target that sends without end
   * must not cost others their scrapes. Safe for any number of threads.
   */
  static final class Budget {
    private final long perBody;
    private final long together;
    private final long idle;

    /** Guarded by this, as is all that follows. */
    private long used;

    /** What those still hold that had to go and do not know it yet. */
    private long overdrawn;

    private final Set<Workspace> holders = new HashSet<>();

    /**
     * Large arrays that nobody uses, the one given back last at the end: targets that send large
     * bodies do so with each scrape. They are given up when there is need, or after a while.
     */
    private final ArrayDeque<Spare> spares = new ArrayDeque<>();

    private long spared;
    private final LongSupplier nanos;

    private record Spare(byte[] array, long since) {}

    /**
     * Makes one.
     *
     * @param perBody the most for one body
     * @param together the most for all bodies at a time
     * @param idle the most for buffers that nobody uses
     */
    Budget(long perBody, long together, long idle) {
      this(perBody, together, idle, System::nanoTime);
    }

    Budget(long perBody, long together, long idle, LongSupplier nanos) {
      this.perBody = perBody;
      this.together = together;
      this.idle = idle;
      this.nanos = nanos;
    }

    /**
     * Shares of the heap: an eighth for a body, a quarter for all, a sixty-fourth for idle ones.
     */
    static Budget of(long maxHeap) {
      return new Budget(
          Math.max(FIRST_BODY, Math.min(Integer.MAX_VALUE - 16L, maxHeap / 8)),
          Math.max(FIRST_BODY, maxHeap / 4),
          maxHeap / 64);
    }

    private synchronized void take(Workspace by, long bytes) throws BodyTooLargeException {
      if (by.evicted) {
        throw tooMuchTogether();
      }
      while (used + spared + bytes > together) {
        if (!spares.isEmpty()) {
          spared -= spares.pollFirst().array.length;
          continue;
        }
        Workspace largest = null;
        for (Workspace w : holders) {
          if (w.busy && !w.evicted && w.charged > (largest == null ? bytes : largest.charged)) {
            largest = w;
          }
        }
        if (largest == null || largest == by || overdrawn + largest.charged > together) {
          throw tooMuchTogether();
        }
        largest.evicted = true;
        used -= largest.charged;
        overdrawn += largest.charged;
      }
      used += bytes;
      by.charged += bytes;
      holders.add(by);
    }

    private BodyTooLargeException tooMuchTogether() {
      return new BodyTooLargeException(
          "cannot read the body: bodies of all scrapes together take too much memory; got more"
              + " than "
              + together
              + " bytes, want less (set body_size_limit, or give the process a larger heap)");
    }

    private synchronized void giveBack(Workspace by, long bytes) {
      if (by.evicted) {
        overdrawn -= bytes;
      } else {
        used -= bytes;
      }
      by.charged -= bytes;
      if (by.charged == 0) {
        by.evicted = false;
        holders.remove(by);
      }
    }

    /**
     * An array, counted; its content is anything.
     *
     * @param least bytes that it has; it may have twice as many
     */
    private byte[] array(Workspace by, int least) throws BodyTooLargeException {
      synchronized (this) {
        Spare best = null;
        for (Spare spare : spares) {
          int length = spare.array.length;
          if (length >= least
              && length / 2 <= least
              && (best == null || length <= best.array.length)) {
            best = spare;
          }
        }
        if (best != null) {
          spares.remove(best);
          spared -= best.array.length;
          take(by, best.array.length);
          return best.array;
        }
        take(by, least);
      }
      return new byte[least];
    }

    /** As {@link #giveBack(Workspace, long)}; nobody else may use the array any more. */
    private synchronized void giveBack(Workspace by, long bytes, byte[] array) {
      giveBack(by, bytes);
      long most = together / 2;
      if (array.length <= KEPT_BODY || array.length > most) {
        return;
      }
      while (spared + array.length > most) {
        spared -= spares.removeFirst().array.length;
      }
      spares.addLast(new Spare(array, nanos.getAsLong()));
      spared += array.length;
    }

    /** Gives up large arrays that were not needed for a while. */
    private synchronized void age() {
      long now = nanos.getAsLong();
      while (!spares.isEmpty() && now - spares.getFirst().since > LOOK_EVERY) {
        spared -= spares.removeFirst().array.length;
      }
    }

    private synchronized void giveUpSpares() {
      spares.clear();
      spared = 0;
    }

    /** What bodies take at present, beyond the first part of each. */
    synchronized long used() {
      return used + overdrawn;
    }

    /** Bytes of large arrays that nobody uses. */
    synchronized long spared() {
      return spared;
    }
  }

  /** Lends workspaces. Safe for any number of threads. */
  static final class Pool {
    private final ConcurrentLinkedDeque<Workspace> idle = new ConcurrentLinkedDeque<>();
    private final AtomicInteger count = new AtomicInteger();
    private final AtomicLong idleBytes = new AtomicLong();
    private final int keep;
    private final Budget budget;
    private final LongSupplier nanos;

    /** The fewest that were idle since then: so many were not needed. */
    private final AtomicInteger fewest = new AtomicInteger();

    private final AtomicLong since = new AtomicLong();

    /** Keeps at most this many that nobody uses. */
    Pool(int keep, Budget budget) {
      this(keep, budget, System::nanoTime);
    }

    Pool(int keep, Budget budget, LongSupplier nanos) {
      this.keep = keep;
      this.budget = budget;
      this.nanos = nanos;
      since.set(nanos.getAsLong());
    }

    Workspace take() {
      Workspace w = idle.pollFirst();
      if (w == null) {
        return new Workspace(budget);
      }
      int left = count.decrementAndGet();
      fewest.accumulateAndGet(left, Math::min);
      idleBytes.addAndGet(-w.extra());
      return w;
    }

    /** The one given back last is lent first: the others age, and their memory stays cold. */
    void giveBack(Workspace w) {
      w.reset();
      if (count.incrementAndGet() > keep) {
        count.decrementAndGet();
        w.end();
        return;
      }
      if (idleBytes.addAndGet(w.extra()) > budget.idle) {
        idleBytes.addAndGet(-w.extra());
        w.shrink();
      }
      idle.addFirst(w);
      long now = nanos.getAsLong();
      long began = since.get();
      if (now - began > LOOK_EVERY && since.compareAndSet(began, now)) {
        trim(fewest.getAndSet(count.get()));
        budget.age();
      }
    }

    /** Drops those that were not needed for a while. */
    private void trim(int unneeded) {
      for (int i = 0; i < unneeded; i++) {
        Workspace w = idle.pollLast();
        if (w == null) {
          return;
        }
        count.decrementAndGet();
        idleBytes.addAndGet(-w.extra());
        w.end();
      }
    }

    /** How many nobody uses. */
    int idle() {
      return count.get();
    }

    /** Bytes of idle buffers beyond the first part of each. */
    long idleBytes() {
      return idleBytes.get();
    }

    void close() {
      for (Workspace w = idle.pollFirst(); w != null; w = idle.pollFirst()) {
        idleBytes.addAndGet(-w.extra());
        w.end();
      }
      budget.giveUpSpares();
    }
  }

  byte[] body = new byte[FIRST_BODY];
  int bodyLength;

  /** What of the body has no place in {@link #body} while it is read. */
  private final List<byte[]> segments = new ArrayList<>(0);

  /** Where the next bytes go: {@link #body}, or the last segment. */
  private byte[] target = body;

  private int at;
  final ExpositionBatch exposition = new ExpositionBatch(BATCH);
  private @Nullable ExpositionBatch unconverted;
  final AppendBatch samples = new AppendBatch(BATCH);
  final AppendErrors errors = new AppendErrors();

  /** Of each sample in {@link #samples}: its position in {@link #exposition}. */
  final int[] positions = new int[BATCH];

  /** Of each sample in {@link #samples}: its entry in the target's cache. */
  final int[] entries = new int[BATCH];

  final Pace pace = new Pace();

  private final Inflater inflater = new Inflater(true);
  private final CRC32 crc = new CRC32();
  private final byte[] chunk = new byte[CHUNK];
  private int chunkFrom;
  private int chunkTo;
  private final Budget budget;

  /** What the budget counts; changed by it alone. */
  private long charged;

  /** Whether the body has to go, because others need the memory. */
  private volatile boolean evicted;

  /** Whether a body is in it. */
  private volatile boolean busy;

  Workspace(Budget budget) {
    this.budget = budget;
  }

  /** A batch for what is converted before it comes into {@link #exposition}. */
  ExpositionBatch unconverted(int capacity) {
    ExpositionBatch batch = unconverted;
    if (batch == null || batch.capacity() != capacity) {
      batch = new ExpositionBatch(capacity);
      if (capacity == BATCH) {
        unconverted = batch;
      }
    }
    batch.size = 0;
    batch.families.clear();
    return batch;
  }

  private void reset() {
    exposition.families.clear();
    exposition.keys = new byte[0];
    if (exposition.keyBuffer.length > KEPT_BODY) {
      exposition.keyBuffer = new byte[0];
    }
    ExpositionBatch other = unconverted;
    if (other != null) {
      other.families.clear();
      other.keys = new byte[0];
    }
    samples.clear();
    errors.clear();
    releaseSegments();
    // A huge body must not stay in memory until the next one comes.
    if (body.length > KEPT_BODY) {
      shrink();
    }
    bodyLength = 0;
    busy = false;
    if (evicted) {
      shrink();
    }
  }

  /** The bytes that the budget counts. */
  private long extra() {
    return body.length - (long) FIRST_BODY;
  }

  private void shrink() {
    if (body.length > FIRST_BODY) {
      budget.giveBack(this, extra(), body);
      body = new byte[FIRST_BODY];
      target = body;
    }
  }

  private void releaseSegments() {
    for (byte[] segment : segments) {
      budget.giveBack(this, segment.length, segment);
    }
    segments.clear();
  }

  private void end() {
    releaseSegments();
    shrink();
    inflater.end();
  }

  /**
   * Reads a body into {@link #body}.
   *
   * @param limit the body must be shorter, in bytes; 0 for any length that there is memory for
   * @throws BodyTooLargeException when it is longer than allowed, or than there is memory for
   */
  void read(InputStream in, boolean gzip, long limit) throws IOException {
    releaseSegments();
    bodyLength = 0;
    target = body;
    at = 0;
    busy = true;
    pace.begin();
    long max = limit > 0 ? limit : Long.MAX_VALUE;
    if (gzip) {
      chunkFrom = 0;
      chunkTo = 0;
      if (!more(in)) {
        throw new EOFException("EOF");
      }
      do {
        gunzip(in, max);
      } while (more(in));
      join();
      return;
    }
    while (true) {
      if (at == target.length) {
        grow();
      }
      int n = in.read(target, at, target.length - at);
      if (n < 0) {
        join();
        return;
      }
      at += n;
      bodyLength += n;
      checkLength(max);
      pace.step();
    }
  }

  /** Puts the parts of a body together. */
  private void join() throws BodyTooLargeException {
    if (segments.isEmpty()) {
      return;
    }
    byte[] whole = budget.array(this, bodyLength);
    System.arraycopy(body, 0, whole, 0, body.length);
    int from = body.length;
    for (byte[] segment : segments) {
      int n = Math.min(segment.length, bodyLength - from);
      System.arraycopy(segment, 0, whole, from, n);
      from += n;
    }
    releaseSegments();
    replaceBody(whole);
    at = bodyLength;
  }

  /** Takes an array that has been counted whole. */
  private void replaceBody(byte[] next) {
    budget.giveBack(this, extra() + FIRST_BODY, body);
    body = next;
    target = next;
  }

  private void checkLength(long max) throws BodyTooLargeException {
    if (evicted) {
      throw budget.tooMuchTogether();
    }
    if (bodyLength >= max) {
      throw new BodyTooLargeException("body size limit exceeded");
    }
  }

  private void grow() throws BodyTooLargeException {
    long left = budget.perBody - bodyLength;
    if (left <= 0) {
      throw new BodyTooLargeException(
          "cannot read the body: it is too large for the memory of this process; got more than "
              + budget.perBody
              + " bytes, want less (set body_size_limit, or give the process a larger heap)");
    }
    if (body.length >= LARGEST_DOUBLED || !segments.isEmpty()) {
      target = budget.array(this, (int) Math.min(SEGMENT, left));
      at = 0;
      segments.add(target);
      return;
    }
    // Both buffers are there while one is copied into the other.
    byte[] next = budget.array(this, (int) Math.min(budget.perBody, 2L * body.length));
    System.arraycopy(body, 0, next, 0, body.length);
    replaceBody(next);
  }

  /** Undoes one member of a gzip stream (RFC 1952). */
  private void gunzip(InputStream in, long max) throws IOException {
    int magic = next(in) | next(in) << 8 | next(in) << 16;
    int flags = next(in);
    for (int i = 0; i < 6; i++) {
      next(in);
    }
    if (magic != 0x088b1f) {
      throw new IOException("gzip: invalid header");
    }
    if ((flags & 4) != 0) {
      int extra = next(in) | next(in) << 8;
      while (extra-- > 0) {
        next(in);
      }
    }
    for (int name = flags >> 3 & 3; name != 0; name &= name - 1) {
      int c = next(in);
      while (c != 0) {
        c = next(in);
      }
    }
    if ((flags & 2) != 0) {
      next(in);
      next(in);
    }
    inflater.reset();
    crc.reset();
    long length = 0;
    try {
      while (!inflater.finished()) {
        if (inflater.needsInput()) {
          if (!more(in)) {
            throw new EOFException("unexpected EOF");
          }
          inflater.setInput(chunk, chunkFrom, chunkTo - chunkFrom);
          chunkFrom = chunkTo;
        }
        if (at == target.length) {
          grow();
        }
        int n = inflater.inflate(target, at, Math.min(AT_ONCE, target.length - at));
        pace.step();
        if (n == 0 && inflater.needsDictionary()) {
          throw new IOException("gzip: invalid compressed data");
        }
        crc.update(target, at, n);
        at += n;
        bodyLength += n;
        length += n;
        checkLength(max);
      }
    } catch (DataFormatException e) {
      throw new IOException("flate: corrupt input: " + e.getMessage(), e);
    }
    chunkFrom = chunkTo - inflater.getRemaining();
    if (next4(in) != crc.getValue() || next4(in) != (length & 0xffffffffL)) {
      throw new IOException("gzip: invalid checksum");
    }
  }

  private long next4(InputStream in) throws IOException {
    return next(in) | next(in) << 8 | next(in) << 16 | (long) next(in) << 24;
  }

  private int next(InputStream in) throws IOException {
    if (!more(in)) {
      throw new EOFException("unexpected EOF");
    }
    return chunk[chunkFrom++] & 0xff;
  }

  /** Whether there are more compressed bytes; fills the chunk. */
  private boolean more(InputStream in) throws IOException {
    while (chunkFrom == chunkTo) {
      int n = in.read(chunk, 0, chunk.length);
      if (n < 0) {
        return false;
      }
      chunkFrom = 0;
      chunkTo = n;
    }
    return true;
  }
}
