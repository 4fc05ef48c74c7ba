package io.narthex.storage.tsdb.block;

import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.file.MappedFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.zip.CRC32C;

/**
 * A series of an index, decoded into a buffer of the caller that is used again and again. Belongs
 * to one thread.
 *
 * <pre>
 * length of what follows without the checksum (uvarint)
 * number of labels (uvarint) | for each: symbol of name, symbol of value (uvarints)
 * number of chunks (uvarint)
 * first chunk: min time (varint) | max time - min time (uvarint) | reference (uvarint)
 * others: min time - last max time (uvarint) | max time - min time (uvarint)
 *         | reference - last reference (varint)
 * CRC32C (4)
 * </pre>
 */
public final class SeriesEntry {
  /** Longer entries are checked where they are mapped before room is made for them. */
  private static final int CHECKED_FIRST = 1 << 16;

  /** The number of labels. */
  public int labelCount;

  /** References of name and value in turn; {@code 2 * labelCount} are set. */
  public int[] labels = new int[32];

  /** The number of chunks. */
  public int chunkCount;

  /** First and last millisecond of each chunk, inclusive. */
  public long[] minTimes = new long[8];

  public long[] maxTimes = new long[8];

  /** Where each chunk stands: number of the file from 0 above, offset in the lower 32 bits. */
  public long[] references = new long[8];

  private final CRC32C crc = new CRC32C();
  private byte[] bytes = new byte[256];
  private int position;
  private int end;

  // For errors.
  private MappedFile file = NO_FILE;
  private long offset;

  private static final MappedFile NO_FILE =
      new MappedFile(java.nio.file.Path.of("index"), MemorySegment.ofArray(new byte[0]), () -> {});

  /**
   * Reads the entry at {@code at}.
   *
   * @param limit end of all entries
   * @param chunks whether the chunks are wanted; otherwise {@link #chunkCount} is 0
   */
  void read(MappedFile from, long at, long limit, boolean chunks) throws CorruptionException {
    file = from;
    offset = at;
    FileCursor in = FileCursor.over(from, at, limit, "a series");
    int length = in.length();
    long start = in.position();
    if (in.remaining() < length + 4L) {
      throw in.corruption("the series ends outside the section; got length " + length);
    }
    if (length > CHECKED_FIRST) {
      FileCursor.checkSum(from, start, length, "a series");
    }
    if (bytes.length < length + 4) {
      bytes = new byte[Math.max(length + 4, 2 * bytes.length)];
    }
    MemorySegment.copy(from.segment(), ValueLayout.JAVA_BYTE, start, bytes, 0, length + 4);
    if (length <= CHECKED_FIRST) {
      crc.reset();
      crc.update(bytes, 0, length);
      int want =
          bytes[length] << 24
              | (bytes[length + 1] & 0xff) << 16
              | (bytes[length + 2] & 0xff) << 8
              | (bytes[length + 3] & 0xff);
      if ((int) crc.getValue() != want) {
        throw corruption("the series has the wrong checksum");
      }
    }
    position = 0;
    end = length;
    readLabels();
    chunkCount = 0;
    if (chunks) {
      readChunks();
    }
  }

  private void readLabels() throws CorruptionException {
    long count = uvarint();
    if (count < 0 || count > (end - position) / 2) {
      throw corruption("got " + Long.toUnsignedString(count) + " labels");
    }
    int n = 2 * (int) count;
    if (labels.length < n) {
      labels = new int[n];
    }
    for (int i = 0; i < n; i++) {
      long symbol = uvarint();
      if (symbol >>> 32 != 0) {
        throw corruption("got symbol " + Long.toUnsignedString(symbol));
      }
      labels[i] = (int) symbol;
    }
    labelCount = (int) count;
  }

  private void readChunks() throws CorruptionException {
    long count = uvarint();
    if (count < 0 || count > (end - position) / 3) {
      throw corruption("got " + Long.toUnsignedString(count) + " chunks");
    }
    int n = (int) count;
    if (minTimes.length < n) {
      int room = Math.max(n, 2 * minTimes.length);
      minTimes = new long[room];
      maxTimes = new long[room];
      references = new long[room];
    }
    long time = 0;
    long reference = 0;
    for (int i = 0; i < n; i++) {
      if (i == 0) {
        time = varint();
      } else {
        time += uvarint();
      }
      minTimes[i] = time;
      time += uvarint();
      maxTimes[i] = time;
      // Chunks that overlap the one before are not allowed, but old servers have written them.
      if (time < minTimes[i]) {
        throw corruption("chunk " + i + " begins at " + minTimes[i] + " and ends at " + time);
      }
      reference = i == 0 ? uvarint() : reference + varint();
      references[i] = reference;
    }
    chunkCount = n;
  }

  private long varint() throws CorruptionException {
    long x = uvarint();
    return x >>> 1 ^ -(x & 1);
  }

  private long uvarint() throws CorruptionException {
    long out = 0;
    int at = position;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at >= end) {
        throw corruption("the series ends within a number");
      }
      byte b = bytes[at++];
      out |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        position = at;
        if (shift == 63 && b > 1) {
          break;
        }
        return out;
      }
    }
    throw corruption("got a varint of more than 64 bits");
  }

  private CorruptionException corruption(String what) {
    return new CorruptionException(file.path(), offset, what);
  }
}
