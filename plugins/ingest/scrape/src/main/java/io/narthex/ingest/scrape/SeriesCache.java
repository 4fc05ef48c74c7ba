package io.narthex.ingest.scrape;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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

  /** Set in {@link #lengths} where another text has the same labels, and so the same reference. */
  private static final int SHARED = 1 << 30;

  private static final int LENGTH = SHARED - 1;

  /** The scrape after which a target's series are expected to be known. */
  private static final int SETTLED = 3;

  private static final int FIRST_ROWS = 16;
  private static final long[] NONE = {};
  private static final int[] NO_ROWS = {};
  private static final @Nullable StartSynthesis[] NO_SYNTHESES = {};

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

  /** No row has a higher reference. */
  private long highestRef = DROPPED;

  /**
   * Rows by reference (row + 1, linear probing), from the first time in a scrape that a reference
   * comes which may be another row's; empty otherwise. New series have higher references than those
   * before, so it is seldom made.
   */
  private int[] byRef = NO_ROWS;

  private int byRefCount;

  /** For references that several texts share, the scrape that had one of them last. */
  private final Map<Long, Integer> sharedSeen = new HashMap<>();

  /** By row, up to the last that has one: empty without the feature. */
  private @Nullable StartSynthesis[] syntheses = NO_SYNTHESES;

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
    if (guess < rows && hashes[guess] == hash && (lengths[guess] & LENGTH) == length) {
      expected = guess + 1;
      return guess;
    }
    int mask = table.length - 1;
    for (int slot = slot(hash, mask); table[slot] != 0; slot = slot + 1 & mask) {
      int row = table[slot] - 1;
      if (hashes[row] == hash && (lengths[row] & LENGTH) == length) {
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

  /**
   * The storage has given another reference.
   *
   * @return whether the present scrape had it already, by another text of the same labels
   */
  boolean ref(int entry, long ref) {
    refs[entry] = ref;
    note(entry);
    return (lengths[entry] & SHARED) != 0 && seenByAnotherText(ref);
  }

  /** Looks whether another row has the reference of this one, and marks both if so. */
  private void note(int row) {
    long ref = refs[row];
    if (ref == DROPPED) {
      return;
    }
    boolean higher = ref > highestRef;
    highestRef = Math.max(highestRef, ref);
    if (higher && byRef.length == 0) {
      return;
    }
    if (2 * (byRefCount + 1) > byRef.length) {
      byRef = new int[2 * Integer.highestOneBit(Math.max(FIRST_ROWS, rows)) * 2];
      byRefCount = 0;
      for (int other = 0; other < rows; other++) {
        if (other != row && refs[other] != DROPPED) {
          share(other);
        }
      }
    }
    share(row);
  }

  private void share(int row) {
    int mask = byRef.length - 1;
    long ref = refs[row];
    int slot = slot(ref * 0x9E3779B97F4A7C15L, mask);
    for (; byRef[slot] != 0; slot = slot + 1 & mask) {
      int other = byRef[slot] - 1;
      if (refs[other] == ref && other != row) {
        lengths[other] |= SHARED;
        lengths[row] |= SHARED;
        if (seen[other] == scrape) {
          sharedSeen.put(ref, scrape);
        }
        return;
      }
    }
    byRef[slot] = row + 1;
    byRefCount++;
  }

  private boolean seenByAnotherText(long ref) {
    Integer before = sharedSeen.put(ref, scrape);
    return before != null && before == scrape;
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
    int row = rows++;
    note(row);
    return row;
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
   * @return whether it had it already, by this text or another one
   */
  boolean see(int entry, boolean track) {
    boolean again = seen[entry] == scrape;
    seen[entry] = scrape;
    int length = lengths[entry];
    lengths[entry] = track ? length & ~UNTRACKED : length | UNTRACKED;
    if ((length & SHARED) != 0) {
      again |= seenByAnotherText(refs[entry]);
    }
    return again;
  }

  /** What makes up the start timestamps of a series; null for none. */
  @Nullable StartSynthesis synthesis(int entry) {
    return entry < syntheses.length ? syntheses[entry] : null;
  }

  /** Sets what makes up the start timestamps of a series. */
  void synthesis(int entry, @Nullable StartSynthesis synthesis) {
    if (entry >= syntheses.length) {
      if (synthesis == null) {
        return;
      }
      syntheses = Arrays.copyOf(syntheses, hashes.length);
    }
    syntheses[entry] = synthesis;
  }

  /** The end of a series will be marked, whatever {@link #see} said. */
  void track(int entry) {
    lengths[entry] &= ~UNTRACKED;
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
    if (!sharedSeen.isEmpty()) {
      int now = scrape;
      sharedSeen.values().removeIf(last -> last != now);
    }
    byRef = NO_ROWS;
    byRefCount = 0;
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
        if (row < syntheses.length) {
          syntheses[kept] = syntheses[row];
        }
        kept++;
      }
    }
    rows = kept;
    if (rows < syntheses.length) {
      Arrays.fill(syntheses, rows, syntheses.length, null);
    }
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
