package io.narthex.query.promql.exec;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.Quoting;
import io.narthex.query.promql.column.Column;
import io.narthex.query.promql.function.HistogramSum;
import io.narthex.query.promql.function.Remarks;
import io.narthex.query.promql.parse.PositionRange;
import org.jspecify.annotations.Nullable;

/** The native histograms of one group of a {@code sum} or {@code avg}. */
final class HistogramAccumulator {
  private final @Nullable HistogramSum[] sums;
  private final int[] counts;
  private final boolean[] broken;
  private final boolean mean;
  private final Remarks remarks;
  private final PositionRange position;

  HistogramAccumulator(int size, boolean mean, Remarks remarks, PositionRange position) {
    this.mean = mean;
    sums = new HistogramSum[size];
    counts = new int[size];
    broken = new boolean[size];
    this.remarks = remarks;
    this.position = position;
  }

  /** Takes the histograms of a series. */
  void add(Column column, String metric) {
    for (int i = column.nextPresent(0); i < column.size; i = column.nextPresent(i + 1)) {
      NativeHistogram h = column.histogram(i);
      if (h == null) {
        continue;
      }
      counts[i]++;
      HistogramSum sum = sums[i];
      if (sum == null) {
        sums[i] = new HistogramSum(h);
      } else if (!sum.compatible(h)) {
        broken[i] = true;
        remarks.warning(
            "vector contains a mix of histograms with exponential and custom buckets schemas for"
                + " metric name "
                + Quoting.quote(metric),
            position);
      } else if (mean) {
        sum.addForMean(h, counts[i]);
      } else {
        sum.add(h);
      }
    }
  }

  /** Puts the results beside those of the floats; of a mixture there is none. */
  void finish(Column out) {
    for (int i = 0; i < sums.length; i++) {
      HistogramSum sum = sums[i];
      if (sum == null) {
        continue;
      }
      if (out.has(i)) {
        remarks.warning("encountered a mix of histograms and floats for aggregation", position);
        out.remove(i);
        continue;
      }
      if (sum.reconciled()) {
        remarks.info("mismatched custom buckets were reconciled during aggregation", position);
      }
      if (sum.conflictingHints()) {
        remarks.warning("conflicting counter resets during histogram aggregation", position);
      }
      if (!broken[i]) {
        out.set(i, mean ? sum.mean(counts[i]) : sum.value());
      }
    }
  }
}
