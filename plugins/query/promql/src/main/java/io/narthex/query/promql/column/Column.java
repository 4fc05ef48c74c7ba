package io.narthex.query.promql.column;

import io.narthex.api.model.NativeHistogram;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The points of one series, one place for each evaluation time. The arrays are public because inner
 * loops work on them. A place holds nothing unless its bit in {@link #present} is set; it holds a
 * histogram where {@link #histograms} has one, otherwise a float. Values at places without a point
 * are arbitrary, so kernels may compute over all of them. Not safe for several threads.
 */
public final class Column {
  private static final NativeHistogram[] NONE = new NativeHistogram[0];

  /** The number of places. */
  public final int size;

  /** The floats. */
  public final double[] values;

  /** One bit for each place, the lowest bit of the first word first; bits beyond are 0. */
  public final long[] present;

  /** The histograms; empty while there is none, which keeps columns of floats cheap. */
  public @Nullable NativeHistogram[] histograms = NONE;

  /** Makes a column without points. */
  public Column(int size) {
    this.size = size;
    values = new double[size];
    present = new long[words(size)];
  }

  /** The number of words of a bitmap for {@code size} places. */
  public static int words(int size) {
    return (size + 63) >>> 6;
  }

  /** Whether there is a point at {@code i}. */
  public boolean has(int i) {
    return (present[i >> 6] & 1L << i) != 0;
  }

  /** The histogram at {@code i}; null where there is a float or nothing. */
  public @Nullable NativeHistogram histogram(int i) {
    return histograms.length == 0 ? null : histograms[i];
  }

  /** Whether any place holds a histogram. */
  public boolean hasHistograms() {
    return histograms.length != 0;
  }

  /** Sets a float. */
  public void set(int i, double value) {
    values[i] = value;
    present[i >> 6] |= 1L << i;
    if (histograms.length != 0) {
      histograms[i] = null;
    }
  }

  /** Sets a histogram. */
  public void set(int i, NativeHistogram histogram) {
    if (histograms.length == 0) {
      histograms = new NativeHistogram[size];
    }
    histograms[i] = histogram;
    present[i >> 6] |= 1L << i;
  }

  /** Removes the point at {@code i}. */
  public void remove(int i) {
    present[i >> 6] &= ~(1L << i);
    if (histograms.length != 0) {
      histograms[i] = null;
    }
  }

  /** Removes all points. */
  public void clear() {
    Arrays.fill(present, 0);
    histograms = NONE;
  }

  /** Marks all places as having a point. */
  public void fill() {
    fill(present, size);
  }

  /** Sets the first {@code size} bits. */
  public static void fill(long[] bits, int size) {
    Arrays.fill(bits, -1L);
    if ((size & 63) != 0) {
      bits[bits.length - 1] = (1L << size) - 1;
    }
  }

  /** Whether there is no point. */
  public boolean isEmpty() {
    for (long word : present) {
      if (word != 0) {
        return false;
      }
    }
    return true;
  }

  /** The number of points. */
  public int points() {
    int n = 0;
    for (long word : present) {
      n += Long.bitCount(word);
    }
    return n;
  }

  /** Whether every place has a point. */
  public boolean isFull() {
    return points() == size;
  }

  /**
   * Removes the points that are histograms.
   *
   * @return whether there were any
   */
  public boolean removeHistograms() {
    if (histograms.length == 0) {
      return false;
    }
    boolean any = false;
    for (int i = 0; i < size; i++) {
      if (histograms[i] != null) {
        present[i >> 6] &= ~(1L << i);
        any = true;
      }
    }
    histograms = NONE;
    return any;
  }

  /** Keeps only the points whose bit is set. */
  public void retain(long[] bits) {
    for (int w = 0; w < present.length; w++) {
      present[w] &= bits[w];
    }
    dropAbsentHistograms();
  }

  /** Removes the points whose bit is set. */
  public void removeAll(long[] bits) {
    for (int w = 0; w < present.length; w++) {
      present[w] &= ~bits[w];
    }
    dropAbsentHistograms();
  }

  private void dropAbsentHistograms() {
    for (int i = 0; i < histograms.length; i++) {
      if (!has(i)) {
        histograms[i] = null;
      }
    }
  }

  /** Takes over all of {@code other}, which has the same size. */
  public void copyFrom(Column other) {
    System.arraycopy(other.values, 0, values, 0, size);
    System.arraycopy(other.present, 0, present, 0, present.length);
    histograms = other.histograms.length == 0 ? NONE : other.histograms.clone();
  }

  /** A column of its own with the same points. */
  public Column copy() {
    Column copy = new Column(size);
    copy.copyFrom(this);
    return copy;
  }

  /** Takes over the points of {@code other}, which may not stand where this has some. */
  public void merge(Column other) {
    for (int i = 0; i < size; i++) {
      if (other.has(i)) {
        NativeHistogram h = other.histogram(i);
        if (h == null) {
          set(i, other.values[i]);
        } else {
          set(i, h);
        }
      }
    }
  }

  /** The first place at which both bitmaps have a bit; -1 where there is none. */
  public static int firstCommon(long[] a, long[] b) {
    for (int w = 0; w < a.length; w++) {
      long both = a[w] & b[w];
      if (both != 0) {
        return (w << 6) + Long.numberOfTrailingZeros(both);
      }
    }
    return -1;
  }

  /**
   * The first place at or after {@code from} whose bit is set; {@code size} where there is none.
   */
  public int nextPresent(int from) {
    int w = from >> 6;
    if (w >= present.length) {
      return size;
    }
    long word = present[w] & -1L << from;
    while (word == 0) {
      if (++w == present.length) {
        return size;
      }
      word = present[w];
    }
    return (w << 6) + Long.numberOfTrailingZeros(word);
  }
}
