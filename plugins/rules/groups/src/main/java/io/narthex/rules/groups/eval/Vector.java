package io.narthex.rules.groups.eval;

import io.narthex.api.model.Labels;
import io.narthex.api.model.NativeHistogram;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Samples of one time: the result of an expression, or what is to be stored of it. */
final class Vector {
  /** Milliseconds since the epoch. */
  final long time;

  private final List<Labels> labels = new ArrayList<>();
  private double[] values = new double[16];
  private @Nullable NativeHistogram[] histograms = new NativeHistogram[0];

  Vector(long time) {
    this.time = time;
  }

  void add(Labels series, double value) {
    int at = labels.size();
    if (at == values.length) {
      values = Arrays.copyOf(values, 2 * at);
    }
    values[at] = value;
    labels.add(series);
  }

  void add(Labels series, NativeHistogram histogram) {
    int at = labels.size();
    add(series, 0);
    if (at >= histograms.length) {
      histograms = Arrays.copyOf(histograms, values.length);
    }
    histograms[at] = histogram;
  }

  /** Copies sample {@code i} of another one, with other labels. */
  void add(Labels series, Vector from, int i) {
    NativeHistogram histogram = from.histogram(i);
    if (histogram == null) {
      add(series, from.value(i));
    } else {
      add(series, histogram);
    }
  }

  int size() {
    return labels.size();
  }

  Labels labels(int i) {
    return labels.get(i);
  }

  /** The value; 0 for a histogram. */
  double value(int i) {
    return values[i];
  }

  @Nullable NativeHistogram histogram(int i) {
    return i < histograms.length ? histograms[i] : null;
  }
}
