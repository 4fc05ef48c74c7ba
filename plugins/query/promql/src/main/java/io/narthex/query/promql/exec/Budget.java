package io.narthex.query.promql.exec;

import io.narthex.api.config.ByteSize;
import io.narthex.api.model.Labels;
import io.narthex.api.query.QueryException;
import io.narthex.query.promql.column.Column;
import io.narthex.query.promql.column.HistogramSize;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What one query may still use: samples and bytes held at once, and time. Asked once for each
 * series or batch, never for each sample. Safe for any number of threads, which share what the
 * query may hold; what one of them took, another one may give back.
 *
 * <p>A sample counts as {@value #SAMPLE_BYTES} bytes, which is its time and its value, or its value
 * and what is beside it. What takes memory without being a sample is taken as bytes. So the bytes
 * are an estimate, which is to stay within a factor of two of what the collector finds.
 */
public final class Budget implements AutoCloseable {
  private static final int SAMPLE_BYTES = 16;

  /** Objects and places in tables that each series has. */
  private static final int SERIES_BYTES = 96;

  /** Two references, and a share of texts: those of names are shared, those of values often. */
  private static final int LABEL_BYTES = 24;

  /** What is reserved at once from the memory of all queries. */
  private static final long PIECE = 256L << 10;

  private final Bounds bounds;
  private final long maxBytes;
  private final MemoryPool pool;
  private final LongSupplier nanoTime;
  private final QueryMeter meter;
  private final long deadline;
  private final List<Relief> reliefs = new CopyOnWriteArrayList<>();
  private final AtomicBoolean canceled = new AtomicBoolean();
  private final AtomicLong held = new AtomicLong();
  private final AtomicLong peak = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();

  /** Bytes that the pool has given; changed under the lock of this. */
  private volatile long reserved;

  private boolean closed;

  /**
   * Something that can give memory back.
   *
   * @param owner the only thread that may ask for it
   * @param give gives back what it can before it returns; false where that is nothing
   */
  record Relief(Thread owner, BooleanSupplier give) {}

  /**
   * Makes a budget that counts time from now.
   *
   * @param maxSamples the most samples and points to hold at once
   * @param nanoTime a clock as {@link System#nanoTime}
   */
  public Budget(long maxSamples, Duration timeout, LongSupplier nanoTime) {
    this(maxSamples, Long.MAX_VALUE, new MemoryPool(Long.MAX_VALUE, 0), timeout, nanoTime);
  }

  /**
   * Makes a budget that counts time from now.
   *
   * @param maxSamples the most samples and points to hold at once
   * @param maxBytes the most bytes to hold at once
   * @param pool what all queries together may hold; this one gives back what it has at its {@link
   *     #close}
   * @param nanoTime a clock as {@link System#nanoTime}
   */
  public Budget(
      long maxSamples, long maxBytes, MemoryPool pool, Duration timeout, LongSupplier nanoTime) {
    this(new Bounds(maxSamples, timeout), maxBytes, pool, nanoTime, new QueryMeter(nanoTime));
  }

  /**
   * Makes a budget that counts time from now.
   *
   * @param bounds of samples and of time
   * @param meter counts what the query costs
   */
  public Budget(
      Bounds bounds, long maxBytes, MemoryPool pool, LongSupplier nanoTime, QueryMeter meter) {
    this.bounds = bounds;
    this.maxBytes = maxBytes;
    this.pool = pool;
    this.nanoTime = nanoTime;
    this.meter = meter;
    deadline = nanoTime.getAsLong() + TimeUnit.MILLISECONDS.toNanos(bounds.timeout().toMillis());
  }

  /** What the query costs. */
  public QueryMeter meter() {
    return meter;
  }

  /** Nanoseconds that are left; not positive when time is over. */
  public long remainingNanos() {
    return deadline - nanoTime.getAsLong();
  }

  /** Lets the query fail at its next check. */
  public void cancel() {
    canceled.set(true);
  }

  /**
   * Checks that the query may go on.
   *
   * @param where what it is doing, for the message
   */
  public void check(String where) throws QueryException {
    if (canceled.get() || Thread.currentThread().isInterrupted()) {
      throw new QueryException(QueryException.Kind.CANCELED, "query was canceled in " + where);
    }
    if (remainingNanos() <= 0) {
      throw timedOut(where, null);
    }
  }

  /**
   * Time is over.
   *
   * @param where what the query was doing
   */
  public QueryException timedOut(String where, @Nullable Throwable cause) {
    return bounds.timedOut(where, cause);
  }

  /**
   * Takes samples into memory, and checks that the query may go on. They count as taken when it
   * fails, too.
   */
  void take(long samples) throws QueryException {
    long now = held.addAndGet(samples);
    if (now > peak.get()) {
      peak.accumulateAndGet(now, Math::max);
    }
    if (now > bounds.maxSamples() && relieved()) {
      now = held.get();
    }
    if (now > bounds.maxSamples()) {
      // What failed is given back as well, bytes included.
      bytes.addAndGet(samples * SAMPLE_BYTES);
      throw bounds.tooManySamples(null);
    }
    takeBytes(samples * SAMPLE_BYTES);
    check("expression evaluation");
  }

  /** Takes memory that no samples are in. */
  void takeBytes(long more) throws QueryException {
    long now = bytes.addAndGet(more);
    if (now > maxBytes && relieved()) {
      now = bytes.get();
    }
    if (now > maxBytes) {
      throw tooMuchMemory(
          "the query needs more than the "
              + rounded(maxBytes)
              + " of query.promql.max_memory; select fewer series or a shorter range, or raise it");
    }
    if (now > reserved && !reserve(now)) {
      throw tooMuchMemory(
          "all running queries have used up the "
              + rounded(pool.total())
              + " of query.promql.max_memory_total; try again later, or raise it");
    }
  }

  /** In whole mebibytes, since a limit that is a part of the heap has odd bytes. */
  private static ByteSize rounded(long bytes) {
    return new ByteSize(bytes < 1 << 20 ? bytes : bytes & -(1L << 20));
  }

  /** Asks for help when there is not enough, until {@link #remove}. */
  void add(Relief relief) {
    reliefs.add(relief);
  }

  void remove(Relief relief) {
    reliefs.remove(relief);
  }

  private boolean relieved() {
    boolean any = false;
    for (Relief relief : reliefs) {
      any |= relief.owner().equals(Thread.currentThread()) && relief.give().getAsBoolean();
    }
    return any;
  }

  private synchronized boolean reserve(long now) {
    long missing = now - reserved;
    if (missing <= 0 || closed) {
      return true;
    }
    long piece = (missing + PIECE - 1) / PIECE * PIECE;
    if (!pool.reserve(piece, now)) {
      return false;
    }
    reserved += piece;
    return true;
  }

  private static QueryException tooMuchMemory(String reason) {
    return new QueryException(
        QueryException.Kind.EXECUTION,
        "query processing would take too much memory in query execution: " + reason);
  }

  /** Gives back what was taken with {@link #takeBytes}. */
  void giveBytes(long less) {
    long now = bytes.addAndGet(-less);
    if (reserved - now > 2 * PIECE) {
      giveUnused();
    }
  }

  private synchronized void giveUnused() {
    long unused = (reserved - bytes.get()) / PIECE * PIECE;
    if (unused > 0 && !closed) {
      reserved -= unused;
      pool.release(unused);
    }
  }

  /** Bytes that are held. */
  public long bytes() {
    return bytes.get();
  }

  /** Gives back all memory to the other queries. May be called twice. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      pool.release(reserved);
      reserved = Long.MAX_VALUE;
    }
  }

  /**
   * What it costs to hold a column: its points. A quarter of its places at least, because memory is
   * used for places: many series of few points must not bring the server down.
   */
  static long cost(Column column) {
    int points = column.points();
    if (points == 0) {
      return 0;
    }
    return Math.max(points, column.size / 4) + HistogramSize.beyondOne(column);
  }

  /** What it costs to hold the labels of a series besides its samples, in bytes. */
  static long cost(Labels labels) {
    return SERIES_BYTES + (long) LABEL_BYTES * labels.size();
  }

  /** The most samples and points that may be held at once. */
  long maxSamples() {
    return bounds.maxSamples();
  }

  /** Gives back what was taken. */
  void give(long samples) {
    held.addAndGet(-samples);
    giveBytes(samples * SAMPLE_BYTES);
  }

  /** The most samples that were held at once. */
  public long peak() {
    return peak.get();
  }
}
