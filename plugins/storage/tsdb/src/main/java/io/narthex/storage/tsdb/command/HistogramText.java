package io.narthex.storage.tsdb.command;

import io.narthex.api.format.FloatText;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.Span;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;

/**
 * Native histograms as Prometheus prints them: {@code {count:4, sum:2.5, [-0.001,0.001]:1,
 * (1,2]:3}}; buckets ascend, empty ones are left out.
 */
final class HistogramText {
  private static final MathContext PRECISION = new MathContext(40);

  private HistogramText() {}

  static void append(NativeHistogram h, StringBuilder out) {
    out.append("{count:");
    count(h, h.count(), out);
    out.append(", sum:");
    FloatText.append(h.sum(), out);
    List<String> negative = buckets(h, h.negativeSpans(), h.negativeBuckets(), true);
    for (int i = negative.size() - 1; i >= 0; i--) {
      out.append(", ").append(negative.get(i));
    }
    if (h.zeroCount() != 0) {
      out.append(", [");
      FloatText.append(-h.zeroThreshold(), out);
      out.append(',');
      FloatText.append(h.zeroThreshold(), out);
      out.append("]:");
      count(h, h.zeroCount(), out);
    }
    for (String bucket : buckets(h, h.positiveSpans(), h.positiveBuckets(), false)) {
      out.append(", ").append(bucket);
    }
    out.append('}');
  }

  private static void count(NativeHistogram h, double count, StringBuilder out) {
    if (h.integer()) {
      out.append((long) count);
    } else {
      FloatText.append(count, out);
    }
  }

  private static List<String> buckets(
      NativeHistogram h, List<Span> spans, double[] counts, boolean negative) {
    List<String> out = new ArrayList<>();
    int index = 0;
    int n = 0;
    for (Span span : spans) {
      index += span.offset();
      for (int i = 0; i < span.length() && n < counts.length; i++, index++, n++) {
        if (counts[n] == 0) {
          continue;
        }
        double upper = bound(h, index);
        double lower = bound(h, index - 1);
        StringBuilder bucket = new StringBuilder(negative ? "[" : "(");
        FloatText.append(negative ? -upper : lower, bucket);
        bucket.append(',');
        FloatText.append(negative ? -lower : upper, bucket);
        bucket.append(negative ? "):" : "]:");
        count(h, counts[n], bucket);
        out.add(bucket.toString());
      }
    }
    return out;
  }

  /** The upper bound of a bucket. */
  private static double bound(NativeHistogram h, int index) {
    if (h.hasCustomBuckets()) {
      double[] values = h.customBounds();
      return index < 0
          ? Double.NEGATIVE_INFINITY
          : index >= values.length ? Double.POSITIVE_INFINITY : values[index];
    }
    if (h.schema() < 0) {
      int shift = -h.schema();
      int exponent = index << shift;
      return exponent == 1024 ? Double.MAX_VALUE : Math.scalb(1.0, exponent);
    }
    int mask = (1 << h.schema()) - 1;
    int exponent = index >> h.schema();
    double fraction = fraction(h.schema(), index & mask);
    return (index & mask) == 0 && exponent == 1024
        ? Double.MAX_VALUE
        : Math.scalb(fraction, exponent);
  }

  /** 2 to the power of i / 2^schema, rounded once: {@link Math#pow} may be off by one place. */
  private static double fraction(int schema, int i) {
    BigDecimal root = BigDecimal.TWO;
    BigDecimal product = BigDecimal.ONE;
    for (int bit = schema - 1; bit >= 0; bit--) {
      root = root.sqrt(PRECISION);
      if ((i >> bit & 1) != 0) {
        product = product.multiply(root, PRECISION);
      }
    }
    return product.doubleValue();
  }
}
