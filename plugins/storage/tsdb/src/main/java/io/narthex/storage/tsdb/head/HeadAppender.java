package io.narthex.storage.tsdb.head;

import io.narthex.api.model.Exemplar;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Metadata;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.StaleMarker;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendError;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.KeyedAppender;
import io.narthex.api.storage.SeriesKey;
import io.narthex.api.storage.StorageException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * Collects samples for one commit. Each is looked at twice: here, against the series as it is now,
 * so that the caller learns why one is refused; and again when it is applied, since other commits
 * may have come between.
 */
final class HeadAppender implements KeyedAppender {
  private final Head head;
  private final boolean rejectOutOfOrder;
  private final SeriesKey key = new SeriesKey();
  private @Nullable Transaction transaction;
  private boolean ended;
  private boolean minValidKnown;
  private final int round;

  HeadAppender(Head head, AppendOptions options) {
    this.head = head;
    this.rejectOutOfOrder = options.rejectOutOfOrder();
    this.round = head.appenderOpened();
  }

  private Transaction transaction() throws StorageException {
    if (ended) {
      throw new StorageException(
          StorageException.Kind.BAD_REQUEST, "cannot append: the transaction has ended");
    }
    Transaction tx = transaction;
    if (tx == null) {
      tx = head.transaction();
      transaction = tx;
    }
    return tx;
  }

  @Override
  public long series(Labels labels) throws StorageException {
    key.set(labels);
    return series(key);
  }

  @Override
  public long series(SeriesKey labels) throws StorageException {
    transaction();
    return head.series(labels, round);
  }

  @Override
  public void append(AppendBatch batch, AppendErrors errors) throws StorageException {
    Transaction tx = transaction();
    SeriesTable table = head.table();
    long window = rejectOutOfOrder ? 0 : head.outOfOrderWindow();
    long headMax = head.maxTime();
    if (headMax == Long.MIN_VALUE && batch.size > 0) {
      // The first sample of all is what the others are early or late by.
      headMax = batch.timestamps[0];
    }
    if (!minValidKnown && batch.size > 0) {
      tx.minValid = head.minValidFor(batch.timestamps, batch.size);
      tx.lateFrom = window > 0 ? headMax - window : Long.MAX_VALUE;
      minValidKnown = true;
    }
    long minValid = tx.minValid;
    boolean histograms = batch.histograms.length > 0;
    boolean zeros = head.options().zeroSamples() && batch.startTimestamps.length > 0;
    boolean starts = head.options().starts().any() && batch.startTimestamps.length > 0;
    for (int i = 0; i < batch.size; i++) {
      long ref = batch.series[i];
      int slot = table.slot(ref);
      if (slot < 0) {
        errors.add(i, AppendError.UNKNOWN_SERIES);
        continue;
      }
      MemorySegment page = table.page(slot);
      long at = SeriesTable.at(slot);
      if ((page.get(Layouts.INT, at + SeriesTable.TOUCHED) != round && !head.touch(slot, round))
          || table.ref(slot) != ref) {
        errors.add(i, AppendError.UNKNOWN_SERIES);
        continue;
      }
      long time = batch.timestamps[i];
      double value = batch.values[i];
      NativeHistogram histogram = histograms ? batch.histogram(i) : null;
      if (histogram != null && !histogram.isValid()) {
        errors.add(i, AppendError.INVALID_HISTOGRAM);
        continue;
      }
      long max = page.get(Layouts.LONG, at + SeriesTable.MAX_TIME);
      if (zeros) {
        long start = batch.startTimestamp(i);
        if (start > 0 && start < time && start > max && start >= minValid) {
          tx.add(slot, ref, start, 0, histogram == null ? null : Histograms.zeroLike(histogram));
        }
      }
      if (time <= max || time < minValid) {
        AppendError error =
            late(page, at, slot, time, value, histogram, max, minValid, headMax, window);
        if (error != null) {
          head.counters().refused(error);
          if (error == AppendError.DUPLICATE_TIMESTAMP && histogram == null) {
            tellDuplicate(page, at, i, errors);
          } else {
            errors.add(i, error);
          }
          continue;
        }
        tx.late = true;
      }
      tx.add(slot, ref, time, value, histogram);
      if (starts) {
        tx.start(batch.startTimestamp(i));
      }
    }
  }

  /** Why a sample that is not newer than its series is refused; null when it is not. */
  private @Nullable AppendError late(
      MemorySegment page,
      long at,
      int slot,
      long time,
      double value,
      @Nullable NativeHistogram histogram,
      long max,
      long minValid,
      long headMax,
      long window) {
    if (time == max && time >= minValid) {
      boolean wasHistogram = isHistogramLast(page, at);
      if (histogram != null) {
        return wasHistogram && !differs(head.histograms().last(slot), histogram)
            ? null
            : AppendError.DUPLICATE_TIMESTAMP;
      }
      if (wasHistogram) {
        return StaleMarker.is(value) ? null : AppendError.DUPLICATE_TIMESTAMP;
      }
      return page.get(Layouts.LONG, at + SeriesTable.LAST_BITS) == Double.doubleToRawLongBits(value)
          ? null
          : AppendError.DUPLICATE_TIMESTAMP;
    }
    if (window > 0) {
      return time >= headMax - window ? null : AppendError.TOO_OLD;
    }
    return time < minValid ? AppendError.OUT_OF_BOUNDS : AppendError.OUT_OF_ORDER;
  }

  private static boolean isHistogramLast(MemorySegment page, long at) {
    return (page.get(Layouts.SHORT, at + SeriesTable.FLAGS) & SeriesTable.LAST_IS_HISTOGRAM) != 0;
  }

  /**
   * Whether two histograms are of other observations. Buckets are not compared: those of the last
   * one may have been laid out anew, and equal sums of different observations are not to be had.
   */
  private static boolean differs(@Nullable NativeHistogram last, NativeHistogram histogram) {
    return last != null
        && (last.count() != histogram.count()
            || last.zeroCount() != histogram.zeroCount()
            || last.schema() != histogram.schema()
            || Double.doubleToRawLongBits(last.sum())
                != Double.doubleToRawLongBits(histogram.sum()));
  }

  private static void tellDuplicate(MemorySegment page, long at, int i, AppendErrors errors) {
    if (isHistogramLast(page, at)) {
      errors.addDuplicateOfHistogram(i);
    } else {
      errors.addDuplicate(
          i, Double.longBitsToDouble(page.get(Layouts.LONG, at + SeriesTable.LAST_BITS)));
    }
  }

  @Override
  public @Nullable AppendError appendExemplar(long series, Exemplar exemplar)
      throws StorageException {
    Transaction tx = transaction();
    int slot = head.table().slot(series);
    if (slot < 0 || !head.touch(slot, round)) {
      return AppendError.UNKNOWN_SERIES;
    }
    AppendError error = head.exemplars().check(slot, exemplar);
    if (error == null) {
      tx.exemplars.add(new Transaction.PendingExemplar(series, slot, exemplar));
    }
    return error;
  }

  @Override
  public void updateMetadata(long series, Metadata metadata) throws StorageException {
    Transaction tx = transaction();
    int slot = head.table().slot(series);
    if (slot >= 0 && head.touch(slot, round) && !metadata.equals(head.metadata(slot))) {
      tx.metadata.add(new Transaction.PendingMetadata(series, slot, metadata));
    }
  }

  @Override
  public void commit() throws StorageException {
    Transaction tx = transaction();
    try {
      if (!tx.isEmpty()) {
        head.commit(tx);
      }
    } finally {
      end(tx);
    }
  }

  @Override
  public void rollback() {
    if (!ended) {
      end(transaction);
    }
  }

  private void end(@Nullable Transaction tx) {
    ended = true;
    transaction = null;
    head.appenderClosed(round);
    if (tx != null) {
      head.recycle(tx);
    }
  }
}
