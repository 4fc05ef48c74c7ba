package io.narthex.query.promql.column;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.model.StaleMarker;
import java.util.Arrays;

/**
 * The decoded samples of one series, floats and histograms apart, each ascending in time. The
 * arrays are public because inner loops read them. Filled again for each series; not safe for
 * several threads.
 */
public final class Samples {
  /** The number of floats. */
  public int size;

  /** Milliseconds since the epoch. */
  public long[] times = new long[256];

  /** The floats. */
  public double[] values = new double[256];

  /** The number of histograms. */
  public int histogramCount;

  /** Milliseconds since the epoch. */
  public long[] histogramTimes = new long[0];

  /** The histograms. */
  public NativeHistogram[] histograms = new NativeHistogram[0];

  /** Forgets all samples. */
  public void clear() {
    size = 0;
    Arrays.fill(histograms, 0, histogramCount, null);
    histogramCount = 0;
  }

  /** The number of samples of both kinds. */
  public int total() {
    return size + histogramCount;
  }

  /** Appends a batch of storage. */
  public void append(SampleBatch batch, boolean keepStale) {
    int n = batch.size;
    if (batch.kind == SampleBatch.Kind.FLOAT) {
      reserve(n);
      if (keepStale) {
        System.arraycopy(batch.timestamps, 0, times, size, n);
        System.arraycopy(batch.values, 0, values, size, n);
        size += n;
        return;
      }
      int out = size;
      for (int i = 0; i < n; i++) {
        double v = batch.values[i];
        times[out] = batch.timestamps[i];
        values[out] = v;
        // Stale markers are written too, and overwritten by what follows: no branch to mispredict.
        out += Double.doubleToRawLongBits(v) == StaleMarker.BITS ? 0 : 1;
      }
      size = out;
    } else {
      for (int i = 0; i < n; i++) {
        NativeHistogram h = batch.histograms[i];
        if (h != null && (keepStale || !h.isStale())) {
          add(batch.timestamps[i], h);
        }
      }
    }
  }

  /** Appends a float. */
  public void add(long time, double value) {
    reserve(1);
    times[size] = time;
    values[size++] = value;
  }

  /** Appends a histogram. */
  public void add(long time, NativeHistogram histogram) {
    if (histogramCount == histogramTimes.length) {
      int capacity = Math.max(16, 2 * histogramCount);
      histogramTimes = Arrays.copyOf(histogramTimes, capacity);
      histograms = Arrays.copyOf(histograms, capacity);
    }
    histogramTimes[histogramCount] = time;
    histograms[histogramCount++] = histogram;
  }

  private void reserve(int n) {
    if (size + n > times.length) {
      int capacity = Math.max(size + n, 2 * times.length);
      times = Arrays.copyOf(times, capacity);
      values = Arrays.copyOf(values, capacity);
    }
  }
}
