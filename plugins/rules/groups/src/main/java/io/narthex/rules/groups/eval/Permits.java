package io.narthex.rules.groups.eval;

import java.util.concurrent.Semaphore;

/**
 * How many rules may be evaluated beside others of their groups, in all groups together. Safe for
 * any number of threads.
 */
public final class Permits {
  /** Rules of a group are evaluated one after the other. */
  public static final Permits NONE = new Permits(0);

  private final int count;
  private final Semaphore semaphore;

  /** Makes some. */
  public Permits(int count) {
    this.count = Math.max(0, count);
    this.semaphore = new Semaphore(this.count);
  }

  boolean any() {
    return count > 0;
  }

  boolean tryAcquire() {
    return semaphore.tryAcquire();
  }

  void release() {
    semaphore.release();
  }
}
