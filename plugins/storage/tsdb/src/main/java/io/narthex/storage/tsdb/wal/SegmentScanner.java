package io.narthex.storage.tsdb.wal;

import static io.narthex.storage.tsdb.wal.Segments.HEADER;
import static io.narthex.storage.tsdb.wal.Segments.PAGE;

import io.narthex.storage.tsdb.file.CorruptionException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * Finds the records of one segment by the headers of their fragments alone, without looking at the
 * data, so that others can do this in parallel. Not safe for several threads.
 */
final class SegmentScanner {
  private static final MemorySegment ZEROS = MemorySegment.ofArray(new byte[PAGE]).asReadOnly();

  private final Path path;
  private final MemorySegment segment;
  private final long size;
  private long at;

  /** Where the record begins: all before is good. */
  long start;

  /** Where the record ends, exclusive. */
  long end;

  SegmentScanner(Path path, MemorySegment segment) {
    this.path = path;
    this.segment = segment;
    size = segment.byteSize();
  }

  /** Goes on at {@code offset}, where a record or a page begins, or at the end. */
  void skip(long offset) {
    at = Math.min(size, offset);
  }

  /**
   * Goes to the next record; false at the end.
   *
   * @throws CorruptionException with the offset up to which the segment is good
   */
  boolean next() throws CorruptionException {
    start = at;
    boolean first = true;
    while (at < size) {
      int left = PAGE - (int) (at % PAGE);
      int type = left < HEADER ? 0 : segment.get(ValueLayout.JAVA_BYTE, at) & 7;
      if (type == 0) {
        long until = Math.min(size, at + left);
        if (MemorySegment.mismatch(segment, at, until, ZEROS, 0, until - at) >= 0) {
          throw corrupt("the page is not zero behind its last record");
        }
        if (!first && left >= HEADER) {
          throw corrupt("the record is cut off by the end of its page");
        }
        at = until;
        if (first) {
          start = at;
        }
        continue;
      }
      boolean opens = type == Segments.FULL || type == Segments.FIRST;
      if (type > Segments.LAST || opens != first) {
        throw corrupt("got a fragment of type " + type + (first ? "" : " within a record"));
      }
      if (size - at < HEADER) {
        throw corrupt("the record is cut off by the end of the file");
      }
      int length =
          (segment.get(ValueLayout.JAVA_BYTE, at + 1) & 0xff) << 8
              | (segment.get(ValueLayout.JAVA_BYTE, at + 2) & 0xff);
      if (length > left - HEADER) {
        throw corrupt("got a fragment of " + length + " bytes, the page has " + (left - HEADER));
      }
      at += HEADER + length;
      if (at > size) {
        throw corrupt("the record is cut off by the end of the file");
      }
      if (type == Segments.FULL || type == Segments.LAST) {
        end = at;
        return true;
      }
      first = false;
    }
    if (!first) {
      throw corrupt("the record is cut off by the end of the segment");
    }
    return false;
  }

  private CorruptionException corrupt(String what) {
    return new CorruptionException(path, start, what);
  }
}
