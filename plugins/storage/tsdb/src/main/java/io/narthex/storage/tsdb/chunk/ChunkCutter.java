package io.narthex.storage.tsdb.chunk;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import java.io.IOException;

/**
 * Cuts the samples of one series after another into chunks, for compaction and backfill: a new
 * chunk begins after so many samples, when samples change between floats, integer and float
 * histograms, or between those with and without start timestamps, and where {@link
 * HistogramChunkBuilder} wants one. Reusable; belongs to one thread.
 */
public final class ChunkCutter {
  /** Where finished chunks go. */
  @FunctionalInterface
  public interface Sink {
    /**
     * Takes one chunk.
     *
     * @param minTime of its first sample, in milliseconds
     * @param maxTime of its last
     * @param encoding {@link Encoding#code}
     * @param bytes the data in its first {@code length} bytes, good for the length of the call
     */
    void chunk(long minTime, long maxTime, byte encoding, byte[] bytes, int length)
        throws IOException;
  }

  /** Samples in a chunk, as upstream has it when it compacts. */
  public static final int MAX_SAMPLES = 120;

  private static final int NONE = 0;
  private static final int FLOAT = 1;
  private static final int FLOAT_ST = 2;
  private static final int HISTOGRAM = 3;
  private static final int HISTOGRAM_ST = 4;

  private final int maxSamples;
  private final Sink sink;
  private final FloatChunkBuilder floats = new FloatChunkBuilder();
  private final FloatChunkBuilder floatsSt = new FloatChunkBuilder(Encoding.XOR2);
  private final HistogramChunkBuilder histograms = new HistogramChunkBuilder(false);
  private final HistogramChunkBuilder histogramsSt = new HistogramChunkBuilder(true);
  private int open = NONE;

  /**
   * Makes a cutter between series.
   *
   * @param maxSamples 1..16383
   */
  public ChunkCutter(int maxSamples, Sink sink) {
    if (maxSamples < 1 || maxSamples > HistogramCode.MAX_SAMPLES_ST) {
      throw new IllegalArgumentException("cannot cut chunks of " + maxSamples + " samples");
    }
    this.maxSamples = maxSamples;
    this.sink = sink;
  }

  /** Appends samples, which are behind those already there. */
  public void append(SampleBatch batch) throws IOException {
    boolean st = batch.hasStartTimestamps;
    if (batch.kind == SampleBatch.Kind.FLOAT) {
      if (st) {
        for (int i = 0; i < batch.size; i++) {
          append(batch.timestamps[i], batch.values[i], batch.startTimestamps[i], true);
        }
      } else {
        for (int i = 0; i < batch.size; i++) {
          append(batch.timestamps[i], batch.values[i]);
        }
      }
      return;
    }
    for (int i = 0; i < batch.size; i++) {
      NativeHistogram h = batch.histograms[i];
      if (h == null) {
        throw new IllegalArgumentException("cannot cut a batch: histogram " + i + " is missing");
      }
      append(batch.timestamps[i], h, st ? batch.startTimestamps[i] : 0, st);
    }
  }

  /** Appends a float without start timestamp; {@code t} is above the last. */
  public void append(long t, double v) throws IOException {
    append(t, v, 0, false);
  }

  /**
   * Appends a float.
   *
   * @param t above the last
   * @param st start timestamp in milliseconds, 0 if unknown
   * @param hasSt whether the chunk is to have room for start timestamps
   */
  public void append(long t, double v, long st, boolean hasSt) throws IOException {
    FloatChunkBuilder builder = hasSt ? floatsSt : floats;
    int kind = hasSt ? FLOAT_ST : FLOAT;
    if (open != kind || builder.sampleCount() == maxSamples) {
      flush();
      builder.reset();
      open = kind;
    }
    builder.append(t, v, st);
  }

  /** Appends a histogram without start timestamp; {@code t} is above the last. */
  public void append(long t, NativeHistogram h) throws IOException {
    append(t, h, 0, false);
  }

  /** Appends a histogram, as {@link #append(long, double, long, boolean)} does a float. */
  public void append(long t, NativeHistogram h, long st, boolean hasSt) throws IOException {
    HistogramChunkBuilder builder = hasSt ? histogramsSt : histograms;
    int kind = hasSt ? HISTOGRAM_ST : HISTOGRAM;
    if (open != kind) {
      flush();
      builder.reset();
      open = kind;
    }
    if (builder.sampleCount() == maxSamples || !builder.append(t, h, st)) {
      flush();
      builder.start(t, h, st);
      open = kind;
    }
  }

  /** Ends the series: gives out the chunk that is open, if any. */
  public void finish() throws IOException {
    flush();
  }

  /** Ends the series without giving out the open chunk, as after an error. */
  public void discard() {
    open = NONE;
  }

  private void flush() throws IOException {
    int kind = open;
    open = NONE;
    if (kind == FLOAT || kind == FLOAT_ST) {
      FloatChunkBuilder b = kind == FLOAT ? floats : floatsSt;
      sink.chunk(b.minTime(), b.maxTime(), b.encoding().code(), b.bytes(), b.length());
    } else if (kind != NONE) {
      HistogramChunkBuilder b = kind == HISTOGRAM ? histograms : histogramsSt;
      sink.chunk(b.minTime(), b.maxTime(), b.encoding().code(), b.bytes(), b.length());
    }
  }
}
