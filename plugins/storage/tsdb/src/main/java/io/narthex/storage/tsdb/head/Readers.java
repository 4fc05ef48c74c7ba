package io.narthex.storage.tsdb.head;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Who reads the head, and up to which commit.
 *
 * <p>Commits have consecutive numbers. A reader sees what was committed when it began: all commits
 * up to its own number. In-order samples of one series ascend in time, so what a reader sees of a
 * series ends at a time, and a record needs no more than the time at which it ended before the
 * latest commit ({@link SeriesTable#BEFORE}). Only when a second commit touches a series while a
 * reader from before the first one is open must the older time be kept elsewhere: here, until that
 * reader has closed.
 */
final class Readers {
  /** One reader. */
  final class Ticket {
    /** The latest commit that it sees. */
    final long sees;

    private final long number;

    private Ticket(long sees, long number) {
      this.sees = sees;
      this.number = number;
    }

    void close() {
      closeTicket(this);
    }
  }

  /** Ends that commits replaced, by slot: commit, end before it, ... in ascending order. */
  private final ConcurrentHashMap<Integer, long[]> history = new ConcurrentHashMap<>();

  private final Set<Ticket> open = new HashSet<>();
  private long visible;
  private long tickets;
  private boolean stopped;
  private volatile long oldest = Long.MAX_VALUE;

  /** Begins to read what has been committed. */
  synchronized Ticket open() {
    Ticket ticket = new Ticket(visible, ++tickets);
    open.add(ticket);
    oldest = Math.min(oldest, ticket.sees);
    return ticket;
  }

  private synchronized void closeTicket(Ticket ticket) {
    if (!open.remove(ticket)) {
      return;
    }
    long min = Long.MAX_VALUE;
    for (Ticket t : open) {
      min = Math.min(min, t.sees);
    }
    oldest = min;
    if (open.isEmpty()) {
      history.clear();
    }
    notifyAll();
  }

  /** Ends all waiting for readers, now and later: the head is being closed. */
  synchronized void stop() {
    stopped = true;
    notifyAll();
  }

  synchronized boolean isStopped() {
    return stopped;
  }

  /** Makes a commit visible to readers to come. */
  synchronized void publish(long commit) {
    visible = commit;
  }

  /** The lowest number that an open reader sees up to; {@link Long#MAX_VALUE} without readers. */
  long oldest() {
    return oldest;
  }

  /** A mark in time, for {@link #goneBefore}. */
  synchronized long mark() {
    return tickets;
  }

  /** Whether all readers that had begun at a mark have ended. */
  synchronized boolean goneBefore(long mark) {
    for (Ticket t : open) {
      if (t.number <= mark) {
        return false;
      }
    }
    return true;
  }

  /**
   * Waits until all readers that had begun at a mark have ended.
   *
   * @return false when that took longer than {@code millis}, or {@link #stop} was called
   */
  synchronized boolean awaitGone(long mark, long millis) throws InterruptedException {
    long deadline = System.nanoTime() + millis * 1_000_000;
    while (!goneBefore(mark)) {
      if (stopped) {
        return false;
      }
      long left = (deadline - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return false;
      }
      wait(left);
    }
    return true;
  }

  /** Keeps the end that a series had before {@code commit}, which a later commit replaces now. */
  void remember(int slot, long commit, long before) {
    history.compute(
        slot,
        (k, now) -> {
          long[] out = now == null ? new long[2] : Arrays.copyOf(now, now.length + 2);
          out[out.length - 2] = commit;
          out[out.length - 1] = before;
          return out;
        });
  }

  /**
   * The time at which a series ends for a reader.
   *
   * @param sees the reader's number
   * @param commit the latest commit that touched the series
   * @param before the series' end before that commit
   */
  long end(int slot, long sees, long commit, long before) {
    if (commit <= sees) {
      return Long.MAX_VALUE;
    }
    long[] kept = history.isEmpty() ? null : history.get(slot);
    if (kept != null) {
      for (int i = 0; i < kept.length; i += 2) {
        if (kept[i] > sees && kept[i] < commit) {
          return kept[i + 1];
        }
      }
    }
    return before;
  }

  /** Work that waits until the readers of a moment have ended. */
  static final class Limbo<T> {
    private record Entry<T>(long mark, T what) {}

    private final List<Entry<T>> waiting = new ArrayList<>();

    /**
     * Removes something and keeps it until the readers that may have seen it have ended. The
     * removal comes first: who begins to read while it goes on may see it, too.
     */
    void add(Readers readers, Supplier<T> removal) {
      T what = removal.get();
      long mark = readers.mark();
      synchronized (this) {
        waiting.add(new Entry<>(mark, what));
      }
    }

    /** The next that no reader can see any more, or null. */
    synchronized @Nullable T poll(Readers readers) {
      for (int i = 0; i < waiting.size(); i++) {
        if (readers.goneBefore(waiting.get(i).mark)) {
          return waiting.remove(i).what;
        }
      }
      return null;
    }
  }
}
