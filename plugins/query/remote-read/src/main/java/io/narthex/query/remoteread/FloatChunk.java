package io.narthex.query.remoteread;

/**
 * An XOR chunk:
 *
 * <pre>
 * count u16 | t0 varint | v0 64 bits | t1-t0 uvarint | value | { dod | value }...
 *
 * dod    0                     0
 *        10   + 14 bits        -8191..8192     (the range is shifted by one: 2^13, not -2^13)
 *        110  + 17 bits        -65535..65536
 *        1110 + 20 bits        -524287..524288
 *        1111 + 64 bits        any
 * value  see FloatXor
 * </pre>
 *
 * Source: Prometheus 3.14, {@code tsdb/chunkenc/xor.go}.
 */
final class FloatChunk {
  /** The code of the encoding. */
  static final int ENCODING = 1;

  /** Samples in a chunk, as upstream has it. */
  static final int MAX_SAMPLES = 120;

  private final BitWriter out = new BitWriter();
  private final FloatXor values = new FloatXor();
  private int samples;
  private long first;
  private long last;
  private long delta;

  void reset() {
    samples = 0;
    out.reset(2);
  }

  boolean isFull() {
    return samples == MAX_SAMPLES;
  }

  /** Appends a sample; {@code t}, in milliseconds, is above the last. */
  void append(long t, double v) {
    if (samples == 0) {
      first = t;
      out.varint(t);
      values.first(out, v);
    } else {
      long now = t - last;
      if (samples == 1) {
        out.uvarint(now);
      } else {
        deltaOfDelta(now - delta);
      }
      delta = now;
      values.next(out, v);
    }
    last = t;
    samples++;
  }

  private void deltaOfDelta(long dod) {
    if (dod == 0) {
      out.put(0, 1);
    } else if (dod >= -8191 && dod <= 8192) {
      out.put(0b10, 2);
      out.put(dod, 14);
    } else if (dod >= -65535 && dod <= 65536) {
      out.put(0b110, 3);
      out.put(dod, 17);
    } else if (dod >= -524287 && dod <= 524288) {
      out.put(0b1110, 4);
      out.put(dod, 20);
    } else {
      out.put(0b1111, 4);
      out.put(dod, 64);
    }
  }

  int samples() {
    return samples;
  }

  long minTime() {
    return first;
  }

  long maxTime() {
    return last;
  }

  /** The chunk, in its first {@link #length} bytes. */
  byte[] bytes() {
    out.bytes()[0] = (byte) (samples >>> 8);
    out.bytes()[1] = (byte) samples;
    return out.bytes();
  }

  int length() {
    return out.length();
  }
}
