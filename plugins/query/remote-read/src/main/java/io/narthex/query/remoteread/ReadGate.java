package io.narthex.query.remoteread;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Lets so many requests through at a time. Safe for any number of threads. */
final class ReadGate {
  private final ReentrantLock lock = new ReentrantLock(true);
  private final Condition changed = lock.newCondition();
  private int limit;
  private int within;

  /** Lets {@code most} through, 0 for any number. Those that are within stay. */
  void limit(int most) {
    lock.lock();
    try {
      limit = most;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a place, which {@link #leave} gives back. */
  void enter() throws InterruptedException {
    lock.lockInterruptibly();
    try {
      while (limit > 0 && within >= limit) {
        changed.await();
      }
      within++;
    } finally {
      lock.unlock();
    }
  }

  void leave() {
    lock.lock();
    try {
      within--;
      changed.signal();
    } finally {
      lock.unlock();
    }
  }
}
