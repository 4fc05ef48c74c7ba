package io.narthex.storage.tsdb.block;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.postings.Bitmap;
import io.narthex.storage.tsdb.postings.Matching;
import io.narthex.storage.tsdb.postings.PostingIndex;
import io.narthex.storage.tsdb.select.ChunkList;
import io.narthex.storage.tsdb.select.Intervals;
import io.narthex.storage.tsdb.select.Part;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** A block as one reader sees it. */
final class BlockPart implements Part {
  private final Block block;
  private final IndexReader index;
  private final ChunkSegments segments;
  private final Tombstones tombstones;
  private final PostingIndex postings;
  private final long minTime;
  private final long maxTime;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * Buffers of the call before; a call that finds none, another thread being at work, makes new.
   */
  private final AtomicReference<@Nullable Buffers> spare = new AtomicReference<>();

  private static final class Buffers {
    final SeriesEntry entry = new SeriesEntry();
    final byte[] chunk = new byte[2048];
    final Labels.Builder labels = Labels.builder();

    /**
     * Symbols and strings of the labels given last. Series are mostly asked for in their order,
     * where many strings are those of the one before.
     */
    int[] lastSymbols = new int[32];

    @Nullable String[] lastTexts = new String[32];
  }

  BlockPart(
      Block block,
      IndexReader index,
      ChunkSegments segments,
      Tombstones tombstones,
      long minTime,
      long maxTime) {
    this.block = block;
    this.index = index;
    this.segments = segments;
    this.tombstones = tombstones;
    this.postings = new BlockPostings(this, index, block.matches());
    this.minTime = minTime;
    this.maxTime = maxTime;
  }

  private Buffers take() {
    Buffers buffers = spare.getAndSet(null);
    return buffers == null ? new Buffers() : buffers;
  }

  private void giveBack(Buffers buffers) {
    spare.set(buffers);
  }

  @Override
  public long minTime() {
    return minTime;
  }

  @Override
  public long maxTime() {
    return maxTime;
  }

  @Override
  public Bitmap select(List<Matcher> matchers) throws StorageException {
    return Matching.select(postings, matchers);
  }

  @Override
  public boolean sortedIds() {
    return true;
  }

  @Override
  public Labels labels(int id) throws StorageException {
    Buffers buffers = take();
    try {
      SeriesEntry entry = buffers.entry;
      index.series(id, entry, false);
      SymbolCache names = block.names();
      SymbolCache values = block.values();
      int n = 2 * entry.labelCount;
      if (buffers.lastSymbols.length < n) {
        buffers.lastSymbols = Arrays.copyOf(buffers.lastSymbols, 2 * n);
        buffers.lastTexts = Arrays.copyOf(buffers.lastTexts, 2 * n);
      }
      int[] symbols = buffers.lastSymbols;
      @Nullable String[] texts = buffers.lastTexts;
      Labels.Builder out = buffers.labels.reset(Labels.empty());
      String name = "";
      for (int i = 0; i < n; i++) {
        int symbol = entry.labels[i];
        String text = texts[i];
        if (text == null || symbols[i] != symbol) {
          text = (i & 1) == 0 ? names.get(symbol) : values.get(symbol);
          symbols[i] = symbol;
          texts[i] = text;
        }
        if ((i & 1) == 0) {
          name = text;
        } else if (name.isEmpty()) {
          throw new CorruptionException(
              index.file().path(),
              -1,
              "series " + Integer.toUnsignedLong(id) + " has a label without a name");
        } else {
          out.set(name, text);
        }
      }
      return out.build();
    } catch (CorruptionException e) {
      throw Failures.of(e);
    } finally {
      giveBack(buffers);
    }
  }

  /** The value of a series' label; "" when it has none. */
  String value(int id, String name) throws CorruptionException {
    Buffers buffers = take();
    try {
      SeriesEntry entry = buffers.entry;
      index.series(id, entry, false);
      SymbolCache names = block.names();
      for (int i = 0; i < 2 * entry.labelCount; i += 2) {
        if (names.get(entry.labels[i]).equals(name)) {
          return block.values().get(entry.labels[i + 1]);
        }
      }
      return "";
    } finally {
      giveBack(buffers);
    }
  }

  @Override
  public void chunks(int id, long from, long to, ChunkList into) throws StorageException {
    Buffers buffers = take();
    try {
      index.series(id, buffers.entry);
      add(
          segments,
          buffers.entry,
          Math.max(from, minTime),
          Math.min(to, maxTime),
          tombstones.of(id),
          buffers.chunk,
          into);
    } catch (CorruptionException e) {
      throw Failures.of(e);
    } finally {
      giveBack(buffers);
    }
  }

  /** Adds the chunks of a series that overlap a range and are not wholly deleted. */
  static void add(
      ChunkSegments segments,
      SeriesEntry entry,
      long from,
      long to,
      Intervals deleted,
      byte[] scratch,
      ChunkList into)
      throws CorruptionException {
    if (from > to) {
      return;
    }
    for (int i = 0; i < entry.chunkCount; i++) {
      long min = entry.minTimes[i];
      long max = entry.maxTimes[i];
      if (min <= to && from <= max && (deleted.isEmpty() || !deleted.covers(min, max))) {
        segments.add(entry.references[i], min, max, deleted, scratch, into);
      }
    }
  }

  @Override
  public boolean hasChunks(int id, long minTime, long maxTime) throws StorageException {
    long from = Math.max(minTime, this.minTime);
    long to = Math.min(maxTime, this.maxTime);
    if (from > to) {
      return false;
    }
    Buffers buffers = take();
    try {
      SeriesEntry entry = buffers.entry;
      index.series(id, entry);
      Intervals deleted = tombstones.of(id);
      for (int i = 0; i < entry.chunkCount; i++) {
        long min = entry.minTimes[i];
        long max = entry.maxTimes[i];
        if (min <= to
            && from <= max
            && (deleted.isEmpty() || !deleted.covers(Math.max(min, from), Math.min(max, to)))) {
          return true;
        }
      }
      return false;
    } catch (CorruptionException e) {
      throw Failures.of(e);
    } finally {
      giveBack(buffers);
    }
  }

  @Override
  public List<String> labelValues(
      String name, List<Matcher> matchers, int limit, Predicate<String> test)
      throws StorageException {
    int number = name.isEmpty() ? -1 : index.table().number(name);
    if (number < 0) {
      return List.of();
    }
    int most = limit <= 0 ? Integer.MAX_VALUE : limit + (limit == Integer.MAX_VALUE ? 0 : 1);
    List<Matcher> ofValue = new ArrayList<>();
    List<Matcher> ofOthers = new ArrayList<>();
    for (Matcher m : matchers) {
      (m.name().equals(name) ? ofValue : ofOthers).add(m);
    }
    try {
      if (ofOthers.isEmpty()) {
        return values(number, ofValue, null, most, test);
      }
      Bitmap selected = select(matchers);
      if (selected.isEmpty()) {
        return List.of();
      }
      // Either look into the few series, or into the postings of all values.
      return selected.size() < index.table().valueCount(number)
              || selected.size() < index.seriesCount() / 16
          ? valuesOf(selected, name, most, test)
          : values(number, ofValue, selected, most, test);
    } catch (CorruptionException e) {
      throw Failures.of(e);
    }
  }

  /** The values that match and, unless {@code selected} is null, are those of a selected series. */
  private List<String> values(
      int number,
      List<Matcher> matchers,
      @Nullable Bitmap selected,
      int most,
      Predicate<String> test)
      throws CorruptionException {
    List<String> out = new ArrayList<>();
    PostingsDecoder decoder = new PostingsDecoder(index);
    PostingsTable.Values values = index.table().values(number);
    next:
    while (out.size() < most && values.next()) {
      String value = values.string();
      for (Matcher m : matchers) {
        if (!m.matches(value)) {
          continue next;
        }
      }
      if (selected != null) {
        decoder.read(values.postings());
        boolean found = false;
        for (int i = 0; i < decoder.size && !found; i++) {
          found = selected.contains(decoder.ids[i]);
        }
        if (!found) {
          continue;
        }
      }
      if (test.test(value)) {
        out.add(value);
      }
    }
    return out;
  }

  /** The values that the series have. */
  private List<String> valuesOf(Bitmap selected, String name, int most, Predicate<String> test)
      throws CorruptionException, StorageException {
    SymbolCache names = block.names();
    Bitmap symbols = new Bitmap();
    SeriesEntry entry = new SeriesEntry();
    for (int id : selected.toArray()) {
      index.series(id, entry, false);
      for (int i = 0; i < 2 * entry.labelCount; i += 2) {
        if (names.get(entry.labels[i]).equals(name)) {
          symbols.add(entry.labels[i + 1]);
          break;
        }
      }
    }
    return texts(symbols, most, test);
  }

  @Override
  public List<String> labelNames(List<Matcher> matchers, int limit) throws StorageException {
    int most = limit <= 0 ? Integer.MAX_VALUE : limit + (limit == Integer.MAX_VALUE ? 0 : 1);
    List<String> all = index.labelNames();
    if (matchers.isEmpty()) {
      return all.size() <= most ? all : all.subList(0, most);
    }
    try {
      Bitmap symbols = new Bitmap();
      SeriesEntry entry = new SeriesEntry();
      int seen = 0;
      for (int id : select(matchers).toArray()) {
        index.series(id, entry, false);
        for (int i = 0; i < 2 * entry.labelCount; i += 2) {
          if (!symbols.contains(entry.labels[i])) {
            symbols.add(entry.labels[i]);
            seen++;
          }
        }
        if (seen == all.size()) {
          break;
        }
      }
      return texts(symbols, most, name -> true);
    } catch (CorruptionException e) {
      throw Failures.of(e);
    }
  }

  /** The strings of symbols in order; references ascend as strings do. */
  private List<String> texts(Bitmap symbols, int most, Predicate<String> test)
      throws CorruptionException {
    List<String> out = new ArrayList<>();
    for (int symbol : symbols.toArray()) {
      if (out.size() == most) {
        break;
      }
      String text = index.symbol(symbol);
      if (test.test(text)) {
        out.add(text);
      }
    }
    return out;
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      block.release();
    }
  }
}
