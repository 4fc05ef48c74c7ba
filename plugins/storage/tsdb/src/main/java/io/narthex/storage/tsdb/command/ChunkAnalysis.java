package io.narthex.storage.tsdb.command;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.block.Block;
import io.narthex.storage.tsdb.chunk.ChunkDecoder;
import io.narthex.storage.tsdb.chunk.Encoding;
import io.narthex.storage.tsdb.select.ChunkList;
import io.narthex.storage.tsdb.select.Part;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.Objects;

/** The extended part of {@code tsdb analyze}: how many samples, bytes and buckets chunks have. */
final class ChunkAnalysis {
  private static final int STEPS = 10;

  private final Block block;
  private final PrintStream out;
  private final Figures floatSamples = new Figures();
  private final Figures floatBytes = new Figures();
  private final Figures histogramSamples = new Figures();
  private final Figures histogramBytes = new Figures();
  private final Figures histogramBuckets = new Figures();
  private int total;

  /** A growing list of numbers. */
  private static final class Figures {
    int[] values = new int[64];
    int size;

    void add(int value) {
      if (size == values.length) {
        values = Arrays.copyOf(values, 2 * size);
      }
      values[size++] = value;
    }
  }

  ChunkAnalysis(Block block, PrintStream out) {
    this.block = block;
    this.out = out;
  }

  /** Looks at the chunks of the series. */
  void print(int[] ids) throws IOException, StorageException {
    ChunkDecoder decoder = new ChunkDecoder();
    SampleBatch batch = new SampleBatch(128);
    ChunkList chunks = new ChunkList();
    byte[] data = new byte[4096];
    try (Part part = block.part(Long.MIN_VALUE, Long.MAX_VALUE)) {
      for (int id : ids) {
        chunks.clear();
        part.chunks(id, Long.MIN_VALUE, Long.MAX_VALUE, chunks);
        for (int i = 0; i < chunks.size; i++) {
          int length = chunks.length(i);
          if (data.length < length) {
            data = new byte[2 * length];
          }
          chunks.copy(i, data);
          total++;
          int samples = ChunkDecoder.sampleCount(chunks.encodings[i], data, 0);
          if (Encoding.of(chunks.encodings[i]).isFloat()) {
            floatSamples.add(samples);
            floatBytes.add(length);
            continue;
          }
          histogramSamples.add(samples);
          histogramBytes.add(length);
          decoder.reset(chunks.encodings[i], data, 0, length);
          int buckets = 0;
          int n;
          while ((n = decoder.read(batch)) > 0) {
            for (int k = 0; k < n; k++) {
              NativeHistogram h = Objects.requireNonNull(batch.histograms[k]);
              buckets += h.positiveBuckets().length + h.negativeBuckets().length;
            }
          }
          histogramBuckets.add(buckets);
        }
      }
    }
    out.println("\nCompaction analysis:\n");
    print("samples per float chunk", floatSamples);
    print("bytes per float chunk", floatBytes);
    print("samples per histogram chunk", histogramSamples);
    print("bytes per histogram chunk", histogramBytes);
    print("buckets per histogram chunk", histogramBuckets);
  }

  private void print(String what, Figures figures) {
    if (figures.size == 0) {
      out.println(what + ": N/A\n");
      return;
    }
    int[] sorted = Arrays.copyOf(figures.values, figures.size);
    Arrays.sort(sorted);
    int min = sorted[0];
    int max = sorted[sorted.length - 1];
    int step = STEPS;
    while (step < (max - min) / STEPS && step <= 10_000) {
      step *= STEPS;
    }
    int start = min - min % step;
    int end = max - max % step + step;
    int[] buckets = new int[(end - start) / step + 1];
    long sum = 0;
    int most = 0;
    for (int value : sorted) {
      sum += value;
      most = Math.max(most, ++buckets[(value - start) / step]);
    }
    out.println(what + " (min/avg/max): " + min + "/" + sum / sorted.length + "/" + max);
    String line =
        "[%"
            + Integer.toString(end).length()
            + "d, %"
            + Integer.toString(end + step).length()
            + "d]: %"
            + Integer.toString(most).length()
            + "d %s%n";
    for (int i = 0; i < buckets.length; i++) {
      out.printf(
          line,
          i * step + start + 1,
          (i + 1) * step + start,
          buckets[i],
          "#".repeat((int) (100.0 * buckets[i] / total)));
    }
    out.println();
  }
}
