package io.narthex.query.promql.differential;

import io.narthex.api.model.BucketBounds;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.NativeHistogram.Span;
import io.narthex.api.model.StaleMarker;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A native histogram as maps from the index of a bucket to what is in it. A bucket without
 * observations may be there or not: some results depend on it. Immutable by agreement.
 *
 * @param bounds upper bounds of custom buckets, empty for exponential ones
 */
public record SlowHistogram(
    int schema,
    double zeroThreshold,
    double zeroCount,
    double count,
    double sum,
    TreeMap<Integer, Double> positive,
    TreeMap<Integer, Double> negative,
    List<Double> bounds,
    ResetHint hint) {
  private static final double SURELY_NOTHING = 1e-9;

  /** A histogram of which only the mark of a series' end is known. */
  static final SlowHistogram STALE =
      new SlowHistogram(
          0,
          0,
          0,
          0,
          StaleMarker.value(),
          new TreeMap<>(),
          new TreeMap<>(),
          List.of(),
          ResetHint.UNKNOWN);

  /** A bucket with its bounds. */
  record Bucket(double lower, double upper, double count) {}

  boolean custom() {
    return schema == NativeHistogram.CUSTOM_BUCKETS;
  }

  /** The same as histograms are stored: with spans of neighbours. */
  public NativeHistogram toNative() {
    List<Span> positiveSpans = new ArrayList<>();
    double[] positives = layOut(positive, positiveSpans);
    List<Span> negativeSpans = new ArrayList<>();
    double[] negatives = layOut(negative, negativeSpans);
    return new NativeHistogram(
        false,
        hint,
        schema,
        zeroThreshold,
        zeroCount,
        count,
        sum,
        positiveSpans,
        positives,
        negativeSpans,
        negatives,
        bounds.stream().mapToDouble(b -> b).toArray());
  }

  private static double[] layOut(TreeMap<Integer, Double> buckets, List<Span> spans) {
    int end = 0;
    for (int index : buckets.keySet()) {
      if (!spans.isEmpty() && index == end) {
        Span last = spans.removeLast();
        spans.add(new Span(last.offset(), last.length() + 1));
      } else {
        spans.add(new Span(index - end, 1));
      }
      end = index + 1;
    }
    return buckets.values().stream().mapToDouble(c -> c).toArray();
  }

  /** What the engine gives. */
  public static SlowHistogram of(NativeHistogram h) {
    List<Double> bounds = new ArrayList<>();
    for (double b : h.customBounds()) {
      bounds.add(b);
    }
    return new SlowHistogram(
        h.schema(),
        h.zeroThreshold(),
        h.zeroCount(),
        h.count(),
        h.sum(),
        read(h.positiveSpans(), h.positiveBuckets()),
        read(h.negativeSpans(), h.negativeBuckets()),
        bounds,
        h.resetHint());
  }

  private static TreeMap<Integer, Double> read(List<Span> spans, double[] counts) {
    TreeMap<Integer, Double> buckets = new TreeMap<>();
    int index = 0;
    int n = 0;
    for (Span span : spans) {
      index += span.offset();
      for (int i = 0; i < span.length(); i++) {
        buckets.put(index++, counts[n++]);
      }
    }
    return buckets;
  }

  /** Whether both are the same up to rounding. */
  public boolean isAlmost(SlowHistogram other) {
    return schema == other.schema
        && zeroThreshold == other.zeroThreshold
        && bounds.equals(other.bounds)
        && hint == other.hint
        && almost(zeroCount, other.zeroCount)
        && almost(count, other.count)
        && almost(sum, other.sum)
        && almost(positive, other.positive)
        && almost(negative, other.negative);
  }

  private static boolean almost(TreeMap<Integer, Double> a, TreeMap<Integer, Double> b) {
    TreeSet<Integer> all = new TreeSet<>(a.keySet());
    all.addAll(b.keySet());
    return all.stream().allMatch(i -> almost(a.getOrDefault(i, 0.0), b.getOrDefault(i, 0.0)));
  }

  private static boolean almost(double a, double b) {
    return Double.compare(a, b) == 0
        || Math.abs(a - b) <= SURELY_NOTHING + 1e-12 * Math.max(Math.abs(a), Math.abs(b));
  }

  /** Whether both are the same to the bit, empty buckets too, but for what is known of resets. */
  boolean sameAs(SlowHistogram other) {
    return withHint(ResetHint.UNKNOWN).equals(other.withHint(ResetHint.UNKNOWN));
  }

  /** Whether of histograms that are added one was surely reset and another surely not. */
  static boolean anyConflict(List<SlowHistogram> all) {
    return all.stream().anyMatch(h -> h.hint == ResetHint.RESET)
        && all.stream().anyMatch(h -> h.hint == ResetHint.NOT_RESET);
  }

  /** A histogram of the same kind that nothing was observed with. */
  SlowHistogram nothing() {
    return new SlowHistogram(
        schema, 0, 0, 0, 0, new TreeMap<>(), new TreeMap<>(), bounds, ResetHint.UNKNOWN);
  }

  boolean isGauge() {
    return hint == ResetHint.GAUGE;
  }

  SlowHistogram asGauge() {
    return withHint(ResetHint.GAUGE);
  }

  SlowHistogram withHint(ResetHint newHint) {
    return new SlowHistogram(
        schema, zeroThreshold, zeroCount, count, sum, positive, negative, bounds, newHint);
  }

  /** Without the buckets that are empty. */
  SlowHistogram compacted() {
    TreeMap<Integer, Double> fewerPositive = new TreeMap<>(positive);
    TreeMap<Integer, Double> fewerNegative = new TreeMap<>(negative);
    fewerPositive.values().removeIf(n -> n == 0);
    fewerNegative.values().removeIf(n -> n == 0);
    return new SlowHistogram(
        schema, zeroThreshold, zeroCount, count, sum, fewerPositive, fewerNegative, bounds, hint);
  }

  private interface Change {
    double of(double count);
  }

  private SlowHistogram each(Change change, ResetHint newHint) {
    return new SlowHistogram(
        schema,
        zeroThreshold,
        custom() ? 0 : change.of(zeroCount),
        change.of(count),
        change.of(sum),
        each(positive, change),
        each(negative, change),
        bounds,
        newHint);
  }

  private static TreeMap<Integer, Double> each(TreeMap<Integer, Double> buckets, Change change) {
    TreeMap<Integer, Double> changed = new TreeMap<>();
    buckets.forEach((index, count) -> changed.put(index, change.of(count)));
    return changed;
  }

  SlowHistogram times(double factor) {
    return each(n -> n * factor, factor < 0 ? ResetHint.GAUGE : hint);
  }

  SlowHistogram dividedBy(double divisor) {
    SlowHistogram divided = each(n -> n / divisor, divisor < 0 ? ResetHint.GAUGE : hint);
    return divisor != 0
        ? divided
        : new SlowHistogram(
            schema,
            zeroThreshold,
            divided.zeroCount,
            divided.count,
            divided.sum,
            new TreeMap<>(),
            new TreeMap<>(),
            bounds,
            divided.hint);
  }

  /** Both together; of their layouts, which must be of one kind, the coarser. */
  SlowHistogram plus(SlowHistogram other) {
    return combined(other, 1, sumHint(hint, other.hint));
  }

  private static ResetHint sumHint(ResetHint a, ResetHint b) {
    return a == b
        ? a
        : a == ResetHint.GAUGE || b == ResetHint.GAUGE ? ResetHint.GAUGE : ResetHint.UNKNOWN;
  }

  /** What this has more. */
  SlowHistogram minus(SlowHistogram other) {
    return combined(other, -1, ResetHint.GAUGE);
  }

  private SlowHistogram combined(SlowHistogram other, double sign, ResetHint newHint) {
    SlowHistogram a = this;
    SlowHistogram b = other;
    boolean reconciled = custom() && !bounds.equals(other.bounds);
    if (reconciled) {
      List<Double> common = new ArrayList<>(bounds);
      common.retainAll(other.bounds);
      a = a.onBounds(common);
      b = b.onBounds(common);
    } else if (!custom()) {
      while (a.zeroThreshold != b.zeroThreshold) {
        double wider = Math.max(a.zeroThreshold, b.zeroThreshold);
        if (a.zeroThreshold < wider) {
          a = a.widened(wider).compacted();
        }
        b = b.widened(wider);
      }
      int coarser = Math.min(schema, other.schema);
      a = a.coarsened(coarser);
      b = b.coarsened(coarser);
    }
    SlowHistogram result =
        new SlowHistogram(
            a.schema,
            a.zeroThreshold,
            a.zeroCount + sign * b.zeroCount,
            a.count + sign * b.count,
            a.sum + sign * b.sum,
            combined(a.positive, b.positive, sign),
            combined(a.negative, b.negative, sign),
            a.bounds,
            newHint);
    return reconciled ? result.compacted() : result;
  }

  private static TreeMap<Integer, Double> combined(
      TreeMap<Integer, Double> a, TreeMap<Integer, Double> b, double sign) {
    TreeMap<Integer, Double> all = new TreeMap<>(a);
    b.forEach((index, count) -> all.merge(index, sign * count, Double::sum));
    return all;
  }

  /** The same on fewer custom bounds. */
  private SlowHistogram onBounds(List<Double> fewer) {
    TreeMap<Integer, Double> moved = new TreeMap<>();
    positive.forEach((index, count) -> {
      int to = 0;
      while (to < fewer.size() && (index >= bounds.size() || fewer.get(to) < bounds.get(index))) {
        to++;
      }
      moved.merge(to, count, Double::sum);
    });
    return new SlowHistogram(schema, 0, 0, count, sum, moved, negative, fewer, hint);
  }

  /** The same with a zero bucket at least so wide; no populated bucket is cut in two. */
  SlowHistogram widened(double threshold) {
    if (threshold <= zeroThreshold) {
      return this;
    }
    double wider = threshold;
    double zero = zeroCount;
    for (TreeMap<Integer, Double> side : List.of(positive, negative, positive, negative)) {
      for (Map.Entry<Integer, Double> bucket : side.entrySet()) {
        int index = bucket.getKey();
        if (bucket.getValue() != 0 && bound(index - 1) < wider && bound(index) > wider) {
          wider = bound(index);
        }
      }
    }
    TreeMap<Integer, Double> outsidePositive = new TreeMap<>(positive);
    TreeMap<Integer, Double> outsideNegative = new TreeMap<>(negative);
    for (TreeMap<Integer, Double> side : List.of(outsidePositive, outsideNegative)) {
      while (!side.isEmpty() && bound(side.firstKey()) <= wider) {
        zero += side.pollFirstEntry().getValue();
      }
    }
    return new SlowHistogram(
        schema, wider, zero, count, sum, outsidePositive, outsideNegative, bounds, hint);
  }

  /** The same with wider exponential buckets. */
  SlowHistogram coarsened(int coarser) {
    SlowHistogram h = this;
    while (h.schema > coarser) {
      // Two buckets become one, which ends where the upper one does.
      h =
          new SlowHistogram(
              h.schema - 1,
              zeroThreshold,
              zeroCount,
              count,
              sum,
              halved(h.positive),
              halved(h.negative),
              bounds,
              hint);
    }
    return h;
  }

  private static TreeMap<Integer, Double> halved(TreeMap<Integer, Double> buckets) {
    TreeMap<Integer, Double> half = new TreeMap<>();
    buckets.forEach((index, count) -> half.merge(Math.floorDiv(index + 1, 2), count, Double::sum));
    return half;
  }

  /** Whether a counter was reset between this and a histogram after it. */
  boolean resetBefore(SlowHistogram after) {
    if (after.hint == ResetHint.RESET || after.hint == ResetHint.NOT_RESET) {
      return after.hint == ResetHint.RESET;
    }
    if (after.count < count || after.custom() != custom()) {
      return true;
    }
    if (custom() && !bounds.equals(after.bounds)) {
      List<Double> common = new ArrayList<>(bounds);
      common.retainAll(after.bounds);
      TreeMap<Integer, Double> was = onBounds(common).positive;
      TreeMap<Integer, Double> is = after.onBounds(common).positive;
      return IntStream.rangeClosed(0, common.size())
          .anyMatch(i -> is.getOrDefault(i, 0.0) < was.getOrDefault(i, 0.0));
    }
    if (after.schema > schema || after.zeroThreshold < zeroThreshold) {
      return true;
    }
    SlowHistogram before = custom() ? this : widened(after.zeroThreshold).coarsened(after.schema);
    return before.zeroThreshold != after.zeroThreshold
        || after.zeroCount < before.zeroCount
        || fell(before.positive, after.positive)
        || fell(before.negative, after.negative);
  }

  /** The same of estimates, whose last bits are anyone's. */
  boolean resetBeforeEstimate(SlowHistogram after) {
    boolean reset = resetBefore(after);
    for (double factor : new double[] {1 - SURELY_NOTHING, 1 + SURELY_NOTHING}) {
      if (cleaned().resetBefore(after.cleaned().times(factor).withHint(after.hint)) != reset) {
        throw new SlowEvaluator.Undetermined("a reset of estimates");
      }
    }
    return reset;
  }

  private SlowHistogram cleaned() {
    return each(n -> Math.abs(n) < SURELY_NOTHING ? 0 : n, hint).compacted();
  }

  private static boolean fell(TreeMap<Integer, Double> before, TreeMap<Integer, Double> after) {
    return before.entrySet().stream()
        .anyMatch(e -> {
          Double is = after.get(e.getKey());
          return is == null ? e.getValue() != 0 : is < e.getValue();
        });
  }

  /** The upper bound of a positive bucket. */
  double bound(int index) {
    return custom()
        ? index < 0
            ? Double.NEGATIVE_INFINITY
            : index < bounds.size() ? bounds.get(index) : Double.POSITIVE_INFINITY
        : BucketBounds.upper(schema, index);
  }

  /** All that is populated, from the lowest to the highest. */
  List<Bucket> buckets() {
    List<Bucket> all = new ArrayList<>();
    negative
        .descendingMap()
        .forEach((i, n) -> all.add(new Bucket(-bound(i), -beyondZero(bound(i - 1)), n)));
    if (zeroCount > 0) {
      // Where all are of one sign, so are those near zero.
      double lower = negative.isEmpty() && !positive.isEmpty() ? 0 : -zeroThreshold;
      double upper = positive.isEmpty() && !negative.isEmpty() ? 0 : zeroThreshold;
      all.add(new Bucket(lower, upper, zeroCount));
    }
    positive.forEach((i, n) -> all.add(new Bucket(beyondZero(bound(i - 1)), bound(i), n)));
    all.removeIf(bucket -> bucket.count == 0);
    return all;
  }

  /** Buckets that became wider than the zero bucket end where that begins. */
  private double beyondZero(double bound) {
    return custom() ? bound : Math.max(bound, zeroThreshold);
  }

  /** The part of a bucket up to a place in it. */
  private double value(Bucket bucket, double part) {
    if (custom() || (bucket.lower <= 0 && bucket.upper >= 0)) {
      return bucket.lower + (bucket.upper - bucket.lower) * part;
    }
    // Evenly over the logarithms.
    double lower = SlowFunctions.log2(Math.abs(bucket.lower));
    double upper = SlowFunctions.log2(Math.abs(bucket.upper));
    return bucket.lower > 0
        ? Math.pow(2, lower + (upper - lower) * part)
        : -Math.pow(2, upper + (lower - upper) * (1 - part));
  }

  double quantile(double q) {
    if (q < 0 || q > 1) {
      return q < 0 ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    List<Bucket> buckets = buckets();
    if (count == 0 || Double.isNaN(q)) {
      return Double.NaN;
    }
    checkDistribution();
    double rank = q * count;
    double below = 0;
    for (int i = 0; i < buckets.size(); i++) {
      Bucket bucket = buckets.get(i);
      double end = below + bucket.count;
      boolean last = i == buckets.size() - 1;
      // Of counts that were only added, which is exact, edges are sure.
      boolean exact = end == rank && List.of(0.0, 0.25, 0.5).contains(q) && count % 0.125 == 0;
      if (!exact && Math.abs(end - rank) < 1e-9 * count && !last) {
        throw new SlowEvaluator.Undetermined("a quantile at the edge of a bucket");
      }
      // From above, a rank that is the end of a bucket belongs to the next.
      if (end > rank || (end == rank && q < 0.5) || last) {
        if (bucket.lower == Double.NEGATIVE_INFINITY && bucket.upper <= 0) {
          return bucket.upper;
        }
        if (bucket.upper == Double.POSITIVE_INFINITY) {
          return bucket.lower;
        }
        Bucket in =
            bucket.lower == Double.NEGATIVE_INFINITY
                ? new Bucket(0, bucket.upper, bucket.count)
                : bucket;
        double value = value(in, q == 1 ? 1 : (rank - below) / bucket.count);
        if (Math.abs(value) < 1e-9 * (in.upper - in.lower)) {
          throw new SlowEvaluator.Undetermined("a quantile in the middle of the zero bucket");
        }
        return value;
      }
      below = end;
    }
    throw new IllegalStateException();
  }

  /** Differences may be negative, and a division by zero leaves no buckets. */
  private void checkDistribution() {
    double inBuckets = buckets().stream().mapToDouble(Bucket::count).sum();
    if (zeroCount < 0
        || buckets().stream().anyMatch(b -> b.count < 0)
        || !(Math.abs(inBuckets - count) < 1e-9 * count)) {
      throw new SlowEvaluator.Undetermined("an estimate of what is no distribution");
    }
  }

  double fraction(double from, double to) {
    if (count == 0 || Double.isNaN(from) || Double.isNaN(to)) {
      return Double.NaN;
    }
    checkDistribution();
    return from >= to ? 0 : (below(to) - below(from)) / count;
  }

  private double below(double value) {
    double below = 0;
    for (Bucket each : buckets()) {
      // A custom bucket around zero is taken to have no negative observations.
      Bucket bucket =
          custom() && each.lower <= 0 && each.upper >= 0
              ? new Bucket(0, each.upper, each.count)
              : each;
      if (bucket.lower >= value) {
        break;
      }
      if (value >= bucket.upper) {
        below += bucket.count;
      } else {
        boolean linear = custom() || (bucket.lower <= 0 && bucket.upper >= 0);
        double lower = linear ? bucket.lower : Math.log(Math.abs(bucket.lower));
        double upper = linear ? bucket.upper : Math.log(Math.abs(bucket.upper));
        double at = linear ? value : Math.log(Math.abs(value));
        // A bucket without a lower end is below all that is in it.
        below +=
            bucket.lower == Double.NEGATIVE_INFINITY
                ? bucket.count
                : bucket.count * ((at - lower) / (upper - lower));
      }
    }
    return below;
  }

  /** The variance, each bucket taken at its middle. */
  double variance() {
    double mean = sum / count;
    Sums variance = new Sums();
    for (Bucket b : buckets()) {
      double middle =
          custom()
              ? (b.lower + b.upper) / 2
              : b.lower <= 0 && b.upper >= 0
                  ? 0
                  : Math.signum(b.upper) * Math.sqrt(b.lower * b.upper);
      variance.add(b.count * (middle - mean) * (middle - mean));
    }
    return variance.value() / count;
  }

  /** Count, sum and populated buckets as a label says them. */
  String text() {
    StringBuilder text =
        new StringBuilder(
            "{count:" + SlowNumbers.general(count) + ", sum:" + SlowNumbers.general(sum));
    negative.descendingMap().forEach((i, n) -> bucket("[", -bound(i), -bound(i - 1), ")", n, text));
    bucket("[", -zeroThreshold, zeroThreshold, "]", zeroCount, text);
    positive.forEach(
        (i, n) -> bucket(custom() && i == 0 ? "[" : "(", bound(i - 1), bound(i), "]", n, text));
    return text.append('}').toString();
  }

  private static void bucket(
      String open, double lower, double upper, String close, double n, StringBuilder text) {
    if (n != 0) {
      text.append(", ")
          .append(open)
          .append(SlowNumbers.general(lower))
          .append(',')
          .append(SlowNumbers.general(upper))
          .append(close)
          .append(':')
          .append(SlowNumbers.general(n));
    }
  }

  /** Whether the layouts can be combined. */
  boolean likeIn(@Nullable SlowHistogram other) {
    return other != null && other.custom() == custom();
  }
}
