package io.narthex.storage.tsdb.chunk;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.NativeHistogram.Span;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.model.StaleMarker;
import io.narthex.storage.tsdb.file.CorruptionException;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Builds chunks of native histograms, of integers or of floats as they come, one after the other;
 * the format stands at {@link HistogramCode}. All histograms of a chunk share their schema, zero
 * threshold, bounds and buckets, and a counter does not reset within one. {@link #append} says when
 * a new chunk is needed; buckets that appear or (while empty) vanish do not need one: the open
 * chunk is recoded, or the histogram gets empty buckets.
 *
 * <p>Reusable; belongs to one thread at a time.
 */
public final class HistogramChunkBuilder {
  private static final int SUM = 2;
  private static final int FIXED = 3;

  /** Bytes that the longest field takes, with the word that it is written with. */
  private static final int FIELD = 10;

  private static final int ROOM = 48;

  private final boolean startTimestamps;
  private final StartTimes starts = new StartTimes();
  private byte[] bytes = new byte[256];
  private int pos;
  private int samples;
  private boolean floats;
  private int flags;
  private long minTime;
  private long maxTime;
  private @Nullable NativeHistogram last;

  // The layout, that of the first histogram or as widened since.
  private int schema;
  private double zeroThreshold;
  private double[] bounds = HistogramCode.NONE;
  private List<Span> positiveSpans = List.of();
  private List<Span> negativeSpans = List.of();
  private int[] positive = new int[0];
  private int[] negative = new int[0];

  // The last sample as it was coded.
  private long timeDelta;
  private long count;
  private long countDelta;
  private long zero;
  private long zeroDelta;
  private long sumBits;

  /** Absolute counts of the last sample that was not stale, positive buckets first. */
  private double[] counts = HistogramCode.NONE;

  private long[] values = new long[0];
  private long[] deltas = new long[0];
  private long[] xorBits = new long[FIXED];
  private byte[] leadings = new byte[FIXED];
  private byte[] trailings = new byte[FIXED];

  // What fit() found.
  private boolean widen;
  private boolean fill;
  private int[] widePositive = positive;
  private int[] wideNegative = negative;
  private boolean positiveFilled;
  private boolean negativeFilled;

  /** For chunks without start timestamps. */
  public HistogramChunkBuilder() {
    this(false);
  }

  /**
   * Makes a builder without samples.
   *
   * @param startTimestamps whether to write {@link Encoding#HISTOGRAM_ST} and {@link
   *     Encoding#FLOAT_HISTOGRAM_ST}
   */
  public HistogramChunkBuilder(boolean startTimestamps) {
    this.startTimestamps = startTimestamps;
    reset();
  }

  /** Forgets everything, also what the chunk before ended with. */
  public void reset() {
    begin(HistogramCode.UNKNOWN);
    last = null;
    sumBits = 0;
  }

  private void begin(int newFlags) {
    samples = 0;
    pos = HistogramCode.HEADER << 3;
    bytes[0] = 0;
    bytes[1] = 0;
    bytes[2] = 0;
    starts.reset((byte) 0);
    flags = newFlags;
    timeDelta = 0;
    countDelta = 0;
    zeroDelta = 0;
  }

  /** As {@link #append(long, NativeHistogram, long)} without a start timestamp. */
  public boolean append(long t, NativeHistogram h) {
    return append(t, h, 0);
  }

  /**
   * Appends a sample to the open chunk if it can hold it. If not, nothing has changed: the caller
   * takes the chunk away and calls {@link #start} with the same sample.
   *
   * @param t milliseconds, above the last
   * @param st start timestamp in milliseconds, 0 if unknown; ignored unless the builder is for them
   * @return false if a new chunk is needed: a counter reset, another kind, schema, zero threshold
   *     or bounds, an end of staleness, gauges beside counters, or the chunk's count is full
   */
  public boolean append(long t, NativeHistogram h, long st) {
    if (samples == 0) {
      start(t, h, st);
      return true;
    }
    boolean gauge = h.resetHint() == ResetHint.GAUGE;
    if (floats == h.integer()
        || gauge != (flags == HistogramCode.GAUGE)
        || samples == (startTimestamps ? HistogramCode.MAX_SAMPLES_ST : 0xffff)) {
      return false;
    }
    if (gauge ? !fitsGauge(h) : verdict(h) != FITS) {
      return false;
    }
    NativeHistogram coded = h;
    if (widen || fill) {
      List<Span> up = positiveFilled ? HistogramCode.spans(widePositive) : h.positiveSpans();
      List<Span> down = negativeFilled ? HistogramCode.spans(wideNegative) : h.negativeSpans();
      coded = spread(h, up, widePositive, down, wideNegative);
      if (widen) {
        recode(up, widePositive, down, wideNegative);
      }
    }
    write(t, coded, st);
    last = h;
    return true;
  }

  /**
   * Begins a new chunk with a sample; the bytes of the one before are overwritten. The new chunk's
   * counter reset flag comes from comparing the sample with the last one before, unless {@link
   * #reset} was called in between.
   */
  public void start(long t, NativeHistogram h, long st) {
    int newFlags;
    if (h.resetHint() == ResetHint.GAUGE) {
      newFlags = HistogramCode.GAUGE;
    } else if (h.resetHint() == ResetHint.RESET) {
      newFlags = HistogramCode.RESET;
    } else if (last == null || floats == h.integer()) {
      newFlags = HistogramCode.UNKNOWN;
    } else {
      newFlags =
          switch (verdict(h)) {
            case COUNTER_RESET -> HistogramCode.RESET;
            case OTHER_LAYOUT -> HistogramCode.UNKNOWN;
            default -> HistogramCode.NOT_RESET;
          };
    }
    begin(newFlags);
    floats = !h.integer();
    minTime = t;
    write(t, h, st);
    last = h;
  }

  private static final int FITS = 0;
  private static final int COUNTER_RESET = 1;
  private static final int OTHER_LAYOUT = 2;
  private static final int GAUGE_BEFORE = 3;

  /**
   * Whether a counter fits behind the last sample, by upstream's rules; sets {@link #widen} and its
   * siblings if so.
   */
  private int verdict(NativeHistogram h) {
    widen = false;
    fill = false;
    if (flags == HistogramCode.GAUGE) {
      return GAUGE_BEFORE;
    }
    if (h.resetHint() == ResetHint.RESET) {
      return COUNTER_RESET;
    }
    if (h.isStale()) {
      return FITS;
    }
    if (sumBits == StaleMarker.BITS) {
      return OTHER_LAYOUT;
    }
    if (less(h.count(), count)) {
      return COUNTER_RESET;
    }
    if (h.schema() != schema || h.zeroThreshold() != zeroThreshold) {
      return OTHER_LAYOUT;
    }
    if (h.hasCustomBuckets() && !sameBounds(h)) {
      return COUNTER_RESET;
    }
    if (less(h.zeroCount(), zero)) {
      return COUNTER_RESET;
    }
    return fit(h, true) ? FITS : COUNTER_RESET;
  }

  /** Whether {@code now} is below the count of the last sample, which is kept as it is coded. */
  private boolean less(double now, long before) {
    return floats
        ? now < Double.longBitsToDouble(before)
        : Long.compareUnsigned(HistogramCode.doubleToUnsigned(now), before) < 0;
  }

  private boolean fitsGauge(NativeHistogram h) {
    widen = false;
    fill = false;
    if (h.isStale()) {
      return true;
    }
    if (sumBits == StaleMarker.BITS
        || h.schema() != schema
        || h.zeroThreshold() != zeroThreshold
        || (h.hasCustomBuckets() && !sameBounds(h))) {
      return false;
    }
    return fit(h, false);
  }

  private boolean sameBounds(NativeHistogram h) {
    if (h.customBounds().length != bounds.length) {
      return false;
    }
    for (int i = 0; i < bounds.length; i++) {
      if (h.customBounds()[i] != bounds[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * Compares the buckets of {@code h} with the layout.
   *
   * @param counter whether a bucket that shrinks, or vanishes with something in it, is a reset
   * @return false for a reset
   */
  private boolean fit(NativeHistogram h, boolean counter) {
    if (h.positiveSpans().equals(positiveSpans) && h.negativeSpans().equals(negativeSpans)) {
      widePositive = positive;
      wideNegative = negative;
      return !counter
          || (grown(h.positiveBuckets(), 0) && grown(h.negativeBuckets(), positive.length));
    }
    int[] up = HistogramCode.indexes(h.positiveSpans(), h.positiveBuckets().length);
    int[] down = HistogramCode.indexes(h.negativeSpans(), h.negativeBuckets().length);
    int[] upAll = union(positive, 0, up, h.positiveBuckets(), counter);
    int[] downAll =
        upAll == null ? null : union(negative, positive.length, down, h.negativeBuckets(), counter);
    if (upAll == null || downAll == null) {
      return false;
    }
    positiveFilled = upAll.length > up.length;
    negativeFilled = downAll.length > down.length;
    fill = positiveFilled || negativeFilled;
    widen = upAll.length > positive.length || downAll.length > negative.length;
    widePositive = upAll;
    wideNegative = downAll;
    return true;
  }

  private boolean grown(double[] now, int from) {
    for (int i = 0; i < now.length; i++) {
      if (counts[from + i] > now[i]) {
        return false;
      }
    }
    return true;
  }

  /**
   * The bucket indexes of the layout ({@code a}, its counts from {@code from} on) and of a
   * histogram; null for a counter reset.
   */
  private int @Nullable [] union(int[] a, int from, int[] b, double[] now, boolean counter) {
    int[] out = new int[a.length + b.length];
    int n = 0;
    int i = 0;
    int j = 0;
    while (i < a.length || j < b.length) {
      if (j == b.length || (i < a.length && a[i] < b[j])) {
        if (counter && counts[from + i] != 0) {
          return null;
        }
        out[n++] = a[i++];
      } else if (i == a.length || b[j] < a[i]) {
        out[n++] = b[j++];
      } else {
        if (counter && counts[from + i] > now[j]) {
          return null;
        }
        out[n++] = a[i++];
        j++;
      }
    }
    return Arrays.copyOf(out, n);
  }

  /** A histogram with empty buckets added so that it has those given. */
  private static NativeHistogram spread(
      NativeHistogram h, List<Span> up, int[] upIndexes, List<Span> down, int[] downIndexes) {
    return new NativeHistogram(
        h.integer(),
        h.resetHint(),
        h.schema(),
        h.zeroThreshold(),
        h.zeroCount(),
        h.count(),
        h.sum(),
        up,
        spread(h.positiveSpans(), h.positiveBuckets(), upIndexes),
        down,
        spread(h.negativeSpans(), h.negativeBuckets(), downIndexes),
        h.customBounds());
  }

  private static double[] spread(List<Span> spans, double[] buckets, int[] to) {
    if (buckets.length == to.length) {
      return buckets;
    }
    int[] from = HistogramCode.indexes(spans, buckets.length);
    double[] out = new double[to.length];
    int j = 0;
    for (int i = 0; i < from.length; i++) {
      while (to[j] != from[i]) {
        j++;
      }
      out[j++] = buckets[i];
    }
    return out;
  }

  /** Writes the chunk again with more buckets. */
  private void recode(List<Span> up, int[] upIndexes, List<Span> down, int[] downIndexes) {
    HistogramDecoder decoder = new HistogramDecoder();
    byte[] copy = Arrays.copyOf(bytes, length() + Bits.SLACK);
    Arrays.fill(copy, length(), copy.length, (byte) 0);
    SampleBatch batch = new SampleBatch(samples);
    batch.clear(SampleBatch.Kind.HISTOGRAM);
    try {
      decoder.reset(copy, length(), encoding());
      decoder.read(batch);
    } catch (CorruptionException e) {
      throw new IllegalStateException("cannot recode a histogram chunk of our own", e);
    }
    begin(flags);
    for (int i = 0; i < batch.size; i++) {
      NativeHistogram old = batch.histograms[i];
      if (old != null) {
        write(
            batch.timestamps[i],
            // The layout is what the first one has, so that one is spread even if stale; but a
            // stale one is last and alone if it is first, and then there is nothing to widen.
            old.isStale() ? old : spread(old, up, upIndexes, down, downIndexes),
            batch.hasStartTimestamps ? batch.startTimestamps[i] : 0);
      }
    }
  }

  private void write(long t, NativeHistogram given, long st) {
    boolean stale = given.isStale();
    NativeHistogram h = stale ? HistogramCode.stale(given.integer(), given.sum()) : given;
    double[] up = h.positiveBuckets();
    double[] down = h.negativeBuckets();
    room(h, up.length + down.length);
    long before = maxTime;
    if (samples == 0) {
      layout(h);
      pos = Varbit.putInt(bytes, pos, t);
    } else {
      long delta = t - maxTime;
      pos = Varbit.putInt(bytes, pos, delta - timeDelta);
      timeDelta = delta;
    }
    if (floats) {
      writeFloats(h, up, down);
    } else {
      writeIntegers(h, up, down, stale);
    }
    if (!stale) {
      System.arraycopy(up, 0, counts, 0, up.length);
      System.arraycopy(down, 0, counts, up.length, down.length);
    }
    if (startTimestamps) {
      pos = starts.write(bytes, pos, samples, t, before, st);
    }
    maxTime = t;
    samples++;
    if (startTimestamps) {
      Bits.putCount(bytes, 0, flags << 14 | samples);
      bytes[2] = starts.header();
    } else {
      Bits.putCount(bytes, 0, samples);
      bytes[2] = (byte) (flags << 6);
    }
  }

  private void layout(NativeHistogram h) {
    pos = HistogramCode.putLayout(bytes, pos, h);
    schema = h.schema();
    zeroThreshold = h.zeroThreshold();
    bounds = h.customBounds();
    positiveSpans = h.positiveSpans();
    negativeSpans = h.negativeSpans();
    positive = HistogramCode.indexes(positiveSpans, h.positiveBuckets().length);
    negative = HistogramCode.indexes(negativeSpans, h.negativeBuckets().length);
    int n = positive.length + negative.length;
    if (counts.length < n) {
      counts = new double[n];
    }
    if (floats) {
      if (xorBits.length < FIXED + n) {
        xorBits = new long[FIXED + n];
        leadings = new byte[FIXED + n];
        trailings = new byte[FIXED + n];
      }
      Arrays.fill(leadings, 0, FIXED + n, (byte) -1);
    } else {
      if (values.length < n) {
        values = new long[n];
        deltas = new long[n];
      }
      Arrays.fill(deltas, 0, n, 0);
      leadings[SUM] = -1;
    }
  }

  private void writeIntegers(NativeHistogram h, double[] up, double[] down, boolean stale) {
    long newCount = HistogramCode.doubleToUnsigned(h.count());
    long newZero = HistogramCode.doubleToUnsigned(h.zeroCount());
    long newSum = Double.doubleToRawLongBits(h.sum());
    byte[] b = bytes;
    int p = pos;
    if (samples == 0) {
      p = Varbit.putUint(b, p, newCount);
      p = Varbit.putUint(b, p, newZero);
      Bits.put(b, p, newSum, 64);
      p += 64;
      xorBits[SUM] = newSum;
      p = firstBuckets(b, p, up, 0);
      p = firstBuckets(b, p, down, up.length);
    } else {
      long delta = newCount - count;
      p = Varbit.putInt(b, p, stale ? 0 : delta - countDelta);
      countDelta = delta;
      delta = newZero - zero;
      p = Varbit.putInt(b, p, stale ? 0 : delta - zeroDelta);
      zeroDelta = delta;
      pos = p;
      xor(SUM, newSum);
      p = laterBuckets(b, pos, up, 0);
      p = laterBuckets(b, p, down, up.length);
    }
    pos = p;
    count = newCount;
    zero = newZero;
    sumBits = newSum;
  }

  private int firstBuckets(byte[] b, int at, double[] buckets, int from) {
    int p = at;
    long before = 0;
    for (int i = 0; i < buckets.length; i++) {
      long now = (long) buckets[i];
      values[from + i] = now - before;
      p = Varbit.putInt(b, p, now - before);
      before = now;
    }
    return p;
  }

  private int laterBuckets(byte[] b, int at, double[] buckets, int from) {
    int p = at;
    long before = 0;
    for (int i = 0; i < buckets.length; i++) {
      long now = (long) buckets[i];
      long value = now - before;
      long delta = value - values[from + i];
      p = Varbit.putInt(b, p, delta - deltas[from + i]);
      values[from + i] = value;
      deltas[from + i] = delta;
      before = now;
    }
    return p;
  }

  private void writeFloats(NativeHistogram h, double[] up, double[] down) {
    count = Double.doubleToRawLongBits(h.count());
    zero = Double.doubleToRawLongBits(h.zeroCount());
    sumBits = Double.doubleToRawLongBits(h.sum());
    xor(0, count);
    xor(1, zero);
    xor(SUM, sumBits);
    for (int i = 0; i < up.length; i++) {
      xor(FIXED + i, Double.doubleToRawLongBits(up[i]));
    }
    for (int i = 0; i < down.length; i++) {
      xor(FIXED + up.length + i, Double.doubleToRawLongBits(down[i]));
    }
  }

  /** Writes a float; the chunk's first one as it is. */
  private void xor(int slot, long bits) {
    byte[] b = bytes;
    long xor = bits ^ xorBits[slot];
    xorBits[slot] = bits;
    if (samples == 0) {
      Bits.put(b, pos, bits, 64);
      pos += 64;
      return;
    }
    if (xor == 0) {
      Bits.put(b, pos, 0, 1);
      pos++;
      return;
    }
    int leading = Math.min(31, Long.numberOfLeadingZeros(xor));
    int trailing = Long.numberOfTrailingZeros(xor);
    int width;
    if (leadings[slot] >= 0 && leading >= leadings[slot] && trailing >= trailings[slot]) {
      trailing = trailings[slot];
      width = 64 - leadings[slot] - trailing;
      Bits.put(b, pos, 0b10, 2);
      pos += 2;
    } else {
      leadings[slot] = (byte) leading;
      trailings[slot] = (byte) trailing;
      width = 64 - leading - trailing;
      Bits.put(b, pos, 0b11L << 11 | leading << 6 | (width & 63), 13);
      pos += 13;
    }
    Bits.put(b, pos, xor >>> trailing, width);
    pos += width;
  }

  private void room(NativeHistogram h, int buckets) {
    long needed =
        (long) length()
            + ROOM
            + (long) FIELD * (FIXED + 2 + buckets)
            + (samples == 0 ? HistogramCode.layoutBytes(h) : 0);
    if (needed > Bits.MAX_BYTES) {
      throw new IllegalArgumentException(
          "cannot append a histogram: the chunk would have " + needed + " bytes");
    }
    if (bytes.length < needed) {
      bytes = Arrays.copyOf(bytes, (int) Math.max(needed, bytes.length * 3L / 2));
    }
  }

  /**
   * Takes over a chunk read from somewhere, so that it can be appended to.
   *
   * @param encoding one of histograms, with start timestamps just if the builder is for them
   * @throws CorruptionException if it cannot be decoded to the end
   */
  public void load(byte encoding, byte[] data, int offset, int length) throws CorruptionException {
    Encoding kind = Encoding.of(encoding);
    if (!kind.isHistogram() || kind.hasStartTimestamps() != startTimestamps) {
      throw new CorruptionException(null, -1, "histogram chunk: got encoding " + kind);
    }
    byte[] copy = new byte[length + Bits.SLACK];
    System.arraycopy(data, offset, copy, 0, length);
    HistogramDecoder decoder = new HistogramDecoder();
    decoder.reset(copy, length, kind);
    SampleBatch batch = new SampleBatch(128);
    reset();
    floats = kind == Encoding.FLOAT_HISTOGRAM || kind == Encoding.FLOAT_HISTOGRAM_ST;
    begin(decoder.flags());
    while (true) {
      batch.clear(SampleBatch.Kind.HISTOGRAM);
      if (decoder.read(batch) == 0) {
        return;
      }
      for (int i = 0; i < batch.size; i++) {
        NativeHistogram h = batch.histograms[i];
        if (h != null) {
          if (samples == 0) {
            minTime = batch.timestamps[i];
          }
          write(batch.timestamps[i], h, batch.hasStartTimestamps ? batch.startTimestamps[i] : 0);
          last = h;
        }
      }
    }
  }

  /** How the open chunk is encoded. */
  public Encoding encoding() {
    if (startTimestamps) {
      return floats ? Encoding.FLOAT_HISTOGRAM_ST : Encoding.HISTOGRAM_ST;
    }
    return floats ? Encoding.FLOAT_HISTOGRAM : Encoding.HISTOGRAM;
  }

  public int sampleCount() {
    return samples;
  }

  /** Time of the first sample. */
  public long minTime() {
    return minTime;
  }

  /** Time of the last sample. */
  public long maxTime() {
    return maxTime;
  }

  /** The last histogram, as it was given; null before the first. */
  public @Nullable NativeHistogram last() {
    return last;
  }

  /**
   * The chunk's data, without the encoding byte, in the first {@link #length} bytes; this builder's
   * own array, good until the next call that changes it. Recoding changes bytes in the middle.
   */
  public byte[] bytes() {
    return bytes;
  }

  /** The length of the data in bytes. */
  public int length() {
    return (pos + 7) >>> 3;
  }
}
