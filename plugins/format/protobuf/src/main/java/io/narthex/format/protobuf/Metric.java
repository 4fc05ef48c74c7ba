package io.narthex.format.protobuf;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.wire.HistogramParts;
import io.narthex.api.wire.MalformedException;
import io.narthex.api.wire.ProtobufReader;
import org.jspecify.annotations.Nullable;

/**
 * One {@code Metric} message, read in place; reused from metric to metric. Only the value that
 * belongs to the family's type is looked at.
 */
final class Metric {
  // The types of a family.
  static final int COUNTER = 0;
  static final int GAUGE = 1;
  static final int SUMMARY = 2;
  static final int UNTYPED = 3;
  static final int HISTOGRAM = 4;
  static final int GAUGE_HISTOGRAM = 5;

  private final byte[] data;
  private final ProtobufReader p = new ProtobufReader();

  /** What makes a histogram a native one. */
  private final HistogramParts parts = new HistogramParts();

  private long zeroCount;
  private double zeroCountFloat;

  private int type;

  /** Where the message stands. */
  int from;

  int to;

  /** The bytes of the labels' fields in the exposition, where they stand in one place. */
  private int labelsFrom;

  private int labelsTo;
  private boolean labelsScattered;
  private byte @Nullable [] gathered;

  /** The length of all labels' fields. */
  int labelBytes;

  /** Milliseconds, 0 for none. */
  long timestamp;

  /** Milliseconds, 0 for unknown. */
  long created;

  /** The value, or the sum. */
  double value;

  /** The count of a summary or histogram, unsigned. */
  long count;

  double countFloat;

  /** Quantiles or buckets. */
  int partCount;

  /** The exemplar of a counter or of the bucket at hand; empty where there is none. */
  int exemplarFrom;

  int exemplarTo;

  /** Exemplars of a native histogram itself. */
  int ownExemplars;

  // The quantiles or buckets of the metric at hand: where to go on, within the summary or histogram
  // that has been entered, and behind that in the metric.
  private int partAt;
  private int partEnd;
  private int behindParts;

  /** The quantile, or the bound of the bucket, at hand. */
  double bound;

  double partValue;

  Metric(byte[] data) {
    this.data = data;
  }

  /**
   * Reads the message {@code [start .. end)} of a family of this type, but for quantiles or
   * buckets, which come one by one ({@link #nextPart}).
   */
  void read(int familyType, int start, int end) throws MalformedException {
    type = familyType;
    from = start;
    to = end;
    labelsFrom = start;
    labelsTo = start;
    labelsScattered = false;
    gathered = null;
    labelBytes = 0;
    timestamp = 0;
    created = 0;
    value = 0;
    count = 0;
    countFloat = 0;
    partCount = 0;
    exemplarFrom = 0;
    exemplarTo = 0;
    ownExemplars = 0;
    partAt = 0;
    partEnd = 0;
    behindParts = to;
    boolean histogram = isHistogram();
    if (histogram) {
      parts.clear();
      zeroCount = 0;
      zeroCountFloat = 0;
    }
    p.reset(data, from, to);
    while (p.hasMore()) {
      int at = p.position;
      int tag = p.tag();
      switch (tag >>> 3) {
        case 1 -> label(tag, at);
        case 2 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Gauge");
          simple(type == GAUGE);
        }
        case 3 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Counter");
          simple(type == COUNTER);
        }
        case 4 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Summary");
          complex(type == SUMMARY, at);
        }
        case 5 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Untyped");
          simple(type == UNTYPED);
        }
        case 6 -> {
          ProtobufReader.require(tag, ProtobufReader.VARINT, "TimestampMs");
          timestamp = p.varint();
        }
        case 7 -> {
          ProtobufReader.require(tag, ProtobufReader.BYTES, "Histogram");
          complex(histogram, at);
        }
        default -> p.skip(tag);
      }
    }
  }

  private void label(int tag, int at) throws MalformedException {
    passOver(p, tag, "Label");
    if (labelBytes == 0) {
      labelsFrom = at;
    } else if (at != labelsTo) {
      labelsScattered = true;
    }
    labelsTo = p.position;
    labelBytes += labelsTo - at;
  }

  /** Reads a counter, gauge or untyped value, if it is the one that belongs to the type. */
  private void simple(boolean wanted) throws MalformedException {
    int outer = p.enter();
    while (wanted && p.hasMore()) {
      int tag = p.tag();
      int field = tag >>> 3;
      if (field == 1) {
        ProtobufReader.require(tag, ProtobufReader.FIXED64, "Value");
        value = p.float64();
      } else if (field == 2 && type == COUNTER) {
        exemplar(tag);
      } else if (field == 3 && type == COUNTER) {
        created(tag);
      } else {
        p.skip(tag);
      }
    }
    p.leave(outer);
  }

  /** Reads a summary or histogram, if it is the one that belongs to the type. */
  private void complex(boolean wanted, int at) throws MalformedException {
    if (behindParts == to) {
      behindParts = at;
    }
    int outer = p.enter();
    while (wanted && p.hasMore()) {
      int tag = p.tag();
      switch (tag >>> 3) {
        case 1 -> {
          ProtobufReader.require(tag, ProtobufReader.VARINT, "SampleCount");
          count = p.varint();
        }
        case 2 -> {
          ProtobufReader.require(tag, ProtobufReader.FIXED64, "SampleSum");
          value = p.float64();
        }
        case 3 -> {
          passOver(p, tag, type == SUMMARY ? "Quantile" : "Bucket");
          partCount++;
        }
        case 4 -> {
          if (type == SUMMARY) {
            created(tag);
          } else {
            ProtobufReader.require(tag, ProtobufReader.FIXED64, "SampleCountFloat");
            countFloat = p.float64();
          }
        }
        case 15 -> {
          if (type == SUMMARY) {
            p.skip(tag);
          } else {
            created(tag);
          }
        }
        case 16 -> {
          if (type == SUMMARY) {
            p.skip(tag);
          } else {
            passOver(p, tag, "Exemplars");
            ownExemplars++;
          }
        }
        default -> {
          if (type == SUMMARY) {
            p.skip(tag);
          } else {
            part(tag);
          }
        }
      }
    }
    p.leave(outer);
  }

  /** Reads one of the fields that make a histogram a native one. */
  private void part(int tag) throws MalformedException {
    switch (tag >>> 3) {
      case 5 -> {
        ProtobufReader.require(tag, ProtobufReader.VARINT, "Schema");
        parts.schema = (int) p.zigzag();
      }
      case 6 -> {
        ProtobufReader.require(tag, ProtobufReader.FIXED64, "ZeroThreshold");
        parts.zeroThreshold = p.float64();
      }
      case 7 -> {
        ProtobufReader.require(tag, ProtobufReader.VARINT, "ZeroCount");
        zeroCount = p.varint();
      }
      case 8 -> {
        ProtobufReader.require(tag, ProtobufReader.FIXED64, "ZeroCountFloat");
        zeroCountFloat = p.float64();
      }
      case 9 -> parts.negative.span(p, tag, "NegativeSpan");
      case 10 -> parts.negative.deltas(p, tag, "NegativeDelta");
      case 11 -> parts.negative.counts(p, tag, "NegativeCount");
      case 12 -> parts.positive.span(p, tag, "PositiveSpan");
      case 13 -> parts.positive.deltas(p, tag, "PositiveDelta");
      case 14 -> parts.positive.counts(p, tag, "PositiveCount");
      default -> p.skip(tag);
    }
  }

  /** Whether the histogram is a native one; one that is without observations has an empty span. */
  boolean isNative() {
    return parts.positive.hasSpans()
        || parts.negative.hasSpans()
        || parts.zeroThreshold > 0
        || zeroCount != 0;
  }

  /**
   * Makes the native histogram, without empty buckets.
   *
   * @throws MalformedException with Prometheus's text when it is none
   */
  NativeHistogram nativeHistogram(ResetHint hint, double sum) throws MalformedException {
    parts.integer = !(countFloat > 0 || zeroCountFloat > 0);
    parts.resetHint = hint;
    parts.zeroCount = parts.integer ? HistogramParts.unsigned(zeroCount) : zeroCountFloat;
    parts.count = parts.integer ? HistogramParts.unsigned(count) : countFloat;
    parts.sum = sum;
    return parts.buildWithoutEmptyBuckets();
  }

  private void exemplar(int tag) throws MalformedException {
    int n = passOver(p, tag, "Exemplar");
    exemplarFrom = p.position - n;
    exemplarTo = p.position;
  }

  private void created(int tag) throws MalformedException {
    ProtobufReader.require(tag, ProtobufReader.BYTES, "CreatedTimestamp");
    int outer = p.enter();
    created = Exemplars.timestamp(p);
    p.leave(outer);
  }

  /** Passes over a text or message and returns its length. */
  static int passOver(ProtobufReader p, int tag, String field) throws MalformedException {
    ProtobufReader.require(tag, ProtobufReader.BYTES, field);
    int n = p.length();
    p.position += n;
    return n;
  }

  /** Whether the family has histograms, of whatever kind. */
  boolean isHistogram() {
    return type == HISTOGRAM || type == GAUGE_HISTOGRAM;
  }

  boolean hasExemplar() {
    return exemplarTo > exemplarFrom;
  }

  /** The count of a summary or histogram. */
  double total() {
    return countFloat != 0 ? countFloat : HistogramParts.unsigned(count);
  }

  /** Whether a bucket has an exemplar; to be asked before {@link #nextPart}. */
  boolean hasBucketExemplar() throws MalformedException {
    int at = behindParts;
    boolean found = false;
    while (!found && nextPart()) {
      found = exemplarTo > exemplarFrom;
    }
    partAt = 0;
    partEnd = 0;
    behindParts = at;
    exemplarTo = exemplarFrom;
    return found;
  }

  /** Reads the next quantile or bucket; false where there is no more, and no exemplar then. */
  boolean nextPart() throws MalformedException {
    exemplarTo = exemplarFrom;
    int field = type == SUMMARY ? 4 : 7;
    while (true) {
      p.reset(data, partAt, partEnd);
      while (p.hasMore()) {
        int tag = p.tag();
        if (tag >>> 3 == 3) {
          readPart();
          partAt = p.position;
          return true;
        }
        p.skip(tag);
      }
      // A message may come in several pieces, which are to be merged.
      p.reset(data, behindParts, to);
      while (true) {
        if (!p.hasMore()) {
          return false;
        }
        int tag = p.tag();
        if (tag >>> 3 == field) {
          int n = p.length();
          partAt = p.position;
          partEnd = partAt + n;
          behindParts = partEnd;
          break;
        }
        p.skip(tag);
      }
    }
  }

  private void readPart() throws MalformedException {
    int outer = p.enter();
    boolean summary = type == SUMMARY;
    bound = 0;
    partValue = 0;
    double floatCount = 0;
    while (p.hasMore()) {
      int tag = p.tag();
      switch (tag >>> 3) {
        case 1 -> {
          if (summary) {
            ProtobufReader.require(tag, ProtobufReader.FIXED64, "Quantile");
            bound = p.float64();
          } else {
            ProtobufReader.require(tag, ProtobufReader.VARINT, "CumulativeCount");
            partValue = HistogramParts.unsigned(p.varint());
          }
        }
        case 2 -> {
          ProtobufReader.require(tag, ProtobufReader.FIXED64, summary ? "Value" : "UpperBound");
          if (summary) {
            partValue = p.float64();
          } else {
            bound = p.float64();
          }
        }
        case 3 -> {
          if (summary) {
            p.skip(tag);
          } else {
            exemplar(tag);
          }
        }
        case 4 -> {
          if (summary) {
            p.skip(tag);
          } else {
            ProtobufReader.require(tag, ProtobufReader.FIXED64, "CumulativeCountFloat");
            floatCount = p.float64();
          }
        }
        default -> p.skip(tag);
      }
    }
    p.leave(outer);
    if (floatCount != 0) {
      partValue = floatCount;
    }
  }

  /** Writes the labels into the key that has been begun. */
  void writeLabels(SeriesKeys keys) throws MalformedException {
    if (labelsScattered) {
      keys.labels(gathered(), 0, labelBytes);
    } else {
      keys.labels(data, labelsFrom, labelsTo);
    }
  }

  /** The labels' fields, put together once for the metric. */
  private byte[] gathered() throws MalformedException {
    byte[] labels = gathered;
    if (labels == null) {
      labels = new byte[labelBytes];
      int size = 0;
      p.reset(data, from, to);
      while (p.hasMore()) {
        int at = p.position;
        int tag = p.tag();
        p.skip(tag);
        if (tag >>> 3 == 1) {
          System.arraycopy(data, at, labels, size, p.position - at);
          size += p.position - at;
        }
      }
      gathered = labels;
    }
    return labels;
  }
}
