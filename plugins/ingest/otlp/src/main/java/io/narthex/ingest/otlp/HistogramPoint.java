package io.narthex.ingest.otlp;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.StaleMarker;
import io.narthex.api.wire.MalformedException;
import io.narthex.api.wire.ProtobufReader;
import java.util.Arrays;
import java.util.List;

/** A data point of a histogram with explicit bounds; a mutable buffer. */
final class HistogramPoint {
  long count;
  double sum;
  boolean hasSum;
  final Counts buckets = new Counts();
  double[] bounds = new double[16];
  int boundCount;

  private final Counts.Runs runs = new Counts.Runs();

  void clear() {
    count = 0;
    sum = 0;
    hasSum = false;
    buckets.clear();
    boundCount = 0;
  }

  /** Reads {@code repeated double explicit_bounds}, packed or not. */
  void addBounds(ProtobufReader p, int tag) throws MalformedException {
    if ((tag & 7) == ProtobufReader.FIXED64) {
      addBound(p.float64());
      return;
    }
    ProtobufReader.require(tag, ProtobufReader.BYTES, "ExplicitBounds");
    int outer = p.enter();
    while (p.hasMore()) {
      addBound(p.float64());
    }
    p.leave(outer);
  }

  private void addBound(double bound) throws MalformedException {
    if (boundCount == bounds.length) {
      if (boundCount >= Counts.MAX) {
        throw new MalformedException(
            "cannot read a histogram: got more than " + Counts.MAX + " bounds");
      }
      bounds = Arrays.copyOf(bounds, Math.min(2 * boundCount, Counts.MAX));
    }
    bounds[boundCount++] = bound;
  }

  /** The same as a native histogram with custom buckets. */
  NativeHistogram toNative(boolean stale, ResetHint hint) throws MalformedException {
    if (stale) {
      return stale(NativeHistogram.CUSTOM_BUCKETS, 0, hint, Arrays.copyOf(bounds, boundCount));
    }
    runs.make(buckets, 0, 0);
    return new NativeHistogram(
        true,
        hint,
        NativeHistogram.CUSTOM_BUCKETS,
        0,
        0,
        Counts.unsigned(count),
        hasSum ? sum : 0,
        runs.spans,
        runs.copy(),
        List.of(),
        new double[0],
        Arrays.copyOf(bounds, boundCount));
  }

  /** A histogram that ends its series. */
  static NativeHistogram stale(int schema, double threshold, ResetHint hint, double[] bounds) {
    return new NativeHistogram(
        true,
        hint,
        schema,
        threshold,
        0,
        0,
        StaleMarker.value(),
        List.of(),
        new double[0],
        List.of(),
        new double[0],
        bounds);
  }
}
