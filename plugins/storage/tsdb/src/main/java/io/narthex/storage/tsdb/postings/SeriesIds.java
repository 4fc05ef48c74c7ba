package io.narthex.storage.tsdb.postings;

import java.util.function.IntConsumer;

/**
 * A set of series ids, read as unsigned 32-bit numbers in ascending order. What {@link #forEach}
 * gives does not change while it runs; a set may be shared between threads.
 */
public interface SeriesIds {
  /** The number of ids. */
  int size();

  boolean isEmpty();

  boolean contains(int id);

  /** Calls {@code action} with each id in ascending (unsigned) order. */
  void forEach(IntConsumer action);

  /** The ids in ascending (unsigned) order, in a new array. */
  int[] toArray();
}
