package io.narthex.storage.tsdb;

/** How far the replay of the write-ahead log has come, in segments. Safe for several threads. */
public final class ReplayProgress {
  private volatile int min;
  private volatile int max;
  private volatile int current;

  ReplayProgress() {}

  void begin(int first, int last) {
    min = first;
    max = last;
    current = first;
  }

  void at(int segment) {
    current = segment;
  }

  /** Number of the first segment. */
  public int min() {
    return min;
  }

  /** Number of the last segment. */
  public int max() {
    return max;
  }

  /** Number of the segment that is being read, or was read last. */
  public int current() {
    return current;
  }
}
