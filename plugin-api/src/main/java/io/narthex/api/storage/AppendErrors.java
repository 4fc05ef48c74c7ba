package io.narthex.api.storage;

import io.narthex.api.Api;
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
  private int[] indexes = new int[0];
  private AppendError[] errors = new AppendError[0];
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

  public void clear() {
    size = 0;
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
}
