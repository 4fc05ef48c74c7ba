package io.narthex.api.storage;

import io.narthex.api.Api;
import io.narthex.api.model.GoFloat;
import io.narthex.api.model.NativeHistogram;
import java.util.Arrays;
import java.util.Objects;

/**
 * Which samples of a batch were refused; caller-owned and reusable. Empty in the usual case. Not
 * safe for several threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.STABLE)
public final class AppendErrors {
  private static final double[] NONE = {};
  private static final byte VALUE = 1;
  private static final byte HISTOGRAM = 2;

  private int[] indexes = new int[0];
  private AppendError[] errors = new AppendError[0];

  /** Of duplicates, as far as told, the value that there is; shorter than {@link #size}. */
  private double[] existing = NONE;

  /** 1 where {@link #existing} counts, 2 where there is a histogram. */
  private byte[] told = new byte[0];

  private int size;

  /** Makes an empty collection. */
  public AppendErrors() {}

  /**
   * Notes that the sample at {@code index} of the batch was refused. Called by storages, in
   * ascending order.
   */
  public void add(int index, AppendError error) {
    if (size == indexes.length) {
      int capacity = Math.max(16, 2 * size);
      indexes = Arrays.copyOf(indexes, capacity);
      errors = Arrays.copyOf(errors, capacity);
    }
    indexes[size] = index;
    errors[size++] = error;
  }

  /**
   * Notes a float that was refused as {@link AppendError#DUPLICATE_TIMESTAMP}, as {@link #add}
   * does, and the value that the series has at that time.
   */
  public void addDuplicate(int index, double existingValue) {
    tell(VALUE);
    existing[size] = existingValue;
    add(index, AppendError.DUPLICATE_TIMESTAMP);
  }

  /**
   * Notes a float that was refused as {@link AppendError#DUPLICATE_TIMESTAMP}, as {@link #add}
   * does, where the series has a histogram at that time.
   */
  public void addDuplicateOfHistogram(int index) {
    tell(HISTOGRAM);
    add(index, AppendError.DUPLICATE_TIMESTAMP);
  }

  private void tell(byte what) {
    if (size >= told.length) {
      int capacity = Math.max(16, 2 * size);
      told = Arrays.copyOf(told, capacity);
      existing = Arrays.copyOf(existing, capacity);
    }
    told[size] = what;
  }

  public void clear() {
    size = 0;
    if (told.length > 0) {
      Arrays.fill(told, (byte) 0);
    }
  }

  /** The number of refused samples. */
  public int size() {
    return size;
  }

  public boolean isEmpty() {
    return size == 0;
  }

  /** The position in the batch of refused sample {@code i}, {@code 0 <= i < size()}. */
  public int index(int i) {
    return indexes[Objects.checkIndex(i, size)];
  }

  /** Why sample {@code i}, {@code 0 <= i < size()}, was refused. */
  public AppendError error(int i) {
    return errors[Objects.checkIndex(i, size)];
  }

  /**
   * What Prometheus's users read about refused sample {@code i}, {@code 0 <= i < size()}: the text
   * of the error; of a duplicate with both values, where the storage told the one that there is; of
   * a histogram that cannot be, what is wrong with it.
   *
   * @param batch the one that was appended
   */
  public String text(int i, AppendBatch batch) {
    AppendError error = error(i);
    int at = index(i);
    NativeHistogram histogram = batch.histogram(at);
    if (error == AppendError.INVALID_HISTOGRAM) {
      String problem = histogram == null ? null : histogram.problem();
      return problem == null ? error.text() : problem;
    }
    // Upstream takes the time 0 for one that is not told.
    if (i >= told.length || told[i] == 0 || batch.timestamps[at] == 0) {
      return error.text();
    }
    return error.text()
        + ' '
        + batch.timestamps[at]
        + "; overrides not allowed: existing "
        + (told[i] == HISTOGRAM ? "is a histogram" : GoFloat.general(existing[i]))
        + ", new value "
        + GoFloat.general(batch.values[at]);
  }
}
