package io.narthex.ingest.scrape;

import io.narthex.api.format.ExpositionBatch.Family;
import io.narthex.api.model.Metadata;
import io.narthex.api.model.MetricType;
import io.narthex.api.scrape.TargetsView.FamilyMetadata;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The metadata of the families that one target exposed in its last ten successful scrapes, as far
 * as there is room ({@link Shared}). The target's scrapes write it, one at a time; any thread may
 * read it at any time, and neither waits for the other.
 *
 * <p>Targets of a kind expose the same families in the same order at each scrape. So what they
 * exposed last is kept as an array of objects that all targets share: a target costs a reference
 * for each family, and what it is compared with is in the processor's caches.
 *
 * <p>Names come from targets, which may choose such that all have one hash. Where that matters,
 * keys have an order: maps keep those of one hash in trees then.
 */
final class FamilyCache {
  private static final int KEEP = 10;
  private static final Metadata NOTHING = new Metadata(MetricType.UNKNOWN, "", "");
  private static final Entry[] NONE = {};

  /** What a text takes besides its characters, in bytes; as the next ones on the large side. */
  private static final int TEXT_BYTES = 40;

  /** What an entry takes besides its texts. */
  private static final int ENTRY_BYTES = 128;

  /** What something older takes besides its texts. */
  private static final int OLDER_BYTES = 128;

  /** What a target takes for an entry. */
  private static final int REFERENCE_BYTES = 8;

  private static long bytes(@Nullable String text) {
    if (text == null) {
      return 0;
    }
    int n = text.length();
    for (int i = 0; i < n; i++) {
      if (text.charAt(i) > 0xff) {
        return TEXT_BYTES + 2L * n;
      }
    }
    return (long) TEXT_BYTES + n;
  }

  /**
   * Makes equal families the same object, as long as a target has them; and says how much may be
   * kept. Safe for any number of threads.
   */
  static final class Shared {
    /** At least that is kept for a target however small the heap is, in bytes. */
    private static final long LEAST = 256 * 1024;

    /** A target with less than this part of what all may take wants little. */
    private static final int MODEST = 256;

    private final Map<Entry, Entry> entries = new ConcurrentHashMap<>();
    private final AtomicLong used = new AtomicLong();

    /** Grows whenever a number of users changes. */
    private final AtomicLong changes = new AtomicLong();

    private final long perTarget;
    private final long together;

    /**
     * Makes one.
     *
     * @param perTarget the most for one target, as if it shared nothing; bytes
     * @param together the most for all; what several share counts once
     */
    Shared(long perTarget, long together) {
      this.perTarget = perTarget;
      this.together = together;
    }

    /** Shares of the heap: a sixty-fourth for a target, an eighth for all. */
    static Shared of(long maxHeap) {
      return new Shared(Math.max(LEAST, maxHeap / 64), Math.max(LEAST, maxHeap / 8));
    }

    /**
     * The entry of a family, which is to be {@link #release}d; null when there is no room for it. A
     * target gets no more than is left, and the last quarter is for those that want little: so many
     * that want too much leave room for others.
     *
     * @param held what the target has besides, in bytes
     */
    private @Nullable Entry take(Family family, long held) {
      Entry own = new Entry(family);
      if (held + own.bytes > perTarget) {
        return null;
      }
      Entry known = entries.get(own);
      if (known == null) {
        long after = held + own.bytes;
        boolean fits =
            after <= together / MODEST
                ? used.get() + own.bytes <= together
                : after <= together / 4 * 3 - used.get();
        if (!fits) {
          return null;
        }
      }
      while (true) {
        if (known != null) {
          if (known.use()) {
            return known;
          }
          remove(known);
        }
        known = entries.putIfAbsent(own, own);
        if (known == null) {
          used.addAndGet(own.bytes);
          return own;
        }
      }
    }

    private void release(Entry entry) {
      if (entry.users.decrementAndGet() == 0) {
        remove(entry);
        used.addAndGet(-entry.bytes);
      }
    }

    /** Removes an entry without users; an equal one that has some by now stays. */
    private void remove(Entry entry) {
      entries.computeIfPresent(entry, (key, there) -> there.users.get() == 0 ? null : there);
    }

    /** How many bytes all metadata takes. */
    long used() {
      return used.get();
    }

    /** How many different families there are. */
    int size() {
      return entries.size();
    }
  }

  /** A family that targets share. Its order is of no meaning, but there is one. */
  private static final class Entry implements Comparable<Entry> {
    final Family family;
    final long bytes;

    /** Once there is none there never will be. */
    final AtomicInteger users = new AtomicInteger(1);

    Entry(Family family) {
      this.family = family;
      bytes =
          ENTRY_BYTES
              + FamilyCache.bytes(family.name())
              + FamilyCache.bytes(family.help())
              + FamilyCache.bytes(family.unit());
    }

    boolean use() {
      int n = users.get();
      while (n > 0) {
        if (users.compareAndSet(n, n + 1)) {
          return true;
        }
        n = users.get();
      }
      return false;
    }

    @Override
    public int compareTo(Entry other) {
      int c = family.name().compareTo(other.family.name());
      c = c != 0 ? c : compare(family.type(), other.family.type());
      c = c != 0 ? c : compare(family.help(), other.family.help());
      return c != 0 ? c : compare(family.unit(), other.family.unit());
    }

    private static <T extends Comparable<? super T>> int compare(@Nullable T a, @Nullable T b) {
      if (a == null) {
        return b == null ? 0 : -1;
      }
      return b == null ? 1 : a.compareTo(b);
    }

    @Override
    public boolean equals(@Nullable Object o) {
      return o instanceof Entry e && family.equals(e.family);
    }

    @Override
    public int hashCode() {
      return family.hashCode();
    }
  }

  /** Something that the latest scrape did not say, or not all of. */
  private static final class Older {
    final Metadata metadata;

    /** The last scrape that exposed the family; of interest to scrapes alone. */
    int seen;

    Older(Metadata metadata, int seen) {
      this.metadata = metadata;
      this.seen = seen;
    }

    long bytes(String name) {
      return OLDER_BYTES
          + FamilyCache.bytes(name)
          + FamilyCache.bytes(metadata.help())
          + FamilyCache.bytes(metadata.unit());
    }
  }

  /** How many bytes there are, after so many changes. */
  private record Count(long changes, long bytes) {}

  /** What is known after a scrape. Neither array nor map changes any more. */
  private static final class Known {
    static final Known NOTHING = new Known(NONE, Map.of(), 0);

    /** What the latest scrape exposed, in its order. */
    final Entry[] latest;

    final Map<String, Older> older;
    final long olderBytes;

    /** Counted when first asked for; threads that do so at a time come to the same. */
    private volatile int size = -1;

    private volatile @Nullable Count count;

    Known(Entry[] latest, Map<String, Older> older, long olderBytes) {
      this.latest = latest;
      this.older = older;
      this.olderBytes = olderBytes;
    }

    Map<String, Metadata> byName() {
      Map<String, Metadata> all = new HashMap<>();
      older.forEach((name, o) -> all.put(name, o.metadata));
      for (Entry entry : latest) {
        String name = entry.family.name();
        all.put(name, merge(all.getOrDefault(name, FamilyCache.NOTHING), entry.family));
      }
      return all;
    }

    int size() {
      if (size < 0) {
        size = byName().size();
      }
      return size;
    }

    long bytes(long changes) {
      Count known = count;
      if (known == null || known.changes != changes) {
        long sum = olderBytes;
        for (Entry entry : latest) {
          sum += REFERENCE_BYTES + entry.bytes / Math.max(1, entry.users.get());
        }
        known = new Count(changes, sum);
        count = known;
      }
      return known.bytes;
    }
  }

  private final Shared shared;
  private volatile Known known = Known.NOTHING;

  /** All that is known, by name; made when a scrape needs it, until that ends. */
  private @Nullable Map<String, Metadata> byName;

  private int scrape;

  FamilyCache(Shared shared) {
    this.shared = shared;
  }

  /** Notes what a scrape exposed, which has ended with that. */
  void update(List<Family> families) {
    scrape++;
    byName = null;
    int n = families.size();
    int same = 0;
    while (same < n && isLatest(families.get(same), same)) {
      same++;
    }
    if (same < n || n < known.latest.length) {
      replace(families, same);
      return;
    }
    Map<String, Older> older = known.older;
    if (!older.isEmpty()) {
      boolean old = false;
      for (Entry entry : known.latest) {
        Older o = older.get(entry.family.name());
        if (o != null) {
          o.seen = scrape;
        }
      }
      for (Older o : older.values()) {
        old |= scrape - o.seen > KEEP;
      }
      if (old) {
        become(known.latest, new HashMap<>(older), heldBy(known.latest));
      }
    }
  }

  /** A scrape has failed: nothing of it is kept. */
  void discard() {
    byName = null;
  }

  /** Forgets everything: the target has gone. */
  void clear() {
    byName = null;
    Entry[] latest = known.latest;
    become(NONE, Map.of(), 0);
    release(latest, 0);
  }

  private boolean isLatest(Family family, int i) {
    Entry[] latest = known.latest;
    return i < latest.length && family.equals(latest[i].family);
  }

  /**
   * Takes over what is said now and keeps what is not said any more.
   *
   * @param same so many families are what they were
   */
  private void replace(List<Family> families, int same) {
    Pace pace = new Pace();
    Entry[] before = known.latest;
    List<Entry> kept = new ArrayList<>(Arrays.asList(before).subList(0, same));
    long held = heldBy(before, same);
    for (int i = same; i < families.size(); i++) {
      Entry entry = shared.take(families.get(i), held);
      if (entry != null) {
        kept.add(entry);
        held += entry.bytes;
      }
      if ((i & 0xff) == 0) {
        pace.step();
      }
    }
    Entry[] now = kept.toArray(NONE);
    Map<String, Family> said = byName(now);
    pace.step();
    Map<String, Older> older = new HashMap<>(known.older);
    byName(before)
        .forEach((name, family) -> {
          Family again = said.get(name);
          if (again == null || !covers(again, merge(NOTHING, family))) {
            Older base = older.get(name);
            Metadata all = merge(base == null ? NOTHING : base.metadata, family);
            older.put(name, new Older(all, scrape - 1));
          }
        });
    pace.step();
    older
        .entrySet()
        .removeIf(e -> {
          Family again = said.get(e.getKey());
          if (again != null) {
            e.getValue().seen = scrape;
          }
          return again != null && covers(again, e.getValue().metadata);
        });
    release(before, same);
    pace.step();
    become(now, older, held);
  }

  private void release(Entry[] entries, int from) {
    for (int i = from; i < entries.length; i++) {
      shared.release(entries[i]);
    }
    shared.changes.incrementAndGet();
  }

  private static long heldBy(Entry[] entries) {
    return heldBy(entries, entries.length);
  }

  private static long heldBy(Entry[] entries, int to) {
    long bytes = 0;
    for (int i = 0; i < to; i++) {
      bytes += entries[i].bytes;
    }
    return bytes;
  }

  /**
   * Makes that known, but for what is too old, and for what there is no room for.
   *
   * @param older changed, and owned from now on
   * @param held what the latest take, in bytes
   */
  private void become(Entry[] latest, Map<String, Older> older, long held) {
    Known before = known;
    shared.used.addAndGet(
        (latest.length - before.latest.length) * (long) REFERENCE_BYTES - before.olderBytes);
    long[] byAge = new long[KEEP + 1];
    for (Map.Entry<String, Older> e : older.entrySet()) {
      int age = scrape - e.getValue().seen;
      if (age <= KEEP) {
        byAge[age] += e.getValue().bytes(e.getKey());
      }
    }
    long room = Math.min(shared.perTarget - held, shared.together - shared.used.get());
    int most = 0;
    long bytes = 0;
    while (most <= KEEP && bytes + byAge[most] <= room) {
      bytes += byAge[most++];
    }
    int limit = most;
    if (!older.isEmpty()) {
      older.values().removeIf(o -> scrape - o.seen >= limit);
    }
    shared.used.addAndGet(bytes);
    known = new Known(latest, older, bytes);
    shared.changes.incrementAndGet();
  }

  /** What was said of each family; several lines may have. */
  private static Map<String, Family> byName(Entry[] entries) {
    Map<String, Family> all = new HashMap<>();
    for (Entry entry : entries) {
      Family family = entry.family;
      Family before = all.put(family.name(), family);
      if (before != null) {
        all.put(
            family.name(),
            new Family(
                family.name(),
                family.type() == null ? before.type() : family.type(),
                family.help() == null ? before.help() : family.help(),
                family.unit() == null ? before.unit() : family.unit()));
      }
    }
    return all;
  }

  /** Whether nothing remains of what was known. */
  private static boolean covers(Family family, Metadata known) {
    return (family.type() != null || known.type() == MetricType.UNKNOWN)
        && (family.help() != null || known.help().isEmpty())
        && (family.unit() != null || known.unit().isEmpty());
  }

  private static Metadata merge(Metadata base, Family family) {
    return new Metadata(
        Objects.requireNonNullElse(family.type(), base.type()),
        Objects.requireNonNullElse(family.help(), base.help()),
        Objects.requireNonNullElse(family.unit(), base.unit()));
  }

  private Metadata before(String name) {
    Map<String, Metadata> all = byName;
    if (all == null) {
      all = known.byName();
      byName = all;
    }
    return all.getOrDefault(name, NOTHING);
  }

  /**
   * What is known of a family that the present scrape has begun to expose, when it is new or says
   * something else than before; null when it does not. For the scrape alone, as the next one.
   *
   * @param index of the family in the exposition
   */
  @Nullable Metadata changed(Family family, int index) {
    if (isLatest(family, index)) {
      return null;
    }
    Metadata before = before(family.name());
    Metadata now = merge(before, family);
    return now.equals(before) && byNameHas(family.name()) ? null : now;
  }

  private boolean byNameHas(String name) {
    Map<String, Metadata> all = byName;
    return all != null && all.containsKey(name);
  }

  /** What is known of a family that the present scrape exposes. */
  Metadata of(Family family) {
    if (family.type() != null && family.help() != null && family.unit() != null) {
      return merge(NOTHING, family);
    }
    return merge(before(family.name()), family);
  }

  /** All families, sorted by name. */
  List<FamilyMetadata> list() {
    List<FamilyMetadata> all = new ArrayList<>();
    new TreeMap<>(known.byName()).forEach((name, m) -> all.add(new FamilyMetadata(name, m)));
    return all;
  }

  int size() {
    return known.size();
  }

  /**
   * How many bytes it takes, with names and objects; what several targets share counts for each of
   * them in part.
   */
  long bytes() {
    return known.bytes(shared.changes.get());
  }
}
