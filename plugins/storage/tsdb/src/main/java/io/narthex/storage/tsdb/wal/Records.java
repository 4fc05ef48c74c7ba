package io.narthex.storage.tsdb.wal;

import static io.narthex.storage.tsdb.wal.RecordBuffer.BE64;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Metadata;
import io.narthex.api.model.MetricType;
import io.narthex.api.model.NativeHistogram;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Writes records of the log as Prometheus 3.14 does (its {@code tsdb/docs/format/wal.md}; the kinds
 * 11 to 14 are known from its code alone). Each method appends one whole record to a {@link
 * RecordBuffer}. Fixed-width numbers are big-endian; uvarint has 7 bits in a byte, low ones first;
 * varint is the same, zigzag. {@link RecordDecoder} reads them.
 *
 * <pre>
 * series           1 { ref 8, n uvarint, n x { len uvarint, name, len uvarint, value } }*
 * samples          2 [ ref0 8, t0 8, { ref-ref0 varint, t-t0 varint, value 8 }* ]
 * tombstones       3 { ref 8, min varint, max varint }*
 * exemplars        4 [ ref0 8, t0 8, { ref-ref0 varint, t-t0 varint, value 8, labels as in 1 }* ]
 * markers          5 { ref 8, head-chunk reference 8 }*
 * metadata         6 { ref uvarint, type 1, fields uvarint, fields x { name string, value string } }*
 * histograms       7, 9 (custom buckets) [ ref0 8, t0 8, { ref-ref0, t-t0 varint, histogram }* ]
 * float histograms 8, 10 (custom buckets), the same
 * samples v2      11 [ ref, t, st varint, value 8, { ref-previous, t-t0 varint, start, value 8 }* ]
 * histograms v2   12 [ ref, t, st varint, histogram, { ref-previous, t-t0 varint, start, histogram }* ]
 * float hist. v2  13 the same
 * min valid time  14 t 8
 *
 * start        0 (none) | 1 (that of the sample before) | 2, st-st0 varint
 * histogram    reset hint 1, schema varint, zero threshold 8, zero count, count, sum 8,
 *              spans of positive buckets, of negative ones: n uvarint, n x { offset varint, length uvarint },
 *              positive buckets, negative ones: n uvarint, n x bucket,
 *              custom schema alone: n uvarint, n x bound 8
 *              integer: counts uvarint, buckets varint (each the difference to the one before);
 *              float: counts and buckets 8, absolute
 *
 * Samples of refs 7 and 9 at 1000 and 1010, values 1.0 and 2.0:
 * 02 0000000000000007 00000000000003e8 00 00 3ff0000000000000 04 14 4000000000000000
 * </pre>
 */
public final class Records {
  /** The most that one sample takes. */
  private static final int SAMPLE_BYTES = 10 + 10 + 11 + 8;

  private static final byte[] UNIT = {'U', 'N', 'I', 'T'};
  private static final byte[] HELP = {'H', 'E', 'L', 'P'};

  static final int NO_START = 0;
  static final int SAME_START = 1;
  static final int EXPLICIT_START = 2;

  private Records() {}

  /** Begins a record of new series: {@link #series} for each, then {@link #endSeries}. */
  public static void beginSeries(RecordBuffer out) {
    out.put(RecordType.SERIES);
  }

  /**
   * Adds a series to the record begun.
   *
   * @param labelCount number of labels
   * @param labels for each label, in the order of names: length of the name as uvarint, its UTF-8
   *     bytes, and the same for the value
   */
  public static void series(
      RecordBuffer out, long ref, int labelCount, byte[] labels, int offset, int length) {
    out.room(18 + length);
    BE64.set(out.bytes, out.length, ref);
    out.length = RecordBuffer.uvarint(out.bytes, out.length + 8, labelCount);
    System.arraycopy(labels, offset, out.bytes, out.length, length);
    out.length += length;
  }

  /** Completes a record of new series; one without a series is dropped. */
  public static void endSeries(RecordBuffer out) {
    if (out.length - (out.count == 0 ? 0 : out.ends[out.count - 1]) > 1) {
      out.end();
    } else {
      out.cancel();
    }
  }

  /** A record of series as they were read. Writes nothing for none. */
  public static void series(SeriesRecord record, RecordBuffer out) {
    if (record.size == 0) {
      return;
    }
    beginSeries(out);
    for (int i = 0; i < record.size; i++) {
      int start = record.starts[i];
      series(
          out, record.refs[i], record.labelCounts[i], record.bytes, start, record.ends[i] - start);
    }
    out.end();
  }

  /**
   * A record of the first {@code size} float samples. Writes nothing for none.
   *
   * @param times milliseconds since the epoch
   */
  public static void samples(
      long[] refs, long[] times, double[] values, int size, RecordBuffer out) {
    samples(refs, times, values, 0, size, out);
  }

  /** A record of the float samples from {@code from} to {@code to}, exclusive. */
  public static void samples(
      long[] refs, long[] times, double[] values, int from, int to, RecordBuffer out) {
    if (from >= to) {
      return;
    }
    out.room(17 + SAMPLE_BYTES);
    long ref0 = refs[from];
    long time0 = times[from];
    byte[] b = out.bytes;
    int p = out.length;
    b[p] = RecordType.SAMPLES;
    BE64.set(b, p + 1, ref0);
    BE64.set(b, p + 9, time0);
    p += 17;
    int last = b.length - SAMPLE_BYTES;
    for (int i = from; i < to; i++) {
      if (p > last) {
        out.length = p;
        out.room(SAMPLE_BYTES + (to - i) * 14);
        b = out.bytes;
        last = b.length - SAMPLE_BYTES;
      }
      long ref = refs[i] - ref0;
      ref = (ref << 1) ^ (ref >> 63);
      while ((ref & ~0x7fL) != 0) {
        b[p++] = (byte) (ref | 0x80);
        ref >>>= 7;
      }
      b[p++] = (byte) ref;
      long time = times[i] - time0;
      time = (time << 1) ^ (time >> 63);
      while ((time & ~0x7fL) != 0) {
        b[p++] = (byte) (time | 0x80);
        time >>>= 7;
      }
      b[p++] = (byte) time;
      BE64.set(b, p, Double.doubleToRawLongBits(values[i]));
      p += 8;
    }
    out.length = p;
    out.end();
  }

  /** A record of float samples with start timestamps (kind 11). Writes nothing for none. */
  public static void samplesWithStarts(
      long[] refs, long[] times, double[] values, long[] starts, int size, RecordBuffer out) {
    if (size == 0) {
      return;
    }
    out.put(RecordType.SAMPLES_V2);
    out.putVarint(refs[0]);
    out.putVarint(times[0]);
    out.putVarint(starts[0]);
    out.putDouble(values[0]);
    for (int i = 1; i < size; i++) {
      out.putVarint(refs[i] - refs[i - 1]);
      out.putVarint(times[i] - times[0]);
      start(starts[i], starts[i - 1], starts[0], out);
      out.putDouble(values[i]);
    }
    out.end();
  }

  /** A record of float samples, of kind 11 when it has start timestamps. */
  public static void samples(SampleRecord record, RecordBuffer out) {
    if (record.hasStarts) {
      samplesWithStarts(record.refs, record.times, record.values, record.starts, record.size, out);
    } else {
      samples(record.refs, record.times, record.values, record.size, out);
    }
  }

  private static void start(long start, long before, long first, RecordBuffer out) {
    if (start == 0) {
      out.put(NO_START);
    } else if (start == before) {
      out.put(SAME_START);
    } else {
      out.put(EXPLICIT_START);
      out.putVarint(start - first);
    }
  }

  /** A record of deleted ranges. Writes nothing for none. */
  public static void tombstones(TombstoneRecord record, RecordBuffer out) {
    if (record.size == 0) {
      return;
    }
    out.put(RecordType.TOMBSTONES);
    for (int i = 0; i < record.size; i++) {
      out.putLong(record.refs[i]);
      out.putVarint(record.minTimes[i]);
      out.putVarint(record.maxTimes[i]);
    }
    out.end();
  }

  /** A record of exemplars. Writes nothing for none. */
  public static void exemplars(ExemplarRecord record, RecordBuffer out) {
    exemplars(RecordType.EXEMPLARS, record, out);
  }

  static void exemplars(byte type, ExemplarRecord record, RecordBuffer out) {
    if (record.size == 0) {
      return;
    }
    out.put(type);
    out.putLong(record.refs[0]);
    out.putLong(record.times[0]);
    for (int i = 0; i < record.size; i++) {
      out.putVarint(record.refs[i] - record.refs[0]);
      out.putVarint(record.times[i] - record.times[0]);
      out.putDouble(record.values[i]);
      labels(record.labels[i], out);
    }
    out.end();
  }

  private static void labels(Labels labels, RecordBuffer out) {
    out.putUvarint(labels.size());
    for (int i = 0; i < labels.size(); i++) {
      text(labels.name(i).getBytes(StandardCharsets.UTF_8), out);
      text(labels.value(i).getBytes(StandardCharsets.UTF_8), out);
    }
  }

  private static void text(byte[] utf8, RecordBuffer out) {
    out.putUvarint(utf8.length);
    out.putBytes(utf8, 0, utf8.length);
  }

  /** A record of the out-of-order log's marks. Writes nothing for none. */
  public static void markers(MarkerRecord record, RecordBuffer out) {
    if (record.size == 0) {
      return;
    }
    out.put(RecordType.MARKERS);
    for (int i = 0; i < record.size; i++) {
      out.putLong(record.refs[i]);
      out.putLong(record.chunkRefs[i]);
    }
    out.end();
  }

  /** A record of metadata. Writes nothing for none. */
  public static void metadata(MetadataRecord record, RecordBuffer out) {
    if (record.size == 0) {
      return;
    }
    out.put(RecordType.METADATA);
    for (int i = 0; i < record.size; i++) {
      Metadata metadata = record.metadata[i];
      out.putUvarint(record.refs[i]);
      out.put(code(metadata.type()));
      out.putUvarint(2);
      text(UNIT, out);
      text(metadata.unit().getBytes(StandardCharsets.UTF_8), out);
      text(HELP, out);
      text(metadata.help().getBytes(StandardCharsets.UTF_8), out);
    }
    out.end();
  }

  private static int code(MetricType type) {
    return switch (type) {
      case UNKNOWN -> 0;
      case COUNTER -> 1;
      case GAUGE -> 2;
      case HISTOGRAM -> 3;
      case GAUGE_HISTOGRAM -> 4;
      case SUMMARY -> 5;
      case INFO -> 6;
      case STATESET -> 7;
    };
  }

  /**
   * Up to four records (two with start timestamps), one for each kind of histogram in {@code
   * record}: integer and float, exponential and custom buckets, the order within each kept.
   *
   * @param withStarts whether to write kinds 12 and 13, which keep start timestamps and which a
   *     Prometheus before 3.11 does not read
   */
  public static void histograms(HistogramRecord record, boolean withStarts, RecordBuffer out) {
    if (withStarts) {
      histogramsWithStarts(record, true, out);
      histogramsWithStarts(record, false, out);
    } else {
      histograms(record, RecordType.HISTOGRAMS, true, false, out);
      histograms(record, RecordType.CUSTOM_HISTOGRAMS, true, true, out);
      histograms(record, RecordType.FLOAT_HISTOGRAMS, false, false, out);
      histograms(record, RecordType.CUSTOM_FLOAT_HISTOGRAMS, false, true, out);
    }
  }

  private static void histograms(
      HistogramRecord record, byte type, boolean integer, boolean custom, RecordBuffer out) {
    int first = -1;
    for (int i = 0; i < record.size; i++) {
      NativeHistogram histogram = record.histograms[i];
      if (histogram.integer() != integer || histogram.hasCustomBuckets() != custom) {
        continue;
      }
      if (first < 0) {
        first = i;
        out.put(type);
        out.putLong(record.refs[i]);
        out.putLong(record.times[i]);
      }
      out.putVarint(record.refs[i] - record.refs[first]);
      out.putVarint(record.times[i] - record.times[first]);
      histogram(histogram, out);
    }
    if (first >= 0) {
      out.end();
    }
  }

  private static void histogramsWithStarts(
      HistogramRecord record, boolean integer, RecordBuffer out) {
    int first = -1;
    int before = -1;
    for (int i = 0; i < record.size; i++) {
      NativeHistogram histogram = record.histograms[i];
      if (histogram.integer() != integer) {
        continue;
      }
      if (first < 0) {
        first = i;
        out.put(integer ? RecordType.HISTOGRAMS_V2 : RecordType.FLOAT_HISTOGRAMS_V2);
        out.putVarint(record.refs[i]);
        out.putVarint(record.times[i]);
        out.putVarint(record.starts[i]);
      } else {
        out.putVarint(record.refs[i] - record.refs[before]);
        out.putVarint(record.times[i] - record.times[first]);
        start(record.starts[i], record.starts[before], record.starts[first], out);
      }
      histogram(histogram, out);
      before = i;
    }
    if (first >= 0) {
      out.end();
    }
  }

  /** One histogram, in the integer or the float form that {@link NativeHistogram#integer} says. */
  static void histogram(NativeHistogram histogram, RecordBuffer out) {
    out.put(histogram.resetHint().ordinal());
    out.putVarint(histogram.schema());
    out.putDouble(histogram.zeroThreshold());
    if (histogram.integer()) {
      out.putUvarint((long) histogram.zeroCount());
      out.putUvarint((long) histogram.count());
    } else {
      out.putDouble(histogram.zeroCount());
      out.putDouble(histogram.count());
    }
    out.putDouble(histogram.sum());
    spans(histogram.positiveSpans(), out);
    spans(histogram.negativeSpans(), out);
    buckets(histogram.integer(), histogram.positiveBuckets(), out);
    buckets(histogram.integer(), histogram.negativeBuckets(), out);
    if (histogram.hasCustomBuckets()) {
      buckets(false, histogram.customBounds(), out);
    }
  }

  private static void spans(List<NativeHistogram.Span> spans, RecordBuffer out) {
    out.putUvarint(spans.size());
    for (int i = 0; i < spans.size(); i++) {
      out.putVarint(spans.get(i).offset());
      out.putUvarint(spans.get(i).length());
    }
  }

  private static void buckets(boolean integer, double[] buckets, RecordBuffer out) {
    out.putUvarint(buckets.length);
    long before = 0;
    for (double bucket : buckets) {
      if (integer) {
        out.putVarint((long) bucket - before);
        before = (long) bucket;
      } else {
        out.putDouble(bucket);
      }
    }
  }

  /** A record that tells the lowest valid time, in milliseconds; for checkpoints. */
  public static void minValidTime(long time, RecordBuffer out) {
    out.put(RecordType.MIN_VALID_TIME);
    out.putLong(time);
    out.end();
  }
}
