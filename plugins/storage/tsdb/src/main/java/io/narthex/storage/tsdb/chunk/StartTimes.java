package io.narthex.storage.tsdb.chunk;

import io.narthex.storage.tsdb.file.CorruptionException;

/**
 * Start timestamps inside chunks that have room for them: behind each sample's bits, as far as a
 * header byte says.
 *
 * <pre>
 * header   bit 7: that of sample 0 is there; bits 0..6: n, those of samples n and above are there,
 *          0 for none. Once a chunk reaches sample 127, n is 127 at most.
 * sample 0      t0 - st0, varint
 * sample n      t(n-1) - st(n), varbit
 * sample i > n  (t(i-1) - st(i)) - (t(i-2) - st(i-1)), varbit
 * </pre>
 *
 * A sample without has that of the sample before; 0 is "unknown".
 */
final class StartTimes {
  static final int LAST_CHANGE = 127;

  private boolean firstKnown;
  private int from;
  private long start;
  private long difference;

  /** Begins a chunk, with the header byte if it is read. */
  void reset(byte header) {
    firstKnown = header < 0;
    from = header & 0x7f;
    start = 0;
    difference = 0;
  }

  /** The header byte. */
  byte header() {
    return (byte) ((firstKnown ? 0x80 : 0) | from);
  }

  /** Whether any sample has one. */
  boolean present() {
    return firstKnown || from > 0;
  }

  /** That of the sample last read or written. */
  long value() {
    return start;
  }

  /** How far that of the sample last read or written lies before the sample before it. */
  long difference() {
    return difference;
  }

  /**
   * Reads what stands behind sample {@code i} at {@code pos}; returns the position behind.
   *
   * @param t of the sample
   * @param before time of the sample before
   */
  int read(byte[] bytes, int pos, int end, int i, long t, long before) throws CorruptionException {
    int p = pos;
    if (i == 0) {
      if (!firstKnown) {
        return p;
      }
      long v = 0;
      int shift = 0;
      long b;
      do {
        if (shift == 70) {
          throw new CorruptionException(null, p >>> 3, "start time: varint of over 10 bytes");
        }
        b = Bits.at(bytes, p) >>> 56;
        p += 8;
        v |= (b & 0x7f) << shift;
        shift += 7;
        if (p > end) {
          throw Bits.pastEnd(end);
        }
      } while (b >= 0x80);
      start = t - Bits.unzigzag(v);
    } else if (from > 0 && i >= from) {
      long v = Varbit.intAt(bytes, p);
      p += Varbit.lengthAt(bytes, p);
      if (p > end) {
        throw Bits.pastEnd(end);
      }
      difference = i == from ? v : difference + v;
      start = before - difference;
    }
    return p;
  }

  /** Writes what stands behind sample {@code i}; up to 10 bytes. Returns the position behind. */
  int write(byte[] bytes, int pos, int i, long t, long before, long st) {
    int p = pos;
    if (i == 0) {
      if (st != 0) {
        firstKnown = true;
        p = Bits.putUvarint(bytes, p, Bits.zigzag(t - st));
      }
    } else if (from > 0) {
      long d = before - st;
      p = Varbit.putInt(bytes, p, d - difference);
      difference = d;
    } else if (st != start || i == LAST_CHANGE) {
      from = i;
      difference = before - st;
      p = Varbit.putInt(bytes, p, difference);
    }
    start = st;
    return p;
  }
}
