package io.narthex.storage.tsdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.narthex.storage.tsdb.file.RealDisk;
import io.narthex.storage.tsdb.wal.Checkpoint;
import io.narthex.storage.tsdb.wal.Compression;
import io.narthex.storage.tsdb.wal.Segments;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeadOpeningTest {
  private static final long T0 = 1_700_002_800_000L;

  @TempDir private Path directory;
  private Tsdb tsdb;

  private void open() throws Exception {
    tsdb =
        new Tsdb(directory, TsdbFixture.settings(Duration.ZERO), new RealDisk(), Clock.systemUTC());
    tsdb.start();
  }

  @AfterEach
  void close() throws Exception {
    tsdb.close();
  }

  @Test
  void whatStandsBeforeTheDamageOfACheckpointIsKept() throws Exception {
    RealDisk disk = new RealDisk();
    Path wal = directory.resolve("wal");
    open();
    for (int i = 0; i < 2000; i++) {
      TsdbFixture.commit(tsdb, "m" + i, T0 + i, i);
    }
    tsdb.close();
    Checkpoint.create(disk, wal, 0, 0, ref -> true, 0, Compression.NONE);
    Files.delete(Segments.path(wal, 0));
    open();
    TsdbFixture.commit(tsdb, "m1", T0 + 5000, 5);
    TsdbFixture.commit(tsdb, "later", T0 + 6000, 6);
    tsdb.close();
    Path file = Segments.path(Checkpoint.last(disk, wal).path(), 0);
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    open();
    assertThat(tsdb.head().counters().logCorruptions.sum()).isEqualTo(1);
    assertThat(tsdb.head().seriesCount()).isBetween(500, 1990);
    assertThat(tsdb.head().minTime()).isEqualTo(T0);
    assertThat(tsdb.head().maxTime()).isEqualTo(T0 + 6000);
    // Refs of lost series are not given to others.
    int before = tsdb.head().seriesCount();
    TsdbFixture.commit(tsdb, "new", T0 + 7000, 7);
    tsdb.close();
    open();
    assertThat(tsdb.head().counters().logCorruptions.sum()).isZero();
    assertThat(tsdb.head().seriesCount()).isEqualTo(before + 1);
  }
}
