package io.narthex.storage.tsdb.wal;

import java.util.Arrays;

/**
 * Marks of the out-of-order log: all samples of a series that stand before the mark are in the
 * head-chunk file. Used again and again; only the first {@link #size} elements count.
 */
public final class MarkerRecord {
  public int size;
  public long[] refs = new long[16];

  /** References of {@link HeadChunkFiles}; 0 where upstream had none. */
  public long[] chunkRefs = new long[16];

  /** Forgets the marks. */
  public void clear() {
    size = 0;
  }

  /** Appends a mark. */
  public void add(long ref, long chunkRef) {
    if (size == refs.length) {
      refs = Arrays.copyOf(refs, 2 * size);
      chunkRefs = Arrays.copyOf(chunkRefs, 2 * size);
    }
    refs[size] = ref;
    chunkRefs[size++] = chunkRef;
  }
}
