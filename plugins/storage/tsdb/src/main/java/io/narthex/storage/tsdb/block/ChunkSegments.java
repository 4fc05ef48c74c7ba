package io.narthex.storage.tsdb.block;

import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.file.MappedFile;
import io.narthex.storage.tsdb.select.ChunkList;
import io.narthex.storage.tsdb.select.Intervals;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The chunk files of a block, mapped; for the format see {@link ChunkSegmentWriter}. Safe for
 * several threads.
 */
final class ChunkSegments implements AutoCloseable {
  private final Path directory;
  private final MappedFile[] files;

  private ChunkSegments(Path directory, MappedFile[] files) {
    this.directory = directory;
    this.files = files;
  }

  /** Maps all files of a folder whose names are numbers; a folder that is missing has none. */
  static ChunkSegments open(Disk disk, Path directory) throws IOException {
    List<Path> paths = new ArrayList<>();
    for (Path path : disk.list(directory)) {
      String name = path.getFileName().toString();
      if (name.length() <= 18 && name.chars().allMatch(c -> c >= '0' && c <= '9')) {
        paths.add(path);
      }
    }
    paths.sort(Comparator.comparingLong(p -> Long.parseLong(p.getFileName().toString())));
    List<MappedFile> files = new ArrayList<>();
    try {
      for (Path path : paths) {
        MappedFile file = disk.map(path);
        files.add(file);
        checkHeader(file);
      }
    } catch (IOException | RuntimeException e) {
      files.forEach(MappedFile::close);
      throw e;
    }
    return new ChunkSegments(directory, files.toArray(MappedFile[]::new));
  }

  private static void checkHeader(MappedFile file) throws CorruptionException {
    FileCursor in =
        FileCursor.over(file, 0, file.segment().byteSize(), "the header of a chunk file");
    int magic = in.be32();
    if (magic != ChunkSegmentWriter.MAGIC) {
      throw new CorruptionException(
          file.path(),
          0,
          "got magic number "
              + Integer.toHexString(magic)
              + ", want "
              + Integer.toHexString(ChunkSegmentWriter.MAGIC));
    }
    int version = in.u8();
    if (version != ChunkSegmentWriter.VERSION) {
      throw new CorruptionException(
          file.path(), 4, "got version " + version + ", want " + ChunkSegmentWriter.VERSION);
    }
    in.skip(3);
  }

  /** Bytes of all files. */
  long size() {
    long size = 0;
    for (MappedFile file : files) {
      size += file.segment().byteSize();
    }
    return size;
  }

  /**
   * Adds a chunk to a list after checking it against its checksum.
   *
   * @param ref number of the file from 0 in the upper 32 bits, offset in it below
   * @param scratch a buffer of any size, not 0, that may be overwritten
   */
  void add(long ref, long minTime, long maxTime, Intervals deleted, byte[] scratch, ChunkList into)
      throws CorruptionException {
    long number = ref >>> 32;
    long offset = ref & 0xffff_ffffL;
    if (number >= files.length) {
      throw new CorruptionException(
          directory, -1, "got a reference to chunk file " + number + " of " + files.length);
    }
    MappedFile file = files[(int) number];
    MemorySegment segment = file.segment();
    if (offset < ChunkSegmentWriter.HEADER || offset >= segment.byteSize()) {
      throw new CorruptionException(
          file.path(),
          offset,
          "got a reference to a chunk outside the file of " + segment.byteSize() + " bytes");
    }
    FileCursor in = FileCursor.over(file, offset, segment.byteSize(), "a chunk");
    int length = in.length();
    long start = in.position();
    if (in.remaining() < length + 5L) {
      throw new CorruptionException(
          file.path(),
          offset,
          "the chunk ends outside the file; got length " + length + ", remain " + in.remaining());
    }
    CRC32C crc = new CRC32C();
    long at = start;
    long left = length + 1L;
    while (left > 0) {
      int n = (int) Math.min(left, scratch.length);
      MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, at, scratch, 0, n);
      crc.update(scratch, 0, n);
      at += n;
      left -= n;
    }
    in.skip(length + 1L);
    int want = in.be32();
    if ((int) crc.getValue() != want) {
      throw new CorruptionException(
          file.path(),
          offset,
          "the chunk has the wrong checksum; got "
              + Integer.toHexString((int) crc.getValue())
              + ", want "
              + Integer.toHexString(want));
    }
    into.add(
        minTime,
        maxTime,
        segment.get(ValueLayout.JAVA_BYTE, start),
        file,
        start + 1,
        length,
        deleted);
  }

  @Override
  public void close() {
    for (MappedFile file : files) {
      file.close();
    }
  }
}
