package io.narthex.storage.tsdb.postings;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Collects the union of many sets and single ids, as matching a regular expression needs it. A few
 * ids are gathered in a list and sorted; more of them are set as bits. Belongs to one thread.
 */
public final class BitmapUnion {
  /** Beyond it, clearing and reading pages of bits (8 KiB each) is cheaper than sorting. */
  private static final int MAX_LIST = 2048;

  /** Ids not yet in {@link #pages}, in any order. */
  private int[] list = new int[64];

  private int listed;

  /** Bits by upper half of the id; null until the list was once full. */
  private long @Nullable [] @Nullable [] pages;

  /** The upper half of the ids of {@code pages[0]}. */
  private int firstKey;

  /** Makes an empty union. */
  public BitmapUnion() {}

  /** Adds an id. */
  public void add(int id) {
    if (listed == list.length) {
      if (listed < MAX_LIST) {
        list = Arrays.copyOf(list, 2 * listed);
      } else {
        drain();
      }
    }
    list[listed++] = id;
  }

  /** Adds all ids of a set. */
  public void add(Bitmap set) {
    set.addTo(this);
  }

  void add(int key, Object container) {
    Container.orInto(page(key), container);
  }

  private void drain() {
    for (int i = 0; i < listed; i++) {
      int id = list[i];
      page(id >>> 16)[(id & 0xffff) >>> 6] |= 1L << id;
    }
    listed = 0;
  }

  private long[] page(int key) {
    long[] @Nullable [] p = pages;
    if (p == null) {
      p = new long[1][];
      firstKey = key;
    } else if (key < firstKey) {
      // Leaves room in front: ids may come in descending order.
      int room = Math.min(key, p.length);
      long[] @Nullable [] wider = new long[p.length + firstKey - key + room][];
      System.arraycopy(p, 0, wider, firstKey - key + room, p.length);
      firstKey = key - room;
      p = wider;
    } else if (key - firstKey >= p.length) {
      p =
          Arrays.copyOf(
              p, Math.min(0x10000 - firstKey, Math.max(key - firstKey + 1, 2 * p.length)));
    }
    pages = p;
    long[] page = p[key - firstKey];
    if (page == null) {
      page = Container.newBits();
      p[key - firstKey] = page;
    }
    return page;
  }

  /** The union. Nothing may be added afterwards. */
  public Bitmap build() {
    if (pages != null) {
      drain();
      return Bitmap.ofBits(pages, firstKey);
    }
    for (int i = 0; i < listed; i++) {
      list[i] ^= Integer.MIN_VALUE;
    }
    Arrays.sort(list, 0, listed);
    Bitmap out = new Bitmap();
    for (int i = 0; i < listed; i++) {
      out.add(list[i] ^ Integer.MIN_VALUE);
    }
    return out;
  }
}
