package io.narthex.storage.tsdb.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.NativeHistogram.Span;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.model.StaleMarker;
import io.narthex.storage.tsdb.file.CorruptionException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HistogramChunkTest {
  private static final double[] NONE = {};

  private record Sample(long t, NativeHistogram h, long st) {}

  @Test
  void writesTheBitsOfTheFormat() {
    HistogramChunkBuilder b = new HistogramChunkBuilder();
    b.append(1, histogram(true, ResetHint.UNKNOWN, 2, 1, List.of(new Span(0, 2)), 1, 1));
    // count 1, flags 0; threshold 2^-128 is 116; then schema 0: 0; 1 span: 10 001; length 2: 10
    // 010;
    // offset 0: 0; no negative ones: 0; t 1: 10 001; count 2: 10 010; zero count 0: 0; sum 1.0;
    // buckets 1, +0: 10 001 0
    // 0100 0110 0100 0100 0110 0100 <sum> 1000 10
    assertThat(HexFormat.of().formatHex(b.bytes(), 0, b.length()))
        .isEqualTo("000100" + "74" + "464464" + "3ff0000000000000" + "88");
  }

  @ParameterizedTest
  @CsvSource({"true,false", "false,false", "true,true", "false,true"})
  void readsBackWhatWasWritten(boolean integer, boolean startTimes) throws Exception {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 300; round++) {
      boolean gauge = random.nextInt(3) == 0;
      boolean custom = random.nextInt(4) == 0;
      HistogramChunkBuilder builder = new HistogramChunkBuilder(startTimes);
      List<Sample> given = new ArrayList<>();
      List<Sample> read = new ArrayList<>();
      List<ResetHint> hints = new ArrayList<>();
      TreeMap<Integer, Double> up = new TreeMap<>();
      TreeMap<Integer, Double> down = new TreeMap<>();
      long t = 1_700_000_000_000L;
      long st = random.nextBoolean() ? 0 : t - 5000;
      int stChange = random.nextInt(200);
      int n = 1 + random.nextInt(200);
      int schema = 3;
      for (int i = 0; i < n; i++) {
        t += 15_000 + random.nextInt(3);
        if (i == stChange || (i > stChange && random.nextInt(5) == 0)) {
          st = t - random.nextInt(1000);
        }
        change(random, up, integer, gauge, custom);
        if (!custom) {
          change(random, down, integer, gauge, false);
        }
        if (random.nextInt(40) == 0 && !custom) {
          schema = 1 + random.nextInt(3);
        }
        NativeHistogram h =
            random.nextInt(30) == 0
                ? HistogramCode.stale(integer, StaleMarker.value())
                : histogram(random, integer, gauge, custom, schema, up, down);
        if (!builder.append(t, h, st)) {
          readInto(builder, read, hints);
          if (random.nextInt(10) == 0) {
            builder.reset();
            assertThat(builder.append(t, h, st)).isTrue();
          } else {
            builder.start(t, h, st);
          }
        }
        if (random.nextInt(20) == 0) {
          HistogramChunkBuilder other = new HistogramChunkBuilder(startTimes);
          other.load(builder.encoding().code(), builder.bytes(), 0, builder.length());
          assertThat(java.util.Arrays.copyOf(other.bytes(), other.length()))
              .isEqualTo(java.util.Arrays.copyOf(builder.bytes(), builder.length()));
          assertThat(other.minTime()).isEqualTo(builder.minTime());
          assertThat(other.maxTime()).isEqualTo(builder.maxTime());
          builder = other;
        }
        given.add(new Sample(t, h, startTimes ? st : 0));
        assertThat(builder.maxTime()).isEqualTo(t);
      }
      readInto(builder, read, hints);
      assertThat(read).as("seed %d round %d", seed, round).hasSameSizeAs(given);
      for (int i = 0; i < n; i++) {
        Sample want = given.get(i);
        Sample got = read.get(i);
        assertThat(got.t).isEqualTo(want.t);
        assertThat(got.st).as("seed %d round %d at %d", seed, round, i).isEqualTo(want.st);
        assertThat(got.h.integer()).isEqualTo(integer);
        assertSame(got.h, want.h, "seed " + seed + " round " + round + " at " + i);
        if (i > 0 && hints.get(i) == ResetHint.NOT_RESET && !want.h.isStale()) {
          assertThat(got.h.count()).isGreaterThanOrEqualTo(read.get(i - 1).h.count());
        }
      }
    }
  }

  private static void assertSame(NativeHistogram got, NativeHistogram want, String where) {
    assertThat(Double.doubleToRawLongBits(got.sum()))
        .as(where)
        .isEqualTo(Double.doubleToRawLongBits(want.sum()));
    if (want.isStale()) {
      return;
    }
    assertThat(got.schema()).as(where).isEqualTo(want.schema());
    assertThat(got.count()).as(where).isEqualTo(want.count());
    assertThat(got.zeroCount()).as(where).isEqualTo(want.zeroCount());
    assertThat(got.zeroThreshold()).as(where).isEqualTo(want.zeroThreshold());
    assertThat(got.customBounds()).as(where).isEqualTo(want.customBounds());
    assertThat(full(got.positiveSpans(), got.positiveBuckets()))
        .as(where)
        .isEqualTo(full(want.positiveSpans(), want.positiveBuckets()));
    assertThat(full(got.negativeSpans(), got.negativeBuckets()))
        .as(where)
        .isEqualTo(full(want.negativeSpans(), want.negativeBuckets()));
  }

  static Map<Integer, Double> full(List<Span> spans, double[] buckets) {
    int[] indexes = HistogramCode.indexes(spans, buckets.length);
    Map<Integer, Double> out = new TreeMap<>();
    for (int i = 0; i < buckets.length; i++) {
      if (buckets[i] != 0) {
        out.put(indexes[i], buckets[i]);
      }
    }
    return out;
  }

  private static void readInto(
      HistogramChunkBuilder builder, List<Sample> into, List<ResetHint> hints)
      throws CorruptionException {
    ChunkDecoder decoder = new ChunkDecoder();
    decoder.reset(builder.encoding().code(), builder.bytes(), 0, builder.length());
    assertThat(decoder.sampleCount()).isEqualTo(builder.sampleCount());
    assertThat(ChunkDecoder.sampleCount(builder.encoding().code(), builder.bytes(), 0))
        .isEqualTo(builder.sampleCount());
    SampleBatch batch = new SampleBatch(7);
    boolean first = true;
    while (decoder.read(batch) > 0) {
      assertThat(batch.kind).isEqualTo(SampleBatch.Kind.HISTOGRAM);
      for (int i = 0; i < batch.size; i++) {
        NativeHistogram h = batch.histograms[i];
        assertThat(h).isNotNull();
        hints.add(h.resetHint());
        if (first) {
          assertThat(h.resetHint()).isIn(ResetHint.UNKNOWN, ResetHint.GAUGE);
        }
        first = false;
        into.add(
            new Sample(
                batch.timestamps[i], h, batch.hasStartTimestamps ? batch.startTimestamps[i] : 0));
      }
    }
  }

  private static void change(
      Random random,
      TreeMap<Integer, Double> buckets,
      boolean integer,
      boolean gauge,
      boolean custom) {
    if (random.nextInt(50) == 0) {
      buckets.clear();
    }
    for (int k = random.nextInt(4); k > 0; k--) {
      int index = custom ? random.nextInt(5) : random.nextInt(40) - 20;
      double by = integer ? random.nextInt(1000) : random.nextDouble() * 100;
      if (gauge && random.nextInt(3) == 0) {
        buckets.remove(index);
      } else {
        buckets.merge(index, by, Double::sum);
      }
    }
  }

  private static NativeHistogram histogram(
      Random random,
      boolean integer,
      boolean gauge,
      boolean custom,
      int schema,
      TreeMap<Integer, Double> up,
      TreeMap<Integer, Double> down) {
    double count = 7;
    for (double v : up.values()) {
      count += v;
    }
    for (double v : down.values()) {
      count += v;
    }
    return new NativeHistogram(
        integer,
        gauge ? ResetHint.GAUGE : ResetHint.UNKNOWN,
        custom ? NativeHistogram.CUSTOM_BUCKETS : schema,
        custom ? 0 : 0.001,
        custom ? 0 : 7,
        count,
        random.nextInt(9) == 0 ? Double.NaN : random.nextInt(100000) / 100.0,
        spans(random, up),
        values(up),
        custom ? List.of() : spans(random, down),
        custom ? NONE : values(down),
        custom ? new double[] {0.005, 0.1, 1, 33554.430, 1e9} : NONE);
  }

  /** Spans of the indexes, sometimes with empty ones in between. */
  private static List<Span> spans(Random random, TreeMap<Integer, Double> buckets) {
    List<Span> out =
        new ArrayList<>(HistogramCode.spans(buckets.keySet().stream().mapToInt(i -> i).toArray()));
    if (random.nextInt(5) == 0 && out.size() > 1) {
      Span second = out.get(1);
      out.set(1, new Span(second.offset() - 1, 0));
      out.add(2, new Span(1, second.length()));
    }
    return out;
  }

  private static double[] values(TreeMap<Integer, Double> buckets) {
    return buckets.values().stream().mapToDouble(v -> v).toArray();
  }

  private static NativeHistogram histogram(
      boolean integer,
      ResetHint hint,
      double count,
      double sum,
      List<Span> spans,
      double... buckets) {
    return new NativeHistogram(
        integer, hint, 0, 0x1p-128, 0, count, sum, spans, buckets, List.of(), NONE, NONE);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void widensTheOpenChunkForBucketsThatAppear(boolean integer) throws Exception {
    HistogramChunkBuilder b = new HistogramChunkBuilder();
    b.append(1, histogram(integer, ResetHint.UNKNOWN, 3, 1, List.of(new Span(2, 1)), 3));
    assertThat(
            b.append(
                2, histogram(integer, ResetHint.UNKNOWN, 6, 1, List.of(new Span(0, 3)), 1, 1, 4)))
        .isTrue();
    List<Sample> read = new ArrayList<>();
    readInto(b, read, new ArrayList<>());
    assertThat(read.get(0).h.positiveSpans()).containsExactly(new Span(0, 3));
    assertThat(read.get(0).h.positiveBuckets()).containsExactly(0, 0, 3);
    assertThat(read.get(1).h.positiveBuckets()).containsExactly(1, 1, 4);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void fillsBucketsThatVanishWhileEmpty(boolean integer) throws Exception {
    HistogramChunkBuilder b = new HistogramChunkBuilder();
    b.append(1, histogram(integer, ResetHint.UNKNOWN, 3, 1, List.of(new Span(0, 3)), 0, 0, 3));
    assertThat(
            b.append(2, histogram(integer, ResetHint.UNKNOWN, 6, 1, List.of(new Span(2, 2)), 4, 2)))
        .isTrue();
    List<Sample> read = new ArrayList<>();
    readInto(b, read, new ArrayList<>());
    assertThat(read.get(0).h.positiveBuckets()).containsExactly(0, 0, 3, 0);
    assertThat(read.get(1).h.positiveBuckets()).containsExactly(0, 0, 4, 2);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void cutsAtCounterResets(boolean integer) {
    List<Span> spans = List.of(new Span(0, 2));
    NativeHistogram first = histogram(integer, ResetHint.UNKNOWN, 5, 1, spans, 3, 2);
    assertFlag(first, histogram(integer, ResetHint.UNKNOWN, 4, 1, spans, 3, 2), 0b10);
    assertFlag(first, histogram(integer, ResetHint.UNKNOWN, 9, 1, spans, 9, 1), 0b10);
    assertFlag(
        first, histogram(integer, ResetHint.UNKNOWN, 9, 1, List.of(new Span(0, 1)), 9), 0b10);
    assertFlag(first, histogram(integer, ResetHint.RESET, 9, 1, spans, 9, 9), 0b10);
    assertFlag(first, histogram(integer, ResetHint.GAUGE, 9, 1, spans, 9, 9), 0b11);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void knowsNothingOfResetsWhenTheLayoutChanges(boolean integer) {
    List<Span> spans = List.of(new Span(0, 1));
    NativeHistogram first = histogram(integer, ResetHint.UNKNOWN, 5, 1, spans, 5);
    NativeHistogram schema =
        new NativeHistogram(
            integer,
            ResetHint.UNKNOWN,
            1,
            0x1p-128,
            0,
            6,
            1,
            spans,
            new double[] {6},
            List.of(),
            NONE,
            NONE);
    assertFlag(first, schema, 0b00);
    assertFlag(HistogramCode.stale(integer, StaleMarker.value()), first, 0b00);
    assertFlag(first, histogram(!integer, ResetHint.UNKNOWN, 6, 1, spans, 6), 0b00);
  }

  @Test
  void marksAChunkCutForLengthAsWithoutReset() {
    List<Span> spans = List.of(new Span(0, 1));
    HistogramChunkBuilder b = new HistogramChunkBuilder();
    b.append(1, histogram(true, ResetHint.UNKNOWN, 5, 1, spans, 5));
    b.start(2, histogram(true, ResetHint.UNKNOWN, 6, 1, spans, 6), 0);
    assertThat((b.bytes()[2] >>> 6) & 3).isEqualTo(0b01);
    b.reset();
    b.append(3, histogram(true, ResetHint.UNKNOWN, 7, 1, spans, 7));
    assertThat((b.bytes()[2] >>> 6) & 3).isZero();
  }

  private static void assertFlag(NativeHistogram first, NativeHistogram second, int flag) {
    for (boolean startTimes : new boolean[] {false, true}) {
      HistogramChunkBuilder b = new HistogramChunkBuilder(startTimes);
      b.append(1, first);
      int length = b.length();
      assertThat(b.append(2, second)).isFalse();
      assertThat(b.length()).isEqualTo(length);
      b.start(2, second, 0);
      assertThat((b.bytes()[startTimes ? 0 : 2] >>> 6) & 3).isEqualTo(flag);
      assertThat(b.sampleCount()).isEqualTo(1);
    }
  }

  @Test
  void gaugesMayShrinkAndTheirBucketsVanish() throws Exception {
    HistogramChunkBuilder b = new HistogramChunkBuilder();
    b.append(1, histogram(true, ResetHint.GAUGE, 5, 1, List.of(new Span(0, 2)), 3, 2));
    assertThat(b.append(2, histogram(true, ResetHint.GAUGE, 1, 1, List.of(new Span(4, 1)), 1)))
        .isTrue();
    assertThat(b.append(3, histogram(true, ResetHint.UNKNOWN, 9, 1, List.of(new Span(4, 1)), 9)))
        .isFalse();
    List<Sample> read = new ArrayList<>();
    List<ResetHint> hints = new ArrayList<>();
    readInto(b, read, hints);
    assertThat(hints).containsOnly(ResetHint.GAUGE);
    assertThat(read.get(1).h.positiveSpans()).containsExactly(new Span(0, 2), new Span(2, 1));
    assertThat(read.get(1).h.positiveBuckets()).containsExactly(0, 0, 1);
  }

  @Test
  void joinsBucketsOfSchemasFinerThanOurs() {
    // Buckets 1..4 of a schema two steps finer are bucket 1 here.
    HistogramCode.Reduced r =
        HistogramCode.reduce(
            List.of(new Span(-1, 6), new Span(3, 1)), new double[] {1, 2, 3, 4, 5, 6, 7}, 2);
    assertThat(r.spans()).containsExactly(new Span(0, 3));
    assertThat(r.buckets()).containsExactly(3, 18, 7);
  }

  @Test
  void countsAboveTheSignedRangeAreKept() {
    for (double v : new double[] {0, 1, 0x1p53, 0x1p62, 0x1p63, 0x1.8p63}) {
      assertThat(HistogramCode.unsignedToDouble(HistogramCode.doubleToUnsigned(v))).isEqualTo(v);
    }
  }
}
