package io.narthex.storage.tsdb.compact;

import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.block.BlockMeta;
import io.narthex.storage.tsdb.block.BlockWriter;
import io.narthex.storage.tsdb.block.ChunkSegmentWriter;
import io.narthex.storage.tsdb.chunk.ChunkCutter;
import io.narthex.storage.tsdb.chunk.ChunkDecoder;
import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.select.SortedPart;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Writes a block from parts, blocks or the head: the union of their series, and of each series'
 * samples, see {@link SeriesMerger}. Series are compared by numbers of one merged symbol table, so
 * no label becomes a string. Its memory is the numbers of symbols, 4 bytes for each symbol of each
 * part, and what {@link BlockWriter} needs; it does not depend on the number of samples.
 *
 * <p>Immutable but for its metrics; safe for several threads.
 */
public final class BlockCompactor {
  private final Disk disk;
  private final CompactionMetrics metrics;
  private final long segmentSize;

  /** A compactor that writes chunk files of the usual size. */
  public BlockCompactor(Disk disk, CompactionMetrics metrics) {
    this(disk, metrics, ChunkSegmentWriter.DEFAULT_SEGMENT_SIZE);
  }

  /**
   * Makes a compactor.
   *
   * @param segmentSize bytes of a chunk file at most
   */
  public BlockCompactor(Disk disk, CompactionMetrics metrics, long segmentSize) {
    this.disk = disk;
    this.metrics = metrics;
    this.segmentSize = segmentSize;
  }

  /** Thrown when a compaction was told to end; what it had written is removed. */
  public static final class CancelledException extends IOException {
    private static final long serialVersionUID = 1L;

    CancelledException() {
      super("compaction was cancelled");
    }
  }

  /**
   * Writes the samples of {@code parts} in the range of {@code meta}. When it fails, nothing of the
   * block is left, unless removing it fails as well; what is left then is a folder that is removed
   * at the next start.
   *
   * @param parent the folder to write into
   * @param meta the new block's identity, range (which may be more than its samples'), and
   *     compaction; its statistics are filled in
   * @param parts the first one's samples win where several have one at a time; stay open
   * @param cancelled asked now and then
   * @return the new block's meta; null if there is no sample, then there is no block
   */
  public @Nullable BlockMeta write(
      Path parent, BlockMeta meta, List<? extends SortedPart> parts, BooleanSupplier cancelled)
      throws IOException, StorageException {
    long start = System.nanoTime();
    metrics.populating.set(1);
    try (BlockWriter out = new BlockWriter(disk, parent, meta.ulid(), segmentSize)) {
      Inputs inputs = new Inputs(parts);
      out.symbols(inputs.symbols);
      inputs.symbols.check();
      merge(inputs, out, meta, cancelled);
      if (out.samples() == 0) {
        return null;
      }
      return out.finish(meta);
    } finally {
      metrics.populating.set(0);
      metrics.compactions.incrementAndGet();
      metrics.duration.observe((System.nanoTime() - start) / 1e9);
    }
  }

  private void merge(Inputs inputs, BlockWriter out, BlockMeta meta, BooleanSupplier cancelled)
      throws IOException, StorageException {
    Sizes sizes = meta.compaction().level() == 1 ? new Sizes(out, metrics) : null;
    SeriesMerger merger =
        new SeriesMerger(
            sizes != null
                ? sizes
                : (min, max, encoding, data, length) ->
                    out.chunk(min, max, encoding, data, 0, length));
    long minTime = meta.minTime();
    long maxTime = meta.maxTime() - 1;
    for (int n = 0; inputs.next(); n++) {
      if ((n & 1023) == 0 && cancelled.getAsBoolean()) {
        throw new CancelledException();
      }
      out.series(inputs.labels(), inputs.labelCount());
      merger.clear();
      inputs.chunks(minTime, maxTime, merger);
      merger.merge(minTime, maxTime);
    }
    if (sizes != null) {
      sizes.publish();
    }
  }

  /** Measures chunks on their way. */
  private static final class Sizes implements ChunkCutter.Sink {
    private final BlockWriter out;
    private final CompactionMetrics metrics;
    private final Distribution bytes;
    private final Distribution samples;
    private final Distribution range;

    Sizes(BlockWriter out, CompactionMetrics metrics) {
      this.out = out;
      this.metrics = metrics;
      bytes = metrics.chunkSize.empty();
      samples = metrics.chunkSamples.empty();
      range = metrics.chunkRange.empty();
    }

    @Override
    public void chunk(long minTime, long maxTime, byte encoding, byte[] data, int length)
        throws IOException {
      bytes.observe(length);
      samples.observe(ChunkDecoder.sampleCount(encoding, data, 0));
      range.observe((double) (maxTime - minTime));
      out.chunk(minTime, maxTime, encoding, data, 0, length);
    }

    void publish() {
      metrics.chunkSize.take(bytes);
      metrics.chunkSamples.take(samples);
      metrics.chunkRange.take(range);
    }
  }

  /** The parts, each standing on its next series, with its labels as numbers of merged symbols. */
  private static final class Inputs {
    final MergedSymbols symbols;
    private final SortedPart[] parts;
    private final int[][] labels;
    private final int[] counts;

    /** Whether the part stands on the current series. */
    private final boolean[] current;

    private int least = -1;

    Inputs(List<? extends SortedPart> parts) {
      this.parts = parts.toArray(SortedPart[]::new);
      symbols = new MergedSymbols(this.parts);
      labels = new int[this.parts.length][32];
      counts = new int[this.parts.length];
      current = new boolean[this.parts.length];
      Arrays.fill(current, true);
    }

    boolean next() throws StorageException {
      least = -1;
      for (int i = 0; i < parts.length; i++) {
        if (current[i]) {
          read(i);
        }
        current[i] = false;
        if (counts[i] < 0) {
          continue;
        }
        int c = least < 0 ? -1 : compare(i, least);
        if (c < 0) {
          Arrays.fill(current, 0, i, false);
          least = i;
        }
        current[i] = c <= 0;
      }
      return least >= 0;
    }

    private void read(int i) throws StorageException {
      SortedPart part = parts[i];
      if (!part.next()) {
        counts[i] = -1;
        return;
      }
      int n = part.labelCount();
      if (labels[i].length < 2 * n) {
        labels[i] = new int[4 * n];
      }
      symbols.translate(i, part.labelSymbols(), labels[i], 2 * n);
      counts[i] = n;
    }

    private int compare(int a, int b) {
      return Arrays.compare(labels[a], 0, 2 * counts[a], labels[b], 0, 2 * counts[b]);
    }

    int[] labels() {
      return labels[least];
    }

    int labelCount() {
      return counts[least];
    }

    void chunks(long minTime, long maxTime, SeriesMerger into) throws StorageException {
      for (int i = least; i < parts.length; i++) {
        if (current[i]) {
          into.nextPart();
          parts[i].chunks(minTime, maxTime, into.chunks);
        }
      }
    }
  }
}
