package io.narthex.storage.tsdb.wal;

import static io.narthex.storage.tsdb.wal.RecordBuffer.BE64;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Metadata;
import io.narthex.api.model.MetricType;
import io.narthex.api.model.NativeHistogram;
import io.narthex.storage.tsdb.file.CorruptionException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Reads records of the log into reusable columns; the layout is described at {@link Records}. Every
 * method appends to what {@code into} holds already. Whatever the bytes are, nothing but {@link
 * CorruptionException} is thrown, with the offset within the record, and memory stays within a
 * small multiple of the record's length. Not safe for several threads.
 */
public final class RecordDecoder {
  private static final int MAX_SCHEMA = 8;
  private static final int MAX_RESERVED_SCHEMA = 52;
  private static final int MIN_SCHEMA = -4;
  private static final NativeHistogram.ResetHint[] HINTS = NativeHistogram.ResetHint.values();
  private static final MetricType[] TYPES = {
    MetricType.UNKNOWN,
    MetricType.COUNTER,
    MetricType.GAUGE,
    MetricType.HISTOGRAM,
    MetricType.GAUGE_HISTOGRAM,
    MetricType.SUMMARY,
    MetricType.INFO,
    MetricType.STATESET
  };

  private byte[] b = new byte[0];
  private int start;
  private int p;
  private int end;

  /** The kind of a record ({@link RecordType}), 0 for an empty one. */
  public static byte type(byte[] record, int offset, int length) {
    return length == 0 ? 0 : record[offset];
  }

  private void begin(byte[] record, int offset, int length) {
    b = record;
    start = offset;
    p = offset + 1;
    end = offset + length;
  }

  private CorruptionException corrupt(String what) {
    return new CorruptionException(null, p - start, what);
  }

  /** New series; their labels stay in {@code record}. */
  public void series(byte[] record, int offset, int length, SeriesRecord into)
      throws CorruptionException {
    begin(record, offset, length);
    into.bytes = record;
    while (p < end) {
      long ref = fixed();
      int labels = count(2);
      int from = p;
      for (int i = 0; i < labels; i++) {
        skipText();
        skipText();
      }
      into.add(ref, labels, from, p);
    }
  }

  /** Float samples, of both kinds. */
  public void samples(byte[] record, int offset, int length, SampleRecord into)
      throws CorruptionException {
    begin(record, offset, length);
    if (length <= 1) {
      return;
    }
    if (record[offset] == RecordType.SAMPLES_V2) {
      samplesWithStarts(into);
      return;
    }
    long ref0 = fixed();
    long time0 = fixed();
    // A sample takes 10 bytes or more.
    into.room(into.size + (end - p) / 10 + 1);
    long[] refs = into.refs;
    long[] times = into.times;
    double[] values = into.values;
    byte[] bytes = b;
    int n = into.size;
    int at = p;
    int stop = end;
    // Most samples need no check for each byte.
    int safe = stop - 28;
    while (at <= safe) {
      long v = bytes[at++];
      if (v < 0) {
        v &= 0x7f;
        int shift = 7;
        for (; ; ) {
          byte next = bytes[at++];
          v |= (long) (next & 0x7f) << shift;
          if (next >= 0) {
            break;
          }
          shift += 7;
          if (shift > 63) {
            p = at;
            throw corrupt("got a varint of more than 10 bytes");
          }
        }
      }
      refs[n] = ref0 + ((v >>> 1) ^ -(v & 1));
      v = bytes[at++];
      if (v < 0) {
        v &= 0x7f;
        int shift = 7;
        for (; ; ) {
          byte next = bytes[at++];
          v |= (long) (next & 0x7f) << shift;
          if (next >= 0) {
            break;
          }
          shift += 7;
          if (shift > 63) {
            p = at;
            throw corrupt("got a varint of more than 10 bytes");
          }
        }
      }
      times[n] = time0 + ((v >>> 1) ^ -(v & 1));
      values[n++] = Double.longBitsToDouble((long) BE64.get(bytes, at));
      at += 8;
    }
    p = at;
    while (p < end) {
      refs[n] = ref0 + varint();
      times[n] = time0 + varint();
      values[n++] = Double.longBitsToDouble(fixed());
    }
    if (into.hasStarts) {
      java.util.Arrays.fill(into.starts, into.size, n, 0);
    }
    into.size = n;
  }

  private void samplesWithStarts(SampleRecord into) throws CorruptionException {
    long ref = varint();
    long time0 = varint();
    long start0 = varint();
    long itsStart = start0;
    into.add(ref, time0, Double.longBitsToDouble(fixed()), itsStart);
    while (p < end) {
      ref += varint();
      long time = time0 + varint();
      itsStart = start(itsStart, start0);
      into.add(ref, time, Double.longBitsToDouble(fixed()), itsStart);
    }
  }

  private long start(long before, long first) throws CorruptionException {
    int marker = one();
    return switch (marker) {
      case Records.NO_START -> 0;
      case Records.SAME_START -> before;
      default -> first + varint();
    };
  }

  /** Deleted ranges. */
  public void tombstones(byte[] record, int offset, int length, TombstoneRecord into)
      throws CorruptionException {
    begin(record, offset, length);
    while (p < end) {
      long ref = fixed();
      long minTime = varint();
      into.add(ref, minTime, varint());
    }
  }

  /** Exemplars. */
  public void exemplars(byte[] record, int offset, int length, ExemplarRecord into)
      throws CorruptionException {
    begin(record, offset, length);
    if (length <= 1) {
      return;
    }
    long ref0 = fixed();
    long time0 = fixed();
    while (p < end) {
      long ref = ref0 + varint();
      long time = time0 + varint();
      double value = Double.longBitsToDouble(fixed());
      into.add(ref, time, value, labels());
    }
  }

  private Labels labels() throws CorruptionException {
    int n = count(2);
    Map<String, String> found = new TreeMap<>();
    for (int i = 0; i < n; i++) {
      String name = text();
      found.put(name, text());
    }
    try {
      return Labels.of(found);
    } catch (IllegalArgumentException e) {
      throw corrupt("labels: " + e.getMessage());
    }
  }

  /** Marks of the out-of-order log. */
  public void markers(byte[] record, int offset, int length, MarkerRecord into)
      throws CorruptionException {
    begin(record, offset, length);
    while (p < end) {
      long ref = fixed();
      into.add(ref, fixed());
    }
  }

  /** Metadata; fields other than unit and help are passed over. */
  public void metadata(byte[] record, int offset, int length, MetadataRecord into)
      throws CorruptionException {
    begin(record, offset, length);
    while (p < end) {
      long ref = uvarint();
      int code = one();
      int fields = count(2);
      String unit = "";
      String help = "";
      for (int i = 0; i < fields; i++) {
        String name = text();
        String value = text();
        if (name.equals("UNIT")) {
          unit = value;
        } else if (name.equals("HELP")) {
          help = value;
        }
      }
      MetricType type = code < TYPES.length ? TYPES[code] : MetricType.UNKNOWN;
      into.add(ref, new Metadata(type, help, unit));
    }
  }

  /** Histograms of all kinds. */
  public void histograms(byte[] record, int offset, int length, HistogramRecord into)
      throws CorruptionException {
    begin(record, offset, length);
    if (length <= 1) {
      return;
    }
    byte type = record[offset];
    boolean integer =
        type == RecordType.HISTOGRAMS
            || type == RecordType.CUSTOM_HISTOGRAMS
            || type == RecordType.HISTOGRAMS_V2;
    if (type == RecordType.HISTOGRAMS_V2 || type == RecordType.FLOAT_HISTOGRAMS_V2) {
      long ref = varint();
      long time0 = varint();
      long start0 = varint();
      long time = time0;
      long itsStart = start0;
      for (; ; ) {
        histogram(ref, time, itsStart, integer, into);
        if (p >= end) {
          into.hasStarts = true;
          return;
        }
        ref += varint();
        time = time0 + varint();
        itsStart = start(itsStart, start0);
      }
    }
    long ref0 = fixed();
    long time0 = fixed();
    while (p < end) {
      long ref = ref0 + varint();
      long time = time0 + varint();
      histogram(ref, time, 0, integer, into);
    }
  }

  private void histogram(long ref, long time, long itsStart, boolean integer, HistogramRecord into)
      throws CorruptionException {
    int hint = one();
    long schema = varint();
    double zeroThreshold = Double.longBitsToDouble(fixed());
    double zeroCount = integer ? uvarint() : Double.longBitsToDouble(fixed());
    double count = integer ? uvarint() : Double.longBitsToDouble(fixed());
    double sum = Double.longBitsToDouble(fixed());
    List<NativeHistogram.Span> positiveSpans = spans();
    List<NativeHistogram.Span> negativeSpans = spans();
    double[] positive = buckets(integer);
    double[] negative = buckets(integer);
    boolean custom = schema == NativeHistogram.CUSTOM_BUCKETS;
    double[] bounds = custom ? buckets(false) : new double[0];
    if (!custom && (schema < MIN_SCHEMA || schema > MAX_RESERVED_SCHEMA)) {
      into.unknownSchemas++;
      return;
    }
    int resolution = (int) schema;
    if (schema > MAX_SCHEMA) {
      // From a Prometheus that knows finer ones.
      Coarser coarser = Coarser.of(positiveSpans, positive, resolution - MAX_SCHEMA, this);
      positiveSpans = coarser.spans();
      positive = coarser.buckets();
      coarser = Coarser.of(negativeSpans, negative, resolution - MAX_SCHEMA, this);
      negativeSpans = coarser.spans();
      negative = coarser.buckets();
      resolution = MAX_SCHEMA;
    }
    try {
      into.add(
          ref,
          time,
          new NativeHistogram(
              integer,
              hint < HINTS.length ? HINTS[hint] : NativeHistogram.ResetHint.UNKNOWN,
              resolution,
              zeroThreshold,
              zeroCount,
              count,
              sum,
              positiveSpans,
              positive,
              negativeSpans,
              negative,
              bounds),
          itsStart);
    } catch (IllegalArgumentException e) {
      throw corrupt(String.valueOf(e.getMessage()));
    }
  }

  /**
   * Buckets of a lower resolution: bucket {@code i} of schema s becomes bucket {@code ceil(i /
   * 2^k)} of schema s-k.
   */
  private record Coarser(List<NativeHistogram.Span> spans, double[] buckets) {
    static Coarser of(
        List<NativeHistogram.Span> spans, double[] buckets, int steps, RecordDecoder decoder)
        throws CorruptionException {
      List<NativeHistogram.Span> coarse = new ArrayList<>();
      double[] counts = new double[buckets.length];
      int used = 0;
      long index = 0;
      long last = Long.MIN_VALUE;
      long spanEnd = 0;
      int at = 0;
      for (NativeHistogram.Span span : spans) {
        index += span.offset();
        if (span.length() > buckets.length - at) {
          throw decoder.corrupt("spans and buckets differ in length");
        }
        for (int i = 0; i < span.length(); i++, index++) {
          long to = steps >= 63 ? (index > 0 ? 1 : 0) : ((index - 1) >> steps) + 1;
          if (to != last) {
            if (coarse.isEmpty() || to != spanEnd) {
              coarse.add(new NativeHistogram.Span((int) (to - spanEnd), 1));
            } else {
              NativeHistogram.Span before = coarse.removeLast();
              coarse.add(new NativeHistogram.Span(before.offset(), before.length() + 1));
            }
            spanEnd = to + 1;
            last = to;
            used++;
          }
          counts[used - 1] += buckets[at++];
        }
      }
      return new Coarser(coarse, java.util.Arrays.copyOf(counts, used));
    }
  }

  private List<NativeHistogram.Span> spans() throws CorruptionException {
    int n = count(2);
    if (n == 0) {
      return List.of();
    }
    NativeHistogram.Span[] spans = new NativeHistogram.Span[n];
    for (int i = 0; i < n; i++) {
      long offset = varint();
      long length = uvarint();
      if (length < 0 || length > Integer.MAX_VALUE) {
        throw corrupt("got a span of " + length + " buckets");
      }
      spans[i] = new NativeHistogram.Span((int) offset, (int) length);
    }
    return List.of(spans);
  }

  private double[] buckets(boolean integer) throws CorruptionException {
    int n = count(integer ? 1 : 8);
    double[] buckets = new double[n];
    long before = 0;
    for (int i = 0; i < n; i++) {
      if (integer) {
        before += varint();
        buckets[i] = before;
      } else {
        buckets[i] = Double.longBitsToDouble(fixed());
      }
    }
    return buckets;
  }

  /** The lowest valid time, in milliseconds. */
  public long minValidTime(byte[] record, int offset, int length) throws CorruptionException {
    begin(record, offset, length);
    return fixed();
  }

  /** A series of a snapshot. */
  void snapshotSeries(
      byte[] record, int length, SeriesRecord series, HeadChunk chunk, Snapshot.Handler handler)
      throws java.io.IOException {
    begin(record, 0, length);
    series.clear();
    series.bytes = record;
    long ref = fixed();
    int labels = count(2);
    int from = p;
    for (int i = 0; i < labels; i++) {
      skipText();
      skipText();
    }
    series.add(ref, labels, from, p);
    fixed();
    if (uvarint() == 0) {
      handler.series(series, null, 0, null);
      return;
    }
    chunk.seriesRef = ref;
    chunk.minTime = fixed();
    chunk.maxTime = fixed();
    chunk.encoding = (byte) one();
    chunk.outOfOrder = false;
    int size = count(1);
    chunk.room(size);
    chunk.offset = 0;
    chunk.length = size;
    System.arraycopy(b, p, chunk.bytes, 0, size);
    p += size;
    if (!Snapshot.isHistogram(chunk.encoding)) {
      for (int i = 0; i < 7; i++) {
        fixed();
      }
      handler.series(series, chunk, Double.longBitsToDouble(fixed()), null);
      return;
    }
    HistogramRecord last = new HistogramRecord();
    boolean integer =
        chunk.encoding == io.narthex.storage.tsdb.chunk.Encoding.HISTOGRAM.code()
            || chunk.encoding == io.narthex.storage.tsdb.chunk.Encoding.HISTOGRAM_ST.code();
    histogram(ref, chunk.maxTime, 0, integer, last);
    handler.series(series, chunk, 0, last.size == 0 ? null : last.histograms[0]);
  }

  /** Deletions of a snapshot. */
  void snapshotTombstones(byte[] record, int length, TombstoneRecord into)
      throws CorruptionException {
    begin(record, 0, length);
    int size = count(1);
    if (size == 0) {
      return;
    }
    if (one() != 1) {
      throw corrupt("tombstones: got another version than 1");
    }
    while (p < end) {
      long ref = uvarint();
      long minTime = varint();
      into.add(ref, minTime, varint());
    }
  }

  private int one() throws CorruptionException {
    if (p >= end) {
      throw corrupt("the record is cut off");
    }
    return b[p++] & 0xff;
  }

  private long fixed() throws CorruptionException {
    if (end - p < 8) {
      throw corrupt("the record is cut off");
    }
    long v = (long) BE64.get(b, p);
    p += 8;
    return v;
  }

  private long uvarint() throws CorruptionException {
    long v = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      int next = one();
      v |= (long) (next & 0x7f) << shift;
      if (next < 0x80) {
        return v;
      }
    }
    throw corrupt("got a varint of more than 10 bytes");
  }

  private long varint() throws CorruptionException {
    long v = uvarint();
    return (v >>> 1) ^ -(v & 1);
  }

  /** How many of something that takes {@code least} bytes each or more. */
  private int count(int least) throws CorruptionException {
    long n = uvarint();
    if (n < 0 || n > (end - p) / least) {
      throw corrupt("got a count of " + n + " with " + (end - p) + " bytes left");
    }
    return (int) n;
  }

  private void skipText() throws CorruptionException {
    int n = count(1);
    p += n;
  }

  private String text() throws CorruptionException {
    int n = count(1);
    String text = new String(b, p, n, StandardCharsets.UTF_8);
    p += n;
    return text;
  }
}
