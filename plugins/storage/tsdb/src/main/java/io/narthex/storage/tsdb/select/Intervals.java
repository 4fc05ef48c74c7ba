package io.narthex.storage.tsdb.select;

import java.util.Arrays;

/**
 * Deleted time ranges of a series: sorted, disjoint, not adjacent, both ends inclusive, in
 * milliseconds. Immutable.
 */
public final class Intervals {
  public static final Intervals NONE = new Intervals(new long[0]);

  /** First and last millisecond in turn. */
  private final long[] edges;

  private Intervals(long[] edges) {
    this.edges = edges;
  }

  /** One range; {@code from <= to}. */
  public static Intervals of(long from, long to) {
    return new Intervals(new long[] {from, to});
  }

  public boolean isEmpty() {
    return edges.length == 0;
  }

  /** The number of ranges. */
  public int size() {
    return edges.length / 2;
  }

  public long from(int i) {
    return edges[2 * i];
  }

  public long to(int i) {
    return edges[2 * i + 1];
  }

  /** Whether {@code time} lies in one of the ranges. */
  public boolean contains(long time) {
    int at = Arrays.binarySearch(edges, time);
    return at >= 0 || ((-at - 1) & 1) == 1;
  }

  /** Whether one range covers all of {@code from..to}. */
  public boolean covers(long from, long to) {
    for (int i = 0; i < edges.length; i += 2) {
      if (edges[i] <= from && to <= edges[i + 1]) {
        return true;
      }
    }
    return false;
  }

  /** Whether any of {@code from..to} is deleted. */
  public boolean overlaps(long from, long to) {
    for (int i = 0; i < edges.length; i += 2) {
      if (edges[i] <= to && from <= edges[i + 1]) {
        return true;
      }
    }
    return false;
  }

  /** These ranges and one more, joined with those that it touches. */
  public Intervals with(long from, long to) {
    long[] out = new long[edges.length + 2];
    int n = 0;
    long a = from;
    long b = to;
    boolean placed = false;
    for (int i = 0; i < edges.length; i += 2) {
      boolean before = edges[i + 1] < a && edges[i + 1] + 1 < a;
      boolean after = edges[i] > b && edges[i] - 1 > b;
      if (before) {
        out[n++] = edges[i];
        out[n++] = edges[i + 1];
      } else if (after) {
        if (!placed) {
          out[n++] = a;
          out[n++] = b;
          placed = true;
        }
        out[n++] = edges[i];
        out[n++] = edges[i + 1];
      } else {
        a = Math.min(a, edges[i]);
        b = Math.max(b, edges[i + 1]);
      }
    }
    if (!placed) {
      out[n++] = a;
      out[n++] = b;
    }
    return new Intervals(Arrays.copyOf(out, n));
  }

  /** The ranges of both. */
  public Intervals union(Intervals other) {
    Intervals out = this;
    for (int i = 0; i < other.size(); i++) {
      out = out.with(other.from(i), other.to(i));
    }
    return out;
  }

  /** What remains behind {@code time}: ranges that end at or before it are dropped. */
  public Intervals after(long time) {
    Intervals out = NONE;
    for (int i = 0; i < size(); i++) {
      if (to(i) > time) {
        out = out.with(from(i), to(i));
      }
    }
    return out;
  }

  @Override
  public boolean equals(@org.jspecify.annotations.Nullable Object o) {
    return o instanceof Intervals i && Arrays.equals(edges, i.edges);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(edges);
  }

  @Override
  public String toString() {
    return Arrays.toString(edges);
  }
}
