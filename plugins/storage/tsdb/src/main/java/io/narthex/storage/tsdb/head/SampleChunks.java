package io.narthex.storage.tsdb.head;

import io.narthex.api.model.NativeHistogram;
import io.narthex.storage.tsdb.chunk.ChunkCutter;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Makes chunks of samples that stand in arrays. */
final class SampleChunks {
  private SampleChunks() {}

  /**
   * Encodes the first {@code size} samples, sorted by time; a histogram hides the value beside.
   *
   * @param starts their start timestamps, 0 where unknown; empty where none is kept
   * @param kept which are
   */
  static void encode(
      long[] times,
      double[] values,
      long[] starts,
      HeadOptions.Starts kept,
      @Nullable NativeHistogram[] histograms,
      int size,
      ChunkCutter.Sink sink) {
    ChunkCutter cutter = new ChunkCutter(ChunkCutter.MAX_SAMPLES, sink);
    try {
      for (int i = 0; i < size; i++) {
        NativeHistogram histogram = i < histograms.length ? histograms[i] : null;
        if (histogram == null) {
          cutter.append(times[i], values[i], i < starts.length ? starts[i] : 0, kept.any());
        } else {
          cutter.append(times[i], histogram, i < starts.length ? starts[i] : 0, kept.histograms());
        }
      }
      cutter.finish();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
