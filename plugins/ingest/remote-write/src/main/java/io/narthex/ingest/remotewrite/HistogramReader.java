package io.narthex.ingest.remotewrite;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.wire.HistogramParts;
import io.narthex.api.wire.MalformedException;
import io.narthex.api.wire.ProtobufReader;

/**
 * Reads native histograms, which look the same in both versions of remote write ({@code
 * prometheus.Histogram}, {@code io.prometheus.write.v2.Histogram}):
 *
 * <pre>
 *    1 uint64 count_int        2 double count_float    (the one that is there, or comes last, says
 *                              whether it is an integer histogram or one of floats)
 *    3 double sum              4 sint32 schema         5 double zero_threshold
 *    6 uint64 zero_count_int   7 double zero_count_float
 *    8 BucketSpan* negative    9 sint64* deltas       10 double* counts
 *   11 BucketSpan* positive   12 sint64* deltas       13 double* counts
 *   14 reset hint             15 int64 timestamp, milliseconds
 *   16 double* custom bounds  17 int64 start timestamp, milliseconds (version 2)
 * </pre>
 */
final class HistogramReader {
  private static final ResetHint[] HINTS = {
    ResetHint.UNKNOWN, ResetHint.RESET, ResetHint.NOT_RESET, ResetHint.GAUGE
  };

  private final HistogramParts parts = new HistogramParts();

  /** Milliseconds; of the histogram read last. */
  long timestamp;

  /** Milliseconds, 0 when unknown; of the histogram read last. */
  long startTimestamp;

  /** Reads the message from the reader's position to its limit. */
  void read(ProtobufReader p) throws MalformedException {
    parts.clear();
    timestamp = 0;
    startTimestamp = 0;
    double zeroInt = 0;
    double zeroFloat = 0;
    while (p.hasMore()) {
      int tag = p.tag();
      switch (tag >>> 3) {
        case 1 -> {
          ProtobufReader.require(tag, ProtobufReader.VARINT, "CountInt");
          parts.count = HistogramParts.unsigned(p.varint());
          parts.integer = true;
        }
        case 2 -> {
          ProtobufReader.require(tag, ProtobufReader.FIXED64, "CountFloat");
          parts.count = p.float64();
          parts.integer = false;
        }
        case 3 -> {
          ProtobufReader.require(tag, ProtobufReader.FIXED64, "Sum");
          parts.sum = p.float64();
        }
        case 4 -> {
          ProtobufReader.require(tag, ProtobufReader.VARINT, "Schema");
          parts.schema = (int) p.zigzag();
        }
        case 5 -> {
          ProtobufReader.require(tag, ProtobufReader.FIXED64, "ZeroThreshold");
          parts.zeroThreshold = p.float64();
        }
        case 6 -> {
          ProtobufReader.require(tag, ProtobufReader.VARINT, "ZeroCountInt");
          zeroInt = HistogramParts.unsigned(p.varint());
          zeroFloat = 0;
        }
        case 7 -> {
          ProtobufReader.require(tag, ProtobufReader.FIXED64, "ZeroCountFloat");
          zeroFloat = p.float64();
          zeroInt = 0;
        }
        case 8 -> parts.negative.span(p, tag, "NegativeSpans");
        case 9 -> parts.negative.deltas(p, tag, "NegativeDeltas");
        case 10 -> parts.negative.counts(p, tag, "NegativeCounts");
        case 11 -> parts.positive.span(p, tag, "PositiveSpans");
        case 12 -> parts.positive.deltas(p, tag, "PositiveDeltas");
        case 13 -> parts.positive.counts(p, tag, "PositiveCounts");
        case 14 -> {
          ProtobufReader.require(tag, ProtobufReader.VARINT, "ResetHint");
          long hint = p.varint();
          parts.resetHint = hint >= 0 && hint < HINTS.length ? HINTS[(int) hint] : HINTS[0];
        }
        case 15 -> {
          ProtobufReader.require(tag, ProtobufReader.VARINT, "Timestamp");
          timestamp = p.varint();
        }
        case 16 -> parts.bounds(p, tag, "CustomValues");
        case 17 -> {
          ProtobufReader.require(tag, ProtobufReader.VARINT, "StartTimestamp");
          startTimestamp = p.varint();
        }
        default -> p.skip(tag);
      }
    }
    parts.zeroCount = parts.integer ? zeroInt : zeroFloat;
  }

  /**
   * Makes the histogram that was read last.
   *
   * @throws MalformedException with Prometheus's text when it is none that can be: the sender's
   *     fault, but nothing that keeps the rest of the request from being read
   */
  NativeHistogram make() throws MalformedException {
    return parts.build();
  }
}
