package io.narthex.api.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.NativeHistogram.Span;
import java.util.List;
import org.junit.jupiter.api.Test;

class HistogramTextTest {
  private static NativeHistogram histogram(
      boolean integer,
      int schema,
      double zeros,
      double count,
      List<Span> positive,
      double[] positiveCounts,
      List<Span> negative,
      double[] negativeCounts,
      double... bounds) {
    return new NativeHistogram(
        integer,
        ResetHint.UNKNOWN,
        schema,
        zeros == 0 ? 0 : 0.001,
        zeros,
        count,
        2.5,
        positive,
        positiveCounts,
        negative,
        negativeCounts,
        bounds);
  }

  @Test
  void bucketsAscendAndEmptyOnesAreLeftOut() {
    NativeHistogram h =
        histogram(
            false,
            0,
            1,
            12.5,
            List.of(new Span(1, 2), new Span(1, 1)),
            new double[] {3, 0, 1.5},
            List.of(new Span(0, 1), new Span(2, 2)),
            new double[] {2, 0, 5});

    assertThat(HistogramText.of(h))
        .isEqualTo(
            "{count:12.5, sum:2.5, [-16,-8):5, [-1,-0.5):2, [-0.001,0.001]:1, (1,2]:3,"
                + " (8,16]:1.5}");
  }

  @Test
  void theFirstCustomBucketHoldsItsLowerBound() {
    NativeHistogram h =
        histogram(
            false,
            NativeHistogram.CUSTOM_BUCKETS,
            0,
            6,
            List.of(new Span(0, 3)),
            new double[] {1, 2, 3},
            List.of(),
            new double[0],
            0.1,
            2);

    assertThat(HistogramText.of(h))
        .isEqualTo("{count:6, sum:2.5, [-Inf,0.1]:1, (0.1,2]:2, (2,+Inf]:3}");
  }

  @Test
  void countsOfStoredIntegersHaveAllDigits() {
    NativeHistogram h =
        histogram(
            true,
            -4,
            0,
            12_345_678,
            List.of(new Span(63, 2)),
            new double[] {12_345_670, 8},
            List.of(),
            new double[0]);

    assertThat(HistogramText.ofStored(h))
        .isEqualTo(
            "{count:12345678, sum:2.5, (4.185580496821357e+298,2.7430620343968443e+303]:12345670,"
                + " (2.7430620343968443e+303,1.7976931348623157e+308]:8}");
    assertThat(HistogramText.of(h)).startsWith("{count:1.2345678e+07, sum:2.5, ");
  }

  /** Not the nearest double, 1.154310420590216. */
  @Test
  void boundsAreThoseOfPrometheussTable() {
    NativeHistogram h =
        histogram(
            false, 8, 0, 1, List.of(new Span(53, 1)), new double[] {1}, List.of(), new double[0]);

    assertThat(HistogramText.of(h)).endsWith(",1.1543104205902162]:1}");
  }
}
