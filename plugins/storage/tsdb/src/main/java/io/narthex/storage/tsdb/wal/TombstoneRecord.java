package io.narthex.storage.tsdb.wal;

import java.util.Arrays;

/** Deleted ranges of series, used again and again. Only the first {@link #size} elements count. */
public final class TombstoneRecord {
  public int size;
  public long[] refs = new long[16];

  /** Milliseconds, inclusive. */
  public long[] minTimes = new long[16];

  /** Milliseconds, inclusive. */
  public long[] maxTimes = new long[16];

  /** Forgets the ranges. */
  public void clear() {
    size = 0;
  }

  /** Appends a range. */
  public void add(long ref, long minTime, long maxTime) {
    if (size == refs.length) {
      refs = Arrays.copyOf(refs, 2 * size);
      minTimes = Arrays.copyOf(minTimes, 2 * size);
      maxTimes = Arrays.copyOf(maxTimes, 2 * size);
    }
    refs[size] = ref;
    minTimes[size] = minTime;
    maxTimes[size++] = maxTime;
  }
}
