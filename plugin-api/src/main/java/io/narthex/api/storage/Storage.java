package io.narthex.api.storage;

import io.narthex.api.Api;

/**
 * A place where series live. Safe for any number of threads.
 *
 * <p>Optional abilities are interfaces of their own, which the object implements or not: {@link
 * ExemplarStorage}, {@link StorageAdmin}, {@link CardinalitySource}, {@link BlocksView}, {@link
 * ReplayProgress}.
 *
 * <p>The kernel calls {@link #start} once, uses the storage, and closes it once nothing uses it any
 * more. Between start and its return, {@link #appender} and {@link #querier} may be called and
 * throw {@link StorageException} of kind {@code NOT_READY}.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public interface Storage extends AutoCloseable {
  /**
   * Opens what is on disk and replays what was not persisted. May take minutes; an interrupt ends
   * it early.
   *
   * @throws StorageException when it cannot be opened; the message names the path and the reason
   */
  void start() throws StorageException, InterruptedException;

  /**
   * Starts an append transaction. Any number may be open at once; each belongs to one thread at a
   * time.
   *
   * @throws StorageException of kind {@code NOT_READY} or {@code CLOSED}
   */
  Appender appender(AppendOptions options) throws StorageException;

  /**
   * Starts reading. What was committed before this call is seen, of each later commit everything or
   * nothing.
   *
   * @param minTime milliseconds since the epoch, inclusive
   * @param maxTime milliseconds since the epoch, inclusive
   * @throws StorageException of kind {@code NOT_READY} or {@code CLOSED}
   */
  Querier querier(long minTime, long maxTime) throws StorageException;

  /** The earliest time of a sample, in milliseconds; {@link Long#MAX_VALUE} when there is none. */
  long minTime();

  /** The latest time of a sample, in milliseconds; {@link Long#MIN_VALUE} when there is none. */
  long maxTime();

  /** Persists and releases everything; may be called twice. Open appenders are rolled back. */
  @Override
  void close() throws StorageException;
}
