package io.narthex.storage.tsdb.wal;

import io.narthex.api.model.NativeHistogram;
import java.util.Arrays;

/**
 * Histogram samples, integer and float ones, with exponential or custom buckets. Used again and
 * again; only the first {@link #size} elements count.
 */
public final class HistogramRecord {
  public int size;
  public long[] refs = new long[16];

  /** Milliseconds since the epoch. */
  public long[] times = new long[16];

  public NativeHistogram[] histograms = new NativeHistogram[16];

  /** Start timestamps in milliseconds, 0 where unknown; all 0 unless {@link #hasStarts}. */
  public long[] starts = new long[16];

  /** Whether the record knows start timestamps. */
  public boolean hasStarts;

  /**
   * Samples that were left out because their schema is unknown, which a newer Prometheus may have
   * written; as upstream leaves them out.
   */
  public int unknownSchemas;

  /** Forgets the samples. */
  public void clear() {
    size = 0;
    hasStarts = false;
    unknownSchemas = 0;
  }

  /** Appends a sample; {@code start} 0 if unknown. */
  public void add(long ref, long time, NativeHistogram histogram, long start) {
    if (size == refs.length) {
      refs = Arrays.copyOf(refs, 2 * size);
      times = Arrays.copyOf(times, 2 * size);
      histograms = Arrays.copyOf(histograms, 2 * size);
      starts = Arrays.copyOf(starts, 2 * size);
    }
    refs[size] = ref;
    times[size] = time;
    histograms[size] = histogram;
    starts[size++] = start;
    hasStarts |= start != 0;
  }
}
