package io.narthex.storage.tsdb.block;

import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.file.MappedFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/**
 * A reading position in a part of a mapped file. Numbers are big-endian; varints are those of Go's
 * {@code encoding/binary} (seven bits a byte, least significant first; signed ones zigzag). A read
 * that would leave the part, or a varint that is too long, is a {@link CorruptionException}.
 */
final class FileCursor {
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  /** CRC32C is taken over at most this much at once. */
  private static final int CRC_STRIDE = 1 << 24;

  private final MappedFile file;
  private final MemorySegment segment;
  private final long end;
  private long position;

  private FileCursor(MappedFile file, long start, long end) {
    this.file = file;
    this.segment = file.segment();
    this.position = start;
    this.end = end;
  }

  /**
   * A cursor over the bytes from {@code start} to {@code end}, exclusive.
   *
   * @param what names the part in errors
   */
  static FileCursor over(MappedFile file, long start, long end, String what)
      throws CorruptionException {
    long size = file.segment().byteSize();
    if (start < 0 || start > end || end > size) {
      throw new CorruptionException(
          file.path(),
          start,
          what + " ends outside the file; got bytes " + start + " to " + end + " of " + size);
    }
    return new FileCursor(file, start, end);
  }

  /**
   * A cursor over the content of a section: length (4 bytes), content, CRC32C of the content (4
   * bytes).
   *
   * @param verify whether to compare the checksum
   */
  static FileCursor section(MappedFile file, long offset, boolean verify, String what)
      throws CorruptionException {
    FileCursor head = over(file, offset, file.segment().byteSize(), what);
    long length = Integer.toUnsignedLong(head.be32());
    long start = head.position;
    if (head.end - start < length + 4) {
      throw new CorruptionException(
          file.path(),
          offset,
          what
              + " ends outside the file; got length "
              + length
              + ", want at most "
              + (head.end - start - 4));
    }
    FileCursor content = new FileCursor(file, start, start + length);
    if (verify) {
      checkSum(file, start, length, what);
    }
    return content;
  }

  /** Compares the CRC32C of a range with the four bytes behind it. */
  static void checkSum(MappedFile file, long start, long length, String what)
      throws CorruptionException {
    int got = crc(file.segment(), start, length);
    int want = file.segment().get(INT, start + length);
    if (got != want) {
      throw new CorruptionException(
          file.path(),
          start,
          what
              + " has the wrong checksum; got "
              + Integer.toHexString(got)
              + ", want "
              + Integer.toHexString(want));
    }
  }

  static int crc(MemorySegment segment, long start, long length) {
    CRC32C crc = new CRC32C();
    long at = start;
    long left = length;
    while (left > 0) {
      long n = Math.min(left, CRC_STRIDE);
      crc.update(segment.asSlice(at, n).asByteBuffer());
      at += n;
      left -= n;
    }
    return (int) crc.getValue();
  }

  CorruptionException corruption(String what) {
    return new CorruptionException(file.path(), position, what);
  }

  /** Where it is, in bytes from the start of the file. */
  long position() {
    return position;
  }

  /** Goes to a position in the part, given from the start of the file. */
  void seek(long to) throws CorruptionException {
    if (to < 0 || to > end) {
      throw corruption("got position " + to + ", want at most " + end);
    }
    position = to;
  }

  long remaining() {
    return end - position;
  }

  void skip(long bytes) throws CorruptionException {
    if (bytes < 0 || bytes > end - position) {
      throw corruption(
          "got an entry of "
              + Long.toUnsignedString(bytes)
              + " bytes, want at most "
              + remaining());
    }
    position += bytes;
  }

  int u8() throws CorruptionException {
    if (position >= end) {
      throw corruption("got the end, want one more byte");
    }
    return segment.get(ValueLayout.JAVA_BYTE, position++) & 0xff;
  }

  int be32() throws CorruptionException {
    long at = position;
    skip(4);
    return segment.get(INT, at);
  }

  long be64() throws CorruptionException {
    long at = position;
    skip(8);
    return segment.get(LONG, at);
  }

  long uvarint64() throws CorruptionException {
    int b = u8();
    if (b < 0x80) {
      return b;
    }
    long out = b & 0x7f;
    for (int shift = 7; shift < 63; shift += 7) {
      b = u8();
      out |= (long) (b & 0x7f) << shift;
      if (b < 0x80) {
        return out;
      }
    }
    b = u8();
    if (b > 1) {
      throw corruption("got a varint of more than 64 bits");
    }
    return out | (long) b << 63;
  }

  /** The length of something in this part: a varint that is not more than what remains. */
  int length() throws CorruptionException {
    long length = uvarint64();
    if (length < 0 || length > end - position || length > Integer.MAX_VALUE - 16) {
      throw corruption(
          "got a length of " + Long.toUnsignedString(length) + ", want at most " + remaining());
    }
    return (int) length;
  }

  /** Bytes with their length before them. */
  byte[] bytes() throws CorruptionException {
    byte[] out = new byte[length()];
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, position, out, 0, out.length);
    position += out.length;
    return out;
  }

  /** As {@link #bytes}, as text. */
  String string() throws CorruptionException {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  /** Skips bytes with their length before them. */
  void skipBytes() throws CorruptionException {
    int length = length();
    position += length;
  }

  /** Compares {@code length} bytes at {@code offset} with {@code other}, as unsigned numbers. */
  static int compare(MemorySegment segment, long offset, int length, byte[] other) {
    int n = Math.min(length, other.length);
    for (int i = 0; i < n; i++) {
      int c = (segment.get(ValueLayout.JAVA_BYTE, offset + i) & 0xff) - (other[i] & 0xff);
      if (c != 0) {
        return c;
      }
    }
    return length - other.length;
  }
}
