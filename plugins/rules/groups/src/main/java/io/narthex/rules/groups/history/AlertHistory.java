package io.narthex.rules.groups.history;

import io.narthex.api.config.ConfigFiles;
import io.narthex.api.model.Labels;
import io.narthex.rules.groups.eval.AlertWatcher;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The latest changes of alerts, in memory and in a file. Changes are written soon after they have
 * happened, by a thread of their own; where the file cannot be written, they are in memory alone.
 * Safe for any number of threads.
 */
public final class AlertHistory implements AlertWatcher {
  private static final Logger LOG = LoggerFactory.getLogger(AlertHistory.class);

  /** What an entry takes on disk, more or less. */
  private static final long BYTES_OF_CHANGE = 512;

  /** Labels may be of any length: so long they are in the mean at most. */
  private static final long CHARACTERS_OF_CHANGE = 1024;

  private final HistoryFile file;
  private final int most;
  private final long mostCharacters;

  /** Guarded by this, as is all that follows; oldest first. */
  private final Deque<AlertChange> changes = new ArrayDeque<>();

  /** Of {@link #changes}. */
  private long characters;

  private List<AlertChange> unwritten = new ArrayList<>();
  private long charactersUnwritten;

  /** Changes of before the start, which are read at the start. */
  private boolean read;

  private boolean writing;
  private boolean failing;

  /**
   * Makes one; opens nothing.
   *
   * @param most how many changes are kept
   */
  public AlertHistory(Path directory, int most, ConfigFiles files) {
    this.most = most;
    mostCharacters = most * CHARACTERS_OF_CHANGE;
    file = new HistoryFile(directory, most * BYTES_OF_CHANGE, files);
  }

  /** Reads what was kept. */
  public synchronized void open() {
    if (read) {
      return;
    }
    read = true;
    try {
      List<AlertChange> kept = file.read();
      // What has happened since the start is later.
      for (AlertChange change : kept.reversed()) {
        if (changes.size() == most || characters + change.characters() > mostCharacters) {
          break;
        }
        changes.addFirst(change);
        characters += change.characters();
      }
    } catch (IOException | RuntimeException e) {
      LOG.warn("Cannot read the history of alerts err={}", e.toString());
    }
  }

  @Override
  public void changed(
      String file,
      String group,
      String alert,
      Labels labels,
      String from,
      String to,
      long time,
      double value) {
    AlertChange change =
        AlertChange.of(
            Math.floorDiv(time, 1_000_000L), file, group, alert, labels, from, to, value);
    long length = change.characters();
    synchronized (this) {
      changes.addLast(change);
      characters += length;
      while (changes.size() > most || characters > mostCharacters) {
        characters -= changes.removeFirst().characters();
      }
      // While a disk is away, no more is held for it than is kept at all.
      if (unwritten.size() < most && charactersUnwritten + length <= mostCharacters) {
        unwritten.add(change);
        charactersUnwritten += length;
      }
      if (!writing) {
        writing = true;
        Thread.ofVirtual().name("alert-history").start(this::write);
      }
    }
  }

  private void write() {
    while (true) {
      List<AlertChange> next;
      synchronized (this) {
        if (unwritten.isEmpty()) {
          writing = false;
          notifyAll();
          return;
        }
        next = unwritten;
        unwritten = new ArrayList<>();
        charactersUnwritten = 0;
      }
      try {
        file.append(next);
        report(false, "");
      } catch (IOException | RuntimeException | Error e) {
        // Whatever it is: nobody would write the next changes.
        report(true, e.toString());
      }
    }
  }

  private synchronized void report(boolean failed, String reason) {
    if (failed && !failing) {
      LOG.warn("Cannot write the history of alerts err={}", reason);
    }
    failing = failed;
  }

  /** Waits until everything is written, for a second at most. */
  public synchronized void flush() {
    long end = System.nanoTime() + 1_000_000_000L;
    try {
      while (writing && System.nanoTime() < end) {
        wait(100);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** The latest changes that satisfy a condition, latest first, at most {@code limit} of them. */
  List<AlertChange> latest(Predicate<AlertChange> wanted, int limit) {
    List<AlertChange> all;
    synchronized (this) {
      all = new ArrayList<>(changes);
    }
    List<AlertChange> found = new ArrayList<>();
    for (AlertChange change : all.reversed()) {
      if (found.size() == limit) {
        break;
      }
      if (wanted.test(change)) {
        found.add(change);
      }
    }
    return found;
  }
}
