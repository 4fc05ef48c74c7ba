package io.narthex.storage.tsdb.postings;

import java.util.function.IntConsumer;

/**
 * A set of series ids, read as unsigned 32-bit numbers in ascending order. May be shared between
 * threads.
 */
public interface SeriesIds {
  /** The number of ids. */
  int size();

  boolean isEmpty();

  boolean contains(int id);

  /**
   * Calls {@code action} with each id in ascending (unsigned) order. An id that is added meanwhile
   * may or may not be among them.
   */
  void forEach(IntConsumer action);

  /** The ids in ascending (unsigned) order, in a new array. */
  int[] toArray();
}
