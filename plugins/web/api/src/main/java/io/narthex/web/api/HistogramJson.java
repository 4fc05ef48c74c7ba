package io.narthex.web.api;

import io.narthex.api.model.BucketBounds;
import io.narthex.api.model.NativeHistogram;
import java.io.IOException;
import java.util.List;

/**
 * A native histogram as the API writes it: {@code
 * {"count":"..","sum":"..","buckets":[[rule,"lower","upper","count"]]}} with the buckets in
 * ascending order and empty ones left out. The rule tells which bounds belong to the bucket: 0 the
 * upper, 1 the lower, 2 none, 3 both. Where a bucket overlaps the zero bucket, its bound is that of
 * the zero bucket, as in Prometheus.
 */
final class HistogramJson {
  private static final int OPEN_LEFT = 0;
  private static final int OPEN_RIGHT = 1;
  private static final int CLOSED = 3;

  private HistogramJson() {}

  static void write(NativeHistogram h, JsonStream json) throws IOException {
    json.beginObject();
    json.key("count").sampleValue(h.count());
    json.key("sum").sampleValue(h.sum());
    boolean[] any = {false};
    negative(h, json, any);
    if (h.zeroCount() != 0) {
      bucket(json, any, CLOSED, -h.zeroThreshold(), h.zeroThreshold(), h.zeroCount());
    }
    positive(h, json, any);
    if (any[0]) {
      json.endArray();
    }
    json.endObject();
  }

  private static void positive(NativeHistogram h, JsonStream json, boolean[] any)
      throws IOException {
    int index = 0;
    int at = 0;
    for (NativeHistogram.Span span : h.positiveSpans()) {
      index += span.offset();
      for (int i = 0; i < span.length(); i++, index++, at++) {
        double count = h.positiveBuckets()[at];
        if (count != 0) {
          // The first explicit bucket has no neighbour that its lower bound could belong to.
          int rule = h.hasCustomBuckets() && index == 0 ? CLOSED : OPEN_LEFT;
          double low = BucketBounds.upper(h, index - 1);
          double lower = low > 0 && low < h.zeroThreshold() ? h.zeroThreshold() : low;
          bucket(json, any, rule, lower, BucketBounds.upper(h, index), count);
        }
      }
    }
  }

  private static void negative(NativeHistogram h, JsonStream json, boolean[] any)
      throws IOException {
    int total = h.negativeBuckets().length;
    int[] indexes = new int[total];
    int at = 0;
    int index = 0;
    List<NativeHistogram.Span> spans = h.negativeSpans();
    for (NativeHistogram.Span span : spans) {
      index += span.offset();
      for (int i = 0; i < span.length(); i++) {
        indexes[at++] = index++;
      }
    }
    for (int i = total - 1; i >= 0; i--) {
      double count = h.negativeBuckets()[i];
      if (count != 0) {
        double upper = Math.min(-BucketBounds.upper(h, indexes[i] - 1), -h.zeroThreshold());
        bucket(json, any, OPEN_RIGHT, -BucketBounds.upper(h, indexes[i]), upper, count);
      }
    }
  }

  private static void bucket(
      JsonStream json, boolean[] any, int rule, double lower, double upper, double count)
      throws IOException {
    if (!any[0]) {
      json.key("buckets").beginArray();
      any[0] = true;
    }
    json.beginArray().value((long) rule).sampleValue(lower).sampleValue(upper).sampleValue(count);
    json.endArray();
  }
}
