package io.narthex.storage.tsdb.wal;

import java.util.Arrays;

/**
 * Float samples of many series, column by column; used again and again. Only the first {@link
 * #size} elements count; the arrays are replaced when they grow.
 */
public final class SampleRecord {
  public int size;
  public long[] refs = new long[64];

  /** Milliseconds since the epoch. */
  public long[] times = new long[64];

  public double[] values = new double[64];

  /** Start timestamps in milliseconds, 0 where unknown; read only when {@link #hasStarts}. */
  public long[] starts = new long[0];

  /** Whether {@link #starts} is filled. */
  public boolean hasStarts;

  /** Forgets the samples. */
  public void clear() {
    size = 0;
    hasStarts = false;
  }

  /** Appends a sample without a start timestamp. */
  public void add(long ref, long time, double value) {
    room(size + 1);
    refs[size] = ref;
    times[size] = time;
    values[size] = value;
    if (hasStarts) {
      starts[size] = 0;
    }
    size++;
  }

  /** Appends a sample with its start timestamp, 0 if unknown. */
  public void add(long ref, long time, double value, long start) {
    withStarts();
    room(size + 1);
    refs[size] = ref;
    times[size] = time;
    values[size] = value;
    starts[size++] = start;
  }

  void withStarts() {
    if (!hasStarts) {
      if (starts.length < times.length) {
        starts = new long[times.length];
      } else {
        Arrays.fill(starts, 0, size, 0);
      }
      hasStarts = true;
    }
  }

  void room(int n) {
    if (n > times.length) {
      int capacity = Math.max(n, 2 * times.length);
      refs = Arrays.copyOf(refs, capacity);
      times = Arrays.copyOf(times, capacity);
      values = Arrays.copyOf(values, capacity);
    }
    if (hasStarts && starts.length < times.length) {
      starts = Arrays.copyOf(starts, times.length);
    }
  }
}
