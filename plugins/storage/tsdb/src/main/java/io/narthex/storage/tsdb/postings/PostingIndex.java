package io.narthex.storage.tsdb.postings;

import io.narthex.api.storage.StorageException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** An inverted index: which series have which label. Implemented by the head and by blocks. */
public interface PostingIndex {
  /** All series. Not to be changed by the caller. */
  Bitmap all() throws StorageException;

  /** The series with this label; empty when there is none. Not to be changed by the caller. */
  Bitmap of(String name, String value) throws StorageException;

  /**
   * The union of the series with one of the values of a label that satisfy {@code wanted}; for the
   * empty union an empty bitmap. The result belongs to the caller.
   *
   * @param prefix all wanted values begin with it; "" when nothing is known. Lets a sorted index
   *     look at a part of the values only
   */
  Bitmap ofMatching(String name, String prefix, Predicate<String> wanted) throws StorageException;

  /**
   * The series that have the label at all, whatever its value. The result belongs to the caller.
   */
  Bitmap withLabel(String name) throws StorageException;

  /**
   * The number of values of a label, or an estimate; 0 when it is not known. Where few series are
   * left, asking {@link #value} for each is then preferred to running a regular expression on so
   * many values.
   */
  default int valueCount(String name) throws StorageException {
    return 0;
  }

  /**
   * The value of a series' label, "" when it has no such label or is not known any more; null when
   * the index cannot tell, for any series.
   */
  default @Nullable String value(int id, String name) throws StorageException {
    return null;
  }

  /**
   * The number of series with a label, when that is much cheaper to tell than {@link #of}; -1
   * otherwise.
   */
  default int count(String name, String value) throws StorageException {
    return -1;
  }

  /** Where an index that never changes keeps what regular expressions have found; null for none. */
  default @Nullable MatchCache cache() {
    return null;
  }
}
