package io.narthex.storage.tsdb.block;

import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.file.OutputFile;
import io.narthex.storage.tsdb.select.Intervals;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * The deleted ranges of a block's series. Immutable.
 *
 * <p>The file {@code tombstones}, all numbers big-endian:
 *
 * <pre>
 * magic 0x0130BA30 (4) | version 1 (1) | stones | CRC32C of the stones (4)
 * stone: series id (uvarint) | first millisecond (varint) | last millisecond (varint)
 * </pre>
 *
 * <p>Example, the range 1..2 of series 5: {@code 01 30 ba 30 01 05 02 04} and the checksum of the
 * last three bytes.
 */
public final class Tombstones {
  public static final String FILE_NAME = "tombstones";

  /** Nothing deleted. */
  public static final Tombstones NONE = new Tombstones(new int[0], new Intervals[0]);

  private static final int MAGIC = 0x0130BA30;
  private static final int VERSION = 1;
  private static final int HEADER = 5;

  /** Series ids in unsigned order. */
  private final int[] ids;

  private final Intervals[] intervals;

  private Tombstones(int[] ids, Intervals[] intervals) {
    this.ids = ids;
    this.intervals = intervals;
  }

  /** Made from ranges by series id; empty ones are left out. */
  public static Tombstones of(Map<Integer, Intervals> bySeries) {
    TreeMap<Integer, Intervals> sorted = new TreeMap<>(Integer::compareUnsigned);
    bySeries.forEach((id, ranges) -> {
      if (!ranges.isEmpty()) {
        sorted.put(id, ranges);
      }
    });
    int[] ids = new int[sorted.size()];
    Intervals[] intervals = new Intervals[ids.length];
    int n = 0;
    for (Map.Entry<Integer, Intervals> e : sorted.entrySet()) {
      ids[n] = e.getKey();
      intervals[n++] = e.getValue();
    }
    return new Tombstones(ids, intervals);
  }

  /** Reads the file of a block; where there is none, nothing is deleted. */
  public static Tombstones read(Disk disk, Path directory) throws IOException {
    Path path = directory.resolve(FILE_NAME);
    return disk.exists(path) ? decode(path, disk.read(path)) : NONE;
  }

  static Tombstones decode(Path path, byte[] bytes) throws CorruptionException {
    if (bytes.length < HEADER + 4) {
      throw new CorruptionException(
          path, 0, "got " + bytes.length + " bytes, want at least " + (HEADER + 4));
    }
    ByteBuffer in = ByteBuffer.wrap(bytes);
    if (in.getInt() != MAGIC) {
      throw new CorruptionException(
          path,
          0,
          "got magic number "
              + Integer.toHexString(in.getInt(0))
              + ", want "
              + Integer.toHexString(MAGIC));
    }
    int version = in.get();
    if (version != VERSION) {
      throw new CorruptionException(path, 4, "got version " + version + ", want " + VERSION);
    }
    int end = bytes.length - 4;
    CRC32C crc = new CRC32C();
    crc.update(bytes, HEADER, end - HEADER);
    if ((int) crc.getValue() != in.getInt(end)) {
      throw new CorruptionException(
          path,
          end,
          "got checksum "
              + Integer.toHexString((int) crc.getValue())
              + ", want "
              + Integer.toHexString(in.getInt(end)));
    }
    in.limit(end);
    TreeMap<Integer, Intervals> stones = new TreeMap<>();
    while (in.hasRemaining()) {
      int at = in.position();
      long id = uvarint(path, in);
      if (id >>> 32 != 0) {
        throw new CorruptionException(
            path, at, "got series " + Long.toUnsignedString(id) + ", want at most 4294967295");
      }
      long from = varint(path, in);
      long to = varint(path, in);
      if (from <= to) {
        stones.merge((int) id, Intervals.of(from, to), (a, b) -> a.with(from, to));
      }
    }
    return of(stones);
  }

  private static long varint(Path path, ByteBuffer in) throws CorruptionException {
    long x = uvarint(path, in);
    return x >>> 1 ^ -(x & 1);
  }

  private static long uvarint(Path path, ByteBuffer in) throws CorruptionException {
    int start = in.position();
    long out = 0;
    for (int shift = 0; shift < 70 && in.hasRemaining(); shift += 7) {
      int b = in.get();
      if (shift == 63 && (b & 0xff) > 1) {
        break;
      }
      out |= (long) (b & 0x7f) << shift;
      if (b >= 0) {
        return out;
      }
    }
    throw new CorruptionException(path, start, "got no whole varint of 64 bits");
  }

  /** The content of the file. */
  public byte[] encode() {
    byte[] out = new byte[Math.toIntExact(HEADER + 30 * count() + 4)];
    ByteBuffer.wrap(out).putInt(MAGIC).put((byte) VERSION);
    int n = HEADER;
    for (int i = 0; i < ids.length; i++) {
      for (int j = 0; j < intervals[i].size(); j++) {
        n = BufferedOutput.uvarint(Integer.toUnsignedLong(ids[i]), out, n);
        n = BufferedOutput.varint(intervals[i].from(j), out, n);
        n = BufferedOutput.varint(intervals[i].to(j), out, n);
      }
    }
    CRC32C crc = new CRC32C();
    crc.update(out, HEADER, n - HEADER);
    ByteBuffer.wrap(out).putInt(n, (int) crc.getValue());
    return Arrays.copyOf(out, n + 4);
  }

  /** Writes the file of a block anew, durably: a reader sees the old one or the new one. */
  public void write(Disk disk, Path directory) throws IOException {
    replace(disk, directory.resolve(FILE_NAME), encode());
  }

  /** Puts {@code content} in the place of a file, whole or not at all. */
  static void replace(Disk disk, Path path, byte[] content) throws IOException {
    Path tmp = path.resolveSibling(path.getFileName() + ".tmp");
    try {
      try (OutputFile out = disk.create(tmp)) {
        out.write(ByteBuffer.wrap(content));
        out.sync();
      }
      disk.move(tmp, path);
    } catch (IOException e) {
      try {
        disk.delete(tmp);
      } catch (IOException again) {
        e.addSuppressed(again);
      }
      throw e;
    }
    disk.syncDirectory(java.util.Objects.requireNonNull(path.getParent()));
  }

  public boolean isEmpty() {
    return ids.length == 0;
  }

  /** The number of ranges of all series. */
  public long count() {
    long n = 0;
    for (Intervals i : intervals) {
      n += i.size();
    }
    return n;
  }

  /** The number of series that have deleted ranges. */
  public int seriesCount() {
    return ids.length;
  }

  /** The series at position {@code i}, in ascending order. */
  public int series(int i) {
    return ids[i];
  }

  /** What is deleted of a series. */
  public Intervals of(int id) {
    int low = 0;
    int high = ids.length - 1;
    while (low <= high) {
      int mid = (low + high) >>> 1;
      int c = Integer.compareUnsigned(ids[mid], id);
      if (c == 0) {
        return intervals[mid];
      }
      if (c < 0) {
        low = mid + 1;
      } else {
        high = mid - 1;
      }
    }
    return Intervals.NONE;
  }

  /** These and others. */
  public Tombstones with(Map<Integer, Intervals> more) {
    TreeMap<Integer, Intervals> all = new TreeMap<>(more);
    for (int i = 0; i < ids.length; i++) {
      all.merge(ids[i], intervals[i], Intervals::union);
    }
    return of(all);
  }
}
