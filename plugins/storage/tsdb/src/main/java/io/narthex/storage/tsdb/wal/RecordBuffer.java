package io.narthex.storage.tsdb.wal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Encoded records, one behind the other in one growing array, on their way into the log. {@link
 * Records} fills it, {@link WalWriter} takes it; it is used again after {@link #clear}. Belongs to
 * one thread at a time.
 */
public final class RecordBuffer {
  static final VarHandle BE64 =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** Arrays longer than this are given back by {@link #clear}. */
  private static final int KEEP_BYTES = 8 << 20;

  byte[] bytes;
  int length;
  int[] ends = new int[16];
  int count;

  /** Makes an empty buffer with room for some kilobytes. */
  public RecordBuffer() {
    this(4096);
  }

  /** Makes an empty buffer with room for {@code capacity} bytes before it must grow. */
  public RecordBuffer(int capacity) {
    bytes = new byte[Math.max(64, capacity)];
  }

  /** The number of complete records. */
  public int count() {
    return count;
  }

  /** Bytes of all records before compression. */
  public int length() {
    return length;
  }

  /** Whether no record is in it. */
  public boolean isEmpty() {
    return count == 0;
  }

  /** Forgets the records, keeps the memory unless it is very much. */
  public void clear() {
    length = 0;
    count = 0;
    if (bytes.length > KEEP_BYTES) {
      bytes = new byte[4096];
    }
  }

  /** Appends a record that is encoded already. */
  public void add(byte[] record, int offset, int size) {
    room(size);
    System.arraycopy(record, offset, bytes, length, size);
    length += size;
    end();
  }

  /** Appends the records of another buffer. */
  public void addAll(RecordBuffer other) {
    room(other.length);
    System.arraycopy(other.bytes, 0, bytes, length, other.length);
    if (count + other.count > ends.length) {
      ends = Arrays.copyOf(ends, Math.max(count + other.count, 2 * ends.length));
    }
    for (int i = 0; i < other.count; i++) {
      ends[count++] = length + other.ends[i];
    }
    length += other.length;
  }

  /** The array that holds the records; replaced when it grows. */
  public byte[] array() {
    return bytes;
  }

  /** Where record {@code i} begins in {@link #array}. */
  public int start(int i) {
    return i == 0 ? 0 : ends[i - 1];
  }

  /** Where record {@code i} ends in {@link #array}, exclusive. */
  public int end(int i) {
    return ends[i];
  }

  /** Completes the record that was being written. */
  void end() {
    if (count == ends.length) {
      ends = Arrays.copyOf(ends, 2 * count);
    }
    ends[count++] = length;
  }

  /** Gives up the record that was being written. */
  void cancel() {
    length = count == 0 ? 0 : ends[count - 1];
  }

  /** Makes room for {@code n} more bytes. */
  void room(int n) {
    if (n > bytes.length - length) {
      bytes = Arrays.copyOf(bytes, grown(bytes.length, Math.addExact(length, n)));
    }
  }

  /** A new capacity of at least {@code want}, by doubling. */
  static int grown(int have, int want) {
    return (int) Math.min(Integer.MAX_VALUE - 16L, Math.max(want, 2L * have));
  }

  void put(int b) {
    room(1);
    bytes[length++] = (byte) b;
  }

  void putLong(long v) {
    room(8);
    BE64.set(bytes, length, v);
    length += 8;
  }

  void putDouble(double v) {
    putLong(Double.doubleToRawLongBits(v));
  }

  /** Unsigned variable-length integer, 7 bits in a byte, low ones first. */
  void putUvarint(long v) {
    room(10);
    length = uvarint(bytes, length, v);
  }

  /** Signed variable-length integer, zigzag. */
  void putVarint(long v) {
    room(10);
    length = uvarint(bytes, length, (v << 1) ^ (v >> 63));
  }

  void putBytes(byte[] from, int offset, int size) {
    room(size);
    System.arraycopy(from, offset, bytes, length, size);
    length += size;
  }

  static int uvarint(byte[] to, int at, long v) {
    int p = at;
    long rest = v;
    while ((rest & ~0x7fL) != 0) {
      to[p++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    to[p++] = (byte) rest;
    return p;
  }
}
