package io.narthex.api.web;

import io.narthex.api.Api;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes that the buffers of all requests together may take, so that many large requests at once
 * are refused instead of filling the heap. Nothing is allocated here: who makes a buffer takes its
 * size before, and releases it once. Safe for any number of threads; where several take at the same
 * time, one may be refused what would just have fitted.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public final class MemoryBudget {
  private final long limit;
  private final AtomicLong taken = new AtomicLong();

  /**
   * Makes one of which nothing is taken.
   *
   * @param limit in bytes; of 0 nothing can be taken
   */
  public MemoryBudget(long limit) {
    this.limit = limit;
  }

  /** How many bytes may be taken, all together. */
  public long limit() {
    return limit;
  }

  /**
   * Takes {@code bytes}, or nothing when that would be too much.
   *
   * @param bytes at least 0
   * @return whether they were taken; never blocks
   */
  public boolean take(long bytes) {
    if (taken.addAndGet(bytes) > limit) {
      taken.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  /** Gives back bytes that were taken. */
  public void release(long bytes) {
    taken.addAndGet(-bytes);
  }

  /** How many bytes are taken now. */
  public long taken() {
    return taken.get();
  }
}
