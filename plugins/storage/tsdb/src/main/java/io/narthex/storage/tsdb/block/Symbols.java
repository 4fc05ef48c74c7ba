package io.narthex.storage.tsdb.block;

import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.file.MappedFile;
import java.util.Arrays;

/**
 * The symbol table of an index: all strings, sorted by their bytes. In memory stands the position
 * of every 16th string only, a quarter of a byte a string. In version 1 a reference is the string's
 * offset in the file, later its number. Safe for several threads.
 */
final class Symbols {
  private static final int STEP = 16;

  private final MappedFile file;
  private final int version;
  private final int count;

  /** Where the section's content begins and ends. */
  private final long start;

  private final long end;

  /** Every {@link #STEP}th position, counted from {@link #start}, unsigned. */
  private final int[] sparse;

  private Symbols(MappedFile file, int version, int count, long start, long end, int[] sparse) {
    this.file = file;
    this.version = version;
    this.count = count;
    this.start = start;
    this.end = end;
    this.sparse = sparse;
  }

  static Symbols open(MappedFile file, int version, long offset, boolean verify)
      throws CorruptionException {
    FileCursor in = FileCursor.section(file, offset, verify, "the symbol table");
    long start = in.position();
    long end = start + in.remaining();
    int count = in.be32();
    // Each string takes a byte at least.
    if (count < 0 || count > in.remaining()) {
      throw new CorruptionException(
          file.path(),
          start,
          "got "
              + Integer.toUnsignedLong(count)
              + " symbols in a table of "
              + (end - start)
              + " bytes");
    }
    int[] sparse = new int[(count + STEP - 1) / STEP];
    for (int i = 0; i < count; i++) {
      if (i % STEP == 0) {
        sparse[i / STEP] = (int) (in.position() - start);
      }
      in.skipBytes();
    }
    return new Symbols(file, version, count, start, end, sparse);
  }

  /** The number of strings. */
  int count() {
    return count;
  }

  /** Bytes that this object holds in memory. */
  long memory() {
    return 4L * sparse.length;
  }

  /** The string with a reference. */
  byte[] bytes(int ref) throws CorruptionException {
    return at(ref).bytes();
  }

  /** The string with a reference, as text. */
  String string(int ref) throws CorruptionException {
    return at(ref).string();
  }

  private FileCursor at(int ref) throws CorruptionException {
    if (version == IndexReader.V1) {
      long position = Integer.toUnsignedLong(ref);
      if (position < start + 4 || position >= end) {
        throw new CorruptionException(
            file.path(), position, "got a reference to a symbol outside the table");
      }
      return FileCursor.over(file, position, end, "a symbol");
    }
    return numbered(ref);
  }

  /** A cursor before string number {@code i}. */
  FileCursor numbered(int i) throws CorruptionException {
    if (i < 0 || i >= count) {
      throw new CorruptionException(
          file.path(), start, "got symbol " + Integer.toUnsignedLong(i) + " of " + count);
    }
    FileCursor in =
        FileCursor.over(file, start + Integer.toUnsignedLong(sparse[i / STEP]), end, "a symbol");
    for (int skip = i % STEP; skip > 0; skip--) {
      in.skipBytes();
    }
    return in;
  }

  /**
   * Version 1 only: the references of all strings in order, to number them.
   *
   * @throws CorruptionException when they are not sorted by bytes
   */
  int[] references() throws CorruptionException {
    int[] out = new int[count];
    FileCursor in = FileCursor.over(file, start + 4, end, "the symbol table");
    byte[] last = null;
    for (int i = 0; i < count; i++) {
      out[i] = (int) in.position();
      byte[] next = in.bytes();
      if (last != null && Arrays.compareUnsigned(last, next) >= 0) {
        throw in.corruption("symbol " + i + " is not greater than the one before");
      }
      last = next;
    }
    return out;
  }
}
