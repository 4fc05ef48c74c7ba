package io.narthex.storage.memory;

import io.narthex.api.config.ByteSize;
import io.narthex.api.config.Default;
import io.narthex.api.config.Help;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Configuration of the memory storage, below {@code storage.memory}.
 *
 * @param retention how far behind the newest sample samples are kept; 0 for ever
 * @param maxBytes about how much memory series and samples may take before the oldest samples are
 *     dropped; 0 for any; null for what {@link #maxBytes(long)} says
 * @param outOfOrderTimeWindow how far behind the newest sample of all series a sample that is older
 *     than its series' newest is still taken; 0: never
 */
record MemoryConfig(
    @Default("1h") @Help("How far behind the newest sample samples are kept; 0 keeps all.")
        Duration retention,
    @Help(
            "About how much memory series and samples may take before the oldest are dropped; 0 for"
                + " any. The default is 512MB, or a quarter of the heap where that is less.")
        @Nullable ByteSize maxBytes,
    @Help("How late samples may come; 0 refuses those older than their series' newest.")
        Duration outOfOrderTimeWindow) {
  private static final long DEFAULT_MAX_BYTES = 512L << 20;

  MemoryConfig {
    if (retention.isNegative()) {
      throw new IllegalArgumentException("retention must not be negative; got " + retention);
    }
    if (outOfOrderTimeWindow.isNegative()) {
      throw new IllegalArgumentException(
          "out_of_order_time_window must not be negative; got " + outOfOrderTimeWindow);
    }
  }

  /** How many bytes series and samples may take in a heap of this many; 0 for any. */
  long maxBytes(long maxHeap) {
    return maxBytes == null ? Math.min(DEFAULT_MAX_BYTES, maxHeap / 4) : maxBytes.bytes();
  }
}
