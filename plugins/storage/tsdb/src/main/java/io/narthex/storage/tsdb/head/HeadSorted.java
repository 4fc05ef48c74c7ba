package io.narthex.storage.tsdb.head;

import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.select.ChunkList;
import io.narthex.storage.tsdb.select.SortedPart;
import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * The head's series in the order of their labels, for compaction.
 *
 * <p>Symbols are sorted once, then label pairs by their symbols' numbers, then series by their
 * pairs' numbers, so that no comparison of two series looks at a string.
 */
final class HeadSorted implements SortedPart {
  /** Gives the chunks of a series. */
  interface Chunks {
    void add(int slot, long minTime, long maxTime, ChunkList into) throws StorageException;
  }

  private final Head head;
  private final SeriesTable table;
  private final LabelStore labels;
  private final Chunks chunks;
  private final Runnable atEnd;

  /** Symbols: a name as its id, a value as {@code -1 - pair}. */
  private int[] symbols = new int[0];

  private int symbolCount;
  private int[] rankOfName = new int[0];
  private int[] rankOfPair = new int[0];
  private int[] series = new int[0];
  private int at = -1;
  private int[] pairs = new int[32];
  private int[] labelSymbols = new int[64];
  private int labelCount;

  /**
   * Sorts the series that {@code wanted} accepts.
   *
   * @param atEnd runs once at the end
   */
  HeadSorted(Head head, IntPredicate wanted, Chunks chunks, Runnable atEnd) {
    this.head = head;
    this.table = head.table();
    this.labels = head.labels();
    this.chunks = chunks;
    this.atEnd = atEnd;
    int[] slots = labels.all().toArray();
    int n = 0;
    for (int slot : slots) {
      if (table.ref(slot) != 0 && wanted.test(slot)) {
        slots[n++] = slot;
      }
    }
    series = Arrays.copyOf(slots, n);
    sort();
  }

  private void sort() {
    // Which pairs and names are used by these series.
    int pairCount = labels.pairCount();
    boolean[] used = new boolean[pairCount];
    boolean[] usedName = new boolean[0];
    int values = 0;
    int names = 0;
    int[] own = new int[32];
    for (int slot : series) {
      own = table.pairs(slot, own);
      int count = table.labelCount(slot);
      for (int i = 0; i < count; i++) {
        int pair = own[i];
        if (pair >= used.length) {
          used = Arrays.copyOf(used, Math.max(pair + 1, labels.pairCount()));
        }
        if (!used[pair]) {
          used[pair] = true;
          values++;
          int name = labels.nameOf(pair).id;
          if (name >= usedName.length) {
            usedName = Arrays.copyOf(usedName, name + 16);
          }
          if (!usedName[name]) {
            usedName[name] = true;
            names++;
          }
        }
      }
    }
    int[] ids = new int[values + names];
    long[] prefixes = new long[ids.length];
    int n = 0;
    int[] usedPairs = new int[values];
    int u = 0;
    byte[] scratch = new byte[256];
    for (int pair = 0; pair < used.length; pair++) {
      if (used[pair]) {
        usedPairs[u++] = pair;
        int length = labels.valueLength(pair);
        scratch = Varints.room(scratch, 0, length + 8);
        labels.copyValue(pair, scratch, 0);
        prefixes[n] = prefix(scratch, length);
        ids[n++] = -1 - pair;
      }
    }
    for (int name = 0; name < usedName.length; name++) {
      if (usedName[name]) {
        byte[] utf8 = labels.nameById(name).utf8;
        prefixes[n] = prefix(utf8, utf8.length);
        ids[n++] = name;
      }
    }
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      order[i] = i;
    }
    IntSort.sort(
        order,
        n,
        (a, b) -> {
          int c = Long.compareUnsigned(prefixes[a], prefixes[b]);
          return c != 0 ? c : Arrays.compareUnsigned(bytes(ids[a]), bytes(ids[b]));
        });
    rankOfName = new int[usedName.length];
    rankOfPair = new int[used.length];
    symbols = new int[n];
    byte[] before = null;
    long beforePrefix = 0;
    for (int i = 0; i < n; i++) {
      int id = ids[order[i]];
      byte[] now = null;
      boolean same = false;
      if (before != null && prefixes[order[i]] == beforePrefix) {
        now = bytes(id);
        same = Arrays.equals(before, now);
      }
      if (!same) {
        symbols[symbolCount++] = id;
        before = now == null ? bytes(id) : now;
        beforePrefix = prefixes[order[i]];
      }
      if (id >= 0) {
        rankOfName[id] = symbolCount - 1;
      } else {
        rankOfPair[-1 - id] = symbolCount - 1;
      }
    }
    // Pairs in the order of name, then value.
    long[] pairKeys = new long[values];
    int[] pairOrder = new int[values];
    for (int i = 0; i < values; i++) {
      int pair = usedPairs[i];
      pairKeys[i] = (long) rankOfName[labels.nameOf(pair).id] << 32 | rankOfPair[pair];
      pairOrder[i] = i;
    }
    IntSort.sort(pairOrder, values, (a, b) -> Long.compare(pairKeys[a], pairKeys[b]));
    int[] place = new int[used.length];
    for (int i = 0; i < values; i++) {
      place[usedPairs[pairOrder[i]]] = i + 1;
    }
    // Series by the places of their pairs; most differ in the first two.
    int m = series.length;
    long[] keys = new long[m];
    for (int i = 0; i < m; i++) {
      own = table.pairs(series[i], own);
      int count = table.labelCount(series[i]);
      keys[i] = (long) place[own[0]] << 32 | (count > 1 ? place[own[1]] : 0);
    }
    int[] seriesOrder = new int[m];
    for (int i = 0; i < m; i++) {
      seriesOrder[i] = i;
    }
    int[][] two = {new int[32], new int[32]};
    IntSort.sort(
        seriesOrder,
        m,
        (a, b) -> {
          int c = Long.compare(keys[a], keys[b]);
          return c != 0 ? c : comparePairs(series[a], series[b], place, two);
        });
    int[] sorted = new int[m];
    for (int i = 0; i < m; i++) {
      sorted[i] = series[seriesOrder[i]];
    }
    series = sorted;
  }

  private int comparePairs(int a, int b, int[] place, int[][] two) {
    two[0] = table.pairs(a, two[0]);
    two[1] = table.pairs(b, two[1]);
    int countA = table.labelCount(a);
    int countB = table.labelCount(b);
    int n = Math.min(countA, countB);
    for (int i = 0; i < n; i++) {
      int c = Integer.compare(place[two[0][i]], place[two[1][i]]);
      if (c != 0) {
        return c;
      }
    }
    return Integer.compare(countA, countB);
  }

  private static long prefix(byte[] bytes, int length) {
    long out = 0;
    for (int i = 0; i < 8; i++) {
      out = out << 8 | (i < length ? bytes[i] & 0xff : 0);
    }
    return out;
  }

  private byte[] bytes(int id) {
    if (id >= 0) {
      return labels.nameById(id).utf8;
    }
    byte[] out = new byte[labels.valueLength(-1 - id)];
    labels.copyValue(-1 - id, out, 0);
    return out;
  }

  /** The number of series. */
  int size() {
    return series.length;
  }

  /** The series, in the order of labels. */
  int[] slots() {
    return series;
  }

  @Override
  public int symbolCount() {
    return symbolCount;
  }

  @Override
  public byte[] symbol(int i) {
    return bytes(symbols[i]);
  }

  @Override
  public boolean next() {
    if (++at >= series.length) {
      return false;
    }
    pairs = table.pairs(series[at], pairs);
    labelCount = table.labelCount(series[at]);
    if (labelSymbols.length < 2 * labelCount) {
      labelSymbols = new int[4 * labelCount];
    }
    for (int i = 0; i < labelCount; i++) {
      labelSymbols[2 * i] = rankOfName[labels.nameOf(pairs[i]).id];
      labelSymbols[2 * i + 1] = rankOfPair[pairs[i]];
    }
    return true;
  }

  @Override
  public int labelCount() {
    return labelCount;
  }

  @Override
  public int[] labelSymbols() {
    return labelSymbols;
  }

  @Override
  public void chunks(long minTime, long maxTime, ChunkList into) throws StorageException {
    chunks.add(series[at], minTime, maxTime, into);
  }

  @Override
  public void close() {
    atEnd.run();
  }

  /** The head that this is of. */
  Head head() {
    return head;
  }
}
