package io.narthex.storage.tsdb.chunk;

import java.util.Arrays;

/**
 * The windows with which the changes of a whole chunk take the fewest bits. The changes fall into
 * runs that share a window, which is as wide as the widest of them needs; the cheapest cut into
 * runs is found by dynamic programming over where the last run begins. A run of more than {@link
 * #LONGEST} values is cut in any case, so that the time stays linear.
 */
final class WindowPlan {
  private static final int LONGEST = 256;

  /** Bits of a new window beside its values. */
  private static final int HEADER = 11;

  private byte[] leading = new byte[128];
  private byte[] trailing = new byte[128];

  /** The fewest bits for the first so many values, and where the last run of those begins. */
  private int[] best = new int[129];

  private int[] from = new int[129];
  private short[] windows = new short[128];
  private int size;

  void clear() {
    size = 0;
  }

  /** Adds the XOR of a value with the one before; not 0. */
  void add(long xor) {
    if (size == leading.length) {
      int capacity = 2 * size;
      leading = Arrays.copyOf(leading, capacity);
      trailing = Arrays.copyOf(trailing, capacity);
      best = new int[capacity + 1];
      from = new int[capacity + 1];
      windows = new short[capacity];
    }
    leading[size] = (byte) Math.min(31, Long.numberOfLeadingZeros(xor));
    trailing[size++] = (byte) Long.numberOfTrailingZeros(xor);
  }

  /**
   * For each value -1 if it uses the window of before, otherwise the new one's leading zeros times
   * 64 plus its trailing zeros. Good until the next {@link #clear}.
   */
  short[] windows() {
    byte[] lead = leading;
    byte[] trail = trailing;
    int[] b = best;
    for (int j = 0; j < size; j++) {
      int l = 31;
      int t = 63;
      int fewest = Integer.MAX_VALUE;
      int begin = j;
      int stop = Math.max(0, j - LONGEST + 1);
      for (int i = j; i >= stop; i--) {
        l = Math.min(l, lead[i]);
        t = Math.min(t, trail[i]);
        int bits = b[i] + (j - i + 1) * (64 - l - t);
        if (bits < fewest) {
          fewest = bits;
          begin = i;
        }
      }
      b[j + 1] = fewest + HEADER;
      from[j + 1] = begin;
    }
    Arrays.fill(windows, 0, size, (short) -1);
    for (int end = size; end > 0; end = from[end]) {
      int l = 31;
      int t = 63;
      for (int i = from[end]; i < end; i++) {
        l = Math.min(l, lead[i]);
        t = Math.min(t, trail[i]);
      }
      windows[from[end]] = (short) (l << 6 | t);
    }
    return windows;
  }
}
