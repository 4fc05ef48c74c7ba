package io.narthex.storage.tsdb.wal;

import static io.narthex.storage.tsdb.wal.Segments.HEADER;
import static io.narthex.storage.tsdb.wal.Segments.PAGE;

import io.airlift.compress.v3.Compressor;
import io.airlift.compress.v3.snappy.SnappyCompressor;
import io.airlift.compress.v3.zstd.ZstdCompressor;
import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.file.OutputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends records to a log, in groups: one system call a group. A group is in the log as a whole
 * or, after an exception, not at all: what a failed write left behind is cut off before anything
 * else is written, so later records never stand behind garbage. The format is described at {@link
 * Segments}.
 *
 * <p>Safe for several threads; groups are written in the order in which {@link #log} is entered.
 */
public final class WalWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WalWriter.class);

  /** What is shorter is not worth compressing. */
  private static final int MIN_COMPRESSED = 32;

  /** Write buffers above this are given back. */
  private static final int KEEP_BYTES = 8 << 20;

  /** When a group is safe from the loss of power; from the end of the process it always is. */
  public enum Sync {
    /** When its segment is complete or closed; as upstream. */
    SEGMENT,
    /** When {@link #log} returns. */
    COMMIT
  }

  /**
   * Where the log ends.
   *
   * @param segment number of the segment that is written to
   * @param offset bytes in it
   */
  public record Position(int segment, long offset) {
    /** Where the page ends in which the log ends: a closed log's end. */
    public Position pageEnd() {
      return new Position(segment, (offset + PAGE - 1) / PAGE * PAGE);
    }
  }

  private final Disk disk;
  private final Path directory;
  private final Compression compression;
  private final int segmentBytes;
  private final Sync sync;
  private final Executor closer;
  private final WalMetrics metrics;
  private final @Nullable Compressor compressor;
  private final CRC32C crc = new CRC32C();

  private OutputFile file;
  private int segment;

  /** Bytes of the segment that are good; what is behind was not acknowledged. */
  private long good;

  /** Whether a failed write could not be cut off yet. */
  private boolean torn;

  private boolean closed;

  /** Records of a group as they go out, and whether each is compressed. */
  private byte[] packed = new byte[4096];

  private int[] packedEnds = new int[16];
  private boolean[] isPacked = new boolean[16];
  private ByteBuffer pages = ByteBuffer.allocateDirect(2 * PAGE);
  private CompletableFuture<?> closing = CompletableFuture.completedFuture(null);

  private WalWriter(
      Disk disk,
      Path directory,
      Compression compression,
      int segmentBytes,
      Sync sync,
      Executor closer,
      WalMetrics metrics,
      int segment,
      OutputFile file) {
    this.disk = disk;
    this.directory = directory;
    this.compression = compression;
    this.segmentBytes = segmentBytes;
    this.sync = sync;
    this.closer = closer;
    this.metrics = metrics;
    this.segment = segment;
    this.file = file;
    compressor =
        switch (compression) {
          case NONE -> null;
          case SNAPPY -> SnappyCompressor.create();
          case ZSTD -> ZstdCompressor.create();
        };
  }

  /**
   * Begins a new segment behind those that are there; makes the folder if need be. The segments
   * that are there must have been read, and repaired where corrupt.
   *
   * @param segmentBytes when to begin another segment; a multiple of 32 KiB
   * @param closer makes complete segments durable, in its own time
   */
  public static WalWriter open(
      Disk disk,
      Path directory,
      Compression compression,
      int segmentBytes,
      Sync sync,
      Executor closer,
      WalMetrics metrics)
      throws IOException {
    if (segmentBytes < PAGE || segmentBytes % PAGE != 0) {
      throw new IllegalArgumentException(
          "cannot open the log in "
              + directory
              + ": got segments of "
              + segmentBytes
              + " bytes, want a multiple of "
              + PAGE);
    }
    disk.createDirectories(directory);
    List<Segments.Segment> segments = Segments.list(disk, directory);
    int next = segments.isEmpty() ? 0 : segments.getLast().index() + 1;
    Checkpoint.Dir checkpoint = Checkpoint.last(disk, directory);
    if (checkpoint != null) {
      // Segments that it stands for are not read, should all behind it have been lost.
      next = Math.max(next, checkpoint.index() + 1);
    }
    OutputFile file = disk.create(Segments.path(directory, next));
    if (sync == Sync.COMMIT) {
      try {
        disk.syncDirectory(directory);
      } catch (IOException e) {
        file.close();
        throw e;
      }
    }
    return new WalWriter(
        disk, directory, compression, segmentBytes, sync, closer, metrics, next, file);
  }

  /** The folder of the log. */
  public Path directory() {
    return directory;
  }

  /** How records are packed. */
  public Compression compression() {
    return compression;
  }

  /** Where the log ends. */
  public synchronized Position position() {
    return new Position(segment, good);
  }

  /** Bytes of all files in the log's folder, checkpoints among them. */
  public long size() throws IOException {
    return disk.size(directory);
  }

  /**
   * Writes all records of {@code group}, in their order, and nothing for an empty one. The buffer
   * is the caller's again afterwards.
   *
   * @throws IOException when none of it is in the log
   */
  public synchronized void log(RecordBuffer group) throws IOException {
    if (group.count == 0) {
      return;
    }
    try {
      open();
      pack(group);
      if (good > 0 && endOf(good, group.count) > segmentBytes) {
        roll();
      }
      write(group.count);
    } catch (IOException e) {
      metrics.writesFailed.increment();
      throw e;
    }
  }

  /** Makes sure that the segment ends with the last group that succeeded. */
  private void open() throws IOException {
    if (closed) {
      throw new IOException("cannot write to the log in " + directory + ": it is closed");
    }
    if (torn) {
      try {
        file.truncate(good);
      } catch (IOException e) {
        // The channel may be gone (an interrupted thread closes it), or the file: open it anew.
        try {
          file.close();
        } catch (IOException f) {
          e.addSuppressed(f);
        }
        file = disk.append(Segments.path(directory, segment), good);
      }
      torn = false;
    }
  }

  private void pack(RecordBuffer group) {
    int n = group.count;
    if (n > packedEnds.length) {
      packedEnds = new int[Math.max(n, 2 * packedEnds.length)];
      isPacked = new boolean[packedEnds.length];
    }
    int to = 0;
    for (int i = 0; i < n; i++) {
      int start = group.start(i);
      int length = group.ends[i] - start;
      int size = length;
      isPacked[i] = false;
      Compressor with = compressor;
      if (with != null && length >= MIN_COMPRESSED) {
        int most = with.maxCompressedLength(length);
        roomForPacked(to, most);
        int compressed = with.compress(group.bytes, start, length, packed, to, packed.length - to);
        if (compressed < length) {
          size = compressed;
          isPacked[i] = true;
          metrics.recordBytesSaved.add((long) length - compressed);
        }
      }
      if (!isPacked[i]) {
        roomForPacked(to, length);
        System.arraycopy(group.bytes, start, packed, to, length);
      }
      to += size;
      packedEnds[i] = to;
    }
  }

  private void roomForPacked(int to, int more) {
    if (more > packed.length - to) {
      packed = Arrays.copyOf(packed, RecordBuffer.grown(packed.length, Math.addExact(to, more)));
    }
  }

  /** Where a segment ends after the packed records when it ends at {@code from} before. */
  private long endOf(long from, int records) {
    long at = from;
    int start = 0;
    for (int i = 0; i < records; i++) {
      int left = packedEnds[i] - start;
      start = packedEnds[i];
      do {
        int space = PAGE - (int) (at % PAGE) - HEADER;
        int part = Math.min(left, space);
        at += HEADER + part;
        left -= part;
        if (space - part < HEADER) {
          at += space - part;
        }
      } while (left > 0);
    }
    return at;
  }

  private void write(int records) throws IOException {
    long end = endOf(good, records);
    int bytes = Math.toIntExact(end - good);
    if (pages.capacity() < bytes) {
      pages = ByteBuffer.allocateDirect(RecordBuffer.grown(pages.capacity(), bytes));
    }
    pages.clear();
    int parts = 0;
    long paid = 0;
    int inPage = (int) (good % PAGE);
    int start = 0;
    for (int i = 0; i < records; i++) {
      int stop = packedEnds[i];
      int flag = isPacked[i] ? compression.flag : 0;
      boolean first = true;
      do {
        int space = PAGE - inPage - HEADER;
        int part = Math.min(stop - start, space);
        boolean last = part == stop - start;
        int type =
            first
                ? (last ? Segments.FULL : Segments.FIRST)
                : (last ? Segments.LAST : Segments.MIDDLE);
        crc.reset();
        crc.update(packed, start, part);
        pages
            .put((byte) (type | flag))
            .putShort((short) part)
            .putInt((int) crc.getValue())
            .put(packed, start, part);
        start += part;
        inPage += HEADER + part;
        parts++;
        paid += HEADER + part;
        if (PAGE - inPage < HEADER) {
          // No fragment fits: the rest of the page is zero.
          while (inPage < PAGE) {
            pages.put((byte) 0);
            inPage++;
          }
          inPage = 0;
        }
        first = false;
      } while (start < stop);
    }
    pages.flip();
    try {
      file.write(pages);
      if (sync == Sync.COMMIT) {
        force(file);
      }
    } catch (IOException e) {
      torn = true;
      try {
        open();
      } catch (IOException f) {
        e.addSuppressed(f);
      }
      throw e;
    } finally {
      if (pages.capacity() > KEEP_BYTES) {
        pages = ByteBuffer.allocateDirect(2 * PAGE);
      }
      if (packed.length > KEEP_BYTES) {
        packed = new byte[4096];
      }
    }
    metrics.pageFlushes.increment();
    metrics.completedPages.add(end / PAGE - good / PAGE);
    metrics.recordPartWrites.add(parts);
    metrics.recordPartBytes.add(paid);
    good = end;
  }

  private void force(OutputFile of) throws IOException {
    long from = System.nanoTime();
    of.sync();
    metrics.fsyncNanos.accept(System.nanoTime() - from);
  }

  /**
   * Completes the segment and begins the next.
   *
   * @return the number of the new segment
   */
  public synchronized int nextSegment() throws IOException {
    open();
    roll();
    return segment;
  }

  private void roll() throws IOException {
    int index = segment + 1;
    Path path = Segments.path(directory, index);
    OutputFile next = disk.create(path);
    try {
      fillPage();
      if (sync == Sync.COMMIT) {
        disk.syncDirectory(directory);
      }
    } catch (IOException e) {
      torn = true;
      try {
        next.close();
        disk.delete(path);
      } catch (IOException f) {
        e.addSuppressed(f);
      }
      throw e;
    }
    OutputFile complete = file;
    Path completePath = Segments.path(directory, segment);
    // Others need not wait until the disk has it.
    closing =
        CompletableFuture.allOf(
            closing,
            CompletableFuture.runAsync(
                () -> {
                  try (complete) {
                    force(complete);
                  } catch (IOException e) {
                    LOG.warn("Cannot make a segment durable segment={}", completePath, e);
                  }
                },
                closer));
    file = next;
    segment = index;
    good = 0;
  }

  /** Ends the page with zeros, as far as it has begun. */
  private void fillPage() throws IOException {
    if (good % PAGE != 0) {
      file.preallocate(good + PAGE - good % PAGE);
    }
  }

  /** Makes all that was written durable. */
  public void sync() throws IOException {
    OutputFile current;
    int index;
    synchronized (this) {
      if (closed) {
        return;
      }
      current = file;
      index = segment;
    }
    // Not under the lock: commits go on meanwhile.
    try {
      force(current);
    } catch (IOException e) {
      synchronized (this) {
        if (closed || segment != index) {
          // Complete meanwhile: whoever closes it makes it durable.
          return;
        }
      }
      throw e;
    }
  }

  /** Deletes the segments before {@code keepFrom}, oldest first. */
  public void truncate(int keepFrom) throws IOException {
    metrics.truncations.increment();
    try {
      for (Segments.Segment old : Segments.list(disk, directory)) {
        if (old.index() >= keepFrom) {
          break;
        }
        disk.delete(old.path());
      }
    } catch (IOException e) {
      metrics.truncationsFailed.increment();
      throw e;
    }
  }

  /** Completes the page, makes all durable and closes; may be called twice. */
  @Override
  public void close() throws IOException {
    CompletableFuture<?> others;
    synchronized (this) {
      if (closed) {
        return;
      }
      try {
        open();
        fillPage();
        force(file);
      } finally {
        closed = true;
        file.close();
      }
      others = closing;
    }
    others.join();
  }
}
