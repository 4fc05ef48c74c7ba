package io.narthex.storage.tsdb.compact;

import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.select.ChunkList;
import io.narthex.storage.tsdb.select.SortedPart;

/** A part that does what another does, for tests that change some of it. */
class Forwarding implements SortedPart {
  private final SortedPart to;

  Forwarding(SortedPart to) {
    this.to = to;
  }

  @Override
  public int symbolCount() {
    return to.symbolCount();
  }

  @Override
  public byte[] symbol(int i) throws StorageException {
    return to.symbol(i);
  }

  @Override
  public boolean next() throws StorageException {
    return to.next();
  }

  @Override
  public int labelCount() {
    return to.labelCount();
  }

  @Override
  public int[] labelSymbols() {
    return to.labelSymbols();
  }

  @Override
  public void chunks(long minTime, long maxTime, ChunkList into) throws StorageException {
    to.chunks(minTime, maxTime, into);
  }

  @Override
  public void close() {
    to.close();
  }
}
