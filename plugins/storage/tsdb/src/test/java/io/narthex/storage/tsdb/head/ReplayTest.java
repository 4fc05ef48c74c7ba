package io.narthex.storage.tsdb.head;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.api.model.Labels;
import io.narthex.api.storage.AppendOptions;
import io.narthex.api.storage.Appender;
import io.narthex.storage.tsdb.file.RealDisk;
import io.narthex.storage.tsdb.wal.RecordBuffer;
import io.narthex.storage.tsdb.wal.Records;
import io.narthex.storage.tsdb.wal.SampleRecord;
import io.narthex.storage.tsdb.wal.Segments;
import io.narthex.storage.tsdb.wal.SeriesRecord;
import io.narthex.storage.tsdb.wal.Snapshot;
import io.narthex.storage.tsdb.wal.WalReplay;
import io.narthex.storage.tsdb.wal.WalWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReplayTest {
  private static final byte[] LABELS = ("\u0008__name__\u0001x").getBytes(StandardCharsets.UTF_8);

  @TempDir private Path directory;
  private final RealDisk disk = new RealDisk();

  private static SampleRecord sample(long ref, long time) {
    SampleRecord record = new SampleRecord();
    record.add(ref, time, 1);
    return record;
  }

  private static long newSeries(Head head) throws Exception {
    try (Appender appender = head.appender(AppendOptions.DEFAULT)) {
      return appender.series(Labels.of("__name__", "new"));
    }
  }

  @Test
  void refsThatOnlySamplesTellOfAreNotGivenOutAgain() throws Exception {
    for (boolean late : new boolean[] {false, true}) {
      try (Head head =
          HeadFixture.open(disk, directory.resolve("a" + late), HeadOptions.defaults())) {
        head.setMinValid(500);
        Replay replay = new Replay(head);
        if (late) {
          replay.late(sample(41, 1000));
        } else {
          replay.samples(sample(40, 1000));
          // Passed over for its age, and nonsense.
          replay.samples(sample(41, 100));
          replay.samples(sample(Long.MAX_VALUE, 1000));
        }
        replay.end();
        assertThat(newSeries(head)).isEqualTo(42);
      }
    }
  }

  @Test
  void aSnapshotKnowsTheOtherRefsOfASeries() throws Exception {
    // A series that was removed and came again has two refs in the logs.
    Path wal = directory.resolve("log");
    try (WalWriter log = HeadFixture.log(disk, wal)) {
      RecordBuffer group = new RecordBuffer();
      for (long ref = 3; ref <= 4; ref++) {
        Records.beginSeries(group);
        Records.series(group, ref, 1, LABELS, 0, LABELS.length);
        Records.endSeries(group);
      }
      Records.samples(sample(4, 1000), group);
      log.log(group);
    }
    try (Head head = HeadFixture.open(disk, directory.resolve("a"), HeadOptions.defaults())) {
      Replay replay = new Replay(head);
      WalReplay.run(
          disk,
          Segments.list(disk, wal),
          new WalReplay.Handler() {
            @Override
            public void series(SeriesRecord record) {
              replay.series(record);
            }

            @Override
            public void samples(SampleRecord record) {
              replay.samples(record);
            }
          },
          1);
      replay.end();
      head.close(directory);
    }
    try (Head head = HeadFixture.open(disk, directory.resolve("b"), HeadOptions.defaults())) {
      Replay replay = new Replay(head);
      replay.restore(disk, Objects.requireNonNull(Snapshot.last(disk, directory)));
      replay.late(sample(4, 900));
      replay.end();
      assertThat(replay.unknown()).isZero();
      assertThat(head.seriesCount()).isEqualTo(1);
      assertThat(head.minTime()).isEqualTo(1000);
      assertThat(head.minOutOfOrder()).isEqualTo(900);
    }
  }
}
