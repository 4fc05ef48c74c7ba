package io.narthex.kernel.web;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One at a time, and those who wait take turns by client: one that asks a thousand times delays
 * each other by one turn, not by a thousand. Few may wait, so that nobody waits for long. Safe for
 * any number of threads.
 */
final class Turns {
  private final int eachMay;
  private final int allMay;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, ArrayDeque<Waiter>> lanes = new LinkedHashMap<>();
  private int waiting;
  private boolean taken;

  /**
   * Makes one whose turn is nobody's.
   *
   * @param eachMay how many of a client may wait
   * @param allMay how many may wait
   */
  Turns(int eachMay, int allMay) {
    this.eachMay = eachMay;
    this.allMay = allMay;
  }

  private static final class Waiter {
    final Condition called;
    boolean mine;

    Waiter(Condition called) {
      this.called = called;
    }
  }

  /**
   * Waits for its turn; then {@link #pass} must follow.
   *
   * @return false, without a turn, when too many wait already or this thread was interrupted
   */
  boolean take(String client) {
    lock.lock();
    try {
      if (!taken) {
        taken = true;
        return true;
      }
      ArrayDeque<Waiter> lane = lanes.get(client);
      if (waiting >= allMay || (lane != null && lane.size() >= eachMay)) {
        return false;
      }
      if (lane == null) {
        lane = new ArrayDeque<>();
        lanes.put(client, lane);
      }
      Waiter waiter = new Waiter(lock.newCondition());
      lane.add(waiter);
      waiting++;
      while (!waiter.mine) {
        try {
          waiter.called.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          if (waiter.mine) {
            next();
          } else {
            leave(client, lane, waiter);
          }
          return false;
        }
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void leave(String client, ArrayDeque<Waiter> lane, Waiter waiter) {
    lane.remove(waiter);
    waiting--;
    if (lane.isEmpty()) {
      lanes.remove(client, lane);
    }
  }

  /** Gives the turn to the next. */
  void pass() {
    lock.lock();
    try {
      next();
    } finally {
      lock.unlock();
    }
  }

  private void next() {
    Iterator<Map.Entry<String, ArrayDeque<Waiter>>> first = lanes.entrySet().iterator();
    if (!first.hasNext()) {
      taken = false;
      return;
    }
    Map.Entry<String, ArrayDeque<Waiter>> entry = first.next();
    String client = entry.getKey();
    ArrayDeque<Waiter> lane = entry.getValue();
    first.remove();
    Waiter waiter = lane.remove();
    waiting--;
    if (!lane.isEmpty()) {
      // To the end: the others come first now.
      lanes.put(client, lane);
    }
    waiter.mine = true;
    waiter.called.signal();
  }

  /** How many wait. */
  int waiting() {
    lock.lock();
    try {
      return waiting;
    } finally {
      lock.unlock();
    }
  }
}
