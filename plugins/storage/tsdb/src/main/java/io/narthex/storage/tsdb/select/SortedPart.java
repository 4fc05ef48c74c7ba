package io.narthex.storage.tsdb.select;

import io.narthex.api.storage.StorageException;

/**
 * What compaction reads: the series of a block or of the head in the order of their labels, with
 * labels as numbers of a sorted symbol table, so that no string is made. Belongs to one thread.
 */
public interface SortedPart extends AutoCloseable {
  /** The number of distinct strings. May include some that no series uses any more. */
  int symbolCount();

  /**
   * String {@code i} in UTF-8; strings ascend in the order of their (unsigned) bytes, so comparing
   * numbers compares strings.
   */
  byte[] symbol(int i) throws StorageException;

  /** Goes to the next series in the order of labels; false at the end. Starts before the first. */
  boolean next() throws StorageException;

  /** The number of labels of the current series. */
  int labelCount();

  /**
   * Symbol numbers of the current series' labels, name and value in turn, {@code 2 * labelCount}.
   */
  int[] labelSymbols();

  /** Adds the current series' chunks that overlap the range, both ends inclusive. */
  void chunks(long minTime, long maxTime, ChunkList into) throws StorageException;

  @Override
  void close();
}
