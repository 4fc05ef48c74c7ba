package io.narthex.storage.tsdb.select;

import java.util.Arrays;

/**
 * Sorts numbers by an order of what they stand for: a stable merge sort that takes ascending runs
 * as they are, since what comes from blocks is in order already.
 */
final class RunSort {
  /** An order of positions. */
  interface Order {
    int compare(int a, int b);
  }

  private RunSort() {}

  /** Sorts the first {@code n} elements; the others are left alone. */
  static void sort(int[] a, int n, Order order) {
    int[] ends = new int[8];
    int runs = 0;
    for (int i = 0; i < n; ) {
      int end = i + 1;
      while (end < n && order.compare(a[end - 1], a[end]) <= 0) {
        end++;
      }
      if (runs == ends.length) {
        ends = Arrays.copyOf(ends, 2 * runs);
      }
      ends[runs++] = end;
      i = end;
    }
    int[] from = a;
    int[] to = runs > 1 ? new int[n] : a;
    boolean inPlace = true;
    while (runs > 1) {
      int start = 0;
      int out = 0;
      for (int r = 0; r < runs; r += 2) {
        int middle = ends[r];
        int end = r + 1 < runs ? ends[r + 1] : middle;
        merge(from, start, middle, end, to, order);
        ends[out++] = end;
        start = end;
      }
      runs = out;
      int[] swap = from;
      from = to;
      to = swap;
      inPlace = !inPlace;
    }
    if (!inPlace) {
      System.arraycopy(from, 0, a, 0, n);
    }
  }

  private static void merge(int[] from, int start, int middle, int end, int[] to, Order order) {
    int i = start;
    int j = middle;
    int k = start;
    while (i < middle && j < end) {
      to[k++] = order.compare(from[i], from[j]) <= 0 ? from[i++] : from[j++];
    }
    System.arraycopy(from, i, to, k, middle - i);
    System.arraycopy(from, j, to, k + middle - i, end - j);
  }
}
