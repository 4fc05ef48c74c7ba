package io.narthex.query.remoteread;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.wire.ProtobufWriter;
import java.util.List;

/**
 * The message {@code prometheus.Histogram}:
 *
 * <pre>
 *    1 uint64 count_int        2 double count_float    (one of them, by what it was observed as)
 *    3 double sum              4 sint32 schema         5 double zero_threshold
 *    6 uint64 zero_count_int   7 double zero_count_float
 *    8 BucketSpan* negative    9 sint64* deltas       10 double* counts
 *   11 BucketSpan* positive   12 sint64* deltas       13 double* counts
 *   14 reset hint             15 int64 timestamp, milliseconds
 *   16 double* custom bounds
 * </pre>
 */
final class HistogramMessage {
  private final ProtobufWriter message = new ProtobufWriter();
  private final ProtobufWriter small = new ProtobufWriter();

  /** The message of a histogram; good until the next call. */
  ProtobufWriter of(NativeHistogram h, long timestamp) {
    message.clear();
    boolean integer = h.integer();
    if (integer) {
      message.number(1, unsigned(h.count()));
    } else {
      message.real(2, h.count());
    }
    message.realUnlessZero(3, h.sum());
    if (h.schema() != 0) {
      message.number(4, (long) h.schema() << 1 ^ (long) h.schema() >> 63);
    }
    message.realUnlessZero(5, h.zeroThreshold());
    if (integer) {
      message.number(6, unsigned(h.zeroCount()));
    } else {
      message.real(7, h.zeroCount());
    }
    spans(8, h.negativeSpans());
    buckets(9, integer, h.negativeBuckets());
    spans(11, h.positiveSpans());
    buckets(12, integer, h.positiveBuckets());
    message.numberUnlessZero(
        14,
        switch (h.resetHint()) {
          case UNKNOWN -> 0;
          case RESET -> 1;
          case NOT_RESET -> 2;
          case GAUGE -> 3;
        });
    message.numberUnlessZero(15, timestamp);
    packed(16, h.customBounds());
    return message;
  }

  private void spans(int field, List<NativeHistogram.Span> spans) {
    for (int i = 0; i < spans.size(); i++) {
      NativeHistogram.Span span = spans.get(i);
      small.clear();
      if (span.offset() != 0) {
        small.number(1, (long) span.offset() << 1 ^ (long) span.offset() >> 63);
      }
      small.numberUnlessZero(2, span.length());
      message.message(field, small);
    }
  }

  /** Counts: of integers as differences, in the field before that of floats. */
  private void buckets(int field, boolean integer, double[] counts) {
    if (!integer) {
      packed(field + 1, counts);
      return;
    }
    if (counts.length == 0) {
      return;
    }
    small.clear();
    long before = 0;
    for (double count : counts) {
      long now = (long) count;
      small.zigzag(now - before);
      before = now;
    }
    message.message(field, small);
  }

  private void packed(int field, double[] values) {
    if (values.length == 0) {
      return;
    }
    message.begin(field, 8L * values.length);
    for (double value : values) {
      message.bits(value);
    }
  }

  /** A count of an integer histogram, which a double holds as far as it goes. */
  static long unsigned(double v) {
    return v < 0x1p63 ? (long) v : v >= 0x1p64 ? -1 : (long) (v - 0x1p63) + Long.MIN_VALUE;
  }
}
