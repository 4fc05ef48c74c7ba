package io.narthex.storage.tsdb.chunk;

import java.util.Arrays;

/**
 * The windows with which the changes of a whole chunk take the fewest bits.
 *
 * <p>The changes fall into runs that share a window, which is as wide as the widest of them needs.
 * Dynamic programming over the place where the run at hand began, of which few matter: a run that
 * began later can always take the window of one that began earlier, so the earlier one is given up
 * once the later would take no more bits with it; and one that has taken {@link #HEADER} bits more
 * than the cheapest is beaten by a run that begins with the next value.
 */
final class WindowPlan {
  /** Bits of a new window beside its values. */
  private static final int HEADER = 11;

  private byte[] leading = new byte[128];
  private byte[] trailing = new byte[128];

  /** Where the last run of the best plan for the first so many values begins. */
  private int[] from = new int[129];

  // Runs that may be part of the best plan, the one that began first first: the bits before their
  // first value, the zeros that all of their values have, and the bits up to now.
  private int[] begins = new int[128];
  private int[] bases = new int[128];
  private int[] leads = new int[128];
  private int[] trails = new int[128];
  private int[] costs = new int[128];

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
      from = new int[capacity + 1];
      begins = new int[capacity];
      bases = new int[capacity];
      leads = new int[capacity];
      trails = new int[capacity];
      costs = new int[capacity];
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
    int alive = 0;
    int best = 0;
    for (int j = 0; j < size; j++) {
      int lead = leading[j];
      int trail = trailing[j];
      begins[alive] = j;
      bases[alive] = best + HEADER;
      leads[alive] = lead;
      trails[alive++] = trail;
      best = Integer.MAX_VALUE;
      for (int k = 0; k < alive; k++) {
        int l = leads[k] = Math.min(leads[k], lead);
        int t = trails[k] = Math.min(trails[k], trail);
        int cost = costs[k] = bases[k] + (j - begins[k] + 1) * (64 - l - t);
        if (cost < best) {
          best = cost;
          from[j + 1] = begins[k];
        }
      }
      int kept = 0;
      for (int k = 0; k < alive; k++) {
        int cost = costs[k];
        int width = 64 - leads[k] - trails[k];
        if (cost < best + HEADER
            && (k + 1 == alive || bases[k + 1] + (j - begins[k + 1] + 1) * width > cost)) {
          begins[kept] = begins[k];
          bases[kept] = bases[k];
          leads[kept] = leads[k];
          trails[kept++] = trails[k];
        }
      }
      alive = kept;
    }
    Arrays.fill(windows, 0, size, (short) -1);
    for (int end = size; end > 0; end = from[end]) {
      int l = 31;
      int t = 63;
      for (int i = from[end]; i < end; i++) {
        l = Math.min(l, leading[i]);
        t = Math.min(t, trailing[i]);
      }
      windows[from[end]] = (short) (l << 6 | t);
    }
    return windows;
  }
}
