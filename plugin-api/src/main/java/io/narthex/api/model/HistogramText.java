package io.narthex.api.model;

import io.narthex.api.Api;
import io.narthex.api.model.NativeHistogram.Span;
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
          bucket(
              '[',
              -BucketBounds.upper(histogram, index),
              -BucketBounds.upper(histogram, index - 1),
              ')',
              counts[n]);
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
          bucket(
              open,
              BucketBounds.upper(histogram, index - 1),
              BucketBounds.upper(histogram, index),
              ']',
              counts[n]);
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
}
