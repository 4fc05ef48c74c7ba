package io.narthex.storage.tsdb.chunk;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.NativeHistogram.Span;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.model.StaleMarker;
import io.narthex.storage.tsdb.file.CorruptionException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Decodes the four kinds of histogram chunks; the format stands at {@link HistogramCode}. */
final class HistogramDecoder {
  /** Slots of XOR values before those of the buckets of float histograms. */
  private static final int COUNT = 0;

  private static final int ZERO = 1;
  private static final int SUM = 2;
  private static final int FIXED = 3;

  private byte[] bytes = new byte[0];
  private int end;
  private int pos;
  private int total;
  private int done;
  private boolean floats;
  private int flags;
  private final StartTimes starts = new StartTimes();

  private int schema;
  private double zeroThreshold;
  private List<Span> positiveSpans = List.of();
  private List<Span> negativeSpans = List.of();
  private int positives;
  private int buckets;
  private double[] bounds = HistogramCode.NONE;

  private long time;
  private long timeDelta;
  private long count;
  private long countDelta;
  private long zero;
  private long zeroDelta;

  /** Differences between buckets of integer histograms, and how they last changed. */
  private long[] values = new long[0];

  private long[] deltas = new long[0];

  /** Raw bits of XOR values with the width and the trailing zeros of their windows. */
  private long[] xorBits = new long[FIXED];

  private byte[] widths = new byte[FIXED];
  private byte[] trailings = new byte[FIXED];

  /**
   * Goes to the start of a chunk.
   *
   * @param data with {@link Bits#SLACK} zero bytes behind {@code length}; not copied
   */
  void reset(byte[] data, int length, Encoding encoding) throws CorruptionException {
    if (length < HistogramCode.HEADER) {
      throw new CorruptionException(
          null, 0, "histogram chunk: got " + length + " bytes, want 3 or more");
    }
    bytes = data;
    end = length << 3;
    pos = HistogramCode.HEADER << 3;
    floats = encoding == Encoding.FLOAT_HISTOGRAM || encoding == Encoding.FLOAT_HISTOGRAM_ST;
    total = Bits.getCount(data, 0);
    if (encoding.hasStartTimestamps()) {
      flags = total >>> 14;
      total &= HistogramCode.MAX_SAMPLES_ST;
      starts.reset(data[2]);
    } else {
      flags = (data[2] & 0xff) >>> 6;
      starts.reset((byte) 0);
    }
    done = 0;
    time = 0;
    timeDelta = 0;
    countDelta = 0;
    zeroDelta = 0;
  }

  int count() {
    return total;
  }

  /** One of the flags of {@link HistogramCode}. */
  int flags() {
    return flags;
  }

  /** Fills the batch, which is empty and of histograms, up to its capacity. */
  int read(SampleBatch into) throws CorruptionException {
    int n = Math.min(total - done, into.capacity());
    boolean st = starts.present();
    if (st && into.startTimestamps.length < n) {
      into.startTimestamps = new long[into.capacity()];
    }
    into.hasStartTimestamps = st;
    for (int i = 0; i < n; i++) {
      long before = time;
      if (done == 0) {
        first();
      } else {
        later();
      }
      if (st) {
        pos = starts.read(bytes, pos, end, done, time, before);
        into.startTimestamps[i] = starts.value();
      }
      done++;
      into.add(time, histogram());
    }
    return n;
  }

  private void first() throws CorruptionException {
    layout();
    time = varint();
    if (floats) {
      Arrays.fill(widths, 0, FIXED + buckets, (byte) 64);
      Arrays.fill(trailings, 0, FIXED + buckets, (byte) 0);
      for (int i = 0; i < FIXED + buckets; i++) {
        xorBits[i] = word();
      }
    } else {
      widths[SUM] = 64;
      trailings[SUM] = 0;
      count = uvarint();
      zero = uvarint();
      xorBits[SUM] = word();
      for (int i = 0; i < buckets; i++) {
        values[i] = varint();
      }
    }
  }

  private void later() throws CorruptionException {
    timeDelta += varint();
    time += timeDelta;
    if (floats) {
      xor(COUNT);
      xor(ZERO);
      xor(SUM);
      if (xorBits[SUM] != StaleMarker.BITS) {
        for (int i = FIXED; i < FIXED + buckets; i++) {
          xor(i);
        }
      }
    } else {
      countDelta += varint();
      count += countDelta;
      zeroDelta += varint();
      zero += zeroDelta;
      xor(SUM);
      if (xorBits[SUM] != StaleMarker.BITS) {
        long[] v = values;
        long[] d = deltas;
        byte[] b = bytes;
        int p = pos;
        for (int i = 0; i < buckets; i++) {
          // Most deltas of deltas are nothing.
          if (Bits.at(b, p) >= 0) {
            p++;
          } else {
            d[i] += Varbit.intAt(b, p);
            p += Varbit.lengthAt(b, p);
          }
          if (p > end) {
            throw Bits.pastEnd(end);
          }
          v[i] += d[i];
        }
        pos = p;
      }
    }
  }

  private void layout() throws CorruptionException {
    zeroThreshold = threshold();
    long s = varint();
    if (s != NativeHistogram.CUSTOM_BUCKETS
        && (s < HistogramCode.LOWEST_SCHEMA || s > HistogramCode.HIGHEST_RESERVED_SCHEMA)) {
      throw nonsense("schema: got " + s);
    }
    schema = (int) s;
    boolean custom = schema == NativeHistogram.CUSTOM_BUCKETS;
    positiveSpans = spans();
    positives = buckets;
    int highest = highestIndex;
    int lowest = lowestIndex;
    negativeSpans = spans();
    if (custom) {
      int n = number("bounds");
      double[] b = new double[n];
      for (int i = 0; i < n; i++) {
        b[i] = bound();
      }
      bounds = b;
      if (buckets > 0 || (positives > 0 && (lowest < 0 || highest > n))) {
        throw nonsense("custom buckets outside of their bounds");
      }
    } else {
      bounds = HistogramCode.NONE;
    }
    buckets += positives;
    // In the first sample each bucket takes a bit at least, so this bounds what is allocated.
    if ((long) buckets * (floats ? 64 : 1) > end - pos) {
      throw Bits.pastEnd(end);
    }
    if (floats) {
      if (xorBits.length < FIXED + buckets) {
        xorBits = new long[FIXED + buckets];
        widths = new byte[FIXED + buckets];
        trailings = new byte[FIXED + buckets];
      }
    } else {
      if (values.length < buckets) {
        values = new long[buckets];
        deltas = new long[buckets];
      }
      Arrays.fill(deltas, 0, buckets, 0);
    }
  }

  private int lowestIndex;
  private int highestIndex;

  /** Reads spans; also sets {@link #buckets} and the indexes of the outermost ones. */
  private List<Span> spans() throws CorruptionException {
    int n = number("spans");
    buckets = 0;
    if (n == 0) {
      return List.of();
    }
    List<Span> out = new ArrayList<>(Math.min(n, 64));
    long index = 0;
    long sum = 0;
    boolean any = false;
    for (int i = 0; i < n; i++) {
      long length = uvarint();
      long offset = varint();
      if (length < 0 || length > end || (int) offset != offset || (i > 0 && offset < 0)) {
        throw nonsense("span: got length " + length + ", offset " + offset);
      }
      index += offset;
      if (length > 0 && !any) {
        any = true;
        lowestIndex = (int) index;
      }
      index += length;
      sum += length;
      if (index != (int) index || sum > end) {
        throw nonsense("spans of " + sum + " buckets up to index " + index);
      }
      if (length > 0) {
        highestIndex = (int) index - 1;
      }
      out.add(new Span((int) offset, (int) length));
    }
    buckets = (int) sum;
    return List.copyOf(out);
  }

  /** A number of things that follow, of at least one bit each. */
  private int number(String what) throws CorruptionException {
    long n = uvarint();
    if (n < 0 || n > end - pos) {
      throw nonsense(what + ": got number " + Long.toUnsignedString(n));
    }
    return (int) n;
  }

  private double threshold() throws CorruptionException {
    int code = (int) (Bits.at(bytes, pos) >>> 56);
    move(8);
    if (code == 0) {
      return 0;
    }
    return Double.longBitsToDouble(code == 255 ? word() : (code - 244L + 1023) << 52);
  }

  private double bound() throws CorruptionException {
    long v = uvarint();
    return v == 0 ? Double.longBitsToDouble(word()) : HistogramCode.unsignedToDouble(v - 1) / 1000;
  }

  private NativeHistogram histogram() {
    double sum = Double.longBitsToDouble(xorBits[SUM]);
    if (xorBits[SUM] == StaleMarker.BITS) {
      return HistogramCode.stale(!floats, sum);
    }
    ResetHint hint =
        flags == HistogramCode.GAUGE
            ? ResetHint.GAUGE
            // Of the first one's predecessor nothing is known: it may have been deleted, or another
            // may have come between.
            : done > 1 ? ResetHint.NOT_RESET : ResetHint.UNKNOWN;
    double[] positive = counts(0, positives);
    double[] negative = counts(positives, buckets);
    List<Span> up = positiveSpans;
    List<Span> down = negativeSpans;
    int ours = schema;
    if (schema > HistogramCode.HIGHEST_SCHEMA) {
      int steps = schema - HistogramCode.HIGHEST_SCHEMA;
      HistogramCode.Reduced reduced = HistogramCode.reduce(up, positive, Math.min(31, steps));
      up = reduced.spans();
      positive = reduced.buckets();
      reduced = HistogramCode.reduce(down, negative, Math.min(31, steps));
      down = reduced.spans();
      negative = reduced.buckets();
      ours = HistogramCode.HIGHEST_SCHEMA;
    }
    return new NativeHistogram(
        !floats,
        hint,
        ours,
        zeroThreshold,
        floats ? Double.longBitsToDouble(xorBits[ZERO]) : HistogramCode.unsignedToDouble(zero),
        floats ? Double.longBitsToDouble(xorBits[COUNT]) : HistogramCode.unsignedToDouble(count),
        sum,
        up,
        positive,
        down,
        negative,
        bounds);
  }

  /** The absolute counts of buckets {@code from..to}, exclusive. */
  private double[] counts(int from, int to) {
    if (from == to) {
      return HistogramCode.NONE;
    }
    double[] out = new double[to - from];
    if (floats) {
      for (int i = from; i < to; i++) {
        out[i - from] = Double.longBitsToDouble(xorBits[FIXED + i]);
      }
    } else {
      long absolute = 0;
      for (int i = from; i < to; i++) {
        absolute += values[i];
        out[i - from] = absolute;
      }
    }
    return out;
  }

  private void xor(int slot) throws CorruptionException {
    long word = Bits.at(bytes, pos);
    if (word >= 0) {
      move(1);
      return;
    }
    if (word << 1 >= 0) {
      move(2);
    } else {
      int header = (int) (word << 2 >>> 53);
      int width = (header & 63) == 0 ? 64 : header & 63;
      int trailing = 64 - (header >>> 6) - width;
      if (trailing < 0) {
        throw nonsense("leading zeros and width are more than 64 bits");
      }
      widths[slot] = (byte) width;
      trailings[slot] = (byte) trailing;
      move(13);
    }
    xorBits[slot] ^= Bits.wordAt(bytes, pos) >>> (64 - widths[slot]) << trailings[slot];
    move(widths[slot]);
  }

  private long varint() throws CorruptionException {
    long v = Varbit.intAt(bytes, pos);
    move(Varbit.lengthAt(bytes, pos));
    return v;
  }

  private long uvarint() throws CorruptionException {
    long v = Varbit.uintAt(bytes, pos);
    move(Varbit.lengthAt(bytes, pos));
    return v;
  }

  private long word() throws CorruptionException {
    long v = Bits.wordAt(bytes, pos);
    move(64);
    return v;
  }

  private void move(int bits) throws CorruptionException {
    pos += bits;
    if (pos > end) {
      throw Bits.pastEnd(end);
    }
  }

  private CorruptionException nonsense(String what) {
    return new CorruptionException(null, pos >>> 3, "histogram chunk: " + what);
  }
}
