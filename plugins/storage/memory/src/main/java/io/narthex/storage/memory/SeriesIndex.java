package io.narthex.storage.memory;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * All series, by id, by labels, and by each single label (postings: ascending ids for each label
 * value). Ids are given in ascending order and never again. Safe for several threads.
 */
final class SeriesIndex {
  private static final int PAGE_BITS = 10;
  private static final int PAGE = 1 << PAGE_BITS;

  /** About what a value takes besides its text: a string, its list of ids, an entry in a map. */
  private static final int VALUE_BYTES = 136;

  /** The values of a label. */
  private static final class Values {
    final String name;
    final Map<String, Posting> postings = new HashMap<>();

    Values(String name) {
      this.name = name;
    }

    @Nullable Posting get(String value) {
      return postings.get(value);
    }
  }

  /** The series that have a label's value. */
  private static final class Posting {
    final String value;
    int[] ids = new int[2];
    int size;

    Posting(String value) {
      this.value = value;
    }

    void add(int id) {
      if (size == ids.length) {
        ids = Arrays.copyOf(ids, size + (size >> 1) + 1);
      }
      ids[size++] = id;
    }

    boolean contains(int id) {
      return Arrays.binarySearch(ids, 0, size, id) >= 0;
    }

    void removeAll(Set<Integer> dead) {
      int n = 0;
      for (int i = 0; i < size; i++) {
        if (!dead.contains(ids[i])) {
          ids[n++] = ids[i];
        }
      }
      size = n;
      if (size < ids.length / 2) {
        ids = Arrays.copyOf(ids, Math.max(2, size));
      }
    }
  }

  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private final Map<String, Values> postings = new HashMap<>();
  private final Posting all = new Posting("");

  /** About what all values take. Written under the lock. */
  private volatile long valueBytes;

  private final ConcurrentHashMap<Labels, MemorySeries> byLabels = new ConcurrentHashMap<>();

  /** By id, in pages; a page of which all series have gone is null. Replaced when it grows. */
  private volatile @Nullable MemorySeries[] @Nullable [] pages = new MemorySeries[0][];

  private int nextId = 1;
  private final Consumer<MemorySeries> onCreated;

  /** Makes an empty index that tells of each new series. */
  SeriesIndex(Consumer<MemorySeries> onCreated) {
    this.onCreated = onCreated;
  }

  /** The series of an id; null when it has gone or never was. */
  @Nullable MemorySeries byId(long id) {
    @Nullable MemorySeries[] @Nullable [] table = pages;
    if (id <= 0 || id >>> PAGE_BITS >= table.length) {
      return null;
    }
    @Nullable MemorySeries[] page = table[(int) (id >>> PAGE_BITS)];
    return page == null ? null : page[(int) id & (PAGE - 1)];
  }

  @Nullable MemorySeries byLabels(Labels labels) {
    return byLabels.get(labels);
  }

  int size() {
    return byLabels.size();
  }

  /** About how many bytes the texts of labels and their lists take. */
  long valueBytes() {
    return valueBytes;
  }

  Collection<MemorySeries> all() {
    return byLabels.values();
  }

  /** The series of these labels, made when there is none; null when there are no more ids. */
  @Nullable MemorySeries create(Labels labels) {
    lock.writeLock().lock();
    try {
      MemorySeries known = byLabels.get(labels);
      if (known != null || nextId == Integer.MAX_VALUE) {
        return known;
      }
      int id = nextId++;
      // Each text is kept once, however many series have it.
      Labels.Builder shared = Labels.builder();
      for (int i = 0; i < labels.size(); i++) {
        Values values = postings.computeIfAbsent(labels.name(i), Values::new);
        Posting posting = values.get(labels.value(i));
        if (posting == null) {
          posting = new Posting(labels.value(i));
          values.postings.put(posting.value, posting);
          count(posting.value, 1);
        }
        posting.add(id);
        shared.set(values.name, posting.value);
      }
      MemorySeries series = new MemorySeries(id, shared.build());
      put(id, series);
      all.add(id);
      byLabels.put(series.labels, series);
      onCreated.accept(series);
      return series;
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void count(String value, int sign) {
    valueBytes = valueBytes + sign * (VALUE_BYTES + (long) value.length());
  }

  /** Forgets series. */
  void remove(List<MemorySeries> dead) {
    lock.writeLock().lock();
    try {
      Set<Integer> ids = new HashSet<>();
      Map<String, Set<String>> touched = new HashMap<>();
      for (MemorySeries series : dead) {
        ids.add(series.id);
        byLabels.remove(series.labels);
        put(series.id, null);
        series.labels.forEach(
            (name, value) -> touched.computeIfAbsent(name, n -> new HashSet<>()).add(value));
      }
      all.removeAll(ids);
      touched.forEach((name, values) -> {
        Values ofName = postings.get(name);
        if (ofName == null) {
          return;
        }
        for (String value : values) {
          Posting posting = ofName.get(value);
          if (posting != null) {
            posting.removeAll(ids);
            if (posting.size == 0) {
              ofName.postings.remove(value);
              count(value, -1);
            }
          }
        }
        if (ofName.postings.isEmpty()) {
          postings.remove(name);
        }
      });
      dropEmptyPages();
    } finally {
      lock.writeLock().unlock();
    }
  }

  private void put(int id, @Nullable MemorySeries series) {
    @Nullable MemorySeries[] @Nullable [] table = pages;
    int page = id >>> PAGE_BITS;
    if (page >= table.length) {
      table = Arrays.copyOf(table, Math.max(8, 2 * page));
    }
    if (table[page] == null) {
      table[page] = new MemorySeries[PAGE];
    }
    @Nullable MemorySeries[] slots = table[page];
    if (slots != null) {
      slots[id & (PAGE - 1)] = series;
    }
    // A volatile write also when the table is the same: it publishes the slot.
    pages = table;
  }

  private void dropEmptyPages() {
    @Nullable MemorySeries[] @Nullable [] table = pages;
    int current = nextId >>> PAGE_BITS;
    for (int i = 0; i < table.length; i++) {
      @Nullable MemorySeries[] page = table[i];
      if (i != current && page != null && Arrays.stream(page).allMatch(s -> s == null)) {
        table[i] = null;
      }
    }
    pages = table;
  }

  /** The series that satisfy all matchers, in the order of their ids. */
  List<MemorySeries> select(List<Matcher> matchers) {
    List<Matcher> rest = new ArrayList<>();
    lock.readLock().lock();
    try {
      int[] ids = candidates(matchers, rest);
      List<MemorySeries> found = new ArrayList<>(ids.length);
      for (int id : ids) {
        MemorySeries series = byId(id);
        if (series != null) {
          found.add(series);
        }
      }
      return rest.isEmpty() ? found : filter(found, rest);
    } finally {
      lock.readLock().unlock();
    }
  }

  /**
   * Ids of a superset of the wanted series; {@code rest} gets the matchers still to be checked.
   * Equality is answered by postings, the rest by looking at the labels; a regular expression that
   * wants a label is answered by postings where no equality narrows the choice.
   */
  private int[] candidates(List<Matcher> matchers, List<Matcher> rest) {
    List<Posting> lists = new ArrayList<>();
    for (Matcher m : matchers) {
      if (m.type() == Matcher.Type.EQUAL && !m.value().isEmpty()) {
        Values values = postings.get(m.name());
        Posting p = values == null ? null : values.get(m.value());
        if (p == null) {
          return new int[0];
        }
        lists.add(p);
      } else {
        rest.add(m);
      }
    }
    if (lists.isEmpty()) {
      for (Matcher m : rest) {
        if (!m.matchesEmpty()) {
          rest.remove(m);
          return union(m);
        }
      }
      return Arrays.copyOf(all.ids, all.size);
    }
    lists.sort((a, b) -> Integer.compare(a.size, b.size));
    int[] ids = Arrays.copyOf(lists.get(0).ids, lists.get(0).size);
    int n = ids.length;
    for (Posting other : lists.subList(1, lists.size())) {
      int kept = 0;
      for (int i = 0; i < n; i++) {
        if (other.contains(ids[i])) {
          ids[kept++] = ids[i];
        }
      }
      n = kept;
    }
    return Arrays.copyOf(ids, n);
  }

  private int[] union(Matcher m) {
    int[] ids = new int[16];
    int n = 0;
    Values values = postings.get(m.name());
    for (Posting p : values == null ? List.<Posting>of() : values.postings.values()) {
      if (m.matches(p.value)) {
        if (n + p.size > ids.length) {
          ids = Arrays.copyOf(ids, Math.max(2 * ids.length, n + p.size));
        }
        System.arraycopy(p.ids, 0, ids, n, p.size);
        n += p.size;
      }
    }
    // A series has one value of a label, so no id comes twice.
    Arrays.sort(ids, 0, n);
    return Arrays.copyOf(ids, n);
  }

  private static List<MemorySeries> filter(List<MemorySeries> series, List<Matcher> matchers) {
    List<Map<String, Boolean>> known = new ArrayList<>();
    for (int i = 0; i < matchers.size(); i++) {
      known.add(new HashMap<>());
    }
    List<MemorySeries> kept = new ArrayList<>(series.size());
    for (MemorySeries s : series) {
      boolean wanted = true;
      for (int i = 0; wanted && i < matchers.size(); i++) {
        Matcher m = matchers.get(i);
        wanted = known.get(i).computeIfAbsent(s.labels.get(m.name()), m::matches);
      }
      if (wanted) {
        kept.add(s);
      }
    }
    return kept;
  }
}
