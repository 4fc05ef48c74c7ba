package io.narthex.storage.tsdb.block;

import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.select.ChunkList;
import io.narthex.storage.tsdb.select.Intervals;
import io.narthex.storage.tsdb.select.SortedPart;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** A block's series one after the other. Belongs to one thread. */
final class SortedBlock implements SortedPart {
  private final Block block;
  private final IndexReader index;
  private final ChunkSegments chunks;
  private final Tombstones tombstones;
  private final int[] ids;
  private final SeriesEntry entry = new SeriesEntry();
  private final byte[] scratch = new byte[4096];

  /** In version 1, references of all symbols in order; null where references are numbers. */
  private final int @Nullable [] references;

  /** Stands before symbol {@link #nextSymbol}. */
  private @Nullable FileCursor symbols;

  private int nextSymbol;
  private int at = -1;
  private boolean closed;

  SortedBlock(Block block, IndexReader index, ChunkSegments chunks, Tombstones tombstones)
      throws CorruptionException {
    this.block = block;
    this.index = index;
    this.chunks = chunks;
    this.tombstones = tombstones;
    this.ids = index.all().toArray();
    this.references = index.version() == IndexReader.V1 ? index.symbols().references() : null;
  }

  @Override
  public int symbolCount() {
    return index.symbols().count();
  }

  @Override
  public byte[] symbol(int i) throws StorageException {
    try {
      FileCursor in = symbols;
      // Mostly they are asked for in order.
      if (in == null || i != nextSymbol) {
        in = index.symbols().numbered(i);
        symbols = in;
      }
      nextSymbol = i + 1;
      return in.bytes();
    } catch (CorruptionException e) {
      symbols = null;
      throw Failures.of(e);
    }
  }

  @Override
  public boolean next() throws StorageException {
    if (at + 1 >= ids.length) {
      return false;
    }
    at++;
    try {
      index.series(ids[at], entry);
      int[] all = references;
      for (int i = 0; i < 2 * entry.labelCount; i++) {
        int reference = entry.labels[i];
        int number = all == null ? reference : Arrays.binarySearch(all, reference);
        if (number < 0 || number >= index.symbols().count()) {
          throw new CorruptionException(
              index.file().path(),
              -1,
              "series " + Integer.toUnsignedLong(ids[at]) + " has an unknown symbol");
        }
        entry.labels[i] = number;
      }
      return true;
    } catch (CorruptionException e) {
      throw Failures.of(e);
    }
  }

  @Override
  public int labelCount() {
    return entry.labelCount;
  }

  @Override
  public int[] labelSymbols() {
    return entry.labels;
  }

  @Override
  public void chunks(long minTime, long maxTime, ChunkList into) throws StorageException {
    Intervals deleted = tombstones.of(ids[at]);
    try {
      BlockPart.add(chunks, entry, minTime, maxTime, deleted, scratch, into);
    } catch (CorruptionException e) {
      throw Failures.of(e);
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      block.release();
    }
  }
}
