package io.narthex.storage.tsdb.postings;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A compressed set of series ids: up to 32 of them in a plain array, more of them in containers by
 * their upper 16 bits, see {@link Container}. A set of three ids takes 48 bytes, a large one two
 * bytes for each id or less.
 *
 * <p>One writer at a time ({@link #add}; callers see to it with a lock) and any number of readers
 * without a lock: a reader sees each id that is added meanwhile or does not, and what the writer
 * wrote before adding an id is visible to whoever sees the id. Ids are taken out by making another
 * set. The operations make new sets, which belong to the caller, and leave the old ones alone.
 */
public final class Bitmap implements SeriesIds {
  private static final int MAX_SMALL = 32;

  private static final VarHandle ROOT;
  private static final VarHandle COUNT;
  private static final VarHandle INTS = MethodHandles.arrayElementVarHandle(int[].class);
  private static final VarHandle OBJECTS = MethodHandles.arrayElementVarHandle(Object[].class);

  static {
    try {
      MethodHandles.Lookup lookup = MethodHandles.lookup();
      ROOT = lookup.findVarHandle(Bitmap.class, "root", Object.class);
      COUNT = lookup.findVarHandle(Pages.class, "count", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /**
   * Null: no ids. An {@code int[]}: the count, then the ids ascending, then unused room. Otherwise
   * {@link Pages}. As in a container, in place it only grows at its end.
   */
  private @Nullable Object root;

  /** Containers in ascending order of the upper halves of their ids. None is empty. */
  private static final class Pages {
    final char[] keys;
    final Object[] containers;

    /** Written with release by the writer, read with acquire by readers. */
    int count;

    Pages(int capacity) {
      keys = new char[capacity];
      containers = new Object[capacity];
    }

    /** The position of a key, or {@code -1 - (where it belongs)}. */
    int find(int n, int key) {
      if (n == 0 || keys[n - 1] < key) {
        return -1 - n;
      }
      return keys[n - 1] == key ? n - 1 : Arrays.binarySearch(keys, 0, n, (char) key);
    }

    /** Adds behind the others; the set belongs to nobody else yet. */
    void append(int key, @Nullable Object container) {
      if (container != null) {
        keys[count] = (char) key;
        containers[count++] = container;
      }
    }
  }

  /** Makes an empty set. */
  public Bitmap() {}

  private Bitmap(@Nullable Object root) {
    this.root = root;
  }

  /** A set of some ids, in any order. */
  public static Bitmap of(int... ids) {
    Bitmap out = new Bitmap();
    for (int id : ids) {
      out.add(id);
    }
    return out;
  }

  /** The union of any number of sets. */
  public static Bitmap orMany(Iterable<Bitmap> sets) {
    BitmapUnion union = new BitmapUnion();
    for (Bitmap set : sets) {
      union.add(set);
    }
    return union.build();
  }

  private @Nullable Object root() {
    return ROOT.getAcquire(this);
  }

  private static int count(int[] small) {
    return (int) INTS.getAcquire(small, 0);
  }

  private static int count(Pages pages) {
    return (int) COUNT.getAcquire(pages);
  }

  private static Object container(Pages pages, int i) {
    return OBJECTS.getAcquire(pages.containers, i);
  }

  /** Adds an id if it is not there; in ascending order this is cheapest. One thread at a time. */
  public void add(int id) {
    Object r = root;
    if (r instanceof Pages pages) {
      add(pages, id);
    } else if (r != null) {
      add((int[]) r, id);
    } else {
      ROOT.setRelease(this, (Object) new int[] {1, id, 0, 0});
    }
  }

  private void add(int[] small, int id) {
    int n = small[0];
    int at = Integer.compareUnsigned(small[n], id) < 0 ? n + 1 : -1 - find(small, n, id);
    if (at < 0) {
      return;
    }
    if (n == MAX_SMALL) {
      Pages pages = pages(small, n);
      Bitmap larger = new Bitmap(pages);
      larger.add(pages, id);
      ROOT.setRelease(this, larger.root);
      return;
    }
    if (at == n + 1 && at < small.length) {
      small[at] = id;
      INTS.setRelease(small, 0, at);
      return;
    }
    int[] out =
        new int[n + 1 < small.length ? small.length : Math.min(2 * small.length, MAX_SMALL + 1)];
    System.arraycopy(small, 1, out, 1, at - 1);
    out[at] = id;
    System.arraycopy(small, at, out, at + 1, n + 1 - at);
    out[0] = n + 1;
    ROOT.setRelease(this, (Object) out);
  }

  /** The position of an id among the first {@code n}, or {@code -1 - (where it belongs)}. */
  private static int find(int[] small, int n, int id) {
    int a = 1;
    int b = n;
    int key = id + Integer.MIN_VALUE;
    while (a <= b) {
      int middle = (a + b) >>> 1;
      int v = small[middle] + Integer.MIN_VALUE;
      if (v < key) {
        a = middle + 1;
      } else if (v > key) {
        b = middle - 1;
      } else {
        return middle;
      }
    }
    return -1 - a;
  }

  private static Pages pages(int[] small, int n) {
    int keys = 1;
    for (int i = 2; i <= n; i++) {
      keys += small[i] >>> 16 != small[i - 1] >>> 16 ? 1 : 0;
    }
    Pages pages = new Pages(keys);
    for (int i = 1; i <= n; ) {
      int key = small[i] >>> 16;
      int end = i + 1;
      while (end <= n && small[end] >>> 16 == key) {
        end++;
      }
      // Room for as many again: the set is about to grow.
      char[] list = new char[2 * (end - i) + 2];
      list[0] = (char) (end - i);
      for (int j = i; j < end; j++) {
        list[1 + j - i] = (char) small[j];
      }
      pages.append(key, list);
      i = end;
    }
    return pages;
  }

  private void add(Pages pages, int id) {
    int key = id >>> 16;
    int n = pages.count;
    int at = pages.find(n, key);
    if (at >= 0) {
      Object c = Container.add(pages.containers[at], id & 0xffff);
      OBJECTS.setRelease(pages.containers, at, c);
      return;
    }
    at = -1 - at;
    char[] list = Container.of(id & 0xffff);
    if (at == n && n < pages.keys.length) {
      pages.keys[n] = (char) key;
      pages.containers[n] = list;
      COUNT.setRelease(pages, n + 1);
      return;
    }
    Pages out = new Pages(n + 1 + n / 2);
    System.arraycopy(pages.keys, 0, out.keys, 0, at);
    System.arraycopy(pages.containers, 0, out.containers, 0, at);
    out.keys[at] = (char) key;
    out.containers[at] = list;
    System.arraycopy(pages.keys, at, out.keys, at + 1, n - at);
    System.arraycopy(pages.containers, at, out.containers, at + 1, n - at);
    out.count = n + 1;
    ROOT.setRelease(this, (Object) out);
  }

  @Override
  public int size() {
    Object r = root();
    if (r instanceof Pages pages) {
      int n = count(pages);
      int size = 0;
      for (int i = 0; i < n; i++) {
        size += Container.count(container(pages, i));
      }
      return size;
    }
    return r == null ? 0 : count((int[]) r);
  }

  @Override
  public boolean isEmpty() {
    return root() == null;
  }

  @Override
  public boolean contains(int id) {
    Object r = root();
    if (r instanceof Pages pages) {
      int at = pages.find(count(pages), id >>> 16);
      return at >= 0 && Container.contains(container(pages, at), id & 0xffff);
    }
    return r instanceof int[] small && find(small, count(small), id) > 0;
  }

  @Override
  public void forEach(IntConsumer action) {
    Object r = root();
    if (r instanceof Pages pages) {
      int n = count(pages);
      for (int i = 0; i < n; i++) {
        Container.forEach(container(pages, i), pages.keys[i] << 16, action);
      }
    } else if (r instanceof int[] small) {
      int n = count(small);
      for (int i = 1; i <= n; i++) {
        action.accept(small[i]);
      }
    }
  }

  @Override
  public int[] toArray() {
    Object r = root();
    if (!(r instanceof Pages pages)) {
      return r instanceof int[] small ? Arrays.copyOfRange(small, 1, 1 + count(small)) : new int[0];
    }
    // Bits may be set while this runs, so they are counted and written from a copy.
    int n = count(pages);
    Object[] stable = new Object[n];
    int[] counts = new int[n];
    int size = 0;
    for (int i = 0; i < n; i++) {
      Object c = container(pages, i);
      stable[i] = c instanceof char[] ? c : Container.copy(c);
      counts[i] = Container.count(stable[i]);
      size += counts[i];
    }
    int[] out = new int[size];
    int at = 0;
    for (int i = 0; i < n; i++) {
      at = Container.write(stable[i], counts[i], pages.keys[i] << 16, out, at);
    }
    return out;
  }

  /** The same ids at this moment. */
  public Bitmap copy() {
    Object r = root();
    if (r instanceof Pages pages) {
      int n = count(pages);
      Pages out = new Pages(n);
      for (int i = 0; i < n; i++) {
        out.append(pages.keys[i], Container.copy(container(pages, i)));
      }
      return new Bitmap(out);
    }
    return r instanceof int[] small ? new Bitmap(copy(small)) : new Bitmap();
  }

  private static int[] copy(int[] small) {
    int n = count(small);
    int[] out = Arrays.copyOf(small, n + 1);
    out[0] = n;
    return out;
  }

  /** What is in both. */
  public Bitmap and(Bitmap other) {
    Object a = root();
    Object b = other.root();
    if (a == null || b == null) {
      return new Bitmap();
    }
    if (a instanceof int[] small) {
      return filter(small, other, true);
    }
    if (b instanceof int[] small) {
      return filter(small, this, true);
    }
    Pages x = (Pages) a;
    Pages y = (Pages) b;
    int n = count(x);
    int m = count(y);
    Pages out = new Pages(Math.min(n, m));
    int i = 0;
    int j = 0;
    while (i < n && j < m) {
      int d = x.keys[i] - y.keys[j];
      if (d == 0) {
        out.append(x.keys[i], Container.and(container(x, i++), container(y, j++)));
      } else if (d < 0) {
        i++;
      } else {
        j++;
      }
    }
    return ofPages(out);
  }

  /** The ids of a small set that another has, or has not. */
  private static Bitmap filter(int[] small, Bitmap other, boolean wanted) {
    int n = count(small);
    int[] out = new int[n + 1];
    int k = 0;
    for (int i = 1; i <= n; i++) {
      if (other.contains(small[i]) == wanted) {
        out[++k] = small[i];
      }
    }
    return ofSmall(out, k);
  }

  private static Bitmap ofSmall(int[] small, int n) {
    if (n == 0) {
      return new Bitmap();
    }
    int[] out = small.length > n + 4 ? Arrays.copyOf(small, n + 1) : small;
    out[0] = n;
    return new Bitmap(out);
  }

  /** The set of new pages: a small one when there are few ids. */
  private static Bitmap ofPages(Pages pages) {
    int size = 0;
    for (int i = 0; i < pages.count; i++) {
      size += Container.count(pages.containers[i]);
      if (size > MAX_SMALL) {
        return new Bitmap(pages);
      }
    }
    int[] small = new int[size + 1];
    int at = 1;
    for (int i = 0; i < pages.count; i++) {
      Object c = pages.containers[i];
      at = Container.write(c, Container.count(c), pages.keys[i] << 16, small, at);
    }
    return ofSmall(small, size);
  }

  /** What is in either. */
  public Bitmap or(Bitmap other) {
    Object a = root();
    Object b = other.root();
    if (a == null || b == null) {
      return a == null ? other.copy() : copy();
    }
    if (b instanceof int[] small) {
      return with(small);
    }
    if (a instanceof int[] small) {
      return other.with(small);
    }
    Pages x = (Pages) a;
    Pages y = (Pages) b;
    int n = count(x);
    int m = count(y);
    Pages out = new Pages(n + m);
    int i = 0;
    int j = 0;
    while (i < n || j < m) {
      int d = i == n ? 1 : j == m ? -1 : x.keys[i] - y.keys[j];
      if (d == 0) {
        out.append(x.keys[i], Container.or(container(x, i++), container(y, j++)));
      } else if (d < 0) {
        out.append(x.keys[i], Container.copy(container(x, i++)));
      } else {
        out.append(y.keys[j], Container.copy(container(y, j++)));
      }
    }
    return ofPages(out);
  }

  private Bitmap with(int[] small) {
    Bitmap out = copy();
    int n = count(small);
    for (int i = 1; i <= n; i++) {
      out.add(small[i]);
    }
    return out;
  }

  /** What is in this set and not in the other. */
  public Bitmap andNot(Bitmap other) {
    Object a = root();
    Object b = other.root();
    if (a == null || b == null) {
      return copy();
    }
    if (a instanceof int[] small) {
      return filter(small, other, false);
    }
    Pages x = (Pages) a;
    int n = count(x);
    Pages y = b instanceof int[] small ? pages(small, count(small)) : (Pages) b;
    int m = count(y);
    Pages out = new Pages(n);
    int j = 0;
    for (int i = 0; i < n; i++) {
      while (j < m && y.keys[j] < x.keys[i]) {
        j++;
      }
      Object c = container(x, i);
      boolean both = j < m && y.keys[j] == x.keys[i];
      out.append(x.keys[i], both ? Container.andNot(c, container(y, j)) : Container.copy(c));
    }
    return ofPages(out);
  }

  /** Whether an id is in both. */
  public boolean intersects(Bitmap other) {
    Object a = root();
    Object b = other.root();
    if (a == null || b == null) {
      return false;
    }
    if (a instanceof int[] small) {
      return containsAny(other, small);
    }
    if (b instanceof int[] small) {
      return containsAny(this, small);
    }
    Pages x = (Pages) a;
    Pages y = (Pages) b;
    int n = count(x);
    int m = count(y);
    int i = 0;
    int j = 0;
    while (i < n && j < m) {
      int d = x.keys[i] - y.keys[j];
      if (d == 0 && Container.intersects(container(x, i), container(y, j))) {
        return true;
      }
      i += d <= 0 ? 1 : 0;
      j += d >= 0 ? 1 : 0;
    }
    return false;
  }

  private static boolean containsAny(Bitmap set, int[] small) {
    int n = count(small);
    for (int i = 1; i <= n; i++) {
      if (set.contains(small[i])) {
        return true;
      }
    }
    return false;
  }

  /** Adds what this set has to a union. */
  void addTo(BitmapUnion union) {
    Object r = root();
    if (r instanceof Pages pages) {
      int n = count(pages);
      for (int i = 0; i < n; i++) {
        union.add(pages.keys[i], container(pages, i));
      }
    } else if (r instanceof int[] small) {
      int n = count(small);
      for (int i = 1; i <= n; i++) {
        union.add(small[i]);
      }
    }
  }

  /** A set of the bits of pages; {@code bits[i]} belongs to key {@code firstKey + i}. */
  static Bitmap ofBits(long[] @Nullable [] bits, int firstKey) {
    int n = 0;
    for (long[] page : bits) {
      n += page == null ? 0 : 1;
    }
    Pages pages = new Pages(n);
    for (int i = 0; i < bits.length; i++) {
      long[] page = bits[i];
      if (page != null) {
        pages.append(firstKey + i, Container.ofBits(page));
      }
    }
    return ofPages(pages);
  }

  /** As {@link #toArray}. */
  @Override
  public String toString() {
    return Arrays.toString(toArray());
  }
}
