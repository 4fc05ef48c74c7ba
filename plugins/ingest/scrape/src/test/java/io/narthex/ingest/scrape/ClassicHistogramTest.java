package io.narthex.ingest.scrape;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.Span;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ClassicHistogramTest {
  private static final double INF = Double.POSITIVE_INFINITY;

  private final ClassicHistogram histogram = new ClassicHistogram();

  private NativeHistogram convert(double... boundsAndCounts) {
    for (int i = 0; i < boundsAndCounts.length; i += 2) {
      histogram.bucket(boundsAndCounts[i], boundsAndCounts[i + 1]);
    }
    return histogram.convert();
  }

  @Test
  void makesOwnCountsOfCumulativeOnes() {
    histogram.count(10);
    histogram.sum(12.5);
    NativeHistogram h = convert(0.1, 1, 1, 4, 5, 9, INF, 10);
    assertThat(h.schema()).isEqualTo(NativeHistogram.CUSTOM_BUCKETS);
    assertThat(h.integer()).isTrue();
    assertThat(h.count()).isEqualTo(10);
    assertThat(h.sum()).isEqualTo(12.5);
    assertThat(h.customBounds()).containsExactly(0.1, 1, 5);
    assertThat(h.positiveSpans()).containsExactly(new Span(0, 4));
    assertThat(h.positiveBuckets()).containsExactly(1, 3, 5, 1);
  }

  @Test
  void takesTheCountFromTheBucketsAndTheLastBucketFromTheCount() {
    assertThat(convert(1, 2, 2, 5).count()).isEqualTo(5);
    histogram.clear();
    histogram.count(7);
    NativeHistogram h = convert(1, 2, 2, 5);
    assertThat(h.customBounds()).containsExactly(1, 2);
    assertThat(h.positiveBuckets()).containsExactly(2, 3, 2);
    histogram.clear();
    histogram.count(3);
    assertThat(histogram.convert().positiveBuckets()).containsExactly(3);
  }

  @Test
  void sortsBucketsAndLeavesOutThoseThatAreThereAlready() {
    NativeHistogram h = convert(5, 9, 1, 4, INF, 10, 5, 1, 0.1, 1);
    assertThat(h.customBounds()).containsExactly(0.1, 1, 5);
    assertThat(h.positiveBuckets()).containsExactly(1, 3, 5, 1);
  }

  @Test
  void theOrderOfBucketsIsOfNoMatter() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 200; round++) {
      int n = 1 + random.nextInt(20);
      List<Integer> order = new ArrayList<>();
      for (int i = 0; i < n; i++) {
        order.add(i);
      }
      histogram.clear();
      order.forEach(i -> histogram.bucket(i - 5, 2 * i));
      NativeHistogram expected = histogram.convert();
      Collections.shuffle(order, random);
      histogram.clear();
      order.forEach(i -> histogram.bucket(i - 5, 2 * i));
      // Told once more, of which the first counts.
      order.forEach(i -> histogram.bucket(i - 5, 3 * i));
      assertThat(histogram.convert()).as("seed %s, order %s", seed, order).isEqualTo(expected);
    }
    histogram.clear();
    for (int i = 200_000; i > 0; i--) {
      histogram.bucket(i, i);
    }
    assertThat(histogram.convert().customBounds()).hasSize(200_000).startsWith(1, 2);
  }

  @Test
  void leavesOutEmptyBucketsAtBothEndsAndLongRunsBetween() {
    NativeHistogram h = convert(1, 0, 2, 3, 3, 3, 4, 3, 5, 4, 6, 4, 7, 4, 8, 4, 9, 6, INF, 6);
    assertThat(h.positiveSpans()).containsExactly(new Span(1, 4), new Span(3, 1));
    assertThat(h.positiveBuckets()).containsExactly(3, 0, 0, 1, 2);
    histogram.clear();
    NativeHistogram floats = convert(1, 0.5, 2, 0.5, 3, 1.5, INF, 1.5);
    assertThat(floats.integer()).isFalse();
    assertThat(floats.positiveSpans()).containsExactly(new Span(0, 1), new Span(1, 1));
    assertThat(floats.positiveBuckets()).containsExactly(0.5, 1);
    histogram.clear();
    assertThat(convert(1, 0, INF, 0).positiveSpans()).isEmpty();
  }

  @Test
  void givesUpWhatDoesNotFitTogether() {
    assertThat(histogram.convert()).as("nothing").isNull();
    assertThat(convert(1, 5, 2, 3)).as("falls").isNull();
    histogram.clear();
    assertThat(convert(1, -1)).as("negative").isNull();
    histogram.clear();
    assertThat(convert(2, 3, 1, 5)).as("falls, told backwards").isNull();
    histogram.clear();
    histogram.count(4);
    assertThat(convert(1, 3, INF, 5)).as("another count").isNull();
    histogram.clear();
    histogram.count(4);
    assertThat(convert(1, 5)).as("more in a bucket than in all").isNull();
    histogram.clear();
    histogram.count(-1);
    assertThat(histogram.convert()).isNull();
  }
}
