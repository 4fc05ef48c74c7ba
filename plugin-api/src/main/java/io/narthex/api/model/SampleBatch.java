package io.narthex.api.model;

import io.narthex.api.Api;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A caller-owned column of samples of one series, in ascending order of time. All samples of a
 * batch are of one {@link Kind}: floats stand in {@link #values}, histograms in {@link
 * #histograms}. The arrays are public because inner loops read them; only the first {@link #size}
 * elements count.
 *
 * <p>Not safe for several threads. Whoever fills a batch may replace its arrays by longer ones, so
 * read the fields again after each fill.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public final class SampleBatch {
  /** What the samples are. */
  public enum Kind {
    FLOAT,
    HISTOGRAM
  }

  /** What the samples of this batch are. */
  public Kind kind = Kind.FLOAT;

  /** The number of samples. */
  public int size;

  /** Milliseconds since the epoch. */
  public long[] timestamps;

  /** The values when {@link #kind} is {@code FLOAT}. Stale markers are {@link StaleMarker#BITS}. */
  public double[] values;

  /** The values when {@link #kind} is {@code HISTOGRAM}; made when first needed. */
  public @Nullable NativeHistogram[] histograms = new NativeHistogram[0];

  /**
   * Start timestamps in milliseconds, 0 where unknown; read only when {@link #hasStartTimestamps}.
   */
  public long[] startTimestamps = new long[0];

  /** Whether {@link #startTimestamps} is filled. */
  public boolean hasStartTimestamps;

  /** Makes an empty batch with room for {@code capacity} floats. */
  public SampleBatch(int capacity) {
    timestamps = new long[capacity];
    values = new double[capacity];
  }

  /** The number of samples that fit before the arrays must grow. */
  public int capacity() {
    return timestamps.length;
  }

  /** Forgets the samples and sets the kind of those to come. */
  public void clear(Kind newKind) {
    kind = newKind;
    size = 0;
    hasStartTimestamps = false;
    Arrays.fill(histograms, null);
  }

  /** Appends a float; the batch's kind must be {@code FLOAT}. */
  public void add(long timestamp, double value) {
    if (size == timestamps.length) {
      ensureCapacity(size + 1);
    }
    timestamps[size] = timestamp;
    values[size++] = value;
  }

  /** Appends a histogram; the batch's kind must be {@code HISTOGRAM}. */
  public void add(long timestamp, NativeHistogram histogram) {
    if (size == timestamps.length) {
      ensureCapacity(size + 1);
    }
    if (histograms.length < timestamps.length) {
      histograms = Arrays.copyOf(histograms, timestamps.length);
    }
    timestamps[size] = timestamp;
    histograms[size++] = histogram;
  }

  /** Makes room for at least {@code n} samples, keeping those that are there. */
  public void ensureCapacity(int n) {
    if (n > timestamps.length) {
      int capacity = Math.max(n, Math.max(16, 2 * timestamps.length));
      timestamps = Arrays.copyOf(timestamps, capacity);
      values = Arrays.copyOf(values, capacity);
      if (histograms.length > 0) {
        histograms = Arrays.copyOf(histograms, capacity);
      }
      if (startTimestamps.length > 0) {
        startTimestamps = Arrays.copyOf(startTimestamps, capacity);
      }
    }
  }
}
