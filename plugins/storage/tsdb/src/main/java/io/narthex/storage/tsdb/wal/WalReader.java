package io.narthex.storage.tsdb.wal;

import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.file.MappedFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the records of segments, one after the other. {@link WalReplay} does the same with several
 * threads. Not safe for several threads.
 */
public final class WalReader implements AutoCloseable {
  private final Disk disk;
  private final List<Segments.Segment> segments;
  private final RecordAssembler assembler = new RecordAssembler();
  private final RecordBuffer buffer = new RecordBuffer();
  private int next;
  private @Nullable MappedFile map;
  private @Nullable SegmentScanner scanner;

  /** Makes a reader of {@code segments}, in their order. */
  public WalReader(Disk disk, List<Segments.Segment> segments) {
    this.disk = disk;
    this.segments = List.copyOf(segments);
  }

  /**
   * Goes to the next record; false behind the last.
   *
   * @throws CorruptionException with the segment and the offset up to which it is good; see {@link
   *     Repair}
   */
  public boolean next() throws IOException {
    for (; ; ) {
      MappedFile from = map;
      SegmentScanner scan = scanner;
      if (from == null || scan == null) {
        if (next == segments.size()) {
          return false;
        }
        from = disk.map(segments.get(next++).path());
        map = from;
        scanner = new SegmentScanner(from.path(), from.segment());
        continue;
      }
      try {
        if (scan.next()) {
          buffer.clear();
          assembler.read(from.path(), from.segment(), scan.start, scan.end, buffer);
          return true;
        }
      } catch (InternalError e) {
        throw unreadable(from.path(), scan.start, e);
      }
      close();
    }
  }

  /** What the Java machine throws where a mapped file cannot be read. */
  static CorruptionException unreadable(Path path, long offset, InternalError e) {
    CorruptionException corruption =
        new CorruptionException(path, offset, "the disk cannot read it");
    corruption.initCause(e);
    return corruption;
  }

  /** The array that holds the record; valid until {@link #next}. */
  public byte[] bytes() {
    return buffer.bytes;
  }

  /** Where the record begins in {@link #bytes}. */
  public int offset() {
    return 0;
  }

  /** Bytes of the record. */
  public int length() {
    return buffer.length;
  }

  /** The number of the segment that the record is in. */
  public int segment() {
    return segments.get(next - 1).index();
  }

  /** Where in the segment the record begins. */
  public long position() {
    SegmentScanner scan = scanner;
    return scan == null ? 0 : scan.start;
  }

  /** The error for a record whose content makes no sense. */
  public CorruptionException corrupt(CorruptionException cause) {
    CorruptionException placed =
        new CorruptionException(
            segments.get(next - 1).path(), position(), String.valueOf(cause.getMessage()));
    placed.initCause(cause);
    return placed;
  }

  /** Unmaps; may be called twice. */
  @Override
  public void close() {
    MappedFile from = map;
    map = null;
    scanner = null;
    if (from != null) {
      from.close();
    }
  }
}
