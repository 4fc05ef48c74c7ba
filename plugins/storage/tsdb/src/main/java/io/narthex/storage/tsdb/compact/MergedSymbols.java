package io.narthex.storage.tsdb.compact;

import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.select.SortedPart;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/**
 * The sorted symbols of several parts as one sequence without duplicates, and for each part what
 * number its symbols have there; complete when the sequence has been read to its end. Belongs to
 * one thread.
 */
final class MergedSymbols implements Iterator<byte[]> {
  private final SortedPart[] parts;
  private final byte[] @Nullable [] heads;
  private final int[] positions;

  /** For each part the new number of each of its symbols; nothing for a single part. */
  private final int[][] numbers;

  private int count;
  private @Nullable StorageException failure;

  MergedSymbols(SortedPart[] parts) {
    this.parts = parts;
    heads = new byte[parts.length][];
    positions = new int[parts.length];
    numbers = new int[parts.length][];
    for (int i = 0; i < parts.length; i++) {
      numbers[i] = new int[parts.length == 1 ? 0 : parts[i].symbolCount()];
      load(i);
    }
  }

  private void load(int part) {
    int at = positions[part];
    try {
      heads[part] = at < parts[part].symbolCount() ? parts[part].symbol(at) : null;
    } catch (StorageException e) {
      failure = e;
    }
  }

  @Override
  public boolean hasNext() {
    if (failure != null) {
      return false;
    }
    for (byte[] head : heads) {
      if (head != null) {
        return true;
      }
    }
    return false;
  }

  @Override
  public byte[] next() {
    byte[] least = null;
    for (byte[] head : heads) {
      if (head != null && (least == null || Arrays.compareUnsigned(head, least) < 0)) {
        least = head;
      }
    }
    if (least == null) {
      throw new NoSuchElementException();
    }
    for (int i = 0; i < heads.length; i++) {
      byte[] head = heads[i];
      if (head != null && Arrays.equals(head, least)) {
        if (parts.length > 1) {
          numbers[i][positions[i]] = count;
        }
        positions[i]++;
        load(i);
      }
    }
    count++;
    return least;
  }

  /** Throws what kept the sequence from being complete. */
  void check() throws StorageException {
    if (failure != null) {
      throw failure;
    }
  }

  /** Replaces the numbers of a part's symbols by those in the sequence. */
  void translate(int part, int[] from, int[] to, int n) {
    int[] map = numbers[part];
    if (map.length == 0) {
      System.arraycopy(from, 0, to, 0, n);
      return;
    }
    for (int i = 0; i < n; i++) {
      to[i] = map[from[i]];
    }
  }
}
