package io.narthex.api.wire;

import io.narthex.api.Api;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.NativeHistogram.Span;
import java.util.Arrays;
import java.util.List;

/**
 * The parts of a native histogram, gathered from a message in any order, and the {@link
 * NativeHistogram} that they make: what the protobuf exposition format, remote write and others
 * that send such histograms have in common. Reused from histogram to histogram; gathering allocates
 * nothing once there is room.
 *
 * <pre>{@code
 * parts.clear();
 * // for each field of the message
 * parts.schema = (int) p.zigzag();
 * parts.positive.span(p, tag, "PositiveSpans");
 * parts.positive.deltas(p, tag, "PositiveDeltas");
 * // and in the end
 * NativeHistogram histogram = parts.build();
 * }</pre>
 *
 * <p>Each {@link Side} has spans, and counts of buckets either as differences to the bucket before
 * ({@code deltas}, of integer histograms) or as they are ({@code counts}); {@link #integer} says
 * which of the two make the histogram. No side has more than {@link #MOST} of anything. Not safe
 * for several threads.
 *
 * @since 0.1
 */
@Api(since = "0.1", status = Api.Status.EXPERIMENTAL)
public final class HistogramParts {
  /** The most buckets, spans or bounds of one side. */
  public static final int MOST = 1 << 16;

  /** Far beyond what any number is in. */
  private static final int MOST_INDEX = 1 << 30;

  private static final int MIN_SCHEMA = -4;
  private static final int MAX_SCHEMA = 8;

  /** Finer schemas up to this one are brought to {@link #MAX_SCHEMA}, as upstream does. */
  private static final int MAX_RESERVED_SCHEMA = 52;

  private static final double[] NONE = {};

  /**
   * Whether the buckets are those that came as deltas; otherwise those that came as counts. True
   * after {@link #clear}.
   */
  public boolean integer = true;

  /** What is known about a counter reset; {@link ResetHint#UNKNOWN} after {@link #clear}. */
  public ResetHint resetHint = ResetHint.UNKNOWN;

  /** From −4, or {@link NativeHistogram#CUSTOM_BUCKETS}. */
  public int schema;

  /** Half the width of the zero bucket. */
  public double zeroThreshold;

  /** Observations in the zero bucket. */
  public double zeroCount;

  /** All observations. */
  public double count;

  /** The sum of all observations. */
  public double sum;

  /** The buckets above zero, or all of a histogram with custom buckets. */
  public final Side positive = new Side("positive side: ");

  /** The buckets below zero. */
  public final Side negative = new Side("negative side: ");

  private double[] bounds = NONE;
  private int boundCount;

  /** Makes one without parts. */
  public HistogramParts() {}

  /** Forgets all parts. */
  public void clear() {
    integer = true;
    resetHint = ResetHint.UNKNOWN;
    schema = 0;
    zeroThreshold = 0;
    zeroCount = 0;
    count = 0;
    sum = 0;
    positive.clear();
    negative.clear();
    boundCount = 0;
  }

  /**
   * Adds an upper bound of a custom bucket.
   *
   * @throws MalformedException when there are more than {@link #MOST}
   */
  public void addBound(double bound) throws MalformedException {
    if (boundCount == bounds.length) {
      bounds = Arrays.copyOf(bounds, larger(boundCount));
    }
    bounds[boundCount++] = bound;
  }

  /**
   * Reads upper bounds of custom buckets: one double, or many packed.
   *
   * @param field its name in the message, as Go writes it
   * @throws MalformedException when the field is of another type, or there are too many
   */
  public void bounds(ProtobufReader p, int tag, String field) throws MalformedException {
    if ((tag & 7) == ProtobufReader.FIXED64) {
      addBound(p.float64());
      return;
    }
    ProtobufReader.require(tag, ProtobufReader.BYTES, field);
    int outer = p.enter();
    while (p.hasMore()) {
      addBound(p.float64());
    }
    p.leave(outer);
  }

  /**
   * Makes the histogram with the buckets as they came. One of a schema from 9 to 52 is brought to
   * schema 8, as Prometheus does: buckets that become one are added up.
   *
   * @throws MalformedException with Prometheus's text when it is none: an unknown schema, or spans
   *     that do not cover the buckets. What contradicts itself otherwise ({@link
   *     NativeHistogram#problem}) is made
   */
  public NativeHistogram build() throws MalformedException {
    return build(true);
  }

  /**
   * As {@link #build()}, and leaves out the buckets without observations: what Prometheus does with
   * histograms that it scrapes.
   */
  public NativeHistogram buildWithoutEmptyBuckets() throws MalformedException {
    return build(false);
  }

  private NativeHistogram build(boolean keepEmpty) throws MalformedException {
    boolean custom = schema == NativeHistogram.CUSTOM_BUCKETS;
    if (!custom && (schema < MIN_SCHEMA || schema > MAX_RESERVED_SCHEMA)) {
      throw new MalformedException(
          "histogram has an invalid schema, which must be between -4 and 8 for exponential buckets,"
              + " or -53 for custom buckets, got schema "
              + schema);
    }
    int shift = custom ? 0 : Math.max(0, schema - MAX_SCHEMA);
    positive.settle(integer, custom, keepEmpty, shift);
    negative.settle(integer, custom, keepEmpty, shift);
    return new NativeHistogram(
        integer,
        resetHint,
        schema - shift,
        zeroThreshold,
        zeroCount,
        count,
        sum,
        positive.builtSpans(),
        positive.builtBuckets(),
        negative.builtSpans(),
        negative.builtBuckets(),
        boundCount == 0 ? NONE : Arrays.copyOf(bounds, boundCount));
  }

  /** A number of 64 bits without a sign, as the nearest double. */
  public static double unsigned(long n) {
    return n >= 0 ? n : ((n >>> 1) | (n & 1)) * 2.0;
  }

  private static int larger(int size) throws MalformedException {
    if (size >= MOST) {
      throw new MalformedException(
          "cannot read a histogram: got more than " + MOST + " buckets or spans on one side");
    }
    return Math.max(16, 2 * size);
  }

  /** The buckets on one side of zero. */
  public static final class Side {
    private final String name;
    private int[] offsets = new int[0];
    private int[] lengths = new int[0];
    private int[] otherOffsets = new int[0];
    private int[] otherLengths = new int[0];
    private int spans;
    private long[] deltas = new long[0];
    private int deltaCount;
    private double[] counts = new double[0];
    private int countCount;

    /** The buckets that are left of {@link #counts} when all is settled. */
    private int buckets;

    private Side(String name) {
      this.name = name;
    }

    private void clear() {
      spans = 0;
      deltaCount = 0;
      countCount = 0;
    }

    /** Whether there are spans, of whatever length. */
    public boolean hasSpans() {
      return spans > 0;
    }

    /**
     * Adds a run of buckets.
     *
     * @param offset the gap to the run before; of the first one, the index of its first bucket
     * @param length the number of buckets, a number of 32 bits without a sign
     * @throws MalformedException when there are more than {@link #MOST}
     */
    public void addSpan(int offset, int length) throws MalformedException {
      if (spans == offsets.length) {
        offsets = Arrays.copyOf(offsets, larger(spans));
        lengths = Arrays.copyOf(lengths, larger(spans));
      }
      offsets[spans] = offset;
      lengths[spans++] = length;
    }

    /**
     * Adds a bucket of an integer histogram.
     *
     * @param delta its count less that of the bucket before
     * @throws MalformedException when there are more than {@link #MOST}
     */
    public void addDelta(long delta) throws MalformedException {
      if (deltaCount == deltas.length) {
        deltas = Arrays.copyOf(deltas, larger(deltaCount));
      }
      deltas[deltaCount++] = delta;
    }

    /**
     * Adds a bucket of a float histogram.
     *
     * @throws MalformedException when there are more than {@link #MOST}
     */
    public void addCount(double count) throws MalformedException {
      if (countCount == counts.length) {
        counts = Arrays.copyOf(counts, larger(countCount));
      }
      counts[countCount++] = count;
    }

    /**
     * Reads a message {@code BucketSpan}: 1 sint32 offset, 2 uint32 length.
     *
     * @param field its name in the message around it, as Go writes it
     * @throws MalformedException when a field is of another type, or there are too many
     */
    public void span(ProtobufReader p, int tag, String field) throws MalformedException {
      ProtobufReader.require(tag, ProtobufReader.BYTES, field);
      int outer = p.enter();
      int offset = 0;
      int length = 0;
      while (p.hasMore()) {
        int inner = p.tag();
        switch (inner >>> 3) {
          case 1 -> {
            ProtobufReader.require(inner, ProtobufReader.VARINT, "Offset");
            offset = (int) p.zigzag();
          }
          case 2 -> {
            ProtobufReader.require(inner, ProtobufReader.VARINT, "Length");
            length = (int) p.varint();
          }
          default -> p.skip(inner);
        }
      }
      p.leave(outer);
      addSpan(offset, length);
    }

    /**
     * Reads deltas: one sint64 or those that follow with the same tag, or many packed.
     *
     * @param field its name in the message, as Go writes it
     * @throws MalformedException when the field is of another type, or there are too many
     */
    public void deltas(ProtobufReader p, int tag, String field) throws MalformedException {
      if ((tag & 7) == ProtobufReader.VARINT) {
        addDelta(p.zigzag());
        // Clients do not pack them: the same tag, which is one byte, mostly comes again.
        while (p.hasMore() && p.bytes[p.position] == tag) {
          p.position++;
          addDelta(p.zigzag());
        }
        return;
      }
      ProtobufReader.require(tag, ProtobufReader.BYTES, field);
      int outer = p.enter();
      while (p.hasMore()) {
        addDelta(p.zigzag());
      }
      p.leave(outer);
    }

    /**
     * Reads counts: one double, or many packed.
     *
     * @param field its name in the message, as Go writes it
     * @throws MalformedException when the field is of another type, or there are too many
     */
    public void counts(ProtobufReader p, int tag, String field) throws MalformedException {
      if ((tag & 7) == ProtobufReader.FIXED64) {
        addCount(p.float64());
        return;
      }
      ProtobufReader.require(tag, ProtobufReader.BYTES, field);
      int outer = p.enter();
      while (p.hasMore()) {
        addCount(p.float64());
      }
      p.leave(outer);
    }

    /**
     * Brings spans and counts to what the histogram shall have.
     *
     * @param integer whether the buckets came as deltas
     * @param shift how many times two neighbours are united
     */
    private void settle(boolean integer, boolean custom, boolean keepEmpty, int shift)
        throws MalformedException {
      int given = integer ? deltaCount : countCount;
      long needed = 0;
      long index = 0;
      int first = 0;
      for (int i = 0; i < spans; i++) {
        needed += Integer.toUnsignedLong(lengths[i]);
        index += offsets[i] + Integer.toUnsignedLong(lengths[i]);
        first = i == 0 ? offsets[i] : first;
        if (i > 0 && offsets[i] < 0) {
          throw new MalformedException(
              place(custom)
                  + "span number "
                  + (i + 1)
                  + " with offset "
                  + offsets[i]
                  + ": histogram has a span whose offset is negative");
        }
      }
      if (needed != given) {
        throw new MalformedException(
            place(custom)
                + "spans need "
                + needed
                + " buckets, have "
                + given
                + " buckets: histogram spans specify different number of buckets than provided");
      }
      // So that the gap between any two is a number of 32 bits too.
      if (first < -MOST_INDEX || index > MOST_INDEX) {
        throw new MalformedException(
            place(custom)
                + "bucket index out of range; got "
                + (first < -MOST_INDEX ? first : index - 1)
                + ", want "
                + -MOST_INDEX
                + ".."
                + (MOST_INDEX - 1));
      }
      if (integer) {
        sumUp();
      }
      buckets = given;
      if (keepEmpty ? shift > 0 : given == 0 || !isCompact(given, shift)) {
        rewrite(keepEmpty, shift);
      }
    }

    private String place(boolean custom) {
      return custom ? "custom buckets: " : name;
    }

    /** From deltas to counts. */
    private void sumUp() {
      if (counts.length < deltaCount) {
        counts = new double[deltas.length];
      }
      long count = 0;
      for (int i = 0; i < deltaCount; i++) {
        count += deltas[i];
        counts[i] = count;
      }
    }

    private boolean isCompact(int given, int shift) {
      if (shift > 0) {
        return false;
      }
      for (int i = 0; i < given; i++) {
        if (counts[i] == 0) {
          return false;
        }
      }
      for (int i = 0; i < spans; i++) {
        if (lengths[i] == 0 || (i > 0 && offsets[i] == 0)) {
          return false;
        }
      }
      return true;
    }

    /** There can be more spans than before, so they are written to other arrays. */
    private void rewrite(boolean keepEmpty, int shift) {
      int[] newOffsets = otherOffsets;
      int[] newLengths = otherLengths;
      int newSpans = 0;
      int written = 0;
      int at = 0;
      long index = 0;
      long last = 0;
      for (int i = 0; i < spans; i++) {
        index += offsets[i];
        for (int j = 0; j < lengths[i]; j++, index++) {
          double count = counts[at++];
          if (count == 0 && !keepEmpty) {
            continue;
          }
          // Bucket i ends at base^i: the last of each 2^shift has an index that it divides.
          long wide = ((index - 1) >> shift) + 1;
          if (written > 0 && wide == last) {
            counts[written - 1] += count;
            continue;
          }
          if (newSpans > 0 && wide == last + 1) {
            newLengths[newSpans - 1]++;
          } else {
            if (newSpans == newOffsets.length) {
              newOffsets = Arrays.copyOf(newOffsets, Math.max(16, 2 * newSpans));
              newLengths = Arrays.copyOf(newLengths, Math.max(16, 2 * newSpans));
            }
            newOffsets[newSpans] = (int) (newSpans == 0 ? wide : wide - last - 1);
            newLengths[newSpans++] = 1;
          }
          counts[written++] = count;
          last = wide;
        }
      }
      otherOffsets = offsets;
      otherLengths = lengths;
      offsets = newOffsets;
      lengths = newLengths;
      spans = newSpans;
      buckets = written;
    }

    private List<Span> builtSpans() {
      if (spans == 0) {
        return List.of();
      }
      if (spans == 1) {
        return List.of(new Span(offsets[0], lengths[0]));
      }
      Span[] all = new Span[spans];
      for (int i = 0; i < spans; i++) {
        all[i] = new Span(offsets[i], lengths[i]);
      }
      return List.of(all);
    }

    private double[] builtBuckets() {
      return buckets == 0 ? NONE : Arrays.copyOf(counts, buckets);
    }
  }
}
