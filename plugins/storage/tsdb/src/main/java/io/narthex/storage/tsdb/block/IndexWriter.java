package io.narthex.storage.tsdb.block;

import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.file.Disk;
import io.narthex.storage.tsdb.file.MappedFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Writes the index of a block, format version 2, front to back: symbols, then series in the order
 * of their labels, then (in {@link #finish}) postings. For the format see {@link IndexReader}.
 * Belongs to one thread.
 *
 * <p>Postings are not collected while series come in: the series, by then in the page cache, are
 * read again, for as many label names at once as have {@link #BATCH} uses in all. A batch takes 8
 * bytes for each use, so memory is bounded by the batch or, for a label that more series have, by 8
 * bytes a series.
 */
final class IndexWriter implements AutoCloseable {
  /** The limit of the format: 2^32 ids, 16 bytes each. */
  private static final long MAX_SIZE = 16 * 0xffff_ffffL;

  /** Uses of labels for which postings are made in one pass. */
  private static final int BATCH = 1 << 21;

  private final Disk disk;
  private final Path path;
  private final BufferedOutput out;
  private final int batch;
  private boolean symbolsWritten;
  private int symbolCount;
  private long symbolsAt;
  private long seriesAt;

  /** How often each symbol is used as a label name. */
  private long[] nameUses = new long[0];

  private int seriesCount;
  private long lastReference = -1;
  private int[] lastLabels = new int[0];
  private int lastLength = -1;
  private byte[] entry = new byte[256];
  private final CRC32C crc = new CRC32C();

  IndexWriter(Disk disk, Path path) throws IOException {
    this(disk, path, BATCH);
  }

  IndexWriter(Disk disk, Path path, int batch) throws IOException {
    this.disk = disk;
    this.path = path;
    this.batch = batch;
    this.out = new BufferedOutput(disk.create(path));
    out.be32(IndexReader.MAGIC);
    out.u8(IndexReader.V2);
  }

  /**
   * Writes the symbols: once, before the first series.
   *
   * @param sorted the strings in UTF-8, ascending by unsigned bytes, without duplicates
   */
  void symbols(Iterator<byte[]> sorted) throws IOException {
    if (symbolsWritten) {
      throw new IllegalStateException("cannot write symbols: they have been written");
    }
    symbolsWritten = true;
    symbolsAt = out.position();
    out.be32(0);
    out.be32(0);
    byte[] last = null;
    while (sorted.hasNext()) {
      byte[] symbol = sorted.next();
      if (last != null && Arrays.compareUnsigned(last, symbol) >= 0) {
        throw new IllegalArgumentException(
            "cannot write symbols: "
                + new String(symbol, StandardCharsets.UTF_8)
                + " comes after "
                + new String(last, StandardCharsets.UTF_8));
      }
      out.uvarint(symbol.length);
      out.bytes(symbol, 0, symbol.length);
      symbolCount++;
      last = symbol;
    }
    long length = out.position() - symbolsAt - 4;
    if (length > 0xffff_ffffL) {
      throw new IOException(
          "cannot write " + path + ": the symbols take " + length + " bytes, want less than 2^32");
    }
    out.overwrite32(symbolsAt, (int) length);
    out.overwrite32(symbolsAt + 4, symbolCount);
    // The checksum covers the number of symbols, which was not known before.
    try (MappedFile file = disk.map(path)) {
      out.be32(FileCursor.crc(file.segment(), symbolsAt + 4, length));
    }
    nameUses = new long[symbolCount];
    seriesAt = out.position();
  }

  /**
   * Writes a series.
   *
   * @param labels symbol numbers of names and values in turn, sorted by name
   * @param count the number of labels
   * @param chunkCount the number of chunks; times and references are {@link SeriesEntry}'s
   */
  void series(
      int[] labels, int count, int chunkCount, long[] minTimes, long[] maxTimes, long[] references)
      throws IOException {
    if (!symbolsWritten) {
      throw new IllegalStateException("cannot write a series: symbols have not been written");
    }
    check(labels, 2 * count);
    out.pad(16);
    long position = out.position();
    if (position > MAX_SIZE) {
      throw new IOException("cannot write " + path + ": the index exceeds 64 GiB");
    }
    int most = 20 + 10 * count + 30 * chunkCount;
    if (entry.length < most) {
      entry = new byte[Math.max(most, 2 * entry.length)];
    }
    byte[] to = entry;
    int n = BufferedOutput.uvarint(count, to, 0);
    for (int i = 0; i < 2 * count; i++) {
      n = BufferedOutput.uvarint(labels[i], to, n);
    }
    n = BufferedOutput.uvarint(chunkCount, to, n);
    for (int i = 0; i < chunkCount; i++) {
      if (maxTimes[i] < minTimes[i] || (i > 0 && minTimes[i] <= maxTimes[i - 1])) {
        throw new IllegalArgumentException(
            "cannot write a series: its chunk "
                + i
                + " has the times "
                + minTimes[i]
                + " to "
                + maxTimes[i]
                + (i > 0 ? " after " + maxTimes[i - 1] : ""));
      }
      if (references[i] <= lastReference) {
        throw new IllegalArgumentException("cannot write a series: its chunks are out of order");
      }
      n =
          i == 0
              ? BufferedOutput.varint(minTimes[0], to, n)
              : BufferedOutput.uvarint(minTimes[i] - maxTimes[i - 1], to, n);
      n = BufferedOutput.uvarint(maxTimes[i] - minTimes[i], to, n);
      n =
          i == 0
              ? BufferedOutput.uvarint(references[0], to, n)
              : BufferedOutput.varint(references[i] - references[i - 1], to, n);
      lastReference = references[i];
    }
    crc.reset();
    crc.update(to, 0, n);
    out.uvarint(n);
    out.bytes(to, 0, n);
    out.be32((int) crc.getValue());
    for (int i = 0; i < count; i++) {
      nameUses[labels[2 * i]]++;
    }
    if (seriesCount == Integer.MAX_VALUE) {
      throw new IOException("cannot write " + path + ": it has more than 2^31 series");
    }
    seriesCount++;
  }

  /** Labels sorted by name, series sorted by labels. */
  private void check(int[] labels, int length) {
    for (int i = 0; i < length; i++) {
      if (labels[i] < 0 || labels[i] >= symbolCount) {
        throw new IllegalArgumentException(
            "cannot write a series: got symbol " + labels[i] + " of " + symbolCount);
      }
      if ((i & 1) == 0 && i > 0 && labels[i] <= labels[i - 2]) {
        throw new IllegalArgumentException("cannot write a series: its labels are out of order");
      }
    }
    if (lastLength >= 0 && Arrays.compare(lastLabels, 0, lastLength, labels, 0, length) >= 0) {
      throw new IllegalArgumentException(
          "cannot write a series: it does not come after the one before");
    }
    if (lastLabels.length < length) {
      lastLabels = new int[2 * length];
    }
    System.arraycopy(labels, 0, lastLabels, 0, length);
    lastLength = length;
  }

  /** The number of series written. */
  int seriesCount() {
    return seriesCount;
  }

  /** Writes the postings and the rest, makes all durable, closes; gives the size in bytes. */
  long finish() throws IOException {
    if (!symbolsWritten) {
      symbols(java.util.Collections.emptyIterator());
    }
    long seriesEnd = out.position();
    out.flush();
    long postingsAt = seriesEnd;
    long tableAt;
    try (MappedFile file = disk.map(path)) {
      Postings postings = new Postings(file, seriesEnd);
      out.pad(4);
      postings.write();
      tableAt = out.position();
      postings.writeTable();
    }
    out.startSum();
    out.be64(symbolsAt);
    out.be64(seriesAt);
    // No label indices: nothing has read them since Prometheus 2.0.
    out.be64(seriesEnd);
    out.be64(tableAt);
    out.be64(postingsAt);
    out.be64(tableAt);
    out.putSum();
    if (out.position() > MAX_SIZE) {
      throw new IOException("cannot write " + path + ": the index exceeds 64 GiB");
    }
    out.sync();
    out.close();
    return out.position();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }

  /** Makes postings from the series that have been written. */
  private final class Postings {
    private final MappedFile file;
    private final long seriesEnd;
    private final Symbols symbols;

    /** Symbols that are label names, ascending. */
    private final int[] names;

    /** How many values each name has. */
    private final int[] valueCounts;

    /** For each label in the order of the table: symbol of the value, number of series. */
    private int[] values = new int[1024];

    private int[] sizes = new int[1024];
    private int labels;
    private long tableEntries = 1;

    /** For {@link #writeNames}; kept from batch to batch. */
    private long[] pairs = new long[0];

    Postings(MappedFile file, long seriesEnd) throws CorruptionException {
      this.file = file;
      this.seriesEnd = seriesEnd;
      this.symbols = Symbols.open(file, IndexReader.V2, symbolsAt, false);
      int n = 0;
      int[] used = new int[16];
      for (int i = 0; i < nameUses.length; i++) {
        if (nameUses[i] > 0) {
          if (n == used.length) {
            used = Arrays.copyOf(used, 2 * n);
          }
          used[n++] = i;
        }
      }
      names = Arrays.copyOf(used, n);
      valueCounts = new int[n];
    }

    void write() throws IOException {
      firstPostings = out.position();
      writeAll();
      for (int from = 0; from < names.length; ) {
        long uses = nameUses[names[from]];
        int to = from + 1;
        while (to < names.length && uses + nameUses[names[to]] <= batch) {
          uses += nameUses[names[to++]];
        }
        writeNames(from, to, Math.toIntExact(uses));
        from = to;
      }
    }

    private long firstPostings;

    private void writeAll() throws IOException {
      out.be32(Math.toIntExact(4L * seriesCount + 4));
      out.startSum();
      out.be32(seriesCount);
      FileCursor in = FileCursor.over(file, seriesAt, seriesEnd, "the series");
      for (int i = 0; i < seriesCount; i++) {
        in.seek(in.position() + 15 & ~15L);
        out.be32((int) (in.position() >>> 4));
        in.skip(in.length() + 4L);
      }
      out.putSum();
    }

    /** Writes the postings of names {@code from..to}, which have {@code uses} in all. */
    private void writeNames(int from, int to, int uses) throws IOException {
      // Value symbol above, series id below; each name has a part of its own. The last name that
      // is wanted ends the search in a series, its names being sorted.
      if (pairs.length < uses) {
        pairs = new long[uses];
      }
      int[] ends = new int[to - from];
      int start = 0;
      for (int i = from; i < to; i++) {
        ends[i - from] = start;
        start += (int) nameUses[names[i]];
      }
      int first = names[from];
      int last = names[to - 1];
      FileCursor in = FileCursor.over(file, seriesAt, seriesEnd, "the series");
      for (int i = 0; i < seriesCount; i++) {
        in.seek(in.position() + 15 & ~15L);
        long id = in.position() >>> 4;
        int length = in.length();
        long end = in.position() + length + 4;
        int at = 0;
        for (long n = in.uvarint64(); n > 0; n--) {
          int name = (int) in.uvarint64();
          int value = (int) in.uvarint64();
          if (name > last) {
            break;
          }
          if (name >= first) {
            // Both are sorted: the search goes on where it ended.
            while (names[from + at] != name) {
              at++;
            }
            pairs[ends[at]++] = (long) value << 32 | id;
          }
        }
        in.seek(end);
      }
      start = 0;
      for (int i = from; i < to; i++) {
        int end = ends[i - from];
        // Ids below 2^32 and symbols below 2^31: the order is that of values, then of series.
        Arrays.sort(pairs, start, end);
        int before = labels;
        while (start < end) {
          int value = (int) (pairs[start] >>> 32);
          int next = start + 1;
          while (next < end && (int) (pairs[next] >>> 32) == value) {
            next++;
          }
          out.be32(Math.toIntExact(4L * (next - start) + 4));
          out.startSum();
          out.be32(next - start);
          for (int j = start; j < next; j++) {
            out.be32((int) pairs[j]);
          }
          out.putSum();
          add(value, next - start);
          start = next;
        }
        valueCounts[i] = labels - before;
      }
    }

    private void add(int value, int size) {
      if (labels == values.length) {
        values = Arrays.copyOf(values, 2 * labels);
        sizes = Arrays.copyOf(sizes, 2 * labels);
      }
      values[labels] = value;
      sizes[labels++] = size;
      tableEntries++;
    }

    void writeTable() throws IOException {
      long at = out.position();
      out.be32(0);
      out.startSum();
      if (tableEntries > 0xffff_ffffL) {
        throw new IOException("cannot write " + path + ": it has more than 2^32 labels");
      }
      out.be32((int) tableEntries);
      long offset = firstPostings;
      entry(new byte[0], new byte[0], offset);
      offset += 12 + 4L * seriesCount;
      int label = 0;
      for (int i = 0; i < names.length; i++) {
        byte[] name = symbols.bytes(names[i]);
        @Nullable FileCursor in = null;
        int symbol = 0;
        for (int j = 0; j < valueCounts[i]; j++, label++) {
          int value = values[label];
          // Values ascend: near ones are found by going on, far ones by a new search.
          if (in == null || value - symbol > 64) {
            in = symbols.numbered(value);
          } else {
            for (; symbol < value; symbol++) {
              in.skipBytes();
            }
          }
          entry(name, in.bytes(), offset);
          symbol = value + 1;
          offset += 12 + 4L * sizes[label];
        }
      }
      long length = out.position() - at - 4;
      if (length > 0xffff_ffffL) {
        throw new IOException(
            "cannot write " + path + ": the postings offset table takes " + length + " bytes");
      }
      out.putSum();
      out.overwrite32(at, (int) length);
    }

    private void entry(byte[] name, byte[] value, long offset) throws IOException {
      out.u8(2);
      out.uvarint(name.length);
      out.bytes(name, 0, name.length);
      out.uvarint(value.length);
      out.bytes(value, 0, value.length);
      out.uvarint(offset);
    }
  }
}
