package io.narthex.api.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.SampleBatch.Kind;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class SamplesTest {
  @Test
  void growsAndKeepsItsFloats() {
    SampleBatch batch = new SampleBatch(0);
    for (int i = 0; i < 1_000; i++) {
      batch.add(10L * i, i);
    }

    assertThat(batch.size).isEqualTo(1_000);
    assertThat(batch.capacity()).isGreaterThanOrEqualTo(1_000);
    assertThat(Arrays.copyOf(batch.values, 1_000)).isSorted().endsWith(999);
    assertThat(batch.timestamps[999]).isEqualTo(9_990);
  }

  @Test
  void growsAndKeepsItsHistograms() {
    SampleBatch batch = new SampleBatch(2);
    batch.clear(Kind.HISTOGRAM);
    for (int i = 0; i < 100; i++) {
      batch.add(i, histogram(i));
    }

    assertThat(batch.kind).isEqualTo(Kind.HISTOGRAM);
    assertThat(batch.size).isEqualTo(100);
    assertThat(batch.histograms[0]).isEqualTo(histogram(0));
    assertThat(batch.histograms[99]).isEqualTo(histogram(99));
  }

  @Test
  void forgetsWhenCleared() {
    SampleBatch batch = new SampleBatch(4);
    batch.clear(Kind.HISTOGRAM);
    batch.add(1, histogram(1));
    batch.hasStartTimestamps = true;
    batch.clear(Kind.FLOAT);

    assertThat(batch.size).isZero();
    assertThat(batch.kind).isEqualTo(Kind.FLOAT);
    assertThat(batch.hasStartTimestamps).isFalse();
    assertThat(batch.histograms).containsOnlyNulls();
  }

  @Test
  void makesRoomForAllItsColumns() {
    SampleBatch batch = new SampleBatch(2);
    batch.startTimestamps = new long[] {7, 8};
    batch.add(1, 1.5);
    batch.add(2, 2.5);
    batch.ensureCapacity(3);

    assertThat(batch.capacity()).isEqualTo(16);
    assertThat(batch.values).hasSize(16).startsWith(1.5, 2.5);
    assertThat(batch.startTimestamps).hasSize(16).startsWith(7, 8);
    long[] before = batch.timestamps;
    batch.ensureCapacity(16);
    assertThat(batch.timestamps).isSameAs(before);
    batch.ensureCapacity(100);
    assertThat(batch.capacity()).isEqualTo(100);
  }

  @Test
  void knowsTheStaleMarkerByItsBits() {
    assertThat(StaleMarker.is(StaleMarker.value())).isTrue();
    assertThat(StaleMarker.is(Double.NaN)).isFalse();
    assertThat(StaleMarker.is(Double.longBitsToDouble(StaleMarker.NORMAL_NAN_BITS))).isFalse();
    assertThat(StaleMarker.is(0)).isFalse();
    assertThat(StaleMarker.value()).isNaN();
    assertThat(Double.doubleToRawLongBits(StaleMarker.value())).isEqualTo(0x7ff0000000000002L);
    assertThat(Double.longBitsToDouble(StaleMarker.NORMAL_NAN_BITS)).isNaN();
  }

  @Test
  void requiresTheLabelsOfAnExemplar() {
    Exemplar exemplar = new Exemplar(Labels.of("trace_id", "1"), 2.5, 3, true);

    assertThat(exemplar).isEqualTo(new Exemplar(Labels.of("trace_id", "1"), 2.5, 3, true));
    assertThat(exemplar).isNotEqualTo(new Exemplar(Labels.of("trace_id", "1"), 2.5, 3, false));
    assertThatNullPointerException().isThrownBy(() -> new Exemplar(null, 1, 1, false));
  }

  @Test
  void requiresThePartsOfMetadataAndRemarks() {
    assertThatNullPointerException().isThrownBy(() -> new Metadata(null, "", ""));
    assertThatNullPointerException().isThrownBy(() -> new Metadata(MetricType.INFO, null, ""));
    assertThatNullPointerException().isThrownBy(() -> new Annotation(null, ""));
    assertThat(Annotation.warning("w").kind()).isEqualTo(Annotation.Kind.WARNING);
    assertThat(Annotation.info("i")).isEqualTo(new Annotation(Annotation.Kind.INFO, "i"));
  }

  @Test
  void namesMetricTypesAsTheHttpApiDoes() {
    assertThat(Arrays.stream(MetricType.values()).map(MetricType::text))
        .containsExactly(
            "counter",
            "gauge",
            "histogram",
            "gaugehistogram",
            "summary",
            "info",
            "stateset",
            "unknown");
  }

  private static NativeHistogram histogram(double sum) {
    double[] none = {};
    return new NativeHistogram(
        true, ResetHint.UNKNOWN, 0, 0, 0, 0, sum, List.of(), none, List.of(), none, none);
  }
}
