package io.narthex.storage.tsdb.head;

import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Metadata;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.storage.StorageException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an appender has collected. Used again for later transactions. */
final class Transaction {
  private static final long[] NO_STARTS = {};

  int size;
  int[] slots = new int[256];
  long[] refs = new long[256];
  long[] times = new long[256];
  double[] values = new double[256];

  /** Beside {@link #values}; as long as the highest histogram needs. */
  @Nullable NativeHistogram[] histograms = new NativeHistogram[0];

  int histogramCount;

  /**
   * Start timestamps beside {@link #values}, 0 where unknown; as long as the highest that is known
   * needs, so empty where they are not kept.
   */
  long[] starts = NO_STARTS;

  /** Whether any start timestamp is known. */
  boolean hasStarts;

  /** Whether a sample came that was not newer than the series' latest. */
  boolean late;

  /** The earliest time that is taken into the order; fixed when the transaction begins. */
  long minValid;

  /**
   * The earliest time that is taken out of order, {@link Long#MAX_VALUE} for none. Fixed, too: what
   * the caller was not told of is not to be lost because others have committed meanwhile.
   */
  long lateFrom;

  record PendingExemplar(long ref, int slot, Exemplar exemplar) {}

  record PendingMetadata(long ref, int slot, Metadata metadata) {}

  final List<PendingExemplar> exemplars = new ArrayList<>();
  final List<PendingMetadata> metadata = new ArrayList<>();

  /** The records for the log, made before the commit lock is taken. */
  final LogRecords records = new LogRecords();

  /** Set by whoever has done the work. */
  boolean done;

  @Nullable StorageException failure;

  void clear() {
    size = 0;
    if (histogramCount > 0) {
      Arrays.fill(histograms, null);
      histogramCount = 0;
    }
    if (hasStarts) {
      Arrays.fill(starts, 0);
      hasStarts = false;
    }
    late = false;
    exemplars.clear();
    metadata.clear();
    records.clear();
    done = false;
    failure = null;
  }

  boolean isEmpty() {
    return size == 0 && exemplars.isEmpty() && metadata.isEmpty();
  }

  void add(int slot, long ref, long time, double value, @Nullable NativeHistogram histogram) {
    if (size == slots.length) {
      int capacity = 2 * size;
      slots = Arrays.copyOf(slots, capacity);
      refs = Arrays.copyOf(refs, capacity);
      times = Arrays.copyOf(times, capacity);
      values = Arrays.copyOf(values, capacity);
    }
    slots[size] = slot;
    refs[size] = ref;
    times[size] = time;
    values[size] = value;
    if (histogram != null) {
      if (histograms.length <= size) {
        histograms = Arrays.copyOf(histograms, slots.length);
      }
      histograms[size] = histogram;
      histogramCount++;
    }
    size++;
  }

  /** Sets the start timestamp of the sample added last; 0 if unknown. */
  void start(long start) {
    if (start != 0) {
      fillStarts();
      starts[size - 1] = start;
      hasStarts = true;
    }
  }

  /** Makes {@link #starts} as long as {@link #size} needs. */
  void fillStarts() {
    if (starts.length < size) {
      starts = Arrays.copyOf(starts, slots.length);
    }
  }

  /** The start timestamp of a sample; 0 if unknown. */
  long start(int i) {
    return i < starts.length ? starts[i] : 0;
  }

  @Nullable NativeHistogram histogram(int i) {
    return i < histograms.length ? histograms[i] : null;
  }
}
