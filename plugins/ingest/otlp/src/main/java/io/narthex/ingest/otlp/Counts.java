package io.narthex.ingest.otlp;

import io.narthex.api.model.NativeHistogram.Span;
import io.narthex.api.wire.MalformedException;
import io.narthex.api.wire.ProtobufReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Counts of consecutive buckets, unsigned, the first at index {@link #offset}; a mutable buffer.
 */
final class Counts {
  /** The most buckets of one side of a histogram that are taken. */
  static final int MAX = 1 << 16;

  long[] counts = new long[16];
  int size;

  /** Index of the first bucket. */
  int offset;

  void clear() {
    size = 0;
    offset = 0;
  }

  void set(Counts other) {
    if (counts.length < other.size) {
      // Not as many as the other has room for, which may have had a larger histogram before.
      counts = new long[other.size];
    }
    System.arraycopy(other.counts, 0, counts, 0, other.size);
    size = other.size;
    offset = other.offset;
  }

  void add(long count) throws MalformedException {
    if (size == counts.length) {
      if (size >= MAX) {
        throw new MalformedException("cannot read a histogram: got more than " + MAX + " buckets");
      }
      counts = Arrays.copyOf(counts, Math.min(2 * size, MAX));
    }
    counts[size++] = count;
  }

  /** Reads {@code repeated fixed64}, packed or not. */
  void addFixed(ProtobufReader p, int tag, String field) throws MalformedException {
    if ((tag & 7) == ProtobufReader.FIXED64) {
      add(p.fixed64());
      return;
    }
    ProtobufReader.require(tag, ProtobufReader.BYTES, field);
    int outer = p.enter();
    while (p.hasMore()) {
      add(p.fixed64());
    }
    p.leave(outer);
  }

  /** Reads {@code repeated uint64}, packed or not. */
  void addVarints(ProtobufReader p, int tag, String field) throws MalformedException {
    if ((tag & 7) == ProtobufReader.VARINT) {
      add(p.varint());
      return;
    }
    ProtobufReader.require(tag, ProtobufReader.BYTES, field);
    int outer = p.enter();
    while (p.hasMore()) {
      add(p.varint());
    }
    p.leave(outer);
  }

  /** An unsigned number as a float. */
  static double unsigned(long n) {
    return n >= 0 ? n : (n >>> 1 | (n & 1)) * 2.0;
  }

  /** Unites {@code 2^shift} neighbours, those whose index divided so is the same. */
  void downscale(int shift) {
    if (shift <= 0) {
      return;
    }
    int first = shifted(offset, shift);
    if (size == 0) {
      offset = first;
      return;
    }
    int n = 0;
    int at = first;
    long sum = 0;
    for (int i = 0; i < size; i++) {
      int index = shifted((long) offset + i, shift);
      if (index != at) {
        counts[n++] = sum;
        sum = 0;
        at = index;
      }
      sum += counts[i];
    }
    counts[n++] = sum;
    size = n;
    offset = first;
  }

  private static int shifted(long index, int shift) {
    return (int) (index >> Math.min(shift, 62));
  }

  /**
   * The buckets of a native histogram: runs of buckets and their counts. Gaps of up to two empty
   * buckets are filled, because a run costs as much; empty ones at both ends are left out.
   */
  static final class Runs {
    final List<Span> spans = new ArrayList<>();
    double[] counts = new double[16];
    int size;

    /**
     * Makes the runs of {@code from}.
     *
     * @param shift by how many steps the resolution is reduced
     * @param base what is added to an index: 1 for exponential buckets, which Prometheus counts by
     *     their upper bound and OpenTelemetry by their lower one; 0 for explicit bounds
     */
    void make(Counts from, int shift, int base) throws MalformedException {
      spans.clear();
      size = 0;
      if ((long) from.offset + from.size + base > Integer.MAX_VALUE) {
        throw new MalformedException(
            "cannot read a histogram: got buckets up to index "
                + ((long) from.offset + from.size)
                + ", want less than 2^31");
      }
      int runOffset = 0;
      int runStart = 0;
      long next = 0;
      for (int i = 0; i < from.size; ) {
        int index = shifted((long) from.offset + i, shift);
        double count = 0;
        while (i < from.size && shifted((long) from.offset + i, shift) == index) {
          count += unsigned(from.counts[i++]);
        }
        if (count == 0) {
          continue;
        }
        int at = index + base;
        boolean first = size == 0;
        if (first || at - next > 2) {
          if (!first) {
            spans.add(new Span(runOffset, size - runStart));
          }
          runOffset = first ? at : (int) (at - next);
          runStart = size;
        } else {
          for (long empty = next; empty < at; empty++) {
            add(0);
          }
        }
        add(count);
        next = at + 1L;
      }
      if (size > 0) {
        spans.add(new Span(runOffset, size - runStart));
      }
    }

    private void add(double count) {
      if (size == counts.length) {
        counts = Arrays.copyOf(counts, 2 * size);
      }
      counts[size++] = count;
    }

    double[] copy() {
      return Arrays.copyOf(counts, size);
    }
  }
}
