package io.narthex.storage.tsdb.compact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.SampleBatch;
import io.narthex.storage.tsdb.chunk.ChunkCutter;
import io.narthex.storage.tsdb.chunk.ChunkDecoder;
import io.narthex.storage.tsdb.chunk.Encoding;
import io.narthex.storage.tsdb.chunk.FloatChunkBuilder;
import io.narthex.storage.tsdb.file.CorruptionException;
import io.narthex.storage.tsdb.select.Intervals;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SeriesMergerTest {
  private record Chunk(long minTime, long maxTime, Encoding encoding, byte[] data) {}

  private final List<Chunk> out = new ArrayList<>();
  private final SeriesMerger merger =
      new SeriesMerger((min, max, encoding, data, length) ->
          out.add(new Chunk(min, max, Encoding.of(encoding), Arrays.copyOf(data, length))));

  @Test
  void letsChunksThroughThatDoNotOverlap() throws IOException {
    Chunk a = floats(1, 10, 20, 30);
    Chunk b = floats(2, 40, 50);
    Chunk c = floats(3, 60);
    part(a, c);
    part(b);
    merge(0, 100);
    assertThat(out).usingRecursiveFieldByFieldElementComparator().containsExactly(a, b, c);
  }

  @Test
  void mergesChunksThatOverlapAndTheFirstPartsSampleWins() throws IOException {
    part(floats(1, 10, 20, 30), floats(1, 100));
    part(floats(2, 20, 25, 40));
    merge(0, 1000);
    assertThat(samples().toString()).isEqualTo("{10=1.0, 20=1.0, 25=2.0, 30=1.0, 40=2.0, 100=1.0}");
    assertThat(out).hasSize(2);
  }

  @Test
  void takesOneOfTwoEqualChunks() throws IOException {
    Chunk a = floats(1, 10, 20, 30);
    part(a);
    part(floats(1, 10, 20, 30));
    merge(0, 1000);
    assertThat(out).usingRecursiveFieldByFieldElementComparator().containsExactly(a);
  }

  @Test
  void cutsWhatIsOutsideTheRange() throws IOException {
    part(floats(1, 10, 20, 30), floats(2, 40, 50, 60), floats(3, 70, 80), floats(4, 90));
    merge(20, 70);
    assertThat(samples().toString()).isEqualTo("{20=1.0, 30=1.0, 40=2.0, 50=2.0, 60=2.0, 70=3.0}");
    assertThat(out.getFirst().minTime()).isEqualTo(20);
    assertThat(out.getLast().maxTime()).isEqualTo(70);
  }

  @Test
  void leavesOutWhatIsDeleted() throws IOException {
    merger.clear();
    merger.nextPart();
    add(floats(1, 10, 20, 30), Intervals.of(0, 30));
    add(floats(2, 40, 50, 60), Intervals.of(50, 50));
    add(floats(3, 70, 80), Intervals.of(81, 90));
    merger.merge(0, 100);
    assertThat(samples().toString()).isEqualTo("{40=2.0, 60=2.0, 70=3.0, 80=3.0}");
  }

  @Test
  void aSampleDeletedInOnePartIsTakenFromTheOther() throws IOException {
    merger.clear();
    merger.nextPart();
    add(floats(1, 10, 20, 30), Intervals.of(20, 20));
    merger.nextPart();
    add(floats(1, 10, 20, 30), Intervals.NONE);
    merger.merge(0, 100);
    assertThat(samples().toString()).isEqualTo("{10=1.0, 20=1.0, 30=1.0}");
  }

  @Test
  void givesNothingWhenAllIsDeletedOrOutside() throws IOException {
    merger.clear();
    merger.nextPart();
    add(floats(1, 10, 20, 30), Intervals.of(20, 40).with(0, 10));
    add(floats(1, 40, 60), Intervals.NONE);
    merger.merge(15, 55);
    assertThat(samples().toString()).isEqualTo("{40=1.0}");
    out.clear();
    merger.merge(31, 39);
    assertThat(out).isEmpty();
  }

  @Test
  void cutsAfterAHundredAndTwentySamples() throws IOException {
    part(floats(1, times(0, 2, 200)));
    part(floats(2, times(1, 2, 200)));
    merge(0, 1000);
    assertThat(out.stream().map(c -> count(c)).toList()).containsExactly(120, 120, 120, 40);
  }

  @Test
  void aGrowingChunkIsEncodedAnew() throws IOException {
    merger.clear();
    merger.nextPart();
    Chunk whole = floats(1, 10, 20, 30);
    add(new Chunk(10, 20, Encoding.XOR, whole.data()), Intervals.NONE);
    merger.chunks.open[0] = true;
    merger.merge(0, 100);
    assertThat(samples().toString()).isEqualTo("{10=1.0, 20=1.0}");
    assertThat(count(out.getFirst())).isEqualTo(2);
  }

  @Test
  void keepsStartTimestamps() throws IOException {
    FloatChunkBuilder b = new FloatChunkBuilder(Encoding.XOR2);
    b.append(10, 1, 5);
    b.append(30, 2, 6);
    part(new Chunk(10, 30, Encoding.XOR2, Arrays.copyOf(b.bytes(), b.length())));
    part(floats(3, 20));
    merge(0, 100);
    assertThat(out).hasSize(1);
    assertThat(out.getFirst().encoding()).isEqualTo(Encoding.XOR2);
    SampleBatch batch = decode(out.getFirst());
    assertThat(Arrays.copyOf(batch.timestamps, 3)).containsExactly(10, 20, 30);
    assertThat(Arrays.copyOf(batch.startTimestamps, 3)).containsExactly(5, 0, 6);
  }

  @Test
  void keepsFloatsAndHistogramsOfOneSeries() throws IOException {
    part(chunk(Map.of(10L, 1.0, 30L, 2.0)));
    part(chunk(Map.of(20L, Model.histogram(ResetHint.UNKNOWN, 1, 2))));
    merge(0, 100);
    assertThat(out.stream().map(c -> c.encoding() + "@" + c.minTime()).toList())
        .containsExactly("XOR@10", "HISTOGRAM@20", "XOR@30");
  }

  @Test
  void samplesBeforeAnotherOneNowDoNotClaimThatNothingWasReset() throws IOException {
    // In the first part, 30 follows 10; then 20 with larger counts comes between them.
    part(chunk(histograms(10, 1, 30, 2)));
    part(chunk(histograms(20, 9)));
    merge(0, 100);
    assertThat(hints()).containsExactly("10 UNKNOWN", "20 NOT_RESET", "30 RESET");
  }

  @Test
  void aHistogramChunkKeepsItsHeaderOnlyBehindTheChunkThatWasBeforeIt() throws IOException {
    List<Chunk> cut = new ArrayList<>();
    ChunkCutter cutter =
        new ChunkCutter(
            2,
            (min, max, encoding, data, length) ->
                cut.add(new Chunk(min, max, Encoding.of(encoding), Arrays.copyOf(data, length))));
    for (int i = 1; i <= 6; i++) {
      cutter.append(10 * i, Model.histogram(ResetHint.UNKNOWN, i));
    }
    cutter.finish();
    part(cut.get(0), cut.get(1), cut.get(2));
    merge(0, 100);
    assertThat(hints())
        .containsExactly(
            "10 UNKNOWN",
            "20 NOT_RESET",
            "30 NOT_RESET",
            "40 NOT_RESET",
            "50 NOT_RESET",
            "60 NOT_RESET");
    out.clear();
    part(cut.get(0), cut.get(1), cut.get(2));
    part(chunk(histograms(25, 100)));
    merge(0, 100);
    assertThat(hints())
        .containsExactly(
            "10 UNKNOWN",
            "20 NOT_RESET",
            "25 UNKNOWN",
            "30 UNKNOWN",
            "40 NOT_RESET",
            "50 NOT_RESET",
            "60 NOT_RESET");
  }

  @Test
  void gaugesStayGauges() throws IOException {
    part(
        chunk(
            Map.of(
                10L,
                Model.histogram(ResetHint.GAUGE, 5),
                30L,
                Model.histogram(ResetHint.GAUGE, 1))));
    part(chunk(Map.of(20L, Model.histogram(ResetHint.GAUGE, 3))));
    part(chunk(Map.of(40L, Model.histogram(ResetHint.GAUGE, 3))));
    merge(0, 100);
    assertThat(hints()).containsExactly("10 GAUGE", "20 GAUGE", "30 GAUGE", "40 GAUGE");
  }

  @Test
  void samplesOutOfOrderInAChunkAreCorruption() throws IOException {
    FloatChunkBuilder b = new FloatChunkBuilder();
    b.append(10, 1);
    b.append(30, 1);
    b.append(20, 1);
    part(new Chunk(10, 40, Encoding.XOR, Arrays.copyOf(b.bytes(), b.length())));
    assertThatThrownBy(() -> merge(15, 100))
        .isInstanceOf(CorruptionException.class)
        .hasMessageContaining("got 20 behind 30");
  }

  @Test
  void givesTheSameAsAPlainMapForRandomParts() throws IOException {
    for (long seed = 0; seed < 400; seed++) {
      Random random = new Random(seed);
      merger.clear();
      out.clear();
      NavigableMap<Long, Object> expected = new TreeMap<>();
      int parts = 1 + random.nextInt(5);
      int span = 50 << random.nextInt(6);
      long from = random.nextInt(3) == 0 ? random.nextInt(span) : -100;
      long to = random.nextInt(3) == 0 ? random.nextInt(2 * span) : 100_000;
      for (int p = 0; p < parts; p++) {
        merger.nextPart();
        long t = random.nextInt(span);
        for (int c = random.nextInt(6); c > 0; c--) {
          TreeMap<Long, Object> samples = new TreeMap<>();
          boolean histograms = random.nextInt(4) == 0;
          for (int n = 1 + random.nextInt(random.nextInt(4) == 0 ? 600 : 20); n > 0; n--) {
            t += 1 + random.nextInt(8);
            samples.put(
                t,
                histograms
                    ? Model.histogram(ResetHint.UNKNOWN, random.nextInt(4), random.nextInt(4))
                    : (Object) (double) random.nextInt(5));
          }
          Intervals deleted = Intervals.NONE;
          if (random.nextInt(4) == 0) {
            long at = samples.firstKey() - 5 + random.nextInt(20);
            deleted = Intervals.of(at, at + random.nextInt(50));
          }
          // A histogram chunk ends at a reset, so it may become several.
          for (Chunk chunk : chunks(samples, 1000)) {
            add(chunk, deleted);
          }
          for (Map.Entry<Long, Object> sample : samples.entrySet()) {
            long at = sample.getKey();
            if (at >= from && at <= to && !deleted.contains(at)) {
              expected.putIfAbsent(at, sample.getValue());
            }
          }
          t += random.nextInt(3) * random.nextInt(span);
        }
      }
      merger.merge(from, to);
      assertThat(lines(samples())).as("seed %d", seed).isEqualTo(lines(expected));
      checkHints(expected, seed);
      for (int i = 0; i < out.size(); i++) {
        Chunk chunk = out.get(i);
        SampleBatch batch = decode(chunk);
        assertThat(chunk.minTime()).as("seed %d", seed).isEqualTo(batch.timestamps[0]);
        assertThat(chunk.maxTime()).as("seed %d", seed).isEqualTo(batch.timestamps[batch.size - 1]);
        if (i > 0) {
          assertThat(chunk.minTime()).as("seed %d", seed).isGreaterThan(out.get(i - 1).maxTime());
        }
      }
    }
  }

  /** No sample may claim to be no reset when its counts are below those of the one before. */
  private void checkHints(NavigableMap<Long, Object> expected, long seed) throws IOException {
    for (Chunk chunk : out) {
      SampleBatch batch = decode(chunk);
      if (batch.kind == SampleBatch.Kind.FLOAT) {
        continue;
      }
      for (int i = 0; i < batch.size; i++) {
        NativeHistogram h = Objects.requireNonNull(batch.histograms[i]);
        Map.Entry<Long, Object> before = expected.lowerEntry(batch.timestamps[i]);
        if (h.resetHint() == ResetHint.NOT_RESET
            && before != null
            && before.getValue() instanceof NativeHistogram b) {
          double[] was = b.positiveBuckets();
          double[] is = h.positiveBuckets();
          assertThat(is[0] >= was[0] && is[1] >= was[1])
              .as("seed %d, time %d", seed, batch.timestamps[i])
              .isTrue();
        }
      }
    }
  }

  private static List<String> lines(NavigableMap<Long, Object> samples) {
    List<String> out = new ArrayList<>();
    samples.forEach((t, v) -> out.add(Model.line(List.of(), t, v)));
    return out;
  }

  private void part(Chunk... chunks) {
    if (merging) {
      merger.clear();
      merging = false;
    }
    merger.nextPart();
    for (Chunk chunk : chunks) {
      add(chunk, Intervals.NONE);
    }
  }

  private boolean merging = true;

  private void merge(long from, long to) throws IOException {
    merging = true;
    merger.merge(from, to);
  }

  private void add(Chunk chunk, Intervals deleted) {
    merger.chunks.addCopy(
        chunk.minTime(),
        chunk.maxTime(),
        chunk.encoding().code(),
        MemorySegment.ofArray(chunk.data()),
        0,
        chunk.data().length,
        deleted);
  }

  private static long[] times(long from, long step, int n) {
    long[] out = new long[n];
    for (int i = 0; i < n; i++) {
      out[i] = from + i * step;
    }
    return out;
  }

  private static Chunk floats(double value, long... times) {
    FloatChunkBuilder b = new FloatChunkBuilder();
    for (long t : times) {
      b.append(t, value);
    }
    return new Chunk(b.minTime(), b.maxTime(), Encoding.XOR, Arrays.copyOf(b.bytes(), b.length()));
  }

  /** Times and counts in turn. */
  private static Map<Long, Object> histograms(long... timesAndCounts) {
    Map<Long, Object> out = new TreeMap<>();
    for (int i = 0; i < timesAndCounts.length; i += 2) {
      out.put(timesAndCounts[i], Model.histogram(ResetHint.UNKNOWN, timesAndCounts[i + 1]));
    }
    return out;
  }

  private static Chunk chunk(Map<Long, Object> samples) throws IOException {
    List<Chunk> chunks = chunks(new TreeMap<>(samples), 1000);
    assertThat(chunks).hasSize(1);
    return chunks.getFirst();
  }

  private static List<Chunk> chunks(NavigableMap<Long, Object> samples, int max)
      throws IOException {
    List<Chunk> chunks = new ArrayList<>();
    ChunkCutter cutter =
        new ChunkCutter(
            max,
            (from, to, encoding, data, length) ->
                chunks.add(
                    new Chunk(from, to, Encoding.of(encoding), Arrays.copyOf(data, length))));
    for (Map.Entry<Long, Object> e : samples.entrySet()) {
      if (e.getValue() instanceof NativeHistogram h) {
        cutter.append(e.getKey(), h);
      } else {
        cutter.append(e.getKey(), (Double) e.getValue());
      }
    }
    cutter.finish();
    return chunks;
  }

  private static SampleBatch decode(Chunk chunk) throws IOException {
    ChunkDecoder decoder = new ChunkDecoder();
    decoder.reset(chunk.encoding().code(), chunk.data(), 0, chunk.data().length);
    SampleBatch batch = new SampleBatch(2000);
    assertThat(decoder.read(batch)).isEqualTo(decoder.sampleCount());
    return batch;
  }

  private static int count(Chunk chunk) {
    return ChunkDecoder.sampleCount(chunk.encoding().code(), chunk.data(), 0);
  }

  private NavigableMap<Long, Object> samples() throws IOException {
    NavigableMap<Long, Object> samples = new TreeMap<>();
    for (Chunk chunk : out) {
      SampleBatch batch = decode(chunk);
      for (int i = 0; i < batch.size; i++) {
        Object before =
            samples.put(
                batch.timestamps[i],
                batch.kind == SampleBatch.Kind.FLOAT
                    ? (Object) batch.values[i]
                    : Objects.requireNonNull(batch.histograms[i]));
        assertThat(before).isNull();
      }
    }
    return samples;
  }

  /** Those of first samples come from the header, which decoders do not trust. */
  private List<String> hints() throws IOException {
    List<String> hints = new ArrayList<>();
    for (Chunk chunk : out) {
      SampleBatch batch = decode(chunk);
      for (int i = 0; i < batch.size; i++) {
        ResetHint hint = Objects.requireNonNull(batch.histograms[i]).resetHint();
        if (i == 0) {
          hint =
              switch (chunk.data()[2] & 0xc0) {
                case 0x80 -> ResetHint.RESET;
                case 0x40 -> ResetHint.NOT_RESET;
                case 0xc0 -> ResetHint.GAUGE;
                default -> ResetHint.UNKNOWN;
              };
        }
        hints.add(batch.timestamps[i] + " " + hint);
      }
    }
    return hints;
  }
}
