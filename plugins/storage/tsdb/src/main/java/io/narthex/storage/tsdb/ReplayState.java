package io.narthex.storage.tsdb;

import io.narthex.api.storage.ReplayProgress;

/** How far the replay of the write-ahead log has come, in segments. Safe for several threads. */
final class ReplayState {
  private volatile int min;
  private volatile int max;
  private volatile int current;

  ReplayState() {}

  void begin(int first, int last) {
    min = first;
    max = last;
    current = first;
  }

  void at(int segment) {
    current = segment;
  }

  ReplayProgress.Progress progress() {
    return new ReplayProgress.Progress(min, max, current);
  }
}
