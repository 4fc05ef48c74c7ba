package io.narthex.query.remoteread;

import io.narthex.api.web.MemoryBudget;

/**
 * What one request takes of the memory of all requests; given back when closed. Belongs to one
 * thread.
 */
final class Share implements AutoCloseable {
  private final MemoryBudget budget;
  private long own;

  Share(MemoryBudget budget) {
    this.budget = budget;
  }

  /**
   * Takes some more.
   *
   * @throws NoRoomException when that would be too much; nothing is taken then
   */
  void take(long bytes) throws NoRoomException {
    if (!budget.take(bytes)) {
      throw new NoRoomException(budget.limit());
    }
    own += bytes;
  }

  void release(long bytes) {
    budget.release(bytes);
    own -= bytes;
  }

  @Override
  public void close() {
    release(own);
  }

  /** There is no room now. */
  static final class NoRoomException extends Exception {
    private static final long serialVersionUID = 1L;

    NoRoomException(long limit) {
      super(
          "cannot answer remote read: the requests at hand would take more than "
              + limit
              + " bytes of memory; ask for fewer samples at a time, or for STREAMED_XOR_CHUNKS");
    }
  }
}
