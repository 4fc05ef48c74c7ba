package io.narthex.storage.tsdb.postings;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The ids of a {@link Bitmap} that share their upper 16 bits, by their lower 16 bits, in one of two
 * plain arrays:
 *
 * <pre>
 * char[]  [0] the count n, [1..n] the values ascending, then unused room; n is at most 4096
 * long[]  [0..1023] a bit for each value, [1024] the count
 * </pre>
 *
 * <p>The two take the same space at 4096 values, as in Roaring bitmaps (Chambi, Lemire, Kaser,
 * Godin: Better bitmap performance with Roaring bitmaps, 2016). Arrays without an object around
 * them, because a head keeps one for each label pair of more than a few series.
 *
 * <p>One writer and any number of readers at once. A list only ever grows at its end in place, and
 * the count is published after the value; an insertion makes a new array. Bits are set in place. So
 * a reader sees each value added meanwhile or does not. The set operations never change what they
 * are given.
 */
final class Container {
  static final int MAX_LIST = 4096;
  private static final int WORDS = 1024;

  private static final VarHandle CHARS = MethodHandles.arrayElementVarHandle(char[].class);
  private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);

  private Container() {}

  /** A container of one value. */
  static char[] of(int value) {
    return new char[] {1, (char) value, 0, 0};
  }

  static int count(Object c) {
    return c instanceof char[] list
        ? count(list)
        : (int) (long) LONGS.getAcquire((long[]) c, WORDS);
  }

  private static int count(char[] list) {
    return (char) CHARS.getAcquire(list, 0);
  }

  static boolean contains(Object c, int value) {
    if (c instanceof char[] list) {
      return find(list, 1, count(list) + 1, value) > 0;
    }
    return ((long) LONGS.getAcquire((long[]) c, value >>> 6) >>> value & 1) != 0;
  }

  /** Position of {@code value} in {@code list[from, to)}, or {@code -1 - (where it belongs)}. */
  private static int find(char[] list, int from, int to, int value) {
    int a = from;
    int b = to - 1;
    while (a <= b) {
      int middle = (a + b) >>> 1;
      int v = list[middle];
      if (v < value) {
        a = middle + 1;
      } else if (v > value) {
        b = middle - 1;
      } else {
        return middle;
      }
    }
    return -1 - a;
  }

  /** Adds a value. Returns the container that has it: this one, or a new one to take its place. */
  static Object add(Object c, int value) {
    if (!(c instanceof char[] list)) {
      long[] bits = (long[]) c;
      long word = bits[value >>> 6];
      long bit = 1L << value;
      if ((word & bit) == 0) {
        LONGS.setRelease(bits, value >>> 6, word | bit);
        LONGS.setRelease(bits, WORDS, bits[WORDS] + 1);
      }
      return c;
    }
    int n = list[0];
    int at = list[n] < value ? n + 1 : -1 - find(list, 1, n + 1, value);
    if (at < 0) {
      return c;
    }
    if (n == MAX_LIST) {
      long[] bits = toBits(list, n);
      bits[value >>> 6] |= 1L << value;
      bits[WORDS]++;
      return bits;
    }
    if (at == n + 1 && at < list.length) {
      list[at] = (char) value;
      CHARS.setRelease(list, 0, (char) at);
      return c;
    }
    int capacity = n + 1 < list.length ? list.length : grown(n);
    char[] out = new char[capacity];
    System.arraycopy(list, 1, out, 1, at - 1);
    out[at] = (char) value;
    System.arraycopy(list, at, out, at + 1, n + 1 - at);
    out[0] = (char) (n + 1);
    return out;
  }

  /** By half, so that little room lies idle; in eights of bytes, as arrays are laid out anyway. */
  private static int grown(int n) {
    return Math.min(((n + (n >> 1) + 4) | 3) + 1, MAX_LIST + 1);
  }

  private static long[] toBits(char[] list, int n) {
    long[] bits = new long[WORDS + 1];
    for (int i = 1; i <= n; i++) {
      bits[list[i] >>> 6] |= 1L << list[i];
    }
    bits[WORDS] = n;
    return bits;
  }

  /** The bits as a container; null when there is none. The words may be kept. */
  static @Nullable Object ofBits(long[] bits) {
    int n = 0;
    for (int i = 0; i < WORDS; i++) {
      n += Long.bitCount(bits[i]);
    }
    if (n > MAX_LIST) {
      bits[WORDS] = n;
      return bits;
    }
    if (n == 0) {
      return null;
    }
    char[] list = new char[n + 1];
    list[0] = (char) n;
    int at = 1;
    for (int i = 0; i < WORDS; i++) {
      for (long w = bits[i]; w != 0; w &= w - 1) {
        list[at++] = (char) (i << 6 | Long.numberOfTrailingZeros(w));
      }
    }
    return list;
  }

  /** Words for {@link #orInto} and {@link #ofBits}. */
  static long[] newBits() {
    return new long[WORDS + 1];
  }

  /** Sets the bits of all values. */
  static void orInto(long[] bits, Object c) {
    if (c instanceof char[] list) {
      int n = count(list);
      for (int i = 1; i <= n; i++) {
        bits[list[i] >>> 6] |= 1L << list[i];
      }
    } else {
      long[] other = (long[]) c;
      for (int i = 0; i < WORDS; i++) {
        bits[i] |= other[i];
      }
      VarHandle.acquireFence();
    }
  }

  /** The same values at one moment; not changed by later additions. */
  static Object copy(Object c) {
    if (c instanceof char[] list) {
      int n = count(list);
      char[] out = Arrays.copyOf(list, n + 1);
      out[0] = (char) n;
      return out;
    }
    long[] out = ((long[]) c).clone();
    VarHandle.acquireFence();
    int n = 0;
    for (int i = 0; i < WORDS; i++) {
      n += Long.bitCount(out[i]);
    }
    out[WORDS] = n;
    return out;
  }

  /** What is in both; null when nothing is. */
  static @Nullable Object and(Object a, Object b) {
    if (a instanceof char[] x) {
      return b instanceof char[] y ? and(x, y) : filter(x, (long[]) b, 1);
    }
    if (b instanceof char[] y) {
      return filter(y, (long[]) a, 1);
    }
    long[] x = (long[]) a;
    long[] y = (long[]) b;
    long[] out = new long[WORDS + 1];
    for (int i = 0; i < WORDS; i++) {
      out[i] = x[i] & y[i];
    }
    VarHandle.acquireFence();
    return ofBits(out);
  }

  private static @Nullable Object and(char[] x, char[] y) {
    int n = count(x);
    int m = count(y);
    return n <= m ? and(x, n, y, m) : and(y, m, x, n);
  }

  private static @Nullable Object and(char[] few, int n, char[] many, int m) {
    char[] out = new char[n + 1];
    int k = 0;
    if (m / 32 > n) {
      int from = 1;
      for (int i = 1; i <= n && from <= m; i++) {
        int at = gallop(many, from, m, few[i]);
        if (at <= m && many[at] == few[i]) {
          out[++k] = few[i];
        }
        from = at;
      }
    } else {
      int i = 1;
      int j = 1;
      while (i <= n && j <= m) {
        char v = few[i];
        char w = many[j];
        // Written in any case and kept only if equal: no branch to mispredict.
        out[k + 1] = v;
        k += v == w ? 1 : 0;
        i += v <= w ? 1 : 0;
        j += w <= v ? 1 : 0;
        if (k == n) {
          break;
        }
      }
    }
    return trimmed(out, k);
  }

  /** The first position from {@code from} on whose value is at least {@code value}. */
  private static int gallop(char[] list, int from, int last, int value) {
    int step = 1;
    int low = from;
    int high = from;
    while (high <= last && list[high] < value) {
      low = high + 1;
      high += step;
      step <<= 1;
    }
    int at = find(list, low, Math.min(high, last) + 1, value);
    return at >= 0 ? at : -1 - at;
  }

  private static @Nullable Object trimmed(char[] out, int n) {
    if (n == 0) {
      return null;
    }
    char[] list = out.length == n + 1 ? out : Arrays.copyOf(out, n + 1);
    list[0] = (char) n;
    return list;
  }

  /** The values of the list whose bit is {@code wanted}. */
  private static @Nullable Object filter(char[] list, long[] bits, int wanted) {
    int n = count(list);
    char[] out = new char[n + 1];
    int k = 0;
    for (int i = 1; i <= n; i++) {
      char v = list[i];
      out[k + 1] = v;
      k += (int) (bits[v >>> 6] >>> v & 1) == wanted ? 1 : 0;
    }
    VarHandle.acquireFence();
    return trimmed(out, k);
  }

  /** What is in either. */
  static Object or(Object a, Object b) {
    if (a instanceof char[] x && b instanceof char[] y) {
      int n = count(x);
      int m = count(y);
      if (n + m <= MAX_LIST) {
        return or(x, n, y, m);
      }
    }
    long[] out = new long[WORDS + 1];
    orInto(out, a);
    orInto(out, b);
    Object c = ofBits(out);
    return c == null ? copy(a) : c;
  }

  private static Object or(char[] x, int n, char[] y, int m) {
    char[] out = new char[n + m + 1];
    int k = 0;
    int i = 1;
    int j = 1;
    while (i <= n && j <= m) {
      char v = x[i];
      char w = y[j];
      out[++k] = v < w ? v : w;
      i += v <= w ? 1 : 0;
      j += w <= v ? 1 : 0;
    }
    while (i <= n) {
      out[++k] = x[i++];
    }
    while (j <= m) {
      out[++k] = y[j++];
    }
    char[] list = out.length == k + 1 ? out : Arrays.copyOf(out, k + 1);
    list[0] = (char) k;
    return list;
  }

  /** What is in {@code a} and not in {@code b}; null when nothing is. */
  static @Nullable Object andNot(Object a, Object b) {
    if (a instanceof char[] x) {
      if (!(b instanceof char[] y)) {
        return filter(x, (long[]) b, 0);
      }
      int n = count(x);
      int m = count(y);
      char[] out = new char[n + 1];
      int k = 0;
      int j = 1;
      for (int i = 1; i <= n; i++) {
        char v = x[i];
        while (j <= m && y[j] < v) {
          j++;
        }
        if (j > m || y[j] != v) {
          out[++k] = v;
        }
      }
      return trimmed(out, k);
    }
    long[] out = ((long[]) a).clone();
    if (b instanceof char[] y) {
      int m = count(y);
      for (int i = 1; i <= m; i++) {
        out[y[i] >>> 6] &= ~(1L << y[i]);
      }
    } else {
      long[] other = (long[]) b;
      for (int i = 0; i < WORDS; i++) {
        out[i] &= ~other[i];
      }
    }
    VarHandle.acquireFence();
    return ofBits(out);
  }

  /** Whether any value is in both. */
  static boolean intersects(Object a, Object b) {
    if (a instanceof char[] x) {
      int n = count(x);
      if (!(b instanceof char[] y)) {
        for (int i = 1; i <= n; i++) {
          if (contains(b, x[i])) {
            return true;
          }
        }
        return false;
      }
      int m = count(y);
      int i = 1;
      int j = 1;
      while (i <= n && j <= m) {
        if (x[i] == y[j]) {
          return true;
        }
        if (x[i] < y[j]) {
          i = gallop(x, i, n, y[j]);
        } else {
          j = gallop(y, j, m, x[i]);
        }
      }
      return false;
    }
    if (b instanceof char[]) {
      return intersects(b, a);
    }
    long[] x = (long[]) a;
    long[] y = (long[]) b;
    for (int i = 0; i < WORDS; i++) {
      if ((x[i] & y[i]) != 0) {
        return true;
      }
    }
    return false;
  }

  /** Calls {@code action} with {@code high} and each value, ascending. */
  static void forEach(Object c, int high, IntConsumer action) {
    if (c instanceof char[] list) {
      int n = count(list);
      for (int i = 1; i <= n; i++) {
        action.accept(high | list[i]);
      }
      return;
    }
    long[] bits = (long[]) c;
    for (int i = 0; i < WORDS; i++) {
      for (long w = (long) LONGS.getAcquire(bits, i); w != 0; w &= w - 1) {
        action.accept(high | i << 6 | Long.numberOfTrailingZeros(w));
      }
    }
  }

  /**
   * Writes {@code high} and each of the first {@code n} values to {@code out}, which has room for
   * them; a container of bits must be no other thread's. Returns the end.
   */
  static int write(Object c, int n, int high, int[] out, int from) {
    int at = from;
    if (c instanceof char[] list) {
      for (int i = 1; i <= n; i++) {
        out[at++] = high | list[i];
      }
      return at;
    }
    long[] bits = (long[]) c;
    for (int i = 0; i < WORDS; i++) {
      for (long w = bits[i]; w != 0; w &= w - 1) {
        out[at++] = high | i << 6 | Long.numberOfTrailingZeros(w);
      }
    }
    return at;
  }
}
