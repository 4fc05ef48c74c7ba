package io.narthex.storage.tsdb.block;

import io.narthex.storage.tsdb.file.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Writes the chunk files of a block: {@code chunks/000001} and so on, each begun when the next
 * chunk might make the one before exceed its size. Belongs to one thread.
 *
 * <pre>
 * magic 0x85BD40DD (4) | version 1 (1) | zeros (3) | chunks
 * chunk: length of data (uvarint) | encoding (1) | data | CRC32C of encoding and data (4)
 * </pre>
 */
public final class ChunkSegmentWriter implements AutoCloseable {
  /** Upstream's size of a file, in bytes. */
  public static final long DEFAULT_SEGMENT_SIZE = 512L << 20;

  static final int MAGIC = 0x85BD40DD;
  static final int VERSION = 1;
  static final int HEADER = 8;

  /** What a chunk takes beside its data, at most: length, encoding, checksum. */
  private static final int OVERHEAD = 5 + 1 + 4;

  private final Disk disk;
  private final Path directory;
  private final long segmentSize;
  private @Nullable BufferedOutput out;
  private int segments;
  private long bytes;

  /**
   * Makes the folder.
   *
   * @param segmentSize bytes that a file is to have at most; a single larger chunk gets a file of
   *     its own
   */
  public ChunkSegmentWriter(Disk disk, Path directory, long segmentSize) throws IOException {
    if (segmentSize <= HEADER || segmentSize > 0xffff_ffffL) {
      throw new IllegalArgumentException(
          "cannot write chunks: got a segment size of " + segmentSize + " bytes, want 9 to 2^32-1");
    }
    this.disk = disk;
    this.directory = directory;
    this.segmentSize = segmentSize;
    disk.createDirectories(directory);
  }

  /**
   * Writes a chunk.
   *
   * @param data holds, behind {@code offset}, what follows the encoding byte
   * @return the reference for the index: number of the file from 0 in the upper 32 bits, offset in
   *     it below
   */
  public long write(byte encoding, byte[] data, int offset, int length) throws IOException {
    BufferedOutput to = out;
    if (to == null || (to.position() > HEADER && to.position() + OVERHEAD + length > segmentSize)) {
      to = cut();
    }
    long position = to.position();
    to.uvarint(length);
    to.startSum();
    to.u8(encoding);
    to.bytes(data, offset, length);
    to.putSum();
    bytes += to.position() - position;
    return (long) (segments - 1) << 32 | position;
  }

  private BufferedOutput cut() throws IOException {
    finishSegment();
    Path path = directory.resolve(String.format(Locale.ROOT, "%06d", ++segments));
    BufferedOutput next = new BufferedOutput(disk.create(path));
    out = next;
    next.be32(MAGIC);
    next.u8(VERSION);
    next.pad(HEADER);
    bytes += HEADER;
    return next;
  }

  private void finishSegment() throws IOException {
    BufferedOutput last = out;
    if (last != null) {
      out = null;
      try (last) {
        last.sync();
      }
    }
  }

  /** Bytes of all files so far. */
  public long size() {
    return bytes;
  }

  /** Makes everything durable and closes. */
  public void finish() throws IOException {
    finishSegment();
    disk.syncDirectory(directory);
  }

  /** Closes; what {@link #finish} has not seen may be lost. */
  @Override
  public void close() throws IOException {
    BufferedOutput last = out;
    out = null;
    if (last != null) {
      last.close();
    }
  }
}
