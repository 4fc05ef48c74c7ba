package io.narthex.storage.tsdb.select;

import io.narthex.api.model.SampleBatch;
import java.util.Arrays;

/** Takes samples out of a batch that are not to be shown. */
final class Trim {
  private Trim() {}

  /**
   * Leaves the samples from {@code from} to {@code to}, both inclusive, that are not deleted.
   *
   * @return the batch's new size
   */
  static int trim(SampleBatch batch, long from, long to, Intervals deleted) {
    long[] times = batch.timestamps;
    int n = batch.size;
    if (n == 0) {
      return 0;
    }
    int start = times[0] >= from ? 0 : lowerBound(times, n, from);
    int end = times[n - 1] <= to ? n : to == Long.MAX_VALUE ? n : lowerBound(times, n, to + 1);
    if (start >= end) {
      return cut(batch, 0);
    }
    if (start > 0) {
      move(batch, start, 0, end - start);
    }
    int size = end - start;
    if (deleted.isEmpty() || !deleted.overlaps(times[0], times[size - 1])) {
      return cut(batch, size);
    }
    int at = 0;
    int kept = 0;
    for (int d = 0; d < deleted.size() && at < size; d++) {
      int a = at;
      while (at < size && times[at] < deleted.from(d)) {
        at++;
      }
      move(batch, a, kept, at - a);
      kept += at - a;
      while (at < size && times[at] <= deleted.to(d)) {
        at++;
      }
    }
    move(batch, at, kept, size - at);
    return cut(batch, kept + size - at);
  }

  private static int lowerBound(long[] times, int n, long time) {
    int a = 0;
    int b = n;
    while (a < b) {
      int middle = (a + b) >>> 1;
      if (times[middle] < time) {
        a = middle + 1;
      } else {
        b = middle;
      }
    }
    return a;
  }

  private static void move(SampleBatch batch, int from, int to, int n) {
    if (n <= 0 || from == to) {
      return;
    }
    System.arraycopy(batch.timestamps, from, batch.timestamps, to, n);
    if (batch.kind == SampleBatch.Kind.FLOAT) {
      System.arraycopy(batch.values, from, batch.values, to, n);
    } else {
      System.arraycopy(batch.histograms, from, batch.histograms, to, n);
    }
    if (batch.hasStartTimestamps) {
      System.arraycopy(batch.startTimestamps, from, batch.startTimestamps, to, n);
    }
  }

  private static int cut(SampleBatch batch, int size) {
    if (batch.kind == SampleBatch.Kind.HISTOGRAM && size < batch.size) {
      Arrays.fill(batch.histograms, size, batch.size, null);
    }
    batch.size = size;
    return size;
  }
}
