package io.narthex.ingest.scrape;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * What one target exposed before: from a series' text, known by its hash, to the reference that the
 * storage gave; and which series were there at the last scrape, for stale markers. Used by one
 * thread at a time.
 *
 * <p>Entries are rows of parallel arrays in the order in which they were first seen, which is
 * mostly the order in which the target writes them; so the next sample is mostly the next row, and
 * the hash table ({@link #table}: row + 1, linear probing) is seldom asked. An entry takes about 40
 * bytes. A text is taken for known when its 64-bit hash and its length are: for half a million
 * series of one target, the chance that any two are mixed up is below one in a hundred million.
 */
final class SeriesCache {
  /** The reference of series that relabelling drops. */
  static final long DROPPED = -1;

  /** Set in {@link #lengths} where this scrape's sample gets no stale marker when it vanishes. */
  private static final int UNTRACKED = 1 << 31;

  /** The scrape after which a target's series are expected to be known. */
  private static final int SETTLED = 3;

  private static final int FIRST_ROWS = 16;
  private static final long[] NONE = {};

  /** In {@link #tracked}: after no scrape. */
  private static final int NEVER = -1;

  private long[] hashes = new long[FIRST_ROWS];
  private long[] refs = new long[FIRST_ROWS];
  private int[] lengths = new int[FIRST_ROWS];

  /** The scrape that had the series last. */
  private int[] seen = new int[FIRST_ROWS];

  /** The scrape after which its end would be marked. */
  private int[] tracked = new int[FIRST_ROWS];

  private int rows;
  private int[] table = new int[2 * FIRST_ROWS];
  private int expected;

  /** The number of the present scrape. */
  private int scrape = 1;

  private int rowsAtSuccess;

  /** The number of entries. */
  int size() {
    return rows;
  }

  /** The entry of a series, −1 when it is new. */
  int find(long hash, int length) {
    int guess = expected;
    if (guess < rows && hashes[guess] == hash && (lengths[guess] & ~UNTRACKED) == length) {
      expected = guess + 1;
      return guess;
    }
    int mask = table.length - 1;
    for (int slot = slot(hash, mask); table[slot] != 0; slot = slot + 1 & mask) {
      int row = table[slot] - 1;
      if (hashes[row] == hash && (lengths[row] & ~UNTRACKED) == length) {
        expected = row + 1;
        return row;
      }
    }
    return -1;
  }

  private static int slot(long hash, int mask) {
    return (int) (hash ^ hash >>> 32) & mask;
  }

  long ref(int entry) {
    return refs[entry];
  }

  /** The storage has given another reference. */
  void ref(int entry, long ref) {
    refs[entry] = ref;
  }

  /** Adds a series and returns its entry. */
  int add(long hash, int length, long ref) {
    if (rows == hashes.length) {
      int capacity = rows + (rows >> 1);
      hashes = Arrays.copyOf(hashes, capacity);
      refs = Arrays.copyOf(refs, capacity);
      lengths = Arrays.copyOf(lengths, capacity);
      seen = Arrays.copyOf(seen, capacity);
      tracked = Arrays.copyOf(tracked, capacity);
    }
    if (4 * (rows + 1) > 3 * table.length) {
      table = new int[2 * table.length];
      for (int row = 0; row < rows; row++) {
        enter(row);
      }
    }
    hashes[rows] = hash;
    refs[rows] = ref;
    lengths[rows] = length;
    seen[rows] = 0;
    tracked[rows] = NEVER;
    enter(rows);
    expected = rows + 1;
    return rows++;
  }

  private void enter(int row) {
    int mask = table.length - 1;
    int slot = slot(hashes[row], mask);
    while (table[slot] != 0) {
      slot = slot + 1 & mask;
    }
    table[slot] = row + 1;
  }

  /**
   * Notes that the present scrape has a series.
   *
   * @param track whether its end is to be marked
   * @return whether it had it already
   */
  boolean see(int entry, boolean track) {
    boolean again = seen[entry] == scrape;
    seen[entry] = scrape;
    lengths[entry] = track ? lengths[entry] & ~UNTRACKED : lengths[entry] | UNTRACKED;
    return again;
  }

  /** The present scrape's sample of a series was refused: its end will not be marked. */
  void untrack(int entry) {
    lengths[entry] |= UNTRACKED;
  }

  /**
   * The references of the series which the scrape before had and the present one has not, or would
   * not have if it is thrown away.
   *
   * @param failed whether what the present scrape had is thrown away
   */
  long[] stale(boolean failed) {
    Set<Long> stale = null;
    for (int row = 0; row < rows; row++) {
      if (tracked[row] == scrape - 1 && (failed || !current(row))) {
        stale = stale == null ? new LinkedHashSet<>() : stale;
        stale.add(refs[row]);
      }
    }
    if (stale == null) {
      return NONE;
    }
    if (!failed) {
      // The same labels may have come in another spelling.
      for (int row = 0; row < rows; row++) {
        if (current(row)) {
          stale.remove(refs[row]);
        }
      }
    }
    return stale.stream().mapToLong(Long::longValue).toArray();
  }

  private boolean current(int row) {
    return seen[row] == scrape && lengths[row] >= 0;
  }

  /**
   * Ends the present scrape.
   *
   * @param success whether it counts; otherwise it is as if nothing had been there
   * @return whether entries were thrown away because failed scrapes had brought too many
   */
  boolean finish(boolean success) {
    boolean forced = !success && rows > 2 * rowsAtSuccess + 1000;
    boolean gaps = false;
    for (int row = 0; row < rows; row++) {
      if (success && current(row)) {
        tracked[row] = scrape;
      }
      gaps |= seen[row] != scrape;
    }
    if (gaps && (success || forced)) {
      compact();
    }
    if (success) {
      rowsAtSuccess = rows;
      if (scrape == SETTLED) {
        trim();
      }
    }
    scrape++;
    expected = 0;
    return forced;
  }

  /** Throws away what the present scrape did not have. */
  private void compact() {
    int kept = 0;
    for (int row = 0; row < rows; row++) {
      if (seen[row] == scrape) {
        hashes[kept] = hashes[row];
        refs[kept] = refs[row];
        lengths[kept] = lengths[row];
        seen[kept] = seen[row];
        tracked[kept] = tracked[row];
        kept++;
      }
    }
    rows = kept;
    int capacity = Math.max(FIRST_ROWS, rows + (rows >> 3));
    if (hashes.length > 2 * capacity) {
      hashes = Arrays.copyOf(hashes, capacity);
      refs = Arrays.copyOf(refs, capacity);
      lengths = Arrays.copyOf(lengths, capacity);
      seen = Arrays.copyOf(seen, capacity);
      tracked = Arrays.copyOf(tracked, capacity);
    }
    int size = Integer.highestOneBit(Math.max(FIRST_ROWS, rows * 3 / 2)) * 2;
    table = new int[size];
    for (int row = 0; row < rows; row++) {
      enter(row);
    }
  }

  /** Gives back the room that growing took in advance. */
  private void trim() {
    if (hashes.length > rows + (rows >> 3)) {
      int capacity = Math.max(FIRST_ROWS, rows);
      hashes = Arrays.copyOf(hashes, capacity);
      refs = Arrays.copyOf(refs, capacity);
      lengths = Arrays.copyOf(lengths, capacity);
      seen = Arrays.copyOf(seen, capacity);
      tracked = Arrays.copyOf(tracked, capacity);
    }
  }
}
