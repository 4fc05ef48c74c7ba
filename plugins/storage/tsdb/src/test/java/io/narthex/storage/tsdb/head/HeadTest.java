package io.narthex.storage.tsdb.head;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Matcher;
import io.narthex.api.model.SampleBatch;
import io.narthex.api.storage.AppendBatch;
import io.narthex.api.storage.AppendErrors;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.storage.tsdb.chunk.ChunkDecoder;
import io.narthex.storage.tsdb.chunk.Encoding;
import io.narthex.storage.tsdb.file.RealDisk;
import io.narthex.storage.tsdb.select.ChunkList;
import io.narthex.storage.tsdb.select.Part;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeadTest {
  private static final long T0 = 1_700_000_000_000L;

  @TempDir private java.nio.file.Path directory;
  private Head head;

  @BeforeEach
  void open() throws Exception {
    head = HeadFixture.open(new RealDisk(), directory, HeadOptions.defaults());
  }

  @AfterEach
  void close() throws Exception {
    head.close();
  }

  @Test
  void fullChunksMayBeXor2() throws Exception {
    head.close();
    HeadOptions d = HeadOptions.defaults();
    head =
        HeadFixture.open(
            new RealDisk(),
            directory.resolve("xor2"),
            new HeadOptions(d.chunkRange(), 120, 0, 0, false, false, false, true));
    givesBackWhatManySeriesWereGiven();
    try (Part part = head.part(Long.MIN_VALUE, Long.MAX_VALUE)) {
      ChunkList chunks = new ChunkList();
      part.chunks(part.select(List.of()).toArray()[0], Long.MIN_VALUE, Long.MAX_VALUE, chunks);
      assertThat(chunks.encodings[0]).isEqualTo(Encoding.XOR2.code());
      assertThat(chunks.encodings[chunks.size - 1]).isEqualTo(Encoding.XOR.code());
    }
  }

  @Test
  void givesBackWhatManySeriesWereGiven() throws Exception {
    int series = 2000;
    int samples = 400;
    long[] refs = new long[series];
    try (Appender appender = head.appender(AppendOptions.DEFAULT)) {
      for (int s = 0; s < series; s++) {
        refs[s] = appender.series(labels(s));
      }
      appender.commit();
    }
    AppendBatch batch = new AppendBatch(series);
    AppendErrors errors = new AppendErrors();
    for (int i = 0; i < samples; i++) {
      batch.clear();
      for (int s = 0; s < series; s++) {
        batch.add(refs[s], T0 + i * 15_000L, value(s, i));
      }
      try (Appender appender = head.appender(AppendOptions.DEFAULT)) {
        appender.append(batch, errors);
        appender.commit();
      }
    }
    assertThat(errors.isEmpty()).isTrue();
    try (Part part = head.part(Long.MIN_VALUE, Long.MAX_VALUE)) {
      int[] ids = part.select(List.of(Matcher.equal("job", "j3"))).toArray();
      assertThat(ids).hasSize(series / 10);
      for (int id : ids) {
        Labels l = part.labels(id);
        int s = Integer.parseInt(l.get("n"));
        assertThat(l).isEqualTo(labels(s));
        List<Double> values = read(part, id);
        assertThat(values).hasSize(samples);
        for (int i = 0; i < samples; i++) {
          assertThat(values.get(i)).isEqualTo(value(s, i));
        }
      }
    }
  }

  private static double value(int series, int i) {
    return switch (series % 3) {
      case 0 -> i * (series + 1.0);
      case 1 -> 42;
      default -> Math.sin(i * 0.1 + series);
    };
  }

  private static Labels labels(int s) {
    return Labels.of("__name__", "m" + s % 7, "job", "j" + s % 10, "n", Integer.toString(s));
  }

  private static List<Double> read(Part part, int id) throws Exception {
    ChunkList chunks = new ChunkList();
    part.chunks(id, Long.MIN_VALUE, Long.MAX_VALUE, chunks);
    chunks.sort(0);
    ChunkDecoder decoder = new ChunkDecoder();
    SampleBatch batch = new SampleBatch(64);
    List<Double> out = new ArrayList<>();
    byte[] bytes = new byte[4096];
    for (int i = 0; i < chunks.size; i++) {
      chunks.copy(i, bytes);
      decoder.reset(chunks.encodings[i], bytes, 0, chunks.length(i));
      while (decoder.read(batch) > 0) {
        for (int k = 0; k < batch.size; k++) {
          if (batch.timestamps[k] >= chunks.minTimes[i]
              && batch.timestamps[k] <= chunks.maxTimes[i]) {
            out.add(batch.values[k]);
          }
        }
      }
    }
    return out;
  }
}
