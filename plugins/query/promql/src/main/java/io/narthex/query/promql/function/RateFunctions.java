package io.narthex.query.promql.function;

import io.narthex.api.model.Quoting;
import io.narthex.api.query.QueryException;
import io.narthex.query.promql.column.Column;
import io.narthex.query.promql.column.Samples;
import io.narthex.query.promql.column.Windows;
import java.util.Arrays;
import java.util.Map;

/**
 * Changes over a window: {@code rate}, {@code increase}, {@code delta} with extrapolation to the
 * window's bounds, and {@code irate}, {@code idelta} of the last two samples.
 */
final class RateFunctions {
  private static final double MILLIS = 1000;

  private RateFunctions() {}

  static void register(Map<String, RangeFunction> functions) {
    functions.put("rate", (s, w, _, site, out) -> extrapolated(s, w, site, out, true, true));
    functions.put("increase", (s, w, _, site, out) -> extrapolated(s, w, site, out, true, false));
    functions.put("delta", (s, w, _, site, out) -> extrapolated(s, w, site, out, false, false));
    functions.put("irate", (s, w, _, site, out) -> instant(s, w, site, out, true));
    functions.put("idelta", (s, w, _, site, out) -> instant(s, w, site, out, false));
  }

  /** Indexes of the floats that are less than the one before: where the counter was reset. */
  private static int[] resets(Samples s) {
    int[] resets = new int[8];
    int n = 0;
    for (int i = 1; i < s.size; i++) {
      if (s.values[i] < s.values[i - 1]) {
        if (n == resets.length) {
          resets = Arrays.copyOf(resets, 2 * n);
        }
        resets[n++] = i;
      }
    }
    return Arrays.copyOf(resets, n);
  }

  private static void extrapolated(
      Samples s, Windows w, CallSite site, Column out, boolean counter, boolean rate)
      throws QueryException {
    long[] times = s.times;
    double[] values = s.values;
    // Resets are rare: they are found once for the series and added window by window, in the order
    // in which a scan of the window would add them.
    int[] resets = counter ? resets(s) : new int[0];
    int firstReset = 0;
    double seconds = w.range / MILLIS;
    boolean any = false;
    for (int i = 0; i < w.count; i++) {
      if (w.histogramFrom[i] < w.histogramTo[i]) {
        if (w.from[i] < w.to[i]) {
          site.warning(
              "encountered a mix of histograms and floats for metric name "
                  + Quoting.quote(site.metric()));
          continue;
        }
        throw site.histogramsNotSupported();
      }
      int first = w.from[i];
      int last = w.to[i] - 1;
      if (last <= first) {
        continue;
      }
      double result = values[last] - values[first];
      while (firstReset < resets.length && resets[firstReset] <= first) {
        firstReset++;
      }
      for (int r = firstReset; r < resets.length && resets[r] <= last; r++) {
        result += values[resets[r] - 1];
      }
      double toStart = (times[first] - w.start(i)) / MILLIS;
      double toEnd = (w.ends[i] - times[last]) / MILLIS;
      double sampled = (times[last] - times[first]) / MILLIS;
      double average = sampled / (last - first);
      double threshold = average * 1.1;
      // A series that begins or ends within the window is taken to go on for half a distance.
      if (toStart >= threshold) {
        toStart = average / 2;
      }
      if (counter && result > 0 && values[first] >= 0) {
        // A counter cannot have been below zero, so do not extrapolate beyond that.
        double toZero = sampled * (values[first] / result);
        if (toZero < toStart) {
          toStart = toZero;
        }
      }
      if (toEnd >= threshold) {
        toEnd = average / 2;
      }
      double factor = (sampled + toStart + toEnd) / sampled;
      if (rate) {
        factor /= seconds;
      }
      out.set(i, result * factor);
      any = true;
    }
    if (any && counter) {
      remarkUnlessCounter(site);
    }
  }

  private static void remarkUnlessCounter(CallSite site) {
    String metric = site.metric();
    if (!metric.isEmpty()
        && !metric.endsWith("_total")
        && !metric.endsWith("_sum")
        && !metric.endsWith("_count")
        && !metric.endsWith("_bucket")) {
      site.info(
          "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "
              + Quoting.quote(metric));
    }
  }

  private static void instant(Samples s, Windows w, CallSite site, Column out, boolean rate)
      throws QueryException {
    for (int i = 0; i < w.count; i++) {
      int last = w.to[i] - 1;
      int floats = w.to[i] - w.from[i];
      int lastHistogram = w.histogramTo[i] - 1;
      int histograms = w.histogramTo[i] - w.histogramFrom[i];
      if (floats + histograms < 2) {
        continue;
      }
      if (histograms > 0 && (floats < 2 || s.histogramTimes[lastHistogram] > s.times[last - 1])) {
        boolean mixed =
            histograms < 2
                || (floats > 0 && s.times[last] > s.histogramTimes[lastHistogram - 1]);
        if (mixed) {
          site.warning(
              "encountered a mix of histograms and floats for metric name "
                  + Quoting.quote(site.metric()));
          continue;
        }
        throw site.histogramsNotSupported();
      }
      double current = s.values[last];
      double previous = s.values[last - 1];
      long distance = s.times[last] - s.times[last - 1];
      if (distance == 0) {
        continue;
      }
      double result = rate && current < previous ? current : current - previous;
      out.set(i, rate ? result / (distance / MILLIS) : result);
    }
  }
}
