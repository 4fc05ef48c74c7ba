package io.narthex.query.remoteread;

/**
 * Writes floats that follow each other as what has changed in their bits, after "Gorilla: A Fast,
 * Scalable, In-Memory Time Series Database" (Pelkonen et al., VLDB 2015):
 *
 * <pre>
 * 0                                             the same bits as before
 * 10 + w bits                                   XOR with the value before, within the last window
 * 11 + leading (5 bits) + w (6 bits, 0: 64) + w bits    a new window
 * </pre>
 */
final class FloatXor {
  private long before;
  private int leading = -1;
  private int trailing;

  /** Writes the first value, as it is. */
  void first(BitWriter out, double value) {
    before = Double.doubleToRawLongBits(value);
    leading = -1;
    out.put(before, 64);
  }

  void next(BitWriter out, double value) {
    long now = Double.doubleToRawLongBits(value);
    long xor = now ^ before;
    before = now;
    if (xor == 0) {
      out.put(0, 1);
      return;
    }
    int lead = Math.min(31, Long.numberOfLeadingZeros(xor));
    int trail = Long.numberOfTrailingZeros(xor);
    if (leading >= 0 && lead >= leading && trail >= trailing) {
      out.put(0b10, 2);
    } else {
      leading = lead;
      trailing = trail;
      out.put(0b11L << 11 | (long) lead << 6 | ((64 - lead - trail) & 63), 13);
    }
    out.put(xor >>> trailing, 64 - leading - trailing);
  }
}
