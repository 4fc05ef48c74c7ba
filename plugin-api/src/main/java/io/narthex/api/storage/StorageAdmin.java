package io.narthex.api.storage;

import io.narthex.api.Api;
import io.narthex.api.model.Matcher;
import java.util.List;

/**
 * The ability of a {@link Storage} to be administered.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public interface StorageAdmin {
  /**
   * Deletes the samples of the series that satisfy all matchers.
   *
   * @param minTime milliseconds, inclusive
   * @param maxTime milliseconds, inclusive
   */
  void delete(long minTime, long maxTime, List<Matcher> matchers) throws StorageException;

  /** Frees the space of deleted samples. */
  void cleanTombstones() throws StorageException;

  /**
   * Writes a snapshot below the data directory.
   *
   * @param skipHead whether to leave out what has not been written to a block yet
   * @return the name of the snapshot's folder in {@code snapshots/}
   */
  String snapshot(boolean skipHead) throws StorageException;
}
