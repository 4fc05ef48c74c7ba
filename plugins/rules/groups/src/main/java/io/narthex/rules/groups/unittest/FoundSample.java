package io.narthex.rules.groups.unittest;

import io.narthex.api.model.GoFloat;
import io.narthex.api.model.Labels;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A sample that an expression gave or should.
 *
 * @param value 0 for a histogram, unless a file says otherwise
 * @param histogram in the notation of tests; empty for a float
 */
record FoundSample(Labels labels, double value, String histogram)
    implements Comparable<FoundSample> {
  @Override
  public int compareTo(FoundSample other) {
    return labels.compareTo(other.labels);
  }

  /**
   * Whether two lists, both sorted, are the same. As with Prometheus, NaN is not the same as NaN.
   *
   * @param fuzzy whether values may differ in their last bit
   */
  static boolean same(List<FoundSample> a, List<FoundSample> b, boolean fuzzy) {
    if (a.size() != b.size()) {
      return false;
    }
    for (int i = 0; i < a.size(); i++) {
      FoundSample one = a.get(i);
      FoundSample other = b.get(i);
      if (!one.labels.equals(other.labels)
          || !one.histogram.equals(other.histogram)
          || !same(one.value, other.value, fuzzy)) {
        return false;
      }
    }
    return true;
  }

  // The one place where the bits shall count: files say the very number that is wanted.
  @SuppressWarnings("FloatingPointEquality")
  private static boolean same(double a, double b, boolean fuzzy) {
    return a == b || (fuzzy && (Math.nextDown(a) == b || Math.nextUp(a) == b));
  }

  @Override
  public String toString() {
    return labels + " " + (histogram.isEmpty() ? GoFloat.scientific(value) : histogram);
  }

  /** Samples as messages show them. */
  static String text(List<FoundSample> samples) {
    return samples.isEmpty()
        ? "nil"
        : samples.stream().map(FoundSample::toString).collect(Collectors.joining(", "));
  }
}
