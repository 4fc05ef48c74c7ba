package io.narthex.storage.tsdb.select;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.model.Annotation;
import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.NativeHistogram.Span;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.storage.SampleReader;
import io.narthex.api.storage.SelectRequest;
import io.narthex.api.storage.SeriesSet;
import io.narthex.api.storage.StorageException;
import io.narthex.storage.tsdb.chunk.Encoding;
import io.narthex.storage.tsdb.chunk.FloatChunkBuilder;
import io.narthex.storage.tsdb.chunk.HistogramChunkBuilder;
import io.narthex.storage.tsdb.select.FakePart.Chunk;
import io.narthex.storage.tsdb.select.FakePart.Series;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class MergedQuerierTest {
  private static final List<Matcher> ALL = List.of(Matcher.of(Matcher.Type.REGEX, "a", ".*"));

  private static Labels series(int i) {
    return Labels.of("a", "s" + i, "b", String.valueOf(i % 3));
  }

  private static NativeHistogram histogram(int count, ResetHint hint) {
    return new NativeHistogram(
        true,
        hint,
        0,
        0.001,
        0,
        count,
        count * 1.5,
        List.of(new Span(0, 1)),
        new double[] {count},
        List.of(),
        new double[0],
        new double[0]);
  }

  private static Chunk floats(long... times) {
    FloatChunkBuilder b = new FloatChunkBuilder();
    for (long t : times) {
      b.append(t, t);
    }
    return chunk(b);
  }

  private static Chunk chunk(FloatChunkBuilder b) {
    return new Chunk(
        b.minTime(), b.maxTime(), b.encoding().code(), Arrays.copyOf(b.bytes(), b.length()));
  }

  private static Chunk histograms(ResetHint first, long... times) {
    HistogramChunkBuilder b = new HistogramChunkBuilder();
    for (int i = 0; i < times.length; i++) {
      NativeHistogram h = histogram((int) times[i], i == 0 ? first : ResetHint.UNKNOWN);
      if (i == 0) {
        b.start(times[i], h, 0);
      } else {
        assertThat(b.append(times[i], h)).isTrue();
      }
    }
    return new Chunk(
        b.minTime(), b.maxTime(), b.encoding().code(), Arrays.copyOf(b.bytes(), b.length()));
  }

  private static FakePart part(Series... series) {
    return new FakePart(List.of(series), true);
  }

  private static Series one(Chunk... chunks) {
    return new Series(series(1), List.of(chunks), Intervals.NONE);
  }

  /** Time and value; histograms as their count and hint. */
  private static List<String> read(SeriesSet set, int i, int capacity) throws StorageException {
    List<String> out = new ArrayList<>();
    SampleBatch batch = new SampleBatch(capacity);
    SampleReader reader = set.samples(i, null);
    for (int n; (n = reader.read(batch)) > 0; ) {
      assertThat(n).isEqualTo(batch.size);
      for (int j = 0; j < n; j++) {
        if (batch.kind == SampleBatch.Kind.FLOAT) {
          out.add(batch.timestamps[j] + " " + batch.values[j]);
        } else {
          NativeHistogram h = batch.histograms[j];
          assertThat(h).isNotNull();
          out.add(batch.timestamps[j] + " h" + h.count() + " " + h.resetHint());
        }
      }
    }
    assertThat(reader.read(batch)).isZero();
    return out;
  }

  private static List<String> readOne(List<Part> parts, long from, long to)
      throws StorageException {
    try (MergedQuerier querier = new MergedQuerier(parts, from, to)) {
      SeriesSet set = querier.select(SelectRequest.range(from, to), ALL);
      assertThat(set.size()).isEqualTo(1);
      return read(set, 0, 64);
    }
  }

  @Test
  void readsOneSeriesOutOfSeveralParts() throws StorageException {
    assertThat(
            readOne(List.of(part(one(floats(1, 2), floats(3, 4))), part(one(floats(5, 6)))), 2, 5))
        .containsExactly("2 2.0", "3 3.0", "4 4.0", "5 5.0");
  }

  @Test
  void ofSamplesOfOneTimeShowsThatOfTheFirstPart() throws StorageException {
    FloatChunkBuilder other = new FloatChunkBuilder();
    other.append(2, 20);
    other.append(3, 30);
    assertThat(readOne(List.of(part(one(floats(1, 2))), part(one(chunk(other)))), 0, 9))
        .containsExactly("1 1.0", "2 2.0", "3 30.0");
    assertThat(readOne(List.of(part(one(chunk(other))), part(one(floats(1, 2)))), 0, 9))
        .containsExactly("1 1.0", "2 20.0", "3 30.0");
  }

  @Test
  void keepsAResetHintOnlyBehindTheSampleThatItRefersTo() throws StorageException {
    Chunk a = histograms(ResetHint.UNKNOWN, 1, 2);
    Chunk b = histograms(ResetHint.RESET, 3, 4);
    // The part's own sample at 1 comes before 2, though it is not shown.
    assertThat(readOne(List.of(part(one(a, b))), 2, 9))
        .containsExactly("2 h2.0 NOT_RESET", "3 h3.0 UNKNOWN", "4 h4.0 NOT_RESET");
    // Of several parts nobody knows which was before.
    assertThat(readOne(List.of(part(one(a)), part(one(b))), 2, 9))
        .containsExactly("2 h2.0 UNKNOWN", "3 h3.0 UNKNOWN", "4 h4.0 NOT_RESET");
    Series deleted = new Series(series(1), List.of(b), Intervals.of(3, 3));
    assertThat(readOne(List.of(part(one(a)), part(deleted)), 0, 9))
        .containsExactly("1 h1.0 UNKNOWN", "2 h2.0 NOT_RESET", "4 h4.0 UNKNOWN");
    // A sample of another chunk between two of one chunk.
    Chunk wide = histograms(ResetHint.UNKNOWN, 1, 2, 7, 8);
    assertThat(readOne(List.of(part(one(wide, b))), 0, 9))
        .containsExactly(
            "1 h1.0 UNKNOWN",
            "2 h2.0 NOT_RESET",
            "3 h3.0 UNKNOWN",
            "4 h4.0 NOT_RESET",
            "7 h7.0 UNKNOWN",
            "8 h8.0 NOT_RESET");
  }

  @Test
  void cutsASetAtItsLimitAndSaysSo() throws StorageException {
    List<Series> a = new ArrayList<>();
    List<Series> b = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      (i % 2 == 0 ? a : b).add(new Series(series(i), List.of(floats(1, 2)), Intervals.NONE));
    }
    b.add(new Series(series(0), List.of(floats(3)), Intervals.NONE));
    for (boolean sorted : new boolean[] {true, false}) {
      MergedQuerier querier =
          new MergedQuerier(List.of(new FakePart(a, sorted), new FakePart(b, sorted)), 0, 9);
      SeriesSet set = querier.select(SelectRequest.seriesOnly(0, 9, 3), ALL);
      assertThat(set.size()).isEqualTo(3);
      for (int i = 0; i < 3; i++) {
        assertThat(set.labels(i)).isEqualTo(series(i));
      }
      assertThat(read(set, 0, 10)).containsExactly("1 1.0", "2 2.0", "3 3.0");
      assertThat(set.annotations())
          .containsExactly(Annotation.warning("results truncated due to limit"));
      assertThat(querier.select(SelectRequest.seriesOnly(0, 9, 9), ALL).annotations()).isEmpty();
      SelectRequest unsorted =
          new SelectRequest(0, 9, false, 3, 0, 0, "", List.of(), false, 0, 0, false);
      set = querier.select(unsorted, ALL);
      assertThat(set.size()).isEqualTo(3);
      assertThat(set.annotations()).hasSize(1);
    }
  }

  @Test
  void leavesOutSeriesWithoutChunksInTheRange() throws StorageException {
    FakePart part =
        part(
            one(floats(1, 2)),
            new Series(series(2), List.of(floats(8, 9)), Intervals.NONE),
            new Series(series(3), List.of(floats(1, 2)), Intervals.of(0, 5)));
    SeriesSet set = new MergedQuerier(List.of(part), 0, 100).select(SelectRequest.range(0, 3), ALL);
    assertThat(set.size()).isEqualTo(1);
    assertThat(set.labels(0)).isEqualTo(series(1));
    assertThat(
            new MergedQuerier(List.of(part), 50, 100).select(SelectRequest.range(0, 3), ALL).size())
        .isZero();
  }

  @Test
  void mergesLabelValuesAndNames() throws StorageException {
    FakePart a = part(one(floats(1)), new Series(series(2), List.of(floats(1)), Intervals.NONE));
    FakePart b =
        part(
            one(floats(2)),
            new Series(Labels.of("a", "s0", "z", "1"), List.of(floats(1)), Intervals.NONE));
    MergedQuerier querier = new MergedQuerier(List.of(a, b), 0, 9);
    assertThat(querier.labelValues("a", 0, List.of()).items()).containsExactly("s0", "s1", "s2");
    assertThat(querier.labelValues("a", 3, List.of()).annotations()).isEmpty();
    assertThat(querier.labelValues("a", 2, List.of()).items()).containsExactly("s0", "s1");
    assertThat(querier.labelValues("a", 2, List.of()).annotations()).hasSize(1);
    assertThat(querier.labelValues("a", 0, List.of(), v -> !v.equals("s1")).items())
        .containsExactly("s0", "s2");
    assertThat(querier.labelValues("a", 1, List.of(), v -> !v.equals("s0")).items())
        .containsExactly("s1");
    assertThat(querier.labelValues("a", 1, List.of(), v -> !v.equals("s0")).annotations())
        .hasSize(1);
    assertThat(querier.labelNames(0, List.of()).items()).containsExactly("a", "b", "z");
    assertThat(querier.labelNames(0, List.of(Matcher.equal("a", "s1"))).items())
        .containsExactly("a", "b");
    assertThat(querier.labelNames(1, List.of()).items()).containsExactly("a");
    querier.close();
    querier.close();
    assertThat(a.closed).isEqualTo(1);
    assertThatThrownBy(() -> querier.labelNames(0, List.of()))
        .isInstanceOfSatisfying(
            StorageException.class,
            e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.CLOSED));
  }

  @Test
  void aDamagedChunkIsAnErrorOfTheStorage() throws StorageException {
    Chunk bad = new Chunk(1, 2, Encoding.XOR.code(), new byte[] {0, 9, 1});
    SeriesSet set =
        new MergedQuerier(List.of(part(one(bad))), 0, 9).select(SelectRequest.range(0, 9), ALL);
    SampleReader reader = set.samples(0, null);
    assertThatThrownBy(() -> reader.read(new SampleBatch(10)))
        .isInstanceOfSatisfying(
            StorageException.class,
            e -> assertThat(e.kind()).isEqualTo(StorageException.Kind.CORRUPTION))
        .hasMessageContaining("{a=\"s1\", b=\"1\"}")
        .hasMessageContaining("corruption in");
  }

  @Test
  void readsWhatAPlainModelReads() throws StorageException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 1500; round++) {
      int seriesCount = 1 + random.nextInt(4);
      List<Part> parts = new ArrayList<>();
      List<TreeMap<Long, String>> model = new ArrayList<>();
      for (int s = 0; s < seriesCount; s++) {
        model.add(new TreeMap<>());
      }
      int partCount = random.nextInt(4);
      for (int p = 0; p < partCount; p++) {
        List<Series> series = new ArrayList<>();
        for (int s = 0; s < seriesCount; s++) {
          if (random.nextInt(4) > 0) {
            series.add(randomSeries(random, series(s), p * 20, model.get(s)));
          }
        }
        Collections.shuffle(series, random);
        parts.add(new FakePart(series, random.nextBoolean()));
      }
      long from = random.nextInt(60) - 10L;
      long to = from + random.nextInt(90);
      int shards = random.nextInt(3);
      Map<Labels, List<String>> seen = new TreeMap<>();
      for (int shard = 0; shard < Math.max(1, shards); shard++) {
        SelectRequest request =
            new SelectRequest(
                from, to, random.nextBoolean(), 0, 0, 0, "", List.of(), false, shard, shards, true);
        try (MergedQuerier querier = new MergedQuerier(parts, 0, 100);
            SeriesSet set = querier.select(request, ALL)) {
          assertThat(set.sharded()).isEqualTo(shards > 0);
          Labels before = Labels.empty();
          for (int i = 0; i < set.size(); i++) {
            assertThat(seen.put(set.labels(i), read(set, i, random.nextInt(12)))).isNull();
            if (request.sorted()) {
              assertThat(before).isLessThan(set.labels(i));
              before = set.labels(i);
            }
          }
        }
      }
      seen.values().removeIf(List::isEmpty);
      Map<Labels, List<String>> want = new TreeMap<>();
      for (int s = 0; s < seriesCount; s++) {
        List<String> samples =
            from > to || to < 0 || from > 100
                ? List.of()
                : new ArrayList<>(
                    model
                        .get(s)
                        .subMap(Math.max(from, 0), true, Math.max(Math.min(to, 100), 0), true)
                        .values());
        if (!samples.isEmpty()) {
          want.put(series(s), samples);
        }
      }
      for (List<String> samples : seen.values()) {
        samples.replaceAll(text -> text.replaceAll(" [A-Z_]+$", ""));
      }
      assertThat(seen).as("seed %d round %d, %d..%d", seed, round, from, to).isEqualTo(want);
    }
  }

  /** Chunks at random, mostly one after the other, and what they add to the model. */
  private static Series randomSeries(
      Random random, Labels labels, long start, TreeMap<Long, String> model) {
    Intervals deleted = Intervals.NONE;
    while (random.nextInt(3) == 0) {
      long a = random.nextInt(100);
      deleted = deleted.with(a, a + random.nextInt(20));
    }
    List<Chunk> chunks = new ArrayList<>();
    List<Map<Long, String>> texts = new ArrayList<>();
    long t = start;
    for (int c = random.nextInt(5); c > 0; c--) {
      if (random.nextInt(3) == 0) {
        t = Math.max(0, t - random.nextInt(30));
      }
      Set<Long> times = new HashSet<>();
      for (int i = random.nextInt(10); i >= 0; i--) {
        times.add(t);
        t += 1 + random.nextInt(4);
      }
      long[] sorted = new TreeSet<>(times).stream().mapToLong(Long::longValue).toArray();
      Map<Long, String> text = new TreeMap<>();
      // Some show less than the chunk has.
      long lo = sorted[random.nextInt(4) == 0 ? random.nextInt(sorted.length) : 0];
      if (random.nextBoolean()) {
        FloatChunkBuilder b = new FloatChunkBuilder();
        for (long time : sorted) {
          double v = random.nextInt(1000);
          b.append(time, v);
          text.put(time, time + " " + v);
        }
        Chunk whole = chunk(b);
        chunks.add(new Chunk(lo, whole.maxTime(), whole.encoding(), whole.data()));
      } else {
        Chunk whole = histograms(ResetHint.UNKNOWN, sorted);
        for (long time : sorted) {
          text.put(time, time + " h" + (double) time);
        }
        chunks.add(new Chunk(lo, whole.maxTime(), whole.encoding(), whole.data()));
      }
      text.keySet().removeIf(time -> time < lo);
      texts.add(text);
    }
    for (Map<Long, String> text : texts) {
      for (Map.Entry<Long, String> e : text.entrySet()) {
        if (!deleted.contains(e.getKey())) {
          model.putIfAbsent(e.getKey(), e.getValue());
        }
      }
    }
    return new Series(labels, chunks, deleted);
  }
}
