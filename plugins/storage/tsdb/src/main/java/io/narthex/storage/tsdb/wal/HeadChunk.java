package io.narthex.storage.tsdb.wal;

import java.lang.foreign.MemorySegment;

/**
 * A chunk of a head-chunk file or a snapshot; a caller-owned buffer, used again and again. Not safe
 * for several threads.
 */
public final class HeadChunk {
  /** Reference of the series in the log. */
  public long seriesRef;

  /** First millisecond, inclusive. */
  public long minTime;

  /** Last millisecond, inclusive. */
  public long maxTime;

  /** Code of the encoding, without the mark of out-of-order chunks. */
  public byte encoding;

  /** Whether its samples came out of order. */
  public boolean outOfOrder;

  /** Where the data, without the encoding byte, begin in {@link #bytes}. */
  public int offset;

  /** Bytes of the data. */
  public int length;

  byte[] bytes = new byte[1024];
  private MemorySegment segment = MemorySegment.ofArray(bytes);

  /** The array that holds the data; replaced when it grows. */
  public byte[] bytes() {
    return bytes;
  }

  /** The same as a segment. */
  public MemorySegment segment() {
    return segment;
  }

  /** Makes room for {@code n} bytes of data; what was there is lost. */
  public void room(int n) {
    if (n > bytes.length) {
      bytes = new byte[RecordBuffer.grown(bytes.length, n)];
      segment = MemorySegment.ofArray(bytes);
    }
  }
}
