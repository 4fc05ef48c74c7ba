package io.narthex.api.model;

import io.narthex.api.Api;
import io.narthex.api.model.NativeHistogram.Span;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;

/**
 * Native histograms as Prometheus writes them: count, sum, and the populated buckets from the
 * lowest to the highest, each with its bounds and its observations. For example {@code {count:3,
 * sum:2.5, [-0.001,0.001]:1, (1,2]:2}}. Source: Prometheus 3.14, {@code model/histogram}.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public final class HistogramText {
  private static final int MAX_SCHEMA = 8;
  private static final int MAX_EXPONENT = 1024;

  /**
   * {@code 2^(i / 256)}, each rounded once: {@code Math.pow} may be off by one place, by machine.
   */
  private static final double[] FRACTIONS = fractions();

  private final NativeHistogram histogram;
  private final boolean whole;
  private final StringBuilder out = new StringBuilder();

  private HistogramText(NativeHistogram histogram, boolean whole) {
    this.histogram = histogram;
    this.whole = whole;
  }

  /** As results of queries are written, in which all are histograms of floats. */
  public static String of(NativeHistogram h) {
    return new HistogramText(h, false).write();
  }

  /** As stored ones are written: all digits of counts where those are integers. */
  public static String ofStored(NativeHistogram h) {
    return new HistogramText(h, h.integer()).write();
  }

  private String write() {
    out.append("{count:");
    count(histogram.count());
    out.append(", sum:").append(GoFloat.general(histogram.sum()));
    negative();
    if (histogram.zeroCount() != 0) {
      double threshold = histogram.zeroThreshold();
      bucket('[', -threshold, threshold, ']', histogram.zeroCount());
    }
    positive();
    return out.append('}').toString();
  }

  private void negative() {
    List<Span> spans = histogram.negativeSpans();
    double[] counts = histogram.negativeBuckets();
    int index = 0;
    for (Span span : spans) {
      index += span.offset() + span.length();
    }
    int n = counts.length;
    for (int s = spans.size() - 1; s >= 0; s--) {
      for (int i = spans.get(s).length(); i > 0; i--) {
        index--;
        n--;
        if (counts[n] != 0) {
          bucket('[', -bound(index), -bound(index - 1), ')', counts[n]);
        }
      }
      index -= spans.get(s).offset();
    }
  }

  private void positive() {
    double[] counts = histogram.positiveBuckets();
    int index = 0;
    int n = 0;
    for (Span span : histogram.positiveSpans()) {
      index += span.offset();
      for (int i = span.length(); i > 0; i--) {
        if (counts[n] != 0) {
          // Custom bounds begin at -Inf, which the first bucket holds too.
          char open = histogram.hasCustomBuckets() && index == 0 ? '[' : '(';
          bucket(open, bound(index - 1), bound(index), ']', counts[n]);
        }
        index++;
        n++;
      }
    }
  }

  private void bucket(char open, double lower, double upper, char close, double count) {
    out.append(", ").append(open).append(GoFloat.general(lower));
    out.append(',').append(GoFloat.general(upper)).append(close).append(':');
    count(count);
  }

  private void count(double count) {
    if (whole && Math.abs(count) < 0x1p63) {
      out.append((long) count);
    } else {
      out.append(GoFloat.general(count));
    }
  }

  /** The upper bound of a positive bucket; what would overflow by one is the greatest double. */
  private double bound(int index) {
    if (histogram.hasCustomBuckets()) {
      double[] bounds = histogram.customBounds();
      return index < 0
          ? Double.NEGATIVE_INFINITY
          : index < bounds.length ? bounds[index] : Double.POSITIVE_INFINITY;
    }
    int schema = histogram.schema();
    int exponent = schema < 0 ? index << -schema : index >> schema;
    int part = schema <= 0 ? 0 : index & (1 << schema) - 1;
    return part == 0 && exponent == MAX_EXPONENT
        ? Double.MAX_VALUE
        : Math.scalb(FRACTIONS[part << (MAX_SCHEMA - Math.max(0, schema))], exponent);
  }

  private static double[] fractions() {
    MathContext precision = new MathContext(40);
    BigDecimal[] roots = new BigDecimal[MAX_SCHEMA];
    BigDecimal root = BigDecimal.TWO;
    for (int bit = MAX_SCHEMA - 1; bit >= 0; bit--) {
      root = root.sqrt(precision);
      roots[bit] = root;
    }
    double[] fractions = new double[1 << MAX_SCHEMA];
    for (int i = 0; i < fractions.length; i++) {
      BigDecimal product = BigDecimal.ONE;
      for (int bit = 0; bit < MAX_SCHEMA; bit++) {
        if ((i >> bit & 1) != 0) {
          product = product.multiply(roots[bit], precision);
        }
      }
      fractions[i] = product.doubleValue();
    }
    return fractions;
  }
}
