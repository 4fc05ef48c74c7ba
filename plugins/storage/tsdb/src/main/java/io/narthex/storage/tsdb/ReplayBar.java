package io.narthex.storage.tsdb;

import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How far the replay of the log is, on one line of a terminal that is written again and again and
 * ends with a line feed. A replay of less than half a second shows nothing.
 */
final class ReplayBar {
  private static final int WIDTH = 30;
  private static final long EVERY_MILLIS = 200;
  private static final long FIRST_MILLIS = 500;

  private final PrintStream err;
  private final InstantSource clock;
  private long total;
  private long due = Long.MAX_VALUE;
  private String line = "";
  private int segment;
  private int last;
  private long done;

  ReplayBar(PrintStream err, InstantSource clock) {
    this.err = err;
    this.clock = clock;
  }

  /** One for whoever sits before this process; null when nobody does. */
  @SuppressWarnings("SystemConsoleNull") // What it is, isTerminal says.
  static @Nullable ReplayBar ofTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal() && isTerminal(Path.of("/proc/self/fd/2"))
        ? new ReplayBar(System.err, InstantSource.system())
        : null;
  }

  /** The console knows of standard input and output; standard error may be a file all the same. */
  private static boolean isTerminal(Path link) {
    try {
      String to = Files.readSymbolicLink(link).toString();
      return to.startsWith("/dev/pts/") || to.startsWith("/dev/tty") || to.equals("/dev/console");
    } catch (IOException | UnsupportedOperationException e) {
      // A system that does not tell.
      return true;
    }
  }

  /**
   * Begins.
   *
   * @param bytes to read
   */
  void begin(long bytes) {
    total = bytes;
    due = clock.millis() + FIRST_MILLIS;
  }

  /** Says how many bytes are done, in which segment, and which is the last. */
  void at(int ofSegment, int lastSegment, long bytes) {
    done = bytes;
    segment = ofSegment;
    last = lastSegment;
    long now = clock.millis();
    if (now >= due) {
      due = now + EVERY_MILLIS;
      print();
    }
  }

  private void print() {
    double share = total <= 0 ? 1 : Math.clamp((double) done / total, 0, 1);
    int full = (int) (share * WIDTH);
    int before = line.length();
    line =
        new StringBuilder("replaying the WAL [")
            .repeat('#', full)
            .repeat('.', WIDTH - full)
            .append(
                String.format(
                    Locale.ROOT,
                    "] %3.0f%%  segment %d of %d  %.0f of %.0f MiB",
                    100 * share,
                    segment,
                    last,
                    done / 1048576.0,
                    total / 1048576.0))
            .toString();
    err.print("\r" + line + " ".repeat(Math.max(0, before - line.length())));
    err.flush();
  }

  /** Ends the line, if there is one. */
  void end() {
    if (!line.isEmpty()) {
      print();
      err.println();
      line = "";
    }
    due = Long.MAX_VALUE;
  }
}
