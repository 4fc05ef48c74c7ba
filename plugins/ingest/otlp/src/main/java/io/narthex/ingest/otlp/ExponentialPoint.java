package io.narthex.ingest.otlp;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.wire.MalformedException;

/** A data point of an exponential histogram; a mutable buffer. */
final class ExponentialPoint {
  /** The finest resolution that native histograms have. */
  static final int MAX_SCALE = 8;

  static final int MIN_SCALE = -4;

  /** Where a sender says nothing. */
  private static final double ZERO_THRESHOLD = 1e-128;

  long count;
  double sum;
  boolean hasSum;
  int scale;
  long zeroCount;
  double zeroThreshold;
  final Counts positive = new Counts();
  final Counts negative = new Counts();

  private final Counts.Runs positiveRuns = new Counts.Runs();
  private final Counts.Runs negativeRuns = new Counts.Runs();

  void clear() {
    count = 0;
    sum = 0;
    hasSum = false;
    scale = 0;
    zeroCount = 0;
    zeroThreshold = 0;
    positive.clear();
    negative.clear();
  }

  /** The same as a native histogram; {@link #scale} is {@link #MIN_SCALE} or more. */
  NativeHistogram toNative(boolean stale, ResetHint hint) throws MalformedException {
    int schema = Math.min(scale, MAX_SCALE);
    double threshold = zeroThreshold > 0 ? zeroThreshold : ZERO_THRESHOLD;
    if (stale) {
      return HistogramPoint.stale(schema, threshold, hint, new double[0]);
    }
    positiveRuns.make(positive, scale - schema, 1);
    negativeRuns.make(negative, scale - schema, 1);
    return new NativeHistogram(
        true,
        hint,
        schema,
        threshold,
        Counts.unsigned(zeroCount),
        Counts.unsigned(count),
        hasSum ? sum : 0,
        positiveRuns.spans,
        positiveRuns.copy(),
        negativeRuns.spans,
        negativeRuns.copy(),
        new double[0]);
  }
}
