package io.narthex.storage.tsdb.command;

import java.io.PrintStream;
import java.time.InstantSource;
import java.util.Locale;

/**
 * How far a long command is, on one line of a terminal that is written again and again: share,
 * amount, speed, and the time that is left at the present speed. Silent where there is no terminal.
 */
final class ProgressBar implements AutoCloseable {
  private static final int WIDTH = 30;
  private static final long EVERY_MILLIS = 200;

  private final PrintStream err;
  private final boolean shown;
  private final InstantSource clock;
  private final String what;
  private final long total;
  private final long started;
  private long due;
  private int printed;

  /**
   * Begins.
   *
   * @param shown whether {@code err} is a terminal, and somebody wants to know
   * @param what is going on, in a word or two
   * @param total bytes; 0 when it is not known
   */
  ProgressBar(PrintStream err, boolean shown, InstantSource clock, String what, long total) {
    this.err = err;
    this.shown = shown;
    this.clock = clock;
    this.what = what;
    this.total = total;
    this.started = clock.millis();
    // Short ones show nothing.
    this.due = started + 2 * EVERY_MILLIS;
  }

  /** Says how many bytes are done. */
  void at(long done) {
    if (!shown) {
      return;
    }
    long now = clock.millis();
    if (now < due) {
      return;
    }
    due = now + EVERY_MILLIS;
    String line = line(done, now - started);
    int before = printed;
    printed = line.length();
    err.print("\r" + line + " ".repeat(Math.max(0, before - printed)));
    err.flush();
  }

  private String line(long done, long elapsed) {
    StringBuilder out = new StringBuilder(what).append(' ');
    double speed = done * 1000.0 / Math.max(1, elapsed);
    if (total > 0) {
      double share = Math.min(1, (double) done / total);
      int full = (int) (share * WIDTH);
      out.append('[').repeat('#', full).repeat('.', WIDTH - full).append("] ");
      out.append(String.format(Locale.ROOT, "%3.0f%%  ", 100 * share));
    }
    out.append(String.format(Locale.ROOT, "%.0f MiB", done / 1048576.0));
    if (total > 0) {
      out.append(String.format(Locale.ROOT, " of %.0f", total / 1048576.0));
    }
    out.append(String.format(Locale.ROOT, "  %.0f MiB/s", speed / 1048576.0));
    if (total > 0 && done > 0) {
      out.append("  ").append(left((long) Math.ceil((total - done) / speed))).append(" left");
    }
    return out.toString();
  }

  private static String left(long seconds) {
    return seconds >= 3600
        ? seconds / 3600 + "h" + seconds / 60 % 60 + "m"
        : seconds >= 60 ? seconds / 60 + "m" + seconds % 60 + "s" : seconds + "s";
  }

  /** Removes the line. */
  @Override
  public void close() {
    if (printed > 0) {
      err.print("\r" + " ".repeat(printed) + "\r");
      err.flush();
      printed = 0;
    }
  }
}
