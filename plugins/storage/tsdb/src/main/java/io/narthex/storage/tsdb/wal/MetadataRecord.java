package io.narthex.storage.tsdb.wal;

import io.narthex.api.model.Metadata;
import java.util.Arrays;

/** Metadata of series, used again and again. Only the first {@link #size} elements count. */
public final class MetadataRecord {
  public int size;
  public long[] refs = new long[16];
  public Metadata[] metadata = new Metadata[16];

  /** Forgets it. */
  public void clear() {
    size = 0;
  }

  /** Appends what is known about one series. */
  public void add(long ref, Metadata known) {
    if (size == refs.length) {
      refs = Arrays.copyOf(refs, 2 * size);
      metadata = Arrays.copyOf(metadata, 2 * size);
    }
    refs[size] = ref;
    metadata[size++] = known;
  }
}
