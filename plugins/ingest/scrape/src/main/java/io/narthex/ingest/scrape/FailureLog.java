package io.narthex.ingest.scrape;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * {@code scrape_failure_log_file}: one line of JSON for each failed scrape. Safe for several
 * threads.
 */
final class FailureLog implements AutoCloseable {
  /** Writes nothing. */
  static final FailureLog NONE = new FailureLog(null);

  private @Nullable BufferedWriter out;

  private FailureLog(@Nullable BufferedWriter out) {
    this.out = out;
  }

  /**
   * Opens a file to write at its end.
   *
   * @throws IOException when it cannot be written; names it
   */
  static FailureLog open(Path file) throws IOException {
    try {
      return new FailureLog(
          Files.newBufferedWriter(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
    } catch (IOException e) {
      throw new IOException("cannot open scrape_failure_log_file " + file + ": " + e, e);
    }
  }

  synchronized void write(String job, String target, String message, Instant time) {
    BufferedWriter writer = out;
    if (writer == null) {
      return;
    }
    StringBuilder line = new StringBuilder("{\"time\":");
    string(time.toString(), line);
    line.append(",\"level\":\"ERROR\",\"msg\":");
    string(message, line);
    line.append(",\"job_name\":");
    string(job, line);
    line.append(",\"target\":");
    string(target, line);
    try {
      writer.write(line.append("}\n").toString());
      writer.flush();
    } catch (IOException e) {
      // A full disk: the failure is in the metrics and on the targets page all the same.
      close();
    }
  }

  private static void string(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ') {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }

  @Override
  public synchronized void close() {
    BufferedWriter writer = out;
    out = null;
    if (writer != null) {
      try {
        writer.close();
      } catch (IOException e) {
        // Nothing is lost: each line was flushed.
      }
    }
  }
}
