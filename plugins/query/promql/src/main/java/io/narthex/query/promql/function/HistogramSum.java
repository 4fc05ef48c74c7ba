package io.narthex.query.promql.function;

import io.narthex.api.model.BucketBounds;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.NativeHistogram.Span;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A sum of native histograms, to be added to and subtracted from. Where layouts differ, the coarser
 * wins: the lower schema, the wider zero bucket, the custom bounds that both have. Aggregations sum
 * all parts with compensation; operators and rates do not, so neither does a {@link #plain} sum.
 * The order of additions is that of Prometheus 3.14 ({@code FloatHistogram.Add} and {@code
 * KahanAdd}), as it decides the last bits. Not safe for several threads.
 */
public final class HistogramSum {
  /** The buckets of one sign, ascending by index. */
  private static final class Side {
    /** The spans that {@link #index} was made of; null once it was changed. */
    private @Nullable List<Span> layout;

    private int size;
    private int[] index;
    private double[] count;
    private double[] compensation;

    Side(List<Span> spans, double[] buckets) {
      layout = spans;
      size = buckets.length;
      index = HistogramBuckets.indexes(spans, size);
      count = buckets.clone();
      compensation = new double[size];
    }

    Side(Side other) {
      layout = other.layout;
      size = other.size;
      index = other.index.clone();
      count = other.count.clone();
      compensation = other.compensation.clone();
    }

    void add(List<Span> spans, double[] buckets, double sign, boolean compensated) {
      if (spans.equals(layout)) {
        for (int i = 0; i < size; i++) {
          addTo(i, sign * buckets[i], compensated);
        }
      } else if (covers(spans)) {
        int at = 0;
        int wanted = 0;
        int bucket = 0;
        for (Span span : spans) {
          wanted += span.offset();
          for (int i = 0; i < span.length(); i++) {
            while (index[at] < wanted) {
              at++;
            }
            addTo(at, sign * buckets[bucket++], compensated);
            wanted++;
          }
        }
      } else {
        add(new Side(spans, buckets), sign, compensated);
      }
    }

    /** Whether there are buckets for all of the spans: then nothing has to be made anew. */
    private boolean covers(List<Span> spans) {
      int at = 0;
      int wanted = 0;
      for (Span span : spans) {
        wanted += span.offset();
        for (int i = 0; i < span.length(); i++) {
          while (at < size && index[at] < wanted) {
            at++;
          }
          if (at == size || index[at] != wanted++) {
            return false;
          }
        }
      }
      return true;
    }

    void add(Side other, double sign, boolean compensated) {
      if (other.size == 0) {
        return;
      }
      int capacity = size + other.size;
      int[] oldIndex = index;
      double[] oldCount = count;
      double[] oldCompensation = compensation;
      int oldSize = size;
      layout = null;
      index = new int[capacity];
      count = new double[capacity];
      compensation = new double[capacity];
      size = 0;
      int a = 0;
      int b = 0;
      while (a < oldSize || b < other.size) {
        int left = a < oldSize ? oldIndex[a] : Integer.MAX_VALUE;
        int right = b < other.size ? other.index[b] : Integer.MAX_VALUE;
        index[size] = Math.min(left, right);
        if (left <= right) {
          count[size] = oldCount[a];
          compensation[size] = oldCompensation[a++];
        }
        if (right <= left) {
          addTo(size, sign * other.count[b], compensated);
          addTo(size, sign * other.compensation[b], compensated);
          b++;
        }
        size++;
      }
    }

    /** Adds to the bucket of an index, which is made where there is none. */
    void addAt(int wanted, double x, boolean compensated) {
      int at = Arrays.binarySearch(index, 0, size, wanted);
      if (at < 0) {
        at = -at - 1;
        layout = null;
        index = Arrays.copyOf(index, size + 1);
        count = Arrays.copyOf(count, size + 1);
        compensation = Arrays.copyOf(compensation, size + 1);
        System.arraycopy(index, at, index, at + 1, size - at);
        System.arraycopy(count, at, count, at + 1, size - at);
        System.arraycopy(compensation, at, compensation, at + 1, size - at);
        index[at] = wanted;
        count[at] = 0;
        compensation[at] = 0;
        size++;
      }
      addTo(at, x, compensated);
    }

    private void addTo(int i, double x, boolean compensated) {
      double total = count[i] + x;
      if (compensated) {
        compensation[i] = Kahan.compensation(x, count[i], total, compensation[i]);
      }
      count[i] = total;
    }

    /** Gives each bucket a new index; the new ones ascend, and may be equal. */
    void renumber(IntUnaryOperator change, boolean compensated) {
      layout = null;
      int n = 0;
      for (int i = 0; i < size; i++) {
        int renumbered = change.applyAsInt(index[i]);
        if (n > 0 && index[n - 1] == renumbered) {
          addTo(n - 1, count[i], compensated);
          addTo(n - 1, compensation[i], compensated);
        } else {
          index[n] = renumbered;
          count[n] = count[i];
          compensation[n++] = compensation[i];
        }
      }
      size = n;
    }

    void multiply(double factor) {
      for (int i = 0; i < size; i++) {
        count[i] *= factor;
        compensation[i] *= factor;
      }
    }

    void divide(double divisor) {
      for (int i = 0; i < size; i++) {
        count[i] /= divisor;
        compensation[i] /= divisor;
      }
    }

    void removeFirst(int n) {
      layout = n == 0 ? layout : null;
      size -= n;
      System.arraycopy(index, n, index, 0, size);
      System.arraycopy(count, n, count, 0, size);
      System.arraycopy(compensation, n, compensation, 0, size);
    }

    void removeEmpty() {
      int n = 0;
      for (int i = 0; i < size; i++) {
        if (count[i] != 0 || compensation[i] != 0) {
          index[n] = index[i];
          count[n] = count[i];
          compensation[n++] = compensation[i];
        }
      }
      layout = n == size ? layout : null;
      size = n;
    }

    boolean overflows() {
      for (int i = 0; i < size; i++) {
        if (Double.isInfinite(count[i])) {
          return true;
        }
      }
      return false;
    }

    private double value(int i, double divisor) {
      return count[i] / divisor + compensation[i] / divisor;
    }

    double[] values(double divisor, boolean withEmpty) {
      double[] out = new double[size];
      int n = 0;
      for (int i = 0; i < size; i++) {
        double value = value(i, divisor);
        if (withEmpty || value != 0) {
          out[n++] = value;
        }
      }
      return n == size ? out : Arrays.copyOf(out, n);
    }

    List<Span> spans(double divisor, boolean withEmpty) {
      List<Span> spans = new ArrayList<>();
      int end = 0;
      int start = 0;
      int length = 0;
      for (int i = 0; i < size; i++) {
        if (!withEmpty && value(i, divisor) == 0) {
          continue;
        }
        if (length > 0 && index[i] == start + length) {
          length++;
          continue;
        }
        if (length > 0) {
          spans.add(new Span(start - end, length));
          end = start + length;
        }
        start = index[i];
        length = 1;
      }
      if (length > 0) {
        spans.add(new Span(start - end, length));
      }
      return spans;
    }
  }

  private final boolean compensated;
  private int schema;
  private double[] bounds;
  private double zeroThreshold;
  private double zeroCount;
  private double zeroCompensation;
  private double count;
  private double countCompensation;
  private double sum;
  private double sumCompensation;
  private Side positive;
  private Side negative;
  private ResetHint hint;
  private boolean seenReset;
  private boolean seenNotReset;
  private boolean reconciled;
  private boolean incremental;
  private boolean keepsEmpty;
  private boolean added;

  /** No part of the sum is greater, as long as this is finite; kept for means alone. */
  private double magnitude;

  /** Starts a compensated sum with a histogram. */
  public HistogramSum(NativeHistogram h) {
    this(h, true);
    magnitude = magnitude(h);
  }

  private HistogramSum(NativeHistogram h, boolean compensated) {
    this.compensated = compensated;
    schema = h.schema();
    bounds = h.customBounds();
    zeroThreshold = h.zeroThreshold();
    zeroCount = h.zeroCount();
    count = h.count();
    sum = h.sum();
    positive = new Side(h.positiveSpans(), h.positiveBuckets());
    negative = new Side(h.negativeSpans(), h.negativeBuckets());
    hint = h.resetHint();
    note(hint);
  }

  /** Starts a compensated sum over time: only that keeps the buckets that are empty. */
  static HistogramSum overTime(NativeHistogram h) {
    HistogramSum sum = new HistogramSum(h);
    sum.keepsEmpty = true;
    return sum;
  }

  /** Starts a sum without compensation with a histogram. */
  public static HistogramSum plain(NativeHistogram h) {
    return new HistogramSum(h, false);
  }

  private void note(ResetHint other) {
    seenReset |= other == ResetHint.RESET;
    seenNotReset |= other == ResetHint.NOT_RESET;
  }

  /** Whether the other histogram has a layout of the same kind, exponential or custom. */
  public boolean compatible(NativeHistogram h) {
    return (schema == NativeHistogram.CUSTOM_BUCKETS) == h.hasCustomBuckets();
  }

  /** Whether custom bounds differed and had to be cut down to those in common. */
  public boolean reconciled() {
    return reconciled;
  }

  /** Whether one histogram came after a reset and another surely did not. */
  public boolean conflictingHints() {
    return seenReset && seenNotReset;
  }

  /**
   * Adds a histogram for a {@link #mean} of {@code histograms} in all, itself included. Where the
   * sum would overflow, a mean is kept from then on instead.
   */
  public void addForMean(NativeHistogram h, double histograms) {
    if (!incremental) {
      magnitude += magnitude(h);
      if (!Double.isInfinite(magnitude) && !Double.isNaN(magnitude)) {
        add(h);
        return;
      }
      Side oldPositive = new Side(positive);
      Side oldNegative = new Side(negative);
      double[] old = numbers();
      int oldSchema = schema;
      double[] oldBounds = bounds;
      combine(h, 1);
      if (!overflows()) {
        noteSum(h);
        return;
      }
      positive = oldPositive;
      negative = oldNegative;
      setNumbers(old);
      schema = oldSchema;
      bounds = oldBounds;
      incremental = true;
      divide(histograms - 1);
    }
    noteSum(h);
    multiply((histograms - 1) / histograms);
    combine(NativeHistograms.dividedBy(h, histograms), 1);
  }

  private static double magnitude(NativeHistogram h) {
    double magnitude = Math.abs(h.count()) + Math.abs(h.sum()) + Math.abs(h.zeroCount());
    for (double n : h.positiveBuckets()) {
      magnitude += Math.abs(n);
    }
    for (double n : h.negativeBuckets()) {
      magnitude += Math.abs(n);
    }
    return magnitude;
  }

  private double[] numbers() {
    return new double[] {
      zeroThreshold, zeroCount, zeroCompensation, count, countCompensation, sum, sumCompensation
    };
  }

  private void setNumbers(double[] numbers) {
    zeroThreshold = numbers[0];
    zeroCount = numbers[1];
    zeroCompensation = numbers[2];
    count = numbers[3];
    countCompensation = numbers[4];
    sum = numbers[5];
    sumCompensation = numbers[6];
  }

  private boolean overflows() {
    return Double.isInfinite(zeroCount)
        || Double.isInfinite(count)
        || Double.isInfinite(sum)
        || positive.overflows()
        || negative.overflows();
  }

  private void multiply(double factor) {
    zeroCount *= factor;
    zeroCompensation *= factor;
    count *= factor;
    countCompensation *= factor;
    sum *= factor;
    sumCompensation *= factor;
    positive.multiply(factor);
    negative.multiply(factor);
  }

  private void divide(double divisor) {
    zeroCount /= divisor;
    zeroCompensation /= divisor;
    count /= divisor;
    countCompensation /= divisor;
    sum /= divisor;
    sumCompensation /= divisor;
    positive.divide(divisor);
    negative.divide(divisor);
  }

  /**
   * Adds a histogram that is {@link #compatible}.
   *
   * @return whether custom bounds had to be reconciled for it
   */
  public boolean add(NativeHistogram h) {
    noteSum(h);
    return combine(h, 1);
  }

  /**
   * Subtracts a histogram that is {@link #compatible}; the rest is a gauge.
   *
   * @return whether custom bounds had to be reconciled for it
   */
  public boolean subtract(NativeHistogram h) {
    note(h.resetHint());
    hint = ResetHint.GAUGE;
    return combine(h, -1);
  }

  private void noteSum(NativeHistogram h) {
    note(h.resetHint());
    hint = sumHint(hint, h.resetHint());
  }

  static ResetHint sumHint(ResetHint a, ResetHint b) {
    if (a == b) {
      return a;
    }
    return a == ResetHint.GAUGE || b == ResetHint.GAUGE ? ResetHint.GAUGE : ResetHint.UNKNOWN;
  }

  private boolean combine(NativeHistogram h, double sign) {
    added = true;
    boolean custom = schema == NativeHistogram.CUSTOM_BUCKETS;
    if (custom ? Arrays.equals(bounds, h.customBounds()) : sameLayout(h)) {
      addZero(sign * h.zeroCount());
      addTotals(h, sign);
      positive.add(h.positiveSpans(), h.positiveBuckets(), sign, compensated);
      negative.add(h.negativeSpans(), h.negativeBuckets(), sign, compensated);
      return false;
    }
    if (custom) {
      addTotals(h, sign);
      reconcile(h, sign);
      reconciled = true;
      return true;
    }
    HistogramSum other = new HistogramSum(h, compensated);
    align(other);
    addZero(sign * other.zeroCount);
    addZero(sign * other.zeroCompensation);
    addTotals(h, sign);
    positive.add(other.positive, sign, compensated);
    negative.add(other.negative, sign, compensated);
    return false;
  }

  private boolean sameLayout(NativeHistogram h) {
    return schema == h.schema() && zeroThreshold == h.zeroThreshold();
  }

  private void addZero(double x) {
    double total = zeroCount + x;
    if (compensated) {
      zeroCompensation = Kahan.compensation(x, zeroCount, total, zeroCompensation);
    }
    zeroCount = total;
  }

  private void addTotals(NativeHistogram h, double sign) {
    double total = count + sign * h.count();
    if (compensated) {
      countCompensation = Kahan.compensation(sign * h.count(), count, total, countCompensation);
    }
    count = total;
    total = sum + sign * h.sum();
    if (compensated) {
      sumCompensation = Kahan.compensation(sign * h.sum(), sum, total, sumCompensation);
    }
    sum = total;
  }

  /** Adds buckets of other custom bounds, one by one, to those that cover the same and more. */
  private void reconcile(NativeHistogram h, double sign) {
    double[] others = h.customBounds();
    double[] common = common(bounds, others);
    double[] own = bounds;
    positive.renumber(i -> covering(common, own, i), compensated);
    bounds = common;
    double[] buckets = h.positiveBuckets();
    int[] indexes = HistogramBuckets.indexes(h.positiveSpans(), buckets.length);
    for (int i = 0; i < buckets.length; i++) {
      positive.addAt(covering(common, others, indexes[i]), sign * buckets[i], compensated);
    }
    removeEmpty();
  }

  private static double[] common(double[] a, double[] b) {
    double[] common = new double[Math.min(a.length, b.length)];
    int n = 0;
    int i = 0;
    int j = 0;
    while (i < a.length && j < b.length) {
      if (a[i] == b[j]) {
        common[n++] = a[i++];
        j++;
      } else if (a[i] < b[j]) {
        i++;
      } else {
        j++;
      }
    }
    return Arrays.copyOf(common, n);
  }

  /** The bucket of the bounds in common that covers bucket {@code i} of all bounds. */
  private static int covering(double[] common, double[] bounds, int i) {
    if (i >= bounds.length) {
      return common.length;
    }
    int at = Arrays.binarySearch(common, bounds[i]);
    return at >= 0 ? at : -at - 1;
  }

  /** Gives both the same exponential layout. */
  private void align(HistogramSum other) {
    while (zeroThreshold != other.zeroThreshold) {
      if (zeroThreshold > other.zeroThreshold) {
        other.widenZero(zeroThreshold);
      } else {
        widenZero(other.zeroThreshold);
        removeEmpty();
      }
    }
    int coarser = Math.min(schema, other.schema);
    coarsen(coarser);
    other.coarsen(coarser);
  }

  private void removeEmpty() {
    if (keepsEmpty) {
      positive.removeEmpty();
      negative.removeEmpty();
    }
  }

  /** Lowers the schema of exponential buckets, where it is higher. */
  void coarsen(int coarser) {
    int shift = schema - coarser;
    if (shift > 0 && coarser != NativeHistogram.CUSTOM_BUCKETS) {
      positive.renumber(i -> ((i - 1) >> shift) + 1, compensated);
      negative.renumber(i -> ((i - 1) >> shift) + 1, compensated);
      schema = coarser;
    }
  }

  /** Makes the zero bucket at least so wide; wider where that would cut a bucket in two. */
  private void widenZero(double threshold) {
    double wider = threshold;
    boolean cut = true;
    while (cut) {
      double before = wider;
      wider = Math.max(reach(positive, wider), reach(negative, wider));
      cut = wider != before;
    }
    absorb(positive, wider);
    absorb(negative, wider);
    zeroThreshold = wider;
  }

  /** The threshold moved out to the upper bound of the bucket that it would cut. */
  private double reach(Side side, double threshold) {
    for (int i = 0; i < side.size; i++) {
      double upper = BucketBounds.upper(schema, side.index[i]);
      double lower = BucketBounds.upper(schema, side.index[i] - 1);
      if (lower < threshold && upper > threshold && side.count[i] != 0) {
        return upper;
      }
    }
    return threshold;
  }

  private void absorb(Side side, double threshold) {
    int n = 0;
    while (n < side.size && BucketBounds.upper(schema, side.index[n]) <= threshold) {
      addZero(side.count[n]);
      addZero(side.compensation[n++]);
    }
    side.removeFirst(n);
  }

  /** The sum as it stands, without empty buckets unless it is one over time. */
  public NativeHistogram value() {
    return dividedBy(1, hint);
  }

  /** The sum as a gauge. */
  NativeHistogram gauge() {
    return dividedBy(1, ResetHint.GAUGE);
  }

  /** The sum divided by the number of histograms in it. */
  public NativeHistogram mean(double histograms) {
    return dividedBy(incremental ? 1 : histograms, hint);
  }

  private NativeHistogram dividedBy(double divisor, ResetHint newHint) {
    return new NativeHistogram(
        false,
        newHint,
        schema,
        zeroThreshold,
        corrected(zeroCount, zeroCompensation, divisor),
        corrected(count, countCompensation, divisor),
        corrected(sum, sumCompensation, divisor),
        positive.spans(divisor, keepsEmpty),
        positive.values(divisor, keepsEmpty),
        negative.spans(divisor, keepsEmpty),
        negative.values(divisor, keepsEmpty),
        bounds);
  }

  /** A negative zero stays one where nothing was added. */
  private double corrected(double total, double compensation, double divisor) {
    return compensated && added ? total / divisor + compensation / divisor : total / divisor;
  }

  /** The buckets of a histogram that has another schema, or another zero bucket. */
  private static HistogramSum layoutOf(NativeHistogram h) {
    return new HistogramSum(h, false);
  }

  /** Whether a counter was reset between two samples. */
  static boolean reset(NativeHistogram before, NativeHistogram after) {
    if (after.resetHint() == ResetHint.RESET || after.resetHint() == ResetHint.NOT_RESET) {
      return after.resetHint() == ResetHint.RESET;
    }
    if (after.count() < before.count() || after.hasCustomBuckets() != before.hasCustomBuckets()) {
      return true;
    }
    if (after.hasCustomBuckets()) {
      return Arrays.equals(before.customBounds(), after.customBounds())
          ? fell(before, after)
          : fellOnCommonBounds(before, after);
    }
    if (after.schema() > before.schema() || after.zeroThreshold() < before.zeroThreshold()) {
      return true;
    }
    if (after.schema() == before.schema() && after.zeroThreshold() == before.zeroThreshold()) {
      return after.zeroCount() < before.zeroCount() || fell(before, after);
    }
    HistogramSum a = layoutOf(before);
    if (a.zeroThreshold < after.zeroThreshold()) {
      a.widenZero(after.zeroThreshold());
    }
    if (a.zeroThreshold != after.zeroThreshold() || after.zeroCount() < a.zeroCount) {
      return true;
    }
    a.coarsen(after.schema());
    HistogramSum b = layoutOf(after);
    return fell(a.positive, b.positive) || fell(a.negative, b.negative);
  }

  private static boolean fell(NativeHistogram before, NativeHistogram after) {
    return fell(
            before.positiveSpans(),
            before.positiveBuckets(),
            after.positiveSpans(),
            after.positiveBuckets())
        || fell(
            before.negativeSpans(),
            before.negativeBuckets(),
            after.negativeSpans(),
            after.negativeBuckets());
  }

  private static boolean fell(
      List<Span> beforeSpans, double[] before, List<Span> afterSpans, double[] after) {
    if (!beforeSpans.equals(afterSpans)) {
      return fell(new Side(beforeSpans, before), new Side(afterSpans, after));
    }
    for (int i = 0; i < before.length; i++) {
      if (after[i] < before[i]) {
        return true;
      }
    }
    return false;
  }

  private static boolean fell(Side before, Side after) {
    int k = 0;
    for (int i = 0; i < before.size; i++) {
      while (k < after.size && after.index[k] < before.index[i]) {
        k++;
      }
      boolean missing = k == after.size || after.index[k] > before.index[i];
      if (missing ? before.count[i] != 0 : after.count[k] < before.count[i]) {
        return true;
      }
    }
    return false;
  }

  private static boolean fellOnCommonBounds(NativeHistogram before, NativeHistogram after) {
    double[] common = common(before.customBounds(), after.customBounds());
    double[] was = onBounds(common, before);
    double[] is = onBounds(common, after);
    for (int i = 0; i < was.length; i++) {
      if (is[i] < was[i]) {
        return true;
      }
    }
    return false;
  }

  private static double[] onBounds(double[] common, NativeHistogram h) {
    double[] counts = new double[common.length + 1];
    double[] buckets = h.positiveBuckets();
    int[] indexes = HistogramBuckets.indexes(h.positiveSpans(), buckets.length);
    for (int i = 0; i < buckets.length; i++) {
      counts[covering(common, h.customBounds(), indexes[i])] += buckets[i];
    }
    return counts;
  }
}
