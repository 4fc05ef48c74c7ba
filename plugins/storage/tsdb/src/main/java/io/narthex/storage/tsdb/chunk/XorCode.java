package io.narthex.storage.tsdb.chunk;

/**
 * The bits of one sample in an XOR chunk, after "Gorilla: A Fast, Scalable, In-Memory Time Series
 * Database" (Pelkonen et al., VLDB 2015) with upstream's widths for milliseconds.
 *
 * <pre>
 * count u16 | t0 varint | v0 64 bits | t1-t0 uvarint | value | { dod | value }...
 *
 * dod    0                     0
 *        10   + 14 bits        -8191..8192     (the range is shifted by one: 2^13, not -2^13)
 *        110  + 17 bits        -65535..65536
 *        1110 + 20 bits        -524287..524288
 *        1111 + 64 bits        any
 * value  0                     the same bits as before
 *        10   + w bits         XOR with the value before, within the window of before
 *        11   + leading (5 bits) + w (6 bits, 0 for 64) + w bits: a new window
 * </pre>
 */
final class XorCode {
  private XorCode() {}

  /**
   * Codes the third or a later sample into {@code s.code0..2} and moves the state on (but for
   * {@code bits} and {@code samples}, which the writer moves).
   */
  static void next(XorState s, long t, long valueBits) {
    long delta = t - s.time;
    long dod = delta - s.delta;
    s.time = t;
    s.delta = delta;
    s.length0 = 0;
    if (dod == 0) {
      value(s, valueBits, 0, 1);
    } else if (dod >= -8191 && dod <= 8192) {
      value(s, valueBits, 0b10L << 14 | (dod & 0x3fff), 16);
    } else if (dod >= -65535 && dod <= 65536) {
      value(s, valueBits, 0b110L << 17 | (dod & 0x1ffff), 20);
    } else if (dod >= -524287 && dod <= 524288) {
      value(s, valueBits, 0b1110L << 20 | (dod & 0xfffff), 24);
    } else {
      // 68 bits: the upper half of the number goes with the prefix, the lower with the value.
      value(s, valueBits, dod & 0xffffffffL, 32);
      s.code0 = 0b1111L << 32 | dod >>> 32;
      s.length0 = 36;
    }
  }

  /**
   * Codes the value behind {@code prefixLength} bits of prefix into {@code code1} and {@code
   * code2}.
   */
  static void value(XorState s, long valueBits, long prefix, int prefixLength) {
    long xor = valueBits ^ s.valueBits;
    s.valueBits = valueBits;
    if (xor == 0) {
      s.code1 = prefix << 1;
      s.length1 = prefixLength + 1;
      s.length2 = 0;
      return;
    }
    boolean opened = opensWindow(s, xor);
    int width = 64 - s.leading - s.trailing;
    s.code2 = xor >>> s.trailing;
    s.length2 = width;
    if (opened) {
      s.code1 = prefix << 13 | 0b11L << 11 | (long) s.leading << 6 | (width & 63);
      s.length1 = prefixLength + 13;
    } else {
      s.code1 = prefix << 2 | 0b10;
      s.length1 = prefixLength + 2;
    }
  }

  /** What a new window costs beside its bits. */
  private static final int HEADER = 11;

  /** Bits that may be wasted before a narrower window is opened; less than 32. */
  private static final int PATIENCE = 20;

  /**
   * Chooses the window for a value that has changed, and sets it; true if it is a new one.
   *
   * <p>The format leaves open when to open one. Upstream does it when a value does not fit, and
   * then as narrow as that value needs. Here it is also done when it pays at once; when values have
   * not used the window's edges so often that it would have paid; and one opened because a value
   * does not fit also has room for what the values of late have used. {@link XorState#memory} holds
   * for that (so that 0 stands for "nothing yet") 31 - leading and 63 - trailing zeros that all
   * values had since the window was opened, and the bits wasted. See docs/decisions.md.
   */
  static boolean opensWindow(XorState s, long xor) {
    short[] plan = s.plan;
    if (plan != null) {
      int window = plan[s.planned++];
      return window >= 0 && open(s, window >>> 6, window & 63);
    }
    int leading = Math.min(31, Long.numberOfLeadingZeros(xor));
    int trailing = Long.numberOfTrailingZeros(xor);
    int memory = s.memory;
    if (s.leading == XorState.NO_WINDOW) {
      return open(s, leading, trailing);
    }
    int usedLeading = 31 - (memory & 31);
    int usedTrailing = 63 - ((memory >>> 5) & 63);
    int spareLeading = leading - s.leading;
    int spareTrailing = trailing - s.trailing;
    if ((spareLeading | spareTrailing) < 0) {
      boolean nothing = (memory & 0x7ff) == 0;
      return open(
          s,
          Math.min(leading, nothing ? s.leading : usedLeading),
          Math.min(trailing, nothing ? s.trailing : usedTrailing));
    }
    if (spareLeading + spareTrailing > HEADER) {
      return open(s, leading, trailing);
    }
    int nowLeading = Math.min(usedLeading, leading);
    int nowTrailing = Math.min(usedTrailing, trailing);
    int wasted = nowLeading - s.leading + nowTrailing - s.trailing;
    if (nowLeading == usedLeading && nowTrailing == usedTrailing) {
      wasted += memory >>> 11;
    }
    if (wasted >= PATIENCE) {
      return open(s, nowLeading, nowTrailing);
    }
    s.memory = wasted << 11 | (63 - nowTrailing) << 5 | (31 - nowLeading);
    return false;
  }

  private static boolean open(XorState s, int leading, int trailing) {
    s.leading = leading;
    s.trailing = trailing;
    s.memory = 0;
    return true;
  }
}
