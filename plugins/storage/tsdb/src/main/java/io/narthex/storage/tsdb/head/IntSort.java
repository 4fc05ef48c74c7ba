package io.narthex.storage.tsdb.head;

/** Sorts ints by a comparison of one's own, without boxing: merge sort, stable. */
final class IntSort {
  /** Compares two of the numbers. */
  interface Order {
    int compare(int a, int b);
  }

  private static final int SMALL = 12;

  private IntSort() {}

  /** Sorts the first {@code n}. */
  static void sort(int[] values, int n, Order order) {
    int[] from = values.clone();
    split(from, values, 0, n, order);
  }

  /** Sorts {@code [lo, hi)} into {@code to}; both arrays hold the same there. */
  private static void split(int[] from, int[] to, int lo, int hi, Order order) {
    if (hi - lo <= SMALL) {
      for (int i = lo + 1; i < hi; i++) {
        int v = to[i];
        int j = i - 1;
        while (j >= lo && order.compare(to[j], v) > 0) {
          to[j + 1] = to[j];
          j--;
        }
        to[j + 1] = v;
      }
      return;
    }
    int mid = (lo + hi) >>> 1;
    split(to, from, lo, mid, order);
    split(to, from, mid, hi, order);
    if (order.compare(from[mid - 1], from[mid]) <= 0) {
      System.arraycopy(from, lo, to, lo, hi - lo);
      return;
    }
    int a = lo;
    int b = mid;
    for (int i = lo; i < hi; i++) {
      if (b >= hi || (a < mid && order.compare(from[a], from[b]) <= 0)) {
        to[i] = from[a++];
      } else {
        to[i] = from[b++];
      }
    }
  }
}
