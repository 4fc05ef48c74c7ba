package io.narthex.storage.tsdb.wal;

import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.file.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The files of a log: numbered without gaps, {@code 00000000}, {@code 00000001}, and so on. A
 * segment is a row of pages of 32 KiB; only the last page of a segment may be short. A page is a
 * row of fragments; what is behind the last one is zero. A record is one fragment, or several in
 * successive pages, and never leaves its segment.
 *
 * <pre>
 * fragment   type 1, length 2, CRC-32C of the data 4, data      (big-endian)
 * type       bits 0-2: 0 the rest of the page is empty, 1 whole record, 2 first fragment,
 *                      3 middle one, 4 last one
 *            bit 3: compressed by snappy; bit 4: by zstd (the record as a whole)
 * </pre>
 */
public final class Segments {
  /** Bytes of a page. */
  static final int PAGE = 32 * 1024;

  /** Bytes before the data of a fragment. */
  static final int HEADER = 7;

  /** Bytes of a segment, unless a group of records is larger. */
  public static final int DEFAULT_SIZE = 128 * 1024 * 1024;

  static final int FULL = 1;
  static final int FIRST = 2;
  static final int MIDDLE = 3;
  static final int LAST = 4;

  private Segments() {}

  /** A file of a log, and its number. */
  public record Segment(int index, Path path) {}

  /** The path of segment {@code index}. */
  public static Path path(Path directory, int index) {
    return directory.resolve(String.format(Locale.ROOT, "%08d", index));
  }

  /**
   * The segments in a folder in the order of their numbers; none when there is no such folder.
   *
   * @throws CorruptionException when a number is missing between two others
   */
  public static List<Segment> list(Disk disk, Path directory) throws IOException {
    List<Segment> found = listWithGaps(disk, directory);
    for (int i = 1; i < found.size(); i++) {
      if (found.get(i).index() != found.get(i - 1).index() + 1) {
        throw new CorruptionException(
            found.get(i).path(),
            -1,
            "segments are not sequential: got "
                + found.get(i).index()
                + " after "
                + found.get(i - 1).index());
      }
    }
    return found;
  }

  /** The numbered files in a folder in the order of their numbers. */
  static List<Segment> listWithGaps(Disk disk, Path directory) throws IOException {
    List<Segment> found = new ArrayList<>();
    for (Path path : disk.list(directory)) {
      int index = number(String.valueOf(path.getFileName()));
      if (index >= 0 && !disk.isDirectory(path)) {
        found.add(new Segment(index, path));
      }
    }
    found.sort((a, b) -> Integer.compare(a.index(), b.index()));
    return found;
  }

  /** The number that a name is made of, -1 when it is none. */
  static int number(String name) {
    if (name.isEmpty() || name.length() > 9) {
      return -1;
    }
    int n = 0;
    for (int i = 0; i < name.length(); i++) {
      int digit = name.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      n = 10 * n + digit;
    }
    return n;
  }
}
