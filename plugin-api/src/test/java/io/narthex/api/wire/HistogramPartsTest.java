package io.narthex.api.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.NativeHistogram.Span;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HistogramPartsTest {
  private final HistogramParts parts = new HistogramParts();

  @BeforeEach
  void clear() {
    parts.clear();
  }

  private void deltas(HistogramParts.Side side, long... deltas) throws Exception {
    for (long delta : deltas) {
      side.addDelta(delta);
    }
  }

  @Test
  void makesAnIntegerHistogramOfDeltas() throws Exception {
    parts.schema = 1;
    parts.count = 13;
    parts.sum = 18.5;
    parts.zeroCount = 2;
    parts.zeroThreshold = 0.001;
    parts.resetHint = ResetHint.GAUGE;
    parts.positive.addSpan(-2, 2);
    parts.positive.addSpan(1, 1);
    deltas(parts.positive, 2, 1, -1);
    parts.negative.addSpan(0, 1);
    deltas(parts.negative, 4);

    NativeHistogram made = parts.build();

    assertThat(made.problem()).isNull();
    assertThat(made.integer()).isTrue();
    assertThat(made.resetHint()).isEqualTo(ResetHint.GAUGE);
    assertThat(made.positiveSpans()).containsExactly(new Span(-2, 2), new Span(1, 1));
    assertThat(made.positiveBuckets()).containsExactly(2, 3, 2);
    assertThat(made.negativeSpans()).containsExactly(new Span(0, 1));
    assertThat(made.negativeBuckets()).containsExactly(4);
  }

  @Test
  void keepsNothingOfTheHistogramBefore() throws Exception {
    parts.integer = false;
    parts.positive.addSpan(5, 1);
    parts.positive.addCount(7);
    parts.addBound(1);
    NativeHistogram before = parts.build();
    parts.clear();

    assertThat(parts.build().equals(new HistogramParts().build())).isTrue();
    assertThat(before.positiveBuckets()).containsExactly(7);
  }

  @Test
  void makesAHistogramOfFloatsWithCustomBuckets() throws Exception {
    parts.integer = false;
    parts.schema = NativeHistogram.CUSTOM_BUCKETS;
    parts.positive.addSpan(0, 2);
    parts.positive.addCount(1.5);
    parts.positive.addCount(3);
    // Of no use to a histogram of floats.
    parts.positive.addDelta(9);
    parts.addBound(0.5);
    parts.addBound(1);

    NativeHistogram made = parts.build();

    assertThat(made.problem()).isNull();
    assertThat(made.positiveBuckets()).containsExactly(1.5, 3);
    assertThat(made.customBounds()).containsExactly(0.5, 1);
  }

  @Test
  void unitesBucketsOfSchemasThatAreTooFine() throws Exception {
    parts.schema = 10;
    parts.positive.addSpan(1, 6);
    parts.positive.addSpan(5, 2);
    deltas(parts.positive, 1, 1, 1, 1, -4, 2, 1, 1);
    parts.count = 1 + 2 + 3 + 4 + 0 + 2 + 3 + 4;

    NativeHistogram made = parts.build();

    // Four become one: 1..4 are 1, 5 and 6 are 2, 12 is 3, 13 is 4.
    assertThat(made.schema()).isEqualTo(8);
    assertThat(made.positiveSpans()).containsExactly(new Span(1, 4));
    assertThat(made.positiveBuckets()).containsExactly(10, 2, 3, 4);
    assertThat(made.problem()).isNull();
  }

  @Test
  void agreesWithTheReductionOfAHistogramThatWasMade() throws Exception {
    for (int schema = 1; schema <= 8; schema++) {
      parts.clear();
      parts.integer = false;
      parts.schema = schema;
      parts.positive.addSpan(-7, 9);
      parts.positive.addSpan(3, 4);
      parts.negative.addSpan(2, 3);
      for (int i = 0; i < 13; i++) {
        parts.positive.addCount(i % 5);
      }
      for (int i = 0; i < 3; i++) {
        parts.negative.addCount(i);
      }
      NativeHistogram coarse = parts.build().withSchema(0);
      parts.schema = 8 + schema;
      NativeHistogram same = parts.build();

      assertThat(same.positiveSpans()).isEqualTo(coarse.positiveSpans());
      assertThat(same.positiveBuckets()).isEqualTo(coarse.positiveBuckets());
      assertThat(same.negativeSpans()).isEqualTo(coarse.negativeSpans());
      assertThat(same.negativeBuckets()).isEqualTo(coarse.negativeBuckets());
    }
  }

  @Test
  void leavesOutEmptyBucketsOnlyWhenAsked() throws Exception {
    parts.integer = false;
    parts.positive.addSpan(0, 3);
    parts.positive.addSpan(0, 1);
    parts.negative.addSpan(4, 0);
    for (double n : new double[] {0, 1, 0, 2}) {
      parts.positive.addCount(n);
    }

    NativeHistogram whole = parts.build();
    assertThat(whole.positiveSpans()).containsExactly(new Span(0, 3), new Span(0, 1));
    assertThat(whole.negativeSpans()).containsExactly(new Span(4, 0));
    NativeHistogram compact = parts.buildWithoutEmptyBuckets();
    assertThat(compact.positiveSpans()).containsExactly(new Span(1, 1), new Span(1, 1));
    assertThat(compact.positiveBuckets()).containsExactly(1, 2);
    assertThat(compact.negativeSpans()).isEmpty();
  }

  @Test
  void refusesWhatIsNoHistogramInPrometheussWords() throws Exception {
    for (int schema : new int[] {-54, -52, -5, 53}) {
      parts.schema = schema;
      assertRefused(
          "histogram has an invalid schema, which must be between -4 and 8 for exponential"
              + " buckets, or -53 for custom buckets, got schema "
              + schema);
    }
    parts.clear();
    parts.negative.addSpan(0, 2);
    deltas(parts.negative, 1);
    assertRefused(
        "negative side: spans need 2 buckets, have 1 buckets: histogram spans specify different"
            + " number of buckets than provided");
    parts.clear();
    parts.positive.addSpan(0, 1);
    parts.positive.addSpan(-1, 0);
    deltas(parts.positive, 1);
    assertRefused(
        "positive side: span number 2 with offset -1: histogram has a span whose offset is"
            + " negative");
    parts.schema = NativeHistogram.CUSTOM_BUCKETS;
    deltas(parts.positive, 1);
    assertRefused(
        "custom buckets: span number 2 with offset -1: histogram has a span whose offset is"
            + " negative");
    parts.clear();
    parts.positive.addSpan(Integer.MAX_VALUE - 1, 1);
    deltas(parts.positive, 1);
    assertRefused(
        "positive side: bucket index out of range; got 2147483646, want -1073741824..1073741823");
  }

  private void assertRefused(String text) {
    assertThatExceptionOfType(MalformedException.class)
        .isThrownBy(() -> parts.build())
        .withMessage(text);
  }

  @Test
  void takesOnlySoMany() {
    assertThatExceptionOfType(MalformedException.class)
        .isThrownBy(() -> {
          for (int i = 0; i <= HistogramParts.MOST; i++) {
            parts.addBound(i);
          }
        })
        .withMessage("cannot read a histogram: got more than 65536 buckets or spans on one side");
  }

  @Test
  void readsNumbersWithoutASign() {
    assertThat(HistogramParts.unsigned(5)).isEqualTo(5);
    assertThat(HistogramParts.unsigned(-1)).isEqualTo(0x1p64);
    assertThat(HistogramParts.unsigned(Long.MIN_VALUE)).isEqualTo(0x1p63);
  }
}
