package io.narthex.storage.tsdb.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.NativeHistogram.ResetHint;
import io.narthex.api.model.SampleBatch;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChunkCutterTest {
  private final List<String> chunks = new ArrayList<>();
  private final ChunkDecoder decoder = new ChunkDecoder();
  private final ChunkCutter cutter = new ChunkCutter(3, this::take);

  private void take(long minTime, long maxTime, byte encoding, byte[] bytes, int length)
      throws java.io.IOException {
    decoder.reset(encoding, bytes, 0, length);
    chunks.add(
        Encoding.of(encoding) + " " + minTime + ".." + maxTime + " " + decoder.sampleCount());
  }

  private static NativeHistogram histogram(boolean integer, double count) {
    return new NativeHistogram(
        integer,
        ResetHint.UNKNOWN,
        0,
        0,
        count,
        count,
        1,
        List.of(),
        HistogramCode.NONE,
        List.of(),
        HistogramCode.NONE,
        HistogramCode.NONE);
  }

  @Test
  void cutsAfterSoManySamples() throws Exception {
    for (int i = 1; i <= 7; i++) {
      cutter.append(i, i);
    }
    cutter.finish();
    assertThat(chunks).containsExactly("XOR 1..3 3", "XOR 4..6 3", "XOR 7..7 1");
  }

  @Test
  void cutsWhereTheKindChanges() throws Exception {
    cutter.append(1, 1.0);
    cutter.append(2, histogram(true, 1));
    cutter.append(3, histogram(true, 2));
    cutter.append(4, histogram(false, 2));
    cutter.append(5, 1.0);
    SampleBatch batch = new SampleBatch(4);
    batch.add(6, 1.0);
    batch.startTimestamps = new long[] {5};
    batch.hasStartTimestamps = true;
    cutter.append(batch);
    batch.clear(SampleBatch.Kind.HISTOGRAM);
    batch.add(7, histogram(true, 1));
    batch.hasStartTimestamps = true;
    cutter.append(batch);
    cutter.finish();
    assertThat(chunks)
        .containsExactly(
            "XOR 1..1 1",
            "HISTOGRAM 2..3 2",
            "FLOAT_HISTOGRAM 4..4 1",
            "XOR 5..5 1",
            "XOR2 6..6 1",
            "HISTOGRAM_ST 7..7 1");
  }

  @Test
  void cutsWhereACounterResets() throws Exception {
    cutter.append(1, histogram(true, 5));
    cutter.append(2, histogram(true, 6));
    cutter.append(3, histogram(true, 1));
    cutter.append(4, histogram(true, 2));
    cutter.append(5, histogram(true, 3));
    cutter.append(6, histogram(true, 4));
    cutter.finish();
    assertThat(chunks).containsExactly("HISTOGRAM 1..2 2", "HISTOGRAM 3..5 3", "HISTOGRAM 6..6 1");
  }

  @Test
  void givesNothingForASeriesWithoutSamplesOrThatIsDiscarded() throws Exception {
    cutter.finish();
    cutter.append(1, 1.0);
    cutter.discard();
    cutter.append(2, 1.0);
    cutter.finish();
    assertThat(chunks).containsExactly("XOR 2..2 1");
  }
}
