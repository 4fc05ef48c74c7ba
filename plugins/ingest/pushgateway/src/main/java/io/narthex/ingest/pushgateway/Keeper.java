package io.narthex.ingest.pushgateway;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the groups in a file, and drops those that expire also while nobody asks. One thread, from
 * {@link #start} to {@link #stop}.
 */
final class Keeper {
  private static final Logger log = LoggerFactory.getLogger(Keeper.class);

  /** So often groups are looked at for having expired, at most. */
  private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final GroupStore store;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition wake = lock.newCondition();

  // Guarded by lock.
  private Optional<GroupFile> file = Optional.empty();
  private long intervalNanos;
  private boolean stopping;
  private @Nullable Thread thread;

  /** What of the store is in the file; of the thread alone, or of who stops it. */
  private long saved;

  Keeper(GroupStore store) {
    this.store = store;
  }

  /** Takes what is configured. */
  void configure(String path, Duration interval) {
    lock.lock();
    try {
      file = path.isEmpty() ? Optional.empty() : Optional.of(new GroupFile(Path.of(path)));
      intervalNanos = interval.toNanos();
      wake.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Something has changed. */
  void changed() {
    lock.lock();
    try {
      if (intervalNanos < LOOK_NANOS) {
        wake.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Reads the file and begins to keep it. */
  void start() {
    lock.lock();
    try {
      if (thread != null) {
        return;
      }
      stopping = false;
      file.ifPresent(this::load);
      saved = store.changes();
      thread = Thread.ofVirtual().name("pushgateway-keeper").start(this::run);
    } finally {
      lock.unlock();
    }
  }

  private void load(GroupFile from) {
    try {
      store.restore(from.load());
    } catch (IOException e) {
      log.error("could not load persisted metrics err=\"{}\"", e.getMessage());
      try {
        log.error("the file that could not be loaded is kept as {}", from.setAside());
      } catch (IOException again) {
        log.error("the file that could not be loaded will be written over err=\"{}\"", again);
      }
    }
  }

  /** Writes the file a last time and ends. May be called twice. */
  void stop() {
    Thread running;
    lock.lock();
    try {
      stopping = true;
      wake.signalAll();
      running = thread;
      thread = null;
    } finally {
      lock.unlock();
    }
    if (running == null) {
      return;
    }
    try {
      running.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    long last = System.nanoTime();
    while (true) {
      Optional<GroupFile> to;
      boolean ending;
      boolean due;
      lock.lock();
      try {
        if (!stopping) {
          wake.awaitNanos(LOOK_NANOS);
        }
        ending = stopping;
        to = file;
        due = ending || System.nanoTime() - last >= intervalNanos;
      } catch (InterruptedException e) {
        return;
      } finally {
        lock.unlock();
      }
      long now = store.changes();
      if (to.isPresent() && due && now != saved) {
        last = System.nanoTime();
        save(to.get(), now);
      }
      if (ending) {
        return;
      }
    }
  }

  private void save(GroupFile to, long changes) {
    try {
      to.save(store.groups());
      saved = changes;
      log.info("metrics persisted file={}", to.path());
    } catch (IOException | RuntimeException e) {
      // Whatever it is: the next change is written again, and the thread goes on.
      log.error("error persisting metrics file={} err=\"{}\"", to.path(), e.toString());
    }
  }
}
