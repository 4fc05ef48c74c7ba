package io.narthex.storage.tsdb.select;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.storage.SeriesGroups;
import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.postings.SeriesIds;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A part of the database as one reader sees it: a block, or the head at one moment. Holds its files
 * open until it is closed. Safe for several threads.
 */
public interface Part extends AutoCloseable {
  /** First millisecond that it may have a sample of. */
  long minTime();

  /** Last millisecond that it may have a sample of, inclusive. */
  long maxTime();

  /**
   * The series that satisfy all matchers.
   *
   * @param matchers none for all series
   */
  SeriesIds select(List<Matcher> matchers) throws StorageException;

  /** Whether ascending ids are in the order of the series' labels; true of blocks. */
  boolean sortedIds();

  /**
   * The labels of a series that {@link #select} gave; empty when it has been forgotten meanwhile.
   */
  Labels labels(int id) throws StorageException;

  /**
   * Whether labels are in memory, so that {@link #labels} is cheap to call later and cannot fail.
   */
  default boolean labelsAtHand() {
    return false;
  }

  /**
   * Sorts series into groups by some of their labels, without making them.
   *
   * @param ids of series that {@link #select} gave
   * @param names of labels
   * @param by whether {@code names} make the group, rather than all labels but them
   * @return null when this part cannot do better than by making the labels
   */
  default @Nullable SeriesGroups groups(int[] ids, Set<String> names, boolean by) {
    return null;
  }

  /**
   * Adds the chunks of a series that overlap the range; those of one part may overlap each other.
   *
   * @param minTime inclusive
   * @param maxTime inclusive
   */
  void chunks(int id, long minTime, long maxTime, ChunkList into) throws StorageException;

  /**
   * Tells the latest sample of a series when this part knows it without decoding a chunk, and it is
   * a number.
   *
   * @param minTime inclusive
   * @param maxTime inclusive
   * @return false when it is not known, or lies outside of the range
   */
  default boolean latest(int id, long minTime, long maxTime, LatestSample into) {
    return false;
  }

  /** Whether the series has a chunk that overlaps the range and is not wholly deleted. */
  boolean hasChunks(int id, long minTime, long maxTime) throws StorageException;

  /**
   * The values of a label, in code point order, without duplicates.
   *
   * @param limit 0 for all; at most one more than this is returned, so that the cut can be seen
   */
  default List<String> labelValues(String name, List<Matcher> matchers, int limit)
      throws StorageException {
    return labelValues(name, matchers, limit, value -> true);
  }

  /**
   * Those of them that pass a test, which is asked while they are read; others are not held.
   *
   * @param test asked on the caller's thread; what it throws reaches the caller
   */
  List<String> labelValues(String name, List<Matcher> matchers, int limit, Predicate<String> test)
      throws StorageException;

  /** The label names, otherwise as {@link #labelValues(String, List, int)}. */
  List<String> labelNames(List<Matcher> matchers, int limit) throws StorageException;

  @Override
  void close();
}
