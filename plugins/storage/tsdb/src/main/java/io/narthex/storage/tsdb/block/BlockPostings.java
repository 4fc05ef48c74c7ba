package io.narthex.storage.tsdb.block;

import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.postings.Bitmap;
import io.narthex.storage.tsdb.postings.MatchCache;
import io.narthex.storage.tsdb.postings.PostingIndex;
import java.util.function.Predicate;

/** The postings of a block as matching reads them. Safe for several threads. */
final class BlockPostings implements PostingIndex {
  private final BlockPart part;
  private final IndexReader index;
  private final MatchCache cache;

  BlockPostings(BlockPart part, IndexReader index, MatchCache cache) {
    this.part = part;
    this.index = index;
    this.cache = cache;
  }

  @Override
  public MatchCache cache() {
    return cache;
  }

  @Override
  public int valueCount(String name) {
    return name.isEmpty() ? 0 : index.valueCount(name);
  }

  @Override
  public String value(int id, String name) throws StorageException {
    try {
      return part.value(id, name);
    } catch (CorruptionException e) {
      throw Failures.of(e);
    }
  }

  @Override
  public int count(String name, String value) throws StorageException {
    byte[] utf8 = IndexReader.utf8(value);
    if (name.isEmpty() || utf8 == null) {
      return 0;
    }
    try {
      return index.count(name, utf8);
    } catch (CorruptionException e) {
      throw Failures.of(e);
    }
  }

  @Override
  public Bitmap all() throws StorageException {
    try {
      return index.all();
    } catch (CorruptionException e) {
      throw Failures.of(e);
    }
  }

  @Override
  public Bitmap of(String name, String value) throws StorageException {
    byte[] utf8 = IndexReader.utf8(value);
    if (name.isEmpty() || utf8 == null) {
      return new Bitmap();
    }
    try {
      return index.postings(name, utf8);
    } catch (CorruptionException e) {
      throw Failures.of(e);
    }
  }

  @Override
  public Bitmap ofMatching(String name, String prefix, Predicate<String> wanted)
      throws StorageException {
    // A prefix may end within a surrogate pair.
    int length = prefix.length();
    boolean cut = length > 0 && Character.isHighSurrogate(prefix.charAt(length - 1));
    byte[] utf8 = IndexReader.utf8(cut ? prefix.substring(0, length - 1) : prefix);
    if (name.isEmpty() || utf8 == null) {
      return new Bitmap();
    }
    try {
      return index.postingsMatching(name, utf8, wanted);
    } catch (CorruptionException e) {
      throw Failures.of(e);
    }
  }

  @Override
  public Bitmap withLabel(String name) throws StorageException {
    if (name.isEmpty()) {
      return new Bitmap();
    }
    try {
      return index.postingsOfName(name);
    } catch (CorruptionException e) {
      throw Failures.of(e);
    }
  }
}
