package io.narthex.query.remoteread;

import io.narthex.api.config.Default;
import io.narthex.api.config.Flag;
import io.narthex.api.config.Help;

/**
 * Bounds of remote read; the section {@code remote_read_server}.
 *
 * @param sampleLimit the most samples that a query answers with as samples, 0 for any number; that
 *     of chunks has no bound
 * @param concurrentLimit requests that are answered at the same time, 0 for any number; others wait
 * @param maxBytesInFrame bytes of labels and chunks in a frame, behind which the next begins
 */
record ReadSettings(
    @Help("The most samples that a query answers with as samples, 0 for any number.")
        @Default("50000000")
        @Flag(
            value = "storage.remote.read-sample-limit",
            help =
                "Maximum overall number of samples to return via the remote read interface, in a"
                    + " single query. 0 means no limit. This limit is ignored for streamed"
                    + " response types.",
            roles = "prometheus")
        long sampleLimit,
    @Help("Requests that are answered at the same time, 0 for any number; others wait.")
        @Default("10")
        @Flag(
            value = "storage.remote.read-concurrent-limit",
            help = "Maximum number of concurrent remote read calls. 0 means no limit.",
            roles = "prometheus")
        int concurrentLimit,
    @Help("Bytes of labels and chunks in a frame, behind which the next begins.")
        @Default("1048576")
        @Flag(
            value = "storage.remote.read-max-bytes-in-frame",
            help =
                "Maximum number of bytes in a single frame for streaming remote read response"
                    + " types before marshalling. Note that client might have limit on frame size"
                    + " as well. 1MB as recommended by protobuf by default.",
            roles = "prometheus")
        int maxBytesInFrame) {
  ReadSettings {
    requireNotNegative("sample_limit", sampleLimit);
    requireNotNegative("concurrent_limit", concurrentLimit);
    requireNotNegative("max_bytes_in_frame", maxBytesInFrame);
  }

  private static void requireNotNegative(String key, long n) {
    if (n < 0) {
      throw new IllegalArgumentException(key + ": got " + n + ", want 0 or more");
    }
  }
}
