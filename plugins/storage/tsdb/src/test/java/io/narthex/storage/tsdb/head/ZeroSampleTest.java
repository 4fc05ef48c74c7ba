package io.narthex.storage.tsdb.head;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.NativeHistogram;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.storage.tsdb.chunk.ChunkDecoder;
import io.narthex.storage.tsdb.file.RealDisk;
import io.narthex.storage.tsdb.select.ChunkList;
import io.narthex.storage.tsdb.select.Part;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ZeroSampleTest {
  private static final long T0 = 1_700_000_000_000L;
  private static final Labels SERIES = Labels.of("__name__", "x");

  @TempDir private Path directory;
  private Head head;

  @AfterEach
  void close() throws Exception {
    head.close();
  }

  private void open(boolean zeros) throws Exception {
    HeadOptions d = HeadOptions.defaults();
    head =
        HeadFixture.open(
            new RealDisk(),
            directory,
            new HeadOptions(d.chunkRange(), d.samplesPerChunk(), 0, 0, zeros, false, false));
  }

  private void append(long time, double value, NativeHistogram histogram, long start)
      throws Exception {
    AppendBatch batch = new AppendBatch(1);
    AppendErrors errors = new AppendErrors();
    try (Appender appender = head.appender(AppendOptions.DEFAULT)) {
      long ref = appender.series(SERIES);
      if (histogram == null) {
        batch.add(ref, time, value);
      } else {
        batch.add(ref, time, histogram);
      }
      batch.setStartTimestamp(start);
      appender.append(batch, errors);
      appender.commit();
    }
    assertThat(errors.isEmpty()).isTrue();
  }

  /** Time after T0, value or sum, and a histogram's hint. */
  private List<String> all() throws Exception {
    List<String> out = new ArrayList<>();
    try (Part part = head.part(Long.MIN_VALUE, Long.MAX_VALUE)) {
      int id = part.select(List.of(Matcher.equal("__name__", "x"))).toArray()[0];
      ChunkList chunks = new ChunkList();
      part.chunks(id, Long.MIN_VALUE, Long.MAX_VALUE, chunks);
      chunks.sort(0);
      ChunkDecoder decoder = new ChunkDecoder();
      SampleBatch batch = new SampleBatch(64);
      byte[] bytes = new byte[4096];
      for (int i = 0; i < chunks.size; i++) {
        chunks.copy(i, bytes);
        decoder.reset(chunks.encodings[i], bytes, 0, chunks.length(i));
        while (decoder.read(batch) > 0) {
          for (int k = 0; k < batch.size; k++) {
            double value =
                batch.kind == SampleBatch.Kind.HISTOGRAM
                    ? batch.histograms[k].sum()
                    : batch.values[k];
            out.add((batch.timestamps[k] - T0) + " " + value);
          }
        }
      }
    }
    return out;
  }

  @Test
  void aStartBecomesAZeroOnceAndOnlyInOrder() throws Exception {
    open(true);
    append(T0 + 100, 5, null, T0 + 50);
    append(T0 + 200, 6, null, T0 + 50);
    // A restart of the counter, then starts that say nothing or lie in the past or the future.
    append(T0 + 300, 1, null, T0 + 250);
    append(T0 + 400, 2, null, 0);
    append(T0 + 500, 3, null, T0 + 400);
    append(T0 + 600, 4, null, T0 + 600);
    append(T0 + 700, 5, null, T0 + 800);
    assertThat(all())
        .containsExactly(
            "50 0.0", "100 5.0", "200 6.0", "250 0.0", "300 1.0", "400 2.0", "500 3.0", "600 4.0",
            "700 5.0");
  }

  @Test
  void aStartBeforeWhatTheHeadTakesIsPassedOver() throws Exception {
    open(true);
    head.setMinValid(T0);
    append(T0 + 100, 5, null, T0 - 1);
    assertThat(all()).containsExactly("100 5.0");
  }

  @Test
  void aHistogramsStartIsAHistogramWithoutObservations() throws Exception {
    open(true);
    for (int i = 1; i <= 3; i++) {
      append(T0 + 100 * i, 0, histogram(i), T0 + 50);
    }
    append(T0 + 500, 0, histogram(1), T0 + 450);
    assertThat(all())
        .containsExactly("50 0.0", "100 1.5", "200 3.0", "300 4.5", "450 0.0", "500 1.5");
    // The zero begins a chunk, and what it is the zero of goes on in it.
    assertThat(head.chunkCount()).isEqualTo(2);
  }

  @Test
  void withoutTheFeatureThereAreNone() throws Exception {
    open(false);
    append(T0 + 100, 5, null, T0 + 50);
    assertThat(all()).containsExactly("100 5.0");
  }

  private static NativeHistogram histogram(int i) {
    return new NativeHistogram(
        true,
        NativeHistogram.ResetHint.UNKNOWN,
        2,
        0.001,
        i,
        3.0 * i,
        1.5 * i,
        List.of(new NativeHistogram.Span(1, 2)),
        new double[] {i, i},
        List.of(),
        new double[0],
        new double[0]);
  }
}
