package io.narthex.storage.tsdb.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.narthex.api.model.Labels;
import io.narthex.api.model.Metadata;
import io.narthex.api.model.MetricType;
import io.narthex.api.model.NativeHistogram;
import io.narthex.storage.tsdb.file.FailingDisk;
import io.narthex.storage.tsdb.file.FailingDisk.Call;
import io.narthex.storage.tsdb.file.RealDisk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointTest {
  private static final byte[] LABELS = "\u0001a\u0001b".getBytes(StandardCharsets.UTF_8);
  @TempDir Path temp;

  /** What a log says, as text. */
  private static final class Told implements WalReplay.Handler {
    final List<String> lines = new ArrayList<>();

    @Override
    public void series(SeriesRecord r) {
      for (int i = 0; i < r.size; i++) {
        assertThat(Arrays.copyOfRange(r.bytes, r.starts[i], r.ends[i])).isEqualTo(LABELS);
        lines.add("series " + r.refs[i]);
      }
    }

    @Override
    public void samples(SampleRecord r) {
      for (int i = 0; i < r.size; i++) {
        lines.add("sample " + r.refs[i] + " " + r.times[i]);
      }
    }

    @Override
    public void tombstones(TombstoneRecord r) {
      for (int i = 0; i < r.size; i++) {
        lines.add("deleted " + r.refs[i] + " " + r.minTimes[i] + " " + r.maxTimes[i]);
      }
    }

    @Override
    public void exemplars(ExemplarRecord r) {
      for (int i = 0; i < r.size; i++) {
        lines.add("exemplar " + r.refs[i] + " " + r.times[i]);
      }
    }

    @Override
    public void metadata(MetadataRecord r) {
      for (int i = 0; i < r.size; i++) {
        lines.add("metadata " + r.refs[i] + " " + r.metadata[i].help());
      }
    }
  }

  private void segment(long time) throws IOException {
    RecordBuffer out = new RecordBuffer();
    Records.beginSeries(out);
    for (long ref = time; ref < time + 3; ref++) {
      Records.series(out, ref, 1, LABELS, 0, LABELS.length);
    }
    Records.endSeries(out);
    SampleRecord samples = new SampleRecord();
    TombstoneRecord tombstones = new TombstoneRecord();
    ExemplarRecord exemplars = new ExemplarRecord();
    MetadataRecord metadata = new MetadataRecord();
    samples.add(time, time, 1);
    samples.add(time + 1, time + 50, 2);
    tombstones.add(time, 0, time);
    exemplars.add(time, time, 1, Labels.of("trace", "x"));
    metadata.add(1000, new Metadata(MetricType.COUNTER, "help " + time, ""));
    Records.samples(samples, out);
    Records.tombstones(tombstones, out);
    Records.exemplars(exemplars, out);
    Records.metadata(metadata, out);
    try (WalWriter writer =
        WalWriter.open(
            new RealDisk(),
            temp,
            Compression.SNAPPY,
            Segments.DEFAULT_SIZE,
            WalWriter.Sync.SEGMENT,
            Runnable::run,
            new WalMetrics())) {
      writer.log(out);
    }
  }

  private static List<String> told(Path log) throws IOException {
    Told told = new Told();
    WalReplay.run(new RealDisk(), Segments.list(new RealDisk(), log), told, 2);
    return told.lines;
  }

  @Test
  void keepsWhatIsNeededOfSegmentsAndOfTheCheckpointBefore() throws IOException {
    RealDisk disk = new RealDisk();
    segment(1000);
    segment(2000);
    segment(3000);
    Checkpoint.Stats stats =
        Checkpoint.create(disk, temp, 0, 1, r -> r != 1001, 1020, Compression.SNAPPY);
    Checkpoint.Dir first = Objects.requireNonNull(Checkpoint.last(disk, temp));
    assertThat(first.index()).isEqualTo(1);
    assertThat(first.path().getFileName()).hasToString("checkpoint.00000001");
    assertThat(told(first.path()))
        .containsExactly(
            "series 1000",
            "series 1002",
            "sample 1001 1050",
            "series 2000",
            "series 2001",
            "series 2002",
            "sample 2000 2000",
            "sample 2001 2050",
            "deleted 2000 0 2000",
            "exemplar 2000 2000",
            "metadata 1000 help 2000");
    assertThat(stats).isEqualTo(new Checkpoint.Stats(6, 1, 4, 1, 2, 1, 2, 1, 2, 1));

    var unused = Checkpoint.create(disk, temp, 2, 2, r -> r >= 3000, 3000, Compression.NONE);
    Checkpoint.Dir second = Objects.requireNonNull(Checkpoint.last(disk, temp));
    assertThat(told(second.path()))
        .containsExactly(
            "series 3000",
            "series 3001",
            "series 3002",
            "sample 3000 3000",
            "sample 3001 3050",
            "deleted 3000 0 3000",
            "exemplar 3000 3000");
    Checkpoint.deleteBefore(disk, temp, 2);
    assertThat(Files.exists(first.path())).isFalse();
    assertThat(Files.exists(second.path())).isTrue();
  }

  @Test
  void replayCanBeginBehindWhatASnapshotStandsFor() throws IOException {
    segment(1000);
    segment(2000);
    Told told = new Told();
    List<Segments.Segment> segments = Segments.list(new RealDisk(), temp);
    WalReplay.run(new RealDisk(), segments, Files.size(segments.getFirst().path()), told, 2);
    assertThat(told.lines).contains("series 2000").doesNotContain("series 1000");
  }

  @Test
  void afterAFailureNothingIsLeftBehind() throws IOException {
    for (Call call : List.of(Call.CREATE, Call.WRITE, Call.SYNC, Call.MOVE, Call.MAP)) {
      FailingDisk disk = new FailingDisk();
      segment(1000);
      disk.fail(call, 1);
      assertThatThrownBy(
              () -> Checkpoint.create(disk, temp, 0, 0, r -> true, 0, Compression.SNAPPY))
          .as("%s", call)
          .isInstanceOf(IOException.class);
      try (var list = Files.list(temp)) {
        assertThat(list.filter(p -> p.toString().contains("checkpoint"))).isEmpty();
      }
    }
  }

  @Test
  void aSnapshotGivesSeriesChunksDeletionsAndExemplars() throws IOException {
    RealDisk disk = new RealDisk();
    HeadChunk chunk = new HeadChunk();
    chunk.minTime = 5;
    chunk.maxTime = 9;
    chunk.encoding = 1;
    chunk.bytes()[0] = 42;
    chunk.length = 700;
    TombstoneRecord tombstones = new TombstoneRecord();
    tombstones.add(7, -3, 8);
    ExemplarRecord exemplars = new ExemplarRecord();
    exemplars.add(7, 5, 1.5, Labels.of("trace", "x"));
    try (Snapshot.Writer writer =
        new Snapshot.Writer(disk, temp, new WalWriter.Position(3, 32768), Compression.SNAPPY)) {
      writer.series(7, 1, LABELS, 0, LABELS.length, chunk, 2.5, null);
      writer.series(8, 1, LABELS, 0, LABELS.length, null, 0, null);
      writer.tombstones(tombstones);
      writer.exemplars(exemplars);
      assertThat(writer.finish().path().getFileName())
          .hasToString("chunk_snapshot.000003.0000032768");
    }
    Snapshot.Dir found = Objects.requireNonNull(Snapshot.last(disk, temp));
    assertThat(found.offset()).isEqualTo(32768);
    List<String> lines = new ArrayList<>();
    Snapshot.read(
        disk,
        found,
        new Snapshot.Handler() {
          @Override
          public void series(
              SeriesRecord series,
              @Nullable HeadChunk its,
              double lastValue,
              @Nullable NativeHistogram lastHistogram) {
            lines.add(
                series.refs[0]
                    + (its == null
                        ? " none"
                        : " "
                            + its.minTime
                            + " "
                            + its.maxTime
                            + " "
                            + its.length
                            + " "
                            + its.bytes()[its.offset]
                            + " "
                            + lastValue));
          }

          @Override
          public void tombstones(TombstoneRecord record) {
            lines.add(record.refs[0] + " " + record.minTimes[0] + " " + record.maxTimes[0]);
          }

          @Override
          public void exemplars(ExemplarRecord record) {
            lines.add(record.refs[0] + " " + record.values[0]);
          }
        });
    assertThat(lines).containsExactly("7 5 9 700 42 2.5", "8 none", "7 -3 8", "7 1.5");
  }
}
