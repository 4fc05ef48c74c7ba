package io.narthex.storage.memory;

import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Metadata;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendError;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.Appender;
import io.narthex.api.storage.StorageException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A transaction: samples wait here, checked, until they are committed. */
final class MemoryAppender implements Appender {
  record PendingExemplar(MemorySeries series, Exemplar exemplar) {}

  private final MemoryStorage storage;

  /** How far behind the newest sample of all a late one may be, in milliseconds; 0: refused. */
  final long window;

  int size;
  MemorySeries[] series = new MemorySeries[16];
  long[] times = new long[16];
  double[] values = new double[16];
  private @Nullable NativeHistogram @Nullable [] histograms;
  private long @Nullable [] starts;
  final List<PendingExemplar> pendingExemplars = new ArrayList<>();

  /**
   * Where each series' newest sample of this transaction is: position + 1 by a hash of the series'
   * id, linear probing, a power of two; 0 is free.
   */
  private int[] newest = new int[64];

  private int distinct;
  private boolean done;

  MemoryAppender(MemoryStorage storage, long window) {
    this.storage = storage;
    this.window = window;
  }

  @Override
  public long series(Labels labels) throws StorageException {
    checkUsable();
    return storage.series(labels).id;
  }

  @Override
  public void append(AppendBatch batch, AppendErrors errors) throws StorageException {
    checkUsable();
    storage.checking().lock();
    try {
      for (int i = 0; i < batch.size; i++) {
        AppendError error =
            append(
                batch.series[i],
                batch.timestamps[i],
                batch.values[i],
                batch.histogram(i),
                batch.startTimestamp(i));
        if (error != null) {
          storage.count(error, batch.histogram(i) != null);
          if (error == AppendError.DUPLICATE_TIMESTAMP && batch.histogram(i) == null) {
            tellDuplicate(batch, i, errors);
          } else {
            errors.add(i, error);
          }
        }
      }
    } finally {
      storage.checking().unlock();
    }
  }

  private @Nullable AppendError append(
      long ref, long time, double value, @Nullable NativeHistogram histogram, long start) {
    MemorySeries s = storage.index().byId(ref);
    if (s == null) {
      return AppendError.UNKNOWN_SERIES;
    }
    if (histogram != null && !histogram.isValid()) {
      return AppendError.INVALID_HISTOGRAM;
    }
    int slot = slot(s);
    int mine = newest[slot] - 1;
    long lastTime = mine < 0 ? Long.MIN_VALUE : times[mine];
    if (mine >= 0 && time == lastTime) {
      return sameAs(mine, value, histogram) ? null : AppendError.DUPLICATE_TIMESTAMP;
    }
    AppendError error = storage.check(s, time, value, histogram, lastTime, window);
    if (error != null) {
      return error;
    }
    add(s, time, value, histogram, start);
    if (mine < 0) {
      s.pending.incrementAndGet();
      newest[slot] = size;
      if (++distinct * 2 > newest.length) {
        rehash();
      }
    } else if (time > lastTime) {
      newest[slot] = size;
    }
    return null;
  }

  /** Tells what the series has at the time of a float that was refused. */
  private void tellDuplicate(AppendBatch batch, int i, AppendErrors errors) {
    MemorySeries s = storage.index().byId(batch.series[i]);
    int mine = s == null ? -1 : newest[slot(s)] - 1;
    Samples samples = s == null ? null : s.samples;
    int at = samples == null ? -1 : samples.find(batch.timestamps[i]);
    NativeHistogram histogram = null;
    double value;
    if (mine >= 0 && times[mine] == batch.timestamps[i]) {
      histogram = histogram(mine);
      value = values[mine];
    } else if (samples != null && at >= 0) {
      histogram = samples.histogram(at);
      value = samples.value(at);
    } else {
      errors.add(i, AppendError.DUPLICATE_TIMESTAMP);
      return;
    }
    if (histogram != null) {
      errors.addDuplicateOfHistogram(i);
    } else {
      errors.addDuplicate(i, value);
    }
  }

  private boolean sameAs(int i, double value, @Nullable NativeHistogram histogram) {
    return histogram == null
        ? histogram(i) == null
            && Double.doubleToRawLongBits(values[i]) == Double.doubleToRawLongBits(value)
        : histogram.equals(histogram(i));
  }

  private void add(
      MemorySeries s, long time, double value, @Nullable NativeHistogram histogram, long start) {
    if (size == times.length) {
      int capacity = 2 * size;
      series = Arrays.copyOf(series, capacity);
      times = Arrays.copyOf(times, capacity);
      values = Arrays.copyOf(values, capacity);
    }
    series[size] = s;
    times[size] = time;
    values[size] = value;
    if (histogram != null) {
      if (histograms == null || histograms.length <= size) {
        histograms =
            histograms == null
                ? new NativeHistogram[times.length]
                : Arrays.copyOf(histograms, times.length);
      }
      histograms[size] = histogram;
    }
    if (start != 0) {
      if (starts == null || starts.length <= size) {
        starts = starts == null ? new long[times.length] : Arrays.copyOf(starts, times.length);
      }
      starts[size] = start;
    }
    size++;
  }

  @Nullable NativeHistogram histogram(int i) {
    return histograms != null && i < histograms.length ? histograms[i] : null;
  }

  long start(int i) {
    return starts != null && i < starts.length ? starts[i] : 0;
  }

  private int slot(MemorySeries s) {
    int mask = newest.length - 1;
    int slot = (s.id * 0x9E3779B9) >>> 7 & mask;
    while (newest[slot] != 0 && series[newest[slot] - 1] != s) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  private void rehash() {
    int[] old = newest;
    newest = new int[2 * old.length];
    for (int position : old) {
      if (position != 0) {
        newest[slot(series[position - 1])] = position;
      }
    }
  }

  @Override
  public @Nullable AppendError appendExemplar(long ref, Exemplar exemplar) throws StorageException {
    checkUsable();
    MemorySeries s = storage.index().byId(ref);
    if (s == null) {
      return AppendError.UNKNOWN_SERIES;
    }
    AppendError error = storage.exemplarRing().check(s, exemplar);
    if (error == null) {
      pendingExemplars.add(new PendingExemplar(s, exemplar));
    }
    return error;
  }

  /** Metadata is not kept: what targets expose is shown from the targets themselves. */
  @Override
  public void updateMetadata(long ref, Metadata metadata) throws StorageException {
    checkUsable();
  }

  @Override
  public void commit() throws StorageException {
    checkUsable();
    try {
      storage.commit(this);
    } finally {
      finish();
    }
  }

  @Override
  public void rollback() {
    if (!done) {
      finish();
    }
  }

  private void finish() {
    done = true;
    for (int position : newest) {
      if (position != 0) {
        Objects.requireNonNull(series[position - 1]).pending.decrementAndGet();
      }
    }
    newest = new int[0];
    size = 0;
  }

  private void checkUsable() throws StorageException {
    if (done) {
      throw new StorageException(
          StorageException.Kind.BAD_REQUEST,
          "cannot append: the transaction has been committed or rolled back");
    }
    storage.checkOpen();
  }
}
