package io.narthex.api.storage;

import io.narthex.api.Api;
import io.narthex.api.model.NativeHistogram;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A caller-owned batch of samples of many series. The arrays are public because inner loops fill
 * and read them; only the first {@link #size} elements count. A sample is a float unless its
 * element of {@link #histograms} is set. Not safe for several threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public final class AppendBatch {
  /** The number of samples. */
  public int size;

  /** References from {@link Appender#series}. */
  public long[] series;

  /** Milliseconds since the epoch. */
  public long[] timestamps;

  /** Float values. */
  public double[] values;

  /** Histograms; shorter than {@link #size} (mostly empty) when the rest are floats. */
  public @Nullable NativeHistogram[] histograms = new NativeHistogram[0];

  /**
   * Start timestamps in milliseconds, 0 where unknown; shorter than {@link #size} when the rest is
   * unknown.
   */
  public long[] startTimestamps = new long[0];

  /** Makes an empty batch with room for {@code capacity} samples. */
  public AppendBatch(int capacity) {
    series = new long[capacity];
    timestamps = new long[capacity];
    values = new double[capacity];
  }

  /** Forgets the samples. */
  public void clear() {
    size = 0;
    Arrays.fill(histograms, null);
    Arrays.fill(startTimestamps, 0);
  }

  /** Adds a float. */
  public void add(long ref, long timestamp, double value) {
    if (size == series.length) {
      grow();
    }
    series[size] = ref;
    timestamps[size] = timestamp;
    values[size++] = value;
  }

  /** Adds a histogram. */
  public void add(long ref, long timestamp, NativeHistogram histogram) {
    add(ref, timestamp, 0);
    if (histograms.length < size) {
      histograms = Arrays.copyOf(histograms, series.length);
    }
    histograms[size - 1] = histogram;
  }

  /** Sets the start timestamp, in milliseconds, of the sample added last. */
  public void setStartTimestamp(long startTimestamp) {
    if (startTimestamps.length < size) {
      startTimestamps = Arrays.copyOf(startTimestamps, series.length);
    }
    startTimestamps[size - 1] = startTimestamp;
  }

  /** The histogram at {@code i}, or null when the sample is a float. */
  public @Nullable NativeHistogram histogram(int i) {
    return i < histograms.length ? histograms[i] : null;
  }

  /** The start timestamp at {@code i}, in milliseconds; 0 when unknown. */
  public long startTimestamp(int i) {
    return i < startTimestamps.length ? startTimestamps[i] : 0;
  }

  private void grow() {
    int capacity = Math.max(16, 2 * series.length);
    series = Arrays.copyOf(series, capacity);
    timestamps = Arrays.copyOf(timestamps, capacity);
    values = Arrays.copyOf(values, capacity);
  }
}
