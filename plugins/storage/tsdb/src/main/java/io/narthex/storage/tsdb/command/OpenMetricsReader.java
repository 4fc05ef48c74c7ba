package io.narthex.storage.tsdb.command;

import io.narthex.api.format.FloatText;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.Arrays;

/**
 * Reads the samples of OpenMetrics text, as Prometheus takes it, in one pass and without making an
 * object for each line: at about the speed at which the lines can be compared with what is known.
 *
 * <p>The text of a series that was seen before need not be taken apart again: whatever begins with
 * it and a space is that series. Which series comes next is guessed from what followed the present
 * one the last time (itself, where the input is sorted by series; its neighbour, where it is sorted
 * by time), then looked up. Everything else, all that is new, odd or wrong, goes to {@link
 * OpenMetricsEntry}. Not safe for several threads.
 */
final class OpenMetricsReader {
  /** No line of plain numbers is longer behind the series' text. */
  private static final int TAIL = 64;

  /** The powers of ten that a double holds exactly. */
  private static final double[] POWERS = {
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22
  };

  private final ReadableByteChannel in;
  private final ByteBuffer io;
  private final SeriesTable table;
  private final OpenMetricsEntry entry = new OpenMetricsEntry();
  private final FloatText number = new FloatText();

  private byte[] buffer;
  private int at;
  private int limit;
  private boolean ended;
  private long consumed;

  /** The text of the line before; -1 at first. */
  private int text = -1;

  private MetricMode mode = MetricMode.OTHER;
  private double value;
  private long time;

  /**
   * Makes a reader that puts the series into a table.
   *
   * @param size bytes read at once
   */
  OpenMetricsReader(ReadableByteChannel in, SeriesTable table, int size) {
    this.in = in;
    this.table = table;
    this.io = ByteBuffer.allocateDirect(size);
    this.buffer = new byte[2 * size];
  }

  /** The series of the sample; negative for one whose labels are wrong, see {@link SeriesTable}. */
  int series() {
    return table.series(text);
  }

  /** Milliseconds. */
  long time() {
    return time;
  }

  double value() {
    return value;
  }

  /** Bytes of the input that have been read. */
  long consumed() {
    return consumed;
  }

  /**
   * Goes to the next sample; false at the end.
   *
   * @throws OpenMetricsException with upstream's text when this is no OpenMetrics
   */
  boolean next() throws IOException, OpenMetricsException {
    while (true) {
      byte[] b = buffer;
      int from = at;
      if (text >= 0) {
        int guess = table.follower(text);
        int length = table.length(guess);
        if (limit - from >= length + TAIL) {
          byte[] known = table.bytes();
          int start = table.start(guess);
          if (b[from + length] == ' '
              && table.isFor(guess, mode)
              && Arrays.equals(b, from, from + length, known, start, start + length)) {
            int end = numbers(b, from + length + 1);
            if (end > 0) {
              at = end;
              text = guess;
              return true;
            }
          }
        } else if (!ended) {
          fill();
          continue;
        }
      }
      int outcome = search(b, from);
      if (outcome > 0) {
        return true;
      }
      OpenMetricsEntry.Kind kind;
      try {
        kind = entry.read(b, from, limit, ended);
      } catch (OpenMetricsException e) {
        throw new OpenMetricsException("next: " + e.getMessage());
      }
      switch (kind) {
        case INCOMPLETE -> fill();
        case END -> {
          return false;
        }
        case METADATA -> {
          mode = entry.mode();
          at = entry.end();
        }
        case SERIES -> {
          if (!entry.hasTime()) {
            throw new OpenMetricsException("expected timestamp for series got none");
          }
          int end = entry.seriesEnd();
          int found = table.find(b, from, end, mode);
          follow(found >= 0 ? found : table.add(b, from, end, entry));
          value = entry.value();
          time = entry.time();
          at = entry.end();
          return true;
        }
      }
    }
  }

  private void follow(int next) {
    if (text >= 0) {
      table.setFollower(text, next);
    }
    text = next;
  }

  /** Takes the line if it is plain and its series known; 0 otherwise. */
  private int search(byte[] b, int from) {
    // Where the series' text ends if it is a usual one; it need not be found out exactly, because
    // only a text that is known counts.
    int stop = limit - TAIL;
    int i = from;
    while (i < stop && b[i] > ' ' && b[i] != '{') {
      i++;
    }
    if (i < stop && b[i] == '{') {
      i++;
      while (i < stop && b[i] != '}') {
        if (b[i] == '"') {
          i++;
          while (i < stop && b[i] != '"') {
            i += b[i] == '\\' ? 2 : 1;
          }
        }
        i++;
      }
      i++;
    }
    if (i >= stop || b[i] != ' ' || i == from) {
      return 0;
    }
    int found = table.find(b, from, i, mode);
    if (found < 0) {
      return 0;
    }
    int end = numbers(b, i + 1);
    if (end > 0) {
      at = end;
      follow(found);
    }
    return end;
  }

  /**
   * Reads {@code value time\n}, of which {@link #TAIL} - 1 bytes are there.
   *
   * @return where the next line begins, or 0 when this is anything else
   */
  private int numbers(byte[] b, int from) {
    int i = from;
    boolean negative = b[i] == '-';
    if (negative) {
      i++;
    }
    long m = 0;
    int digits = i;
    int c;
    while ((c = b[i] - '0') >= 0 && c <= 9 && i - digits < 18) {
      m = 10 * m + c;
      i++;
    }
    int fraction = 0;
    boolean plain = i > digits;
    if (c == '.' - '0') {
      int dot = i++;
      while ((c = b[i] - '0') >= 0 && c <= 9 && i - digits < 18) {
        m = 10 * m + c;
        i++;
      }
      fraction = i - dot - 1;
      plain &= m <= 1L << 53 && fraction > 0;
    }
    if (plain && c == ' ' - '0') {
      double v = fraction == 0 ? m : m / POWERS[fraction];
      value = negative ? -v : v;
    } else {
      i = from;
      int max = from + TAIL / 2;
      while (b[i] != ' ' && b[i] != '\n' && i < max) {
        i++;
      }
      if (b[i] != ' ' || number.read(b, from, i) != FloatText.Outcome.OK) {
        return 0;
      }
      value = number.value();
    }
    i++;
    digits = i;
    m = 0;
    while ((c = b[i] - '0') >= 0 && c <= 9 && i - digits < 18) {
      m = 10 * m + c;
      i++;
    }
    fraction = 0;
    plain = i > digits;
    if (c == '.' - '0') {
      int dot = i++;
      while ((c = b[i] - '0') >= 0 && c <= 9 && i - digits < 18) {
        m = 10 * m + c;
        i++;
      }
      fraction = i - dot - 1;
    }
    if (!plain || m > 1L << 53 || c != '\n' - '0') {
      return 0;
    }
    // As upstream: seconds as the nearest double, times 1000, cut.
    double seconds = fraction == 0 ? m : m / POWERS[fraction];
    time = FloatText.millis(seconds);
    return i + 1;
  }

  /** Reads more; what has not been used stands first then. */
  private void fill() throws IOException {
    int rest = limit - at;
    if (at > 0) {
      System.arraycopy(buffer, at, buffer, 0, rest);
      at = 0;
      limit = rest;
    }
    if (buffer.length - limit < io.capacity()) {
      if (buffer.length > (Integer.MAX_VALUE - 64) / 2) {
        throw new IOException("cannot read the input: got an entry of more than 1 GiB");
      }
      buffer = Arrays.copyOf(buffer, 2 * buffer.length);
    }
    io.clear();
    int n = in.read(io);
    if (n < 0) {
      ended = true;
      return;
    }
    io.flip();
    io.get(buffer, limit, n);
    limit += n;
    consumed += n;
  }
}
