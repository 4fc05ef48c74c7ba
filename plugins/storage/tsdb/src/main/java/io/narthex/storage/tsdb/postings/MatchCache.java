package io.narthex.storage.tsdb.postings;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The series that regular expressions have found in an index that never changes. Dashboards send
 * the same expressions over and over, and to run one on 100,000 values takes milliseconds in each
 * block. Forgets those not asked for longest. Safe for several threads.
 */
public final class MatchCache {
  /** For fewer values the expression is run again: it takes some microseconds. */
  static final int MIN_VALUES = 1000;

  /** Bytes of an entry besides its set and strings. */
  private static final int ENTRY = 150;

  /**
   * What was looked for.
   *
   * @param matching values that match, rather than those that do not
   */
  private record Key(String name, String expression, boolean matching) {}

  private record Entry(Bitmap series, long bytes) {}

  private final long maxBytes;
  private final Map<Key, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  /** Makes an empty cache that holds some {@code maxBytes} bytes. */
  public MatchCache(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /** What was found; not to be changed. Null when it is not known. */
  synchronized @Nullable Bitmap get(String name, String expression, boolean matching) {
    Entry entry = entries.get(new Key(name, expression, matching));
    return entry == null ? null : entry.series;
  }

  /** Keeps what was found, which is not changed any more; what is too large is not kept. */
  synchronized void put(String name, String expression, boolean matching, Bitmap series) {
    // An id takes up to four bytes in a small set and two in a large one, seldom less.
    long size = ENTRY + 2L * (name.length() + expression.length()) + 4L * series.size();
    if (size > maxBytes / 4) {
      return;
    }
    Entry old = entries.put(new Key(name, expression, matching), new Entry(series, size));
    bytes += size - (old == null ? 0 : old.bytes);
    for (Iterator<Entry> i = entries.values().iterator(); bytes > maxBytes; ) {
      bytes -= i.next().bytes;
      i.remove();
    }
  }
}
