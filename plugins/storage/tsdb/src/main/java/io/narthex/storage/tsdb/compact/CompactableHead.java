package io.narthex.storage.tsdb.compact;

import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.select.SortedPart;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * What compaction asks of the head. All methods but the getters are called by one thread at a time,
 * the one that holds {@link Compactions}'s lock; appends and queries go on meanwhile. Times are
 * milliseconds. A head that has been given to {@link #forget} and crashes before {@link
 * #truncateLog} finds on replay samples that are in a block already; it drops those before the end
 * of the last in-order block.
 */
public interface CompactableHead {
  /** Time of the first in-order sample; {@code Long.MAX_VALUE} when there is none. */
  long minTime();

  /** Time of the last in-order sample; {@code Long.MIN_VALUE} when there is none. */
  long maxTime();

  /** The number of series. */
  int seriesCount();

  /** The number of series whose last sample is a stale marker. */
  int staleSeriesCount();

  /** Bytes on disk of the logs and head-chunk files, which size retention counts in. */
  long diskSize() throws IOException;

  /**
   * The in-order samples of a range that is about to be moved to a block, both ends inclusive.
   * Waits until all transactions that may still write into the range have ended, lets no other
   * begin, and reads what they committed whatever a query would see. The caller closes it.
   */
  SortedPart sorted(long minTime, long maxTime) throws StorageException;

  /**
   * The in-order samples of a range, both ends inclusive, as a query that begins now would see
   * them, for a copy: nothing is waited for, and nothing refused afterwards. The caller closes it.
   */
  default SortedPart visible(long minTime, long maxTime) throws StorageException {
    return sorted(minTime, maxTime);
  }

  /**
   * Drops in-order samples before {@code time} from memory, and series that have none left: they
   * are in a block that new queries see, or expired. From now on {@link #minTime} is at or above
   * {@code time}, and older in-order samples are refused.
   */
  void forget(long time) throws IOException, StorageException;

  /** Drops what the write-ahead log and head-chunk files need no more for samples before a time. */
  void truncateLog(long time) throws IOException, StorageException;

  /**
   * Cuts off the out-of-order samples collected so far; later ones go to the next cut. Null when
   * there are none.
   */
  @Nullable Cut outOfOrder() throws IOException, StorageException;

  /** The stale series without out-of-order samples, as they are now; null when there are none. */
  @Nullable Cut stale() throws IOException, StorageException;

  /** A fixed set of samples in the head, to be moved to blocks. Queries see them until dropped. */
  interface Cut extends AutoCloseable {
    /** Time of the first sample. */
    long minTime();

    /** Time of the last sample, inclusive. */
    long maxTime();

    /**
     * A time at or after {@code from}, and not after the first sample from there on: what lies
     * between need not be looked at. {@link Long#MAX_VALUE} when there is no such sample.
     */
    default long nextTime(long from) {
      return from;
    }

    /** The samples of a range, both ends inclusive. The caller closes it. */
    SortedPart sorted(long minTime, long maxTime) throws StorageException;

    /**
     * Drops the samples and what the logs hold of them: they are in blocks that new queries see.
     * Series that have gained samples since the cut stay.
     */
    void drop() throws IOException, StorageException;

    /** Ends the use; without {@link #drop} before it all samples stay in the head. */
    @Override
    void close();
  }
}
