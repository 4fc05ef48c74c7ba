package io.narthex.storage.tsdb.block;

import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.file.MappedFile;
import io.narthex.storage.tsdb.postings.Bitmap;
import io.narthex.storage.tsdb.postings.BitmapUnion;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The index of a block, mapped: format versions 1 and 2 (and 3, which differs in the number alone).
 * Opening checks the checksums of the table of contents, the symbols and the postings offset table;
 * series and postings are checked when they are read. Safe for several threads; not to be used
 * after {@link #close}.
 *
 * <p>The file, numbers big-endian; for the sections see {@link Symbols}, {@link SeriesEntry},
 * {@link PostingsTable}:
 *
 * <pre>
 * magic 0xBAAAD700 (4) | version (1)
 * symbols | series, each at a multiple of 16 | label indices (not used any more)
 * postings: length (4) | number of series (4) | series ids, ascending (4 each) | CRC32C (4)
 * label offset table (not used any more) | postings offset table
 * contents: offsets of these six (8 each) | CRC32C (4)
 * </pre>
 *
 * <p>A series' id is its offset divided by 16; in version 1 the offset itself.
 */
public final class IndexReader implements AutoCloseable {
  public static final String FILE_NAME = "index";

  static final int MAGIC = 0xBAAAD700;
  static final int V1 = 1;
  static final int V2 = 2;
  static final int V3 = 3;
  static final int HEADER = 5;
  static final int CONTENTS = 6 * 8 + 4;

  /** Goes through the postings of labels. */
  @FunctionalInterface
  public interface PostingsVisitor {
    /**
     * Takes one label.
     *
     * @param value in UTF-8
     * @param series how many series have it
     */
    void label(String name, byte[] value, int series) throws IOException;
  }

  private final MappedFile file;
  private final int version;
  private final Symbols symbols;
  private final PostingsTable table;
  private final long seriesStart;
  private final long seriesEnd;

  private IndexReader(
      MappedFile file,
      int version,
      Symbols symbols,
      PostingsTable table,
      long seriesStart,
      long seriesEnd) {
    this.file = file;
    this.version = version;
    this.symbols = symbols;
    this.table = table;
    this.seriesStart = seriesStart;
    this.seriesEnd = seriesEnd;
  }

  /** Opens the index of a block. */
  public static IndexReader open(Disk disk, Path path) throws IOException {
    MappedFile file = disk.map(path);
    try {
      return open(file);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static IndexReader open(MappedFile file) throws CorruptionException {
    long size = file.segment().byteSize();
    if (size < HEADER + CONTENTS) {
      throw new CorruptionException(
          file.path(), 0, "got " + size + " bytes, want at least " + (HEADER + CONTENTS));
    }
    FileCursor head = FileCursor.over(file, 0, HEADER, "the header");
    int magic = head.be32();
    if (magic != MAGIC) {
      throw new CorruptionException(
          file.path(),
          0,
          "got magic number "
              + Integer.toHexString(magic)
              + ", want "
              + Integer.toHexString(MAGIC));
    }
    int version = head.u8();
    if (version < V1 || version > V3) {
      throw new CorruptionException(file.path(), 4, "got version " + version + ", want 1 to 3");
    }
    long tocStart = size - CONTENTS;
    FileCursor.checkSum(file, tocStart, CONTENTS - 4, "the table of contents");
    FileCursor toc = FileCursor.over(file, tocStart, size - 4, "the table of contents");
    long symbolsAt = toc.be64();
    long seriesAt = toc.be64();
    long labelIndicesAt = toc.be64();
    toc.be64();
    long postingsAt = toc.be64();
    long tableAt = toc.be64();
    long seriesEnd = tocStart;
    if (seriesAt == 0) {
      seriesEnd = 0;
    } else if (labelIndicesAt >= seriesAt) {
      seriesEnd = labelIndicesAt;
    } else if (postingsAt >= seriesAt) {
      seriesEnd = postingsAt;
    }
    if (seriesAt < 0 || seriesAt > seriesEnd || seriesEnd > tocStart) {
      throw new CorruptionException(
          file.path(),
          tocStart,
          "series stand outside the file; got bytes " + seriesAt + " to " + seriesEnd);
    }
    Symbols symbols = Symbols.open(file, version, symbolsAt, true);
    PostingsTable table = PostingsTable.open(file, version, tableAt);
    return new IndexReader(file, version, symbols, table, seriesAt, seriesEnd);
  }

  /** The format's version. */
  public int version() {
    return version;
  }

  /** Bytes of the file. */
  public long size() {
    return file.segment().byteSize();
  }

  /** Bytes of memory that the open index takes for its tables. */
  public long memory() {
    return symbols.memory() + table.memory();
  }

  Symbols symbols() {
    return symbols;
  }

  PostingsTable table() {
    return table;
  }

  MappedFile file() {
    return file;
  }

  /** The label names, in code point order. */
  public List<String> labelNames() {
    List<String> out = new ArrayList<>();
    for (String name : table.names()) {
      if (!name.isEmpty()) {
        out.add(name);
      }
    }
    return out;
  }

  /** How many values a label has. */
  public int valueCount(String name) {
    int number = table.number(name);
    return number < 0 ? 0 : table.valueCount(number);
  }

  /** The string that a series' labels refer to. */
  public String symbol(int reference) throws CorruptionException {
    return symbols.string(reference);
  }

  /** Reads a series. */
  public void series(int id, SeriesEntry into) throws CorruptionException {
    series(id, into, true);
  }

  void series(int id, SeriesEntry into, boolean chunks) throws CorruptionException {
    long offset = Integer.toUnsignedLong(id) * (version == V1 ? 1 : 16);
    if (offset < seriesStart || offset >= seriesEnd) {
      throw new CorruptionException(
          file.path(),
          offset,
          "got series id " + Integer.toUnsignedLong(id) + ", which stands outside the series");
    }
    into.read(file, offset, seriesEnd, chunks);
  }

  /** All series, in the order of their labels. */
  public Bitmap all() throws CorruptionException {
    return postings("", new byte[0]);
  }

  /** How many series there are. */
  public int seriesCount() throws CorruptionException {
    int number = table.number("");
    if (number < 0) {
      return 0;
    }
    long offset = table.find(number, new byte[0]);
    return offset < 0 ? 0 : postingsSize(offset);
  }

  /** The series with a label; {@code value} in UTF-8. */
  public Bitmap postings(String name, byte[] value) throws CorruptionException {
    int number = table.number(name);
    long offset = number < 0 ? -1 : table.find(number, value);
    Bitmap out = new Bitmap();
    if (offset >= 0) {
      PostingsDecoder decoder = new PostingsDecoder(this);
      decoder.read(offset);
      for (int i = 0; i < decoder.size; i++) {
        out.add(decoder.ids[i]);
      }
    }
    return out;
  }

  /** How many series have a label; {@code value} in UTF-8. */
  int count(String name, byte[] value) throws CorruptionException {
    int number = table.number(name);
    long offset = number < 0 ? -1 : table.find(number, value);
    return offset < 0 ? 0 : postingsSize(offset);
  }

  /** The union over the values of a label that satisfy {@code wanted} and begin with a prefix. */
  Bitmap postingsMatching(String name, byte[] prefix, Predicate<String> wanted)
      throws CorruptionException {
    return union(name, prefix, wanted);
  }

  /** The union over all values of a label. */
  Bitmap postingsOfName(String name) throws CorruptionException {
    return union(name, new byte[0], null);
  }

  private Bitmap union(String name, byte[] prefix, @Nullable Predicate<String> wanted)
      throws CorruptionException {
    int number = table.number(name);
    if (number < 0) {
      return new Bitmap();
    }
    BitmapUnion union = new BitmapUnion();
    PostingsDecoder decoder = new PostingsDecoder(this);
    PostingsTable.Values values =
        prefix.length == 0 ? table.values(number) : table.from(number, prefix);
    while (values.next() && values.startsWith(prefix)) {
      if (wanted == null || wanted.test(values.string())) {
        decoder.read(values.postings());
        for (int i = 0; i < decoder.size; i++) {
          union.add(decoder.ids[i]);
        }
      }
    }
    return union.build();
  }

  /** How many series postings have, without reading them. */
  int postingsSize(long offset) throws CorruptionException {
    FileCursor in = FileCursor.section(file, offset, false, "postings");
    int count = in.be32();
    if (count < 0 || in.remaining() != 4L * count) {
      throw new CorruptionException(
          file.path(),
          offset,
          "got " + Integer.toUnsignedLong(count) + " series in " + in.remaining() + " bytes");
    }
    if (count > maxSeries()) {
      throw new CorruptionException(
          file.path(), offset, "got " + count + " series, want at most " + maxSeries());
    }
    return count;
  }

  /** No more series than this fit in the file. */
  private long maxSeries() {
    // In version 1 an entry has seven bytes at least, later it takes 16.
    return (seriesEnd - seriesStart) / (version == V1 ? 7 : 16) + 1;
  }

  /** Goes through all labels in order, and tells how many series have each. */
  public void visitPostings(PostingsVisitor visitor) throws IOException {
    String[] names = table.names();
    for (int i = 0; i < names.length; i++) {
      if (names[i].isEmpty()) {
        continue;
      }
      PostingsTable.Values values = table.values(i);
      while (values.next()) {
        visitor.label(names[i], values.bytes(), postingsSize(values.postings()));
      }
    }
  }

  /** Reads all postings, to find those that are damaged. */
  void verifyPostings() throws CorruptionException {
    PostingsDecoder decoder = new PostingsDecoder(this);
    for (int i = 0; i < table.names().length; i++) {
      PostingsTable.Values values = table.values(i);
      while (values.next()) {
        decoder.read(values.postings());
      }
    }
  }

  /** UTF-8 of a string; null when it has an unpaired surrogate, so that no label can have it. */
  static byte @Nullable [] utf8(String s) {
    try {
      ByteBuffer out = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(s));
      byte[] bytes = new byte[out.remaining()];
      out.get(bytes);
      return bytes;
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
