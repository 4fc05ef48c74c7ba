package io.narthex.storage.tsdb.head;

import io.narthex.api.model.NativeHistogram;
import io.narthex.storage.tsdb.chunk.ChunkCutter;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Makes chunks of samples that stand in arrays. */
final class SampleChunks {
  private SampleChunks() {}

  /** Encodes the first {@code size} samples, sorted by time; a histogram hides the value beside. */
  static void encode(
      long[] times,
      double[] values,
      @Nullable NativeHistogram[] histograms,
      int size,
      ChunkCutter.Sink sink) {
    ChunkCutter cutter = new ChunkCutter(ChunkCutter.MAX_SAMPLES, sink);
    try {
      for (int i = 0; i < size; i++) {
        NativeHistogram histogram = i < histograms.length ? histograms[i] : null;
        if (histogram == null) {
          cutter.append(times[i], values[i]);
        } else {
          cutter.append(times[i], histogram);
        }
      }
      cutter.finish();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
