package io.narthex.storage.tsdb.block;

import io.narthex.storage.tsdb.file.CorruptionException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/** Reads postings, one list after the other, and checks them. Belongs to one thread. */
final class PostingsDecoder {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private final IndexReader index;
  private final CRC32C crc = new CRC32C();
  private final byte[] bytes = new byte[1 << 13];

  /** The series of the list that was read last, ascending; {@link #size} are set. */
  int[] ids = new int[256];

  int size;

  PostingsDecoder(IndexReader index) {
    this.index = index;
  }

  /** Reads the list at {@code offset}. */
  void read(long offset) throws CorruptionException {
    int count = index.postingsSize(offset);
    if (ids.length < count) {
      ids = new int[(int) Math.min(Integer.MAX_VALUE - 16, count + count / 2L)];
    }
    size = 0;
    MemorySegment segment = index.file().segment();
    // The number of series, before the list, is under the checksum as well.
    long at = offset + 8;
    crc.reset();
    INT.set(bytes, 0, count);
    crc.update(bytes, 0, 4);
    int n = 0;
    long last = -1;
    while (n < count) {
      int some = Math.min(count - n, bytes.length / 4);
      MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, at, bytes, 0, 4 * some);
      crc.update(bytes, 0, 4 * some);
      for (int i = 0; i < some; i++) {
        int id = (int) INT.get(bytes, 4 * i);
        long wide = Integer.toUnsignedLong(id);
        if (wide <= last) {
          throw new CorruptionException(
              index.file().path(),
              at + 4L * i,
              "postings do not ascend; got " + wide + " after " + last);
        }
        last = wide;
        ids[n++] = id;
      }
      at += 4L * some;
    }
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, at, bytes, 0, 4);
    int want = (int) INT.get(bytes, 0);
    if ((int) crc.getValue() != want) {
      throw new CorruptionException(
          index.file().path(),
          offset,
          "postings have the wrong checksum; got "
              + Integer.toHexString((int) crc.getValue())
              + ", want "
              + Integer.toHexString(want));
    }
    size = n;
  }
}
