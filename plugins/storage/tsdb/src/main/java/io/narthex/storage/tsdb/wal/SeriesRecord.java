package io.narthex.storage.tsdb.wal;

import java.util.Arrays;

/**
 * New series, used again and again. Labels stay where they were read: series {@code i} has {@code
 * labelCounts[i]} labels in {@code bytes} from {@code starts[i]} to {@code ends[i]} (exclusive),
 * each a name and a value, each of these its length as uvarint and then its UTF-8 bytes, in the
 * order of names. The bytes belong to the reader and are valid until the handler returns. Only the
 * first {@link #size} elements count.
 */
public final class SeriesRecord {
  public int size;
  public long[] refs = new long[16];
  public int[] labelCounts = new int[16];
  public int[] starts = new int[16];
  public int[] ends = new int[16];
  public byte[] bytes = new byte[0];

  /** Forgets the series. */
  public void clear() {
    size = 0;
  }

  void add(long ref, int labels, int start, int end) {
    if (size == refs.length) {
      refs = Arrays.copyOf(refs, 2 * size);
      labelCounts = Arrays.copyOf(labelCounts, 2 * size);
      starts = Arrays.copyOf(starts, 2 * size);
      ends = Arrays.copyOf(ends, 2 * size);
    }
    refs[size] = ref;
    labelCounts[size] = labels;
    starts[size] = start;
    ends[size++] = end;
  }
}
