package io.narthex.storage.tsdb;

import io.narthex.api.storage.ReplayProgress;
import org.jspecify.annotations.Nullable;

/**
 * How far the replay of the write-ahead log has come: in segments for whoever asks, in bytes for
 * the bar on a terminal. Safe for several threads.
 */
final class ReplayState {
  private final @Nullable ReplayBar bar;
  private volatile int min;
  private volatile int max;
  private volatile int current;

  ReplayState() {
    this(null);
  }

  /** Shows the progress, too. */
  ReplayState(@Nullable ReplayBar bar) {
    this.bar = bar;
  }

  void begin(int first, int last, long bytes) {
    min = first;
    max = last;
    current = first;
    if (bar != null) {
      bar.begin(bytes);
    }
  }

  void at(int segment, long bytes) {
    current = segment;
    if (bar != null) {
      bar.at(segment, max, bytes);
    }
  }

  void end() {
    if (bar != null) {
      bar.end();
    }
  }

  ReplayProgress.Progress progress() {
    return new ReplayProgress.Progress(min, max, current);
  }
}
