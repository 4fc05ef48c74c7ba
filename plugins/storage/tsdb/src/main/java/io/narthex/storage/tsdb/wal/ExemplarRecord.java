package io.narthex.storage.tsdb.wal;

import io.narthex.api.model.Labels;
import java.util.Arrays;

/** Exemplars, used again and again. Only the first {@link #size} elements count. */
public final class ExemplarRecord {
  public int size;
  public long[] refs = new long[16];

  /** Milliseconds since the epoch. */
  public long[] times = new long[16];

  public double[] values = new double[16];

  /** The exemplar's own labels. */
  public Labels[] labels = new Labels[16];

  /** Forgets the exemplars. */
  public void clear() {
    size = 0;
  }

  /** Appends an exemplar. */
  public void add(long ref, long time, double value, Labels itsLabels) {
    if (size == refs.length) {
      refs = Arrays.copyOf(refs, 2 * size);
      times = Arrays.copyOf(times, 2 * size);
      values = Arrays.copyOf(values, 2 * size);
      labels = Arrays.copyOf(labels, 2 * size);
    }
    refs[size] = ref;
    times[size] = time;
    values[size] = value;
    labels[size++] = itsLabels;
  }
}
