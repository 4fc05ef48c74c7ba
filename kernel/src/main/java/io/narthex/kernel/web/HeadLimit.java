package io.narthex.kernel.web;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How large the lines before and after an answer's body may be. A head may have as much as Go's
 * client takes, but not ten thousand of them at a time: what heads take beyond a first part of each
 * is counted together while their answers are read. Used by one thread at a time.
 */
final class HeadLimit {
  /** Most bytes of a head, as in Go. */
  static final int MOST = 10 << 20;

  /** Memory of a head that is not counted, in bytes. */
  private static final int FREE = 64 << 10;

  /** What a byte costs: it stands in a growing buffer, in a line and in a value. */
  private static final int FACTOR = 3;

  /** What a line costs beyond its bytes: strings, a list and an entry of a map. */
  private static final int LINE = 256;

  /** What all heads take together. Safe for any number of threads. */
  static final class Shared {
    private final long most;
    private final AtomicLong used = new AtomicLong();

    /**
     * Makes one.
     *
     * @param most bytes of memory
     */
    Shared(long most) {
      this.most = most;
    }

    /** A thirty-second of the heap, enough for one head at least. */
    static Shared of(long maxHeap) {
      return new Shared(Math.max(4L * FACTOR * MOST, maxHeap / 32));
    }

    /** What is counted at present, in bytes. */
    long used() {
      return used.get();
    }
  }

  private final Shared shared;
  private final int most;
  private int bytes;
  private long memory;
  private long counted;

  /**
   * Makes one.
   *
   * @param most bytes that may come
   */
  HeadLimit(Shared shared, int most) {
    this.shared = shared;
    this.most = most;
  }

  /**
   * Bytes have come.
   *
   * @throws IOException when they are more than allowed, in Go's words
   */
  void take(int n) throws IOException {
    if (n > most - bytes) {
      throw new IOException(
          "net/http: server response headers exceeded " + most + " bytes; aborted");
    }
    bytes += n;
    count((long) FACTOR * n);
  }

  /** A line has ended. */
  void lineEnded() throws IOException {
    count(LINE);
  }

  private void count(long n) throws IOException {
    memory += n;
    long more = memory - FREE - counted;
    if (more > 0) {
      counted += more;
      if (shared.used.addAndGet(more) > shared.most) {
        throw new IOException(
            "net/http: server response headers aborted: those of all answers together take more"
                + " than "
                + shared.most
                + " bytes of memory");
      }
    }
  }

  /** The head is not needed any more. May be called twice. */
  void release() {
    shared.used.addAndGet(-counted);
    memory -= counted;
    counted = 0;
  }
}
