package io.narthex.storage.tsdb.postings;

import java.util.Arrays;
import java.util.function.IntConsumer;

/** A set of series ids. */
public final class Bitmap implements SeriesIds {
  private int[] ids = new int[4];
  private int size;

  /** Makes an empty set. */
  public Bitmap() {}

  /** Adds an id; in ascending order this is cheap. */
  public void add(int id) {
    if (size == ids.length) {
      ids = Arrays.copyOf(ids, 2 * size);
    }
    ids[size++] = id;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public boolean isEmpty() {
    return size == 0;
  }

  @Override
  public boolean contains(int id) {
    for (int i = 0; i < size; i++) {
      if (ids[i] == id) {
        return true;
      }
    }
    return false;
  }

  @Override
  public void forEach(IntConsumer action) {
    for (int i = 0; i < size; i++) {
      action.accept(ids[i]);
    }
  }

  @Override
  public int[] toArray() {
    return Arrays.copyOf(ids, size);
  }
}
