package io.narthex.storage.tsdb.wal;

import static io.narthex.storage.tsdb.wal.RecordBuffer.BE64;

import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.file.MappedFile;
import io.narthex.storage.tsdb.file.OutputFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.LongAdder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The head's complete chunks, in numbered files of up to 128 MiB ({@code chunks_head/000001} and so
 * on), mapped for reading. All numbers big-endian:
 *
 * <pre>
 * file    magic 0130BC91, version 1 (1 byte), 0 0 0, chunks, then zeros to the end
 * chunk   series ref 8, min time 8, max time 8, encoding 1 (top bit: out of order),
 *         length uvarint, data, CRC-32C of all of these 4
 * </pre>
 *
 * <p>Nothing here is needed to keep what was acknowledged: the samples are in the log until a block
 * has them. So chunks are collected in memory and written some hundred at a time, and made durable
 * only when a file is complete. They can be read as soon as {@link #write} returns. When the disk
 * is full, chunks wait in memory, up to a bound; behind it {@link #write} fails and the caller
 * keeps its chunk.
 *
 * <p>Safe for several threads; reading what has been written out takes no lock.
 */
public final class HeadChunkFiles implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(HeadChunkFiles.class);

  /** Most bytes of a file; as upstream. */
  public static final int FILE_BYTES = 128 << 20;

  private static final int MAGIC = 0x0130BC91;
  private static final int HEADER = 8;

  /** Bytes of a chunk before its length. */
  private static final int FIXED = 25;

  /** Most bytes of a chunk besides its data: fixed part, length, checksum. */
  private static final int AROUND = FIXED + 5 + 4;

  private static final int OUT_OF_ORDER = 0x80;

  /** Chunks are collected up to this many bytes. */
  private static final int BUFFER = 128 << 10;

  /** How much may wait while nothing can be written. */
  private static final int MAX_WAITING = 16 << 20;

  /** A file is lengthened and mapped anew at this length, and then at double of it, and so on. */
  private static final int FIRST_STEP = 1 << 20;

  /** Complete files are cut to a multiple of this; as upstream lengthens them by. */
  private static final int ROUND = 128 << 10;

  private static final VarHandle BE32 =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private final Disk disk;
  private final Path directory;
  private final Executor closer;
  private final int fileBytes;

  /** In the order of numbers, which have no gaps; replaced as a whole. */
  private volatile ChunkFile[] files;

  private @Nullable OutputFile out;
  private @Nullable ChunkFile current;
  private int nextNumber;

  /** Length of the current file on disk; zeros behind what was written. */
  private long allocated;

  private byte[] buffer = new byte[BUFFER];
  private int buffered;

  /** How much must be waiting before writing is tried again. */
  private int flushAt = BUFFER;

  /**
   * Where the chunk begins that {@link #visit} is at: those before it have been shown. Not a local
   * variable, as the virtual machine may tell of memory that cannot be read only some calls later.
   */
  private long visited;

  /** Whether writing failed, so that the file is to be opened anew. */
  private boolean reopen;

  private boolean closed;
  private final CRC32C crc = new CRC32C();
  private final LongAdder failedWrites = new LongAdder();

  private static final class ChunkFile {
    final int number;
    final Path path;

    /** What of the file can be read; replaced by a longer one as the file grows. */
    volatile MappedFile map;

    /** Bytes that can be read from the mapping. */
    volatile long flushed;

    ChunkFile(int number, Path path, MappedFile map, long flushed) {
      this.number = number;
      this.path = path;
      this.map = map;
      this.flushed = flushed;
    }
  }

  /** Receives the chunks of files that were there at the start. */
  @FunctionalInterface
  public interface Visitor {
    /**
     * One chunk, its checksum verified.
     *
     * @param seriesRef reference of the series in the log
     * @param ref how to {@link #read} it
     * @param minTime first millisecond, inclusive
     * @param maxTime last millisecond, inclusive
     * @param encoding code of the encoding
     * @param outOfOrder whether its samples came out of order
     * @param samples how many
     * @throws CorruptionException when it cannot belong there; see {@link #cut}
     */
    void chunk(
        long seriesRef,
        long ref,
        long minTime,
        long maxTime,
        byte encoding,
        boolean outOfOrder,
        int samples)
        throws IOException;
  }

  private HeadChunkFiles(
      Disk disk,
      Path directory,
      Executor closer,
      int fileBytes,
      ChunkFile[] files,
      int nextNumber) {
    this.disk = disk;
    this.directory = directory;
    this.closer = closer;
    this.fileBytes = fileBytes;
    this.files = files;
    this.nextNumber = nextNumber;
  }

  /**
   * Opens the files of a folder, which is made if need be. {@link #visit} is to be called before
   * the first {@link #write}.
   *
   * @param closer makes complete files durable, in its own time
   */
  public static HeadChunkFiles open(Disk disk, Path directory, Executor closer) throws IOException {
    return open(disk, directory, closer, FILE_BYTES);
  }

  static HeadChunkFiles open(Disk disk, Path directory, Executor closer, int fileBytes)
      throws IOException {
    disk.createDirectories(directory);
    List<Segments.Segment> found = Segments.listWithGaps(disk, directory);
    for (int i = 1; i < found.size(); i++) {
      if (found.get(i).index() != found.get(i - 1).index() + 1) {
        LOG.warn("A head-chunk file is missing, those behind it go before={}", found.get(i).path());
        for (int j = found.size() - 1; j >= i; j--) {
          disk.delete(found.get(j).path());
        }
        found = found.subList(0, i);
      }
    }
    if (!found.isEmpty()) {
      // Files are not made durable when they begin, so the last may be empty after a crash.
      Segments.Segment last = found.getLast();
      if (disk.size(last.path()) < HEADER || blank(disk, last.path())) {
        disk.delete(last.path());
        found = found.subList(0, found.size() - 1);
      }
    }
    List<ChunkFile> files = new ArrayList<>();
    try {
      for (Segments.Segment each : found) {
        MappedFile map = disk.map(each.path());
        files.add(new ChunkFile(each.index(), each.path(), map, map.segment().byteSize()));
      }
    } catch (IOException e) {
      files.forEach(f -> f.map.close());
      throw e;
    }
    int next = files.isEmpty() ? 1 : files.getLast().number + 1;
    return new HeadChunkFiles(
        disk, directory, closer, fileBytes, files.toArray(new ChunkFile[0]), next);
  }

  private static boolean blank(Disk disk, Path path) throws IOException {
    try (MappedFile map = disk.map(path)) {
      return map.segment().get(ValueLayout.JAVA_INT_UNALIGNED, 0) == 0;
    }
  }

  private Path path(int number) {
    return directory.resolve(String.format(Locale.ROOT, "%06d", number));
  }

  /** The number of the file that a reference points into. */
  public static int fileOf(long ref) {
    return (int) (ref >>> 32);
  }

  /** The number of the file that is written to, or of the last one; 0 when there is none. */
  public int lastFile() {
    ChunkFile[] all = files;
    return all.length == 0 ? 0 : all[all.length - 1].number;
  }

  /** Bytes of the files, holes among them. */
  public long size() throws IOException {
    return disk.size(directory);
  }

  /** How often chunks could not be written out or put into a file. */
  public long failedWrites() {
    return failedWrites.sum();
  }

  /**
   * Adds a chunk and returns the reference to read it by.
   *
   * @param minTime first millisecond, inclusive
   * @param maxTime last millisecond, inclusive
   * @param encoding code of the encoding
   * @param data what is behind the encoding byte; copied
   * @throws IOException when there is neither a place for it on disk nor in the bounded memory; it
   *     is not in the files then
   */
  public long write(
      long seriesRef,
      long minTime,
      long maxTime,
      byte encoding,
      boolean outOfOrder,
      MemorySegment data,
      long offset,
      int length)
      throws IOException {
    synchronized (this) {
      try {
        int start = begin(seriesRef, minTime, maxTime, encoding, outOfOrder, length);
        MemorySegment.copy(data, ValueLayout.JAVA_BYTE, offset, buffer, tail, length);
        return end(start, length);
      } catch (IOException e) {
        failedWrites.increment();
        throw e;
      }
    }
  }

  /** The same for data in an array. */
  public long write(
      long seriesRef,
      long minTime,
      long maxTime,
      byte encoding,
      boolean outOfOrder,
      byte[] data,
      int offset,
      int length)
      throws IOException {
    synchronized (this) {
      try {
        int start = begin(seriesRef, minTime, maxTime, encoding, outOfOrder, length);
        System.arraycopy(data, offset, buffer, tail, length);
        return end(start, length);
      } catch (IOException e) {
        failedWrites.increment();
        throw e;
      }
    }
  }

  /** Where the data of the chunk that is being added go. */
  private int tail;

  private int begin(
      long seriesRef, long minTime, long maxTime, byte encoding, boolean outOfOrder, int length)
      throws IOException {
    if (closed) {
      throw new IOException("cannot write a chunk to " + directory + ": it is closed");
    }
    int most = Math.addExact(AROUND, length);
    ChunkFile file = current;
    if (file == null || file.flushed + buffered + most > fileBytes) {
      cut();
    }
    if (buffered + most > flushAt && buffered > 0) {
      flushOrWait(most);
    }
    if (buffered + most > buffer.length) {
      buffer = Arrays.copyOf(buffer, RecordBuffer.grown(buffer.length, buffered + most));
    }
    byte[] b = buffer;
    int p = buffered;
    BE64.set(b, p, seriesRef);
    BE64.set(b, p + 8, minTime);
    BE64.set(b, p + 16, maxTime);
    b[p + 24] = (byte) (outOfOrder ? encoding | OUT_OF_ORDER : encoding);
    tail = RecordBuffer.uvarint(b, p + FIXED, length);
    return p;
  }

  private long end(int start, int length) {
    ChunkFile file = java.util.Objects.requireNonNull(current);
    int end = tail + length;
    crc.reset();
    crc.update(buffer, start, end - start);
    BE32.set(buffer, end, (int) crc.getValue());
    buffered = end + 4;
    return ((long) file.number << 32) | (file.flushed + start);
  }

  private void flushOrWait(int more) throws IOException {
    try {
      flush();
    } catch (IOException e) {
      if (buffered + more > MAX_WAITING) {
        throw e;
      }
      failedWrites.increment();
      if (flushAt == BUFFER) {
        LOG.warn("Cannot write chunks of the head, they wait in memory directory={}", directory, e);
      }
      flushAt = buffered + BUFFER;
    }
  }

  /** Writes out what has been collected. */
  public synchronized void flush() throws IOException {
    ChunkFile file = current;
    OutputFile to = out;
    if (buffered == 0 || file == null || to == null) {
      return;
    }
    long end = file.flushed + buffered;
    try {
      if (reopen) {
        to.close();
        to = disk.append(file.path, file.flushed);
        out = to;
        to.preallocate(allocated);
        reopen = false;
      }
      grow(file, to, end);
      to.overwrite(file.flushed, ByteBuffer.wrap(buffer, 0, buffered));
    } catch (IOException e) {
      // The channel may be gone: an interrupted thread closes it.
      reopen = true;
      throw e;
    }
    file.flushed = end;
    buffered = 0;
    if (buffer.length > BUFFER) {
      buffer = new byte[BUFFER];
    }
    flushAt = BUFFER;
  }

  /** Makes the file and its mapping at least {@code length} long. */
  private void grow(ChunkFile file, OutputFile to, long length) throws IOException {
    if (length <= allocated) {
      return;
    }
    long target = allocated;
    while (target < length) {
      target *= 2;
    }
    to.preallocate(target);
    MappedFile longer = disk.map(file.path);
    MappedFile before = file.map;
    file.map = longer;
    before.close();
    allocated = target;
  }

  /** Completes the file that is written to, if any, and begins the next. */
  public synchronized void cut() throws IOException {
    if (closed) {
      throw new IOException("cannot begin a file in " + directory + ": it is closed");
    }
    flush();
    int number = nextNumber;
    Path path = path(number);
    OutputFile next = disk.create(path);
    MappedFile map;
    try {
      byte[] header = new byte[HEADER];
      BE32.set(header, 0, MAGIC);
      header[4] = 1;
      next.write(ByteBuffer.wrap(header));
      next.preallocate(FIRST_STEP);
      map = disk.map(path);
    } catch (IOException e) {
      try {
        next.close();
        disk.delete(path);
      } catch (IOException f) {
        e.addSuppressed(f);
      }
      throw e;
    }
    finish(true);
    ChunkFile file = new ChunkFile(number, path, map, HEADER);
    ChunkFile[] all = files;
    ChunkFile[] more = Arrays.copyOf(all, all.length + 1);
    more[all.length] = file;
    files = more;
    out = next;
    current = file;
    nextNumber = number + 1;
    allocated = FIRST_STEP;
  }

  /** Closes the file that was written to, all of whose chunks are written out. */
  private void finish(boolean later) throws IOException {
    OutputFile complete = out;
    ChunkFile file = current;
    if (complete == null || file == null) {
      return;
    }
    out = null;
    current = null;
    // The hole behind the chunks is of no use any more. The mapping stays as long as it is, but
    // nothing is read behind what was written.
    long length = Math.min(allocated, (file.flushed + ROUND - 1) / ROUND * ROUND);
    Path path = file.path;
    if (!later) {
      try (complete) {
        complete.truncate(length);
        complete.sync();
      }
      // A snapshot may follow, with which the log is not read again.
      disk.syncDirectory(directory);
      return;
    }
    closer.execute(() -> {
      try (complete) {
        complete.truncate(length);
        complete.sync();
      } catch (IOException e) {
        LOG.warn("Cannot make a head-chunk file durable file={}", path, e);
      }
    });
  }

  private @Nullable ChunkFile file(int number) {
    ChunkFile[] all = files;
    if (all.length == 0) {
      return null;
    }
    int i = number - all[0].number;
    return i >= 0 && i < all.length ? all[i] : null;
  }

  /**
   * Reads a chunk and verifies its checksum.
   *
   * @param ref from {@link #write} or {@link Visitor}
   * @param into receives a copy
   * @throws CorruptionException when there is no such chunk, or not what was written
   */
  public void read(long ref, HeadChunk into) throws CorruptionException {
    ChunkFile file = file(fileOf(ref));
    int at = (int) ref;
    if (file == null || at < HEADER) {
      throw new CorruptionException(
          path(fileOf(ref)), at, "no head chunk with the reference " + Long.toHexString(ref));
    }
    if (at >= file.flushed) {
      synchronized (this) {
        // Written out meanwhile, perhaps.
        if (at >= file.flushed) {
          long start = at - file.flushed;
          if (file.number != (current == null ? -1 : current.number) || start >= buffered) {
            throw new CorruptionException(file.path, at, "a chunk behind the end of the file");
          }
          int size = buffered - (int) start;
          int head = Math.min(size, AROUND);
          into.room(size);
          System.arraycopy(buffer, (int) start, into.bytes, 0, head);
          int whole = whole(into, head, size, file, at);
          System.arraycopy(buffer, (int) start, into.bytes, 0, whole);
          check(into, whole, file, at);
          return;
        }
      }
    }
    long limit = file.flushed;
    MappedFile map = file.map;
    while (!map.retain()) {
      MappedFile now = file.map;
      if (now == map) {
        throw new CorruptionException(file.path, at, "the file is deleted");
      }
      map = now;
    }
    try {
      MemorySegment segment = map.segment();
      // In most cases one copy is enough.
      int guess = (int) Math.min(limit - at, into.bytes.length);
      MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, at, into.bytes, 0, guess);
      int whole = whole(into, guess, limit - at, file, at);
      if (whole > guess) {
        into.room(whole);
        MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, at, into.bytes, 0, whole);
      }
      check(into, whole, file, at);
    } catch (IndexOutOfBoundsException | InternalError e) {
      // InternalError: the file is shorter than it was, or the disk cannot read it.
      CorruptionException corruption =
          new CorruptionException(file.path, at, "cannot read the chunk");
      corruption.initCause(e);
      throw corruption;
    } finally {
      map.close();
    }
  }

  /** Decodes what is before the data; returns the length of the whole chunk. */
  private static int whole(HeadChunk into, int have, long most, ChunkFile file, int at)
      throws CorruptionException {
    byte[] b = into.bytes;
    long length = 0;
    int p = FIXED;
    int shift = 0;
    for (; ; ) {
      if (p >= have || shift > 28) {
        throw new CorruptionException(file.path, at, "the length of the chunk is cut off");
      }
      int next = b[p++];
      length |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        break;
      }
      shift += 7;
    }
    if (p + length + 4 > most) {
      throw new CorruptionException(
          file.path, at, "got a chunk of " + length + " bytes, want at most " + (most - p - 4));
    }
    into.seriesRef = (long) BE64.get(b, 0);
    into.minTime = (long) BE64.get(b, 8);
    into.maxTime = (long) BE64.get(b, 16);
    into.encoding = (byte) (b[24] & ~OUT_OF_ORDER);
    into.outOfOrder = (b[24] & OUT_OF_ORDER) != 0;
    into.offset = p;
    into.length = (int) length;
    return p + (int) length + 4;
  }

  private static void check(HeadChunk into, int whole, ChunkFile file, int at)
      throws CorruptionException {
    CRC32C sum = new CRC32C();
    sum.update(into.bytes, 0, whole - 4);
    int want = (int) BE32.get(into.bytes, whole - 4);
    if ((int) sum.getValue() != want) {
      throw new CorruptionException(
          file.path,
          at,
          String.format(Locale.ROOT, "checksum: got %08x, want %08x", (int) sum.getValue(), want));
    }
  }

  /**
   * Shows all chunks that are in the files, in the order in which they were written.
   *
   * @throws CorruptionException at the first chunk that is damaged or that the visitor refuses;
   *     what came before has been shown. {@link #cut(CorruptionException)} mends the files
   */
  public synchronized void visit(Visitor visitor) throws IOException {
    HeadChunk chunk = new HeadChunk();
    for (ChunkFile file : files) {
      MappedFile map = file.map;
      visited = 0;
      try {
        visit(file, map.segment(), chunk, visitor);
      } catch (IndexOutOfBoundsException | InternalError e) {
        CorruptionException corruption =
            new CorruptionException(file.path, visited, "cannot read the file");
        corruption.initCause(e);
        throw corruption;
      }
    }
  }

  private void visit(ChunkFile file, MemorySegment segment, HeadChunk chunk, Visitor visitor)
      throws IOException {
    byte[] b = chunk.bytes;
    long end = file.flushed;
    if (end < HEADER) {
      throw new CorruptionException(file.path, 0, "got " + end + " bytes, want a header of 8");
    }
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, 0, b, 0, HEADER);
    if ((int) BE32.get(b, 0) != MAGIC) {
      throw new CorruptionException(
          file.path, 0, String.format(Locale.ROOT, "magic: got %08x", (int) BE32.get(b, 0)));
    }
    if (b[4] != 1) {
      throw new CorruptionException(file.path, 4, "version: got " + b[4] + ", want 1");
    }
    long at = HEADER;
    while (at < end) {
      visited = at;
      int have = (int) Math.min(end - at, chunk.bytes.length);
      MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, at, chunk.bytes, 0, have);
      if (blank(chunk.bytes, Math.min(have, 24))) {
        // A series ref is never 0: the rest is the hole in front of the next chunk.
        return;
      }
      int whole = whole(chunk, have, end - at, file, (int) at);
      if (whole > have) {
        chunk.room(whole);
        MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, at, chunk.bytes, 0, whole);
      }
      check(chunk, whole, file, (int) at);
      if (chunk.length < 2) {
        throw new CorruptionException(
            file.path, at, "got a chunk of " + chunk.length + " bytes, want 2 or more");
      }
      int samples =
          (chunk.bytes[chunk.offset] & 0xff) << 8 | (chunk.bytes[chunk.offset + 1] & 0xff);
      visitor.chunk(
          chunk.seriesRef,
          ((long) file.number << 32) | at,
          chunk.minTime,
          chunk.maxTime,
          chunk.encoding,
          chunk.outOfOrder,
          samples);
      at += whole;
    }
  }

  private static boolean blank(byte[] b, int length) {
    for (int i = 0; i < length; i++) {
      if (b[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /**
   * Mends the files after {@link #visit} has failed: cuts the damaged one before the damage and
   * deletes those behind it. Upstream deletes the damaged one as a whole; in both cases the samples
   * come back from the log. All references that were shown before stay good.
   */
  public synchronized void cut(CorruptionException damage) throws IOException {
    Path path = damage.file();
    ChunkFile[] all = files;
    int bad = 0;
    while (bad < all.length && !all[bad].path.equals(path)) {
      bad++;
    }
    if (bad == all.length || current != null) {
      throw damage;
    }
    long length = damage.offset();
    boolean whole = length <= HEADER;
    for (int i = all.length - 1; i > bad || (i == bad && whole); i--) {
      all[i].map.close();
      disk.delete(all[i].path);
      files = Arrays.copyOf(all, i);
    }
    if (!whole) {
      try (OutputFile cut = disk.append(all[bad].path, length)) {
        try {
          cut.preallocate((length + ROUND - 1) / ROUND * ROUND);
          cut.sync();
        } catch (IOException e) {
          // On a disk that is full. The chunks are there, only the zeros behind them are not.
          LOG.warn("Cannot lengthen a head-chunk file that was cut file={}", path, e);
        }
      }
      all[bad].flushed = length;
    }
    // Numbers have no gaps.
    nextNumber = all[bad].number + (whole ? 0 : 1);
  }

  /** Deletes the files before number {@code keepFrom}, except the one that is written to. */
  public void truncate(int keepFrom) throws IOException {
    List<ChunkFile> old = new ArrayList<>();
    synchronized (this) {
      ChunkFile[] all = files;
      int n = 0;
      while (n < all.length && all[n].number < keepFrom && all[n] != current) {
        old.add(all[n++]);
      }
      files = Arrays.copyOfRange(all, n, all.length);
    }
    IOException failure = null;
    for (ChunkFile each : old) {
      each.map.close();
      try {
        disk.delete(each.path);
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /** Writes out what waits, makes the last file durable and unmaps all; may be called twice. */
  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    try {
      flush();
      finish(false);
    } finally {
      for (ChunkFile each : files) {
        each.map.close();
      }
      files = new ChunkFile[0];
      OutputFile left = out;
      if (left != null) {
        left.close();
      }
    }
  }
}
