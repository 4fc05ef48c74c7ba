package io.narthex.ingest.scrape;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.NativeHistogram.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class StartSynthesisTest {
  private final StartSynthesis counting = new StartSynthesis();

  /** An integer histogram of observations by the bucket's index; index 0 of zeros is apart. */
  private static NativeHistogram histogram(
      int schema, double zeroThreshold, double zeros, TreeMap<Integer, Double> buckets) {
    List<Span> spans = new ArrayList<>();
    double[] counts = new double[buckets.size()];
    int end = 0;
    int n = 0;
    double all = zeros;
    for (var bucket : buckets.entrySet()) {
      spans.add(new Span(bucket.getKey() - end, 1));
      end = bucket.getKey() + 1;
      counts[n++] = bucket.getValue();
      all += bucket.getValue();
    }
    return new NativeHistogram(
        true,
        ResetHint.UNKNOWN,
        schema,
        zeroThreshold,
        zeros,
        all,
        10 * all,
        spans,
        counts,
        List.of(),
        new double[0],
        schema == NativeHistogram.CUSTOM_BUCKETS ? new double[] {1, 2, 4, 8, 16} : new double[0]);
  }

  private static TreeMap<Integer, Double> buckets(double... indexesAndCounts) {
    TreeMap<Integer, Double> out = new TreeMap<>();
    for (int i = 0; i < indexesAndCounts.length; i += 2) {
      out.put((int) indexesAndCounts[i], indexesAndCounts[i + 1]);
    }
    return out;
  }

  private static TreeMap<Integer, Double> bucketsOf(NativeHistogram h) {
    TreeMap<Integer, Double> out = new TreeMap<>();
    int index = 0;
    int n = 0;
    for (Span span : h.positiveSpans()) {
      index += span.offset();
      for (int i = 0; i < span.length(); i++) {
        out.put(index++, h.positiveBuckets()[n++]);
      }
    }
    return out;
  }

  @Test
  void countsFromTheFirstSampleAndFromZeroAfterAReset() {
    counting.next(100, 1000);
    assertThat(counting.isFirst()).isTrue();
    assertThat(counting.next(100, 2000)).isZero();
    assertThat(counting.isFirst()).isFalse();
    assertThat(counting.start()).isEqualTo(1000);
    assertThat(counting.next(107, 3000)).isEqualTo(7);
    assertThat(counting.next(5, 4000)).isEqualTo(5);
    assertThat(counting.start()).isEqualTo(3999);
    assertThat(counting.next(6, 5000)).isEqualTo(6);
    assertThat(counting.start()).isEqualTo(3999);
  }

  @Test
  void histogramsAreCountedBucketByBucket() {
    for (int schema : new int[] {2, NativeHistogram.CUSTOM_BUCKETS}) {
      StartSynthesis each = new StartSynthesis();
      double zero = schema == 2 ? 0.001 : 0;
      each.next(histogram(schema, zero, 0, buckets(1, 4, 3, 2)), 1000);
      assertThat(each.isFirst()).isTrue();
      NativeHistogram h = each.next(histogram(schema, zero, 0, buckets(0, 1, 1, 4, 3, 5)), 2000);
      assertThat(bucketsOf(h)).isEqualTo(buckets(0, 1, 3, 3));
      assertThat(h.count()).isEqualTo(4);
      assertThat(h.sum()).isEqualTo(40);
      assertThat(h.problem()).isNull();
      assertThat(each.start()).isEqualTo(1000);
      // One bucket has fewer, though all together have more.
      NativeHistogram reset = histogram(schema, zero, 0, buckets(0, 0, 1, 40, 3, 5));
      assertThat(each.next(reset, 3000)).isEqualTo(reset);
      assertThat(each.start()).isEqualTo(2999);
      NativeHistogram more = histogram(schema, zero, 0, buckets(0, 0, 1, 41, 3, 5));
      assertThat(each.next(more, 4000)).isEqualTo(more);
      assertThat(each.start()).isEqualTo(2999);
    }
  }

  @Test
  void widerBucketsAreNoReset() {
    counting.next(histogram(3, 0.001, 1, buckets(-8, 4, 1, 1, 2, 3, 9, 5)), 1000);
    NativeHistogram wide = counting.next(histogram(1, 0.001, 3, buckets(-2, 4, 1, 6, 3, 7)), 2000);
    assertThat(counting.start()).isEqualTo(1000);
    assertThat(bucketsOf(wide)).isEqualTo(buckets(1, 2, 3, 2));
    assertThat(wide.zeroCount()).isEqualTo(2);
    assertThat(wide.problem()).isNull();
    // Zeros up to 0.5, which is where bucket -2 ends.
    NativeHistogram zeros = counting.next(histogram(1, 0.5, 8, buckets(1, 6, 3, 7)), 3000);
    assertThat(counting.start()).isEqualTo(1000);
    assertThat(bucketsOf(zeros)).isEqualTo(buckets(1, 2, 3, 2));
    assertThat(zeros.zeroCount()).isEqualTo(3);
    // Within a bucket that has observations: nobody knows how many are zeros.
    NativeHistogram cut = histogram(1, 1.2, 20, buckets(3, 9));
    assertThat(counting.next(cut, 4000)).isEqualTo(cut);
    assertThat(counting.start()).isEqualTo(3999);
    NativeHistogram finer = histogram(2, 1.2, 20, buckets(6, 9));
    assertThat(counting.next(finer, 5000)).isEqualTo(finer);
    assertThat(counting.start()).isEqualTo(4999);
  }

  @Test
  void whatIsCountedAddsUp() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      StartSynthesis each = new StartSynthesis();
      TreeMap<Integer, Double> now = new TreeMap<>();
      TreeMap<Integer, Double> since = new TreeMap<>();
      double zeros = random.nextInt(5);
      double zerosSince = 0;
      for (int i = random.nextInt(4); i > 0; i--) {
        now.merge(random.nextInt(20) - 10, 1.0, Double::sum);
      }
      each.next(histogram(2, 0.001, zeros, now), 1);
      for (int step = 0; step < 20; step++) {
        for (int i = random.nextInt(6); i > 0; i--) {
          int bucket = random.nextInt(20) - 10;
          now.merge(bucket, 1.0, Double::sum);
          since.merge(bucket, 1.0, Double::sum);
        }
        int more = random.nextInt(3);
        zeros += more;
        zerosSince += more;
        NativeHistogram h = each.next(histogram(2, 0.001, zeros, now), 10 + step);
        assertThat(bucketsOf(h)).as("seed %d", seed).isEqualTo(since);
        assertThat(h.zeroCount()).as("seed %d", seed).isEqualTo(zerosSince);
        assertThat(h.problem()).as("seed %d", seed).isNull();
        assertThat(each.start()).as("seed %d", seed).isEqualTo(1);
      }
    }
  }

  @Test
  void aSeriesThatBecomesAHistogramBeginsAnew() {
    counting.next(1, 1000);
    counting.next(histogram(2, 0.001, 1, buckets(1, 1)), 2000);
    assertThat(counting.isFirst()).isTrue();
    counting.next(histogram(2, 0.001, 1, buckets(1, 2)), 3000);
    assertThat(counting.isFirst()).isFalse();
    assertThat(counting.start()).isEqualTo(2000);
    counting.next(7, 4000);
    assertThat(counting.isFirst()).isTrue();
    assertThat(counting.next(9, 5000)).isEqualTo(2);
    assertThat(counting.start()).isEqualTo(4000);
  }
}
