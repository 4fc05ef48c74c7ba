package io.narthex.storage.tsdb.block;

import io.narthex.storage.tsdb.chunk.ChunkDecoder;
import io.narthex.storage.tsdb.chunk.Encoding;
import io.narthex.storage.tsdb.file.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;

/**
 * Writes a block: into {@code <ulid>.tmp-for-creation}, which gets its name when all of it is
 * durable. Calls come in this order: {@link #symbols} once; for each series, in the order of
 * labels, {@link #series} and then {@link #chunk} for its chunks in the order of time; {@link
 * #finish} or {@link #abort}. A series without chunks is left out. Belongs to one thread.
 *
 * <p>When a method fails, only {@link #abort} may follow.
 */
public final class BlockWriter implements AutoCloseable {
  /** What the name of a folder ends in that is being written. */
  public static final String TEMPORARY_SUFFIX = ".tmp-for-creation";

  static final String CHUNKS = "chunks";

  private final Disk disk;
  private final Ulid ulid;
  private final Path temporary;
  private final Path directory;
  private final IndexWriter index;
  private final ChunkSegmentWriter chunks;
  private int[] labels = new int[64];
  private int labelCount;
  private int chunkCount;
  private long[] minTimes = new long[16];
  private long[] maxTimes = new long[16];
  private long[] references = new long[16];
  private long chunkTotal;
  private long floatSamples;
  private long histogramSamples;
  private boolean moved;
  private boolean done;

  /** Begins a block in the folder {@code parent}, with chunk files of the usual size. */
  public BlockWriter(Disk disk, Path parent, Ulid ulid) throws IOException {
    this(disk, parent, ulid, ChunkSegmentWriter.DEFAULT_SEGMENT_SIZE);
  }

  /**
   * Begins a block.
   *
   * @param segmentSize bytes of a chunk file at most
   */
  public BlockWriter(Disk disk, Path parent, Ulid ulid, long segmentSize) throws IOException {
    this.disk = disk;
    this.ulid = ulid;
    this.directory = parent.resolve(ulid.toString());
    this.temporary = parent.resolve(ulid + TEMPORARY_SUFFIX);
    disk.delete(temporary);
    ChunkSegmentWriter chunkWriter = null;
    try {
      disk.createDirectories(temporary);
      chunkWriter = new ChunkSegmentWriter(disk, temporary.resolve(CHUNKS), segmentSize);
      this.chunks = chunkWriter;
      this.index = new IndexWriter(disk, temporary.resolve(IndexReader.FILE_NAME));
    } catch (IOException | RuntimeException e) {
      try {
        disk.delete(temporary);
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
  }

  /**
   * Writes the symbols that series use; more do no harm.
   *
   * @param sorted strings in UTF-8, ascending by unsigned bytes, without duplicates
   */
  public void symbols(Iterator<byte[]> sorted) throws IOException {
    index.symbols(sorted);
  }

  /**
   * Begins a series.
   *
   * @param labelSymbols numbers of symbols, name and value in turn, sorted by name
   * @param count the number of labels
   */
  public void series(int[] labelSymbols, int count) throws IOException {
    flushSeries();
    if (labels.length < 2 * count) {
      labels = new int[4 * count];
    }
    System.arraycopy(labelSymbols, 0, labels, 0, 2 * count);
    labelCount = count;
  }

  /**
   * Adds a chunk to the series that was begun last.
   *
   * @param minTime time of its first sample, later than the last of the chunk before
   * @param maxTime time of its last sample, inclusive
   * @param data holds, behind {@code offset}, what follows the encoding byte
   */
  public void chunk(long minTime, long maxTime, byte encoding, byte[] data, int offset, int length)
      throws IOException {
    if (chunkCount == minTimes.length) {
      minTimes = Arrays.copyOf(minTimes, 2 * chunkCount);
      maxTimes = Arrays.copyOf(maxTimes, 2 * chunkCount);
      references = Arrays.copyOf(references, 2 * chunkCount);
    }
    int samples = ChunkDecoder.sampleCount(encoding, data, offset);
    minTimes[chunkCount] = minTime;
    maxTimes[chunkCount] = maxTime;
    references[chunkCount++] = chunks.write(encoding, data, offset, length);
    chunkTotal++;
    if (Encoding.of(encoding).isFloat()) {
      floatSamples += samples;
    } else {
      histogramSamples += samples;
    }
  }

  private void flushSeries() throws IOException {
    if (chunkCount > 0) {
      index.series(labels, labelCount, chunkCount, minTimes, maxTimes, references);
      chunkCount = 0;
    }
  }

  /** The number of samples written so far; a block without samples is better aborted. */
  public long samples() {
    return floatSamples + histogramSamples;
  }

  /**
   * Completes the block: it stands in its folder, durably, when this returns.
   *
   * @param template times and compaction of the block; identity and statistics come from here
   * @return what {@code meta.json} says now
   */
  public BlockMeta finish(BlockMeta template) throws IOException {
    flushSeries();
    chunks.finish();
    index.finish();
    BlockMeta meta =
        new BlockMeta(
            ulid,
            template.minTime(),
            template.maxTime(),
            new BlockMeta.Stats(
                floatSamples + histogramSamples,
                floatSamples,
                histogramSamples,
                index.seriesCount(),
                chunkTotal,
                0),
            template.compaction(),
            template.other());
    Tombstones.NONE.write(disk, temporary);
    meta.write(disk, temporary);
    disk.syncDirectory(temporary);
    disk.move(temporary, directory);
    moved = true;
    disk.syncDirectory(java.util.Objects.requireNonNull(directory.getParent()));
    done = true;
    return meta;
  }

  /** Where the block stands when it is finished. */
  public Path directory() {
    return directory;
  }

  /** Gives up and removes what has been written; does nothing after {@link #finish}. */
  public void abort() throws IOException {
    if (done) {
      return;
    }
    done = true;
    try (chunks;
        index) {
      // Both are closed before their files are deleted.
    } finally {
      // A block whose name may not be durable is none: the caller will have been told of a failure.
      disk.delete(moved ? directory : temporary);
    }
  }

  /** As {@link #abort}. */
  @Override
  public void close() throws IOException {
    abort();
  }
}
