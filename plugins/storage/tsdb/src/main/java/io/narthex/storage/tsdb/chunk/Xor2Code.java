package io.narthex.storage.tsdb.chunk;

import io.narthex.api.model.StaleMarker;

/**
 * The bits of one sample in an XOR2 chunk: as {@link XorCode}, but with one prefix for time and
 * value, a short code for stale markers, and start timestamps.
 *
 * <pre>
 * count u16 | start u8 | t0 varint | v0 64 bits | [st] | t1-t0 uvarint | value | [st] | { sample [st] }...
 *
 * sample 0                     dod 0, the value is the same
 *        10   + changed        dod 0
 *        110  + 13 bits + value  dod -4096..4095
 *        1110 + 20 bits + value  dod -524288..524287
 *        11110 + 64 bits + value
 *        11111                 dod 0, stale marker
 * value  0                     the same
 *        10  + w bits          XOR within the window of before
 *        110 + leading (5) + w (6) + w bits   a new window
 *        111                   stale marker
 * changed  0 + w bits | 1 + leading (5) + w (6) + w bits
 * </pre>
 *
 * A stale marker leaves alone what the next value is compared with (zero before the first value).
 * For {@code start} and {@code st} see {@link StartTimes}.
 */
final class Xor2Code {
  private Xor2Code() {}

  /** As {@link XorCode#next}. */
  static void next(XorState s, long t, long valueBits) {
    long delta = t - s.time;
    long dod = delta - s.delta;
    s.time = t;
    s.delta = delta;
    s.length0 = 0;
    if (dod == 0) {
      if (valueBits == StaleMarker.BITS) {
        set(s, 0b11111, 5);
      } else if (valueBits == s.valueBits) {
        set(s, 0, 1);
      } else {
        window(s, valueBits, 0b10, 2, 0b1, 1);
      }
    } else if (dod >= -4096 && dod <= 4095) {
      value(s, valueBits, 0b110L << 13 | (dod & 0x1fff), 16);
    } else if (dod >= -524288 && dod <= 524287) {
      value(s, valueBits, 0b1110L << 20 | (dod & 0xfffff), 24);
    } else {
      value(s, valueBits, dod & 0xffffffffL, 32);
      s.code0 = 0b11110L << 32 | dod >>> 32;
      s.length0 = 37;
    }
  }

  /** As {@link XorCode#value}. */
  static void value(XorState s, long valueBits, long prefix, int prefixLength) {
    if (valueBits == StaleMarker.BITS) {
      set(s, prefix << 3 | 0b111, prefixLength + 3);
    } else if (valueBits == s.valueBits) {
      set(s, prefix << 1, prefixLength + 1);
    } else {
      window(s, valueBits, prefix << 1 | 1, prefixLength + 1, 0b10, 2);
    }
  }

  private static void set(XorState s, long code, int length) {
    s.code1 = code;
    s.length1 = length;
    s.length2 = 0;
  }

  /**
   * Codes a value that has changed.
   *
   * @param newWindow what says so if it needs a new window, of {@code newLength} bits; otherwise 0
   */
  private static void window(
      XorState s, long valueBits, long prefix, int prefixLength, int newWindow, int newLength) {
    long xor = valueBits ^ s.valueBits;
    s.valueBits = valueBits;
    boolean opened = XorCode.opensWindow(s, xor);
    int width = 64 - s.leading - s.trailing;
    s.code2 = xor >>> s.trailing;
    s.length2 = width;
    if (opened) {
      s.code1 = ((prefix << newLength | newWindow) << 11) | (long) s.leading << 6 | (width & 63);
      s.length1 = prefixLength + newLength + 11;
    } else {
      s.code1 = prefix << 1;
      s.length1 = prefixLength + 1;
    }
  }
}
