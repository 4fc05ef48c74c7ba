package io.narthex.storage.tsdb.head;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * A growing array of ints that never moves what it holds, so readers need no lock. One writer at a
 * time.
 */
final class PagedInts {
  private static final int SHIFT = 12;
  private static final int MASK = (1 << SHIFT) - 1;

  /** What an int points to was written before it: not every processor shows it in that order. */
  private static final VarHandle INTS = MethodHandles.arrayElementVarHandle(int[].class);

  private volatile int[][] pages = new int[0][];

  int get(int i) {
    return (int) INTS.getAcquire(pages[i >>> SHIFT], i & MASK);
  }

  void set(int i, int value) {
    int page = i >>> SHIFT;
    int[][] now = pages;
    if (page >= now.length) {
      now = Arrays.copyOf(now, page + 1);
      for (int p = pages.length; p < now.length; p++) {
        now[p] = new int[1 << SHIFT];
      }
      pages = now;
    }
    INTS.setRelease(now[page], i & MASK, value);
  }
}
