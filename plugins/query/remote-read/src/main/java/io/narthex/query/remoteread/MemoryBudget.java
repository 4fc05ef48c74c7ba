package io.narthex.query.remoteread;

import java.util.concurrent.atomic.AtomicLong;

/** The bytes that what all requests together hold may take. Safe for any number of threads. */
final class MemoryBudget {
  private final long limit;
  private final AtomicLong taken = new AtomicLong();

  MemoryBudget(long limit) {
    this.limit = limit;
  }

  long taken() {
    return taken.get();
  }

  /** What one request takes; given back when closed. Belongs to one thread. */
  Share share() {
    return new Share();
  }

  final class Share implements AutoCloseable {
    private long own;

    /**
     * Takes some more.
     *
     * @throws NoRoomException when that would be too much; nothing is taken then
     */
    void take(long bytes) throws NoRoomException {
      if (taken.addAndGet(bytes) > limit) {
        taken.addAndGet(-bytes);
        throw new NoRoomException(limit);
      }
      own += bytes;
    }

    void release(long bytes) {
      taken.addAndGet(-bytes);
      own -= bytes;
    }

    @Override
    public void close() {
      release(own);
    }
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
